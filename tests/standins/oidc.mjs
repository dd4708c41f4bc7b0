// SPDX-License-Identifier: Apache-2.0
// oidc - an OpenID provider of few words, which can lie where npm's oidc-provider (tests/interop) only tells the truth. OpenID Connect Core 3.1, RFC 9207
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { Standin } from './standin.mjs'

const b64 = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url')

export class Oidc extends Standin {
	constructor(options) {
		super({ client_id: 'yimen', secret: 'se:cret/0123456789', ...options })
		this.keys = { ours: generateKeyPairSync('ec', { namedCurve: 'P-256' }), stranger: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
		// kept by the broker for minutes, so no call of a login: tests/unit/providers/upstream_oidc.c spoils them
		this.page('GET /.well-known/openid-configuration', () => ({ issuer: this.origin, authorization_endpoint: `${this.origin}/authorize`, token_endpoint: `${this.origin}/token`,
			jwks_uri: `${this.origin}/keys`, userinfo_endpoint: `${this.origin}/userinfo`, authorization_response_iss_parameter_supported: true }))
		this.page('GET /keys', () => ({ keys: [{ ...this.keys.ours.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'ES256' }] }))
		this.front('/authorize', (asked, person, agreed) => ({ ...(agreed ? { code: this.code(person, asked) } : { error: 'access_denied' }), state: asked.state, iss: this.origin }))
		this.api('token', 'POST /token', (call) => this.redeemCode(call))
		this.api('userinfo', 'GET /userinfo', ({ headers }) => {
			const person = this.tokens.get(headers.authorization?.replace('Bearer ', ''))

			return person ? { sub: person, name: this.person(person).name, ...this.change.userinfo } : { status: 401, type: 'application/json', body: '{}', headers: {} }
		})
	}

	redeemCode({ headers, form }) {
		const refuse = (error, status = 400) => ({ status, type: 'application/json', body: JSON.stringify({ error }), headers: {} })
		const basic = `Basic ${Buffer.from(`${this.options.client_id}:${encodeURIComponent(this.options.secret)}`).toString('base64')}`

		if (headers.authorization !== basic)
			return refuse('invalid_client', 401)
		const found = form.grant_type === 'authorization_code' && this.redeem(form.code)
		const challenge = createHash('sha256').update(form.code_verifier ?? '').digest('base64url')
		if (!found || found.asked.redirect_uri !== form.redirect_uri || found.asked.code_challenge !== challenge)
			return refuse('invalid_grant')
		return { access_token: this.token(found.person), token_type: 'Bearer', expires_in: 60, id_token: this.idToken(found), ...this.change.token }
	}

	idToken({ person, asked }) {
		const now = Math.floor(Date.now() / 1000)
		const header = { alg: 'ES256', kid: 'k1', ...this.change.header }
		const text = `${b64(header)}.${b64({ iss: this.origin, aud: this.options.client_id, sub: person, nonce: asked.nonce, iat: now, exp: now + 60, ...this.change.claims })}`
		const { privateKey } = this.keys[this.change.key ?? 'ours']

		if (header.alg === 'none')
			return `${text}.`
		if (header.alg === 'HS256')
			return `${text}.${createHmac('sha256', this.change.secret).update(text).digest('base64url')}`
		return `${this.change.after ? this.change.after(text) : text}.${b64(sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }))}`
	}
}

const changed = (text) => {
	const [header, payload] = text.split('.')

	return `${header}.${b64({ ...JSON.parse(Buffer.from(payload, 'base64url')), sub: 'wangwu' })}`
}

export const row = {
	name: 'oidc',
	start: (options) => Oidc.start(options),
	config: (standin) => ({ type: 'oidc', issuer: standin.origin, client_id: standin.options.client_id, client_secret: standin.options.secret }),
	calls: ['token', 'userinfo'], identity: { name: '李四', acr: '1' },
	lies: [
		['the answer of another issuer (mix-up)', (standin) => { standin.change.callback = { iss: 'https://other.example' } }],
		['an answer that does not say whose it is, though that was announced', (standin) => { standin.change.callback = { iss: null } }],
		['an ID token of another login', (standin) => { standin.change.claims = { nonce: 'another' } }],
		['an ID token of no login', (standin) => { standin.change.claims = { nonce: undefined } }],
		['an ID token for somebody else', (standin) => { standin.change.claims = { aud: 'other' } }],
		['an ID token for us and somebody else', (standin) => { standin.change.claims = { aud: [standin.options.client_id, 'other'] } }],
		['an ID token of another issuer', (standin) => { standin.change.claims = { iss: 'https://other.example' } }],
		['an ID token of no issuer', (standin) => { standin.change.claims = { iss: undefined } }],
		['an ID token that is over', (standin) => { standin.change.claims = { exp: 1 } }],
		['a signature by somebody else', (standin) => { standin.change.key = 'stranger' }],
		['a signature by somebody else, who brings the key', (standin) => { standin.change = { key: 'stranger', header: { jwk: standin.keys.stranger.publicKey.export({ format: 'jwk' }) } } }],
		['another person after it was signed', (standin) => { standin.change.after = changed }],
		['no signature', (standin) => { standin.change.header = { alg: 'none' } }],
		['HMAC with our secret', (standin) => { standin.change = { header: { alg: 'HS256' }, secret: standin.options.secret } }],
		['HMAC with the published key', (standin) => { standin.change = { header: { alg: 'HS256' }, secret: standin.keys.ours.publicKey.export({ type: 'spki', format: 'pem' }) } }],
		['a header that must be understood', (standin) => { standin.change.header = { crit: ['x'], x: 1 } }],
		['a token of another type', (standin) => { standin.change.token = { token_type: 'mac' } }],
		['an ID token that is an object', (standin) => { standin.change.token = { id_token: {} } }],
		['attributes of somebody else', (standin) => { standin.change.userinfo = { sub: 'wangwu' } }],
		['attributes of nobody', (standin) => { standin.change.userinfo = { sub: undefined } }],
		['somebody whose name is of two lines', (standin) => { standin.change.claims = { sub: 'li\nsi' } }],
	],
}
