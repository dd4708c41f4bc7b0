// SPDX-License-Identifier: Apache-2.0
// The OpenID Foundation's published test modules of the RP-initiated logout profile, by their names.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BYE, Broker, client, passwordLogin } from '../flows/harness.mjs'
import { peek } from '../flows/client.mjs'

const STATE = 'a-state'
let broker, rp
before(async () => {
	broker = await Broker.start({ clients: [client('first', { secret: 'a-secret-of-32-characters-long!!' })] })
	rp = broker.client('first')
})
after(() => broker.stop())

const params = (idToken, more = {}) => new URLSearchParams(Object.entries({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: STATE, ...more }).filter(([, value]) => value !== null))
const isIn = async (person) => Boolean((await person.open(rp.request({ prompt: 'none' }).url)).params.code)

/** Change the claims of a token and leave its signature. */
function modified(idToken) {
	const [header, , signature] = idToken.split('.')

	return [header, Buffer.from(JSON.stringify({ ...peek(idToken).claims, sub: 'somebody-else' })).toString('base64url'), signature].join('.')
}
function broken(idToken) {
	const [header, claims, signature] = idToken.split('.')

	return [header, claims, (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)].join('.')
}

/** Signed in, then at the end_session_endpoint with what @change makes of the full request: { person, end }. */
async function leave(change, method) {
	const person = broker.browser()
	const { tokens } = await rp.login(person, { scope: 'openid', login: (page) => passwordLogin(person, page) })
	const query = params(tokens.id_token, change(tokens.id_token))
	const end = method === 'POST' ? await person.go(`${broker.issuer}/logout`, { method, form: Object.fromEntries(query) }) : await person.open(`${broker.issuer}/logout?${query}`)

	return { person, end, tokens }
}

for (const [module, change, redirect, method] of [
	['oidcc-rp-initiated-logout', () => ({}), `${BYE}?state=${STATE}`],
	['oidcc-rp-initiated-logout, by POST', () => ({}), `${BYE}?state=${STATE}`, 'POST'],
	['oidcc-rp-initiated-logout-no-state', () => ({ state: null }), BYE],
	['oidcc-rp-initiated-logout, with client_id', () => ({ client_id: 'first' }), `${BYE}?state=${STATE}`],
]) {
	test(`${module}: out, and back at the client`, async () => {
		const { person, end, tokens } = await leave(change, method)

		assert.equal(end.redirect?.href, redirect, `${end}`)
		assert.equal(await isIn(person), false)
		assert.equal((await rp.userinfo(tokens.access_token)).status, 401)
	})
}

test('oidcc-rp-initiated-logout-no-post-logout-redirect-uri: out, and told so here', async () => {
	const { person, end } = await leave(() => ({ post_logout_redirect_uri: null }))

	assert.equal(end.name, 'logged-out', `${end}`)
	assert.equal(await isIn(person), false)
})

for (const [module, change] of [
	['oidcc-rp-initiated-logout-no-params', () => ({ id_token_hint: null, post_logout_redirect_uri: null, state: null })],
	['oidcc-rp-initiated-logout-only-state', () => ({ id_token_hint: null, post_logout_redirect_uri: null })],
]) {
	test(`${module}: the person is asked, says yes, is out, and goes nowhere else`, async () => {
		const { person, end } = await leave(change)

		assert.equal(end.name, 'logout', `${end}`)
		assert.equal(await isIn(person), true, 'the question alone ends nothing')
		const last = await person.submit(end, 'logout')
		assert.equal(last.name, 'logged-out', `${last}`)
		assert.equal(await isIn(person), false)
	})
}

for (const [module, change] of [
	['oidcc-rp-initiated-logout-bad-id-token-hint', (idToken) => ({ id_token_hint: broken(idToken) })],
	['oidcc-rp-initiated-logout-bad-id-token-hint, no JWT at all', () => ({ id_token_hint: 'garbage' })],
	['oidcc-rp-initiated-logout-modified-id-token-hint', (idToken) => ({ id_token_hint: modified(idToken) })],
	['oidcc-rp-initiated-logout-no-id-token-hint', () => ({ id_token_hint: null })],
	['oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', () => ({ post_logout_redirect_uri: 'https://evil.example/bye' })],
	['oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', () => ({ post_logout_redirect_uri: `${BYE}?foo=bar` })],
]) {
	test(`${module}: an error page, no redirect, still in`, async () => {
		const { person, end } = await leave(change)

		assert.ok(!end.redirect, `${end}`)
		assert.equal(end.name, 'error')
		assert.equal(end.status, 400)
		assert.equal(await isIn(person), true)
	})
}

test('no hint but a client_id: the person is asked, and then sent back', async () => {
	const { person, end } = await leave(() => ({ id_token_hint: null, client_id: 'first' }))

	assert.equal(end.name, 'logout', `${end}`)
	assert.equal((await person.submit(end, 'logout')).redirect?.href, `${BYE}?state=${STATE}`)
	assert.equal(await isIn(person), false)
})

test('a hint of a session that is over: out is out, and back', async () => {
	const { person, tokens } = await leave(() => ({}))
	const end = await person.open(`${broker.issuer}/logout?${params(tokens.id_token)}`)

	assert.equal(end.redirect?.href, `${BYE}?state=${STATE}`)
})

test('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
	const metadata = await (await broker.get('/.well-known/openid-configuration')).json()

	assert.equal(metadata.end_session_endpoint, `${broker.issuer}/logout`)
	assert.equal(new URL(metadata.end_session_endpoint).search, '')
})
