// SPDX-License-Identifier: Apache-2.0
// Every page in Chromium, in both languages: the ids and names of the UI contract, no barrier that axe-core calls serious, nothing
// that the content security policy had to stop, and no sideways scrolling on a phone. Screenshots of all are left in out/.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, USCC, client, freePort, until } from '../flows/harness.mjs'
import { settle } from './home.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const SECRET = 'a-secret-of-32-characters-long!!'
let chrome, broker, strict, province, portal, home
before(async () => {
	const port = await freePort()

	province = await Broker.start({
		clients: [{ id: 'yimen', name: { zh: '一门' }, secret: SECRET, redirect_uris: [`http://127.0.0.1:${port}/login/province/callback`], scopes: ['openid', 'profile'], consent: 'skip' }],
	}, [{ login: 'lisi', name: '李四' }])
	portal = await settle({
		port,
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
		providers: [{ id: 'province', type: 'oidc', title: { zh: '省政务服务平台', en: 'Provincial platform' }, issuer: province.issuer, client_id: 'yimen',
			client_secret: SECRET, create_account: false }],
		portal: { consent: 'ask' },
		clients: [client('posts', { type: 'public', response_modes: ['form_post'] }), client('verified', { type: 'public', require: { realname_level: 2 } })],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
	}, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' },
		{ login: 'two_hats', phone: '13800138002', name: '孙二' }, { login: 'two_hats', namespace: 'legal', unit: USCC, phone: '13800138002', name: '孙二' },
	]);
	({ broker, url: home } = portal)
	strict = await Broker.start({ login: { captcha_after: 1 }, clients: [CLIENTS.public()] })
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await portal.stop()
	await strict.stop()
	await province.stop()
})

const login = (visitor, query = '') => visitor.open(`${home}/login${query}`)
const authorize = (visitor, id, at = broker) => visitor.open(at.client(id).request().url)
const wrong = (visitor) => visitor.password('zhangsan', 'Wrong@1234')

/** name: { page, open, ids, names, script }: how one gets there, what is there by the contract, and whether scripts may run. */
const PAGES = {
	'front': { page: 'index', open: (v) => v.open(broker.issuer), ids: ['login'] },
	'login-natural': { page: 'login', open: login, form: 'login-password', ids: ['tab-natural', 'tab-legal', 'tab-phone', 'submit-password', 'provider-province'],
		names: { namespace: 'hidden', login_name: 'username', password: 'current-password' } },
	'login-legal': { page: 'login', open: async (v) => { await login(v); await v.click('tab-legal') }, form: 'login-password',
		ids: ['tab-natural', 'tab-legal', 'tab-phone', 'submit-password', 'provider-province'],
		names: { namespace: 'hidden', login_name: 'username', password: 'current-password' } },
	'login-wrong': { page: 'login', open: async (v) => { await login(v); await wrong(v) }, form: 'login-password', ids: ['error', 'tab-natural', 'submit-password'],
		names: { namespace: 'hidden', login_name: 'username', password: 'current-password' } },
	'login-captcha': { page: 'login', open: async (v) => { await authorize(v, 'demo-public', strict); await wrong(v) }, form: 'login-password',
		ids: ['error', 'captcha-image', 'captcha-alternative', 'submit-password'], names: { login_name: 'username', password: 'current-password', captcha: 'off' } },
	'login-phone': { page: 'login', open: async (v) => { await login(v); await v.click('tab-phone') }, form: 'otp-send',
		ids: ['tab-natural', 'tab-legal', 'tab-phone', 'submit-send', 'provider-province'], names: { phone: 'tel' } },
	'login-code': { page: 'login', open: async (v) => { await login(v); await v.send('13800138000') }, form: 'otp-verify', ids: ['otp-send', 'submit-code'],
		names: { code: 'one-time-code' } },
	'choose-account': { page: 'choose-account', open: async (v) => { await login(v); await v.phone('13800138002', () => broker.code('13800138002')) },
		form: 'choose-account', ids: ['submit-account'], names: { account: 'radio' } },
	'link': { page: 'link', open: async (v) => { await login(v); await v.click('provider-province'); await v.password('lisi', PASSWORD) },
		form: 'login-password', ids: ['submit-password'], names: { login_name: 'username', password: 'current-password' } },
	'consent': { page: 'consent', open: async (v) => { await login(v); await v.password('zhangsan', PASSWORD) }, form: 'consent', ids: ['allow', 'deny'],
		names: { decision: 'submit' } },
	'pending': { page: 'pending', open: async (v) => { await authorize(v, 'verified'); await v.password('zhangsan', PASSWORD) }, ids: [] },
	'form-post': { page: 'form-post', script: false, open: async (v) => { await authorize(v, 'posts'); await v.password('zhangsan', PASSWORD) }, ids: ['submit-form-post'] },
	'logout': { page: 'logout', open: async (v) => { await authorize(v, 'verified'); await v.password('zhangsan', PASSWORD); await v.open(`${broker.issuer}/logout`) },
		form: 'logout', ids: ['confirm-logout'] },
	'logged-out': { page: 'logged-out', ids: [],
		open: async (v) => { await authorize(v, 'verified'); await v.password('zhangsan', PASSWORD); await v.open(`${broker.issuer}/logout`); await v.click('confirm-logout') } },
	'error': { page: 'error', open: (v) => v.open(`${broker.issuer}/authorize?client_id=nobody`), ids: ['error', 'reference', 'support'] },
	'not-found': { page: 'error', open: (v) => v.open(`${broker.issuer}/nothing/here`), ids: ['error', 'reference', 'support'] },
	'portal-welcome': { page: 'welcome', open: (v) => v.open(home), ids: ['login'] },
	'portal-person': { page: 'person', open: async (v) => { await login(v); await v.password('zhangsan', PASSWORD); await v.click('allow') },
		ids: ['person', 'claims', 'claims-json', 'logout'] },
	'portal-denied': { page: 'problem', open: async (v) => { await login(v); await v.password('zhangsan', PASSWORD); await v.click('deny') }, ids: ['error', 'login'] },
}

/** The field @name of the form: it is there, labelled, and says what it is for. */
async function checkField(visitor, form, name, hint) {
	const field = visitor.page.locator(`#${form} [name="${name}"]`).first()

	assert.equal(await field.count(), 1, `field ${name}`)
	const seen = await field.evaluate((one) => ({ type: one.type, autocomplete: one.autocomplete, labels: one.labels?.length }))
	assert.ok(hint === seen.type || hint === seen.autocomplete, `${name}: ${JSON.stringify(seen)}`)
	if (!['hidden', 'submit'].includes(seen.type))
		assert.ok(seen.labels > 0, `${name} has a label`)
}

async function checkPage(visitor, name, language) {
	const { page, form, ids, names = {}, script = true } = PAGES[name]

	await visitor.at(page)
	assert.equal(await visitor.page.locator('html').getAttribute('lang'), language)
	assert.equal(await visitor.page.locator('h1').count(), 1, 'one h1')
	assert.equal(await visitor.page.locator('main').count(), 1, 'one main')
	assert.ok((await visitor.page.title()).length > 5)
	for (const id of ['lang', ...(form ? [form] : []), ...ids])
		assert.equal(await visitor.page.locator(`#${id}`).count(), 1, `#${id}`)
	if (form) {
		assert.equal(await visitor.page.locator(`#${form}`).getAttribute('method'), 'post')
		assert.ok((await visitor.page.locator(`#${form} [name="csrf"]`).getAttribute('value')).length > 20, 'a CSRF token')
	}
	for (const [field, hint] of Object.entries(names))
		await checkField(visitor, form, field, hint)
	if (language === 'en') // the switch to the other language and what people and operators named stand in their own
		assert.doesNotMatch((await visitor.page.locator('main').innerText()).replace(/张三|孙二|李四|演示科技有限公司/g, ''), /[\u4e00-\u9fff]/, 'only English')
	await visitor.shot(`${name}-${language}-wide`)
	if (script)
		assert.deepEqual(await visitor.barriers(), [])
	await visitor.page.setViewportSize(NARROW)
	await visitor.shot(`${name}-${language}-narrow`)
	assert.ok(await visitor.scrollsSideways() <= 0, 'nothing scrolls sideways at 360 px')
}

describe('each page keeps the contract, has no barriers and fits a phone', { concurrency: 2 }, () => {
	for (const [name, { open, script }] of Object.entries(PAGES)) {
		for (const language of ['zh-CN', 'en']) {
			test(`${name} (${language})`, () => Visitor.with(chrome, { language, script }, async (visitor) => {
				await open(visitor)
				await checkPage(visitor, name, language)
			}))
		}
	}
})

test('what the content security policy stops would be seen here', async () => {
	const visitor = await Visitor.come(chrome)

	await visitor.open(broker.issuer)
	await visitor.page.evaluate(() => document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/x.png' })))
	await until(() => visitor.complaints.length, 'a complaint')
	await visitor.context.close()
})

test('a page without labels would be seen here', async () => {
	const visitor = await Visitor.come(chrome)

	await visitor.open(broker.issuer)
	await visitor.page.evaluate(() => document.querySelector('main').append(document.createElement('input')))
	assert.match((await visitor.barriers()).join(), /^label:/)
	await visitor.context.close()
})
