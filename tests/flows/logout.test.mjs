// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Back-Channel Logout 1.0 towards our clients: whoever ends a session, each client that took part in it is told, durably, and nobody else.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { BYE, Broker, PASSWORD, client, freePort, passwordLogin, sleep, until } from './harness.mjs'
import { verifyJwt } from './client.mjs'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const SECRET = 'a-secret-of-32-characters-long!!'

/** A client's back-channel logout endpoint; `answer(post)` gives a status, 0 for silence, or a flood. */
class Receiver {
	static async make() {
		const self = new Receiver()

		self.port = await freePort()
		self.url = `http://127.0.0.1:${self.port}/backchannel?of=yimen`
		self.posts = []
		self.answer = () => 200
		return self
	}

	async open() {
		this.server = createServer(async (request, response) => {
			let body = ''
			for await (const part of request)
				body += part
			const post = { method: request.method, url: request.url, type: request.headers['content-type'], form: new URLSearchParams(body), at: Date.now() }

			this.posts.push(post)
			const status = this.answer(post)
			if (status === 'flood')
				response.end(Buffer.alloc(8 << 20))
			else if (status)
				response.writeHead(status, { ...(status === 302 && { location: `${this.url}&elsewhere=1` }) }).end()
		})
		await new Promise((done) => this.server.listen(this.port, '127.0.0.1', done))
		return this
	}

	close() {
		this.server?.closeAllConnections()
		return new Promise((done) => this.server ? this.server.close(done) : done())
	}

	/** The posts that came for the session of @claims (of an ID token). */
	of(claims) {
		return this.posts.filter((post) => JSON.parse(Buffer.from(post.form.get('logout_token').split('.')[1], 'base64url')).sid === claims.sid)
	}

	told(claims, what = 'the client is told', seconds = 15) {
		return until(() => this.of(claims)[0], what, seconds)
	}
}

let broker, a, b, pairwise
before(async () => {
	[a, b, pairwise] = await Promise.all([Receiver.make(), Receiver.make(), Receiver.make()].map(async (one) => (await one).open()))
	broker = await Broker.start({
		keys: { algorithms: ['ES256', 'RS256'] },
		session: { max_per_account: 100 },
		clients: [
			client('a', { secret: SECRET, backchannel_logout_uri: a.url }), client('b', { secret: SECRET, backchannel_logout_uri: b.url, id_token_alg: 'RS256' }),
			client('pairwise', { secret: SECRET, backchannel_logout_uri: pairwise.url, subject: 'pairwise' }), client('deaf', { secret: SECRET }),
			client('off', { secret: SECRET, backchannel_logout_uri: a.url }),
		],
	}, [{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'wangwu', name: '王五' }])
})
after(async () => {
	broker.allow(/"fault":"(unreachable|timeout)"/) // what clients do to us
	await broker.stop()
	await Promise.all([a, b, pairwise].map((one) => one.close()))
})

/** A browser that is in, with the claims of its ID token at each of @ids. */
async function enter(ids, login = 'zhangsan', browser = broker.browser()) {
	const claims = {}, tokens = {}

	for (const id of ids) {
		const got = await broker.client(id).login(browser, { login: (page) => page.name === 'login' ? passwordLogin(browser, page, { login }) : page })

		claims[id] = got.claims
		tokens[id] = got.tokens
	}
	return { browser, claims, tokens }
}
const leave = ({ browser, tokens }, id) => browser.open(`${broker.issuer}/logout?${new URLSearchParams({ id_token_hint: tokens[id].id_token, post_logout_redirect_uri: BYE })}`)
const notices = (...more) => broker.cli('client', 'notices', ...more).json.notices

test('discovery says so', async () => {
	const metadata = await (await broker.get('/.well-known/openid-configuration')).json()

	assert.equal(metadata.backchannel_logout_supported, true)
	assert.equal(metadata.backchannel_logout_session_supported, true)
})

test('who logs out at one client is logged out at all: each gets its own token, by the rules of Back-Channel Logout 2.4', async () => {
	const person = await enter(['a', 'b', 'pairwise', 'deaf'])
	const other = await enter(['a'])

	await leave(person, 'a')
	for (const [id, receiver, alg] of [['a', a, 'ES256'], ['b', b, 'RS256'], ['pairwise', pairwise, 'ES256']]) {
		const post = await receiver.told(person.claims[id], `${id} is told`)
		const { header, claims } = verifyJwt(post.form.get('logout_token'), await broker.client(id).jwks())
		const now = Date.now() / 1000

		assert.deepEqual([post.method, post.url, post.type], ['POST', '/backchannel?of=yimen', 'application/x-www-form-urlencoded'])
		assert.deepEqual([...post.form.keys()], ['logout_token'])
		assert.deepEqual([header.alg, header.typ], [alg, 'logout+jwt'])
		assert.deepEqual(Object.keys(claims).sort(), ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
		assert.deepEqual({ iss: claims.iss, aud: claims.aud, sub: claims.sub, sid: claims.sid, events: claims.events },
			{ iss: broker.issuer, aud: id, sub: person.claims[id].sub, sid: person.claims[id].sid, events: { [EVENT]: {} } })
		assert.ok(claims.exp - claims.iat <= 120 && Math.abs(claims.iat - now) < 10)
	}
	assert.notEqual(person.claims.a.sid, person.claims.b.sid, 'two clients cannot tell by it that it is one session')
	assert.notEqual(person.claims.a.sub, person.claims.pairwise.sub)
	await sleep(1000)
	assert.equal(a.of(person.claims.a).length, 1, 'once')
	assert.equal(a.of(other.claims.a).length, 0, 'the other session goes on, and nobody is told that it does not')
	assert.equal((await broker.client('a').userinfo(other.tokens.a.access_token)).status, 200)
	assert.equal(broker.cli('client', 'notices', '--client', 'deaf').json.notices.length, 0)
})

const account = (browser, form) => async () => {
	const page = await browser.open(`${broker.issuer}/account/sessions`)
	const csrf = page.html.match(/name="csrf" value="([^"]+)"/)[1]

	return browser.go(`${broker.issuer}/account/sessions`, { method: 'POST', form: { csrf, ...await form(page) }, headers: { Origin: broker.issuer } })
}

for (const [name, end] of [
	['by the person on another device', async () => {
		const own = await enter(['deaf'])

		await account(own.browser, () => ({ do: 'end_others' }))()
	}],
	['by the operator, everywhere', async () => broker.cli('account', 'logout', '--login', 'zhangsan')],
	['with the account that is suspended', async () => {
		broker.set('zhangsan', { status: 'disabled' })
		broker.set('zhangsan', { status: 'active' })
	}],
	['by a new password that the operator sets', async () => {
		assert.equal(broker.cli('account', 'set', '--login', 'zhangsan', '--password-file', '-', { input: PASSWORD }).code, 0)
	}],
	['by somebody else who logs in in the same browser', async ({ browser }) => {
		const page = await browser.open(broker.client('deaf').request({ prompt: 'login' }).url)

		await passwordLogin(browser, page, { login: 'wangwu' })
	}],
]) {
	test(`a session that is ended ${name}: every client of it is told`, async () => {
		const person = await enter(['a', 'b'])

		await end(person)
		await a.told(person.claims.a)
		await b.told(person.claims.b)
		assert.equal((await broker.client('a').userinfo(person.tokens.a.access_token)).status, 401)
	})
}

test('a session that goes on under another proof is not over, and its end later tells the clients of before by the same sid', async () => {
	const person = await enter(['a'])
	const page = await person.browser.open(broker.client('b').request({ prompt: 'login' }).url)

	await passwordLogin(person.browser, page)
	await sleep(1200)
	assert.equal(a.of(person.claims.a).length, 0)
	broker.cli('account', 'logout', '--login', 'zhangsan')
	await a.told(person.claims.a)
})

test('a client that was disabled meanwhile is told nothing', async () => {
	const person = await enter(['off', 'b'])

	broker.reload({ clients: broker.config.clients.map((one) => one.id === 'off' ? { ...one, enabled: false } : one) })
	await until(() => broker.events('config.reloaded').length > 0 || broker.log.some((line) => /reload/.test(line)), 'the reload')
	await leave(person, 'b')
	await b.told(person.claims.b)
	assert.equal(notices('--client', 'off').length, 0)
})

test('a client that says 400 has read it: refused, and not told again', async () => {
	const person = await enter(['a'])

	a.answer = () => 400
	try {
		await leave(person, 'a')
		await a.told(person.claims.a)
		await until(() => notices('--client', 'a', '--status', 'refused').length === 1, 'refused')
		assert.equal(notices('--client', 'a', '--status', 'refused')[0].last_error, 'status 400')
	} finally {
		a.answer = () => 200
	}
	await sleep(6000)
	assert.equal(a.of(person.claims.a).length, 1)
})

test('any other answer is tried again, with another jti, and holds up nobody: a failure, a flood, and a redirect that is not followed', async () => {
	const first = await enter(['a']), second = await enter(['a']), third = await enter(['a'])
	const statuses = { [first.claims.a.sid]: [500, 'flood'], [second.claims.a.sid]: [302] }

	a.answer = (post) => statuses[JSON.parse(Buffer.from(post.form.get('logout_token').split('.')[1], 'base64url')).sid]?.shift() ?? 204
	try {
		for (const one of [first, second, third])
			await leave(one, 'a')
		await a.told(third.claims.a, 'who is behind them', 4)
		await until(() => a.of(first.claims.a).length === 3, 'twice failed', 30)
		await until(() => a.of(second.claims.a).length === 2, 'not followed but told again', 30)
		assert.ok(a.posts.every((post) => post.url === '/backchannel?of=yimen' && post.method === 'POST'))
		const tokens = a.of(first.claims.a).map((post) => JSON.parse(Buffer.from(post.form.get('logout_token').split('.')[1], 'base64url')))
		assert.equal(new Set(tokens.map((token) => token.jti)).size, 3)
		assert.ok(tokens[2].iat > tokens[0].iat, 'a fresh token each time')
		await until(() => !notices('--client', 'a', '--status', 'waiting').length, 'all are told')
	} finally {
		a.answer = () => 200
	}
})

test('a client that takes 30 s to answer is left alone soon and holds up no other; it is told when it answers', async () => {
	const slow = await enter(['a', 'b']), later = await enter(['a', 'b'])

	a.answer = () => 0
	const begun = Date.now()
	await leave(slow, 'a')
	await leave(later, 'b')
	assert.ok(Date.now() - begun < 3000, 'nobody who logs out waits for it')
	await b.told(slow.claims.b, 'b', 12)
	await b.told(later.claims.b, 'b', 12)
	const [waiting] = await until(() => {
		const found = notices('--client', 'a', '--status', 'waiting').filter((one) => one.attempts)

		return found.length ? found : null
	}, 'an attempt that failed')
	assert.equal(waiting.last_error, 'timeout')
	assert.equal(a.of(later.claims.a).length, 0, 'who waits behind it waits, too')
	a.answer = () => 200
	await until(() => a.of(later.claims.a).length === 1, 'it is told', 30)
})

test('a client that is down is told when it is up again, though the daemon was killed meanwhile', async () => {
	const person = await enter(['a'])

	await a.close()
	await leave(person, 'a')
	await until(() => notices('--client', 'a', '--status', 'waiting').some((one) => one.attempts > 0), 'an attempt that failed')
	const behind = await enter(['a'])
	await leave(behind, 'a') // and one that was never tried
	await broker.kill()
	await broker.run()
	assert.ok(notices('--client', 'a', '--status', 'waiting').length >= 2)
	await a.open()
	await a.told(person.claims.a, 'told after all', 40)
	await a.told(behind.claims.a, 'and the next', 40)
	await until(() => !notices('--client', 'a', '--status', 'waiting').length, 'done')
	const done = notices('--client', 'a', '--status', 'done')
	assert.ok(done.every((one) => one.client === 'a' && one.account && one.created_at && one.done_at && one.attempts >= 1))
})

test('a client that the configuration does not want to be told any more: what waits for it is given up', async () => {
	const person = await enter(['pairwise'])

	await pairwise.close()
	await leave(person, 'pairwise')
	await until(() => notices('--client', 'pairwise', '--status', 'waiting').length === 1, 'waiting')
	broker.reload({ clients: broker.config.clients.map(({ backchannel_logout_uri, ...one }) => one.id === 'pairwise' ? one : { ...one, backchannel_logout_uri }) })
	await until(() => notices('--client', 'pairwise', '--status', 'given_up').length === 1, 'given up', 30)
	assert.equal(notices('--client', 'pairwise', '--status', 'given_up')[0].last_error, 'not_configured')
})

test('an address inside is not asked unless net.allow names it', async (t) => {
	const inside = await (await Receiver.make()).open()
	t.after(() => inside.close())
	const guarded = await Broker.start({ net: { allow: [] }, clients: [client('inside', { secret: SECRET, backchannel_logout_uri: inside.url })] })
	t.after(() => guarded.stop())
	const browser = guarded.browser()

	await guarded.client('inside').login(browser, { login: (page) => passwordLogin(browser, page) })
	guarded.cli('account', 'logout', '--login', 'zhangsan')
	const [refused] = await until(() => {
		const found = guarded.cli('client', 'notices').json.notices.filter((one) => one.attempts)

		return found.length ? found : null
	}, 'an attempt')
	assert.deepEqual([refused.status, refused.last_error, inside.posts.length], ['waiting', 'access_denied', 0])
})
