// SPDX-License-Identifier: Apache-2.0
// provinces - Guangdong (tif), a city's JIS, and a platform that exists nowhere and is described by docs/ticket.md alone. domain.md 3.8
import { readFileSync } from 'node:fs'
import { FILES, TicketPlatform, aesEcbHex, md5, sm3 } from './tickets.mjs'

class Guangdong extends TicketPlatform {
	constructor(options) {
		super({ appId: 'gd-client', secret: 'gd-secret-1', ...options })
		this.front('/tif/sso/connect/page/oauth2/authorize', (asked, person, agreed) =>
			agreed ? { code: this.code(person, asked), state: asked.state } : { error: 'access_denied', state: asked.state })
		this.api('token', 'GET /tif/sso/connect/page/oauth2/access_token', ({ query }) => {
			if (query.client_id !== this.options.appId || query.client_secret !== this.options.secret)
				return { error: 'invalid_client' }
			const found = query.grant_type === 'authorization_code' && this.redeem(query.code)
			if (!found || found.asked.redirect_uri !== query.redirect_uri)
				return { error: 'invalid_grant' }
			return { access_token: this.token(found.person), expires_in: 7200, ...this.change.token }
		})
		this.api('user', 'GET /tif/sso/connect/page/oauth2/tokeninfo', ({ query }) => {
			const id = this.tokens.get(query.access_token)
			const one = FILES[id]

			if (!one)
				return { error: 'invalid_token' }
			return { userobj: { uid: id, cn: one.name, usertype: '1', useridcode: `gd-${one.id}`, telephonenumber: one.phone, mail: one.email, idcardtype: '10', idcardnumber: one.number,
				isreal: '1', extproperties: ['legal_person=-1', 'area=440100'], creditable_level_of_account: 'L2', creditable_level_of_account_way: 'L2@PLV@2024', ...this.change.user } }
		})
	}
}

class Jis extends TicketPlatform {
	constructor(options) {
		super({ appId: 'appmark1', secret: '0123456789abcdef', ...options })
		this.entrance('/JIS/front/login.do', (asked, ticket) => this.sendBack({ ticket }, asked.gotourl))
		this.route = (call) => this.interface_(call)
		this.api('interface', 'POST /JIS/sso/interface.do', this.route)
	}

	interface_({ form }) {
		const { appmark, time, sign, servicename } = form
		const params = JSON.parse(form.params)

		if (appmark !== this.options.appId || !this.isNow(time) || sign !== md5(appmark + this.options.secret + time))
			return { retcode: '100001', msg: '签名错误' }
		if (servicename === 'ticketValidate') {
			const found = this.redeem(params.ticket)

			return found ? { retcode: '000000', data: JSON.stringify({ token: this.token(found.person) }) } : { retcode: '100002', msg: '票据无效' }
		}
		const id = servicename === 'findOutsideUserByToken' && this.tokens.get(params.token)
		if (!id)
			return { retcode: '100003', msg: '令牌无效' }
		const user = { uuid: `jis-${FILES[id].id}`, loginname: id, name: FILES[id].name, papersType: '1', papersNumber: FILES[id].number, mobile: FILES[id].phone, ...this.change.user }
		return { retcode: '000000', data: this.change.plain ? JSON.stringify(user) : aesEcbHex(this.change.key ?? this.options.secret, JSON.stringify(user)) }
	}
}

class Invented extends TicketPlatform {
	constructor(options) {
		super({ appId: 'yimen', secret: 'k-0123456789', ...options })
		this.entrance('/login', (asked, st) => this.sendBack({ st, sp: asked.sp }, asked.back))
		this.api('user', 'POST /gw/person/query', (call) => {
			if (call.headers['x-app'] !== this.options.appId)
				return { head: { code: 'E-APP' } }
			if (call.headers['x-sign'] !== sm3(call.body + this.options.secret))
				return { head: { code: 'E-SIGN' } }
			const found = Math.abs(call.json.ts - Date.now()) < 300_000 && this.redeem(call.json.st)
			if (!found)
				return { head: { code: 'E-TICKET' } }
			const one = FILES[found.person]
			return { head: { code: 'S', ...this.change.head }, user: { key: `n-${one.id}`, info: { xm: one.name, lx: 'sfz', hm: one.number, dj: '中' }, ...this.change.user } }
		})
	}
}

/** The invented platform's rows as the page of text has them: lists of texts, one map in "steps". Only the addresses are the stand-in's. */
function pageOf(standin) {
	const text = readFileSync(new URL('../../docs/ticket.md', import.meta.url), 'utf8').match(/- id: invented\n[\s\S]*?\n```/)[0]
	const unquote = (value) => /^'.*'$/.test(value) ? value.slice(1, -1).replaceAll("''", "'") : /^\[.*\]$/.test(value) ? value.slice(1, -1).split(/,\s*/) : value
	const rows = {}
	let step, list

	for (const line of text.split('\n').slice(1, -1)) {
		const [, indent, dash, key, value] = line.match(/^( *)(- )?(?:([a-z_]+):(?: (.*))?)?(?:'.*')?$/) ?? []

		if (dash && !key)
			list.push(unquote(line.trim().slice(2)))
		else if (indent.length === 4 && value !== undefined)
			rows[key] = unquote(value)
		else if (indent.length === 4)
			list = rows[key] = []
		else if (dash)
			list.push(step = { [key]: unquote(value) })
		else if (value !== undefined)
			step[key] = unquote(value)
		else
			list = step[key] = []
	}
	delete rows.title
	return { ...rows, base_url: standin.origin, api_url: `${standin.origin}/gw` }
}

const common = (standin, preset) => ({ type: 'ticket', preset, app_id: standin.options.appId, secret: standin.options.secret })

export const guangdong = {
	name: 'guangdong', start: (options) => Guangdong.start(options), calls: ['token', 'user'], identity: { name: '李四', acr: '2' }, state: 'state',
	config: (standin) => ({ ...common(standin, 'guangdong'), base_url: standin.origin, api_url: standin.origin }),
	lies: [
		['an error beside the token', (standin) => { standin.change.token = { error: 'invalid_grant' } }],
		['a token that is an object', (standin) => { standin.change.token = { access_token: {} } }],
		['nobody', (standin) => { standin.change.user = { useridcode: '' } }],
		['an id that is true', (standin) => { standin.change.user = { useridcode: true } }],
	],
}

export const jis = {
	name: 'jis', start: (options) => Jis.start(options), calls: ['interface', 'interface'], identity: { name: '李四', acr: '1' }, refuses: false, state: false,
	config: (standin) => ({ ...common(standin, 'jis'), base_url: `${standin.origin}/JIS`, api_url: `${standin.origin}/JIS`, issuer: 'https://jis.example.cn' }),
	lies: [
		['data under another key', (standin) => { standin.change.key = 'fedcba9876543210' }],
		['data that is not encrypted', (standin) => { standin.change.plain = true }],
		['nobody', (standin) => { standin.change.user = { uuid: '' } }],
	],
}

export const invented = {
	name: 'invented', start: (options) => Invented.start(options), calls: ['user'], identity: { name: '李四', acr: '2' }, refuses: false, state: 'sp', config: pageOf,
	lies: [
		['another word than success', (standin) => { standin.change.head = { code: 'F' } }],
		['nobody', (standin) => { standin.change.user = { key: null } }],
	],
}
