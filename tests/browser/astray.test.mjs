// SPDX-License-Identifier: Apache-2.0
// People who err, hesitate and change their minds: wrong passwords, captchas, refusals, two tabs, the back button, the other language.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PASSWORD } from '../flows/harness.mjs'
import { settle } from './home.mjs'
import { Visitor, launch } from './surf.mjs'

let chrome, broker, home, stop
before(async () => {
	({ broker, url: home, stop } = await settle({ login: { captcha_after: 2 }, http: { trusted_proxies: ['127.0.0.0/8'] }, portal: { consent: 'remember' } }, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'forgetful' }, { login: 'hesitant' }, { login: 'unscripted' }, { login: 'reader' },
	]))
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await stop()
})

let visitors = 0
/** A test with a visitor who stands at the login page, from an address where nobody failed before. */
const visit = (name, options, steps) => test(name, () => Visitor.with(chrome, { from: `192.0.2.${++visitors}`, ...options }, async (visitor) => {
	await visitor.open(`${home}/login`)
	await visitor.at('login')
	await steps(visitor)
}))

visit('a wrong password is said above the form, which keeps the login name and not the password', {}, async (visitor) => {
	await visitor.password('zhangsan', 'Wrong@1234')
	assert.equal(await visitor.error(), 'credentials')
	assert.equal(await visitor.text('error').then((text) => text.split('\n')[0]), '登录名或密码错误')
	assert.equal(await visitor.value('login_name'), 'zhangsan')
	assert.equal(await visitor.value('password'), '')
	assert.doesNotMatch(await visitor.page.content(), /Wrong@1234/)
	await visitor.password('zhangsan', PASSWORD)
	await visitor.agree()
	await visitor.at('person')
})

for (const [login, script] of [['forgetful', true], ['unscripted', false]]) {
	visit(`after failures a captcha is asked, which its question in words solves (${script ? 'with' : 'without'} scripts)`, { script }, async (visitor) => {
		assert.equal(await visitor.has('captcha-image'), false)
		await visitor.password(login, 'Wrong@1234')
		await visitor.password(login, 'Wrong@1234')
		assert.ok(await visitor.has('captcha-image') && await visitor.has('captcha-alternative'))
		assert.ok(await visitor.page.locator('#captcha-image').evaluate((image) => image.complete && image.naturalWidth > 0), 'the picture is drawn')
		assert.match(await visitor.page.locator('#captcha').getAttribute('aria-describedby'), /captcha-alternative/)

		await visitor.fill('captcha', 'nope')
		await visitor.password(login, PASSWORD)
		assert.equal(await visitor.error(), 'captcha')
		assert.equal(await visitor.page.locator('#captcha').getAttribute('aria-invalid'), 'true')

		await visitor.fill('captcha', solve(await visitor.page.locator('#captcha-alternative strong').innerText()))
		await visitor.password(login, PASSWORD)
		await visitor.agree()
		await visitor.at('person')
	})
}

/** "十八减十四等于几？" as people solve it. */
function solve(question) {
	const number = (words) => {
		const [tens, ones] = words.includes('十') ? words.split('十') : [null, words]
		const digit = (word, none) => word ? '零一二三四五六七八九'.indexOf(word) : none

		return (tens === null ? 0 : 10 * digit(tens, 1)) + digit(ones, 0)
	}
	const [, left, sign, right] = question.match(/^(\S+?)(加|减|乘)(\S+?)等于几/)

	return String({ 加: (a, b) => a + b, 减: (a, b) => a - b, 乘: (a, b) => a * b }[sign](number(left), number(right)))
}

visit('who declines is back at the portal, told kindly, and can change his mind', {}, async (visitor) => {
	await visitor.password('hesitant', PASSWORD)
	await visitor.at('consent')
	await visitor.click('deny')
	await visitor.at('problem')
	assert.equal(new URL(visitor.page.url()).origin, home)
	assert.equal(await visitor.error(), 'access_denied')
	assert.match(await visitor.text('error'), /您没有同意.*随时重新登录/)

	await visitor.click('login')
	await visitor.at('consent')
	await visitor.click('allow')
	await visitor.at('person')
})

visit('of two tabs with one request only one goes on and the other says so', {}, async (visitor) => {
	const first = visitor.page, second = await visitor.context.newPage()

	await second.goto(first.url())
	await visitor.password('zhangsan', PASSWORD)
	await visitor.agree()
	await visitor.at('person')

	visitor.page = second
	await visitor.at('login')
	const codes = []
	second.on('request', (request) => codes.push(...new URL(request.url()).searchParams.getAll('code')))
	await visitor.password('zhangsan', PASSWORD)
	assert.deepEqual(codes, [], 'no second code')
	await visitor.shot('second-tab')
	await visitor.at('error')
	assert.match(await visitor.error(), /^interaction_/)
	assert.match(await visitor.page.locator('main').innerText(), /重新进入/)
})

visit('the back button after a login finds a page that says what is the case, and the portal keeps its person', {}, async (visitor) => {
	await visitor.password('zhangsan', PASSWORD)
	await visitor.agree()
	await visitor.at('person')
	await visitor.page.goBack()
	await visitor.shot('back')
	if (await visitor.name() === 'login') { // kept by the browser: what is sent from here must not do anything any more
		assert.equal(await visitor.value('password'), '')
		await visitor.password('zhangsan', PASSWORD)
	}
	assert.match(await visitor.name(), /^(error|person)$/)
	await visitor.open(home)
	await visitor.at('person')
})

visit('a form sent with the back button’s help works once more after a failure', {}, async (visitor) => {
	await visitor.password('zhangsan', 'Wrong@1234')
	await visitor.page.goBack()
	await visitor.password('zhangsan', PASSWORD)
	await visitor.agree()
	await visitor.at('person')
})

visit('the other language keeps the page and the request, and stays', {}, async (visitor) => {
	const lang = () => visitor.page.locator('html').getAttribute('lang')
	const interaction = () => visitor.page.locator('[name="interaction"]').first().inputValue()

	for (const tab of ['legal', 'phone', 'natural']) {
		await visitor.click(`tab-${tab}`)
		const [before, was] = [await interaction(), await lang()]

		await visitor.click('lang')
		assert.notEqual(await lang(), was)
		assert.equal(await interaction(), before)
		assert.equal(await visitor.page.locator(`#tab-${tab}`).getAttribute('aria-current'), 'page')
	}
	assert.equal(await lang(), 'en')
	await visitor.password('reader', PASSWORD)
	await visitor.at('consent')
	assert.equal(await lang(), 'en')
	await visitor.click('lang')
	await visitor.at('consent')
	assert.equal(await lang(), 'zh-CN')
	await visitor.click('lang')
	await visitor.click('allow')
	await visitor.at('person')
})

visit('what stands in the fields is asked for by the right keyboard and filled in by password managers', { size: { width: 360, height: 740 } }, async (visitor) => {
	const attribute = (id, name) => visitor.page.locator(`#${id}`).getAttribute(name)

	assert.equal(await attribute('login_name', 'autocapitalize'), 'none')
	await visitor.page.locator('.reveal').click()
	assert.equal(await attribute('password', 'type'), 'text', 'the button shows what was typed')
	await visitor.send('13800138000')
	assert.equal(await attribute('code', 'inputmode'), 'numeric')
	assert.equal(await attribute('code', 'autocomplete'), 'one-time-code')
	await visitor.fill('code', '000000')
	await visitor.click('submit-code')
	assert.equal(await visitor.error(), 'otp')
	await visitor.fill('code', broker.code('13800138000'))
	await visitor.click('submit-code')
	await visitor.agree()
	await visitor.at('person')
})
