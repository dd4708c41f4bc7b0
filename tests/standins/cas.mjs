// SPDX-License-Identifier: Apache-2.0
// cas - a CAS server of protocol 3: the ticket belongs to the very address that asked for it, answers are XML as text/html, and its end is posted to services.
import { Standin, random } from './standin.mjs'

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
const response = (inner) => ({ type: 'text/html;charset=UTF-8', body: `<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n  ${inner}\n</cas:serviceResponse>` })
const success = (user, rest = '') => response(`<cas:authenticationSuccess><cas:user>${user}</cas:user>${rest}</cas:authenticationSuccess>`)

class Cas extends Standin {
	constructor(options) {
		super(options)
		this.page('GET /cas/login', (call) => this.form('/cas/login', { asked: JSON.stringify(call.query) }))
		this.page('POST /cas/login', (call) => {
			const asked = JSON.parse(call.form.asked)
			const back = new URL(asked.service)

			if (call.form.do === 'refuse')
				return { body: '<!doctype html><main id="main" data-page="refused"><h1>已取消</h1></main>' }
			const ticket = `ST-${random()}`
			this.codes.set(ticket, { person: call.form.person, asked })
			for (const [key, value] of Object.entries({ ticket, ...this.change.callback }))
				if (value !== undefined && value !== null)
					back.searchParams.set(key, value)
			return { redirect: back.href }
		})
		this.api('validate', 'GET /cas/p3/serviceValidate', ({ query }) => {
			const found = this.redeem(query.ticket)

			if (!found)
				return response(`<cas:authenticationFailure code="INVALID_TICKET">Ticket '${escape(query.ticket)}' not recognized</cas:authenticationFailure>`)
			if (found.asked.service !== query.service)
				return response('<cas:authenticationFailure code="INVALID_SERVICE">another service</cas:authenticationFailure>')
			const one = this.person(found.person)
			return this.change.answer ?? success(found.person, `<cas:attributes><cas:displayName>${one.name}</cas:displayName><cas:mobile>${one.phone}</cas:mobile><cas:mail>${one.email}</cas:mail></cas:attributes>`)
		})
	}
}

export const row = {
	name: 'cas', start: (options) => Cas.start(options), calls: ['validate'], identity: { name: '李四', acr: '1' }, refuses: false, state: 'state',
	config: (standin) => ({ type: 'cas', base_url: `${standin.origin}/cas` }),
	lies: [
		['nobody', (standin) => { standin.change.answer = success('') }],
		['two users', (standin) => { standin.change.answer = success('lisi', '<cas:user>wangwu</cas:user>') }],
		['a user of another name space', (standin) => { standin.change.answer = response('<cas:authenticationSuccess><x:user xmlns:x="urn:x">lisi</x:user></cas:authenticationSuccess>') }],
		['an entity of its own', (standin) => { standin.change.answer = { type: 'text/xml', body: `<!DOCTYPE a [<!ENTITY u SYSTEM "file:///etc/passwd">]>${success('&u;').body}` } }],
		['yes and no', (standin) => { standin.change.answer = response('<cas:authenticationSuccess><cas:user>lisi</cas:user></cas:authenticationSuccess><cas:authenticationFailure code="X"/>') }],
		['a proxy\'s ticket', (standin) => { standin.change.answer = success('lisi', '<cas:proxies><cas:proxy>https://p.example</cas:proxy></cas:proxies>') }],
		['the answer as JSON', (standin) => { standin.change.answer = { serviceResponse: { authenticationSuccess: { user: 'lisi' } } } }],
	],
}
