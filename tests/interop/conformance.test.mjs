// SPDX-License-Identifier: Apache-2.0
// The OpenID Foundation's published test modules of the basic and config profiles, by their names: what each looks at, looked at from outside.
//
// The suite's own client registration is copied: two confidential clients, no PKCE unless the module brings it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Broker, REDIRECT, client, passwordLogin, sleep } from '../flows/harness.mjs'
import { peek, verifyJwt } from '../flows/client.mjs'

const SECRET = 'a-secret-of-32-characters-long!!'
const NO_PKCE = { code_challenge: null, code_challenge_method: null }
let broker

before(async () => {
	broker = await Broker.start({
		keys: { algorithms: ['ES256', 'RS256'] }, // the default
		clients: [
			client('first', { secret: SECRET, pkce: 'optional', consent: 'remember', id_token_alg: 'RS256' }),
			client('second', { secret: SECRET, pkce: 'optional', consent: 'remember' }),
			client('post', { secret: SECRET, pkce: 'optional', consent: 'remember', auth_methods: ['client_secret_post'] }),
		],
	}, [{ login: 'zhangsan', phone: '13800138000', email: 'zhang@example.cn', name: '张三', 'realname-level': 2 }])
})
after(() => broker.stop())

/** What the person does on our pages, until the answer: { end, seen } with the names of the pages. */
async function walk(person, end) {
	const seen = []

	while (!end.redirect && !end.has('form-post')) {
		seen.push(end.name)
		assert.ok(['login', 'consent'].includes(end.name), `${end}`)
		end = end.name === 'login' ? await passwordLogin(person, end) : await person.submit(end, 'consent', { decision: 'allow' })
	}
	return { end, seen }
}

/** One authorization as the suite makes it, its answer checked: { request, end, seen }. */
async function authorize({ rp = broker.client('first'), person = broker.browser(), method = 'GET', ...params } = {}) {
	const request = rp.request({ scope: 'openid', ...NO_PKCE, ...params })
	const first = method === 'POST' ? await person.go(`${broker.issuer}/authorize`, { method, form: request.params }) : await person.open(request.url)
	const { end, seen } = await walk(person, first)

	assert.equal(end.params.state, request.state)
	assert.equal(end.params.iss, broker.issuer)
	assert.equal(end.redirect.hash, '')
	return { request, end, seen, rp, person }
}

/** … and the token response, the ID token and userinfo, with every check that all modules share. */
async function whole(options = {}) {
	const auth = await authorize(options)
	const { request, end, rp } = auth

	assert.equal(end.params.error, undefined, `${end}`)
	assert.ok(end.params.code.length >= 22, 'a code of 128 bits')
	const answer = await rp.redeem(request, end.params.code, { code_verifier: options.code_challenge ? options.verifier : null }, options.auth && { auth: options.auth })
	assert.equal(answer.status, 200, answer.text)
	assert.match(answer.headers.get('content-type'), /^application\/json/)
	assert.match(answer.headers.get('cache-control'), /no-store/)
	const tokens = answer.json
	assert.equal(tokens.token_type.toLowerCase(), 'bearer')
	assert.ok(Number.isInteger(tokens.expires_in) && tokens.expires_in > 0)
	const claims = await checkIdToken(rp, tokens, request)
	const userinfo = await rp.userinfo(tokens.access_token)
	assert.equal(userinfo.status, 200)
	assert.equal(userinfo.json.sub, claims.sub)
	checkStandardClaims(userinfo.json)
	return { ...auth, tokens, claims, userinfo: userinfo.json }
}

async function checkIdToken(rp, tokens, request) {
	const { header, claims } = verifyJwt(tokens.id_token, await rp.jwks())
	const now = Date.now() / 1000

	assert.equal(header.alg, rp.config.id_token_alg ?? 'ES256')
	assert.equal(claims.iss, broker.issuer)
	assert.equal(claims.aud, rp.id)
	assert.ok(claims.azp === undefined || claims.azp === rp.id)
	assert.ok(Number.isInteger(claims.iat) && Math.abs(now - claims.iat) < 30)
	assert.ok(Number.isInteger(claims.exp) && claims.exp > now)
	assert.match(claims.sub, /^[\x21-\x7e]{1,255}$/)
	assert.equal(claims.nonce, request?.nonce ?? undefined)
	assert.ok(Number.isInteger(claims.auth_time) && claims.auth_time <= now + 1)
	assert.equal(typeof claims.acr, 'string')
	if (claims.at_hash !== undefined)
		assert.equal(claims.at_hash, createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url'))
	return claims
}

/** OpenID Connect Core 5.1: types of what is there; nothing is null or empty (5.3.2). */
function checkStandardClaims(claims) {
	const types = { sub: 'string', name: 'string', given_name: 'string', family_name: 'string', preferred_username: 'string', profile: 'string', picture: 'string',
		email: 'string', email_verified: 'boolean', gender: 'string', birthdate: 'string', phone_number: 'string', phone_number_verified: 'boolean', address: 'object', updated_at: 'number' }

	for (const [name, value] of Object.entries(claims)) {
		assert.ok(value !== null && value !== '', name)
		if (types[name])
			assert.equal(typeof value, types[name], name)
	}
}

const has = (...names) => ({ userinfo }) => {
	for (const name of names)
		assert.ok(name in userinfo, `${name} in ${Object.keys(userinfo)}`)
}
const hasNot = (...names) => ({ userinfo }) => {
	for (const name of names)
		assert.ok(!(name in userinfo), name)
}

// ---- modules that are one login with something special in its request

for (const [module, options, check] of [
	['oidcc-server', {}, hasNot('name', 'email', 'phone_number')],
	['oidcc-idtoken-signature', {}, ({ tokens }) => assert.equal(peek(tokens.id_token).header.alg, 'RS256')],
	['oidcc-ensure-request-without-nonce-succeeds-for-code-flow', { nonce: null }],
	['oidcc-scope-profile', { scope: 'openid profile' }, has('name', 'preferred_username')],
	['oidcc-scope-email', { scope: 'openid email' }, has('email', 'email_verified')],
	['oidcc-scope-address', { scope: 'openid address' }], // not in scopes_supported: the module is skipped, and the scope must not hurt
	['oidcc-scope-phone', { scope: 'openid phone' }, has('phone_number', 'phone_number_verified')],
	['oidcc-scope-all', { scope: 'openid profile email address phone' }, has('name', 'preferred_username', 'email', 'email_verified', 'phone_number', 'phone_number_verified')],
	['oidcc-ensure-other-scope-order-succeeds', { scope: 'email openid' }, has('email')],
	['oidcc-display-page', { display: 'page' }],
	['oidcc-display-popup', { display: 'popup' }],
	['oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
	['oidcc-login-hint', { login_hint: 'buffy@example.com' }],
	['oidcc-ui-locales', { ui_locales: 'se' }],
	['oidcc-claims-locales', { claims_locales: 'se' }],
	['oidcc-ensure-request-with-acr-values-succeeds', { acr_values: '1 2' }, ({ claims }) => assert.ok(['1', '2'].includes(claims.acr), `acr ${claims.acr}`)],
	['oidcc-claims-essential', { claims: JSON.stringify({ userinfo: { name: { essential: true } } }) }], // claims_parameter_supported is false: ignored
	['oidcc-ensure-post-request-succeeds', { method: 'POST' }],
	['oidcc-ensure-request-with-valid-pkce-succeeds', { verifier: 'v'.repeat(43), code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'), code_challenge_method: 'S256' }],
]) {
	test(module, async () => check?.(await whole(options)))
}

test('oidcc-idtoken-unsigned: skipped by the suite, for none is not offered', async () => {
	const metadata = await (await broker.get('/.well-known/openid-configuration')).json()

	assert.ok(!metadata.id_token_signing_alg_values_supported.includes('none'))
})

test('oidcc-server-client-secret-post', async () => {
	await whole({ rp: broker.client('post', { auth: 'post' }) })
})

test('oidcc-userinfo-get, oidcc-userinfo-post-header', async () => {
	const { tokens, claims } = await whole()

	for (const method of ['GET', 'POST']) {
		const response = await broker.get('/userinfo', { method, headers: { Authorization: `Bearer ${tokens.access_token}` } })

		assert.equal(response.status, 200)
		assert.match(response.headers.get('content-type'), /^application\/json/)
		assert.equal((await response.json()).sub, claims.sub)
	}
})

test('oidcc-userinfo-post-body: refused, as RFC 6750 2.2 lets a server (the module then warns)', async () => {
	const { tokens } = await whole()
	const response = await broker.get('/userinfo', { method: 'POST', body: new URLSearchParams({ access_token: tokens.access_token }) })

	assert.ok([400, 401].includes(response.status))
})

test('oidcc-response-type-missing', async () => {
	const { end } = await authorize({ response_type: null })

	assert.match(end.params.error, /^(unsupported_response_type|invalid_request)$/)
	assert.equal(end.params.code, undefined)
})

// ---- prompt, max_age, hints: two authorizations by one browser

test('oidcc-prompt-login', async () => {
	const first = await whole()

	await sleep(1100)
	const second = await whole({ person: first.person, prompt: 'login' })
	assert.ok(second.seen.includes('login'), 'the person is asked again')
	assert.equal(second.claims.sub, first.claims.sub)
	assert.ok(second.claims.auth_time > first.claims.auth_time)
})

test('oidcc-prompt-none-not-logged-in', async () => {
	const { end, seen } = await authorize({ prompt: 'none' })

	assert.deepEqual(seen, [])
	assert.equal(end.params.error, 'login_required')
	assert.equal(end.params.code, undefined)
})

test('oidcc-prompt-none-logged-in', async () => {
	const first = await whole()
	const second = await whole({ person: first.person, prompt: 'none' })

	assert.deepEqual(second.seen, [])
	assert.equal(second.claims.sub, first.claims.sub)
	assert.equal(second.claims.auth_time, first.claims.auth_time)
})

test('oidcc-max-age-1', async () => {
	const first = await whole()

	await sleep(2100)
	const second = await whole({ person: first.person, max_age: '1' })
	assert.ok(second.seen.includes('login'))
	assert.ok(second.claims.auth_time > first.claims.auth_time)
	assert.equal(second.claims.sub, first.claims.sub)
})

test('oidcc-max-age-10000', async () => {
	const first = await whole({ max_age: '10000' })
	const second = await whole({ person: first.person, max_age: '10000' })

	assert.ok(!second.seen.includes('login'))
	assert.equal(second.claims.auth_time, first.claims.auth_time)
	assert.equal(second.claims.sub, first.claims.sub)
})

test('oidcc-id-token-hint', async () => {
	const first = await whole()
	const second = await whole({ person: first.person, prompt: 'none', id_token_hint: first.tokens.id_token })

	assert.equal(second.claims.sub, first.claims.sub)
})

// ---- codes, redirect URIs, request objects, refresh

for (const [module, pause] of [['oidcc-codereuse', 0], ['oidcc-codereuse-30seconds', 3000]]) {
	test(module, async () => {
		const { rp, request, end, tokens } = await whole()

		await sleep(pause) // the suite waits 30 s, which is within the code's life of 60 s as well
		const again = await rp.redeem(request, end.params.code, { code_verifier: null })
		assert.equal(again.status, 400)
		assert.equal(again.json.error, 'invalid_grant')
		assert.equal((await rp.userinfo(tokens.access_token)).status, 401, 'what the code gave is revoked (RFC 6749 4.1.2)')
		assert.equal((await rp.refresh(tokens.refresh_token)).json.error, 'invalid_grant')
	})
}

test('oidcc-ensure-registered-redirect-uri', async () => {
	const page = await broker.browser().open(broker.client('first').request({ ...NO_PKCE, redirect_uri: `${REDIRECT}/not-registered` }).url)

	assert.ok(!page.redirect, `${page}`)
	assert.equal(page.name, 'error')
	assert.equal(page.error, 'redirect_uri')
})

const unsigned = (claims) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`

test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
	const { end } = await authorize({ request: unsigned({ client_id: 'first', response_type: 'code', scope: 'openid', redirect_uri: REDIRECT, state: 'inner', nonce: 'inner' }) })

	assert.equal(end.params.error, 'request_not_supported')
})

test('oidcc-ensure-request-object-with-redirect-uri: request objects are unsupported, so the address outside counts, and it is a wrong one', async () => {
	const { params } = broker.client('first').request({ ...NO_PKCE })
	const page = await broker.browser().open(broker.client('first').request({ ...NO_PKCE, redirect_uri: 'https://evil.example/', request: unsigned({ ...params, iss: 'first', aud: broker.issuer }) }).url)

	assert.ok(!page.redirect, `${page}`)
	assert.equal(page.name, 'error')
})

test('oidcc-refresh-token', async () => {
	const { rp, tokens, claims } = await whole({ scope: 'openid offline_access', prompt: 'consent' })

	assert.ok(tokens.refresh_token.length >= 22)
	const foreign = await broker.client('second').refresh(tokens.refresh_token)
	assert.equal(foreign.status, 400)
	assert.equal(foreign.json.error, 'invalid_grant')

	await sleep(1000)
	const { json, status } = await rp.refresh(tokens.refresh_token)
	assert.equal(status, 200, 'the attempt of another client did not end it')
	assert.notEqual(json.access_token, tokens.access_token)
	if (json.id_token) { // OpenID Connect Core 12.2
		const fresh = peek(json.id_token).claims

		assert.deepEqual([fresh.iss, fresh.sub, fresh.aud, fresh.auth_time], [claims.iss, claims.sub, claims.aud, claims.auth_time])
		assert.ok(fresh.iat > claims.iat)
	}
	assert.equal((await rp.userinfo(json.access_token)).json.sub, claims.sub)
})

// ---- config profile

test('oidcc-discovery-endpoint-verification', async () => {
	const response = await broker.get('/.well-known/openid-configuration')
	const metadata = await response.json()

	assert.equal(response.status, 200)
	assert.match(response.headers.get('content-type'), /^application\/json/)
	assert.equal(metadata.issuer, broker.issuer)
	for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'end_session_endpoint'])
		assert.equal(new URL(metadata[name]).origin, broker.issuer)
	for (const [name, ...values] of [
		['response_types_supported', 'code'], ['response_modes_supported', 'query'], ['grant_types_supported', 'authorization_code'],
		['subject_types_supported', 'public'], ['id_token_signing_alg_values_supported', 'RS256'], ['scopes_supported', 'openid'],
		['claims_supported', 'sub'], ['token_endpoint_auth_methods_supported', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
	])
		for (const value of values)
			assert.ok(metadata[name].includes(value), `${name}: ${value}`)
	assert.ok(!metadata.id_token_signing_alg_values_supported.includes('none'))
	for (const name of ['claims_parameter_supported', 'request_parameter_supported', 'request_uri_parameter_supported'])
		assert.equal(metadata[name], false)
	for (const value of Object.values(metadata))
		assert.ok(!Array.isArray(value) || (value.length && value.every((one) => typeof one === 'string' && one)), 'RFC 8414 3.2: no empty lists')

	const { keys } = await (await fetch(metadata.jwks_uri)).json()
	assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length)
	for (const key of keys)
		assert.ok(key.kty && key.kid && !('d' in key))
})
