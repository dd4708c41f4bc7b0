// SPDX-License-Identifier: Apache-2.0
// wecom - one token for the application and all its people, a state of letters and digits only, errors inside HTTP 200, people who are no members.
import { Standin } from './standin.mjs'

export class WeCom extends Standin {
	constructor(options) {
		super({ corpid: 'ww0123456789abcdef', agentid: '1000002', secret: 'wecom-secret', ...options })
		this.front('/wwlogin/sso/login', (asked, person, agreed) => {
			if (asked.appid !== this.options.corpid || asked.agentid !== this.options.agentid || asked.login_type !== 'CorpApp' || !/^[a-zA-Z0-9]{1,128}$/.test(asked.state))
				throw new Error(`refused: ${JSON.stringify(asked)}`)
			return agreed ? { code: this.code(person, asked), state: asked.state } : null
		})
		this.api('gettoken', 'GET /cgi-bin/gettoken', ({ query }) => {
			if (query.corpid !== this.options.corpid)
				return { errcode: 40013, errmsg: 'invalid corpid' }
			if (query.corpsecret !== this.options.secret)
				return { errcode: 40001, errmsg: 'invalid credential' }
			return { errcode: 0, errmsg: 'ok', access_token: this.token('app'), expires_in: 7200 }
		})
		this.api('getuserinfo', 'GET /cgi-bin/auth/getuserinfo', ({ query }) => {
			if (!this.tokens.get(query.access_token))
				return { errcode: 40014, errmsg: 'invalid access_token' }
			const found = this.redeem(query.code)
			if (!found)
				return { errcode: 40029, errmsg: 'invalid code' }
			return { errcode: 0, errmsg: 'ok', userid: found.person, user_ticket: 't', ...this.change.userinfo }
		})
	}
}

export const row = {
	name: 'wecom', start: (options) => WeCom.start(options),
	config: (standin) => ({ type: 'wecom', corp_id: standin.options.corpid, agent_id: standin.options.agentid, secret: standin.options.secret, login_url: standin.origin,
		open_url: standin.origin, api_url: standin.origin }),
	calls: ['gettoken', 'getuserinfo'], identity: { acr: '1' }, refuses: false, kept: ['gettoken'],
	lies: [
		['somebody who is no member', (standin) => { standin.change.userinfo = { userid: undefined, openid: 'o-1' } }],
		['somebody outside', (standin) => { standin.change.userinfo = { userid: undefined, external_userid: 'w-1' } }],
		['the member under the old name', (standin) => { standin.change.userinfo = { userid: undefined, UserId: 'lisi' } }],
		['an error beside a member', (standin) => { standin.change.userinfo = { errcode: 40029 } }],
		['an empty member', (standin) => { standin.change.userinfo = { userid: '' } }],
	],
}
