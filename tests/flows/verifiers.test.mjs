// SPDX-License-Identifier: Apache-2.0
// Real-name verifiers that play the real ones: each of them, several in their order, hours, quotas, what is remembered, and the test of an administrator.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { AliyunVerifier, ExchangeVerifier, TencentVerifier, verifiers, ZhejiangVerifier } from '../standins/verifiers.mjs'
import { SPOILT } from '../standins/standin.mjs'
import { Broker, CLIENTS, client, freePort, passwordLogin, USCC, yimen } from './harness.mjs'

const ANNA = { name: '张三', id_type: '111', id_number: '11010519491231002X' }
const BERT = { name: '李四', id_type: '111', id_number: '110101197810270029' }
const started = []
const start = async (kind) => {
	const standin = await kind()

	started.push(standin)
	return standin
}
async function broker(realname, more = {}) {
	const made = await Broker.start({ clients: [CLIENTS.public(), client('verified', { type: 'public', require: { realname_level: 2 } })],
		net: { timeout: '1500ms', connect_timeout: '500ms' }, realname: { tries_day: 100, ...realname }, ...more }, [])

	made.allow(/"text":"fetch http/)
	started.push(made)
	return made
}
after(async () => {
	for (const one of started)
		await one.stop()
})

let serial = 0
async function claim(on, values) {
	const login = `person${serial++}`

	on.account({ login })
	const browser = on.browser()
	const page = await passwordLogin(browser, await browser.open(on.client('verified').request().url), { login })
	const end = await browser.submit(page, 'realname', { gender: '', ethnic_code: '', ...values })

	return end.params?.code ? 'verified' : end.html.match(/id="realname-status" data-status="([^"]*)"/)?.[1] ?? `${end}`
}
const asked = (on) => on.events('realname.asked').map((line) => `${line.id}:${line.outcome}`)
const run = promisify(execFile)
const cli = (on, ...args) => run(yimen(), [...args, '--config', on.file]).then(({ stdout }) => JSON.parse(stdout), (error) => ({ code: error.code, err: error.stderr }))

for (const row of verifiers)
	test(`${row.name}: who is registered is verified, another name is not, and an error of its own waits`, async () => {
		const verifier = await start(row.start)
		const on = await broker(verifier.config)

		assert.equal(await claim(on, ANNA), 'verified')
		assert.equal(await claim(on, { ...BERT, name: '李五' }), 'failed')
		verifier.change = { result: row.unknown }
		assert.equal(await claim(on, BERT), 'deferred')
		assert.deepEqual(asked(on), ['default:match', 'default:mismatch', 'default:unavailable'])
		const said = await cli(on, 'verifier', 'test', '--name', BERT.name, '--id-number', BERT.id_number)
		assert.equal(said.outcome, 'unavailable')
		assert.equal(said.code, row.unknown)
		verifier.honest()
		for (const [name, spoil] of Object.entries(SPOILT).filter(([one]) => !/never ends|no answer at all|picture/.test(one))) {
			verifier.spoil = { ask: spoil, person: spoil }
			assert.notEqual((await cli(on, 'verifier', 'test', '--name', BERT.name, '--id-number', BERT.id_number)).outcome, 'match', name)
		}
	})

test('in their order: who cannot be reached is followed by the next; what one denies is final', async () => {
	const dead = { ...(await start(() => AliyunVerifier.start())).config, endpoint: `http://127.0.0.1:${await freePort()}` }
	const tencent = await start(() => TencentVerifier.start()), zhejiang = await start(() => ZhejiangVerifier.start())
	const on = await broker({ verifiers: [{ id: 'dead', ...dead }, { id: 'tencent', ...tencent.config }, { id: 'zhejiang', ...zhejiang.config }] })

	assert.equal(await claim(on, ANNA), 'verified')
	assert.equal(await claim(on, { ...BERT, name: '李五' }), 'failed')
	assert.equal(zhejiang.calls.length, 0)
	tencent.change = { result: '-5' }
	assert.equal(await claim(on, BERT), 'verified', 'who does not know is followed by the next, too')
	assert.deepEqual(asked(on), ['dead:unavailable', 'tencent:match', 'dead:unavailable', 'tencent:mismatch', 'dead:unavailable', 'tencent:not_checkable', 'zhejiang:match'])
})

test('outside of its hours a verifier is not asked; a quota that is used up sends to the next', async () => {
	const [hour] = new Date(Date.now() + 8 * 3600e3).toISOString().slice(11, 13).split(':').map(Number)
	const at = (offset) => `${String((hour + offset) % 24).padStart(2, '0')}:00`
	const closed = await start(() => TencentVerifier.start()), small = await start(() => ZhejiangVerifier.start()), last = await start(() => AliyunVerifier.start())
	const on = await broker({ verifiers: [{ id: 'closed', from: at(3), to: at(5), ...closed.config }, { id: 'small', per_day: 1, ...small.config }, { id: 'last', ...last.config }] })

	assert.equal(await claim(on, ANNA), 'verified')
	assert.equal(await claim(on, BERT), 'verified')
	assert.deepEqual([closed.calls.length, small.calls.length, last.calls.length], [0, 1, 1])
})

test('a match is remembered, a mismatch never; who is removed from the list is not believed any more', async () => {
	const verifier = await start(() => AliyunVerifier.start())
	const on = await broker({ verifiers: [{ id: 'main', remember: '1h', ...verifier.config }] })

	assert.equal(await claim(on, { ...ANNA, name: '李五' }), 'failed')
	assert.equal(await claim(on, { ...ANNA, name: '李五' }), 'failed')
	assert.equal(verifier.calls.length, 2)
	assert.equal(await claim(on, ANNA), 'verified')
	assert.equal(await claim(on, ANNA), 'failed', 'the number is taken; that it matches was known')
	assert.equal(verifier.calls.length, 3)
	assert.equal(on.events('realname.remembered').length, 1)
})

test('a network identity verifies without a number: nothing of what the app sealed is kept, and it stands for one account', async () => {
	const exchange = await start(() => ExchangeVerifier.start())
	const on = await broker(exchange.config, { forms: [{ name: 'realname', fields: [{ name: 'network_auth' }, { name: 'network_photo' }] }] })
	const by = (auth) => claim(on, { gender: null, ethnic_code: null, network_auth: auth, network_photo: 'cGhvdG8=' })

	assert.equal(await by('sealed-anna'), 'verified')
	assert.equal(await by('forged'), 'failed')
	assert.equal(await by('sealed-anna'), 'failed', 'it is somebody already')
	assert.equal(await by('sealed-bert'), 'verified')
	assert.deepEqual(exchange.asked(), ['network', 'network', 'network', 'network'])
	assert.ok(!on.log.join('\n').includes('sealed-'), 'nor does it stand in the log')

	on.account({ login: 'carl' })
	const browser = on.browser()
	const page = await passwordLogin(browser, await browser.open(on.client('verified').request().url), { login: 'carl' })
	assert.match(page.html, /<h1>国家网络身份认证<\/h1>[^]*id="guide"/, 'the page says how it is done')
	assert.doesNotMatch(page.html, /id="id_number"/)
})

test('a wrong key says so in the test of an administrator; the four elements of a unit are asked for', async () => {
	const aliyun = await start(() => AliyunVerifier.start()), tencent = await start(() => TencentVerifier.start()), zhejiang = await start(() => ZhejiangVerifier.start())
	const exchange = await start(() => ExchangeVerifier.start())
	const on = await broker({ verifiers: [{ id: 'aliyun', ...aliyun.config, access_key_secret: 'mistyped' }, { id: 'tencent', ...tencent.config, secret_key: 'mistyped' },
		{ id: 'zhejiang', ...zhejiang.config, service_password: 'mistyped' }, { id: 'exchange', ...exchange.config }] })
	const ask = (id, ...more) => cli(on, 'verifier', 'test', '--verifier', id, '--name', BERT.name, '--id-number', BERT.id_number, ...more)

	for (const [id, code, advice] of [['aliyun', 'SignatureDoesNotMatch', /AccessKey Secret/], ['tencent', 'AuthFailure.SignatureFailure', /SecretKey/], ['zhejiang', '9901', /service_password/]]) {
		const said = await ask(id)

		assert.deepEqual([said.outcome, said.code], ['unavailable', code])
		assert.match(said.advice_zh, advice)
	}
	assert.equal((await ask('exchange', '--uscc', USCC, '--unit-name', '演示科技有限公司')).outcome, 'match')
	assert.equal((await ask('exchange', '--uscc', USCC, '--unit-name', '另一家公司')).outcome, 'mismatch')
	assert.equal((await ask('aliyun', '--uscc', USCC, '--unit-name', '演示科技有限公司')).outcome, 'not_checkable')
	assert.match((await ask('nobody')).err, /verifier/)
})
