// SPDX-License-Identifier: Apache-2.0
// npm's oidc-provider as the upstream of a third-party login: somebody else's code at the other end of our requests.
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import Provider from 'oidc-provider'
import { Broker, CLIENTS, client, freePort, passwordLogin, sleep } from '../flows/harness.mjs'
import { Browser } from '../flows/browser.mjs'

console.info = console.warn = () => {} // its advice for production use

const SECRET = 'upstream-secret-of-32-characters'
const PEOPLE = { alice: { name: '爱丽丝' }, bob: { name: '鲍勃' }, carol: { name: '卡罗尔' } }
const KINDS = { ES256: ['ec', { namedCurve: 'P-256' }], RS256: ['rsa', { modulusLength: 2048 }], PS256: ['rsa', { modulusLength: 2048 }], EdDSA: ['ed25519'] }

function privateJwk(alg) {
	const { privateKey } = generateKeyPairSync(...KINDS[alg])

	return { ...privateKey.export({ format: 'jwk' }), kid: `${alg}-${randomUUID()}`, alg, use: 'sig' }
}

/** The upstream: who logs in there next, and whether they agree, is told by @person and @agrees. */
class Upstream {
	static async start(alg, callbacks) {
		const upstream = Object.assign(new Upstream(), { person: 'alice', agrees: true, asked: [], keysRead: 0, callbacks })

		upstream.port = await freePort()
		upstream.issuer = `http://127.0.0.1:${upstream.port}`
		upstream.sign(privateJwk(alg))
		upstream.server = createServer((request, response) => upstream.serve(request, response).catch((error) => response.destroy(error)))
		await new Promise((done) => upstream.server.listen(upstream.port, '127.0.0.1', done))
		return upstream
	}

	/** Sign with @jwk from now on, and publish no other key. */
	sign(jwk) {
		this.provider = new Provider(this.issuer, {
			clients: [{ client_id: 'yimen', client_secret: SECRET, redirect_uris: this.callbacks, token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: jwk.alg }],
			jwks: { keys: [jwk] },
			cookies: { keys: ['upstream'] },
			enabledJWA: { idTokenSigningAlgValues: Object.keys(KINDS) },
			claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
			conformIdTokenClaims: true, // what profile releases stands in userinfo only
			pkce: { required: () => true },
			features: { devInteractions: { enabled: false } },
			interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
			findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, ...PEOPLE[id] }) }),
		})
		this.handle = this.provider.callback()
	}

	async serve(request, response) {
		if (request.url.startsWith('/jwks'))
			this.keysRead++
		if (!request.url.startsWith('/interaction/'))
			return this.handle(request, response)
		const { prompt, params, grantId } = await this.provider.interactionDetails(request, response)

		this.asked.push({ prompt: prompt.name, params })
		if (prompt.name === 'login')
			return this.provider.interactionFinished(request, response, { login: { accountId: this.person } }, { mergeWithLastSubmission: false })
		if (!this.agrees)
			return this.provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'the person declined' }, { mergeWithLastSubmission: false })
		const grant = grantId ? await this.provider.Grant.find(grantId) : new this.provider.Grant({ accountId: this.person, clientId: params.client_id })
		grant.addOIDCScope(params.scope)
		return this.provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
	}

	stop() {
		this.server.closeAllConnections()
		this.server.close()
	}
}

const ALGORITHMS = Object.keys(KINDS)
const nameOf = (alg) => alg.toLowerCase()
const upstreams = {}
let upstream, broker
before(async () => {
	const port = await freePort()
	const provider = (id, issuer, more) => ({ id, type: 'oidc', title: { zh: id, en: id }, issuer, client_id: 'yimen', client_secret: SECRET, ...more })

	for (const alg of ALGORITHMS)
		upstreams[alg] = await Upstream.start(alg, [nameOf(alg), 'link-only'].map((id) => `http://127.0.0.1:${port}/login/${id}/callback`))
	upstream = upstreams.RS256 // what a provider signs with that was told nothing (OpenID Connect Core 2)
	broker = await Broker.start({
		port,
		providers: [...ALGORITHMS.map((alg) => provider(nameOf(alg), upstreams[alg].issuer)), provider('link-only', upstream.issuer, { create_account: false })],
		clients: [CLIENTS.public(), client('asks', { secret: SECRET, consent: 'remember' })],
	})
})
after(async () => {
	for (const one of Object.values(upstreams))
		one.stop()
	await broker?.stop()
})

const newBrowser = () => new Browser([broker.issuer, ...Object.values(upstreams).map((one) => one.issuer)])

/** Log in at the broker by way of the upstream, as @person: everything that the client gets. */
async function login(person, { browser = newBrowser(), id = 'rs256', ...params } = {}) {
	const rp = broker.client('demo-public')

	for (const one of Object.values(upstreams))
		one.person = person
	const result = await rp.login(browser, { ...params, login: (page) => browser.click(page, `provider-${id}`) })
	return { ...result, browser, userinfo: (await rp.userinfo(result.tokens.access_token)).json }
}

test('the first login creates an account, the second finds it, another person gets another', async () => {
	const first = await login('alice')
	const second = await login('alice')
	const other = await login('bob')

	assert.deepEqual(first.claims.amr, ['ext'])
	assert.equal(second.claims.sub, first.claims.sub)
	assert.notEqual(other.claims.sub, first.claims.sub)
	assert.ok(!first.claims.sub.includes('alice'), 'the upstream’s sub is not ours')
})

test('the name comes from the upstream’s userinfo; what we did not check is not claimed', async () => {
	const { userinfo } = await login('alice')

	assert.equal(userinfo.name, '爱丽丝')
	assert.equal(userinfo.user_type, 'natural')
	assert.equal(userinfo.real_name.status, 'none')
	assert.ok(!('phone_number' in userinfo))
})

test('the upstream was asked with state, nonce, PKCE and the scopes of the configuration', async () => {
	upstream.asked.length = 0
	await login('alice')
	const { params } = upstream.asked[0]

	assert.equal(params.scope, 'openid profile')
	assert.equal(params.response_type, 'code')
	assert.equal(params.code_challenge_method, 'S256')
	assert.ok(params.state.length >= 22 && params.nonce.length >= 22)
})

for (const alg of ALGORITHMS) {
	test(`an ID token by ${alg} is accepted; each issuer has persons of its own`, async () => {
		const { claims } = await login('alice', { id: nameOf(alg) })
		const there = upstreams[alg].issuer === upstream.issuer

		assert.equal(claims.sub === (await login('alice')).claims.sub, there)
	})
}

test('the upstream changes its key: the unknown kid is fetched once, and the person is the same', async () => {
	const first = await login('alice')

	upstream.sign(privateJwk('RS256'))
	await sleep(10100) // a copy of the keys that is younger than 10 s is not asked for again
	upstream.keysRead = 0
	assert.equal((await login('alice')).claims.sub, first.claims.sub)
	assert.equal(upstream.keysRead, 1)
	await login('alice')
	assert.equal(upstream.keysRead, 1, 'and kept')
})

test('denied consent: back at our login page, where another way leads on', async () => {
	upstream.agrees = false
	try {
		const browser = newBrowser()
		const page = await browser.open(broker.client('demo-public').request().url)
		upstream.person = 'carol'
		const end = await browser.click(page, 'provider-rs256')

		assert.equal(end.name, 'login', `${end}`)
		assert.equal(end.error, 'provider_denied')
		assert.ok(!end.html.includes('the person declined'), 'its text is not shown')
		assert.ok((await passwordLogin(browser, end)).params?.code)
	} finally {
		upstream.agrees = true
	}
	assert.ok((await login('carol')).claims.sub, 'agreeing later works')
})

test('prompt=login makes the upstream ask again', async () => {
	const { browser, claims } = await login('alice')

	upstream.asked.length = 0
	const again = await login('alice', { browser, prompt: 'login' })
	assert.ok(upstream.asked.some((one) => one.prompt === 'login'))
	assert.equal(again.claims.sub, claims.sub)
	assert.ok(again.claims.auth_time >= claims.auth_time)
})

test('without account creation a person of the upstream links an account of ours by its password, once', async () => {
	upstream.person = 'linked'
	const browser = newBrowser()
	const rp = broker.client('demo-public')
	const first = await rp.login(browser, { login: async (page) => passwordLogin(browser, await browser.click(page, 'provider-link-only')) })
	const second = await login('linked', { id: 'link-only' })

	assert.equal(second.claims.sub, first.claims.sub)
	assert.equal(second.userinfo.preferred_username, 'zhangsan')
})

test('the consent of our own client is asked after the login there', async () => {
	const browser = newBrowser()
	const rp = broker.client('asks')

	upstream.person = 'alice'
	const page = await browser.click(await browser.open(rp.request().url), 'provider-rs256')
	assert.equal(page.name, 'consent', `${page}`)
	assert.ok((await browser.submit(page, 'consent', { decision: 'allow' })).params.code)
})
