// SPDX-License-Identifier: Apache-2.0
// The end of things: logout, ended sessions, accounts that are closed on every path that could still yield something.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BYE, Broker, CLIENTS, USCC, client, passwordLogin, sleep } from './harness.mjs'
import { peek } from './client.mjs'

const UNIT = '91110108MA01ET88XL'
const SECRET = 'a-secret-of-32-characters-long!!'
let broker
before(async () => {
	broker = await Broker.start({
		clients: [CLIENTS.public(), CLIENTS.portal(), CLIENTS.rs(), client('opaque', { secret: SECRET, access_token: 'opaque' }), client('asks', { secret: SECRET, consent: 'ask' })],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
	}, [{ login: 'zhangsan', phone: '13800138000' }, { login: 'wangwu' }])
})
after(() => broker.stop())

async function login(login_ = 'zhangsan', id = 'demo-portal', params = {}, namespace) {
	const browser = broker.browser()
	const result = await broker.client(id).login(browser, { ...params, login: (page) => passwordLogin(browser, page, { login: login_, namespace }) })

	return { browser, ...result }
}
const logout = (params) => `${broker.issuer}/logout?${new URLSearchParams(params)}`
const isOpen = async (browser) => Boolean((await browser.open(broker.client('demo-public').request({ prompt: 'none' }).url)).params?.code)

test('a hint of this session logs out at once and goes back with state', async () => {
	const { browser, tokens } = await login()
	const end = await browser.open(logout({ id_token_hint: tokens.id_token, post_logout_redirect_uri: BYE, state: 'a&b' }))

	assert.equal(end.redirect.href.split('?')[0], BYE)
	assert.equal(end.params.state, 'a&b')
	assert.ok(!await isOpen(browser))
})

test('by POST as well', async () => {
	const { browser, tokens } = await login()
	const end = await browser.go(`${broker.issuer}/logout`, { method: 'POST', form: { id_token_hint: tokens.id_token, post_logout_redirect_uri: BYE } })

	assert.equal(end.redirect.href, BYE)
})

test('without a hint the person is asked, and nothing ends before the answer', async () => {
	const { browser, tokens } = await login()
	const page = await browser.open(logout({ client_id: 'demo-portal', post_logout_redirect_uri: BYE, state: 's' }))

	assert.equal(page.name, 'logout')
	assert.ok(page.has('confirm-logout'))
	assert.ok(await isOpen(browser))
	assert.equal((await browser.submit(page, 'logout', { csrf: null })).error, 'csrf')
	assert.ok(await isOpen(browser))
	const end = await browser.submit(page, 'logout')
	assert.equal(end.redirect.href, `${BYE}?state=s`)
	assert.ok(!await isOpen(browser))
	assert.equal((await broker.client('demo-portal').userinfo(tokens.access_token)).status, 401)
})

test('a hint of another session asks', async () => {
	const other = await login('wangwu')
	const { browser } = await login()

	assert.equal((await browser.open(logout({ id_token_hint: other.tokens.id_token, post_logout_redirect_uri: BYE }))).name, 'logout')
	assert.ok(await isOpen(other.browser))
})

test('logout without anything: our own page; without a session too', async () => {
	const { browser } = await login()
	const page = await browser.submit(await browser.open(logout({})), 'logout')

	assert.equal(page.name, 'logged-out')
	assert.equal((await broker.browser().open(logout({}))).name, 'logged-out')
})

for (const [name, params, error] of [
	['an address that is not registered', { client_id: 'demo-portal', post_logout_redirect_uri: 'https://evil.example/' }, 'redirect_uri'],
	['an address and no client', { post_logout_redirect_uri: BYE }, 'redirect_uri'],
	['an unknown client', { client_id: 'nobody', post_logout_redirect_uri: BYE }, 'unknown_client'],
	['a hint that is none', { id_token_hint: 'x.y.z', post_logout_redirect_uri: BYE }, 'invalid_request'],
]) {
	test(`logout with ${name} is an error page, and the session stays`, async () => {
		const { browser } = await login()
		const page = await browser.open(logout(params))

		assert.equal(page.name, 'error')
		assert.equal(page.error, error)
		assert.ok(await isOpen(browser))
	})
}

test('a hint and another client_id contradict each other', async () => {
	const { browser, tokens } = await login()

	assert.equal((await browser.open(logout({ id_token_hint: tokens.id_token, client_id: 'demo-public', post_logout_redirect_uri: BYE }))).error, 'invalid_request')
})

test('logging out ends the tokens of every client; offline_access goes on', async () => {
	const { browser, tokens } = await login('zhangsan', 'demo-portal')
	const opaque = (await broker.client('opaque').login(browser, { login: (end) => end })).tokens
	const offline = (await broker.client('demo-public').login(browser, { scope: 'openid offline_access', prompt: 'consent', login: (page) => (page.name === 'consent' ? browser.submit(page, 'consent', { decision: 'allow' }) : page) })).tokens

	await browser.open(logout({ id_token_hint: tokens.id_token }))
	for (const [id, given] of [['demo-portal', tokens], ['opaque', opaque]]) {
		assert.equal((await broker.client(id).userinfo(given.access_token)).status, 401)
		assert.equal((await broker.client(id).refresh(given.refresh_token)).json.error, 'invalid_grant')
		assert.equal((await broker.client('demo-rs').introspect(given.access_token)).json.active, false)
	}
	const again = await broker.client('demo-public').refresh(offline.refresh_token)
	assert.equal(again.status, 200, again.text)
	assert.equal((await broker.client('demo-public').userinfo(again.json.access_token)).status, 200)
})

test('who proves himself again for one client stays logged in at the others, as the same session', async () => {
	const { browser, tokens } = await login('zhangsan', 'demo-portal')
	const opaque = (await broker.client('opaque').login(browser, { login: (end) => end })).tokens
	const cookies = new Map(browser.cookies)
	const again = await broker.client('demo-portal').login(browser, { prompt: 'login', login: (page) => passwordLogin(browser, page) })
	const third = await broker.client('demo-public').login(browser, { prompt: 'login', login: (page) => passwordLogin(browser, page) })

	assert.equal(peek(again.tokens.id_token).claims.sid, peek(tokens.id_token).claims.sid, 'one sid')
	assert.ok(peek(again.tokens.id_token).claims.auth_time >= peek(tokens.id_token).claims.auth_time)
	const stolen = broker.browser()
	stolen.cookies = cookies
	assert.ok(!await isOpen(stolen), 'the cookie of before is worth nothing')
	for (const [id, given] of [['demo-portal', tokens], ['opaque', opaque], ['demo-portal', again.tokens], ['demo-public', third.tokens]]) {
		assert.equal((await broker.client(id).userinfo(given.access_token)).status, 200, id)
		const fresh = await broker.client(id).refresh(given.refresh_token)
		assert.equal(fresh.status, 200, fresh.text)
		given.refresh_token = fresh.json.refresh_token
	}
	const end = await browser.open(logout({ id_token_hint: tokens.id_token, post_logout_redirect_uri: BYE }))
	assert.equal(end.redirect?.href, BYE, 'the first ID token is a hint of this very session')
	for (const [id, given] of [['demo-portal', tokens], ['opaque', opaque], ['demo-portal', again.tokens], ['demo-public', third.tokens]]) {
		assert.equal((await broker.client(id).userinfo(given.access_token)).status, 401, id)
		assert.equal((await broker.client(id).refresh(given.refresh_token)).json.error, 'invalid_grant', id)
	}
})

test('a code that was not redeemed before the logout is worth nothing', async () => {
	const { browser, tokens } = await login()
	const { request, code } = await broker.client('demo-public').code(browser, { login: (end) => end })

	await browser.open(logout({ id_token_hint: tokens.id_token }))
	assert.equal((await broker.client('demo-public').redeem(request, code)).json.error, 'invalid_grant')
})

test('account logout on the command line ends every session, and a new login works', async () => {
	const first = await login()
	const second = await login()

	await sleep(5)
	assert.equal(broker.cli('account', 'logout', '--login', 'zhangsan').code, 0)
	for (const one of [first, second]) {
		assert.equal((await broker.client('demo-portal').userinfo(one.tokens.access_token)).status, 401)
		assert.ok(!await isOpen(one.browser))
	}
	const { browser } = first
	assert.ok((await passwordLogin(browser, await browser.open(broker.client('demo-public').request().url))).params?.code, 'in the same browser too')
})

test('a new password ends what the old one began', async () => {
	broker.account({ login: 'renewed' })
	const { browser, tokens } = await login('renewed')

	await sleep(5)
	assert.equal(broker.cli('account', 'set', '--login', 'renewed', '--password-file', '-', { input: 'Newer@1234' }).code, 0)
	assert.equal((await broker.client('demo-portal').refresh(tokens.refresh_token)).json.error, 'invalid_grant')
	assert.ok(!await isOpen(browser))
	const page = await browser.open(broker.client('demo-public').request().url)
	assert.equal((await passwordLogin(browser, page, { login: 'renewed' })).error, 'credentials')
	assert.ok((await passwordLogin(browser, page, { login: 'renewed', password: 'Newer@1234' })).redirect)
})

// ---- the matrix: every path that yields something × every way to be closed

const CLOSED = {
	disabled: (name) => broker.set(name, { status: 'disabled' }, 'legal'),
	closed: (name) => broker.set(name, { status: 'closed' }, 'legal'),
	rejected: (name) => broker.set(name, { status: 'rejected' }, 'legal'),
	'unit dissolved': () => assert.equal(broker.cli('unit', 'add', '--uscc', UNIT, '--name', '某单位', '--status', 'dissolved').code, 0),
	'logged out everywhere': (name) => assert.equal(broker.cli('account', 'logout', '--login', name, '--namespace', 'legal').code, 0),
}

for (const [state, close] of Object.entries(CLOSED)) {
	test(`${state}: no path yields anything`, async () => {
		const name = `m_${state.replaceAll(' ', '_')}`
		const phone = `1390001${String(1000 + Object.keys(CLOSED).indexOf(state))}`
		const final = state !== 'logged out everywhere' // a new login is fine then

		assert.equal(broker.cli('unit', 'add', '--uscc', UNIT, '--name', '某单位', '--status', 'effective').code, 0)
		broker.account({ login: name, namespace: 'legal', unit: UNIT, phone })
		const { browser, tokens } = await login(name, 'demo-portal', {}, 'legal')
		const opaque = (await broker.client('opaque').login(browser, { login: (end) => end })).tokens
		const offline = (await broker.client('demo-public').login(browser, { scope: 'openid offline_access', login: (end) => end })).tokens
		const unredeemed = await broker.client('demo-portal').code(browser, { login: (end) => end })
		const consent = await browser.open(broker.client('asks').request().url)
		const other = broker.browser()
		const waiting = await other.open(broker.client('demo-public').request().url)
		const phoned = broker.browser()
		const sent = await phoned.submit(await phoned.click(await phoned.open(broker.client('demo-public').request().url), 'tab-phone'), 'otp-send', { phone, do: 'send' })

		assert.equal(consent.name, 'consent')
		await sleep(5)
		close(name)

		for (const [id, given] of [['demo-portal', tokens], ['opaque', opaque], ['demo-public', offline]]) {
			assert.equal((await broker.client(id).userinfo(given.access_token)).status, 401, `userinfo ${id}`)
			assert.equal((await broker.client('demo-rs').introspect(given.access_token)).json.active, false, `introspect ${id}`)
			assert.equal((await broker.client(id).refresh(given.refresh_token)).json.error, 'invalid_grant', `refresh ${id}`)
		}
		assert.equal((await broker.client('demo-portal').redeem(unredeemed.request, unredeemed.code)).json.error, 'invalid_grant', 'code')
		assert.ok(!(await browser.submit(consent, 'consent', { decision: 'allow' })).params?.code, 'consent')
		const mayRead = state === 'rejected' // may log in, to read why; nothing is issued
		assert.ok(!await isOpen(browser), 'session')
		const byPassword = await passwordLogin(other, waiting, { login: name, namespace: 'legal' })
		const byPhone = await phoned.submit(sent, 'otp-verify', { code: broker.code(phone) })
		if (mayRead) {
			assert.equal(byPassword.name, 'pending')
			assert.equal(byPhone.name, 'pending')
		} else if (final) {
			assert.equal(byPassword.error, 'disabled', `${byPassword}`)
			assert.equal(byPhone.error, 'disabled', `${byPhone}`)
		} else {
			assert.ok(byPassword.params?.code && byPhone.params?.code)
		}
	})
}

test('a disabled account with a wrong password learns nothing', async () => {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(broker.client('demo-public').request().url), { login: 'm_disabled', namespace: 'legal', password: 'Wrong@1234' })

	assert.equal(page.error, 'credentials')
})
