// SPDX-License-Identifier: Apache-2.0
// The authorization endpoint: what is answered to whom, prompt and its kin, consent, response modes, languages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, REDIRECT, USCC, client, passwordLogin, sleep, until } from './harness.mjs'
import { peek } from './client.mjs'

let broker
before(async () => {
	broker = await Broker.start({
		clients: [
			CLIENTS.public(), CLIENTS.portal(), CLIENTS.service(),
			client('asks', { secret: 'a-secret-of-32-characters-long!!', consent: 'remember', name: { zh: '业务系统', en: 'Business system' } }),
			client('asks-always', { secret: 'a-secret-of-32-characters-long!!', consent: 'ask' }),
			client('no-pkce', { secret: 'a-secret-of-32-characters-long!!', pkce: 'optional' }),
			client('only-query', { type: 'public', response_modes: ['query'] }),
			client('only-form', { type: 'public', response_modes: ['form_post'] }),
			client('at-home', { type: 'public', home: 'http://127.0.0.1:8499/portal' }),
			client('off', { type: 'public', enabled: false }),
			client('with-query', { type: 'public', redirect_uris: ['http://127.0.0.1:8499/cb?tenant=7'] }),
			client('effective', { type: 'public', require: { unit_effective: true } }),
			client('verified', { type: 'public', require: { realname_level: 2 } }),
		],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }, { uscc: '91110108MA01ET88XL', name: '待审有限公司', status: 'pending' }],
	}, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'wangwu' },
		{ login: 'real', 'realname-level': 2 }, { login: 'review', status: 'pending_review' },
		{ login: 'pending_unit', namespace: 'legal', unit: '91110108MA01ET88XL' }, { login: 'keji_demo', namespace: 'legal', unit: USCC },
	])
})
after(() => broker.stop())

async function loggedIn(login = 'zhangsan', namespace = 'natural', language) {
	const browser = broker.browser({ language })

	await broker.client('demo-public').code(browser, { login: (page) => passwordLogin(browser, page, { login, namespace }) })
	return browser
}

// ---- errors that are shown, and never redirected

for (const [name, params, error] of [
	['an unknown client', { client_id: 'nobody' }, 'unknown_client'],
	['no client', { client_id: null }, 'unknown_client'],
	['a disabled client', { client_id: 'off' }, 'unknown_client'],
	['no redirect_uri', { redirect_uri: null }, 'redirect_uri'],
	['an empty redirect_uri', { redirect_uri: '' }, 'redirect_uri'],
	['a redirect_uri that is not registered', { redirect_uri: 'https://evil.example/cb' }, 'redirect_uri'],
	['… with something behind it', { redirect_uri: `${REDIRECT}/..` }, 'redirect_uri'],
	['… with a query that is not registered', { redirect_uri: `${REDIRECT}?x=1` }, 'redirect_uri'],
	['… with a fragment', { redirect_uri: `${REDIRECT}#x` }, 'redirect_uri'],
	['… with user information', { redirect_uri: REDIRECT.replace('//', '//evil@') }, 'redirect_uri'],
	['… in another case', { redirect_uri: REDIRECT.replace('/cb', '/CB') }, 'redirect_uri'],
	['… on another host that begins alike', { redirect_uri: REDIRECT.replace('127.0.0.1', '127.0.0.1.evil.example') }, 'redirect_uri'],
	['… of localhost instead of the address', { redirect_uri: REDIRECT.replace('127.0.0.1', 'localhost') }, 'redirect_uri'],
	['… over https', { redirect_uri: REDIRECT.replace('http', 'https') }, 'redirect_uri'],
	['… without the query that is registered', { client_id: 'with-query', redirect_uri: REDIRECT }, 'redirect_uri'],
	['another port for a confidential client', { client_id: 'demo-portal', redirect_uri: REDIRECT.replace('8499', '8498') }, 'redirect_uri'],
]) {
	test(`${name} is an error page and no redirect`, async () => {
		for (const language of ['zh-CN', 'en']) {
			const browser = broker.browser({ language })
			const page = await browser.open(broker.client('demo-public').request(params).url)

			assert.ok(!page.redirect, `${page}`)
			assert.equal(page.name, 'error')
			assert.equal(page.status, 400)
			assert.equal(page.error, error)
			assert.equal(page.lang, language)
			assert.match(page.reference, /^\w{8,}$/)
			await until(() => broker.log.some((line) => line.includes(page.reference)), 'the reference stands in the log')
		}
	})
}

test('a parameter twice is an error page', async () => {
	const page = await broker.browser().open(`${broker.client('demo-public').request().url}&state=other`)

	assert.equal(page.error, 'duplicate_parameter')
})

// ---- errors that are answered to the client

for (const [name, params, error] of [
	['no response_type', { response_type: null }, 'invalid_request'],
	['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
	['response_type=id_token', { response_type: 'id_token' }, 'unsupported_response_type'],
	['response_type=code id_token', { response_type: 'code id_token' }, 'unsupported_response_type'],
	['a response_mode that is unknown', { response_mode: 'fragment' }, 'invalid_request'],
	['a response_mode that the client may not use', { client_id: 'only-query', response_mode: 'form_post' }, 'invalid_request'],
	['a scope that the client may not have', { scope: 'openid idno' }, 'invalid_scope'],
	['a hint that is no ID token of ours', { id_token_hint: 'x' }, 'invalid_request'],
	['a malformed scope', { scope: 'openid "x"' }, 'invalid_scope'],
	['no PKCE', { code_challenge: null, code_challenge_method: null }, 'invalid_request'],
	['no PKCE of a confidential client', { client_id: 'demo-portal', code_challenge: null, code_challenge_method: null }, 'invalid_request'],
	['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request'],
	['PKCE without a method, which means plain', { code_challenge_method: null }, 'invalid_request'],
	['a method without a challenge', { client_id: 'no-pkce', code_challenge: null }, 'invalid_request'],
	['a challenge that is no SHA-256', { code_challenge: 'abc' }, 'invalid_request'],
	['an unknown prompt', { prompt: 'maybe' }, 'invalid_request'],
	['prompt none with another', { prompt: 'none login' }, 'invalid_request'],
	['max_age that is no number', { max_age: 'soon' }, 'invalid_request'],
	['max_age below zero', { max_age: '-1' }, 'invalid_request'],
	['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
	['a request_uri', { request_uri: 'https://evil.example/r' }, 'request_uri_not_supported'],
	['a registration', { registration: '{}' }, 'registration_not_supported'],
	['a resource that the client may not ask for', { resource: 'https://api.example' }, 'invalid_target'],
	['prompt=none without a session', { prompt: 'none' }, 'login_required'],
]) {
	test(`${name}: ${error}, with state and iss`, async () => {
		const request = broker.client('demo-public').request(params)
		const end = await broker.browser().open(request.url)

		assert.ok(end.redirect, `${end}`)
		assert.equal(end.redirect.origin + end.redirect.pathname, REDIRECT)
		assert.equal(end.params.error, error)
		assert.equal(end.params.state, request.state)
		assert.equal(end.params.iss, broker.issuer)
		assert.ok(!('code' in end.params))
	})
}

test('an error without state has none', async () => {
	const end = await broker.browser().open(broker.client('demo-public').request({ state: null, prompt: 'none' }).url)

	assert.deepEqual(Object.keys(end.params).sort(), ['error', 'iss'])
})

test('a state of every kind comes back unchanged', async () => {
	const browser = await loggedIn()

	for (const state of ['&=?#%25+ "<>', '中文', 'x'.repeat(2000), '%00', "a'b;c"]) {
		const end = await browser.open(broker.client('demo-public').request({ state }).url)

		assert.equal(end.params.state, state)
	}
})

test('a registered query is kept and the answer added to it', async () => {
	const browser = await loggedIn()
	const end = await browser.open(broker.client('with-query').request().url)

	assert.equal(end.params.tenant, '7')
	assert.ok(end.params.code)
})

test('the request may come by POST', async () => {
	const browser = broker.browser()
	const request = broker.client('demo-public').request()
	const page = await browser.go(`${broker.issuer}/authorize`, { method: 'POST', form: request.params })

	assert.equal(page.name, 'login')
	assert.ok((await passwordLogin(browser, page)).params.code)
})

test('a loopback redirect of a public client may use any port', async () => {
	const browser = await loggedIn()
	const end = await browser.open(broker.client('demo-public').request({ redirect_uri: REDIRECT.replace('8499', '51234') }).url)

	assert.equal(end.redirect.port, '51234')
})

test('unknown parameters are ignored', async () => {
	const browser = await loggedIn()

	assert.ok((await browser.open(broker.client('demo-public').request({ foo: 'bar', claims: '{}', display: 'page', scope: 'openid nobody.knows' }).url)).params.code)
})

test('a code without nonce, for a client that may do without PKCE', async () => {
	const browser = await loggedIn()
	const rp = broker.client('no-pkce')
	const request = rp.request({ nonce: null, code_challenge: null, code_challenge_method: null })
	const end = await browser.open(request.url)
	const answer = await rp.redeem(request, end.params.code, { code_verifier: null })

	assert.equal(answer.status, 200, answer.text)
	assert.ok(!('nonce' in peek(answer.json.id_token).claims))
})

// ---- form_post

test('form_post answers by a page that posts to the client', async () => {
	const browser = await loggedIn()
	const request = broker.client('demo-public').request({ response_mode: 'form_post' })
	const page = await browser.open(request.url)
	const form = page.form('form-post')

	assert.equal(page.name, 'form-post')
	assert.equal(form.action, REDIRECT)
	assert.equal(form.method, 'post')
	assert.deepEqual(Object.keys(form.fields).sort(), ['code', 'iss', 'state'])
	assert.equal(form.fields.state, request.state)
	assert.ok(!('csrf' in form.fields), 'our own secrets stay here')
	assert.match(page.headers.get('content-security-policy'), /form-action[^;]*http:\/\/127\.0\.0\.1:8499/)
	assert.equal((await broker.client('demo-public').redeem(request, form.fields.code)).status, 200)
})

test('errors follow the response mode', async () => {
	const page = await broker.browser().open(broker.client('demo-public').request({ response_mode: 'form_post', prompt: 'none' }).url)

	assert.equal(page.form('form-post').fields.error, 'login_required')
	assert.equal(page.form('form-post').fields.iss, broker.issuer)
})

test('a state with markup cannot break out of the form', async () => {
	const browser = await loggedIn()
	const state = '"><script>alert(1)</script>'
	const page = await browser.open(broker.client('demo-public').request({ response_mode: 'form_post', state }).url)

	assert.ok(!page.html.includes('<script>alert'))
	assert.equal(page.form('form-post').fields.state, state)
})

test('a client with form_post alone gets it unasked', async () => {
	const browser = await loggedIn()

	assert.equal((await browser.open(broker.client('only-form').request().url)).name, 'form-post')
})

// ---- prompt, max_age, hints

test('prompt=none with a session answers at once', async () => {
	const browser = await loggedIn()

	assert.ok((await browser.open(broker.client('demo-public').request({ prompt: 'none' }).url)).params.code)
})

test('prompt=login asks again, and auth_time moves', async () => {
	const browser = await loggedIn()
	const rp = broker.client('demo-public')
	const first = await rp.login(browser, { login: (end) => end })

	await sleep(1100)
	const second = await rp.login(browser, { prompt: 'login', login: (page) => passwordLogin(browser, page) })
	assert.ok(second.claims.auth_time > first.claims.auth_time)
	assert.equal(second.claims.sub, first.claims.sub)
	assert.equal(second.claims.sid, first.claims.sid, 'the session of the same person goes on')
})

test('max_age: old enough asks, fresh enough does not, and 0 always asks', async () => {
	const browser = await loggedIn()
	const rp = broker.client('demo-public')

	assert.ok((await browser.open(rp.request({ max_age: '1000' }).url)).params.code)
	await sleep(2100)
	assert.equal((await browser.open(rp.request({ max_age: '1' }).url)).name, 'login')
	assert.equal((await browser.open(rp.request({ max_age: '1', prompt: 'none' }).url)).params.error, 'login_required')
	const { claims } = await rp.login(browser, { max_age: '0', login: (page) => passwordLogin(browser, page) })
	assert.ok(Date.now() / 1000 - claims.auth_time < 5)
})

test('prompt=select_account lets another person log in, whose session replaces the first', async () => {
	const browser = await loggedIn()
	const rp = broker.client('demo-public')
	const first = await rp.login(browser, { login: (end) => end })
	const second = await rp.login(browser, { prompt: 'select_account', login: (page) => passwordLogin(browser, page, { login: 'wangwu' }) })

	assert.notEqual(first.claims.sub, second.claims.sub)
	assert.equal((await rp.userinfo(first.tokens.access_token)).status, 401, 'the first person’s tokens ended with the session')
	assert.equal((await rp.userinfo(second.tokens.access_token)).status, 200)
})

test('login_hint fills in the name', async () => {
	const browser = broker.browser()
	const page = await browser.open(broker.client('demo-public').request({ login_hint: 'zhangsan' }).url)

	assert.equal(page.form('login-password').fields.login_name, 'zhangsan')
})

test('acr_values are voluntary; acr says what was reached', async () => {
	const browser = broker.browser()
	const { claims } = await broker.client('demo-public').login(browser, { acr_values: '3 2', login: (page) => passwordLogin(browser, page, { login: 'real' }) })

	assert.equal(claims.acr, '2')
	const other = broker.browser()
	const plain = await broker.client('demo-public').login(other, { acr_values: '2', login: (page) => passwordLogin(other, page) })
	assert.match(plain.claims.acr, /^[01]$/)
})

test('id_token_hint of somebody else under prompt=none is not answered with this person’s code', async () => {
	const rp = broker.client('demo-public')
	const theirs = broker.browser()
	const { tokens } = await rp.login(theirs, { login: (page) => passwordLogin(theirs, page, { login: 'wangwu' }) })
	const browser = await loggedIn()
	const end = await browser.open(rp.request({ prompt: 'none', id_token_hint: tokens.id_token }).url)

	assert.equal(end.params.error, 'login_required', 'OpenID Connect Core 3.1.2.1: id_token_hint')
	const own = await rp.login(browser, { login: (e) => e })
	assert.ok((await browser.open(rp.request({ prompt: 'none', id_token_hint: own.tokens.id_token }).url)).params.code)
})

// ---- languages

for (const [name, language, params, expected] of [
	['the browser’s language', 'en', {}, 'en'],
	['… Chinese', 'zh-CN,zh;q=0.9,en;q=0.8', {}, 'zh-CN'],
	['… one that we have not: the default', 'fr', {}, 'zh-CN'],
	['ui_locales beats the browser', 'zh-CN', { ui_locales: 'en' }, 'en'],
	['ui_locales: the first that we have', 'en', { ui_locales: 'fr zh-CN en' }, 'zh-CN'],
	['ui_locales that we have not are ignored', 'en', { ui_locales: 'fr de' }, 'en'],
]) {
	test(`language: ${name}`, async () => {
		const page = await broker.browser({ language }).open(broker.client('demo-public').request(params).url)

		assert.equal(page.lang, expected)
	})
}

test('the language switch changes the page and keeps the interaction, the next pages too', async () => {
	const browser = broker.browser({ language: 'zh-CN' })
	let page = await browser.open(broker.client('asks').request().url)
	const { interaction } = page.form('login-password').fields

	page = await browser.click(page, 'lang')
	assert.equal(page.lang, 'en')
	assert.equal(page.form('login-password').fields.interaction, interaction)
	page = await passwordLogin(browser, page)
	assert.equal(page.name, 'consent')
	assert.equal(page.lang, 'en')
})

// ---- consent

test('a spent request leads back to its client, in the browser that it belonged to and to an address that is configured', async () => {
	for (const [id, back, spend] of [
		['demo-public', new URL('/', REDIRECT).href, (browser, page) => passwordLogin(browser, page)],
		['at-home', 'http://127.0.0.1:8499/portal', (browser, page) => passwordLogin(browser, page)],
		['asks', new URL('/', REDIRECT).href, async (browser, page) => browser.submit(await passwordLogin(browser, page), 'consent', { decision: 'deny' })],
	]) {
		const browser = broker.browser()
		const login = await browser.open(broker.client(id).request({ prompt: 'login' }).url)

		assert.ok((await spend(browser, login)).redirect, id)
		for (const path of ['/login', '/consent', '/continue']) {
			const page = await browser.open(login.url.replace('/login', path))

			assert.equal(page.error, 'interaction_expired', `${page}`)
			assert.equal(page.link('return'), back)
		}
		assert.equal((await passwordLogin(browser, login)).link('return'), back, 'the second tab’s form too')
		const stranger = broker.browser()
		await stranger.open(broker.client(id).request().url)
		for (const other of [stranger, broker.browser()]) {
			const page = await other.open(login.url)

			assert.equal(page.error, 'interaction_expired')
			assert.equal(page.link('return'), undefined, 'nobody else learns whose it was')
		}
	}
	const browser = await loggedIn()
	const unknown = await browser.open(`${broker.issuer}/login?interaction=${'A'.repeat(22)}`)
	assert.equal(unknown.error, 'interaction_expired')
	assert.equal(unknown.link('return'), undefined)
})

test('consent is asked, denied, asked again, allowed, remembered, and asked for more', async () => {
	const browser = await loggedIn('wangwu')
	const rp = broker.client('asks')
	let request = rp.request()
	let page = await browser.open(request.url)

	assert.equal(page.name, 'consent')
	assert.ok(page.html.includes('业务系统'), 'who asks')
	let end = await browser.submit(page, 'consent', { decision: 'deny' })
	assert.equal(end.params.error, 'access_denied')
	assert.equal(end.params.state, request.state)
	assert.equal(end.params.iss, broker.issuer)

	assert.equal((await browser.open(rp.request({ prompt: 'none' }).url)).params.error, 'consent_required')

	request = rp.request()
	page = await browser.open(request.url)
	end = await browser.submit(page, 'consent', { decision: 'allow' })
	assert.equal((await rp.redeem(request, end.params.code)).status, 200)

	assert.ok((await browser.open(rp.request().url)).params.code, 'remembered')
	assert.ok((await browser.open(rp.request({ scope: 'openid' }).url)).params.code, 'less needs no question')
	assert.equal((await browser.open(rp.request({ scope: 'openid profile phone' }).url)).name, 'consent', 'more does')
	assert.equal((await browser.open(rp.request({ prompt: 'consent' }).url)).name, 'consent')
	assert.equal((await browser.open(rp.request({ scope: 'openid offline_access', prompt: 'consent' }).url)).name, 'consent')
})

test('a decision that is neither, or without CSRF token, decides nothing', async () => {
	const browser = await loggedIn('wangwu')
	const page = await browser.open(broker.client('asks-always').request().url)

	assert.equal((await browser.submit(page, 'consent', { decision: 'perhaps' })).error, 'invalid_request')
	assert.equal((await browser.submit(page, 'consent', {})).error, 'invalid_request')
	assert.equal((await browser.submit(page, 'consent', { decision: 'allow', csrf: null })).error, 'csrf')
	assert.ok((await browser.submit(page, 'consent', { decision: 'allow' })).params.code)
	const again = await browser.submit(page, 'consent', { decision: 'allow' })
	assert.equal(again.error, 'interaction_expired', 'an interaction ends in one code')
})

test('consent: ask asks every time', async () => {
	const browser = await loggedIn('wangwu')

	for (let i = 0; i < 2; i++) {
		const page = await browser.open(broker.client('asks-always').request().url)

		assert.equal(page.name, 'consent')
		assert.ok((await browser.submit(page, 'consent', { decision: 'allow' })).params.code)
	}
})

test('consent for one account is none for another', async () => {
	const browser = await loggedIn('real')

	assert.equal((await browser.open(broker.client('asks').request().url)).name, 'consent')
})

// ---- what a client requires

for (const [name, id, login, namespace, reason] of [
	['an account under review waits', 'demo-public', 'review', 'natural', 'pending_review'],
	['a legal person whose unit is not effective waits', 'effective', 'pending_unit', 'legal', 'unit_not_effective'],
]) {
	test(`${name}; prompt=none says so`, async () => {
		const browser = broker.browser()
		const page = await passwordLogin(browser, await browser.open(broker.client(id).request().url), { login, namespace })

		assert.equal(page.name, 'pending')
		const silent = await browser.open(broker.client(id).request({ prompt: 'none' }).url)
		assert.equal(silent.params.error, 'access_denied')
		assert.equal(silent.params.error_description, reason)
		assert.ok(page.has('continue'))
	})
}

test('what was awaited and has come finishes the request without a second login', async () => {
	const browser = broker.browser()
	const rp = broker.client('effective')
	const request = rp.request()
	const page = await passwordLogin(browser, await browser.open(request.url), { login: 'pending_unit', namespace: 'legal' })

	assert.equal(page.name, 'pending')
	assert.equal(broker.cli('unit', 'add', '--uscc', '91110108MA01ET88XL', '--name', '待审有限公司', '--status', 'effective').code, 0)
	const end = await browser.click(page, 'continue')
	assert.equal((await rp.redeem(request, end.params.code)).status, 200)
})

test('who fulfils it passes', async () => {
	for (const [id, login, namespace] of [['effective', 'keji_demo', 'legal'], ['verified', 'real', 'natural']]) {
		const browser = broker.browser()

		assert.ok((await passwordLogin(browser, await browser.open(broker.client(id).request().url), { login, namespace })).params.code)
	}
})

test('no page may be framed, cached or sniffed', async () => {
	const page = await broker.browser().open(broker.client('demo-public').request().url)

	assert.match(page.headers.get('content-security-policy'), /frame-ancestors 'none'/)
	assert.match(page.headers.get('content-security-policy'), /default-src 'none'/)
	assert.match(page.headers.get('cache-control'), /no-store/)
	assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
	assert.match(page.headers.get('referrer-policy'), /no-referrer|same-origin|strict-origin/)
	const redirect = await fetch(broker.client('demo-public').request({ prompt: 'none' }).url, { redirect: 'manual' })
	assert.match(redirect.headers.get('cache-control'), /no-store/)
	assert.equal(redirect.headers.get('access-control-allow-origin'), null, 'FAPI 2.0 5.2 (8): no CORS on the authorization endpoint')
})
