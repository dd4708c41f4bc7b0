// SPDX-License-Identifier: Apache-2.0
// An administrator who has never seen the product sets up Alipay and an SMS gateway in Chromium, from an empty configuration and against the stand-ins: sees why
// a wrong key fails, mends it, activates, and a person then logs in through it. In both languages, on a phone too, without scripts; screenshots in out/.
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS } from '../flows/harness.mjs'
import { NEW_PASSWORD, Staff, totp } from '../flows/totp.mjs'
import { registry } from '../standins/registry.mjs'
import { AliyunSms, CitySms } from '../standins/sms.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const row = registry.find((one) => one.name === 'alipay')
const bare = (pem) => pem.replace(/-----[^-]+-----|\s/g, '')
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
const WRONG = Buffer.from('this is no key at all, but it is long enough to be taken for one').toString('base64')
const ownPublic = bare(createPublicKey(readFileSync(new URL('../standins/alipay/app.key', import.meta.url))).export({ type: 'spki', format: 'pem' }))
let broker, chrome, alipay, sms, city, config
before(async () => {
	alipay = await row.start({})
	sms = await AliyunSms.start({})
	city = await CitySms.start({})
	config = row.config(alipay)
	broker = await Broker.prepare({
		clients: [CLIENTS.public({ name: { zh: '科技业务管理系统', en: 'Science business system' } })], login: { namespaces: ['natural', 'legal', 'staff'] },
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
	})
	delete broker.config.sms
	broker.write()
	broker.account({ login: 'zhangsan', name: '张三' })
	for (const name of ['first', 'en_wide', 'en_narrow', 'zh_narrow', 'bare'])
		Staff.create(broker, `console_${name}`, 'operator')
	await broker.run()
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await broker.stop()
	await alipay.stop()
	await sms.stop()
	await city.stop()
})

async function check(visitor, name) {
	await visitor.shot(`console-${name}`)
	assert.deepEqual(await visitor.barriers(), [], name)
	assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways`)
}

async function arrive(visitor, login) {
	const password = broker.cli('admin', 'reset-factor', '--login', login, '--new-password').json.password

	await visitor.open(`${broker.issuer}/console`)
	await visitor.click('link-staff')
	await visitor.fill('login_name', login)
	await visitor.fill('password', password)
	await visitor.click('submit-password')
	await visitor.at('second-factor')
	const secret = new URL(await visitor.scan()).searchParams.get('secret')
	await visitor.fill('code', totp(secret))
	await visitor.fill('password', NEW_PASSWORD)
	await visitor.fill('password_confirm', NEW_PASSWORD)
	await visitor.click('submit-code')
	await visitor.click('continue')
	await visitor.at('console')
}

const show = (visitor, id) => visitor.page.locator(`#more:has(#${id})`).evaluateAll((all) => all.forEach((one) => { one.open = true }))

test('Alipay, from an empty list to a person who logs in with it', () => Visitor.with(chrome, {}, async (visitor) => {
	await arrive(visitor, 'console_first')
	await check(visitor, 'zh-wide-home-empty')
	await visitor.click('nav-settings')
	await check(visitor, 'zh-wide-settings')
	await visitor.click('section-providers')
	assert.ok(await visitor.has('none'))
	await check(visitor, 'zh-wide-list')
	await visitor.click('submit-add')
	assert.equal(await visitor.error(), 'field_empty')
	await visitor.page.locator('#type-alipay').check()
	await visitor.fill('id', 'alipay')
	await visitor.click('submit-add')
	await visitor.at('console-form')
	assert.equal(await visitor.text('callback'), `${broker.issuer}/login/alipay/callback`)
	await check(visitor, 'zh-wide-form-new')

	// A wrong key: what is missing and what is wrong stands at its field.
	await visitor.fill('o-title-zh', '支付宝')
	await visitor.fill('o-title-en', 'Alipay')
	await visitor.fill('o-app_id', '20')
	await visitor.fill('o-private_key', WRONG)
	await visitor.click('submit-save')
	assert.ok(await visitor.has('saved'))
	assert.ok(await visitor.has('problems'))
	assert.equal(await visitor.value('o-private_key'), '', 'a secret is never shown again')
	await check(visitor, 'zh-wide-form-wrong')

	// The stand-in's addresses, and a key that is one, but not Alipay's partner's.
	await visitor.fill('o-app_id', config.app_id)
	await visitor.fill('o-private_key', config.private_key)
	await visitor.fill('o-alipay_public_key', config.alipay_public_key)
	await show(visitor, 'o-gateway_url')
	await visitor.fill('o-authorize_url', config.authorize_url)
	await visitor.fill('o-gateway_url', config.gateway_url)
	await visitor.fill('o-private_key', bare(stranger.privateKey))
	await visitor.click('submit-test')
	assert.equal(await visitor.page.locator('#test').getAttribute('data-good'), 'no')
	assert.match(await visitor.text('test'), /不是一对.*isv\.invalid-signature/)
	await check(visitor, 'zh-wide-form-test-bad')
	// Whatever else a stranger may paste: said at the field before anything is asked, or by the test.
	for (const [field, value, told] of [['private_key', bare(stranger.publicKey), /这里填的是公钥/], ['alipay_public_key', bare(stranger.privateKey), /这里填的是私钥/],
		['alipay_public_key', ownPublic, /应用公钥/], ['app_id', '2088000000000001', /商户号（PID）/], ['private_key', config.private_key.slice(0, -40), /完整粘贴/]]) {
		await visitor.fill(`o-${field}`, value)
		await visitor.click('submit-test')
		assert.match(await visitor.text(`o-${field}-error`), told)
		await visitor.fill(`o-${field}`, config[field])
		await visitor.click('submit-save')
	}
	for (const [field, value, told] of [['app_id', '2021000000000009', /没有这个 APPID/], ['alipay_public_key', bare(stranger.publicKey), /“支付宝公钥”（或支付宝公钥证书）不对/],
		['gateway_url', `${alipay.origin}/nothing`, /没有接口（404）/]]) {
		await show(visitor, `o-${field}`)
		await visitor.fill(`o-${field}`, value)
		await visitor.fill('o-private_key', config.private_key) // who changes an address says the secret again, in the same form
		await visitor.click('submit-test')
		assert.match(await visitor.text('test'), told)
		await show(visitor, `o-${field}`)
		await visitor.fill(`o-${field}`, config[field])
	}
	await visitor.click('submit-test')
	assert.ok(await visitor.has('o-private_key-error'), 'a secret is not taken along to another address')
	await visitor.fill('o-private_key', config.private_key)
	await visitor.click('submit-test')
	assert.equal(await visitor.page.locator('#test').getAttribute('data-good'), 'yes', await visitor.text('test'))
	await check(visitor, 'zh-wide-form-test-good')

	await visitor.click('go-draft')
	await visitor.at('console-version')
	assert.ok(await visitor.has('good'))
	assert.ok(!(await visitor.page.content()).includes(config.private_key.slice(40, 90)))
	await check(visitor, 'zh-wide-version')
	await visitor.fill('reason', '接入支付宝登录')
	await visitor.click('submit-activate')
	assert.equal(await visitor.page.locator('#state').getAttribute('data-state'), 'active')
	await check(visitor, 'zh-wide-version-active')
	await visitor.click('nav-versions')
	await check(visitor, 'zh-wide-versions')
	await visitor.click('submit-compare')
	assert.ok(await visitor.has('compared'))
	await check(visitor, 'zh-wide-compare')

	await Visitor.with(chrome, {}, async (person) => {
		await person.open(`${broker.issuer}/account`)
		await check(person, 'zh-wide-login')
		await person.click('provider-alipay')
		await person.page.locator('select[name=person]').selectOption('lisi')
		await Promise.all([person.page.waitForURL(`${broker.issuer}/**`), person.page.locator('button[value=agree]').click()])
		await person.shot('console-zh-wide-logged-in')
		assert.notEqual(await person.name(), 'error')
		assert.notEqual(await person.name(), 'login')
	})
	// Later Alipay signs with another key: the person is shown a reference, and by it the administrator finds out why.
	let reference
	alipay.change.key = 'stranger'
	await Visitor.with(chrome, {}, async (person) => {
		await person.open(`${broker.issuer}/account`)
		await person.click('provider-alipay')
		await person.page.locator('select[name=person]').selectOption('lisi')
		await Promise.all([person.page.waitForURL(`${broker.issuer}/**`), person.page.locator('button[value=agree]').click()])
		reference = (await person.text('error')).match(/参考编号\s*(\w+)/)[1]
	})
	alipay.honest()
	await visitor.open(`${broker.issuer}/console/explain`)
	assert.match(await visitor.text('failed'), new RegExp(reference), 'it is listed')
	await visitor.fill('q', reference)
	await visitor.click('submit-explain')
	assert.match(await visitor.text('trail'), /签名验证未通过：请核对“支付宝公钥”/)
	await check(visitor, 'zh-wide-explained')
	await visitor.open(`${broker.issuer}/console`)
	await check(visitor, 'zh-wide-home')
}))

test('an SMS gateway: chosen, tested with a typed number, mended', () => Visitor.with(chrome, {}, async (visitor) => {
	await arrive(visitor, 'console_bare')
	await visitor.open(`${broker.issuer}/console/sms`)
	await check(visitor, 'zh-wide-sms-empty')
	await visitor.page.locator('#o-gateway').selectOption('aliyun')
	await visitor.click('submit-save')
	assert.ok(await visitor.has('o-access_key_id'), 'the options of what was chosen')
	await visitor.fill('o-signature-zh', '一门')
	await visitor.fill('o-access_key_id', 'LTAIstandin')
	await visitor.fill('o-access_key_secret', 'wrong-secret')
	await visitor.fill('o-sign_name', '一门')
	await visitor.fill('o-templates-0-code', 'SMS_100')
	await visitor.fill('o-templates-0-params', 'code\nmin=minutes')
	await show(visitor, 'o-endpoint')
	await visitor.fill('o-endpoint', sms.origin)
	await visitor.click('submit-save')
	assert.ok(!await visitor.has('problems'), await visitor.text('main'))
	await check(visitor, 'zh-wide-sms')
	await visitor.fill('phone', '13800138000')
	await visitor.click('submit-test')
	assert.equal(await visitor.page.locator('#test').getAttribute('data-good'), 'no')
	assert.match(await visitor.text('test'), /SignatureDoesNotMatch/)
	await check(visitor, 'zh-wide-sms-test-bad')
	await visitor.fill('o-access_key_secret', AliyunSms.secret)
	await visitor.fill('phone', '13800138000')
	await visitor.click('submit-test')
	assert.equal(await visitor.page.locator('#test').getAttribute('data-good'), 'yes', await visitor.text('test'))
	assert.equal(sms.sent.at(-1).phone, '13800138000')
	await check(visitor, 'zh-wide-sms-test-good')
	await visitor.click('go-draft')
	await visitor.fill('reason', '开通短信')
	await visitor.click('submit-activate')
	assert.equal(await visitor.page.locator('#state').getAttribute('data-state'), 'active')

	// A gateway that only the configuration knows, with a wrong secret.
	await visitor.open(`${broker.issuer}/console/sms?type=http`)
	for (const [id, value] of Object.entries({ 'request-url': `${city.origin}/mt`, 'request-key_id': 'city', 'request-secret': 'mistyped', 'request-headers': 'X-Sign: {sign}\nX-Time: {timestamp}',
		'request-sign_over': '{timestamp}{n}{body}', body: 'user={key_id}&to={phone}&text={text}&id={key}', 'reply-path': 'status', 'reply-accepted': '1', phone: '13800138000' })) {
		const own = id === 'phone' ? id : `o-${id}`

		await show(visitor, own)
		await visitor.fill(own, value)
	}
	await visitor.page.locator('#o-request-content').selectOption('form')
	await visitor.click('submit-test')
	assert.match(await visitor.text('test'), /不在“表示成功的值”.*密钥.*（-1）/)
	await check(visitor, 'zh-wide-sms-http-bad')
	await visitor.fill('o-request-secret', CitySms.secret)
	await visitor.fill('phone', '13800138000')
	await visitor.click('submit-test')
	assert.equal(await visitor.page.locator('#test').getAttribute('data-good'), 'yes', await visitor.text('test'))
	await visitor.click('go-draft')
	await visitor.click('submit-discard')
}))

for (const [name, language, size, script] of [['en-wide', 'en', undefined, true], ['en-narrow', 'en', NARROW, true], ['zh-narrow', 'zh-CN', NARROW, false]])
	test(`every page of the console (${name})`, () => Visitor.with(chrome, { language, size, script }, async (visitor) => {
		await arrive(visitor, `console_${name.replace('-', '_')}`)
		await check(visitor, `${name}-home`)
		for (const path of ['settings', 'providers', 'providers/alipay', 'sms', 'clients/demo-public', 'branding', 'realname', 'versions', 'versions/1', 'versions?from=0&to=1', 'transfer', 'try', 'clients?add=yes&id='])
			await visitor.open(`${broker.issuer}/console/${path}`).then(() => check(visitor, `${name}-${path.replace(/\W+/g, '-')}`))
		if (language === 'en') {
			const text = await visitor.text('main')
			assert.ok(!/[\u4e00-\u9fff]/.test(text.replace('科技业务管理系统', '')), text.match(/.{0,20}[\u4e00-\u9fff]+.{0,20}/)?.[0])
		}
		await visitor.open(`${broker.issuer}/console/try`)
		await visitor.fill('login_name', 'zhangsan')
		await visitor.click('submit-try')
		assert.ok(await visitor.has('claims'))
		await check(visitor, `${name}-tried`)
		await visitor.open(`${broker.issuer}/console/otp`)
		if (script)
			await show(visitor, 'o-digits')
		else
			await visitor.page.locator('#more > summary').click()
		await visitor.fill('o-digits', '99')
		await visitor.click('submit-save')
		assert.ok(await visitor.has('o-digits-error'))
		await check(visitor, `${name}-otp-wrong`)
		await visitor.click('go-draft')
		await visitor.click('submit-discard')
		assert.equal(await visitor.page.locator('#state').getAttribute('data-state'), 'rejected')
	}))
