// SPDX-License-Identifier: Apache-2.0
// Imported digests at rest: weak ones are wrapped in the background, logging in with a wrapped one costs one computation more once, pausing outlives a
// restart, and what nobody claimed in time is destroyed.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Broker, USCC, passwordLogin, sleep, until } from './harness.mjs'

const OLD = 'Old@1234'
const hash = (name, ...parts) => createHash(name).update(parts.join('')).digest('hex')
const HEADER = 'kind,legacy_id,login_name,name,phone,scheme,digest,salt\n'
const row = (id, login, scheme, digest, salt = '') => `individual,${id},${login},某人,${login},${scheme},${digest},${salt}\n`
const phone = (n) => `139000010${String(n).padStart(2, '0')}`

let broker
const status = (...options) => {
	const result = broker.cli('legacy', 'wrap', ...options)

	assert.equal(result.code, 0, result.err)
	return result.json
}
const settled = () => until(() => {
	const now = status()

	return now.waiting === 0 && !now.working && now
}, 'everything wrapped', 40)
const metric = async (name) => Number((await (await broker.get('/metrics')).text()).match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1])

async function login(login_, { password = OLD, namespace = 'natural' } = {}) {
	const browser = broker.browser()

	return passwordLogin(browser, await browser.open(broker.client('demo-public').request().url), { login: login_, namespace, password })
}

before(async () => {
	broker = await Broker.start({ login: { tries: 100, address_tries: 10000 } }, [{ login: 'zhangsan', phone: '13800138000' }, { login: phone(7), namespace: 'legal', unit: USCC }])
})
after(() => broker.stop())

const SCHEMES = [
	['md5 of password and salt', 1, 'hex(md5(p.s))', hash('md5', OLD, 'abc'), 'abc'],
	['md5 in capitals', 2, 'md5-upper', hash('md5', OLD).toUpperCase(), ''],
	['user name, password and salt', 3, 'ruoyi-shiro', hash('md5', phone(3), OLD, 'f1e2'), 'f1e2'],
	['what the browser hashed before', 4, 'hex(md5(p)) | sha256-ps', hash('sha256', hash('md5', OLD), 'xy'), 'xy'],
	['a text with its own salt', 5, 'ldap', `{SSHA}${Buffer.concat([createHash('sha1').update(`${OLD}salt`).digest(), Buffer.from('salt')]).toString('base64')}`, ''],
	['sm3', 6, 'sm3-salt', hash('sm3', OLD, 'q'), 'q'],
]

test('rows of many schemes are imported and wrapped without being asked for', async () => {
	assert.equal(broker.legacy(HEADER + SCHEMES.map(([, n, ...scheme]) => row(`s${n}`, phone(n), ...scheme)).join('')).code, 0)
	// the name is taken in the other namespace: the account becomes HJ_…, and the old system hashed the old name
	assert.deepEqual(broker.legacy(HEADER + row('prefixed', phone(7), 'ruoyi-shiro', hash('md5', phone(7), OLD, 'zz'), 'zz')).counts, { P3: 1 })
	const now = await until(() => { const all = status('--status'); return all.wrapped >= 7 && all }, 'seven wrapped')
	assert.equal(now.wrapped, 7)
	assert.equal(now.unfit, 0)
	assert.ok(now.rows_per_core_second > 0, JSON.stringify(now))
	assert.equal(now.paused, false)
	assert.equal(await metric('yimen_legacy_wrap_wrapped_total'), 7)
})

for (const [name, n] of [...SCHEMES, ['user name of an account that was renamed', 7]])
	test(`a wrapped digest opens, and costs one computation more, once: ${name}`, async () => {
		const who = n === 7 ? `HJ_${phone(7)}` : phone(n)
		const cost = async (work) => {
			const earlier = await metric('yimen_password_computations_total')

			await work()
			return await metric('yimen_password_computations_total') - earlier
		}
		const native = await cost(async () => assert.ok((await login('zhangsan', { password: 'Demo@1234' })).redirect))

		assert.equal(native, 1)
		assert.equal(await cost(async () => assert.equal((await login(who, { password: 'Wrong@123' })).error, 'credentials')), 1, 'a wrong one')
		assert.ok(broker.show(who).legacy_scheme)
		assert.equal(await cost(async () => assert.ok((await login(who)).redirect)), native + 1, 'the first time')
		assert.ok(!broker.show(who).legacy_scheme)
		assert.equal(await cost(async () => assert.ok((await login(who)).redirect)), native, 'afterwards')
	})

test('paused it rests, also after a restart; resumed it goes on', async () => {
	assert.equal(status('--pause').paused, true)
	assert.equal(broker.legacy(HEADER + row('later', phone(11), 'hex(md5(p.s))', hash('md5', OLD, 'a'), 'a')).code, 0)
	await sleep(1200)
	const { wrapped } = status()
	await broker.kill()
	assert.deepEqual(broker.cli('legacy', 'wrap').json, { running: false, paused: true, waiting: 1 }, 'without a daemon it is counted')
	await broker.run()
	await sleep(1200)
	assert.equal(status().wrapped, 0, `before: ${wrapped}`)
	assert.ok((await login(phone(11))).redirect, 'a bare digest opens as well')
	assert.equal(broker.legacy(HEADER + row('later2', phone(12), 'hex(md5(p.s))', hash('md5', OLD, 'b'), 'b')).code, 0)
	assert.equal(status('--resume').paused, false)
	await settled()
	assert.equal(status().wrapped, 1)
	assert.ok((await login(phone(12))).redirect)
})

test('killed at any time, the next one does the rest', async () => {
	const many = Array.from({ length: 60 }, (_, i) => row(`k${i}`, `1380000${String(1000 + i)}`, 'hex(md5(p.s))', hash('md5', OLD, `s${i}`), `s${i}`))

	assert.equal(broker.legacy(HEADER + many.join('')).code, 0)
	await until(() => status().wrapped > 1, 'some are done')
	await broker.kill()
	await broker.run()
	await settled()
	await broker.kill()
	assert.equal(broker.cli('legacy', 'wrap').json.waiting, 0, 'no bare digest rests')
	assert.equal(broker.cli('store', 'check').code, 0)
	await broker.run()
	assert.ok((await login('13800001059')).redirect)
})

/** The processes that hash: children of the supervisor, which is the parent of the front. */
function hashers() {
	const supervisor = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${broker.pid('front')}/status`, 'utf8'))[1]
	const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ')

	return children.filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'yimen-hash\n').map(Number)
}

test('hashes are computed in a process of their own, of the lowest priority; while there is work; one that is killed is replaced', async () => {
	const many = Array.from({ length: 40 }, (_, i) => row(`h${i}`, `1380001${String(1000 + i)}`, 'hex(md5(p.s))', hash('md5', OLD, `s${i}`), `s${i}`))
	const { wrapped } = status()

	assert.equal(broker.legacy(HEADER + many.join('')).code, 0)
	await until(() => hashers().length, 'it is there')
	const [first] = hashers()
	assert.equal(hashers().length, 1)
	assert.equal(readFileSync(`/proc/${first}/stat`, 'utf8').split(' ')[18], '19')
	process.kill(first, 'SIGKILL')
	await until(() => status().wrapped === wrapped + 40, 'all are wrapped', 40)
	await until(() => !hashers().length, 'it goes when there is nothing to do')
	assert.equal(status().waiting, 0)
	assert.ok((await login('13800011039')).redirect)
})

test('what nobody claimed in time is destroyed, said in the audit trail, and the way in is recovery', async () => {
	assert.equal(broker.legacy(HEADER + row('gone', phone(21), 'hex(md5(p.s))', hash('md5', OLD, 'a'), 'a') +
		row('used', phone(22), 'hex(md5(p.s))', hash('md5', OLD, 'a'), 'a')).code, 0)
	assert.ok((await login(phone(22))).redirect)
	await sleep(1100)
	broker.reload({ legacy_sources: [{ ...broker.config.legacy_sources[0], unclaimed_life: '1s' }] })
	await until(() => broker.events('reload.done').length, 'the reload')
	status('--now')
	await until(() => status().destroyed >= 1, 'one destroyed')
	await settled()
	assert.ok(!broker.show(phone(21)).legacy_scheme)
	const end = await login(phone(21))
	assert.equal(end.error, 'credentials', 'the ordinary text')
	assert.ok((await login(phone(22))).redirect, 'who had used theirs keeps it')
	assert.equal(broker.cli('store', 'check').code, 0)
})
