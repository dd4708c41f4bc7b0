// SPDX-License-Identifier: Apache-2.0
// client - a relying party by hand: requests, redemption, and verification of what it was given, on node's crypto alone.
import assert from 'node:assert/strict'
import { constants, createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

export const random = (bytes = 24) => randomBytes(bytes).toString('base64url')
export const challenge = (verifier) => createHash('sha256').update(verifier).digest('base64url')
const encode = (object) => Buffer.from(JSON.stringify(object)).toString('base64url')
const decode = (text) => JSON.parse(Buffer.from(text, 'base64url'))

/** Header and claims, nothing verified. */
export function peek(jwt) {
	const [header, claims] = jwt.split('.')

	return { header: decode(header), claims: decode(claims) }
}

/** A JWT by @key (KeyObject), ES256 or RS256. */
export function signJwt(claims, key, header) {
	const text = `${encode(header)}.${encode(claims)}`
	const how = header.alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' } : key

	return `${text}.${sign('sha256', Buffer.from(text), how).toString('base64url')}`
}

/** Verify @jwt against a JWK set: { header, claims }, or an AssertionError. */
export function verifyJwt(jwt, jwks) {
	const [header, claims, signature] = jwt.split('.')
	const head = decode(header)
	const jwk = jwks.keys.find((key) => key.kid === head.kid)

	assert.ok(jwk, `kid ${head.kid} is not published`)
	assert.equal(jwk.alg, head.alg)
	const key = createPublicKey({ key: jwk, format: 'jwk' })
	const options = head.alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' } : head.alg.startsWith('PS') ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : key
	const digest = head.alg === 'EdDSA' ? null : 'sha256'
	assert.ok(verify(digest, Buffer.from(`${header}.${claims}`), options, Buffer.from(signature, 'base64url')), 'the signature fits')
	return { header: head, claims: decode(claims) }
}

export class Client {
	constructor(broker, config, { auth } = {}) {
		Object.assign(this, { broker, config, id: config.id })
		this.auth = auth ?? (config.type === 'public' ? 'none' : config.secret ? 'basic' : 'jwt')
	}

	/** An authorization request: { url, state, nonce, verifier }. A member of @more that is null is left out. */
	request(more = {}) {
		const request = { state: random(12), nonce: random(12), verifier: random(32) }
		const params = {
			client_id: this.id, redirect_uri: this.config.redirect_uris[0], response_type: 'code', scope: 'openid profile', state: request.state,
			nonce: request.nonce, code_challenge: challenge(request.verifier), code_challenge_method: 'S256', ...more,
		}

		request.params = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null))
		request.state = request.params.state
		request.nonce = request.params.nonce
		request.url = `${this.broker.issuer}/authorize?${new URLSearchParams(request.params)}`
		return request
	}

	assertion(more = {}, key = createPrivateKey(readFileSync(this.config.key_file)), header = { alg: 'ES256' }) {
		const now = Math.floor(Date.now() / 1000)

		return signJwt({ iss: this.id, sub: this.id, aud: this.broker.issuer, jti: random(), iat: now, exp: now + 60, ...more }, key, header)
	}

	/** POST with this client's authentication: { status, headers, json, text }. */
	async post(path, form, { auth = this.auth, headers = {} } = {}) {
		const body = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== undefined && value !== null))

		if (auth === 'basic')
			headers = { Authorization: `Basic ${Buffer.from(`${encodeURIComponent(this.id)}:${encodeURIComponent(this.config.secret)}`).toString('base64')}`, ...headers }
		else if (auth === 'post') {
			body.set('client_id', this.id)
			body.set('client_secret', this.config.secret)
		} else if (auth === 'jwt') {
			body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
			body.set('client_assertion', this.assertion())
		} else if (auth === 'none')
			body.set('client_id', this.id)
		const response = await fetch(this.broker.issuer + path, { method: 'POST', body, headers, redirect: 'manual' })
		const text = await response.text()
		let json
		try {
			json = JSON.parse(text)
		} catch {
			// not every answer has a body
		}
		return { status: response.status, headers: response.headers, json, text }
	}

	token(form, options) {
		return this.post('/token', form, options)
	}

	redeem(request, code, more = {}, options) {
		return this.token({ grant_type: 'authorization_code', code, redirect_uri: request.params.redirect_uri, code_verifier: request.verifier, ...more }, options)
	}

	refresh(token, more = {}, options) {
		return this.token({ grant_type: 'refresh_token', refresh_token: token, ...more }, options)
	}

	introspect(token, more, options) {
		return this.post('/introspect', { token, ...more }, options)
	}

	revoke(token, more, options) {
		return this.post('/revoke', { token, ...more }, options)
	}

	async userinfo(token) {
		const response = await fetch(`${this.broker.issuer}/userinfo`, { headers: { Authorization: `Bearer ${token}` } })

		return { status: response.status, headers: response.headers, json: await response.json().catch(() => undefined) }
	}

	/** The way through the login page @login drives: { request, code }. */
	async code(browser, { login, ...params } = {}) {
		const request = this.request(params)
		const end = await login(await browser.open(request.url), request)

		assert.ok(end.redirect, `no answer to the client, but ${end}`)
		assert.equal(end.params.error, undefined, `${end}`)
		assert.equal(end.params.state, request.state)
		assert.equal(end.params.iss, this.broker.issuer)
		return { request, code: end.params.code }
	}

	/** Code flow to the end; ID token verified: { request, code, tokens, claims }. */
	async login(browser, options) {
		const { request, code } = await this.code(browser, options)
		const answer = await this.redeem(request, code)

		assert.equal(answer.status, 200, answer.text)
		return { request, code, tokens: answer.json, claims: answer.json.id_token && await this.verify(answer.json.id_token, request) }
	}

	async jwks() {
		return (await this.broker.get('/jwks')).json()
	}

	async verify(idToken, request) {
		const { header, claims } = verifyJwt(idToken, await this.jwks())
		const now = Date.now() / 1000

		assert.notEqual(header.alg, 'none')
		assert.equal(claims.iss, this.broker.issuer)
		assert.deepEqual([claims.aud].flat(), [this.id])
		assert.ok(claims.exp > now && claims.iat <= now + 1)
		if (request)
			assert.equal(claims.nonce, request.nonce)
		return claims
	}
}
