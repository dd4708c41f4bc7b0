// SPDX-License-Identifier: Apache-2.0
// Webhooks: what business systems are told, in order, signed, again after a failure, and from where it stopped after a restart.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { Browser } from './browser.mjs'
import { Broker, CLIENTS, USCC, client, freePort, passwordLogin, sleep, until } from './harness.mjs'

const KEY = 'demo-webhook-secret-0123456789'

/** A business system that keeps what it is told; `answer` says with which status. */
async function receiver() {
	const port = await freePort()
	const posts = []
	const self = { url: `http://127.0.0.1:${port}/hook`, posts, answer: () => 204 }
	const server = createServer((request, response) => {
		const parts = []

		request.on('data', (part) => parts.push(part))
		request.on('end', () => {
			const post = { method: request.method, headers: request.headers, body: Buffer.concat(parts).toString() }

			post.status = self.answer(post)
			posts.push(post)
			if (post.status)
				response.writeHead(post.status).end()
		})
	})

	await new Promise((done) => server.listen(port, '127.0.0.1', done))
	self.close = () => new Promise((done) => { server.closeAllConnections(); server.close(done) })
	return self
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function verify(post, key) {
	const id = post.headers['webhook-id'], timestamp = post.headers['webhook-timestamp']
	const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${post.body}`).digest('base64')

	assert.equal(post.headers['webhook-signature'], `v1,${expected}`)
	assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60)
	assert.equal(post.headers['content-type'], 'application/json')
	return { id, ...JSON.parse(post.body) }
}

async function withReceiver(work, webhook = {}, config = {}) {
	const to = await receiver()
	const mine = { id: 'business', url: to.url, secret: KEY, ...webhook }
	const broker = await Broker.start({ ...config, webhooks: [...(config.webhooks ?? []), mine] })

	try {
		await sleep(700) // a receiver is told of what happens after it was first seen
		await work(broker, to)
	} finally {
		await broker.stop()
		await to.close()
	}
}
const types = (to) => to.posts.filter((post) => post.status < 300).map((post) => JSON.parse(post.body).type)

test('a change is told, signed, with the sub that the receiver knows and nothing more about the person', () => withReceiver(async (broker, to) => {
	broker.account({ login: 'lisi', phone: '13900139000', name: '李四' })
	broker.set('lisi', { status: 'disabled' })
	broker.set('lisi', { status: 'active' })
	await until(() => to.posts.length >= 3, 'three posts')
	const told = to.posts.map((post) => verify(post, KEY))
	assert.deepEqual(told.map((event) => event.type), ['user.created', 'user.disabled', 'user.enabled'])
	assert.equal(new Set(told.map((event) => event.id)).size, 3)
	const { identity } = broker.show('lisi')
	assert.deepEqual(told[1].data, { sub: identity, user_type: 'natural', account_status: 'disabled' })
	assert.match(told[0].timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
	for (const post of to.posts)
		assert.doesNotMatch(post.body, /李四|13900139000|lisi/)
}))

test('units, memberships and grants: each change is told, in order, with the unit that it is about', () => withReceiver(async (broker, to) => {
	const cli = (...args) => assert.equal(broker.cli(...args).code, 0, args.join(' '))
	const { id } = broker.cli('unit', 'show', '--uscc', USCC).json
	const { identity } = broker.show('zhangsan')

	cli('unit', 'appoint', '--uscc', USCC, '--login', 'zhangsan', '--role', 'member')
	cli('grant', 'add', '--login', 'zhangsan', '--uscc', USCC, '--subsystem', 'gaoqi')
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/choose-unit`))
	const leave = page.html.match(/id="(leave-[^"]+)"/)[1]
	await browser.submit(page, leave, { do: 'leave' })
	cli('unit', 'suspend', '--uscc', USCC)
	cli('unit', 'resume', '--uscc', USCC)
	cli('unit', 'dissolve', '--uscc', USCC)
	const want = ['membership.active', 'grant.changed', 'grant.changed', 'membership.ended', 'unit.suspended', 'unit.effective', 'unit.dissolved']
	await until(() => types(to).filter((type) => want.includes(type)).length >= want.length, 'all of them')
	const told = to.posts.map((post) => verify(post, KEY)).filter((event) => want.includes(event.type))
	assert.deepEqual(told.map((event) => event.type), want)
	for (const { type, data } of told)
		assert.equal(data.unit, id, type)
	assert.deepEqual(told.slice(0, 4).map(({ data }) => [data.sub, data.subsystem, data.role, data.status]), [[identity, undefined, 'member', 'active'],
		[identity, 'gaoqi', undefined, 'active'], [identity, 'gaoqi', undefined, 'revoked'], [identity, undefined, 'member', 'ended']])
	assert.deepEqual(told.slice(4).map(({ data }) => [data.uscc, data.status]), [[USCC, 'suspended'], [USCC, 'effective'], [USCC, 'dissolved']])
}, {}, { subsystems: [{ id: 'gaoqi', name: { zh: '高企认定' } }] }))

test('people: whoever begins with a phone is told of, and verified, closed, changed', () => withReceiver(async (broker, to) => {
	const browser = broker.browser()
	const login = await browser.open(broker.client('demo-public').request().url)
	const end = await browser.phoneLogin(login, broker, '13911112222')

	assert.ok(end.params?.code, `${end}`)
	broker.account({ login: 'lisi' })
	broker.set('lisi', { 'realname-level': 2 })
	const changed = broker.cli('account', 'set', '--login', 'lisi', '--password-file', '-', { input: 'Other@1234' })
	assert.equal(changed.code, 0, changed.err)
	const want = ['user.created', 'user.created', 'realname.verified', 'password.changed']
	await until(() => types(to).length >= want.length, 'all of them')
	assert.deepEqual(types(to), want)
}, {}, { clients: [CLIENTS.public()], registration: { natural: { open: false } } }))

test('who closes the account is told of once, after the memberships that end with it, by the sub that systems know', () => withReceiver(async (broker, to) => {
	const { id } = broker.cli('unit', 'show', '--uscc', USCC).json
	const { identity } = broker.show('zhangsan')

	assert.equal(broker.cli('unit', 'appoint', '--uscc', USCC, '--login', 'zhangsan', '--role', 'member').code, 0)
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/account/close`))
	assert.match((await browser.submit(page, 'close', { agree: null })).html, /id="agree-error"/)
	assert.equal((await browser.submit(page, 'close', { agree: 'yes' })).name, 'logged-out')
	assert.equal((await browser.submit(page, 'close', { agree: 'yes' })).name, 'login', 'a second click')
	await until(() => types(to).includes('user.closed'), 'the end')
	await sleep(700)
	const told = to.posts.map((post) => verify(post, KEY))
	assert.deepEqual(told.map(({ type }) => type), ['membership.changed', 'membership.active', 'membership.ended', 'user.closed'])
	assert.deepEqual([told[2].data.unit, told[2].data.sub, told[2].data.status], [id, identity, 'ended'])
	assert.deepEqual(told[3].data, { sub: identity, user_type: 'natural', account_status: 'closed' })
	for (const post of to.posts)
		assert.doesNotMatch(post.body, /张三|13800138000|zhangsan/)
}))

test('the first login from another platform begins an account, and that is told; the next one is not', async () => {
	const port = await freePort()
	const province = await Broker.start({
		clients: [{ id: 'yimen', name: { zh: '一门' }, secret: 'demo-province-secret', redirect_uris: [`http://127.0.0.1:${port}/login/province/callback`],
			scopes: ['openid', 'profile'], consent: 'skip' }],
	}, [{ login: 'lisi', name: '李四' }])

	try {
		await withReceiver(async (broker, to) => {
			const subs = []

			for (let i = 0; i < 2; i++) {
				const browser = new Browser([broker.issuer, province.issuer])
				const { claims } = await broker.client('demo-public').login(browser, { login: async (page) =>
					passwordLogin(browser, await browser.click(page, 'provider-province'), { login: 'lisi' }) })

				subs.push(claims.sub)
			}
			broker.set('zhangsan', { status: 'disabled' })
			await until(() => types(to).includes('user.disabled'), 'what happened after both')
			const told = to.posts.map((post) => verify(post, KEY))
			assert.deepEqual(told.map(({ type }) => type), ['user.created', 'user.disabled'])
			assert.deepEqual(told[0].data, { sub: subs[0], user_type: 'natural', account_status: 'active' })
			assert.equal(subs[1], subs[0])
			assert.doesNotMatch(to.posts[0].body, /李四|lisi/)
		}, {}, { port, clients: [CLIENTS.public()],
			providers: [{ id: 'province', type: 'oidc', title: { zh: '省平台' }, issuer: province.issuer, client_id: 'yimen', client_secret: 'demo-province-secret' }] })
	} finally {
		await province.stop()
	}
})

test('a pairwise client is told its own sub', () => withReceiver(async (broker, to) => {
	broker.set('zhangsan', { status: 'disabled' })
	await until(() => to.posts.length, 'a post')
	const { identity } = broker.show('zhangsan')
	const { data } = verify(to.posts[0], KEY)
	assert.notEqual(data.sub, identity)
	assert.match(data.sub, /^[\w-]{20,43}$/)
}, { client: 'apart' }, { clients: [client('apart', { secret: 'demo-apart-secret', subject: 'pairwise' })] }))

test('only what was asked for is told, and a secret may be base64', async () => {
	const key = randomBytes(24)

	await withReceiver(async (broker, to) => {
		broker.account({ login: 'lisi', phone: '13900139000' })
		broker.set('lisi', { status: 'disabled' })
		await until(() => to.posts.length, 'a post')
		await sleep(700)
		assert.deepEqual(types(to), ['user.disabled'])
		verify(to.posts[0], key)
	}, { events: ['user.disabled'], secret: `whsec_${key.toString('base64')}` })
})

test('what is refused comes again, in order, with the same id', () => withReceiver(async (broker, to) => {
	let refuse = true

	to.answer = () => (refuse ? 500 : 200)
	broker.account({ login: 'lisi', phone: '13900139000' })
	broker.set('lisi', { status: 'disabled' })
	await until(() => to.posts.length, 'the first attempt')
	await sleep(1200)
	assert.equal(to.posts.length, 1, 'the second event waits behind the first')
	refuse = false
	await until(() => types(to).length === 2, 'both', 20)
	assert.deepEqual(types(to), ['user.created', 'user.disabled'])
	assert.equal(to.posts[0].headers['webhook-id'], to.posts[1].headers['webhook-id'])
}))

test('what happened while the broker was down or the receiver away is told afterwards, once', () => withReceiver(async (broker, to) => {
	broker.account({ login: 'lisi', phone: '13900139000' })
	await until(() => to.posts.length === 1, 'the first')
	// Killed before it has kept that the post was taken, it rightly posts again.
	await until(() => broker.cli('webhook', 'list').json?.webhooks.every((one) => one.waiting === 0), 'settled')
	await broker.kill()
	broker.set('lisi', { status: 'disabled' })
	await broker.run()
	await until(() => to.posts.length >= 2, 'the second')
	await sleep(700)
	assert.deepEqual(types(to), ['user.created', 'user.disabled'])
}))

test('an event that is never taken is given up on after its time, and the next one has its turn', () => withReceiver(async (broker, to) => {
	to.answer = (post) => (JSON.parse(post.body).type === 'user.created' ? 400 : 200)
	broker.account({ login: 'lisi', phone: '13900139000' })
	broker.set('lisi', { status: 'disabled' })
	await until(() => types(to).length, 'the second event', 20)
	assert.deepEqual(types(to), ['user.disabled'])
	assert.equal(to.posts.length, 3, 'two attempts for the first')
}, {}, { events: { give_up_after: '1s' } }))

test('the operator sees how far a receiver is, and has it told again', () => withReceiver(async (broker, to) => {
	broker.account({ login: 'lisi', phone: '13900139000' })
	broker.set('lisi', { status: 'disabled' })
	await until(() => to.posts.length === 2, 'both')
	const [state] = await until(() => broker.cli('webhook', 'list').json?.webhooks.filter((one) => one.waiting === 0), 'settled')
	assert.deepEqual([state.id, state.settled, state.given_up, state.attempts], ['business', 4, 0, 0]) // the configured unit and zhangsan came before its time
	assert.equal(broker.cli('webhook', 'replay', '--id', 'business', '--from', '4').code, 0)
	await until(() => to.posts.length === 3, 'the second again')
	assert.equal(to.posts[1].headers['webhook-id'], to.posts[2].headers['webhook-id'])
	for (const wrong of [['--id', 'nobody', '--from', '1'], ['--id', 'business', '--from', '9'], ['--id', 'business', '--from', '0'], ['--id', 'business', '--from', '4x'], ['--id', 'business']])
		assert.notEqual(broker.cli('webhook', 'replay', ...wrong).code, 0, wrong.join(' '))
}))

test('a receiver that hangs does not hold up another', async () => {
	const slow = await receiver()

	slow.answer = () => 0 // never answers
	try {
		await withReceiver(async (broker, to) => {
			broker.account({ login: 'lisi', phone: '13900139000' })
			await until(() => to.posts.length, 'the post to the other', 10)
			broker.allow(/fetch .*timed out/)
		}, {}, { net: { timeout: '1s', connect_timeout: '1s' }, webhooks: [{ id: 'slow', url: slow.url, secret: 'demo-slow-secret-0123456789' }] })
	} finally {
		await slow.close()
	}
})
