// SPDX-License-Identifier: Apache-2.0
// Old accounts at the desk: who may come in, how far the migration is, the search by every key, one record's history, and the end of a binding.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, passwordLogin } from './harness.mjs'
import { Staff } from './totp.mjs'
import { uscc } from './uscc.mjs'

const OLD = 'Old@1234'
const md5 = createHash('md5').update(`${OLD}s`).digest('hex')
const HEADER = 'kind,legacy_id,login_name,user_type,name,phone,email,uscc,unit_name,id_type,id_number,digest,salt\n'
const CODE = { E1: '91110108MA01ET88XL', E2: USCC, E3: uscc('440300', 'MA5DA1XY') }
const rows = [
	`enterprise,E-1,${CODE.E1},legal,王经办,,,${CODE.E1},北京示例科技有限公司,,,${md5},s`,
	`enterprise,E-2,${CODE.E2},legal,赵经办,,,${CODE.E2},演示科技有限公司,,,${md5},s`,
	`enterprise,E-3,${CODE.E3},legal,孙经办,,,${CODE.E3},深圳示例有限公司,,,${md5},s`,
	`individual,P-1,laozhang,natural,张老用户,13900000001,zhang@example.cn,,,111,11010519491231002X,${md5},s`,
	`individual,P-2,laoli,natural,李老用户,13900000002,,,,,,${md5},s`,
]
const people = {}
let broker
before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] },
		legacy_sources: [{ id: 'torch', name: { zh: '火炬中心', en: 'Torch Center' }, scheme: 'hex(md5(p.s))' }],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
	})
	broker.account({ login: CODE.E2, namespace: 'legal', unit: USCC })
	broker.account({ login: CODE.E3 })
	broker.account({ login: 'zhangsan', name: '张三' })
	for (const role of ['support', 'security', 'reviewer', 'audit', 'system'])
		people[role] = Staff.create(broker, `old_${role}`, role)
	people.second = Staff.create(broker, 'old_second', 'support')
	await broker.run()
	const result = broker.legacy(HEADER + rows.join('\n') + '\n')
	assert.deepEqual(result.counts, { E1: 1, E2: 1, E3: 1, P1: 2 }, result.err)
	for (const one of Object.values(people))
		one.browser = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
	people.nobody = { browser: broker.browser() }
	await passwordLogin(people.nobody.browser, await people.nobody.browser.open(`${broker.issuer}/login`))
})
after(() => broker.stop())

const desk = (who) => people[who].browser.open(`${broker.issuer}/legacy`)
const search = async (who, q) => people[who].browser.submit(await desk(who), 'search', { q })
const ids = (page) => [...page.html.matchAll(/<a href="\/legacy\/([0-9a-f-]{36})">([^<]*)</g)].map((m) => m[2])
async function record(who, q) {
	const page = await search(who, q)
	const id = page.html.match(/<a href="\/legacy\/([0-9a-f-]{36})">/)?.[1]

	assert.ok(id, `${q} is found`)
	return people[who].browser.open(`${broker.issuer}/legacy/${id}`)
}
const bare = (page) => page.html.replace(/<[^>]*>/g, ' ')
async function login(name, namespace, password = OLD) {
	const browser = broker.browser()

	return passwordLogin(browser, await browser.open(`${broker.issuer}/login`), { login: name, password, namespace })
}
/** Numbers of the coverage table, by column. */
const coverage = (page) => page.html.match(/<tr id="source-torch">.*?<\/tr>/s)[0].match(/<td>(\d+)/g).map((cell) => Number(cell.slice(4)))

test('support and security come in, with two factors; nobody else does', async () => {
	for (const who of ['support', 'security']) {
		const page = await desk(who)
		assert.equal(page.name, 'legacy', `${page}`)
		assert.ok(page.has('nav-legacy'))
	}
	for (const who of ['reviewer', 'audit', 'system', 'nobody'])
		assert.equal((await desk(who)).status, 403, who)
	assert.equal((await broker.browser().open(`${broker.issuer}/legacy`)).name, 'login')
})

test('an old account is found by whatever key somebody names, and what is personal is masked', async () => {
	for (const [q, id] of [['P-1', 'P-1'], ['laozhang', 'P-1'], ['13900000001', 'P-1'], ['+86 139 0000 0001', 'P-1'], ['11010519491231002x', 'P-1'], ['110105491231002', 'P-1'], [CODE.E1.toLowerCase(), 'E-1'], ['E-3', 'E-3']])
		assert.deepEqual(ids(await search('support', q)), [id], q)
	const page = await search('support', '13900000001')
	assert.ok(!page.html.includes('张老用户'))
	const shown = await record('support', '13900000001')
	for (const secret of ['张老用户', '11010519491231002X', 'zhang@example.cn', '>13900000001<', md5])
		assert.ok(!shown.html.includes(secret), secret)
	assert.match(bare(shown), /\*老用户/)
	assert.match(bare(shown), /139\*\*\*\*0001/)
	assert.ok((await search('support', 'nobody')).has('none'))
	assert.equal((await search('support', '')).error, 'field_empty')
	assert.equal((await search('support', '%_*')).status, 200)
})

test('a guessed record, a record by somebody without the role', async () => {
	assert.equal((await people.support.browser.open(`${broker.issuer}/legacy/0199aaaa-0000-7000-8000-000000000000`)).status, 404)
	assert.equal((await people.support.browser.open(`${broker.issuer}/legacy/x`)).status, 404)
	const url = (await record('support', 'P-1')).url
	assert.equal((await people.reviewer.browser.open(url)).status, 403)
	assert.equal((await people.nobody.browser.open(url)).status, 403)
})

test('the record says what happened, by which rule, and how it stands', async () => {
	const made = await record('support', 'E-1')
	assert.equal(made.html.match(/data-standing="(\w+)"/)[1], 'bound')
	assert.match(made.text('owner'), new RegExp(CODE.E1))
	assert.match(bare(made), /以统一社会信用代码为登录名建立法人账号/)
	assert.match(bare(made), /导入/)
	const suggested = await record('support', 'E-2')
	assert.equal(suggested.html.match(/data-standing="(\w+)"/)[1], 'suggested')
	const prefixed = await record('support', 'E-3')
	assert.equal(prefixed.text('owner'), `HJ_${CODE.E3}`)
	assert.match(prefixed.html, /natural_login_is_key/, 'the fact that decided')
})

test('who logs in with an imported account is counted, once', async () => {
	const [imported, , claimed, , suggested] = coverage(await desk('support'))
	assert.deepEqual([imported, suggested], [5, 1])

	assert.notEqual((await login(CODE.E1, 'legal')).name, 'login')
	assert.notEqual((await login(CODE.E1, 'legal')).name, 'login')
	const [, found, now] = coverage(await desk('support'))
	assert.equal(now, claimed + 1)
	assert.equal(found, claimed + 1)
})

test('a binding ends with a reason; the history and the counters say so, and the old name is free to be proved anew', async () => {
	const before_ = coverage(await desk('support'))
	const { browser } = people.support
	let page = await record('support', 'E-1')
	assert.equal((await browser.submit(page, 'unbind', { do: 'unbind', reason: ' ' })).error, 'field_empty')
	page = await browser.submit(page, 'unbind', { do: 'unbind', reason: '<b>绑错了</b>' })
	assert.equal(page.html.match(/data-standing="(\w+)"/)[1], 'free', `${page}`)
	assert.match(page.html, /&lt;b&gt;绑错了/)
	assert.match(bare(page), /解除绑定/)
	assert.match(bare(page), /old_support/, 'by whom')
	assert.ok(!page.form('unbind'))
	assert.equal(coverage(await desk('support'))[1], before_[1] - 1, 'it had an owner')
})

test('a second click and a second tab end it once', async () => {
	const { browser } = people.support
	const first = await record('support', 'P-2'), second = await record('support', 'P-2')

	assert.equal((await browser.submit(first, 'unbind', { do: 'unbind', reason: '一' })).html.match(/data-standing="(\w+)"/)[1], 'free')
	assert.equal((await browser.submit(second, 'unbind', { do: 'unbind', reason: '二' })).error, 'conflict')
})

test('the chart has the days that were asked for', async () => {
	for (const days of [30, 90, 365]) {
		const page = await people.support.browser.open(`${broker.issuer}/legacy?days=${days}`)
		assert.match(page.html, new RegExp(`id="days-${days}"[^>]*aria-current`))
		assert.match(page.html, /<path class="chart-found" d="M0/)
	}
	assert.equal((await people.support.browser.open(`${broker.issuer}/legacy?days=x`)).status, 200)
})

test('a file that was taken back counts as far as somebody has its accounts by then', async () => {
	const [imported, found] = coverage(await desk('support'))
	const made = broker.legacy(HEADER + [6, 7, 8].map((i) => `individual,U-${i},,natural,,1390000000${i},,,,,,${md5},s`).join('\n') + '\n', '--batch', 'wrong')
	assert.deepEqual(made.counts, { P1: 3 }, made.err)
	assert.equal(coverage(await desk('support'))[0], imported + 3)
	assert.notEqual((await login('13900000007', 'natural')).name, 'login')
	const undone = broker.cli('legacy', 'undo', '--batch', 'wrong', '--json')
	assert.equal(undone.json.taken, 2, undone.err)
	assert.deepEqual(coverage(await desk('support')).slice(0, 2), [imported + 1, found + 1])
	assert.equal(broker.cli('legacy', 'undo', '--batch', 'wrong', '--json').json.taken, 0)
	assert.deepEqual(coverage(await desk('support')).slice(0, 2), [imported + 1, found + 1])
})
