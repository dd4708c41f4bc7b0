// SPDX-License-Identifier: Apache-2.0
// Back-Channel Logout 1.0 2.6, step by step as a client has to: jose verifies the logout token by the published keys, for every algorithm.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import * as jose from 'jose'
import { Broker, client, passwordLogin, until } from '../flows/harness.mjs'

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA']
const posts = []
let broker, server

before(async () => {
	server = createServer(async (request, response) => {
		let body = ''
		for await (const part of request)
			body += part
		posts.push({ id: request.url.slice(1), token: new URLSearchParams(body).get('logout_token') })
		response.end()
	})
	await new Promise((done) => server.listen(0, '127.0.0.1', done))
	broker = await Broker.start({
		keys: { algorithms: ALGORITHMS },
		clients: ALGORITHMS.map((alg) => client(alg, { secret: 'a-secret-of-32-characters-long!!', id_token_alg: alg,
			backchannel_logout_uri: `http://127.0.0.1:${server.address().port}/${alg}` })),
	})
})
after(async () => {
	await broker.stop()
	server.close()
})

for (const alg of ALGORITHMS) {
	test(`${alg}: a logout token that a client takes, and that passes for nothing else`, async () => {
		const person = broker.browser()
		const { claims, tokens } = await broker.client(alg).login(person, { login: (page) => passwordLogin(person, page) })
		const metadata = await (await broker.get('/.well-known/openid-configuration')).json()
		const keys = jose.createRemoteJWKSet(new URL(metadata.jwks_uri))

		await person.open(`${metadata.end_session_endpoint}?id_token_hint=${tokens.id_token}`)
		const { token } = await until(() => posts.find((post) => post.id === alg), 'told')
		const { payload } = await jose.jwtVerify(token, keys, { issuer: metadata.issuer, audience: alg, algorithms: [alg], typ: 'logout+jwt', maxTokenAge: '2m',
			requiredClaims: ['iat', 'exp', 'jti', 'events', 'sid', 'sub'] })

		assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
		assert.deepEqual([payload.sub, payload.sid, payload.nonce], [claims.sub, claims.sid, undefined])
		assert.equal((await broker.client(alg).userinfo(token)).status, 401, 'it is no access token')
		const hint = await broker.get(`/logout?id_token_hint=${token}`)
		assert.equal(hint.status, 400, 'nor an ID token')
	})
}
