// SPDX-License-Identifier: Apache-2.0
// Old accounts: every outcome of the import (domain.md 1.2, M11–M21), logging in with the old password, and its upgrade.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, USCC, passwordLogin } from './harness.mjs'

const OLD = 'Old@1234'
const md5 = (salt) => createHash('md5').update(OLD + salt).digest('hex')
const sm3 = () => createHash('sm3').update(OLD).digest('hex')
const HEADER = 'kind,legacy_id,login_name,user_type,name,phone,phone_confirmed_at,uscc,unit_name,scheme,digest,salt\n'
const enterprise = (id, uscc, name = '某公司') => `enterprise,${id},${uscc},legal,${name},,,${uscc},${name},,${md5('s')},s\n`
const individual = (id, phone, confirmed = '') => `individual,${id},${phone},natural,某人,${phone},${confirmed},,,,${md5('s')},s\n`

// Credit codes whose check character fits (GB 32100-2015).
const CODE = { e1: '91110108MA01ET88XL', e2: USCC }
function uscc(region, organisation) {
	const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY'
	const value = (c) => (c <= '9' ? Number(c) : c.charCodeAt(0) - 55)
	const check = 11 - [...organisation].reduce((total, c, i) => total + value(c) * [3, 7, 9, 10, 5, 8, 4, 2][i], 0) % 11 // GB 11714
	const base = `91${region}${organisation}${check === 10 ? 'X' : check % 11}`
	const sum = [...base].reduce((total, c, i) => total + letters.indexOf(c) * (3 ** i % 31), 0)

	return base + letters[(31 - sum % 31) % 31]
}
CODE.e3 = uscc('440300', 'MA5DA1XY')
CODE.e4 = uscc('320100', 'MA1P2Q3R')

let broker
before(async () => {
	assert.equal(uscc('110108', 'MA01ET88'), CODE.e1)
	broker = await Broker.start({
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }, { uscc: CODE.e4, name: '另一公司', status: 'effective' }],
	}, [
		{ login: USCC, namespace: 'legal', unit: USCC }, // E2: its login name is the code
		{ login: CODE.e3, namespace: 'natural' }, // E3: somebody else's name
		{ login: 'other_legal', namespace: 'legal', unit: CODE.e4 }, // E4: the unit has an account of another name
		{ login: '13900000002', namespace: 'natural' }, // P2
		{ login: '13900000003', namespace: 'legal', unit: USCC }, // P3
		{ login: 'verified', phone: '13900000004', 'realname-level': 2 }, // P4
		{ login: '91110108MA01ET88XL' }, // for the demonstration's names
	])
})
after(() => broker.stop())

async function login(login_, namespace, password = OLD) {
	const browser = broker.browser()
	const page = await browser.open(broker.client('demo-public').request().url)

	return passwordLogin(browser, page, { login: login_, namespace, password })
}

async function tokens(login_, namespace, scope, password = OLD) {
	const browser = broker.browser()

	return broker.client('demo-public').login(browser, { scope, login: (page) => passwordLogin(browser, page, { login: login_, namespace, password }) })
}

const file = () => HEADER + enterprise('e1', uscc('110000', 'MA00ABCD')) + enterprise('e2', CODE.e2) + enterprise('e3', CODE.e3) + enterprise('e4', CODE.e4) +
	individual('p1', '13900000001') + individual('p2', '13900000002') + individual('p3', '13900000003') + individual('p4', '13900000004')

test('a dry run tells every outcome and keeps nothing', () => {
	const result = broker.legacy(file(), '--dry-run')

	assert.equal(result.code, 0, result.err)
	assert.deepEqual(result.counts, { E1: 1, E2: 1, E3: 1, E4: 1, P1: 1, P2: 1, P3: 1, P4: 1 })
	assert.match(result.out, /dry run/)
	assert.notEqual(broker.cli('account', 'show', '--login', '13900000001').code, 0)
})

test('the import has every outcome, and the same file again changes nothing', () => {
	const result = broker.legacy(file())

	assert.equal(result.code, 0, result.err)
	assert.deepEqual(result.counts, { E1: 1, E2: 1, E3: 1, E4: 1, P1: 1, P2: 1, P3: 1, P4: 1 })
	assert.deepEqual(broker.legacy(file()).counts, { UNCHANGED: 8 })
})

for (const [outcome, name, namespace, opens] of [
	['E1', uscc('110000', 'MA00ABCD'), 'legal', true],
	['E2: the account keeps its own password', CODE.e2, 'legal', false],
	['E3: with the prefix', `HJ_${CODE.e3}`, 'legal', true],
	['E3: the name without prefix is somebody else', CODE.e3, 'natural', false],
	['E4: a natural account with the code as name', CODE.e4, 'natural', true],
	['P1', '13900000001', 'natural', true],
	['P2: the account keeps its own password', '13900000002', 'natural', false],
	['P3: with the prefix', 'HJ_13900000003', 'natural', true],
	['P4: no account', '13900000004', 'natural', false],
	['the wrong window', 'HJ_13900000003', 'legal', false],
]) {
	test(`${outcome}: the old password ${opens ? 'opens' : 'does not open'} ${namespace} ${name.slice(0, 8)}…`, async () => {
		const end = await login(name, namespace)

		assert.equal(Boolean(end.redirect), opens, `${end}`)
		if (!opens)
			assert.equal(end.error, 'credentials', 'one text for all (M13)')
	})
}

test('who keeps an own password still has it', async () => {
	assert.ok((await login(CODE.e2, 'legal', 'Demo@1234')).redirect)
	assert.ok((await login('13900000002', 'natural', 'Demo@1234')).redirect)
})

test('the first login upgrades the hash, the second uses the new one, and a wrong one upgrades nothing', async () => {
	assert.deepEqual(broker.legacy(HEADER + individual('up', '13900000011')).counts, { P1: 1 })
	assert.equal((await login('13900000011', 'natural', 'Wrong@123')).error, 'credentials')
	let shown = broker.show('13900000011')
	assert.equal(shown.has_password, false)
	assert.match(shown.legacy_scheme, /md5/)

	const first = await tokens('13900000011', 'natural', 'openid')
	shown = broker.show('13900000011')
	assert.equal(shown.has_password, true)
	assert.ok(!shown.legacy_scheme)
	const second = await tokens('13900000011', 'natural', 'openid')
	assert.equal(first.claims.sub, second.claims.sub)
	assert.equal((await login('13900000011', 'natural', 'Wrong@123')).error, 'credentials')
})

test('several first logins at once all succeed', async () => {
	broker.legacy(HEADER + individual('race', '13900000012'))
	const ends = await Promise.all(Array.from({ length: 6 }, () => login('13900000012', 'natural')))

	assert.ok(ends.every((end) => end.redirect), ends.join('\n'))
})

test('the tokens of an imported account name the old account; a suggestion names nothing', async () => {
	const bound = await tokens('13900000001', 'natural', 'openid legacy')
	const info = (await broker.client('demo-public').userinfo(bound.tokens.access_token)).json

	assert.deepEqual(info.legacy, [{ system: 'torch', account_id: 'p1', account_type: 'natural' }])
	const suggested = await tokens('13900000002', 'natural', 'openid legacy', 'Demo@1234')
	const none = (await broker.client('demo-public').userinfo(suggested.tokens.access_token)).json
	assert.deepEqual(none.legacy ?? [], [])
})

test('E4: what the unit’s systems allow waits for the real name', async () => {
	const { tokens: given } = await tokens(CODE.e4, 'natural', 'openid grants')

	assert.deepEqual((await broker.client('demo-public').userinfo(given.access_token)).json.subsystems ?? [], [])
})

test('a confirmed phone of an old account logs in by message', async () => {
	assert.deepEqual(broker.legacy(HEADER + individual('sms', '13900000021', '2026-01-05')).counts, { P1: 1 })
	const browser = broker.browser()
	const end = await browser.phoneLogin(await browser.open(broker.client('demo-public').request({ scope: 'openid' }).url), broker, '13900000021')

	assert.ok(end.redirect, `${end}`)
	assert.equal(broker.show('13900000021').source, 'import:torch')
})

test('rows name their own scheme: salted MD5, SM3, and the demonstration’s two names', async () => {
	const rows = `enterprise,d1,91110108MA01ET88XL,legal,海淀公司,,,91110108MA01ET88XL,海淀公司,hex(sm3(p)),${sm3()},\n` +
		`individual,d2,18711111111,natural,老用户,18711111111,,,,hex(md5(p.s)),${md5('q')},q\n`

	broker.account({ login: '18711111111', namespace: 'legal', unit: USCC })
	const result = broker.legacy(HEADER + rows)
	assert.equal(result.code, 0, result.err)
	assert.deepEqual(result.counts, { E3: 1, P3: 1 })
	assert.ok((await login('HJ_91110108MA01ET88XL', 'legal')).redirect)
	assert.ok((await login('HJ_18711111111', 'natural')).redirect)
	assert.ok((await login('91110108MA01ET88XL', 'natural', 'Demo@1234')).redirect, 'whose name it is keeps it')
	assert.ok((await login('18711111111', 'legal', 'Demo@1234')).redirect)
})

test('bad rows are rejected with line and reason, the good ones go in', () => {
	const rejects = join(broker.dir, 'rejects.csv')
	const csv = HEADER + individual('ok', '13900000031') + individual('bad', '12345') + 'somebody,x,,,,,,,,,,\n' + enterprise('badcode', '91110108MA01ET88XX') +
		`individual,hash,13900000032,natural,甲,13900000032,,,,rot13(p),zz,s\n` + 'individual,short\n' + individual('', '13900000033')
	const result = broker.legacy(csv, '--rejects', rejects)

	assert.equal(result.counts.P1, 1)
	assert.equal(result.counts.REJECTED, 6, result.out)
	const lines = readFileSync(rejects, 'utf8').trim().split('\n')
	assert.equal(lines[0], 'line,reason,row')
	assert.deepEqual(lines.slice(1).map((line) => line.split(',')[0]), ['3', '4', '5', '6', '7', '8'])
	assert.ok(lines.slice(1).every((line) => /^\d+,\w+/.test(line)))
})

test('a prefixed name that is taken is rejected', () => {
	const code = uscc('510000', 'MA6C5D4E')

	broker.account({ login: code })
	broker.account({ login: `HJ_${code}` })
	const result = broker.legacy(HEADER + enterprise('taken', code))
	assert.deepEqual(result.counts, { REJECTED: 1 })
	assert.match(result.err, /prefixed_name_taken/)
})

for (const [name, args, pattern] of [
	['an unknown source', ['legacy', 'import', '--source', 'nobody', 'FILE'], /source/],
	['a file that is not there', ['legacy', 'import', '--source', 'torch', '/nonexistent.csv'], /cannot be read/],
	['no source', ['legacy', 'import', 'FILE'], /usage/],
]) {
	test(`${name} is said and fails`, () => {
		const path = join(broker.dir, 'yimen.yaml')
		const result = broker.cli(...args.map((arg) => (arg === 'FILE' ? path : arg)))

		assert.notEqual(result.code, 0)
		assert.match(result.err, pattern)
	})
}

test('an unknown column is said and nothing is imported', () => {
	const result = broker.legacy('kind,legacy_id,phone,colour\nindividual,z,13900000041,red\n')

	assert.notEqual(result.code, 0)
	assert.notEqual(broker.cli('account', 'show', '--login', '13900000041').code, 0)
})

test('thousands of rows go in while people log in, and the importer may be stopped and run again', async () => {
	const rows = Array.from({ length: 3000 }, (_, i) => individual(`many-${i}`, `137${String(i).padStart(8, '0')}`))
	const half = broker.legacy(HEADER + rows.slice(0, 1500).join(''))
	const { spawn } = await import('node:child_process')
	const { writeFileSync } = await import('node:fs')
	const { yimen } = await import('./harness.mjs')
	const path = join(broker.dir, 'many.csv')

	assert.equal(half.counts.P1, 1500, half.err)
	writeFileSync(path, HEADER + rows.join(''))
	const run = spawn(yimen(), ['legacy', 'import', '--source', 'torch', path, '--config', broker.file])
	let out = ''
	run.stdout.on('data', (text) => { out += text })
	const ended = new Promise((done) => run.once('close', done))
	while (run.exitCode === null)
		assert.ok((await login('13900000001', 'natural')).redirect)
	assert.equal(await ended, 0)
	assert.match(out, /UNCHANGED +1500/)
	assert.match(out, /P1 +1500/)
	assert.ok((await login('13700002999', 'natural')).redirect)
	const check = broker.cli('store', 'check')
	assert.equal(check.code, 0, check.err)
})
