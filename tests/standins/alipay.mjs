// SPDX-License-Identifier: Apache-2.0
// alipay - one gateway for all questions, JSON as text/html, errors inside HTTP 200, every answer signed; by keys and by certificates.
import { createHash, createPrivateKey, createPublicKey, createSign, createVerify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Standin } from './standin.mjs'

const file = (name) => readFileSync(new URL(`alipay/${name}`, import.meta.url), 'utf8')
const bare = (pem) => pem.replace(/-----[^-]+-----|\s/g, '')

/** As the vendor's libraries count it: MD5 of the issuer in RFC 2253 and the serial number in decimal. */
function serialNumber(pem) {
	const certificate = new X509Certificate(pem)
	const issuer = certificate.issuer.split('\n').reverse().map((part) => part.replace(/([,+"\\<>;])/g, '\\$1')).join(',')

	return createHash('md5').update(issuer + BigInt(`0x${certificate.serialNumber}`)).digest('hex')
}

export class Alipay extends Standin {
	constructor(options) {
		super({ app_id: '2021000000000001', user_id: true, ...options })
		this.jsonType = 'text/html;charset=utf-8'
		this.keys = { app: createPublicKey(file('app.key')), alipay: createPrivateKey(file('alipay.key')), stranger: createPrivateKey(file('app.key')) }
		this.front('/oauth2/publicAppAuthorize.htm', (asked, person, agreed) => agreed ? {
			app_id: asked.app_id, source: 'alipay_wallet', scope: asked.scope, auth_code: this.code(person, asked), state: asked.state } : null)
		this.api((call) => call.form.method === 'alipay.user.info.share' ? 'user' : 'token', 'POST /gateway.do', (call) => this.gateway(call.form))
	}

	ids(person) {
		return { ...(this.options.user_id && { user_id: `2088${createHash('md5').update(person).digest('hex').replace(/\D/g, '').padEnd(12, '0').slice(0, 12)}` }),
			open_id: createHash('sha256').update(this.options.app_id + person).digest('base64url') }
	}

	/** What is wrong with the request, as sub_code; nothing: it is ours. */
	wrong(form) {
		const { sign, ...rest } = form
		const text = Object.keys(rest).sort().filter((key) => rest[key] !== '').map((key) => `${key}=${rest[key]}`).join('&')
		const china = Date.parse(`${form.timestamp?.replace(' ', 'T')}+08:00`)

		if (form.app_id !== this.options.app_id)
			return 'isv.invalid-app-id'
		if (this.options.certificates ? form.app_cert_sn !== serialNumber(file('app.crt')) || !/^[0-9a-f]{32}_[0-9a-f]{32}$/.test(form.alipay_root_cert_sn ?? '') : 'app_cert_sn' in form)
			return 'isv.invalid-app-cert-sn'
		if (form.sign_type !== 'RSA2' || form.charset !== 'utf-8' || form.format !== 'JSON' || form.version !== '1.0' || 'biz_content' in form)
			return 'isv.invalid-sign-type'
		if (!(Math.abs(china - Date.now()) < 15 * 60000))
			return 'isv.invalid-timestamp'
		if (!createVerify('RSA-SHA256').update(text).verify(this.keys.app, sign ?? '', 'base64'))
			return 'isv.invalid-signature'
		return undefined
	}

	gateway(form) {
		const name = `${form.method?.replaceAll('.', '_')}_response`
		const refuse = (sub_code) => this.signed('error_response', { code: '40002', msg: 'Invalid Arguments', sub_code, sub_msg: '参数无效' })
		const wrong = this.wrong(form)

		if (wrong)
			return refuse(wrong)
		if (form.method === 'alipay.system.oauth.token') {
			const found = form.grant_type === 'authorization_code' && this.redeem(form.code)

			if (!found)
				return refuse('isv.code-invalid')
			return this.signed(name, { ...this.ids(found.person), access_token: this.token(found.person), expires_in: 1296000, refresh_token: 'r', re_expires_in: 2592000,
				auth_start: '2026-01-01 00:00:00', ...this.change.token })
		}
		const person = this.tokens.get(form.auth_token)
		if (!person)
			return refuse('aop.invalid-auth-token')
		return this.signed(name, { code: '10000', msg: 'Success', ...this.ids(person), avatar: 'https://tfs.alipayobjects.com/images/x', nick_name: this.person(person).name,
			gender: 'm', province: '浙江省', city: '杭州市', ...this.change.user })
	}

	/** @value as member @name, with the signature over exactly its text, which has slashes escaped as the gateway's has. */
	signed(name, value) {
		const raw = JSON.stringify(value).replaceAll('/', '\\/')
		const sign = createSign('RSA-SHA256').update(this.change.signed ?? raw).sign(this.keys[this.change.key ?? 'alipay'], 'base64')
		const cert = this.options.certificates ? `,"alipay_cert_sn":"${this.change.cert ?? serialNumber(file('alipay.crt'))}"` : ''

		return { type: this.jsonType, body: this.change.body?.(name, raw, sign) ?? `{"${name}":${raw}${cert},"sign":"${sign}"}` }
	}
}

const base = (standin) => ({ type: 'alipay', app_id: standin.options.app_id, authorize_url: `${standin.origin}/oauth2/publicAppAuthorize.htm`, gateway_url: `${standin.origin}/gateway.do` })
const other = '{"user_id":"2088000000000000","open_id":"x","access_token":"x","code":"10000"}'
const lies = [
	['a signature by somebody else', (standin) => { standin.change.key = 'stranger' }],
	['a signature over something else', (standin) => { standin.change.signed = other }],
	['no signature', (standin) => { standin.change.body = (name, raw) => `{"${name}":${raw}}` }],
	['the signed answer beside another one of the same name, first', (standin) => { standin.change.body = (name, raw, sign) => `{"${name}":${raw},"${name}":${other},"sign":"${sign}"}` }],
	['the signed answer beside another one of the same name, last', (standin) => { standin.change.body = (name, raw, sign) => `{"${name}":${other},"${name}":${raw},"sign":"${sign}"}` }],
	['the signed answer where it is not read', (standin) => { standin.change.body = (name, raw, sign) => `{"x":{"${name}":${raw}},"${name}":${other},"sign":"${sign}"}` }],
	['a signed answer whose name is written with escapes, beside another', (standin) => { standin.change.body = (name, raw, sign) => `{"\\u0061${name.slice(1)}":${other},"${name}":${raw},"sign":"${sign}","${name}":${other}}` }],
	['attributes of somebody else', (standin) => { standin.change.user = { user_id: '2088000000000000' } }],
	['nobody', (standin) => { standin.change.token = { user_id: undefined, open_id: undefined } }],
	['an error inside HTTP 200', (standin) => { standin.change.body = (name, raw, sign) => `{"error_response":{"code":"40002","sub_code":"isv.code-invalid"},"sign":"${sign}"}` }],
	['an error beside the answer', (standin) => { standin.change.body = (name, raw, sign) => `{"error_response":{"code":"40002"},"${name}":${raw},"sign":"${sign}"}` }],
]

export const row = {
	name: 'alipay',
	start: (options) => Alipay.start(options),
	config: (standin) => ({ ...base(standin), private_key: bare(file('app.key')), alipay_public_key: bare(createPublicKey(file('alipay.key')).export({ type: 'spki', format: 'pem' })) }),
	calls: ['token', 'user'], identity: { name: '李四', acr: '1' }, refuses: false, lies,
}

/** Certificate mode, of an application that is given open_id only. */
export const certificates = {
	name: 'alipay-cert',
	start: (options) => Alipay.start({ certificates: true, user_id: false, ...options }),
	config: (standin) => ({ ...base(standin), private_key: file('app.key'), app_cert: file('app.crt'), alipay_cert: file('alipay.crt'), root_cert: file('root.crt') }),
	calls: ['token', 'user'], identity: { name: '李四', acr: '1' }, refuses: false,
	lies: [...lies.filter(([name]) => !/^attributes/.test(name)), ['another certificate', (standin) => { standin.change.cert = '0'.repeat(32) }],
		['attributes of somebody else', (standin) => { standin.change.user = { open_id: 'x' } }]],
}
