// SPDX-License-Identifier: Apache-2.0
// Shadow mode: an old system that still runs is asked beside the login, passwords move on the first success, and nobody is locked out when it is down,
// slow, or lies. The old system here is a stand-in that can do all of these.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { Broker, freePort, passwordLogin, sleep, until } from './harness.mjs'

const SECRET = 'shadow-secret-0123456789'
const OLD = 'Old@1234'
const HEADER = 'kind,legacy_id,login_name,name,phone,digest,salt\n'
const row = (n, digest = true) => `individual,id${n},${phone(n)},某人,${phone(n)},${digest ? createHash('md5').update(`${OLD}s`).digest('hex') : ''},${digest ? 's' : ''}\n`
const phone = (n) => `138000020${String(n).padStart(2, '0')}`

/** Knows passwords by login name; `mode` says how it answers. */
async function oldSystem() {
	const self = { port: await freePort(), asked: [], passwords: {}, mode: 'well', bad: [] }
	const hmac = (text) => createHmac('sha256', SECRET).update(text).digest('base64url')
	const payload = (question, nonce) => {
		const known = self.passwords[question.login_name]
		const result = known === undefined ? 'unknown' : known === question.password ? 'match' : 'mismatch'
		const answers = { well: {}, 'another nonce': { nonce: 'x'.repeat(22) }, 'yesterday': { timestamp: Math.floor(Date.now() / 1000) - 86400 },
			'a result of its own': { result: 'certainly' } }

		return JSON.stringify({ nonce, timestamp: Math.floor(Date.now() / 1000), result, ...answers[self.mode] })
	}
	self.server = createServer((request, response) => {
		const parts = []

		request.on('data', (part) => parts.push(part))
		request.on('end', async () => {
			const body = Buffer.concat(parts).toString(), question = JSON.parse(body)
			const [, stamp, nonce, signature] = request.headers.authorization.match(/^YIMEN-HMAC-SHA256 key_id="yimen", timestamp="(\d+)", nonce="([\w-]{22})", signature="([\w-]+)"$/)

			if (signature !== hmac(`${stamp}\n${nonce}\n${body}`))
				self.bad.push(body)
			self.asked.push(question)
			if (self.mode === 'slow')
				await sleep(2500)
			if (self.mode === 'an error')
				return response.writeHead(500).end('no')
			if (self.mode === 'a redirect')
				return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
			if (self.mode === 'too much')
				return response.writeHead(200).end(Buffer.alloc(8 << 20, 'a'))
			const text = Buffer.from(payload(question, nonce)).toString('base64url')
			response.end(JSON.stringify({ payload: text, signature: hmac(self.mode === 'no signature' ? 'x' : `reply\n${text}`) }))
		})
	})
	self.up = () => new Promise((done) => self.server.listen(self.port, '127.0.0.1', done))
	self.down = () => new Promise((done) => { self.server.closeAllConnections(); self.server.close(done) })
	await self.up()
	return self
}

let broker, old
const source = (live) => ({ id: 'torch', scheme: 'hex(md5(p.s))', live: { url: `http://127.0.0.1:${old.port}/verify`, secret: SECRET, timeout: '1s', breaker: 3, pause: '2s', ...live } })
const figures = () => broker.cli('legacy', 'live').json.sources[0]
const mode = (live) => broker.reloaded({ legacy_sources: [source(live)] })
/** What was counted while @work ran, by kind. */
async function counted(work, kind) {
	const before_ = figures()

	await work()
	await until(() => figures()[kind] > before_[kind], `${kind} is counted`, 5).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(figures())}`) })
	const now = figures()
	return Object.fromEntries(Object.keys(now).filter((key) => Number.isInteger(now[key]) && !/usual|failures/.test(key) && now[key] > before_[key]).map((key) => [key, now[key] - before_[key]]))
}
async function login(n, password = OLD) {
	const browser = broker.browser()

	return passwordLogin(browser, await browser.open(broker.client('demo-public').request().url), { login: typeof n === 'number' ? phone(n) : n, password })
}
/** The breaker closes with the first answer after its pause. */
async function recover(n) {
	old.mode = 'well'
	await until(async () => { await login(n, OLD); return figures().failures_in_a_row === 0 }, 'it answers again', 10)
}

before(async () => {
	old = await oldSystem()
	broker = await Broker.start({ legacy_sources: [source({ mode: 'shadow' })], login: { tries: 100, address_tries: 10000 } })
	broker.allow(/legacy\.live|fetch/)
	assert.equal(broker.legacy(HEADER + [1, 2, 3, 4, 5, 6, 7, 8].map((n) => row(n)).join('') + [11, 12, 13, 14, 15, 16].map((n) => row(n, false)).join('')).code, 0)
})
after(async () => {
	await broker.stop()
	await old.down()
})
beforeEach(() => {
	old.mode = 'well'
	old.asked = []
})

test('shadow: the answer here counts, the other one is compared', async () => {
	old.passwords = { [phone(1)]: OLD, [phone(2)]: 'Other@123', [phone(4)]: 'Other@123' }
	assert.deepEqual(await counted(async () => assert.ok((await login(1)).redirect), 'both'), { both: 1 })
	assert.deepEqual(await counted(async () => assert.equal((await login(1, 'Wrong@123')).error, 'credentials'), 'neither'), { neither: 1 })
	assert.deepEqual(await counted(async () => assert.ok((await login(2)).redirect), 'only_here'), { only_here: 1 })
	assert.deepEqual(await counted(async () => assert.equal((await login(4, 'Other@123')).error, 'credentials'), 'only_there'), { only_there: 1 })
	assert.deepEqual(await counted(async () => assert.ok((await login(3)).redirect), 'unknown_there'), { unknown_there: 1 })
	assert.deepEqual(old.bad, [])
	assert.deepEqual(Object.keys(old.asked[0]).sort(), ['legacy_id', 'login_name', 'password', 'source', 'user_type', 'version'].filter((key) => key in old.asked[0]))
	assert.equal(old.asked[0].legacy_id, 'id1')
	const text = await (await broker.get('/metrics')).text()
	assert.match(text, /^yimen_legacy_live_total\{kind="only_here"\} 1$/m)
	assert.equal(figures().mode, 'shadow')
})

test('shadow: nobody waits for it, however slow or wrong it is', async () => {
	for (const how of ['slow', 'an error', 'a redirect', 'too much', 'no signature', 'another nonce', 'yesterday', 'a result of its own']) {
		await recover(1)
		old.passwords = { [phone(1)]: 'Not@12345' }
		old.mode = how
		assert.deepEqual(await counted(async () => assert.ok((await login(1)).redirect, how), 'no_answer'), { no_answer: 1 }, how)
	}
	await recover(1)
})

test('shadow: an old system that is down is left alone for a while, and asked again', async () => {
	await old.down()
	for (let i = 0; i < 3; i++)
		await counted(async () => assert.ok((await login(1)).redirect), 'no_answer')
	assert.ok(figures().not_asked_until)
	assert.deepEqual(await counted(async () => assert.ok((await login(1)).redirect), 'not_asked'), { not_asked: 1 })
	await old.up()
	await recover(1)
})

test('an account that the old system never had is not asked about, nor one whose owner changed the password here', async () => {
	assert.ok((await login('zhangsan', 'Demo@1234')).redirect)
	assert.equal(broker.cli('account', 'set', '--login', phone(5), '--password-file', '-', { input: 'Fresh@1234' }).code, 0)
	assert.ok((await login(5, 'Fresh@1234')).redirect)
	assert.equal((await login('nobody', OLD)).error, 'credentials')
	await sleep(500)
	assert.deepEqual(old.asked, [])
})

test('migrate: who has no password here is asked there, once', async () => {
	await mode({ mode: 'migrate' })
	old.passwords = { [phone(11)]: 'There@123', [phone(2)]: 'Other@123' }
	assert.equal((await login(11, 'Wrong@123')).error, 'credentials')
	assert.equal(broker.show(phone(11)).has_password, false)
	assert.ok((await login(11, 'There@123')).redirect)
	assert.equal(broker.show(phone(11)).has_password, true)
	old.asked = []
	assert.ok((await login(11, 'There@123')).redirect)
	assert.deepEqual(old.asked, [], 'the password is here now')
	assert.equal((await login(12, OLD)).error, 'credentials', 'unknown there')
	assert.ok((await login(2, 'Other@123')).redirect, 'changed there since the import')
	assert.ok((await login(2, 'Other@123')).redirect)
	assert.equal(figures().migrated, 2)
})

test('migrate: an old system that is down locks nobody out, and a wrong password is not what it is called', async () => {
	await recover(13)
	old.passwords = { [phone(13)]: 'There@123' }
	await old.down()
	assert.ok((await login(3)).redirect, 'known here')
	assert.equal((await login(3, 'Wrong@123')).error, 'credentials', 'judged here')
	for (let i = 0; i < 3; i++) {
		const end = await login(13, 'There@123')
		assert.equal(end.error, 'legacy_away')
		assert.equal(end.status, 503)
		assert.ok(Number(end.headers.get?.('retry-after') ?? end.headers['retry-after']) >= 1)
	}
	assert.equal((await login('nobody', 'There@123')).error, 'legacy_away', 'a name that nobody knows gets the same answer')
	assert.ok((await login('zhangsan', 'Demo@1234')).redirect)
	await old.up()
	await until(async () => (await login(13, 'There@123')).redirect, 'it answers again', 10)
})

test('migrate: a lie is no answer, and moves no password', async () => {
	old.passwords = { [phone(14)]: 'There@123' }
	for (const how of ['no signature', 'another nonce', 'yesterday', 'a result of its own', 'too much', 'a redirect']) {
		old.mode = how
		assert.equal((await login(14, 'There@123')).error, 'legacy_away', how)
		await recover(12)
	}
	assert.equal(broker.show(phone(14)).has_password, false)
})

test('migrate: a slow one keeps no other login waiting', async () => {
	old.mode = 'slow'
	const waiting = [14, 15, 16, 12].map((n) => login(n, 'There@123'))
	await until(() => old.asked.length >= 3, 'several wait')
	assert.ok((await login('zhangsan', 'Demo@1234')).redirect)
	const ends = await Promise.all(waiting)
	assert.ok(ends.every((end) => end.error === 'legacy_away'), `${ends}`)
	await recover(12)
})

test('cut: the old system is not asked any more', async () => {
	await mode({ mode: 'cut' })
	old.asked = []
	old.passwords = { [phone(14)]: 'There@123' }
	assert.equal((await login(14, 'There@123')).error, 'credentials')
	assert.ok((await login(11, 'There@123')).redirect)
	await sleep(300)
	assert.deepEqual(old.asked, [])
})

test('the log and the configuration’s print hold no password', () => {
	assert.doesNotMatch(broker.log.join('\n'), /There@123|Old@1234|shadow-secret/)
	for (const [live, problem] of [[{ mode: 'shadow', url: 'http://old.example.cn/' }, /https/], [{ mode: 'migrate', url: undefined }, /url and secret/]]) {
		const good = broker.config

		broker.config = { ...good, legacy_sources: [source(live)] }
		broker.write()
		const result = broker.cli('check-config')
		broker.config = good
		broker.write()
		assert.notEqual(result.code, 0)
		assert.match(result.out + result.err, problem)
	}
})
