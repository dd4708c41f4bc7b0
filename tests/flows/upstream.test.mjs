// SPDX-License-Identifier: Apache-2.0
// Third-party login: through a second Yimen, and against an upstream that lies.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, client, freePort, passwordLogin, sleep, until } from './harness.mjs'
import { Browser } from './browser.mjs'
import { peek, random, signJwt } from './client.mjs'

// ---- an upstream whose every answer can be spoiled

class Upstream {
	static async start() {
		const upstream = new Upstream()

		upstream.port = await freePort()
		upstream.issuer = `http://127.0.0.1:${upstream.port}`
		Object.assign(upstream, generateKeyPairSync('ec', { namedCurve: 'P-256' }), { kid: 'one', change: {}, calls: [], codes: new Map() })
		upstream.server = createServer((request, response) => upstream.serve(request, response).catch((error) => response.destroy(error)))
		await new Promise((done) => upstream.server.listen(upstream.port, '127.0.0.1', done))
		return upstream
	}

	/** The person at the upstream agrees: where the browser goes back to. */
	authorize(url, more = {}) {
		const asked = Object.fromEntries(new URL(url).searchParams)
		const code = random()
		const back = new URL(asked.redirect_uri)

		this.asked = asked
		this.codes.set(code, asked)
		for (const [key, value] of Object.entries({ code, state: asked.state, iss: this.issuer, ...more }))
			if (value !== null)
				back.searchParams.set(key, value)
		return back.href
	}

	async serve(request, response) {
		const url = new URL(request.url, this.issuer)
		let body = ''
		for await (const part of request)
			body += part
		this.calls.push({ path: url.pathname, body: new URLSearchParams(body), headers: request.headers })
		const send = (json, status = 200) => {
			response.writeHead(status, { 'Content-Type': 'application/json' })
			response.end(typeof json === 'string' ? json : JSON.stringify(json))
		}
		const change = this.change[url.pathname]
		if (change?.raw)
			return change.raw(response)
		if (url.pathname === '/.well-known/openid-configuration')
			return send({ issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`, token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/jwks`,
				userinfo_endpoint: `${this.issuer}/userinfo`, end_session_endpoint: `${this.issuer}/end`, response_types_supported: ['code'], subject_types_supported: ['public'],
				id_token_signing_alg_values_supported: ['ES256'], authorization_response_iss_parameter_supported: true,
				code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['client_secret_basic'], ...change })
		if (url.pathname === '/jwks')
			return send({ keys: [{ ...this.publicKey.export({ format: 'jwk' }), kid: this.kid, alg: 'ES256', use: 'sig' }] })
		if (url.pathname === '/token') {
			const asked = this.codes.get(new URLSearchParams(body).get('code'))
			const now = Math.floor(Date.now() / 1000)
			const claims = { iss: this.issuer, sub: 'person-1', aud: 'yimen', exp: now + 300, iat: now, nonce: asked?.nonce, name: '李四', ...change?.claims }

			if (change?.status)
				return send({ error: 'invalid_grant' }, change.status)
			return send({ access_token: 'upstream-access', token_type: 'Bearer', expires_in: 60,
				id_token: change?.id_token?.(claims) ?? signJwt(JSON.parse(JSON.stringify(claims)), change?.key ?? this.privateKey, { alg: 'ES256', kid: change?.kid ?? this.kid, typ: 'JWT' }), ...change?.body })
		}
		if (url.pathname === '/userinfo')
			return send({ sub: 'person-1', name: '李四', ...change })
		send({}, 404)
	}

	stop() {
		this.server.closeAllConnections()
		this.server.close()
	}
}

let upstream, other, province, broker, listener
const heard = [] // logout tokens of ours that demo-public got
before(async () => {
	listener = createServer(async (request, response) => {
		let body = ''
		for await (const part of request)
			body += part
		heard.push(peek(new URLSearchParams(body).get('logout_token')).claims)
		response.end()
	})
	await new Promise((done) => listener.listen(0, '127.0.0.1', done))
	upstream = await Upstream.start()
	other = await Upstream.start()
	const port = await freePort()
	province = await Broker.start({
		clients: [{ id: 'yimen', name: { zh: '一门' }, secret: 'demo-province-secret', redirect_uris: [`http://127.0.0.1:${port}/login/province/callback`], scopes: ['openid', 'profile'], consent: 'skip' }],
	}, [{ login: 'lisi', name: '李四', 'realname-level': 2 }, { login: 'zhaoliu' }])
	const provider = (id, issuer, more) => ({ id, type: 'oidc', title: { zh: id, en: id }, issuer, client_id: 'yimen', client_secret: 'demo-province-secret', ...more })
	broker = await Broker.start({
		port,
		net: { timeout: '3s' },
		session: { max_per_account: 1000 },
		providers: [
			provider('province', province.issuer), provider('hostile', upstream.issuer), provider('other', other.issuer),
			provider('link-only', upstream.issuer, { create_account: false }), provider('legal', upstream.issuer, { legal: true, legal_state: 'effective' }),
			provider('off', upstream.issuer, { enabled: false }), provider('gone', 'http://127.0.0.1:9'),
		],
		clients: [CLIENTS.public({ backchannel_logout_uri: `http://127.0.0.1:${listener.address().port}/` }), CLIENTS.portal(), client('verified', { type: 'public', require: { realname_level: 2 } })],
	})
})
after(async () => {
	broker.allow(/"fault":"(unreachable|timeout)"/) // what upstreams do to us is in the log, and expected here
	upstream.stop()
	other.stop()
	await broker.stop()
	listener.close()
	await province.stop()
})

/** A browser on its way: at the upstream's authorization endpoint. */
async function leave(id, params, browser = broker.browser()) {
	const page = await browser.open(broker.client('demo-public').request(params).url)
	const out = await browser.click(page, `provider-${id}`)

	return { browser, url: out.redirect?.href, page: out }
}

async function come(id, more, params) {
	const { browser, url } = await leave(id, params)

	return { browser, end: await browser.open(upstream.authorize(url, more)), url }
}

test('the first login through the province begins an account, the second finds it', async () => {
	const subs = []

	for (let i = 0; i < 2; i++) {
		const browser = new Browser([broker.issuer, province.issuer])
		const { claims, tokens } = await broker.client('demo-public').login(browser, {
			login: async (page) => {
				const there = await browser.click(page, 'provider-province')

				assert.equal(new URL(there.url).origin, province.issuer)
				return passwordLogin(browser, there, { login: 'lisi' })
			},
		})

		assert.deepEqual(claims.amr, ['ext'])
		assert.ok(Number(claims.acr) <= 1, 'worth what the operator says, no more')
		assert.equal((await broker.client('demo-public').userinfo(tokens.access_token)).json.user_type, 'natural')
		subs.push(claims.sub)
	}
	assert.equal(subs[0], subs[1])
})

test('another person there is another person here', async () => {
	const subs = new Set()

	for (const login of ['lisi', 'zhaoliu']) {
		const browser = new Browser([broker.issuer, province.issuer])

		subs.add((await broker.client('demo-public').login(browser, { login: async (page) => passwordLogin(browser, await browser.click(page, 'provider-province'), { login }) })).claims.sub)
	}
	assert.equal(subs.size, 2)
})

test('the request to the upstream has state, nonce and PKCE S256, all fresh', async () => {
	const seen = { state: new Set(), nonce: new Set(), code_challenge: new Set() }

	for (let i = 0; i < 2; i++) {
		const params = new URL((await leave('hostile')).url).searchParams

		assert.equal(params.get('code_challenge_method'), 'S256')
		assert.equal(params.get('response_type'), 'code')
		for (const key of Object.keys(seen))
			seen[key].add(params.get(key))
	}
	for (const set of Object.values(seen))
		assert.ok(set.size === 2 && !set.has(null))
})

test('an honest upstream logs in; the code is redeemed with secret and verifier', async () => {
	upstream.calls.length = 0
	const { end } = await come('hostile')

	assert.ok(end.params?.code, `${end}`)
	const call = upstream.calls.find((one) => one.path === '/token')
	assert.match(call.headers.authorization, /^Basic /)
	assert.ok(call.body.get('code_verifier').length >= 43)
})

test('J1: a legal person brings its unit; once it is dissolved, neither a known nor a new account of it comes in, and it stays as it is', async () => {
	const uscc = '91110108MA01ET88XL'
	const claims = (sub) => ({ sub, user_type: 'legal', org: { uscc, name: '省里的公司', type: 'enterprise' } })
	const arrive = async (sub) => {
		upstream.change = { '/token': { claims: claims(sub) }, '/userinfo': claims(sub) }
		try {
			return (await come('legal')).end
		} finally {
			upstream.change = {}
		}
	}
	const unit = () => broker.cli('unit', 'show', '--uscc', uscc).json

	assert.ok((await arrive('company-1')).params?.code)
	assert.ok((await arrive('company-1')).params?.code)
	assert.equal((await arrive('company-2')).name, 'link', 'a code proves nothing: its account has to be proved')
	assert.equal(broker.cli('unit', 'dissolve', '--uscc', uscc).code, 0)
	const before = unit()
	const known = await arrive('company-1')
	assert.equal(known.error, 'disabled', `${known}`)
	assert.equal(known.name, 'login')
	const fresh = await arrive('company-3')
	assert.equal(fresh.error, 'unit_dissolved', `${fresh}`)
	assert.equal(fresh.name, 'login')
	assert.match(fresh.html, /该单位已注销/)
	assert.equal(before.status, 'dissolved')
	assert.deepEqual(unit(), before)
})

const { privateKey: stranger } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const now = () => Math.floor(Date.now() / 1000)
for (const [name, path, change] of [
	['a wrong nonce', '/token', { claims: { nonce: 'other' } }],
	['no nonce', '/token', { claims: { nonce: undefined } }],
	['another issuer', '/token', { claims: { iss: 'https://evil.example' } }],
	['another audience', '/token', { claims: { aud: 'somebody' } }],
	['several audiences and no azp', '/token', { claims: { aud: ['yimen', 'somebody'] } }],
	['another azp', '/token', { claims: { aud: ['yimen', 'somebody'], azp: 'somebody' } }],
	['an expired ID token', '/token', { claims: { exp: now() - 600, iat: now() - 900 } }],
	['an ID token from the future', '/token', { claims: { iat: now() + 600, exp: now() + 900 } }],
	['no sub', '/token', { claims: { sub: undefined } }],
	['an empty sub', '/token', { claims: { sub: '' } }],
	['a sub that is a number', '/token', { claims: { sub: 7 } }],
	['a stranger’s signature', '/token', { key: stranger }],
	['an unknown kid', '/token', { kid: 'unknown' }],
	['alg none', '/token', { id_token: (claims) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.` }],
	['no ID token', '/token', { body: { id_token: undefined } }],
	['an ID token that is none', '/token', { body: { id_token: 'a.b.c' } }],
	['a token error', '/token', { status: 400 }],
	['a token answer that is no JSON', '/token', { raw: (r) => r.end('<html>') }],
	['a token answer without end', '/token', { raw: (r) => { r.writeHead(200, { 'Content-Type': 'application/json' }); r.write('{') } }],
	['a token answer that is too large', '/token', { raw: (r) => r.end(`{"x":"${'x'.repeat(2e6)}"}`) }],
	['a redirect from the token endpoint', '/token', { raw: (r) => { r.writeHead(302, { Location: 'http://127.0.0.1:9/' }); r.end() } }],
	['a closed connection', '/token', { raw: (r) => r.destroy() }],
]) {
	test(`an upstream with ${name} logs nobody in`, async () => {
		upstream.change = { [path]: change }
		try {
			const { browser, end } = await come('hostile')

			assert.ok(!end.redirect, `${end}`)
			assert.match(end.error, /^provider_(failed|rejected)$/)
			assert.equal(end.name, 'login', 'another way can be taken')
			assert.ok((await passwordLogin(browser, end)).params?.code, 'and leads on')
		} finally {
			upstream.change = {}
		}
	})
}

for (const [name, more] of [
	['another iss in the answer (mix-up)', { iss: 'https://evil.example' }],
	['no iss, though the upstream promises one', { iss: null }],
	['no code', { code: null }],
]) {
	test(`${name} logs nobody in`, async () => {
		const { end } = await come('hostile', more)

		assert.ok(!end.redirect, `${end}`)
		assert.match(end.error, /^provider_/)
	})
}

test('who declines there is told so, and can take another way', async () => {
	const { end } = await come('hostile', { code: null, error: 'access_denied' })

	assert.equal(end.error, 'provider_denied')
	assert.equal(end.name, 'login')
})

test('an error text of the upstream is not shown', async () => {
	const { end } = await come('hostile', { code: null, error: 'server_error', error_description: '<script>alert(1)</script>' })

	assert.ok(!end.html.includes('alert(1)'))
})

test('a callback works once', async () => {
	const { browser, url } = await leave('hostile')
	const back = upstream.authorize(url)

	assert.ok((await browser.open(back)).params?.code)
	const again = await browser.open(back)
	assert.equal(again.error, 'interaction_expired')
})

/** What the upstream has the browser post to us, without our cookies, as a browser does with a form of another site. */
async function post(url, form = new URL(url).search.slice(1)) {
	const response = await fetch(url.split('?')[0], { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })

	return { status: response.status, location: response.headers.get('location') && new URL(response.headers.get('location'), url).href, text: await response.text() }
}

test('an answer that is posted waits for the browser and its cookies, once', async () => {
	const { browser, url } = await leave('hostile')
	const back = upstream.authorize(url)
	const posted = await post(back)

	assert.equal(posted.status, 303, posted.text)
	assert.ok(!posted.location.includes('code='), 'what was posted does not come into an address')
	const foreign = broker.browser()
	await foreign.open(broker.client('demo-public').request().url)
	assert.equal((await foreign.open(posted.location)).error, 'interaction_foreign')
	assert.equal((await browser.open(posted.location)).error, 'interaction_expired', 'a handle works once')
	assert.ok((await browser.open((await post(back)).location)).params?.code, 'the run itself was not used up')
	assert.equal((await browser.open((await post(back)).location ?? back)).error, 'interaction_expired')
})

test('what is posted for no run, to another provider, twice or without end is refused at once', async () => {
	const { url } = await leave('hostile')
	const back = upstream.authorize(url)

	assert.equal((await post(back.replace(/state=[^&]*/, 'state=abc'))).location, null)
	assert.equal((await post(back.replace(/state=[^&]*/, ''))).location, null)
	assert.equal((await post(back.replace('/login/hostile/', '/login/other/'))).location, null)
	assert.equal((await post(back, `${new URL(back).search.slice(1)}&code=x`)).location, null)
	assert.equal((await post(back, `${new URL(back).search.slice(1)}&x=${'x'.repeat(20000)}`)).status, 413)
	const wrong = (await post(back)).location.replace('/login/hostile/', '/login/other/')
	assert.equal((await broker.browser().open(wrong)).error, 'interaction_expired')
})

test('a callback in another browser logs nobody in', async () => {
	const { browser, url } = await leave('hostile')
	const back = upstream.authorize(url)
	const foreign = broker.browser()

	await foreign.open(broker.client('demo-public').request().url)
	assert.equal((await foreign.open(back)).error, 'interaction_foreign')
	assert.equal((await broker.browser().open(back)).error, 'interaction_foreign')
	assert.ok((await browser.open(back)).params?.code, 'the attempt did not use it up for its owner')
})

test('the answer of one provider is none of another’s', async () => {
	const { browser, url } = await leave('hostile')
	const back = upstream.authorize(url).replace('/login/hostile/', '/login/other/')
	const sent = other.calls.filter((one) => one.path === '/token').length
	const end = await browser.open(back)

	assert.ok(!end.redirect)
	assert.match(end.error, /interaction_expired|provider_/)
	assert.equal(other.calls.filter((one) => one.path === '/token').length, sent, 'the code was not sent to the wrong one')
})

test('no state, a made-up state, twice the same parameter', async () => {
	const { browser, url } = await leave('hostile')
	const back = upstream.authorize(url)

	assert.equal((await browser.open(back.replace(/state=[^&]*/, ''))).error, 'interaction_expired')
	assert.equal((await browser.open(back.replace(/state=[^&]*/, 'state=abc'))).error, 'interaction_expired')
	assert.equal((await browser.open(`${back}&code=x`)).error, 'duplicate_parameter')
})

test('a disabled, an unknown and an unreachable provider', async () => {
	const browser = broker.browser()
	const page = await browser.open(broker.client('demo-public').request().url)
	const { interaction } = page.form('login-password').fields

	assert.ok(!page.has('provider-off'))
	for (const id of ['off', 'nobody'])
		assert.equal((await browser.open(`${broker.issuer}/login/${id}/start?interaction=${interaction}`)).error, 'provider_unknown')
	const gone = await browser.click(page, 'provider-gone')
	assert.equal(gone.error, 'provider_failed')
	assert.ok((await passwordLogin(browser, gone)).params?.code)
})

test('userinfo about somebody else is not believed', async () => {
	upstream.change = { '/token': { claims: { name: undefined } }, '/userinfo': { sub: 'person-2', name: '王五' } }
	try {
		upstream.calls.length = 0
		const { end } = await come('hostile')

		assert.ok(upstream.calls.some((one) => one.path === '/userinfo'), 'it was asked')
		assert.match(end.error, /^provider_/)
	} finally {
		upstream.change = {}
	}
})

test('a new key of the upstream is fetched when its kid appears', async () => {
	for (const kid of ['one', 'two']) {
		if (kid === 'two')
			await sleep(10100) // keys are fetched again after 10 s at the earliest
		Object.assign(other, generateKeyPairSync('ec', { namedCurve: 'P-256' }), { kid })
		const { browser, url } = await leave('other')
		const end = await browser.open(other.authorize(url))

		assert.ok(end.params?.code, `${end}`)
	}
})

test('create_account: false asks for an account of ours, links it by its password, and remembers', async () => {
	upstream.change = { '/token': { claims: { sub: 'linked-1' } }, '/userinfo': { sub: 'linked-1' } }
	try {
		const rp = broker.client('demo-public')
		const first = await come('link-only')

		assert.equal(first.end.name, 'link')
		const wrong = await passwordLogin(first.browser, first.end, { password: 'Wrong@1234' })
		assert.equal(wrong.name, 'link')
		assert.equal(wrong.error, 'credentials')
		const end = await passwordLogin(first.browser, wrong)
		assert.ok(end.params?.code, `${end}`)

		const second = await come('link-only')
		assert.ok(second.end.params?.code, 'the second time nothing is asked')
		const browser = broker.browser()
		const own = await rp.login(browser, { login: (page) => passwordLogin(browser, page) })
		const linked = await rp.login(second.browser, { login: (e) => e })
		assert.equal(linked.claims.sub, own.claims.sub)
	} finally {
		upstream.change = {}
	}
})

test('an equal name, phone or e-mail links nothing', async () => {
	const same = { sub: 'resembles', phone_number: '13800138000', phone_number_verified: true, email: 'zhang@example.cn', email_verified: true, preferred_username: 'zhangsan', name: '张三' }

	upstream.change = { '/token': { claims: same }, '/userinfo': same }
	try {
		const { browser, end } = await come('hostile')

		assert.ok(end.params?.code)
		const { claims } = await broker.client('demo-public').login(browser, { login: (e) => e })
		const mine = broker.browser()
		const own = await broker.client('demo-public').login(mine, { login: (page) => passwordLogin(mine, page) })
		assert.notEqual(claims.sub, own.claims.sub)
	} finally {
		upstream.change = {}
	}
})

test('an account that came from outside is held by the gate like any other', async () => {
	const browser = broker.browser()
	const page = await browser.open(broker.client('verified').request().url)
	const out = await browser.click(page, 'provider-hostile')
	const end = await browser.open(upstream.authorize(out.redirect.href))

	assert.equal(end.name, 'realname')
})

test('prompt=login and max_age are passed on, or the answer is not taken for a fresh login', async () => {
	const browser = broker.browser()
	const page = await browser.open(broker.client('demo-public').request({ prompt: 'login', max_age: '60' }).url)
	const out = await browser.click(page, 'provider-hostile')
	const asked = out.redirect.searchParams

	assert.ok(asked.get('prompt') === 'login' || asked.get('max_age') !== null, `asked ${[...asked.keys()]}`)
})

// ---- logout, both ways

const loggedIn = async (browser) => new URL((await browser.open(`${broker.issuer}/account`)).url).pathname === '/account'
const session = async (sub, sid) => {
	upstream.change = { '/token': { claims: { sub, sid } }, '/userinfo': { sub } }
	try {
		return (await come('hostile')).browser
	} finally {
		upstream.change = {}
	}
}

test('J9: who logs out here is led by the upstream’s logout and back', async () => {
	const browser = await session('leaver-1', 'sid-1')
	assert.ok(await loggedIn(browser))
	const page = await browser.open(`${broker.issuer}/logout`)
	const out = await browser.submit(page, page.form('logout') ? 'logout' : 'confirm-logout', {})
	assert.equal(out.name, 'logged-out', `${out}`)
	assert.ok(!await loggedIn(browser))
	const path = out.response.headers.get('refresh').match(/url=(.*)/)[1]
	const there = await browser.open(`${broker.issuer}${path}`)
	assert.equal(`${there.redirect.origin}${there.redirect.pathname}`, `${upstream.issuer}/end`)
	assert.equal(there.params.post_logout_redirect_uri, `${broker.issuer}/login/hostile/left`)
	assert.ok(there.params.id_token_hint, 'its own ID token of that login')
	assert.equal((await browser.open(there.params.post_logout_redirect_uri)).name, 'logged-out')
	assert.equal((await broker.browser().open(`${broker.issuer}${path}`)).name, 'logged-out', 'another browser is told nothing')
	const { notices } = broker.cli('upstream', 'notices', '--provider', 'hostile').json
	assert.deepEqual(notices.map(({ status, attempts }) => ({ status, attempts })), [{ status: 'browser', attempts: 1 }])
})

const notice = (claims, header = {}) => {
	const at = Math.floor(Date.now() / 1000)
	const body = { iss: upstream.issuer, aud: 'yimen', iat: at, exp: at + 120, jti: random(), events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, ...claims }

	return signJwt(body, upstream.privateKey, { alg: 'ES256', kid: upstream.kid, typ: 'logout+jwt', ...header })
}
const notify = (token, id = 'hostile') => fetch(`${broker.issuer}/login/${id}/logout`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })

/** How many ends of sessions our client has heard of, when none is on its way. */
async function told() {
	await until(() => !broker.cli('client', 'notices', '--status', 'waiting').json.notices.length, 'all are told')
	return heard.length
}

test('back-channel logout ends the sessions that came of the one there, and no others', async () => {
	const first = await session('leaver-2', 'sid-2a'), second = await session('leaver-2', 'sid-2b'), other = await session('leaver-3', 'sid-3')
	const token = notice({ sid: 'sid-2a' }), before = await told()
	const response = await notify(token)

	assert.equal(response.status, 200, await response.text())
	assert.deepEqual([await loggedIn(first), await loggedIn(second), await loggedIn(other)], [false, true, true])
	await until(() => heard.length > before, 'our client of that session is told in turn')
	assert.equal((await notify(token)).status, 400, 'it works once')
	assert.equal((await notify(notice({ sub: 'leaver-2' }))).status, 200)
	assert.deepEqual([await loggedIn(second), await loggedIn(other)], [false, true])
	await until(() => heard.length === before + 2, 'and of the other')
	assert.equal(new Set(heard.map((claims) => claims.sid)).size, heard.length)
	assert.equal(broker.cli('upstream', 'notices', '--provider', 'hostile').json.notices.length, 1, 'the upstream knows, and is not told what it said itself')
})

test('a session that ends without its browser leaves a notice that says it cannot be told where the upstream wants to see the browser', async () => {
	const before = await told()
	const elsewhere = await session('leaver-5', 'sid-5a'), browser = await session('leaver-5', 'sid-5b')
	const page = await browser.open(`${broker.issuer}/account/sessions`)
	const csrf = page.html.match(/name="csrf" value="([^"]+)"/)[1]

	await browser.go(`${broker.issuer}/account/sessions`, { method: 'POST', form: { csrf, do: 'end_others' }, headers: { Origin: broker.issuer } })
	assert.deepEqual([await loggedIn(elsewhere), await loggedIn(browser)], [false, true])
	const [notice] = await until(() => {
		const { notices } = broker.cli('upstream', 'notices', '--provider', 'hostile', '--status', 'needs_browser').json

		return notices.length ? notices : null
	}, 'the job has asked how')
	assert.deepEqual([notice.attempts, notice.last_error], [1, undefined])
	await until(() => heard.length === before + 1, 'our client of that session')
})

test('who closes the account takes the links along, and upstream and clients are told all the same', async () => {
	const before = await told()
	const browser = await session('leaver-6', 'sid-6')
	const page = await browser.open(`${broker.issuer}/account/close`)
	const end = await browser.submit(page, 'close', { agree: 'yes' })
	const there = await browser.open(broker.issuer + end.response.headers.get('refresh').match(/^3; url=(.*)/)[1])

	assert.equal(end.name, 'logged-out', `${end}`)
	assert.equal(`${there.redirect.origin}${there.redirect.pathname}`, `${upstream.issuer}/end`)
	await until(() => heard.length === before + 1, 'the client')
})

test('a notice that is none ends nothing', async () => {
	const browser = await session('leaver-4', 'sid-4')

	for (const token of ['', 'x', notice({ sid: 'sid-4', iss: 'https://evil.example' }), notice({ sid: 'sid-4', events: {} }), notice({ sid: 'sid-4', nonce: 'n' }), notice({}),
		signJwt({ iss: upstream.issuer, aud: 'yimen', sid: 'sid-4' }, stranger, { alg: 'ES256', kid: upstream.kid, typ: 'logout+jwt' })])
		assert.equal((await notify(token)).status, 400)
	assert.equal((await notify(notice({ sid: 'sid-4' }), 'other')).status, 400, 'the notice of one provider is none of another’s')
	assert.ok(await loggedIn(browser))
})
