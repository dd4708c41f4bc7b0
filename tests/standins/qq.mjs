// SPDX-License-Identifier: Apache-2.0
// qq - a token as a form, a person inside callback( … ), errors inside callback( … ) with HTTP 200, everything as text/html; who cancels comes back with usercancel.
import { Standin } from './standin.mjs'

export class QQ extends Standin {
	constructor(options) {
		super({ id: '101000000', key: 'qq-app-key', ...options })
		const wrapped = (value) => ({ type: 'text/html; charset=utf-8', body: `callback( ${JSON.stringify(value)} );\n` })
		this.front('/oauth2.0/authorize', (asked, person, agreed) => agreed ? { code: this.code(person, asked), state: asked.state } : { usercancel: '1', state: asked.state })
		this.api('token', 'GET /oauth2.0/token', ({ query }) => {
			if (query.client_id !== this.options.id)
				return wrapped({ error: 100008, error_description: 'client_id is illegal' })
			if (query.client_secret !== this.options.key)
				return wrapped({ error: 100009, error_description: 'client_secret is illegal' })
			const found = this.redeem(query.code)
			if (!found)
				return wrapped({ error: 100019, error_description: 'code to access token error' })
			if (found.asked.redirect_uri !== query.redirect_uri)
				return wrapped({ error: 100010, error_description: 'redirect uri is illegal' })
			return { type: 'text/html', body: `access_token=${this.token(found.person)}&expires_in=7776000&refresh_token=r${this.change.token ?? ''}` }
		})
		this.api('me', 'GET /oauth2.0/me', ({ query }) => {
			const id = this.tokens.get(query.access_token)

			return wrapped(id ? { client_id: this.options.id, openid: `open-${id}`, ...(query.unionid && { unionid: `UID_${id}` }), ...this.change.me }
				: { error: 100016, error_description: 'access token check failed' })
		})
		this.api('user', 'GET /user/get_user_info', ({ query }) => {
			const id = this.tokens.get(query.access_token)

			if (!id || query.openid !== `open-${id}` || query.oauth_consumer_key !== this.options.id)
				return { type: 'text/html; charset=utf-8', body: JSON.stringify({ ret: 100016, msg: 'access token check failed' }) }
			return { type: 'text/html; charset=utf-8', body: JSON.stringify({ ret: 0, msg: '', is_lost: 0, nickname: this.person(id).name, gender: '男', ...this.change.user }) }
		})
	}
}

export const row = {
	name: 'qq', start: (options) => QQ.start(options),
	config: (standin) => ({ type: 'qq', app_id: standin.options.id, app_key: standin.options.key, unionid: true, base_url: standin.origin }),
	calls: ['token', 'me', 'user'], identity: { name: '李四', acr: '1' },
	lies: [
		['a token of another application', (standin) => { standin.change.me = { client_id: '101000001' } }],
		['a token twice', (standin) => { standin.change.token = '&access_token=x' }],
		['no unionid', (standin) => { standin.change.me = { unionid: undefined } }],
		['nobody', (standin) => { standin.change.me = { openid: undefined } }],
		['an error inside HTTP 200', (standin) => { standin.change.me = { error: 100016 } }],
		['a ret that is not 0', (standin) => { standin.change.user = { ret: 1 } }],
	],
	// half of a form is a form, and only its length (which HTTP tells) says that it is half
	harmless: { token: ['half of it'] },
}
