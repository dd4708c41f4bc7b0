// SPDX-License-Identifier: Apache-2.0
// dingtalk - the interface of today: authCode, JSON both ways, the token in a header of its own, errors as HTTP 4xx; and the old one, signed with HMAC.
import { createHmac } from 'node:crypto'
import { Standin } from './standin.mjs'

export class DingTalk extends Standin {
	constructor(options) {
		super({ key: 'dingkey', secret: 'dingtalk-secret', corp: 'dingcorp', ...options })
		const refuse = (code, message) => ({ status: 400, type: 'application/json;charset=utf-8', body: JSON.stringify({ code, message, requestid: 'x' }) })
		this.front('/oauth2/auth', (asked, person, agreed) => {
			const code = agreed && this.code(person, asked)

			return agreed ? { authCode: code, code, state: asked.state } : { error: 'access_denied', state: asked.state }
		})
		this.api('token', 'POST /v1.0/oauth2/userAccessToken', ({ json, headers }) => {
			if (!headers['content-type']?.startsWith('application/json') || json?.grantType !== 'authorization_code')
				return refuse('MissingParameter', 'body is mandatory for this action')
			if (json.clientId !== this.options.key || json.clientSecret !== this.options.secret)
				return refuse('invalidClientIdOrSecret', '无效的clientId或者clientSecret')
			const found = this.redeem(json.code)
			if (!found)
				return refuse('invalidParameter.authCode.notFound', '不合法的临时授权码')
			return { expireIn: 7200, accessToken: this.token(found.person), refreshToken: 'r', corpId: this.options.corp, ...this.change.token }
		})
		this.api('me', 'GET /v1.0/contact/users/me', ({ headers }) => {
			const id = this.tokens.get(headers['x-acs-dingtalk-access-token'])

			if (!id)
				return refuse('InvalidAuthentication', '不合法的access_token')
			return { nick: this.person(id).name, avatarUrl: '', mobile: this.person(id).phone, openId: `open-${id}`, unionId: `union-${id}`, email: '', stateCode: '86', ...this.change.me }
		})
		// the old interface
		this.front('/connect/qrconnect', (asked, person, agreed) => agreed ? { code: this.code(person, asked), state: asked.state } : null)
		this.api('sns', 'POST /sns/getuserinfo_bycode', ({ query, json }) => {
			if (query.accessKey !== this.options.key)
				return { errcode: 853001, errmsg: 'accessKey无效' }
			if (createHmac('sha256', this.options.secret).update(query.timestamp).digest('base64') !== query.signature)
				return { errcode: 853004, errmsg: '签名不匹配' }
			const found = this.redeem(json?.tmp_auth_code)
			if (!found)
				return { errcode: 40078, errmsg: '不存在的临时授权码' }
			return { errcode: 0, errmsg: 'ok', user_info: { nick: this.person(found.person).name, openid: `open-${found.person}`, unionid: `union-${found.person}`, ...this.change.sns } }
		})
	}
}

export const row = {
	name: 'dingtalk', start: (options) => DingTalk.start(options),
	config: (standin) => ({ type: 'dingtalk', app_key: standin.options.key, app_secret: standin.options.secret, corp_id: standin.options.corp, login_url: standin.origin, api_url: standin.origin }),
	calls: ['token', 'me'], identity: { name: '李四', acr: '1' },
	lies: [
		['a person of another organisation', (standin) => { standin.change.token = { corpId: 'other' } }],
		['an error inside HTTP 200', (standin) => { standin.change.token = { code: 'invalidParameter.authCode.notFound' } }],
		['no token', (standin) => { standin.change.token = { accessToken: undefined } }],
		['nobody', (standin) => { standin.change.me = { unionId: undefined } }],
	],
}

export const sns = {
	name: 'dingtalk-sns', start: (options) => DingTalk.start(options),
	config: (standin) => ({ type: 'dingtalk', interface: 'sns', app_key: standin.options.key, app_secret: standin.options.secret, sns_url: standin.origin }),
	calls: ['sns'], identity: { name: '李四', acr: '1' }, refuses: false,
	lies: [
		['nobody', (standin) => { standin.change.sns = { unionid: undefined } }],
		['an error beside a person', (standin) => { standin.spoil.sns = (a) => ({ ...a, body: '{"errcode":1,"user_info":{"unionid":"union-lisi"}}' }) }],
	],
}
