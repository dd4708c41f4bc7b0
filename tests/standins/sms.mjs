// SPDX-License-Identifier: Apache-2.0
// sms - stand-ins of text message gateways: Aliyun (V1 and V3), Tencent, and one by configuration. They check signatures as the vendors describe them
// and answer as they do, errors inside HTTP 200 among them. `standin.sent` is what went out; `change.code` the error that the next messages get.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { Standin } from './standin.mjs'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const hmac = (algorithm, key, text, as) => createHmac(algorithm, key).update(text).digest(as)
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
const canonical = (params) => Object.keys(params).sort().map((key) => `${encode(key)}=${encode(params[key])}`).join('&')

/** Is this call signed with ACS3-HMAC-SHA256 by @secret? */
export function isAcs3({ headers, search, body, path, method }, secret) {
	const [, names, signature] = headers.authorization?.match(/^ACS3-HMAC-SHA256 Credential=[^,]+,SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/) ?? []

	if (!names || headers['x-acs-content-sha256'] !== sha256(body))
		return false
	const query = canonical(Object.fromEntries(new URLSearchParams(search)))
	const text = [method, path, query, ...names.split(';').map((name) => `${name}:${headers[name]}`), '', names, sha256(body)].join('\n')

	return signature === hmac('sha256', secret, `ACS3-HMAC-SHA256\n${sha256(text)}`, 'hex')
}

/** Is this call signed with TC3-HMAC-SHA256 by @secret for @service? */
export function isTc3({ headers, body }, secret, service) {
	const [, date, names, signature] = headers.authorization?.match(/^TC3-HMAC-SHA256 Credential=[^/]+\/([\d-]+)\/\w+\/tc3_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/) ?? []

	if (!names)
		return false
	const lines = names.split(';').map((name) => `${name}:${name === 'x-tc-action' ? headers[name].toLowerCase() : headers[name]}`)
	const text = ['POST', '/', '', ...lines, '', names, sha256(body)].join('\n')
	const key = hmac('sha256', hmac('sha256', hmac('sha256', `TC3${secret}`, date), service), 'tc3_request')

	return signature === hmac('sha256', key, `TC3-HMAC-SHA256\n${headers['x-tc-timestamp']}\n${date}/${service}/tc3_request\n${sha256(text)}`, 'hex')
}

class Gateway extends Standin {
	constructor(options) {
		super(options)
		this.sent = []
		this.serial = 0
	}

	/** Codes that the phone @phone was sent. */
	codesOf(phone) {
		return this.sent.filter((one) => one.phone === phone).map((one) => one.code)
	}

	/** Post receipts for what was sent since @from to @url. */
	async report(url, delivered = true, from = 0) {
		return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(this.sent.slice(from).map((one) => this.receipt(one, delivered))) })
	}
}

export class AliyunSms extends Gateway {
	static secret = 'standin-aliyun-secret'

	constructor(options) {
		super(options)
		this.api('send', 'POST /', (call) => this.take(call))
	}

	get config() {
		return { gateway: 'aliyun', access_key_id: 'LTAIstandin', access_key_secret: AliyunSms.secret, sign_name: '一门', endpoint: this.origin,
			signature_version: this.options.version ?? 'v3', templates: [{ code: 'SMS_100', params: ['code', 'min=minutes'] }, { code: 'SMS_200', params: ['content=text'] }] }
	}

	isSigned(call) {
		if (this.options.version !== 'v1')
			return isAcs3(call, AliyunSms.secret)
		const { Signature, ...rest } = call.form

		return Signature === hmac('sha1', `${AliyunSms.secret}&`, `POST&%2F&${encode(canonical(rest))}`, 'base64')
	}

	take(call) {
		const params = this.options.version === 'v1' ? call.form : call.query
		const no = (Code, Message, status = 200) => ({ status, type: 'application/json', body: JSON.stringify({ Code, Message, RequestId: 'R' }), headers: {} })

		if (!this.isSigned(call))
			return no('SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.', 400)
		if (this.change.code)
			return no(this.change.code, '触发天级流控Permits:10')
		assert.match(params.PhoneNumbers, /^1\d{10}$/)
		const values = JSON.parse(params.TemplateParam)
		const BizId = `${900000 + ++this.serial}^0`

		this.sent.push({ phone: params.PhoneNumbers, template: params.TemplateCode, code: values.code, values, id: BizId, key: params.OutId })
		return { Code: 'OK', Message: 'OK', BizId, RequestId: 'R' }
	}

	receipt(one, success) {
		return { phone_number: one.phone, send_time: '2026-11-22 08:00:00', report_time: '2026-11-22 08:00:03', success, err_code: success ? 'DELIVERED' : 'UNDELIV', sms_size: '1',
			biz_id: one.id, out_id: one.key }
	}
}

export class TencentSms extends Gateway {
	static secret = 'standin-tencent-secret'

	constructor(options) {
		super(options)
		this.api('send', 'POST /', (call) => this.take(call))
	}

	get config() {
		return { gateway: 'tencent', secret_id: 'AKIDstandin', secret_key: TencentSms.secret, app_id: '1400000000', sign_name: '一门', endpoint: this.origin,
			templates: [{ code: '100001', params: ['code', 'minutes'] }] }
	}

	/** Every answer has status 200. */
	take(call) {
		const error = (Code, Message) => ({ Response: { Error: { Code, Message }, RequestId: 'r' } })

		if (!isTc3(call, TencentSms.secret, 'sms'))
			return error('AuthFailure.SignatureFailure', 'The provided credentials could not be validated.')
		const [number] = call.json.PhoneNumberSet
		const row = (Code, Message, Fee, SerialNo = '') => ({ Response: { SendStatusSet: [{ SerialNo, PhoneNumber: number, Fee, SessionContext: call.json.SessionContext, Code, Message, IsoCode: 'CN' }], RequestId: 'r' } })

		if (this.change.code)
			return row(this.change.code, 'refused', 0)
		const SerialNo = `5000:${++this.serial}`

		this.sent.push({ phone: number.replace('+86', ''), template: call.json.TemplateId, code: call.json.TemplateParamSet[0], values: call.json.TemplateParamSet, id: SerialNo })
		return row('Ok', 'send success', 1, SerialNo)
	}

	receipt(one, delivered) {
		return { user_receive_time: '2026-11-22 08:00:03', nationcode: '86', mobile: one.phone, report_status: delivered ? 'SUCCESS' : 'FAIL', errmsg: delivered ? 'DELIVRD' : 'UNDELIV',
			description: '', sid: one.id }
	}
}

/** A city's own gateway, which has no adapter: signed form, its own reply. */
export class CitySms extends Gateway {
	static secret = 'standin-city-secret'

	constructor(options) {
		super(options)
		this.api('send', 'POST /mt', (call) => this.take(call))
	}

	get config() {
		return { gateway: 'http', request: { url: `${this.origin}/mt`, content: 'form', key_id: 'city', secret: CitySms.secret, headers: ['X-Sign: {sign}', 'X-Time: {timestamp}'],
			sign_over: '{timestamp}{n}{body}' }, body: 'user={key_id}&to={phone}&text={text}&id={key}',
		reply: { path: 'status', accepted: [1], limited: [-8], refused: [-9], id: 'msgid' }, receipt: { id: 'msgid', phone: 'to', state: 'stat' } }
	}

	take(call) {
		if (call.headers['x-sign'] !== hmac('sha256', CitySms.secret, `${call.headers['x-time']}\n${call.body}`, 'hex'))
			return { status: -1 }
		if (this.change.code)
			return { status: this.change.code }
		this.sent.push({ phone: call.form.to, text: call.form.text, code: call.form.text.match(/\d{6}/)?.[0], id: String(++this.serial), key: call.form.id })
		return { status: 1, msgid: this.serial }
	}

	receipt(one, delivered) {
		return { msgid: one.id, to: one.phone, stat: delivered ? 'DELIVRD' : 'UNDELIV' }
	}
}

/** One row each: name, class. */
export const gateways = [
	{ name: 'aliyun', start: () => AliyunSms.start() }, { name: 'aliyun-v1', start: () => AliyunSms.start({ version: 'v1' }) },
	{ name: 'tencent', start: () => TencentSms.start() }, { name: 'city', start: () => CitySms.start() },
]
