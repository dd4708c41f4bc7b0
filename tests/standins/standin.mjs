// SPDX-License-Identifier: Apache-2.0
// standin - a server that plays an upstream: its own page where a person agrees or refuses, its interface with the real one's quirks, and a hostile mode.
//
// A subclass lists its calls in the constructor: this.page('GET /authorize', fn) for what browsers see, this.api('token', 'POST /token', fn) for what the
// broker asks. A handler gets { method, path, query, form, json, body, headers } and returns an answer: a value (sent as JSON) or
// { status, type, body, headers, redirect }. What hostile tests change: `standin.spoil = { token: SPOILT.html }` (any answer of that call), and
// `standin.change`, which the subclass looks at for the lies that only it can tell.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../flows/harness.mjs'

export const random = (bytes = 18) => randomBytes(bytes).toString('base64url')
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

/** Who can log in at every stand-in; the first one does when nothing else is said. */
export const PEOPLE = {
	lisi: { name: '李四', phone: '13700137001', email: 'lisi@example.cn' },
	wangwu: { name: '王五', phone: '13700137002', email: 'wangwu@example.cn' },
}

/** What any upstream may answer to any question. Each gets the good answer { status, type, body, headers } and node's response. */
export const SPOILT = {
	'a page instead of data': (answer) => ({ ...answer, type: 'text/html; charset=utf-8', body: '<!doctype html><html><body>系统维护中</body></html>' }),
	'nothing': (answer) => ({ ...answer, body: '' }),
	'no JSON': (answer) => ({ ...answer, body: 'OK' }),
	'null': (answer) => ({ ...answer, body: 'null' }),
	'a list': (answer) => ({ ...answer, body: '[]' }),
	'an empty object': (answer) => ({ ...answer, body: '{}' }),
	'half of it': (answer) => ({ ...answer, body: answer.body.slice(0, answer.body.length / 2) }),
	'bytes that are no text': (answer) => ({ ...answer, body: Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('"}')]) }),
	'more than is read': (answer) => ({ ...answer, body: `{"x":"${'x'.repeat(2e6)}"}` }),
	'thousands of brackets': (answer) => ({ ...answer, body: '['.repeat(50000) }),
	'a member said twice': (answer) => ({ ...answer, body: String(answer.body).replace(/^\{?/, '{"x":1,"x":2,') }),
	'a byte now and then': async (answer, response) => {
		response.writeHead(200, { 'Content-Type': answer.type })
		for (const byte of String(answer.body)) {
			if (!response.writable)
				return
			response.write(byte)
			await sleep(300)
		}
		response.end()
	},
	'a head that never ends': async (answer, response) => {
		response.socket.write('HTTP/1.1 200 OK\r\n')
		for (let i = 0; response.socket?.writable; i++) {
			response.socket.write(`X-${i}: ${'x'.repeat(8000)}\r\n`)
			await sleep(i < 50 ? 1 : 100)
		}
	},
	'a picture': (answer) => ({ ...answer, type: 'image/png' }),
	'a redirect': (answer) => ({ ...answer, status: 302, headers: { Location: 'http://127.0.0.1:9/stolen' }, body: '' }),
	'status 204': (answer) => ({ ...answer, status: 204, body: '' }),
	'status 401': (answer) => ({ ...answer, status: 401 }),
	'status 500': (answer) => ({ ...answer, status: 500 }),
	'a closed connection': (answer, response) => void response.destroy(),
	'an answer that never ends': (answer, response) => {
		response.writeHead(200, { 'Content-Type': answer.type })
		response.write('{"x":"')
	},
	'no answer at all': () => undefined,
}

export class Standin {
	/** Options go to the subclass's constructor. */
	static async start(options = {}) {
		const standin = new this(options)

		standin.port = await freePort()
		standin.origin = `http://127.0.0.1:${standin.port}`
		standin.server = createServer((request, response) => standin.serve(request, response).catch((error) => {
			standin.errors.push(error)
			response.destroy(error)
		}))
		await new Promise((done) => standin.server.listen(standin.port, '127.0.0.1', done))
		await standin.ready?.()
		return standin
	}

	constructor(options = {}) {
		Object.assign(this, { options, calls: [], errors: [], routes: new Map(), codes: new Map(), tokens: new Map(), spoil: {}, change: {} })
	}

	/** @route "GET /path" (or "* /path"): what browsers come to. */
	page(route, handler) {
		this.routes.set(route, { handler })
	}

	/** The same for what the broker asks; @name is what tests call it, or says so of a call (one address for several questions). */
	api(name, route, handler) {
		this.routes.set(route, { name, handler })
	}

	/** Take back every change. */
	honest() {
		this.spoil = {}
		this.change = {}
	}

	/** The names of what the broker asked, since @from. */
	asked(from = 0) {
		return this.calls.slice(from).map((call) => call.name)
	}

	async serve(request, response) {
		const url = new URL(request.url, this.origin)
		const chunks = []
		for await (const part of request)
			chunks.push(part)
		const body = Buffer.concat(chunks)
		const call = { method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers, body, search: url.search }
		const text = body.toString()

		call.form = Object.fromEntries(new URLSearchParams(text))
		try {
			call.json = JSON.parse(text)
		} catch {
			// not every body is JSON
		}
		const route = this.routes.get(`${request.method} ${url.pathname}`) ?? this.routes.get(`* ${url.pathname}`)
		if (!route)
			return this.send(response, { status: 404, type: 'text/html', body: '<h1>404</h1>' })
		call.name = typeof route.name === 'function' ? route.name(call) : route.name
		if (call.name)
			this.calls.push(call)
		let answer = this.answer(await route.handler.call(this, call))
		const spoil = call.name && this.spoil[call.name]
		if (spoil) {
			answer = await spoil(answer, response)
			if (!answer)
				return
		}
		this.send(response, answer)
	}

	answer(value) {
		if (value?.redirect)
			return { status: 303, type: 'text/html', body: '', headers: { Location: value.redirect } }
		if (value && (typeof value.body === 'string' || Buffer.isBuffer(value.body)))
			return { status: 200, type: 'text/html; charset=utf-8', headers: {}, ...value }
		return { status: 200, type: this.jsonType ?? 'application/json; charset=utf-8', headers: {}, body: JSON.stringify(value) }
	}

	send(response, { status, type, body, headers }) {
		response.writeHead(status, { 'Content-Type': type, ...headers })
		response.end(body)
	}

	// ---- the person's side

	/** A page where somebody logs in and agrees: posts person, do=agree|refuse and @hidden to @action. */
	form(action, hidden, title = this.constructor.name) {
		const people = Object.entries(this.people ?? PEOPLE).map(([id, one]) => `<option value="${escape(id)}">${escape(one.name)}</option>`).join('')
		const fields = Object.entries(hidden).map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`).join('')

		return { body: `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title></head>
<body><main id="main" data-page="standin"><h1>${escape(title)}</h1>
<form id="standin" method="post" action="${escape(action)}">${fields}<select name="person" id="person">${people}</select>
<button id="agree" type="submit" name="do" value="agree">同意</button> <button id="refuse" type="submit" name="do" value="refuse">拒绝</button></form></main></body></html>` }
	}

	/** The usual front channel: a page at @path, and its POST that sends the person back with a code. @back(asked, person, agreed) → parameters, or null: no redirect. */
	front(path, back, redirectUri = 'redirect_uri') {
		this.page(`GET ${path}`, (call) => this.form(path, { asked: JSON.stringify(call.query) }))
		this.page(`POST ${path}`, async (call) => {
			const asked = JSON.parse(call.form.asked)
			const params = await back(asked, call.form.person, call.form.do !== 'refuse')

			if (!params)
				return { body: '<!doctype html><main id="main" data-page="refused"><h1>已取消</h1></main>' }
			const url = new URL(asked[redirectUri])
			for (const [key, value] of Object.entries({ ...params, ...this.change.callback }))
				if (value !== undefined && value !== null)
					url.searchParams.set(key, value)
			return { redirect: url.href }
		})
	}

	/** A fresh code for @person, with whatever must be remembered about who asked. */
	code(person, asked = {}) {
		const code = random()

		this.codes.set(code, { person, asked })
		return code
	}

	/** What the code stands for; it works once. */
	redeem(code) {
		const found = this.codes.get(code)

		this.codes.delete(code)
		return found
	}

	token(of) {
		const token = random()

		this.tokens.set(token, of)
		return token
	}

	person(id) {
		return (this.people ?? PEOPLE)[id]
	}

	async stop() {
		this.server.closeAllConnections()
		await new Promise((done) => this.server.close(done))
		if (this.errors.length)
			throw new AggregateError(this.errors, `${this.constructor.name} failed`)
	}
}

/** How a browser without a screen (tests/flows/browser.mjs) gets through a stand-in's page: where it ends up. */
export async function walk(browser, page, { person = 'lisi', refuse = false } = {}) {
	return browser.submit(page, 'standin', { person, do: refuse ? 'refuse' : 'agree' })
}

export { sleep }
