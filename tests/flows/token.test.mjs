// SPDX-License-Identifier: Apache-2.0
// The token endpoint and what looks at tokens: client authentication, codes, refresh tokens, userinfo, introspection, revocation.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, REDIRECT, client, passwordLogin, sleep } from './harness.mjs'
import { peek, random, verifyJwt } from './client.mjs'

const SECRET = 'a-secret-of-32-characters-long!!'
let broker, browser
before(async () => {
	broker = await Broker.start({
		keys: { algorithms: ['ES256', 'RS256', 'EdDSA', 'PS256'] },
		clients: [
			CLIENTS.public(), CLIENTS.portal(), CLIENTS.service(), CLIENTS.rs(), CLIENTS.jwt(),
			client('opaque', { secret: SECRET, access_token: 'opaque' }),
			client('opaque-service', { secret: SECRET, access_token: 'opaque', grant_types: ['client_credentials'], scopes: ['api.read', 'api.write'], default_scopes: ['api.read'],
				redirect_uris: undefined, post_logout_redirect_uris: undefined, consent: undefined }),
			client('rs256', { secret: SECRET, id_token_alg: 'RS256', access_token_alg: 'RS256' }),
			client('eddsa', { secret: SECRET, id_token_alg: 'EdDSA' }),
			client('pairwise-a', { secret: SECRET, subject: 'pairwise', sector: 'a.example' }),
			client('pairwise-a2', { secret: SECRET, subject: 'pairwise', sector: 'a.example' }),
			client('pairwise-b', { secret: SECRET, subject: 'pairwise', sector: 'b.example' }),
			client('no-refresh', { secret: SECRET, grant_types: ['authorization_code'], scopes: ['openid', 'profile'] }),
			client('keeps', { secret: SECRET, rotation: 'keep' }),
			client('short', { secret: SECRET, tokens: { access_life: '1s', refresh_idle: '1m' } }),
			client('post-only', { secret: SECRET, auth_methods: ['client_secret_post'] }),
			client('with-audience', { secret: SECRET, audiences: ['https://api.example', 'https://other.example'] }),
			client('colon', { id: 'colon', secret: 'a:secret%with+odd/characters=&?#' }),
			client('off', { secret: SECRET, enabled: false }),
		].map((one) => JSON.parse(JSON.stringify(one))),
	})
	browser = broker.browser()
	await broker.client('demo-public').code(browser, { login: (page) => passwordLogin(browser, page) })
})
after(() => broker.stop())

const code = (id, params) => broker.client(id).code(browser, { ...params, login: (end) => end })
const login = (id, params) => broker.client(id).login(browser, { ...params, login: (end) => end })

// ---- client authentication

const basic = (id, secret) => ({ Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` })
const service = { grant_type: 'client_credentials' }
for (const [name, form, headers, status, error] of [
	['basic', service, basic('demo-service', 'demo-service-secret'), 200],
	['post', { ...service, client_id: 'demo-service', client_secret: 'demo-service-secret' }, {}, 200],
	['basic with the same client_id in the form', { ...service, client_id: 'demo-service' }, basic('demo-service', 'demo-service-secret'), 200],
	['basic with another client_id in the form', { ...service, client_id: 'demo-rs' }, basic('demo-service', 'demo-service-secret'), 400, 'invalid_request'],
	['basic and post at once', { ...service, client_id: 'demo-service', client_secret: 'demo-service-secret' }, basic('demo-service', 'demo-service-secret'), 400, 'invalid_request'],
	['a wrong secret', service, basic('demo-service', 'wrong'), 401, 'invalid_client'],
	['an empty secret', service, basic('demo-service', ''), 401, 'invalid_client'],
	['a wrong secret by post', { ...service, client_id: 'demo-service', client_secret: 'demo-service-secreu' }, {}, 401, 'invalid_client'],
	['an unknown client', service, basic('nobody', 'demo-service-secret'), 401, 'invalid_client'],
	['a disabled client', service, basic('off', SECRET), 401, 'invalid_client'],
	['nobody', service, {}, 401, 'invalid_client'],
	['a confidential client without its secret', { ...service, client_id: 'demo-service' }, {}, 401, 'invalid_client'],
	['a method that the client has not registered', { grant_type: 'refresh_token', refresh_token: 'x' }, basic('post-only', SECRET), 401, 'invalid_client'],
	['a broken Basic header', service, { Authorization: 'Basic ###' }, 401, 'invalid_client'],
	['another scheme', service, { Authorization: 'Bearer demo-service-secret' }, 401, 'invalid_client'],
	['no grant_type', {}, basic('demo-service', 'demo-service-secret'), 400, 'invalid_request'],
	['an unknown grant_type', { grant_type: 'password', username: 'zhangsan', password: 'Demo@1234' }, basic('demo-service', 'demo-service-secret'), 400, 'unsupported_grant_type'],
	['a grant that the client may not use', { grant_type: 'authorization_code', code: 'x' }, basic('demo-service', 'demo-service-secret'), 400, 'unauthorized_client'],
	['client_credentials of a public client', { ...service, client_id: 'demo-public' }, {}, 400, 'unauthorized_client'],
	['a scope that the client may not have', { ...service, scope: 'api.admin' }, basic('demo-service', 'demo-service-secret'), 400, 'invalid_scope'],
	['openid for a service', { ...service, scope: 'openid' }, basic('demo-service', 'demo-service-secret'), 400, 'invalid_scope'],
]) {
	test(`client authentication: ${name}: ${error ?? status}`, async () => {
		const response = await fetch(`${broker.issuer}/token`, { method: 'POST', body: new URLSearchParams(form), headers })
		const json = await response.json()

		assert.equal(response.status, status, JSON.stringify(json))
		assert.equal(json.error, error)
		assert.match(response.headers.get('cache-control'), /no-store/)
		if (status === 401 && headers.Authorization)
			assert.match(response.headers.get('www-authenticate') ?? '', /^Basic/)
	})
}

test('a secret with every kind of character works in both methods (RFC 6749 2.3.1: urlencoded in Basic)', async () => {
	const rp = broker.client('colon')
	const { request, code: first } = await code('colon')

	assert.equal((await rp.redeem(request, first, {}, { auth: 'basic' })).status, 200)
	const second = await code('colon')
	assert.equal((await rp.redeem(second.request, second.code, {}, { auth: 'post' })).status, 200)
})

test('the token endpoint takes POST with a form and nothing else', async () => {
	assert.equal((await broker.get('/token')).status, 405)
	const json = await fetch(`${broker.issuer}/token`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', ...basic('demo-service', 'demo-service-secret') } })
	assert.ok([400, 415].includes(json.status))
	const query = await fetch(`${broker.issuer}/token?grant_type=client_credentials&client_id=demo-service&client_secret=demo-service-secret`, { method: 'POST' })
	assert.ok(query.status >= 400, 'never from the query')
	const twice = await fetch(`${broker.issuer}/token`, { method: 'POST', body: 'grant_type=client_credentials&grant_type=client_credentials',
		headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...basic('demo-service', 'demo-service-secret') } })
	assert.equal(twice.status, 400)
})

// ---- private_key_jwt

const now = () => Math.floor(Date.now() / 1000)
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
for (const [name, change, ok] of [
	['as it should be', {}, true],
	['aud the token endpoint', { aud: () => `${broker.issuer}/token` }, true],
	['aud somebody else', { aud: 'https://other.example' }, false],
	['aud missing', { aud: undefined }, false],
	['iss another client', { iss: 'demo-portal' }, false],
	['sub another client', { sub: 'demo-portal' }, false],
	['expired', { exp: () => now() - 60 }, false],
	['without exp', { exp: undefined }, false],
	['valid for too long', { exp: () => now() + 7200 }, false],
	['without jti', { jti: undefined }, false],
	['from the future', { nbf: () => now() + 300, iat: () => now() + 300, exp: () => now() + 360 }, false],
]) {
	test(`private_key_jwt ${name} is ${ok ? 'accepted' : 'refused'}`, async () => {
		const rp = broker.client('demo-jwt')
		const claims = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, typeof value === 'function' ? value() : value]))
		const answer = await rp.token({ ...service, client_assertion_type: TYPE, client_assertion: rp.assertion(claims) }, { auth: 'own' })

		assert.equal(answer.status, ok ? 200 : 401, answer.text)
		if (!ok)
			assert.equal(answer.json.error, 'invalid_client')
	})
}

test('private_key_jwt: a jti works once, even at the same time', async () => {
	const rp = broker.client('demo-jwt')
	const assertion = rp.assertion()
	const ask = () => rp.token({ ...service, client_assertion_type: TYPE, client_assertion: assertion }, { auth: 'own' })
	const answers = await Promise.all(Array.from({ length: 8 }, ask))

	assert.equal(answers.filter((one) => one.status === 200).length, 1)
	assert.equal((await ask()).status, 401)
})

test('private_key_jwt: a stranger’s key, alg none, and HMAC with the public key are refused', async () => {
	const rp = broker.client('demo-jwt')
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
	const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${rp.assertion().split('.')[1]}.`

	for (const assertion of [rp.assertion({}, privateKey), none, 'x.y.z', ''])
		assert.equal((await rp.token({ ...service, client_id: 'demo-jwt', client_assertion_type: TYPE, client_assertion: assertion }, { auth: 'own' })).status, 401)
})

test('private_key_jwt drives the code flow', async () => {
	const { tokens } = await login('demo-jwt', { scope: 'openid offline_access' })

	assert.ok(tokens.refresh_token)
	assert.equal((await broker.client('demo-jwt').refresh(tokens.refresh_token)).status, 200)
})

// ---- client_credentials

test('a service gets a JWT that says who it is, without refresh token', async () => {
	const answer = await broker.client('demo-service').token(service)
	const { header, claims } = verifyJwt(answer.json.access_token, await broker.client('demo-service').jwks())

	assert.equal(header.typ, 'at+jwt')
	assert.equal(claims.sub, 'demo-service')
	assert.equal(claims.client_id, 'demo-service')
	assert.equal(claims.scope, 'api.read')
	assert.ok(claims.jti && claims.exp - claims.iat === answer.json.expires_in)
	assert.deepEqual(Object.keys(answer.json).sort(), ['access_token', 'expires_in', 'scope', 'token_type'])
})

test('… or an opaque one, which introspection knows', async () => {
	const rp = broker.client('opaque-service')
	const answer = await rp.token({ ...service, scope: 'api.write' })

	assert.ok(!answer.json.access_token.includes('.'))
	const seen = await broker.client('demo-rs').introspect(answer.json.access_token)
	assert.deepEqual([seen.json.active, seen.json.client_id, seen.json.scope, seen.json.sub], [true, 'opaque-service', 'api.write', 'opaque-service'])
	assert.equal((await rp.userinfo(answer.json.access_token)).status, 403)
})

// ---- codes

for (const [name, change] of [
	['a wrong verifier', { code_verifier: random(32) }],
	['no verifier', { code_verifier: null }],
	['the challenge as verifier', { code_verifier: 'challenge' }],
	['another redirect_uri', { redirect_uri: `${REDIRECT}2` }],
	['no redirect_uri', { redirect_uri: null }],
	['an unknown code', { code: random(32) }],
	['a refresh token in its place', { code: 'refresh' }],
]) {
	test(`code: ${name}: invalid_grant`, async () => {
		const rp = broker.client('demo-portal')
		const { request, code: value } = await code('demo-portal')
		const more = { ...change }

		if (more.code_verifier === 'challenge')
			more.code_verifier = request.params.code_challenge
		if (more.code === 'refresh')
			more.code = (await login('demo-portal')).tokens.refresh_token
		const answer = await rp.redeem(request, value, more)
		assert.equal(answer.status, 400)
		assert.equal(answer.json.error, 'invalid_grant')
	})
}

test('code: without a code: invalid_request', async () => {
	const answer = await broker.client('demo-portal').token({ grant_type: 'authorization_code', redirect_uri: REDIRECT })

	assert.equal(answer.json.error, 'invalid_request')
})

test('code: a failed attempt with a wrong verifier does not yield tokens later by luck of another client', async () => {
	const { request, code: value } = await code('demo-portal')

	for (const id of ['demo-public', 'opaque', 'demo-jwt'])
		assert.equal((await broker.client(id).redeem(request, value)).json.error, 'invalid_grant', `${id} is not its client`)
	assert.equal((await broker.client('demo-portal').redeem(request, value)).status, 200, 'the owner is not disturbed')
})

test('code: a replay by the same client kills what the code gave', async () => {
	const rp = broker.client('demo-portal')
	const { request, code: value, tokens } = await login('demo-portal')

	assert.equal((await rp.userinfo(tokens.access_token)).status, 200)
	assert.equal((await rp.redeem(request, value)).json.error, 'invalid_grant')
	assert.equal((await rp.userinfo(tokens.access_token)).status, 401)
	assert.equal((await rp.refresh(tokens.refresh_token)).json.error, 'invalid_grant')
	assert.equal((await broker.client('demo-rs').introspect(tokens.access_token)).json.active, false)
})

test('code: a replay by another client does not', async () => {
	const { request, code: value, tokens } = await login('demo-portal')

	assert.equal((await broker.client('demo-public').redeem(request, value)).json.error, 'invalid_grant')
	assert.equal((await broker.client('demo-portal').userinfo(tokens.access_token)).status, 200)
	assert.equal((await broker.client('demo-portal').refresh(tokens.refresh_token)).status, 200)
})

test('code: 64 redemptions at once: one success at most, and its tokens are dead', async () => {
	for (const id of ['demo-portal', 'demo-public', 'opaque']) {
		const rp = broker.client(id)
		const { request, code: value } = await code(id)
		const answers = await Promise.all(Array.from({ length: 64 }, () => rp.redeem(request, value)))
		const good = answers.filter((one) => one.status === 200)

		assert.ok(good.length <= 1, `${good.length} successes`)
		assert.ok(answers.every((one) => one.status === 200 || one.json.error === 'invalid_grant'))
		for (const { json } of good) {
			assert.equal((await rp.userinfo(json.access_token)).status, 401)
			assert.equal((await rp.refresh(json.refresh_token)).json.error, 'invalid_grant')
		}
	}
})

// ---- tokens

test('the ID token says what it must, at_hash fits, and nothing is logged', async () => {
	const { tokens, claims, code: value } = await login('demo-portal', { scope: 'openid profile phone' })

	for (const name of ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid'])
		assert.ok(name in claims, name)
	const { createHash } = await import('node:crypto')
	if (claims.at_hash) // optional in the code flow
		assert.equal(claims.at_hash, createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url'))
	const log = broker.log.join('\n')
	for (const secret of [tokens.access_token, tokens.refresh_token, tokens.id_token, value, 'demo-portal-secret', 'Demo@1234'])
		assert.ok(!log.includes(secret))
})

for (const [id, alg] of [['rs256', 'RS256'], ['eddsa', 'EdDSA']])
	test(`${id} gets its ID token with ${alg}`, async () => {
		assert.equal(peek((await login(id)).tokens.id_token).header.alg, alg)
	})

test('the access token is an at+jwt with issuer, audience, client, session and scope', async () => {
	const { tokens } = await login('demo-portal')
	const { header, claims } = verifyJwt(tokens.access_token, await broker.client('demo-portal').jwks())

	assert.equal(header.typ, 'at+jwt')
	assert.equal(claims.iss, broker.issuer)
	assert.equal(claims.client_id, 'demo-portal')
	assert.equal(claims.scope, 'openid profile')
	for (const name of ['aud', 'sub', 'jti', 'iat', 'exp'])
		assert.ok(name in claims, name)
})

test('an ID token is no access token, and the other way round', async () => {
	const rp = broker.client('demo-portal')
	const { tokens } = await login('demo-portal')

	assert.equal((await rp.userinfo(tokens.id_token)).status, 401)
	assert.equal((await broker.client('demo-rs').introspect(tokens.id_token)).json.active, false)
	const end = await broker.browser().open(`${broker.issuer}/logout?id_token_hint=${tokens.access_token}`)
	assert.equal(end.error, 'invalid_request')
})

test('without openid there is no ID token and no userinfo', async () => {
	const { tokens } = await login('demo-portal', { scope: 'profile' })

	assert.ok(!('id_token' in tokens))
	const answer = await broker.client('demo-portal').userinfo(tokens.access_token)
	assert.equal(answer.status, 403)
	assert.match(answer.headers.get('www-authenticate'), /insufficient_scope/)
})

test('pairwise: one sub for a sector, another for another, none the public one', async () => {
	const sub = async (id) => (await login(id)).claims.sub
	const [a, a2, b, open] = [await sub('pairwise-a'), await sub('pairwise-a2'), await sub('pairwise-b'), await sub('demo-portal')]

	assert.equal(a, a2)
	assert.equal(new Set([a, b, open]).size, 3)
	const { tokens } = await login('pairwise-a')
	assert.equal((await broker.client('pairwise-a').userinfo(tokens.access_token)).json.sub, a, 'userinfo says the same')
})

test('resource indicators narrow the audience', async () => {
	const rp = broker.client('with-audience')
	const request = rp.request({ resource: 'https://api.example' })
	const end = await browser.open(request.url)
	const answer = await rp.redeem(request, end.params.code)

	assert.ok([peek(answer.json.access_token).claims.aud].flat().includes('https://api.example'))
	assert.ok(![peek(answer.json.access_token).claims.aud].flat().includes('https://other.example'))
	const refused = await rp.refresh(answer.json.refresh_token, { resource: 'https://other.example' })
	assert.equal(refused.json.error, 'invalid_target')
})

// ---- refresh tokens

test('refresh: rotation, the same answer within the grace, reuse kills the family', async () => {
	const rp = broker.client('demo-portal')
	const { tokens } = await login('demo-portal')
	const second = await rp.refresh(tokens.refresh_token)

	assert.equal(second.status, 200)
	assert.notEqual(second.json.refresh_token, tokens.refresh_token)
	const again = await rp.refresh(tokens.refresh_token)
	assert.equal(again.json.refresh_token, second.json.refresh_token, 'a lost answer is repeated')
	const third = await rp.refresh(second.json.refresh_token)
	assert.equal(third.status, 200)
	assert.equal((await rp.refresh(tokens.refresh_token)).json.error, 'invalid_grant', 'two generations back is reuse')
	assert.equal((await rp.refresh(third.json.refresh_token)).json.error, 'invalid_grant', 'and kills the live one')
	assert.equal((await rp.userinfo(third.json.access_token)).status, 401)
})

test('refresh: 32 at once with one token give one successor', async () => {
	const rp = broker.client('demo-portal')
	const { tokens } = await login('demo-portal')
	const answers = await Promise.all(Array.from({ length: 32 }, () => rp.refresh(tokens.refresh_token)))

	assert.ok(answers.every((one) => one.status === 200))
	assert.equal(new Set(answers.map((one) => one.json.refresh_token)).size, 1)
})

test('refresh: rotation keep keeps it', async () => {
	const rp = broker.client('keeps')
	const { tokens } = await login('keeps')

	for (let i = 0; i < 3; i++) {
		const answer = await rp.refresh(tokens.refresh_token)

		assert.equal(answer.status, 200)
		assert.ok([undefined, tokens.refresh_token].includes(answer.json.refresh_token))
	}
})

test('refresh: scope can shrink and not grow', async () => {
	const rp = broker.client('demo-portal')
	const { tokens } = await login('demo-portal', { scope: 'openid profile phone' })
	const narrow = await rp.refresh(tokens.refresh_token, { scope: 'openid phone' })

	assert.equal(narrow.json.scope, 'openid phone')
	assert.equal((await rp.refresh(narrow.json.refresh_token, { scope: 'openid email' })).json.error, 'invalid_scope')
	assert.equal((await rp.refresh(narrow.json.refresh_token)).json.scope, 'openid profile phone', 'the grant itself stays as it was')
})

test('refresh: another client, a code, nonsense and nothing', async () => {
	const { tokens } = await login('demo-portal')
	const other = await code('demo-portal')

	assert.equal((await broker.client('demo-public').refresh(tokens.refresh_token)).json.error, 'invalid_grant')
	assert.equal((await broker.client('demo-portal').refresh(other.code)).json.error, 'invalid_grant')
	assert.equal((await broker.client('demo-portal').refresh('x')).json.error, 'invalid_grant')
	assert.equal((await broker.client('demo-portal').token({ grant_type: 'refresh_token' })).json.error, 'invalid_request')
	assert.equal((await broker.client('demo-portal').refresh(tokens.refresh_token)).status, 200, 'the owner is not disturbed')
	const flipped = tokens.refresh_token.slice(0, -1) + (tokens.refresh_token.endsWith('A') ? 'B' : 'A')
	assert.equal((await broker.client('demo-portal').refresh(flipped)).json.error, 'invalid_grant')
})

test('a client without the refresh grant gets no refresh token', async () => {
	assert.ok(!('refresh_token' in (await login('no-refresh')).tokens))
})

test('an access token ends with its life', async () => {
	const { tokens } = await login('short')

	await sleep(2100)
	assert.equal((await broker.client('short').userinfo(tokens.access_token)).status, 401)
	assert.equal((await broker.client('demo-rs').introspect(tokens.access_token)).json.active, false)
	assert.equal((await broker.client('short').refresh(tokens.refresh_token)).status, 200)
})

// ---- userinfo

test('userinfo by GET and POST, with the claims of the scopes and no others', async () => {
	const { tokens, claims } = await login('demo-portal', { scope: 'openid profile phone' })

	for (const method of ['GET', 'POST']) {
		const response = await fetch(`${broker.issuer}/userinfo`, { method, headers: { Authorization: `Bearer ${tokens.access_token}` } })
		const json = await response.json()

		assert.equal(response.status, 200)
		assert.equal(json.sub, claims.sub)
		assert.equal(json.preferred_username, 'zhangsan')
		assert.match(json.phone_number, /13800138000/)
		assert.ok(!('email' in json) && !('org' in json) && !('id_number' in json))
	}
	const less = await login('demo-portal', { scope: 'openid' })
	const json = (await broker.client('demo-portal').userinfo(less.tokens.access_token)).json
	assert.ok(!('phone_number' in json) && !('name' in json))
})

for (const [name, headers, path] of [
	['no token', {}],
	['a token in the query', {}, (token) => `?access_token=${token}`],
	['another scheme', { Authorization: 'Basic eDp5' }],
	['nonsense', { Authorization: 'Bearer nonsense' }],
	['an empty token', { Authorization: 'Bearer ' }],
])
	test(`userinfo with ${name}: 401 and Bearer`, async () => {
		const { tokens } = await login('demo-portal')
		const response = await broker.get(`/userinfo${path?.(tokens.access_token) ?? ''}`, { headers })

		assert.equal(response.status, 401)
		assert.match(response.headers.get('www-authenticate'), /^Bearer/)
	})

test('a token with a changed byte is none', async () => {
	const { tokens } = await login('demo-portal')
	const opaque = await login('opaque')

	for (const token of [tokens.access_token, opaque.tokens.access_token])
		for (const at of [0, 10, token.length >> 1, token.length - 2]) {
			const changed = token.slice(0, at) + (token[at] === 'x' ? 'y' : 'x') + token.slice(at + 1)

			assert.equal((await broker.client('opaque').userinfo(changed)).status, 401)
		}
})

// ---- introspection

test('introspection: who may see what', async () => {
	const jwt = (await login('demo-portal')).tokens
	const opaque = (await login('opaque')).tokens

	for (const tokens of [jwt, opaque]) {
		const seen = (await broker.client('demo-rs').introspect(tokens.access_token)).json

		assert.equal(seen.active, true)
		for (const name of ['client_id', 'sub', 'scope', 'exp', 'iss'])
			assert.ok(name in seen, name)
		assert.equal((await broker.client('demo-service').introspect(tokens.access_token)).json.active, false, 'a stranger learns nothing')
	}
	assert.equal((await broker.client('demo-portal').introspect(jwt.access_token)).json.active, true, 'its own')
	assert.equal((await broker.client('demo-portal').introspect(jwt.refresh_token, { token_type_hint: 'refresh_token' })).json.active, true)
	assert.equal((await broker.client('demo-rs').introspect(jwt.refresh_token)).json.active, false, 'refresh tokens: only its own')
})

test('introspection: no client, a public client, no token, nonsense', async () => {
	const { tokens } = await login('demo-portal')

	assert.equal((await broker.client('demo-rs').introspect(tokens.access_token, {}, { auth: 'none' })).status, 401)
	assert.equal((await broker.client('demo-public').introspect(tokens.access_token)).status, 401)
	assert.equal((await broker.client('demo-rs').post('/introspect', {})).status, 400)
	assert.deepEqual((await broker.client('demo-rs').introspect('nonsense')).json, { active: false })
})

// ---- revocation

test('revocation: an access token alone, a refresh token with everything', async () => {
	const rp = broker.client('demo-portal')

	for (const id of ['demo-portal', 'opaque']) {
		const client_ = broker.client(id)
		const { tokens } = await login(id)
		const other = (await client_.refresh(tokens.refresh_token)).json

		assert.equal((await client_.revoke(other.access_token)).status, 200)
		assert.equal((await client_.userinfo(other.access_token)).status, 401)
		assert.equal((await client_.userinfo(tokens.access_token)).status, 200, 'its sister lives')
		assert.equal((await client_.revoke(other.refresh_token, { token_type_hint: 'access_token' })).status, 200, 'a wrong hint does no harm')
		assert.equal((await client_.userinfo(tokens.access_token)).status, 401)
		assert.equal((await client_.refresh(other.refresh_token)).json.error, 'invalid_grant')
	}
	assert.equal((await rp.revoke('nonsense')).status, 200)
})

test('revocation by somebody else does nothing, and says so to nobody', async () => {
	const { tokens } = await login('demo-portal')

	for (const token of [tokens.access_token, tokens.refresh_token])
		assert.equal((await broker.client('demo-public').revoke(token)).status, 200)
	assert.equal((await broker.client('demo-portal').userinfo(tokens.access_token)).status, 200)
	assert.equal((await broker.client('demo-portal').refresh(tokens.refresh_token)).status, 200)
	assert.equal((await broker.client('demo-portal').revoke(tokens.access_token, {}, { auth: 'none' })).status, 401)
})

test('revocation by a public client works', async () => {
	const { tokens } = await login('demo-public')

	assert.equal((await broker.client('demo-public').revoke(tokens.refresh_token)).status, 200)
	assert.equal((await broker.client('demo-public').userinfo(tokens.access_token)).status, 401)
})
