// SPDX-License-Identifier: Apache-2.0
// openid-client as a relying party: it discovers, redeems and verifies by its own rules; we only play the person.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as openid from 'openid-client'
import { BYE, Broker, CLIENTS, REDIRECT, ROOT, client, passwordLogin } from '../flows/harness.mjs'

const SECRET = 'a-secret-of-32-characters-long!!'
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA']
let broker, browser

before(async () => {
	broker = await Broker.start({
		keys: { algorithms: ALGORITHMS },
		clients: [
			CLIENTS.public(), CLIENTS.service(), CLIENTS.rs(), CLIENTS.jwt(),
			CLIENTS.portal({ grant_types: ['authorization_code', 'refresh_token'] }),
			client('post-only', { secret: SECRET, auth_methods: ['client_secret_post'] }),
			client('odd-secret', { secret: 'a:secret%with+odd/characters=&?# ~' }),
			client('no-pkce', { secret: SECRET, pkce: 'optional' }),
			client('opaque', { secret: SECRET, access_token: 'opaque' }),
			client('pairwise', { secret: SECRET, subject: 'pairwise' }),
			...ALGORITHMS.map((alg) => client(`alg-${alg.toLowerCase()}`, { secret: SECRET, id_token_alg: alg, access_token_alg: alg })),
		],
	}, [{ login: 'zhangsan', phone: '13800138000', email: 'zhang@example.cn', name: '张三' }])
	browser = broker.browser()
	await broker.client('demo-public').code(browser, { login: (page) => passwordLogin(browser, page) })
})
after(() => broker.stop())

/** The library's view of one client, by discovery; ID tokens are verified by signature too. */
function discover(id, auth, metadata, options) {
	return openid.discovery(new URL(broker.issuer), id, metadata, auth, { ...options, execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] })
}

async function demoKey() {
	const pem = readFileSync(join(ROOT, 'conf/demo/demo-jwt.pem'), 'utf8')
	const der = Buffer.from(pem.match(/-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END/)[1], 'base64')

	return crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
}

/** Code flow with PKCE, state and nonce as the library's manual does it: { tokens, end }. */
async function flow(config, { params = {}, checks = {}, person = broker.browser(), steps = (page) => passwordLogin(person, page) } = {}) {
	const verifier = openid.randomPKCECodeVerifier()
	const state = openid.randomState()
	const nonce = openid.randomNonce()
	const url = openid.buildAuthorizationUrl(config, {
		redirect_uri: REDIRECT, scope: 'openid profile email phone', state, nonce,
		code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...params,
	})
	let end = await person.open(url.href)

	if (!end.redirect && !end.form('form-post') && end.name === 'login')
		end = await steps(end)
	const answer = end.redirect ?? formPost(end)
	const tokens = await openid.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, ...checks })
	return { tokens, answer, state, nonce, verifier }
}

/** The page that posts the answer to the client, as the request that the client gets. */
function formPost(page) {
	const form = page.html.match(/<form[^>]*action="([^"]*)"[\s\S]*?<\/form>/)
	const fields = Object.fromEntries([...form[0].matchAll(/name="([^"]*)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]))

	assert.equal(form[1], REDIRECT)
	return new Request(REDIRECT, { method: 'POST', body: new URLSearchParams(fields) })
}

test('discovery: the document is what the library wants, under both well-known names', async () => {
	const oidc = (await discover('demo-public', openid.None())).serverMetadata()
	const oauth = (await discover('demo-public', openid.None(), undefined, { algorithm: 'oauth2' })).serverMetadata()

	assert.equal(oidc.issuer, broker.issuer)
	assert.equal(oidc.supportsPKCE(), true)
	assert.deepEqual({ ...oauth }, { ...oidc })
})

test('the whole life of a public client: login, userinfo, refresh, revocation, logout', async () => {
	const config = await discover('demo-public', openid.None())
	const person = broker.browser()
	const { tokens } = await flow(config, { person })
	const claims = tokens.claims()

	assert.equal(claims.aud, 'demo-public')
	const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
	assert.equal(userinfo.name, '张三')
	assert.equal(userinfo.phone_number_verified, true)

	const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token)
	assert.notEqual(fresh.refresh_token, tokens.refresh_token)
	await openid.fetchUserInfo(config, fresh.access_token, claims.sub)

	await openid.tokenRevocation(config, fresh.refresh_token, { token_type_hint: 'refresh_token' })
	await assert.rejects(openid.refreshTokenGrant(config, fresh.refresh_token), { error: 'invalid_grant' })

	const url = openid.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: BYE, state: 'after' })
	const end = await person.open(url.href)
	assert.equal(end.redirect?.href, `${BYE}?state=after`)
	await assert.rejects(flow(config, { person, params: { prompt: 'none' } }), { error: 'login_required' })
})

for (const [name, id, auth] of [
	['client_secret_basic', 'demo-portal', () => openid.ClientSecretBasic('demo-portal-secret')],
	['client_secret_post', 'post-only', () => openid.ClientSecretPost(SECRET)],
	['client_secret_basic with a secret that needs escaping', 'odd-secret', () => openid.ClientSecretBasic('a:secret%with+odd/characters=&?# ~')],
	['client_secret_post with a secret that needs escaping', 'odd-secret', () => openid.ClientSecretPost('a:secret%with+odd/characters=&?# ~')],
	['private_key_jwt', 'demo-jwt', async () => openid.PrivateKeyJwt(await demoKey())],
	['opaque access tokens', 'opaque', () => openid.ClientSecretBasic(SECRET)],
	['a pairwise sub', 'pairwise', () => openid.ClientSecretBasic(SECRET)],
]) {
	test(`${name}: code, userinfo, refresh, introspection by itself, revocation`, async () => {
		const config = await discover(id, await auth())
		const { tokens } = await flow(config, { person: browser })
		const { sub } = tokens.claims()

		assert.equal((await openid.fetchUserInfo(config, tokens.access_token, sub)).sub, sub)
		const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token)
		assert.equal((await openid.fetchUserInfo(config, fresh.access_token, sub)).sub, sub)
		assert.equal((await openid.tokenIntrospection(config, fresh.access_token)).active, true)
		await openid.tokenRevocation(config, fresh.access_token)
		assert.equal((await openid.tokenIntrospection(config, fresh.access_token)).active, false)
	})
}

for (const alg of ALGORITHMS) {
	test(`an ID token by ${alg} is accepted by a client that wants no other`, async () => {
		const config = await discover(`alg-${alg.toLowerCase()}`, openid.ClientSecretBasic(SECRET), { id_token_signed_response_alg: alg })

		assert.ok((await flow(config, { person: browser })).tokens.claims().sub)
	})
}

test('the answer by form_post is read from the request', async () => {
	const config = await discover('demo-portal', openid.ClientSecretBasic('demo-portal-secret'))
	const { answer, tokens } = await flow(config, { person: browser, params: { response_mode: 'form_post' } })

	assert.ok(answer instanceof Request)
	assert.ok(tokens.id_token)
})

test('the library checks iss (RFC 9207): ours is there, a missing or foreign one is refused', async () => {
	const config = await discover('demo-public', openid.None())
	const { answer } = await flow(config, { person: browser })
	const checks = { expectedState: answer.searchParams.get('state'), pkceCodeVerifier: 'x'.repeat(43) }
	const foreign = new URL(answer)
	const missing = new URL(answer)

	assert.equal(answer.searchParams.get('iss'), broker.issuer)
	foreign.searchParams.set('iss', 'https://evil.example')
	missing.searchParams.delete('iss')
	await assert.rejects(openid.authorizationCodeGrant(config, foreign, checks), (error) => /"iss"/.test(error.cause.message))
	await assert.rejects(openid.authorizationCodeGrant(config, missing, checks), (error) => /"iss"/.test(error.cause.message))
})

test('max_age: auth_time is there, and recent enough for the library', async () => {
	const config = await discover('demo-public', openid.None())
	const { tokens } = await flow(config, { params: { max_age: '60' }, checks: { maxAge: 60 } })

	assert.equal(typeof tokens.claims().auth_time, 'number')
})

test('no PKCE and no nonce, for the one client that may', async () => {
	const config = await discover('no-pkce', openid.ClientSecretBasic(SECRET))
	const url = openid.buildAuthorizationUrl(config, { redirect_uri: REDIRECT, scope: 'openid' })
	const end = await browser.open(url.href)
	const tokens = await openid.authorizationCodeGrant(config, end.redirect, { idTokenExpected: true })

	assert.equal(tokens.claims().nonce, undefined)
})

test('an error comes back as the library’s own AuthorizationResponseError', async () => {
	const config = await discover('demo-public', openid.None())

	await assert.rejects(flow(config, { params: { prompt: 'none' } }), (error) =>
		error instanceof openid.AuthorizationResponseError && error.error === 'login_required')
})

test('a code a second time is refused, and the library says why', async () => {
	const config = await discover('demo-public', openid.None())
	const { answer, state, nonce, verifier } = await flow(config, { person: browser })

	await assert.rejects(openid.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }), (error) =>
		error instanceof openid.ResponseBodyError && error.error === 'invalid_grant' && error.status === 400)
})

test('client_credentials by secret and by key, seen by a resource server', async () => {
	const rs = await discover('demo-rs', openid.ClientSecretBasic('demo-rs-secret'))

	for (const [id, auth] of [['demo-service', openid.ClientSecretBasic('demo-service-secret')], ['demo-jwt', openid.PrivateKeyJwt(await demoKey())]]) {
		const config = await discover(id, auth)
		const tokens = await openid.clientCredentialsGrant(config, { scope: 'api.read' })
		const seen = await openid.tokenIntrospection(rs, tokens.access_token)

		assert.equal(tokens.refresh_token, undefined)
		assert.equal(seen.active, true)
		assert.equal(seen.client_id, id)
		assert.equal(seen.scope, 'api.read')
	}
})

test('a wrong secret is a WWW-Authenticate challenge or invalid_client', async () => {
	const config = await discover('demo-service', openid.ClientSecretBasic('wrong'))

	await assert.rejects(openid.clientCredentialsGrant(config), (error) =>
		error.status === 401 && (error instanceof openid.WWWAuthenticateChallengeError || error.error === 'invalid_client'))
})

test('an access token that is none is a Bearer challenge', async () => {
	const config = await discover('demo-public', openid.None())

	await assert.rejects(openid.fetchUserInfo(config, 'nothing', openid.skipSubjectCheck), (error) =>
		error instanceof openid.WWWAuthenticateChallengeError && error.cause[0].scheme === 'bearer' && error.cause[0].parameters.error === 'invalid_token')
})
