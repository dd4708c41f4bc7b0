// SPDX-License-Identifier: Apache-2.0
// verifier - a stand-in for whom `realname.verifier: http` asks (docs/verifier.md): checks the signature of every question, answers as it is told.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { freePort } from './harness.mjs'

export const SECRET = 'demo-verifier-secret'

const HOSTILE = {
	down: (ask) => ask.req.socket.destroy(),
	broken: (ask) => ask.res.writeHead(500).end(),
	forged: (ask) => ask.sign({}, 'x'),
	html: (ask) => ask.res.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body>{"payload":"x"}</body></html>'),
	empty: (ask) => ask.res.end(),
	list: (ask) => ask.res.end('[]'),
	numbers: (ask) => ask.res.end('{"payload":1,"signature":2}'),
	redirect: (ask) => ask.res.writeHead(307, { Location: '/other' }).end(),
	endless: (ask) => {
		const more = () => ask.res.destroyed || (ask.res.write(Buffer.alloc(65536, 32)) ? setImmediate(more) : ask.res.once('drain', more))

		ask.res.writeHead(200, { 'Content-Type': 'application/json' })
		more()
	},
	large: (ask) => ask.res.end(`{"payload":"${'A'.repeat(4 << 20)}","signature":"x"}`),
	silent: () => {},
	trickle: (ask) => {
		const timer = setInterval(() => ask.res.destroyed ? clearInterval(timer) : ask.res.write(' '), 200)

		ask.res.writeHead(200, { 'Content-Type': 'application/json' })
	},
	half: (ask) => {
		ask.res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
		ask.res.write('{"payload":"')
		setTimeout(() => ask.req.socket.destroy(), 50)
	},
	another: (ask) => ask.sign({ nonce: 'A'.repeat(22) }),
	old: (ask) => ask.sign({ timestamp: Math.floor(Date.now() / 1000) - 3600 }),
	perhaps: (ask) => ask.sign({ result: 'perhaps' }),
}

export class Verifier {
	/** A running one. @mode: a name of HOSTILE, or the result to answer; @facts: what it tells of units. */
	static async start(port) {
		const verifier = Object.assign(new Verifier(), { mode: 'match', facts: undefined, asked: [], port: port ?? await freePort() })

		verifier.server = createServer((req, res) => {
			let body = ''

			req.on('data', (part) => (body += part)).on('end', () => verifier.answer(req, res, body))
		})
		await new Promise((done) => verifier.server.listen(verifier.port, '127.0.0.1', done))
		return verifier
	}

	/** For a configuration. */
	get options() {
		return { verifier: 'http', url: `http://127.0.0.1:${this.port}/check`, secret: SECRET }
	}

	answer(req, res, body) {
		const [, timestamp, nonce, signature] = req.headers.authorization.match(/^YIMEN-HMAC-SHA256 key_id="yimen", timestamp="(\d+)", nonce="([\w-]{22})", signature="([\w-]+)"$/)
		const sign = (more, secret = SECRET) => {
			const payload = Buffer.from(JSON.stringify({ nonce, timestamp: Math.floor(Date.now() / 1000), result: this.mode, level: 3, method: 'population', reference: 'R-1',
				facts: this.facts, ...more })).toString('base64url')

			res.setHeader('Content-Type', 'application/json')
			res.end(JSON.stringify({ payload, signature: createHmac('sha256', secret).update(`reply\n${payload}`).digest('base64url') }))
		}

		assert.equal(signature, createHmac('sha256', SECRET).update(`${timestamp}\n${nonce}\n${body}`).digest('base64url'))
		this.asked.push(JSON.parse(body))
		if (HOSTILE[this.mode])
			HOSTILE[this.mode]({ req, res, sign })
		else
			sign({})
	}

	stop() {
		this.server.close()
		this.server.closeAllConnections()
	}
}
export const hostile = Object.keys(HOSTILE)
