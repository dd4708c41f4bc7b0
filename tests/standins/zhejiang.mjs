// SPDX-License-Identifier: Apache-2.0
// zhejiang - the three ways in of Zhejiang: people (usp behind the IRS gateway), legal persons (esso), mini-programs. domain.md 3.8
import { FILES, TicketPlatform, code, hmac, md5, walkPost } from './tickets.mjs'

/** The gateway's headers over @call; a reason when they are not right. */
function gateway(standin, call) {
	const { gatewayKey, gatewaySecret } = standin.options
	const { 'x-bg-hmac-access-key': key, 'x-bg-hmac-algorithm': algorithm, 'x-bg-date-time': date, 'x-bg-hmac-signature': signature } = call.headers

	if (key !== gatewayKey || algorithm !== 'hmac-sha256' || !/GMT$/.test(date ?? '') || Math.abs(Date.parse(date) - Date.now()) > 300_000)
		return 'header'
	return signature === hmac(gatewaySecret, `POST\n${call.path}\n${call.search.slice(1)}\n${key}\n${date}\n`, 'base64') ? null : 'signature'
}
const REFUSED = { status: 401, type: 'application/json', body: '{"code":"401","msg":"HMAC signature cannot be verified"}' }

class Natural extends TicketPlatform {
	constructor(options) {
		super({ appId: 'servicecode1', secret: 'servicepwd-1', gatewayKey: 'ak-1', gatewaySecret: 'sk-1', ...options })
		this.entrance('/sso/usp.do', (asked, ticket) => this.sendBack({ ticket, sp: asked.goto }))
		for (const [name, path] of [['ticket', '/IC33000020220228000002/sso/servlet/simpleauth'], ['user', '/IC33000020220228000004/sso/servlet/simpleauth']])
			this.api(name, `POST ${path}`, (call) => this.simpleauth(call, name))
	}

	simpleauth(call, name) {
		const { method, servicecode, time, sign, st, token } = call.form

		if (gateway(this, call))
			return REFUSED
		if (servicecode !== this.options.appId)
			return { result: '9900', errmsg: 'servicecode' }
		if (!this.isNow(time))
			return { result: '9902', errmsg: 'time' }
		if (sign !== md5(servicecode + this.options.secret + time))
			return { result: '9901', errmsg: 'sign' }
		if (method !== { ticket: 'ticketValidation', user: 'getUserInfo' }[name])
			return { result: '9800', errmsg: 'method' }
		if (name === 'ticket') {
			const found = this.redeem(st)

			if (!found)
				return { result: '6002', errmsg: '票据不存在' }
			const one = FILES[found.person]
			return { result: '0', errmsg: '', token: this.token(found.person), userid: one.id, loginname: found.person, username: one.name, ...this.change.ticket }
		}
		const one = FILES[this.tokens.get(token)]
		if (!one)
			return { result: '6502', errmsg: '令牌不存在' }
		return { result: '0', errmsg: '', userid: one.id, authlevel: '3', username: one.name, idtype: '1', idnum: one.number, sex: '1', nation: '01', loginname: this.tokens.get(token),
			email: one.email, mobile: one.phone, useable: '1', ...this.change.user }
	}
}

class Legal extends TicketPlatform {
	constructor(options) {
		super({ appId: '330001', secret: 'project-secret-1', ...options })
		this.entrance('/opensso/spsaehandler/metaAlias/sp', (asked, ssotoken) => {
			const address = new URL(asked.spappurl)
			const goto = address.searchParams.get('goto')

			address.search = ''
			return address.href === this.registered ? this.postBack({ ssotoken, goto }, address.href) : { status: 400, body: 'spappurl' }
		})
		this.api('user', 'POST /rest/user/query', (call) => {
			if (call.headers['x-esso-project-id'] !== this.options.appId || call.headers['x-esso-signature'] !== hmac(this.options.secret, call.body, 'hex'))
				return { errCode: 14001, msg: '签名错误', info: null }
			const found = this.redeem(call.json?.token)
			if (!found)
				return { errCode: 14002, msg: 'token 无效', info: null }
			const one = FILES[found.person]
			const info = { userId: `corp-${one.id}`, username: `corp_${found.person}`, CompanyName: one.unit, uniscid: code('JXL', found.person), OrgType: '1', xzqh: one.region,
				loginType: 'cert', realLevel: '1', attnName: one.name, attnPhone: one.phone, attnIDType: '111', attnIDNo: one.number, ...this.change.info }
			return { errCode: 0, msg: '', info: JSON.stringify(info), ...this.change.user }
		})
	}
}

class Mini extends TicketPlatform {
	constructor(options) {
		super({ appId: 'mini-1', gatewayKey: 'ak-2', gatewaySecret: 'sk-2', ...options })
		this.entrance('/sso/alipay.do', (asked, ticketId) => this.sendBack({ ticketId }))
		this.api('ticket', 'POST /IC33000020220329000007/uc/sso/access_token', (call) => {
			if (gateway(this, call))
				return REFUSED
			const found = call.json?.appId === this.options.appId && this.redeem(call.json.ticketId)
			return found ? { success: true, data: { accessToken: this.token(found.person) }, errorCode: null, errorMsg: null } : { success: false, data: null, errorCode: 'E1', errorMsg: '票据无效' }
		})
		this.api('user', 'POST /IC33000020220329000008/uc/sso/getUserInfo', (call) => {
			const id = this.tokens.get(call.json?.token)

			if (gateway(this, call))
				return REFUSED
			if (!id)
				return { success: false, errorCode: 'E2' }
			return { success: true, data: { userType: 'PERSON', personInfo: { userId: FILES[id].id, userName: FILES[id].name, idType: 'ID_CARD', idNo: FILES[id].number, phone: FILES[id].phone }, ...this.change.data } }
		})
	}
}

const urls = (standin) => ({ base_url: standin.origin, api_url: standin.origin })
const irs = (standin) => ({ gateway_key: standin.options.gatewayKey, gateway_secret: standin.options.gatewaySecret })
const answer = (call, body) => (standin) => { standin.spoil[call] = (a) => ({ ...a, body }) }

export const natural = {
	name: 'zhejiang', start: (options) => Natural.start(options), calls: ['ticket', 'user'], identity: { name: '李四', acr: '3' }, refuses: false, state: 'sp',
	config: (standin) => ({ type: 'ticket', preset: 'zhejiang-natural', ...urls(standin), app_id: standin.options.appId, secret: standin.options.secret, ...irs(standin) }),
	lies: [
		['a ticket that is expired, inside HTTP 200', answer('ticket', '{"result":"6001","errmsg":"expired"}')],
		['user info of somebody else', (standin) => { standin.change.user = { userid: FILES.wangwu.id } }],
		['no user at all', (standin) => { standin.change = { ticket: { userid: '' }, user: { userid: '' } } }],
		['a user that is a list', (standin) => { standin.change = { ticket: { userid: ['1'] }, user: { userid: ['1'] } } }],
		['an error beside the person', (standin) => { standin.change.user = { result: '6501' } }],
		['an id that is too long', (standin) => { standin.change = { ticket: { userid: 'x'.repeat(300) }, user: { userid: 'x'.repeat(300) } } }],
	],
}

export const legal = {
	name: 'zhejiang-legal', start: (options) => Legal.start(options), calls: ['user'], identity: { name: '李四', acr: '3' }, refuses: false, state: 'goto', walk: walkPost,
	config: (standin) => ({ type: 'ticket', preset: 'zhejiang-legal', ...urls(standin), app_id: standin.options.appId, secret: standin.options.secret, legal: true, legal_state: 'effective' }),
	lies: [
		['an error beside the person', (standin) => { standin.change.user = { errCode: 14002 } }],
		['info that is no JSON', (standin) => { standin.change.user = { info: '<user id="1"/>' } }],
		['no info', (standin) => { standin.change.user = { info: null } }],
		['nobody in info', (standin) => { standin.change.info = { userId: '' } }],
	],
}

export const mini = {
	name: 'zhejiang-mini', start: (options) => Mini.start(options), calls: ['ticket', 'user'], identity: { name: '李四', acr: '1' }, refuses: false, state: false,
	config: (standin) => ({ type: 'ticket', preset: 'zhejiang-mini', ...urls(standin), app_id: standin.options.appId, ...irs(standin) }),
	lies: [
		['no success', answer('ticket', '{"success":false,"data":{"accessToken":"a"}}')],
		['a token that is an object', answer('ticket', '{"success":true,"data":{"accessToken":{}}}')],
		['nobody', (standin) => { standin.change.data = { personInfo: {} } }],
	],
}
