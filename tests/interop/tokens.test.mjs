// SPDX-License-Identifier: Apache-2.0
// oauth4webapi, strict at every step, and jose as a resource server: what is signed holds to OpenID Connect Core 2 and RFC 9068, also after a rotation.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import { BYE, Broker, CLIENTS, REDIRECT, client, passwordLogin, sleep, until } from '../flows/harness.mjs'

const SECRET = 'a-secret-of-32-characters-long!!'
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA']
const API = 'https://api.example'
const http = { [oauth.allowInsecureRequests]: true }
const nameOf = (alg) => `alg-${alg.toLowerCase()}`
let broker, browser, as

before(async () => {
	broker = await Broker.start({
		// a new key signs a minute after it was published: the least there is
		keys: { algorithms: ALGORITHMS, publish_ahead: '1m', jwks_max_age: '10s' },
		clients: [
			CLIENTS.public(), CLIENTS.service(), CLIENTS.rs(),
			...ALGORITHMS.map((alg) => client(`opaque-${nameOf(alg)}`, { secret: SECRET, id_token_alg: alg, access_token: 'opaque' })),
			...ALGORITHMS.map((alg) => client(nameOf(alg), { secret: SECRET, id_token_alg: alg, access_token_alg: alg, audiences: [API],
				grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], scopes: ['openid', 'profile', 'offline_access', 'api.read'], default_scopes: ['api.read'] })),
		],
	})
	browser = broker.browser()
	await broker.client('demo-public').code(browser, { login: (page) => passwordLogin(browser, page) })
	const issuer = new URL(broker.issuer)
	as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
})
after(() => broker.stop())

/** Code flow to validated tokens: { tokens, claims, rp, auth }. */
async function flow(rp, auth, { person = browser, login, ...params } = {}) {
	const verifier = oauth.generateRandomCodeVerifier()
	const state = oauth.generateRandomState()
	const nonce = oauth.generateRandomNonce()
	const url = new URL(as.authorization_endpoint)

	for (const [key, value] of Object.entries({ client_id: rp.client_id, redirect_uri: REDIRECT, response_type: 'code', scope: 'openid profile', state, nonce,
		code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...params }))
		url.searchParams.set(key, value)
	const page = await person.open(url.href)
	const end = login ? await login(page) : page
	const answer = oauth.validateAuthResponse(as, rp, end.redirect, state)
	const response = await oauth.authorizationCodeGrantRequest(as, rp, auth, answer, REDIRECT, verifier, http)
	const tokens = await oauth.processAuthorizationCodeResponse(as, rp, response, { expectedNonce: nonce, requireIdToken: true })

	await oauth.validateApplicationLevelSignature(as, response, http)
	return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

test('the core path, every answer through the strict processing', async () => {
	const rp = { client_id: 'demo-public' }
	const auth = oauth.None()
	const person = broker.browser()
	const { tokens, claims } = await flow(rp, auth, { person, login: (page) => passwordLogin(person, page), scope: 'openid profile phone' })

	const userinfo = await oauth.processUserInfoResponse(as, rp, claims.sub, await oauth.userInfoRequest(as, rp, tokens.access_token, http))
	assert.equal(userinfo.phone_number, '13800138000')

	const fresh = await oauth.processRefreshTokenResponse(as, rp, await oauth.refreshTokenGrantRequest(as, rp, auth, tokens.refresh_token, http))
	assert.ok(fresh.refresh_token)

	const rs = { client_id: 'demo-rs' }
	const look = async (token) => oauth.processIntrospectionResponse(as, rs, await oauth.introspectionRequest(as, rs, oauth.ClientSecretBasic('demo-rs-secret'), token, http))
	const seen = await look(fresh.access_token)
	assert.deepEqual([seen.active, seen.sub, seen.client_id, seen.iss], [true, claims.sub, 'demo-public', broker.issuer])

	assert.equal(await oauth.processRevocationResponse(await oauth.revocationRequest(as, rp, auth, fresh.refresh_token, http)), undefined)
	assert.deepEqual(await look(fresh.access_token), { active: false })

	const url = new URL(as.end_session_endpoint)
	url.searchParams.set('id_token_hint', tokens.id_token)
	url.searchParams.set('post_logout_redirect_uri', BYE)
	assert.equal((await person.open(url.href)).redirect?.href, BYE)
})

test('client_credentials, by Basic and by post', async () => {
	const rp = { client_id: 'demo-service' }

	for (const auth of [oauth.ClientSecretBasic('demo-service-secret'), oauth.ClientSecretPost('demo-service-secret')]) {
		const response = await oauth.clientCredentialsGrantRequest(as, rp, auth, { scope: 'api.read api.write' }, http)

		assert.deepEqual((await oauth.processClientCredentialsResponse(as, rp, response)).scope.split(' ').sort(), ['api.read', 'api.write'])
	}
})

test('errors of authorization and token endpoint are the library’s typed errors', async () => {
	const rp = { client_id: 'demo-public' }

	await assert.rejects(flow(rp, oauth.None(), { person: broker.browser(), prompt: 'none' }), (e) => e instanceof oauth.AuthorizationResponseError && e.error === 'login_required')
	await assert.rejects(async () => oauth.processRefreshTokenResponse(as, rp, await oauth.refreshTokenGrantRequest(as, rp, oauth.None(), 'nothing', http)),
		(e) => e instanceof oauth.ResponseBodyError && e.error === 'invalid_grant')
	await assert.rejects(async () => oauth.processUserInfoResponse(as, rp, oauth.skipSubjectCheck, await oauth.userInfoRequest(as, rp, 'nothing', http)),
		(e) => e instanceof oauth.WWWAuthenticateChallengeError)
})

// ---- jose: by what a resource server and a relying party check themselves

const remote = () => jose.createRemoteJWKSet(new URL(as.jwks_uri), { cooldownDuration: 0 })

for (const alg of ALGORITHMS) {
	test(`${alg}: the access token is an at+jwt (RFC 9068), the ID token a JWT for the client`, async () => {
		const rp = { client_id: nameOf(alg), id_token_signed_response_alg: alg }
		const { tokens, claims } = await flow(rp, oauth.ClientSecretBasic(SECRET))
		const keys = remote()
		const access = await jose.jwtVerify(tokens.access_token, keys, { issuer: broker.issuer, audience: API, typ: 'at+jwt', algorithms: [alg],
			requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'scope', 'auth_time', 'acr'] }) // RFC 9068 2.2, 2.2.1

		assert.equal(access.payload.client_id, rp.client_id)
		assert.equal(access.payload.sub, claims.sub)
		assert.ok(access.payload.exp > access.payload.iat)
		const id = await jose.jwtVerify(tokens.id_token, keys, { issuer: broker.issuer, audience: rp.client_id, algorithms: [alg], maxTokenAge: '1 minute',
			requiredClaims: ['sub', 'auth_time', 'nonce', 'sid'] })
		assert.notEqual(id.protectedHeader.typ, 'at+jwt')
		assert.equal(id.protectedHeader.kid, access.protectedHeader.kid)

		// Neither passes for the other (RFC 9068 4, 5).
		await assert.rejects(jose.jwtVerify(tokens.id_token, keys, { typ: 'at+jwt' }))
		await assert.rejects(jose.jwtVerify(tokens.access_token, keys, { audience: rp.client_id }))

		const request = new Request(API, { headers: { Authorization: `Bearer ${tokens.access_token}` } })
		assert.equal((await oauth.validateJwtAccessToken(as, request, API, { ...http, signingAlgorithms: [alg] })).jti, access.payload.jti)
	})
}

test('beside an opaque access token the ID token holds its hash', async () => {
	for (const alg of ALGORITHMS) {
		const { tokens, claims } = await flow({ client_id: `opaque-${nameOf(alg)}`, id_token_signed_response_alg: alg }, oauth.ClientSecretBasic(SECRET))
		const hash = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256').update(tokens.access_token).digest() // OpenID Connect Core 3.1.3.6

		assert.equal(claims.at_hash, hash.subarray(0, hash.length / 2).toString('base64url'))
	}
})

test('a client’s own token (client_credentials) is an at+jwt whose sub is the client', async () => {
	for (const alg of ALGORITHMS) {
		const { json } = await broker.client(nameOf(alg)).token({ grant_type: 'client_credentials' })
		const { payload } = await jose.jwtVerify(json.access_token, remote(), { issuer: broker.issuer, audience: API, typ: 'at+jwt', algorithms: [alg], requiredClaims: ['jti', 'iat', 'exp'] })

		assert.deepEqual([payload.sub, payload.client_id, payload.scope], [nameOf(alg), nameOf(alg), 'api.read'])
	}
})

test('no jti comes twice', async () => {
	const seen = new Set()

	for (let i = 0; i < 20; i++)
		seen.add(jose.decodeJwt((await broker.client('demo-service').token({ grant_type: 'client_credentials' })).json.access_token).jti)
	assert.equal(seen.size, 20)
})

test('the key set holds public signature keys with kid, alg and use, and no other member of the key', async () => {
	const response = await broker.get('/jwks')
	const { keys } = await response.json()

	assert.match(response.headers.get('content-type'), /^application\/(jwk-set\+)?json/)
	assert.match(response.headers.get('cache-control'), /max-age=10\b/)
	assert.deepEqual(keys.map((key) => key.alg).sort(), [...ALGORITHMS].sort())
	for (const key of keys) {
		assert.equal(key.use, 'sig')
		for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
			assert.ok(!(secret in key))
		await jose.importJWK(key, key.alg)
		assert.equal(new Set(keys.map((one) => one.kid)).size, keys.length)
	}
})

test('after a rotation tokens name the new kid, jose fetches it, and what the old key signed still holds', { timeout: 100000 }, async () => {
	const rp = { client_id: nameOf('ES256'), id_token_signed_response_alg: 'ES256' }
	const keys = remote()
	const cached = jose.createLocalJWKSet(await (await broker.get('/jwks')).json())
	const old = (await flow(rp, oauth.ClientSecretBasic(SECRET))).tokens
	await jose.jwtVerify(old.id_token, keys)
	const first = jose.decodeProtectedHeader(old.id_token).kid
	const rotated = broker.cli('keys', 'rotate', '--alg', 'ES256')
	assert.equal(rotated.code, 0, rotated.err)

	// The old key stands in the key set until the last token that it can have signed is over: access_life 10m, clock_skew, and the minute of the job.
	const times = rotated.out.split('\n').find((line) => line.startsWith(first)).match(/\d{4}-\d\d-\d\d \d\d:\d\d/g).map((text) => Date.parse(text))
	assert.ok(times[3] - times[2] >= 11 * 60000, rotated.out)

	// published before it signs
	const next = rotated.out.match(/^(\S+) +ES256 +waiting /m)[1]
	assert.ok((await (await broker.get('/jwks')).json()).keys.some((key) => key.kid === next))
	assert.equal(jose.decodeProtectedHeader((await flow(rp, oauth.ClientSecretBasic(SECRET))).tokens.id_token).kid, first)

	await sleep(61000)
	broker.reload() // looks at the keys at once; the job does it every minute
	const own = async () => (await broker.client(nameOf('ES256')).token({ grant_type: 'client_credentials' })).json.access_token
	await until(async () => jose.decodeProtectedHeader(await own()).kid === next, 'the new key signs')
	const fresh = (await flow(rp, oauth.ClientSecretBasic(SECRET))).tokens
	for (const token of [fresh.id_token, fresh.access_token]) {
		assert.equal(jose.decodeProtectedHeader(token).kid, next)
		await jose.jwtVerify(token, keys)
		await assert.rejects(jose.jwtVerify(token, cached), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
	}
	await jose.jwtVerify(old.id_token, keys)
	await jose.jwtVerify(old.access_token, keys)
})
