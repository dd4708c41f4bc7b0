// SPDX-License-Identifier: Apache-2.0
// The pages of one's own account in Chromium: names and ids, no barriers, both languages, a phone; the keyboard alone; no scripts.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Broker, PASSWORD, USCC, client } from '../flows/harness.mjs'
import { Authenticator, halfMinute } from '../flows/totp.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const NEW = 'Fresh@12345'
let chrome, broker
before(async () => {
	broker = await Broker.start({
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
		clients: [client('portal', { type: 'public', name: { zh: '科技业务管理系统', en: 'Science business system' },
			catalogue: { user_types: ['natural', 'legal'], url: 'https://portal.example.cn/', title: { zh: '项目申报', en: 'Projects' } } })],
	}, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'keji', namespace: 'legal', unit: USCC, phone: '13800138005' },
		...['wide', 'narrow', 'plain'].map((who, i) => ({ login: `keys_${who}`, phone: `1380013810${i}`, name: '李四' })),
		...['zh_CN_wide', 'zh_CN_narrow', 'en_wide', 'en_narrow'].map((who, i) => ({ login: `steps_${who}`, phone: `1380013811${i}`, name: '王五' })),
	])
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await broker.stop()
})

/** Open @path as @login, who is not logged in yet. */
async function enter(visitor, path, { login = 'zhangsan', namespace = 'natural', password = PASSWORD } = {}) {
	await visitor.open(broker.issuer + path)
	await visitor.password(login, password, namespace)
	assert.equal(new URL(visitor.page.url()).pathname, path, 'the login leads back')
}

const SIDE = ['nav-profile', 'nav-realname', 'nav-password', 'nav-factor', 'nav-sessions', 'nav-bindings', 'nav-links', 'nav-units', 'nav-consents', 'nav-audit', 'nav-apps', 'switch-account']
const PAGES = {
	'profile': { path: '/account', page: 'account', ids: [...SIDE, 'change-phone', 'export', 'close', 'realname-badge'] },
	'profile-legal': { path: '/account', page: 'account', ids: [...SIDE, 'export'], who: { login: 'keji', namespace: 'legal' } },
	'sessions': { path: '/account/sessions', page: 'account', ids: [...SIDE, 'entries', 'end-others'] },
	'bindings': { path: '/account/bindings', page: 'account', ids: [...SIDE, 'none'] },
	'links': { path: '/account/links', page: 'account', ids: [...SIDE, 'none'] },
	'units': { path: '/account/units', page: 'account', ids: [...SIDE, 'none', 'choose-unit', 'act-for'] },
	'consents': { path: '/account/consents', page: 'account', ids: [...SIDE, 'none'] },
	'trail': { path: '/account/audit', page: 'account', ids: [...SIDE, 'entries'], says: { 'zh-CN': /登录/, en: /Logged in/ } },
	'password': { path: '/password', page: 'password', ids: [...SIDE, 'password', 'password_old', 'password-field', 'password_confirm', 'submit-password', 'cancel'] },
	'factor': { path: '/account/second-factor', page: 'account-factor', ids: [...SIDE, 'second-factor', 'factor-state', 'qr', 'secret', 'code', 'submit-code'] },
	'phone': { path: '/account/phone', page: 'account-contact', ids: [...SIDE, 'submit-contact', 'change-phone', 'cancel'] },
	'close': { path: '/account/close', page: 'account-close', ids: [...SIDE, 'submit-close', 'cancel'] },
	'apps': { path: '/apps', page: 'apps', ids: ['apps-natural', 'help'], from: '/account' },
	'index': { path: '/', page: 'index', ids: ['account', 'link-apps'], from: '/account' },
	'act-for': { path: '/act-for', page: 'act-for', ids: ['submit-act-for', 'go-choose-unit'] },
	'choose-unit': { path: '/choose-unit', page: 'choose-unit', ids: ['q', 'submit-search'] },
}

describe('each page keeps the contract, shows the way to the account and out, has no barriers and fits a phone', { concurrency: 2 }, () => {
	for (const [name, { path, page, ids, who, from, says }] of Object.entries(PAGES))
		for (const language of ['zh-CN', 'en'])
			test(`${name} (${language})`, () => Visitor.with(chrome, { language }, async (visitor) => {
				await enter(visitor, from ?? path, who)
				if (from)
					await visitor.open(broker.issuer + path)
				await visitor.at(page)
				assert.equal(await visitor.page.locator('h1').count(), 1, 'one h1')
				for (const id of [...ids, 'top-account', 'logout', 'lang'])
					assert.equal(await visitor.page.locator(`#${id}`).count(), 1, `#${id}`)
				const text = await visitor.page.locator('main').innerText()
				if (language === 'en' && !who) // the unit has a Chinese name
					assert.doesNotMatch(text.replace(/张三/g, ''), /[\u4e00-\u9fff]/, 'only English')
				if (says)
					assert.match(text, says[language])
				await visitor.shot(`account-${name}-${language}-wide`)
				assert.deepEqual(await visitor.barriers(), [])
				assert.ok(await visitor.scrollsSideways() <= 0, 'nothing scrolls sideways at 1440 px')
				await visitor.page.setViewportSize(NARROW)
				await visitor.shot(`account-${name}-${language}-narrow`)
				assert.deepEqual(await visitor.barriers(), [])
				assert.ok(await visitor.scrollsSideways() <= 0, 'nothing scrolls sideways at 360 px')
			}))
})

/** Press Tab until #id has the focus, as somebody does who has no mouse. */
async function tab(visitor, id) {
	for (let i = 0; i < 60; i++) {
		await visitor.page.keyboard.press('Tab')
		if (await visitor.page.evaluate(() => document.activeElement?.id) === id)
			return
	}
	assert.fail(`no way to #${id} with the Tab key`)
}
const enterKey = (visitor) => Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.keyboard.press('Enter')])

for (const [who, size] of [['wide', undefined], ['narrow', NARROW]])
	test(`the password is changed with the keyboard alone (${who})`, () => Visitor.with(chrome, { size }, async (visitor) => {
		await enter(visitor, '/account', { login: `keys_${who}` })
		await tab(visitor, 'nav-password')
		await enterKey(visitor)
		await visitor.at('password')
		for (const [id, text] of [['password_old', PASSWORD], ['password-field', NEW], ['password_confirm', NEW]]) {
			await tab(visitor, id)
			await visitor.page.keyboard.type(text)
		}
		await tab(visitor, 'submit-password')
		await enterKey(visitor)
		await visitor.at('account')
		await tab(visitor, 'logout')
		await enterKey(visitor)
		await visitor.at('logout')
		await tab(visitor, 'confirm-logout')
		await enterKey(visitor)
		await visitor.at('logged-out')
		await enter(visitor, '/account', { login: `keys_${who}`, password: NEW })
	}))

test('without scripts: a wrong old password is told at its field, the right one changes it', () => Visitor.with(chrome, { script: false }, async (visitor) => {
	const change = async (old) => {
		for (const [id, text] of [['password_old', old], ['password-field', NEW], ['password_confirm', NEW]])
			await visitor.fill(id, text)
		await visitor.click('submit-password')
	}

	await enter(visitor, '/password', { login: 'keys_plain' })
	await change('Wrong@1234')
	await visitor.at('password')
	assert.ok(await visitor.has('password_old-error'))
	assert.equal(await visitor.value('password_old'), '', 'no password is written back')
	await change(PASSWORD)
	await visitor.at('account')
	await visitor.click('nav-audit')
	assert.match(await visitor.text('entries'), /修改密码/)
}))

for (const [width, size] of [['wide', undefined], ['narrow', NARROW]])
	for (const language of ['zh-CN', 'en'])
		test(`two steps: set up with a phone's camera, asked for, taken away (${language}, ${width})`, () => Visitor.with(chrome, { language, size, script: width === 'wide' }, async (visitor) => {
			const check = async (name) => {
				await visitor.shot(`account-factor-${name}-${language}-${width}`)
				assert.deepEqual(await visitor.barriers(), [], name)
				assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways`)
			}
			const enterCode = async (code) => {
				await visitor.fill('code', code)
				await visitor.click('submit-code')
			}

			await halfMinute()
			await enter(visitor, '/account/second-factor', { login: `steps_${language}_${width}`.replace('-', '_') })
			const uri = new URL(await visitor.scan())
			const app = new Authenticator(uri.searchParams.get('secret'))
			assert.equal((await visitor.text('secret')).replace(/\s/g, ''), app.secret, 'the same to type as to scan')
			await enterCode('000000')
			assert.equal(await visitor.error(), 'second_factor')
			await check('wrong')
			await enterCode(app.code())
			await visitor.at('recovery-codes')
			await check('codes')
			const [recovery] = await visitor.page.locator('#recovery-codes code').allInnerTexts()
			await visitor.click('continue')
			assert.ok(await visitor.has('codes-left'))
			await check('set')
			await visitor.page.locator('#act-remove').check()
			await visitor.click('use-recovery')
			assert.ok(await visitor.page.locator('#act-remove').isChecked(), 'what was chosen is kept')
			await check('recovers')
			await visitor.open(`${broker.issuer}/account/switch`)
			await visitor.password(`steps_${language}_${width}`.replace('-', '_'), PASSWORD)
			await visitor.at('second-factor')
			await check('asked')
			await enterCode(app.code())
			await visitor.at('account')
			await visitor.click('nav-factor')
			await visitor.page.locator('#act-remove').check()
			await visitor.click('use-recovery')
			await enterCode(recovery)
			assert.ok(await visitor.has('qr'), 'there is none any more')
		}))

test('the data of the account is a download', () => Visitor.with(chrome, {}, async (visitor) => {
	await enter(visitor, '/account')
	const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.page.locator('#export').click()])

	assert.match(download.suggestedFilename(), /\.json$/)
}))

test('another account takes the place of this one after its login', () => Visitor.with(chrome, {}, async (visitor) => {
	await enter(visitor, '/account')
	await visitor.click('switch-account')
	await visitor.at('login')
	await visitor.password('keji', PASSWORD, 'legal')
	await visitor.at('account')
	assert.match(await visitor.page.locator('main').innerText(), /keji/)
}))

test('an error says what to do next and where help is', () => Visitor.with(chrome, {}, async (visitor) => {
	await visitor.open(`${broker.issuer}/authorize?client_id=nobody&response_type=code`)
	await visitor.at('error')
	for (const id of ['error', 'reference', 'home', 'support'])
		assert.ok(await visitor.has(id), `#${id}`)
	await visitor.click('home')
	await visitor.at('index')
}))
