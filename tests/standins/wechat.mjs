// SPDX-License-Identifier: Apache-2.0
// wechat - a web site and a service account, one person with an openid at each and one unionid at both; JSON as text/plain, errors inside HTTP 200, nobody who
// refuses is sent back.
import { Standin } from './standin.mjs'

export class WeChat extends Standin {
	constructor(options) {
		super({ apps: { wx_web: 'wechat-web-secret', wx_inner: 'wechat-inner-secret' }, ...options })
		this.jsonType = 'text/plain'
		const back = (asked, person, agreed) => {
			if (!/^[a-zA-Z0-9]{1,128}$/.test(asked.state))
				throw new Error(`a state that is not of letters and digits: ${asked.state}`)
			return agreed ? { code: this.code(person, asked), state: asked.state } : null
		}
		this.front('/connect/qrconnect', back)
		this.front('/connect/oauth2/authorize', back)
		this.api('token', 'GET /sns/oauth2/access_token', ({ query }) => {
			if (!this.options.apps[query.appid])
				return { errcode: 40013, errmsg: 'invalid appid' }
			if (this.options.apps[query.appid] !== query.secret)
				return { errcode: 40125, errmsg: 'invalid appsecret, view more at http://t.cn/RAEkdVq' }
			const found = query.grant_type === 'authorization_code' && this.redeem(query.code)
			if (!found || found.asked.appid !== query.appid)
				return { errcode: 40029, errmsg: 'invalid code, hints: [ req_id: x ]' }
			return { access_token: this.token({ person: found.person, appid: query.appid }), expires_in: 7200, refresh_token: 'r', openid: `o-${query.appid}-${found.person}`,
				scope: found.asked.scope, unionid: `union-${found.person}`, ...this.change.token }
		})
		this.api('userinfo', 'GET /sns/userinfo', ({ query }) => {
			const found = this.tokens.get(query.access_token)

			if (!found)
				return { errcode: 40001, errmsg: 'invalid credential, access_token is invalid or not latest' }
			if (query.openid !== `o-${found.appid}-${found.person}`)
				return { errcode: 40003, errmsg: 'invalid openid' }
			return { openid: query.openid, nickname: this.person(found.person).name, sex: 0, language: '', city: '', province: '', country: '', headimgurl: '', privilege: [],
				unionid: `union-${found.person}`, ...this.change.userinfo }
		})
	}
}

const config = (standin) => ({ type: 'wechat', app_id: 'wx_web', app_secret: standin.options.apps.wx_web, inner_app_id: 'wx_inner', inner_app_secret: standin.options.apps.wx_inner,
	needs_unionid: true, open_url: standin.origin, api_url: standin.origin })
const lies = [
	['an error inside HTTP 200', (standin) => { standin.change.token = { errcode: 40029, errmsg: 'invalid code' } }],
	['attributes of another openid', (standin) => { standin.change.userinfo = { openid: 'o-x' } }],
	['attributes of another unionid', (standin) => { standin.change.userinfo = { unionid: 'union-wangwu' } }],
	['no openid', (standin) => { standin.change.token = { openid: undefined } }],
	['no unionid', (standin) => { standin.change = { token: { unionid: undefined }, userinfo: { unionid: undefined } } }],
]

export const row = {
	name: 'wechat', start: (options) => WeChat.start(options), config, calls: ['token', 'userinfo'], identity: { name: '李四', acr: '1' }, refuses: false, lies,
	leave: async (browser, page, id) => {
		const there = await browser.click(page, `provider-${id}`)

		if (new URL(there.url).pathname !== '/connect/qrconnect')
			throw new Error(`a desktop browser was sent to ${there.url}`)
		return there
	},
}

export const inner = {
	...row, name: 'wechat-inner', browser: { 'User-Agent': 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.49' },
	leave: async (browser, page, id) => {
		const there = await browser.click(page, `provider-${id}`)

		if (new URL(there.url).pathname !== '/connect/oauth2/authorize')
			throw new Error(`WeChat's browser was sent to ${there.url}`)
		return there
	},
}
