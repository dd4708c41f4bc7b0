// SPDX-License-Identifier: Apache-2.0
// Importing old accounts as an operator does it: formats and character sets, sources that only wait for claims, corrections, taking a file back,
// telling why, and being killed anywhere. What each outcome leaves behind is in legacy.test.mjs.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, passwordLogin, sleep, yimen } from './harness.mjs'

const OLD = 'Old@1234'
const md5 = (salt) => createHash('md5').update(OLD + salt).digest('hex')
const COLUMNS = ['kind', 'legacy_id', 'login_name', 'user_type', 'name', 'phone', 'id_type', 'id_number', 'digest', 'salt']
const csv = (rows) => [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((c) => row[c] ?? '').join(','))].join('\n') + '\n'
const jsonl = (rows) => rows.map((row) => JSON.stringify(row)).join('\n') + '\n'
const person = (id, phone, more = {}) => ({ kind: 'individual', legacy_id: id, login_name: `old-${id}`, name: '王小明', phone, digest: md5('s'), salt: 's', ...more })
const U = '91110108MA01ET88XL'
const GB = { 王: [0xcd, 0xf5], 小: [0xd0, 0xa1], 明: [0xc3, 0xf7], 镕: [0xe9, 0x46], '𠀀': [0x95, 0x32, 0x82, 0x36] } // GB 18030: two bytes, four for the last
const gb18030 = (text) => Buffer.from([...text].flatMap((c) => GB[c] ?? [...Buffer.from(c)]))
const CONFIG = { legacy_sources: [
	{ id: 'torch', scheme: 'md5-ps' },
	{ id: 'zhengzhou', scheme: 'md5-ps', accounts: 'claim', user_types: [{ id: 'declarer' }, { id: 'expert' }] },
] }

let broker
before(async () => {
	broker = await Broker.start(CONFIG)
})
after(() => broker.stop())

let files = 0
function write(of, content) {
	const file = join(of.dir, `old-${files++}`)

	writeFileSync(file, content)
	return file
}

function run(content, { source = 'torch', of = broker } = {}, ...options) {
	const result = of.cli('legacy', 'import', '--source', source, '--json', ...options, write(of, content))

	return { ...result, ...result.json }
}

function counts(content, ...more) {
	const result = run(content, ...more)

	assert.equal(result.code, 0, result.err)
	return result.counts
}

function explain(key, source = 'torch', of = broker) {
	const result = of.cli('legacy', 'explain', '--source', source, '--json', key)

	assert.equal(result.code, 0, result.err)
	return result.json.records
}

async function login(name, { password = OLD, namespace = 'natural', of = broker } = {}) {
	const browser = of.browser()

	return passwordLogin(browser, await browser.open(of.client('demo-public').request().url), { login: name, namespace, password })
}

/** What an account's owner is told of it, which claims it. */
async function nameOf(name) {
	const client = broker.client('demo-public')
	const browser = broker.browser()
	const { tokens } = await client.login(browser, { scope: 'openid profile', login: (page) => passwordLogin(browser, page, { login: name, namespace: 'natural', password: OLD }) })

	return (await client.userinfo(tokens.access_token)).json.name
}

test('JSON Lines: numbers are text, null is nothing, and the outcome is that of CSV', () => {
	assert.deepEqual(counts(jsonl([person(4711, '13500000001', { salt: 's', user_type: null }), person('j2', '13500000002')])), { P1: 2 })
	assert.equal(explain('4711')[0].outcome, 'P1')
})

test('JSON Lines: a member that is no column is refused before anything goes in', () => {
	const result = run(jsonl([person('j3', '13500000003', { colour: 'red' })]))

	assert.notEqual(result.code, 0)
	assert.match(result.err, /line 1 has a member that is no column/)
})

test('broken lines are in the file of rejects as they stand in the file, the rest goes in', () => {
	const rejects = join(broker.dir, 'rejects-jsonl')
	const bad = ['{"kind":"individual"', '{"kind":"individual","legacy_id":"x","legacy_id":"y"}', '{"kind":"individual","legacy_id":"j5","phone":["1"]}',
		JSON.stringify(person('j6', '123'))]

	assert.deepEqual(counts(jsonl([person('j4', '13500000004')]) + bad.join('\n') + '\n', {}, '--rejects', rejects), { P1: 1, REJECTED: 4 })
	const lines = readFileSync(rejects, 'utf8').trim().split('\n')
	assert.equal(lines[0], 'line,reason,row')
	assert.deepEqual(lines.slice(1).map((line) => line.split(',').slice(0, 2).join()), ['2,json', '3,json', '4,value', '5,phone'])
	assert.ok(lines[1].includes('"{""kind"":""individual"""'), lines[1])
})

for (const [name, content, options] of [
	['GB 18030 in CSV, found out', (rows) => gb18030(csv(rows)), []],
	['GB 18030 in JSON Lines, where a backslash may be half a character', (rows) => gb18030(jsonl(rows)), []],
	['GB 18030, told', (rows) => gb18030(csv(rows)), ['--encoding', 'gbk']],
	['UTF-8 with its mark', (rows) => '\ufeff' + csv(rows), []],
	['UTF-8 JSON Lines with the mark, told', (rows) => '\ufeff' + jsonl(rows), ['--encoding', 'utf-8', '--format', 'jsonl']],
]) {
	test(name, async () => {
		const id = `code-${files}`
		const phone = `1350001${String(files).padStart(4, '0')}`

		assert.deepEqual(counts(content([person(id, phone, { name: '王小明镕𠀀' })]), {}, ...options), { P1: 1 })
		assert.equal(await nameOf(phone), '王小明镕𠀀')
	})
}

test('UTF-16, an unknown character set and an unknown format are said', () => {
	assert.match(run(Buffer.from('\ufeffkind,legacy_id\n', 'utf16le')).err, /UTF-16/)
	assert.match(run('kind,legacy_id\n', {}, '--encoding', 'big5').err, /big5 is no character set/)
	assert.match(run('kind,legacy_id\n', {}, '--format', 'xml').err, /xml is no format/)
	assert.match(run(gb18030('kind,legacy_id,phone,name\nindividual,u1,13500000009,王\n'), {}, '--encoding', 'utf-8').err, /line 2: utf8/)
})

test('a source that only waits for claims keeps its rows: no account, whatever is taken, one phone for declarer and expert', async () => {
	broker.account({ login: '13600000001' })
	const rows = [person('z1', '13600000001', { user_type: 'declarer' }), person('z2', '13600000001', { user_type: 'expert' }),
		person('z3', 'no phone', { id_type: '111', id_number: '130503670401001' }), { kind: 'enterprise', legacy_id: 'z4', login_name: 'firm', digest: md5('s'), salt: 's' }]

	assert.deepEqual(counts(csv(rows), { source: 'zhengzhou' }), { KEPT: 4 })
	assert.deepEqual(counts(csv(rows), { source: 'zhengzhou' }), { UNCHANGED: 4 })
	assert.notEqual(broker.cli('account', 'show', '--login', 'old-z1').code, 0)
	assert.deepEqual(explain('13600000001', 'zhengzhou').map((row) => [row.user_type, row.outcome, row.state, row.claimed]),
		[['declarer', 'KEPT', 'unbound', false], ['expert', 'KEPT', 'unbound', false]])
	assert.deepEqual(explain('z3', 'zhengzhou')[0].dropped, ['phone'])
	assert.equal(explain('firm', 'zhengzhou')[0].legacy_id, 'z4')
	assert.equal((await login('old-z1')).error, 'credentials')
})

test('one phone for declarer and expert, where accounts are made: the second is suggested to the first', () => {
	assert.deepEqual(counts(csv([person('d1', '13600000002', { user_type: 'declarer' }), person('d2', '13600000002', { user_type: 'expert' })])), { P1: 1, P2: 1 })
	const [first, second] = explain('13600000002')
	assert.deepEqual([first.state, first.claimed, second.state, second.account.login_name], ['bound', true, 'suggested', '13600000002'],
		'what another row hangs on is not taken back')
})

test('why a row went where it went: a squatter, a credit code that is a login name', () => {
	broker.account({ login: 'HJ_13600000011' })
	broker.account({ login: '13600000012' })
	broker.account({ login: U })
	const enterprise = { kind: 'enterprise', legacy_id: 'e1', login_name: U, name: '海淀公司', digest: md5('s'), salt: 's' }

	assert.deepEqual(counts(csv([person('w1', '13600000011'), person('w2', '13600000012'), enterprise])), { P1: 1, P2: 1, E3: 1 })
	const facts = (key) => explain(key)[0].facts.map((fact) => fact.fact)
	assert.deepEqual(facts('w1'), ['prefixed_is_taken'])
	assert.deepEqual(facts('13600000012'), ['natural_login_is_key'])
	const [row] = explain(U)
	assert.deepEqual([row.outcome, row.account.login_name, row.account.made_by_import, row.facts[0].fact], ['E3', `HJ_${U}`, true, 'natural_login_is_key'])
	assert.match(row.rule, /prefixed name/)
	const shown = broker.cli('legacy', 'explain', '--source', 'torch', 'old-w2')
	assert.match(shown.out, /outcome: P2[\s\S]*the import found: a natural account has the key as its login name[\s\S]*now: suggested, nobody has it yet/)
	assert.notEqual(broker.cli('legacy', 'explain', '--source', 'torch', 'nobody').code, 0)
	assert.notEqual(broker.cli('legacy', 'explain', '--source', 'nowhere', 'w1').code, 0)
})

test('a correction changes what nobody has yet: name, hash, and the key itself', async () => {
	assert.deepEqual(counts(csv([person('c1', '13600000021', { digest: md5('wrong') }), person('c2', '13600000022')])), { P1: 2 })
	assert.equal((await login('13600000021')).error, 'credentials', 'the file had the wrong hashes')
	assert.deepEqual(counts(csv([person('c1', '13600000021', { name: '李四' }), person('c2', '13600000023')])), { CORRECTED: 2 })
	assert.notEqual(broker.cli('account', 'show', '--login', '13600000022').code, 0, 'the account of the old key is gone')
	assert.equal(await nameOf('13600000021'), '李四')
	assert.ok((await login('13600000023')).redirect)
	const [row] = explain('c1')
	assert.deepEqual(row.history.filter((event) => event.what === 'corrected').map((event) => event.evidence.columns), [['name', 'digest']])
	assert.ok(row.changed_at)
})

test('an empty column corrects nothing', async () => {
	assert.deepEqual(counts(csv([person('c3', '13600000024')])), { P1: 1 })
	assert.deepEqual(counts('kind,legacy_id,phone\nindividual,c3,13600000024\n'), { UNCHANGED: 1 })
	assert.deepEqual(counts('kind,legacy_id,phone,user_type\nindividual,c3,13600000024,expert\n'), { CORRECTED: 1 })
	assert.equal(await nameOf('13600000024'), '王小明')
})

test('a correction of what somebody has is only reported', async () => {
	const rejects = join(broker.dir, 'rejects-claimed')

	assert.deepEqual(counts(csv([person('c5', '13600000025')])), { P1: 1 })
	assert.ok((await login('13600000025')).redirect)
	assert.deepEqual(counts(csv([person('c5', '13600000025', { name: '别人' })]), {}, '--rejects', rejects), { CLAIMED: 1 })
	assert.equal(await nameOf('13600000025'), '王小明')
	assert.match(readFileSync(rejects, 'utf8'), /^2,claimed,"individual,c5/m)
	assert.deepEqual(counts(csv([person('c5', '13600000025')])), { UNCHANGED: 1 }, 'its hash is upgraded, and that is no correction')
})

test('a file is taken back while nobody has what it made, and can go in again', async () => {
	const rows = csv([...Array.from({ length: 250 }, (_, i) => person(`u${i}`, `1361${String(i).padStart(7, '0')}`)),
		{ kind: 'enterprise', legacy_id: 'ue', login_name: '9111010800002K5M8T', name: '乙公司', digest: md5('s'), salt: 's' },
		person('again', '13610000000')])

	assert.deepEqual(counts(rows, {}, '--batch', 'first'), { P1: 250, E1: 1, P2: 1 })
	assert.ok((await login('13610000007')).redirect)
	const dry = broker.cli('legacy', 'undo', '--batch', 'first', '--dry-run', '--json').json
	assert.ok(dry.taken >= 250 && dry.dry_run, JSON.stringify(dry))
	assert.ok((await login('13610000008')).redirect, 'nothing was changed')
	const undone = broker.cli('legacy', 'undo', '--batch', 'first', '--json').json
	assert.deepEqual([undone.taken, undone.accounts, undone.units, undone.bindings], [250, 249, 1, 250])
	assert.deepEqual(undone.stay.map((row) => row.legacy_id).sort(), ['u7', 'u8'])
	assert.notEqual(broker.cli('account', 'show', '--login', '13610000009').code, 0)
	assert.notEqual(broker.cli('unit', 'show', '--uscc', '9111010800002K5M8T').code, 0)
	assert.ok((await login('13610000007')).redirect, 'what somebody has stays')
	assert.equal(broker.cli('legacy', 'batches', '--json').json.batches.find((batch) => batch.batch === 'first').status, 'undone')
	assert.deepEqual(broker.cli('legacy', 'undo', '--batch', 'first', '--json').json.taken, 0, 'twice is once')
	assert.deepEqual(counts(rows), { P1: 248, E1: 1, P2: 1, UNCHANGED: 2 })
	assert.notEqual(run(rows, {}, '--batch', 'first').code, 0, 'a name is used once')
	assert.notEqual(broker.cli('legacy', 'undo', '--batch', 'nobody').code, 0)
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('batches are listed with what they did', () => {
	assert.deepEqual(counts(csv([person('b1', '13620000001'), person('b2', '1')]), {}, '--batch', 'listed'), { P1: 1, REJECTED: 1 })
	const batch = broker.cli('legacy', 'batches', '--source', 'torch', '--json').json.batches.find((one) => one.batch === 'listed')
	assert.deepEqual([batch.status, batch.counts, batch.size], ['done', { P1: 1, REJECTED: 1 }, batch.offset])
	assert.match(broker.cli('legacy', 'batches').out, /listed {2}torch {2}done .* P1 1 {2}REJECTED 1/)
})

for (const args of [[], ['import'], ['undo'], ['explain', 'key'], ['forget'], ['batches', 'what']]) {
	test(`yimen legacy ${args.join(' ')}: usage`, () => {
		const result = broker.cli('legacy', ...args)

		assert.equal(result.code, 64)
		assert.match(result.err, /usage/)
	})
}

/** Start an import and kill it after @ms; true when it was killed before its end. */
async function killed(of, file, ms) {
	const run_ = spawn(yimen(), ['legacy', 'import', '--source', 'torch', '--quiet', file, '--config', of.file], { stdio: 'ignore' })
	const ended = new Promise((done) => run_.once('close', (code, signal) => done(signal)))

	await sleep(ms)
	run_.kill('SIGKILL')
	return await ended === 'SIGKILL'
}

/** Killed as soon as the copy is closed and cut to its length: before, while or after it takes the store's place. */
async function killedAtTheEnd(of, file) {
	const copy = join(of.dir, 'data', 'store.import', 'data.mdb')
	const size = () => statSync(copy, { throwIfNoEntry: false })?.size ?? 0
	const run_ = spawn(yimen(), ['legacy', 'import', '--source', 'torch', '--quiet', file, '--config', of.file], { stdio: 'ignore' })
	const ended = new Promise((done) => run_.once('close', (code, signal) => done(signal)))

	for (let most = 0, now = 0; run_.exitCode === null && now >= most / 1024; now = size()) {
		most = Math.max(most, now)
		await sleep(1)
	}
	run_.kill('SIGKILL')
	return await ended === 'SIGKILL'
}

const many = (from, n) => csv(Array.from({ length: n }, (_, i) => person(`k${from + i}`, `138${String(from + i).padStart(8, '0')}`)))

test('an import through the daemon that is killed goes on where it was, and ends as if it had not been', async () => {
	const file = write(broker, many(0, 12000))
	let cut = 0

	for (const ms of [120, 250, 400])
		cut += await killed(broker, file, ms)
	const result = broker.cli('legacy', 'import', '--source', 'torch', '--json', file)
	assert.equal(result.code, 0, result.err)
	assert.ok(cut > 0)
	const batches = broker.cli('legacy', 'batches', '--json').json.batches.filter((batch) => batch.file === file)
	assert.equal(batches.length, 1, 'one batch, however often it was begun')
	assert.deepEqual([batches[0].status, batches[0].counts], ['done', { P1: 12000 }])
	assert.deepEqual(broker.cli('legacy', 'import', '--source', 'torch', '--json', '--keep-passwords', file).json.counts, { UNCHANGED: 12000 })
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('without a daemon a large file goes in at once or not at all, wherever it is killed', async () => {
	const own = await Broker.prepare(CONFIG)

	try {
		own.account({ login: 'native' })
		const file = write(own, many(100000, 15000))
		const dry = own.cli('legacy', 'import', '--source', 'torch', '--json', '--dry-run', file)
		assert.deepEqual(dry.json?.counts, { P1: 15000 }, dry.err)
		for (const ms of [60, 200, 500, 1000]) {
			if (!await killed(own, file, ms))
				break
			assert.equal(own.cli('account', 'show', '--login', 'native').code, 0)
			assert.notEqual(own.cli('account', 'show', '--login', '13800100000').code, 0, 'nothing of it is there')
			assert.equal(own.cli('store', 'check').code, 0)
		}
		await killedAtTheEnd(own, file)
		assert.equal(own.cli('store', 'check').code, 0)
		const result = own.cli('legacy', 'import', '--source', 'torch', '--json', file)
		assert.equal(result.code, 0, result.err)
		const { P1 = 0, UNCHANGED = 0 } = result.json.counts
		assert.deepEqual([P1, UNCHANGED].sort(), [0, 15000].sort(), 'all of it was in, or nothing')
		assert.deepEqual(own.cli('legacy', 'import', '--source', 'torch', '--json', file).json.counts, { UNCHANGED: 15000 })
		assert.ok(!existsSync(join(own.dir, 'data', 'store.import', 'data.mdb')))
		assert.ok(statSync(join(own.dir, 'data', 'store', 'data.mdb')).size < 1 << 30, 'as long as what is in it, not as the map')
		for (const verify of ['check', 'verify-audit'])
			assert.equal(own.cli('store', verify).code, 0)
		await own.run()
		assert.ok((await login('13800114999', { of: own })).redirect)
		assert.ok((await login('native', { of: own, password: 'Demo@1234' })).redirect)
	} finally {
		await own.stop()
	}
})
