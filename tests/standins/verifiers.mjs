// SPDX-License-Identifier: Apache-2.0
// verifiers - stand-ins of real-name verifiers: Zhejiang's valiidcard, Aliyun's Id2MetaVerify, Tencent's IdCardVerification, and a province's data exchange
// for the four elements of enterprises. Everybody of REGISTER is known; `change.result` is the vendor's result instead.
import { createHash, createHmac } from 'node:crypto'
import { isAcs3, isTc3 } from './sms.mjs'
import { Standin } from './standin.mjs'

/** Number → name. */
export const REGISTER = { '11010519491231002X': '张三', '110101197810270029': '李四' }
const isKnown = (name, number) => REGISTER[number] === name

export class ZhejiangVerifier extends Standin {
	static password = 'standin-zhejiang-password'

	constructor(options) {
		super(options)
		this.jsonType = 'text/plain; charset=utf-8'
		this.api('ask', 'POST /sso/servlet/simpleauth', (call) => this.take(call))
	}

	get config() {
		return { verifier: 'zhejiang', service_code: 'testcode', service_password: ZhejiangVerifier.password, url: `${this.origin}/sso/servlet/simpleauth` }
	}

	take({ query, form }) {
		const sign = createHash('md5').update(form.servicecode + ZhejiangVerifier.password + form.time).digest('hex')

		if (query.method !== 'valiidcard')
			return { result: '9800', errmsg: '方法不存在' }
		if (form.sign !== sign)
			return { result: '9901', errmsg: '签名错误' }
		if (this.change.result)
			return { result: this.change.result, errmsg: 'x' }
		return isKnown(form.username, form.idnum) ? { result: '0', errmsg: '' } : { result: '6603', errmsg: '身份信息不一致' }
	}
}

export class AliyunVerifier extends Standin {
	static secret = 'standin-aliyun-secret'

	constructor(options) {
		super(options)
		this.api('ask', 'POST /', (call) => this.take(call))
	}

	get config() {
		return { verifier: 'aliyun', access_key_id: 'LTAIstandin', access_key_secret: AliyunVerifier.secret, endpoint: this.origin }
	}

	take(call) {
		if (!isAcs3(call, AliyunVerifier.secret))
			return { status: 400, type: 'application/json', body: '{"Code":"SignatureDoesNotMatch","Message":"no","RequestId":"R-1"}', headers: {} }
		const BizCode = this.change.result ?? (!(call.form.IdentifyNum in REGISTER) ? '3' : isKnown(call.form.UserName, call.form.IdentifyNum) ? '1' : '2')

		return /^\d$/.test(BizCode) ? { Code: '200', Message: 'success', ResultObject: { BizCode }, RequestId: 'R-1' } : { Code: BizCode, Message: 'no', RequestId: 'R-1' }
	}
}

export class TencentVerifier extends Standin {
	static secret = 'standin-tencent-secret'

	constructor(options) {
		super(options)
		this.api('ask', 'POST /', (call) => this.take(call))
	}

	get config() {
		return { verifier: 'tencent', secret_id: 'AKIDstandin', secret_key: TencentVerifier.secret, endpoint: this.origin }
	}

	take(call) {
		if (!isTc3(call, TencentVerifier.secret, 'faceid'))
			return { Response: { Error: { Code: 'AuthFailure.SignatureFailure', Message: 'no' }, RequestId: 'r-2' } }
		const { IdCard, Name } = call.json

		return { Response: { Result: this.change.result ?? (!(IdCard in REGISTER) ? '-5' : isKnown(Name, IdCard) ? '0' : '-1'), Description: 'd', RequestId: 'r-2' } }
	}
}

/** A province's exchange, described by configuration: people, the four elements of units. */
export class ExchangeVerifier extends Standin {
	static secret = 'standin-exchange-secret'
	static units = { '91350100M000100Y43': { name: '演示科技有限公司', person: '李四', number: '110101197810270029' } }

	constructor(options) {
		super(options)
		this.api('person', 'POST /person', (call) => this.take(call, ({ xm, sfzh }) => isKnown(xm, sfzh)))
		this.api('unit', 'POST /unit', (call) => this.take(call, ({ qymc, tyshxydm, frxm, frzjh }) => {
			const unit = ExchangeVerifier.units[tyshxydm]

			return unit?.name === qymc && unit.person === frxm && unit.number === frzjh
		}))
		this.api('network', 'POST /network', (call) => this.take(call, ({ authMode, idCardAuthData }) => authMode === 'R03' && idCardAuthData.startsWith('sealed-'), call.json?.idCardAuthData))
	}

	get config() {
		return { verifier: 'signed', request: { url: `${this.origin}/person`, key_id: 'app', secret: ExchangeVerifier.secret, sign_over: '{key_id}{timestamp_ms}{body}',
			headers: ['appkey: {key_id}', 'stamp: {timestamp_ms}', 'signature: {sign}'] }, unit_url: `${this.origin}/unit`, network_url: `${this.origin}/network`,
		person_body: '{"xm":"{name}","sfzh":"{id_number}"}',
		unit_body: '{"qymc":"{unit_name}","tyshxydm":"{uscc}","frxm":"{name}","frzjh":"{id_number}"}',
		network_body: '{"orgCode":"O1","appId":"A1","appName":"一门","bizSeq":"{nonce}","authMode":"R03","idCardAuthData":"{network_auth}","photoEncData":"{network_photo}"}',
		reply: { pseudonym: 'data.pid', path: 'data.result', match: ['01'], mismatch: ['02'], no_record: ['03'], message: 'msg', reference: 'data.id' } }
	}

	take({ headers, body, json }, check, who) {
		if (headers.signature !== createHmac('sha256', ExchangeVerifier.secret).update(`${headers.appkey}${headers.stamp}${body}`).digest('hex'))
			return { msg: '签名错误', data: { result: '99' } }
		return { msg: 'ok', data: { id: 'E-7', pid: who && `PID-${who.slice(7)}`, result: this.change.result ?? (check(json) ? '01' : '02') } }
	}
}

export const verifiers = [
	{ name: 'zhejiang', start: () => ZhejiangVerifier.start(), unknown: '9903' }, { name: 'aliyun', start: () => AliyunVerifier.start(), unknown: '500' },
	{ name: 'tencent', start: () => TencentVerifier.start(), unknown: '-4' }, { name: 'exchange', start: () => ExchangeVerifier.start(), unknown: '88' },
]
