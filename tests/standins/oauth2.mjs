// SPDX-License-Identifier: Apache-2.0
// oauth2 - an upstream that is almost OAuth 2: errors inside HTTP 200, the person inside data.user, the secret beside the code.
import { Standin } from './standin.mjs'

export class OAuth2 extends Standin {
	constructor(options) {
		super({ id: 'yimen', secret: 'oauth2-secret-0123456789', ...options })
		this.front('/authorize', (asked, person, agreed) => agreed ? { code: this.code(person, asked), state: asked.state } : { error: 'access_denied', state: asked.state })
		this.api('token', 'POST /token', (call) => {
			if (call.form.client_id !== this.options.id || call.form.client_secret !== this.options.secret)
				return { errcode: 1001, errmsg: 'client unknown or secret wrong' }
			const found = this.redeem(call.form.code)
			if (!found || found.asked.redirect_uri !== call.form.redirect_uri)
				return { errcode: 1002, errmsg: 'code is invalid' }
			return { errcode: 0, access_token: this.token(found.person), uid: `u-${found.person}`, ...this.change.token }
		})
		this.api('userinfo', 'GET /userinfo', (call) => {
			const id = this.tokens.get(call.headers.authorization?.replace('Bearer ', ''))

			if (!id)
				return { errcode: 1003, errmsg: 'token is invalid' }
			return { errcode: 0, data: { user: { id: `u-${id}`, nick: this.person(id).name, mobile: this.person(id).phone, grade: 'L1', ...this.change.userinfo } } }
		})
	}
}

export const row = {
	name: 'oauth2',
	start: (options) => OAuth2.start(options),
	config: (standin) => ({
		type: 'oauth2', authorization_url: `${standin.origin}/authorize`, token_url: `${standin.origin}/token`, userinfo_url: `${standin.origin}/userinfo`,
		client_id: standin.options.id, client_secret: standin.options.secret, scope: 'login',
		paths: { token_subject: 'uid', data: 'data.user', subject: 'id', name: 'nick', phone: 'mobile', level: 'grade' },
		error: { path: 'errcode', fine: ['0'], invalid_code: ['1002'], message: 'errmsg' }, levels: ['L0=0', 'L1=1', 'L2=2'],
	}),
	calls: ['token', 'userinfo'],
	identity: { name: '李四', acr: '1' },
	lies: [
		['an error inside HTTP 200', (standin) => { standin.change.token = { errcode: 1002 } }],
		['an error of the userinfo inside HTTP 200', (standin) => { standin.spoil.userinfo = (a) => ({ ...a, body: '{"errcode":"1003","data":{"user":{"id":"u-lisi"}}}' }) }],
		['attributes of somebody else', (standin) => { standin.change.userinfo = { id: 'u-wangwu' } }],
		['an empty subject', (standin) => { standin.change = { token: { uid: '' }, userinfo: { id: '' } } }],
		['a subject that is an object', (standin) => { standin.change.userinfo = { id: { x: 1 } } }],
		['a subject that is true', (standin) => { standin.change = { token: { uid: true }, userinfo: { id: true } } }],
		['a subject that is too long', (standin) => { standin.change = { token: { uid: 'x'.repeat(300) }, userinfo: { id: 'x'.repeat(300) } } }],
		['no token', (standin) => { standin.change.token = { access_token: undefined } }],
	],
}
