// SPDX-License-Identifier: Apache-2.0
// Every page in Chromium, in both languages: the ids and names of the UI contract, no barrier that axe-core calls serious, nothing
// that the content security policy had to stop, and no sideways scrolling on a phone. Screenshots of all are left in out/.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, USCC, client, freePort, sleep, until } from '../flows/harness.mjs'
import { settle } from './home.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const SECRET = 'a-secret-of-32-characters-long!!'
let chrome, broker, strict, province, portal, home
before(async () => {
	const port = await freePort()

	writeFileSync(join(tmpdir(), 'nobody.csv'), 'name,id_type,id_number\n')

	province = await Broker.start({
		clients: [{ id: 'yimen', name: { zh: '一门' }, secret: SECRET, redirect_uris: [`http://127.0.0.1:${port}/login/province/callback`], scopes: ['openid', 'profile'], consent: 'skip' }],
	}, [{ login: 'lisi', name: '李四' }])
	portal = await settle({
		port,
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
		providers: [{ id: 'province', type: 'oidc', title: { zh: '省政务服务平台', en: 'Provincial platform' }, issuer: province.issuer, client_id: 'yimen',
			client_secret: SECRET, create_account: false }],
		portal: { consent: 'ask' },
		clients: [
			client('posts', { type: 'public', response_modes: ['form_post'] }),
			client('verified', { type: 'public', require: { realname_level: 2 }, home: 'https://business.example/' }),
			client('complete', { type: 'public', require: { complete: true } }),
		],
		completion: { mode: 'optional', review: true },
		realname: { verifier: 'registry_csv', people: join(tmpdir(), 'nobody.csv'), tries_day: 100 },
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
	}, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'reviewed', status: 'pending_review' }, { login: 'fails', name: '李四' },
		{ login: 'proved', name: '张三', 'realname-level': 2 },
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

// ---- the way to a page, in steps

const portalLogin = (visitor) => visitor.open(`${home}/login`)
const authorize = (id) => (visitor) => visitor.open(broker.client(id).request().url)
const open = (url) => (visitor) => visitor.open(url())
const click = (id) => (visitor) => visitor.click(id)
const enter = (login, password = PASSWORD) => (visitor) => visitor.password(login, password)
const claim = (name, number) => async (visitor) => {
	while (!await visitor.has('id_number')) { // the same person's other window is being checked
		await sleep(200)
		await visitor.page.reload()
	}
	await visitor.fill('name', name)
	await visitor.fill('id_number', number)
	await visitor.click('submit-realname')
}
const wrong = enter('zhangsan', 'Wrong@1234')
/* One after the other: two visitors who ask at a time for a code to one phone would read each other's. The next code may be sent after a second. */
let turn = Promise.resolve()
const byPhone = (phone) => (visitor) => {
	const mine = turn.then(() => visitor.phone(phone, () => broker.code(phone)))

	turn = mine.catch(() => {}).then(() => sleep(1000))
	return mine
}
const strictly = (visitor) => visitor.open(strict.client('demo-public').request().url)

const TABS = ['tab-natural', 'tab-legal', 'tab-phone']
const PASSWORD_FORM = { form: 'login-password', names: { namespace: 'hidden', login_name: 'username', password: 'current-password' } }

/** What the contract says of a page: data-page, the steps that lead there, its form with the fields' names, other ids. No scripts where one would send itself. */
const PAGES = {
	'front': { page: 'index', way: [open(() => broker.issuer)], ids: ['login'] },
	'login-natural': { page: 'login', way: [portalLogin], ...PASSWORD_FORM, ids: [...TABS, 'submit-password', 'provider-province'] },
	'login-legal': { page: 'login', way: [portalLogin, click('tab-legal')], ...PASSWORD_FORM, ids: [...TABS, 'submit-password', 'provider-province'] },
	'login-wrong': { page: 'login', way: [portalLogin, wrong], ...PASSWORD_FORM, ids: [...TABS, 'error', 'submit-password'] },
	'login-captcha': {
		page: 'login', way: [strictly, wrong], form: 'login-password', ids: ['error', 'captcha-image', 'captcha-alternative', 'submit-password'],
		names: { ...PASSWORD_FORM.names, captcha: 'off' },
	},
	'login-phone': { page: 'login', way: [portalLogin, click('tab-phone')], form: 'otp-send', ids: [...TABS, 'submit-send', 'provider-province'], names: { phone: 'tel' } },
	'login-code': {
		page: 'login', way: [portalLogin, (visitor) => visitor.send('13800138000')], form: 'otp-verify', ids: [...TABS, 'otp-send', 'submit-code'],
		names: { code: 'one-time-code' },
	},
	'choose-account': {
		page: 'choose-account', way: [portalLogin, byPhone('13800138002')], form: 'choose-account', ids: ['submit-account'], names: { account: 'radio' },
	},
	'link': { page: 'link', way: [portalLogin, click('provider-province'), enter('lisi')], ...PASSWORD_FORM, ids: ['submit-password'] },
	'consent': { page: 'consent', way: [portalLogin, enter('zhangsan')], form: 'consent', ids: ['allow', 'deny'], names: { decision: 'submit' } },
	'pending': { page: 'pending', way: [authorize('verified'), enter('reviewed')], ids: ['continue', 'return'] },
	'realname': {
		page: 'realname', way: [authorize('verified'), enter('zhangsan')], form: 'realname', ids: ['submit-realname'],
		names: { name: 'name', id_type: 'off', id_number: 'off', gender: 'sex', ethnic_code: 'off' },
	},
	'realname-failed': { page: 'realname', way: [authorize('verified'), enter('fails'), claim('李四', '110101197810270029')], form: 'realname', ids: ['realname-status', 'go-upload'] },
	'realname-verified': { page: 'realname', way: [open(() => `${broker.issuer}/realname`), enter('proved')], form: 'edit', ids: ['realname-badge', 'edit-realname', 'continue'] },
	'realname-legal': {
		page: 'realname', way: [authorize('verified'), (visitor) => visitor.password('two_hats', PASSWORD, 'legal')], form: 'realname', ids: ['submit-realname'],
		names: { handler_name: 'name', rep_name: 'off', rep_id_type: 'off', rep_id_number: 'off' },
	},
	'realname-upload': {
		page: 'upload', way: [authorize('verified'), enter('fails'), claim('李四', '110101197810270029'), click('go-upload')], form: 'upload', ids: ['submit-review'],
	},
	'complete': { page: 'complete', way: [authorize('complete'), enter('zhangsan')], ids: ['choose', 'go-natural', 'go-legal', 'go-expert'] },
	'complete-form': {
		page: 'complete', way: [authorize('complete'), enter('zhangsan'), click('go-expert')], form: 'complete', ids: ['submit-complete', 'back'],
		names: { name: 'name', title: 'organization-title' },
	},
	'form-post': { page: 'form-post', script: false, way: [authorize('posts'), enter('zhangsan')], ids: ['submit-form-post'] },
	'logout': {
		page: 'logout', way: [authorize('verified'), enter('zhangsan'), open(() => `${broker.issuer}/logout`)], form: 'logout', ids: ['confirm-logout'],
	},
	'logged-out': {
		page: 'logged-out', way: [authorize('verified'), enter('zhangsan'), open(() => `${broker.issuer}/logout`), click('confirm-logout')], ids: [],
	},
	'error': { page: 'error', way: [open(() => `${broker.issuer}/authorize?client_id=nobody`)], ids: ['error', 'reference', 'support'] },
	'not-found': { page: 'error', way: [open(() => `${broker.issuer}/nothing/here`)], ids: ['error', 'reference', 'support'] },
	'portal-welcome': { page: 'welcome', way: [open(() => home)], ids: ['login'] },
	'portal-person': { page: 'person', way: [portalLogin, enter('zhangsan'), click('allow')], ids: ['person', 'claims', 'claims-json', 'logout'] },
	'portal-denied': { page: 'problem', way: [portalLogin, enter('zhangsan'), click('deny')], ids: ['error', 'login'] },
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
	if (language === 'en') // names of people and organisations stay as they are
		assert.doesNotMatch((await visitor.page.locator('main').innerText()).replace(/张三|孙二|李四|演示科技有限公司/g, ''), /[\u4e00-\u9fff]/, 'only English')
	await visitor.shot(`${name}-${language}-wide`)
	if (script)
		assert.deepEqual(await visitor.barriers(), [])
	await visitor.page.setViewportSize(NARROW)
	await visitor.shot(`${name}-${language}-narrow`)
	assert.ok(await visitor.scrollsSideways() <= 0, 'nothing scrolls sideways at 360 px')
}

describe('each page keeps the contract, has no barriers and fits a phone', { concurrency: 2 }, () => {
	for (const [name, { way, script }] of Object.entries(PAGES)) {
		for (const language of ['zh-CN', 'en']) {
			test(`${name} (${language})`, () => Visitor.with(chrome, { language, script }, async (visitor) => {
				for (const step of way)
					await step(visitor)
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
