// SPDX-License-Identifier: Apache-2.0
// Old accounts that two people want, or a unit does not leave to somebody: disputes and their end, the unit's own page, and what binds a suggestion (E2, P2).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, USCC, passwordLogin, sleep } from './harness.mjs'
import { Staff } from './totp.mjs'
import { uscc } from './uscc.mjs'

const OLD = 'Old@1234', NEW = 'Fresh#2026x'
const digest = createHash('md5').update(`${OLD}s`).digest('hex')
const HEADER = 'kind,legacy_id,login_name,name,phone,phone_confirmed_at,uscc,unit_name,digest,salt\n'
const row = (r) => [r.kind ?? 'individual', r.id, r.login ?? r.id, r.name ?? '', r.phone ?? '', '', r.uscc ?? '', '', digest, 's'].join(',') + '\n'
const REP = { name: '赵六', id_number: '330105197810270025' }
const LATE = uscc('440300', 'MA5DA1XY'), EARLY = '91110108MA01ET88XL', VOUCHED = uscc('110108', 'MA01YY99')

const desks = {}
let broker
before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100, tries: 100 },
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
		recovery: { per_address_hour: 100000, per_name_hour: 1000 },
		review: { notify: ['legacy'] },
		legacy_sources: [
			{ id: 'zzkj', name: { zh: '原系统' }, scheme: 'hex(md5(p.s))', accounts: 'claim', sms_alone: 'allow' },
			{ id: 'torch', scheme: 'hex(md5(p.s))' },
		],
	})
	broker.config.realname = { verifier: 'registry_csv', people: join(broker.dir, 'people.csv'), units: join(broker.dir, 'units.csv'), tries_day: 50 }
	broker.write()
	writeFileSync(broker.config.realname.people, `name,id_type,id_number,level\n${REP.name},111,${REP.id_number},2\n`)
	writeFileSync(broker.config.realname.units, 'name,uscc,rep_name,rep_id_type,rep_id_number,level\n' +
		[['深圳示例有限公司', LATE]].map(([name, code]) => `${name},${code},${REP.name},111,${REP.id_number},2\n`).join(''))
	broker.account({ login: 'unit_boss', namespace: 'legal', unit: USCC })
	for (const [name, role] of [['reviewer', 'reviewer'], ['second', 'reviewer'], ['support', 'support'], ['support2', 'support']])
		desks[name] = Staff.create(broker, `desk_${name}`, role)
	await broker.run()
	for (const [name, one] of Object.entries(desks))
		desks[name] = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
})
after(() => broker.stop())

function load(source, rows) {
	const file = join(broker.dir, `rows-${Math.random()}.csv`)

	writeFileSync(file, HEADER + rows.map(row).join(''))
	const result = broker.cli('legacy', 'import', '--source', source, '--json', file)
	assert.equal(result.code, 0, result.err + result.out)
	return result.json
}
async function person(login, more = {}, namespace = 'natural') {
	broker.account({ login, ...more })
	return enter(login, namespace)
}
async function enter(login, namespace = 'natural', password = PASSWORD) {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/login`), { login, namespace, password })

	assert.notEqual(page.name, 'login', `${page}`)
	return browser
}
const bind = async (browser, known_login) => browser.submit(await browser.open(`${broker.issuer}/bind/password`), 'bind', { source: 'zzkj', known_login, password_old: OLD })
const claim = async (browser, known_login, reason = '请核查') => {
	const page = await browser.upload(await browser.open(`${broker.issuer}/bind/review`), 'bind', { source: 'zzkj', known_login, phone: '', reason })

	assert.ok(page.has('waits'), `${page}`)
}
async function record(id, who = 'support') {
	const found = await desks[who].submit(await desks[who].open(`${broker.issuer}/legacy`), 'search', { q: id })

	return desks[who].open(new URL(found.html.match(/href="(\/legacy\/[0-9a-f-]{36})"/)[1], broker.issuer).href)
}
const standing = (page) => page.html.match(/data-standing="(\w+)"/)[1]
/** Lines of a record's history as plain text. */
const history = (page) => page.html.match(/<table class="table" id="history">.*?<\/table>/s)[0].split('<tr>').slice(2).map((line) => line.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim())
async function task(title, who = 'reviewer') {
	const list = await desks[who].open(`${broker.issuer}/tasks`)
	const part = list.html.split('<tr').find((one) => one.includes(title))

	assert.ok(part, `no task of ${title}`)
	const page = await desks[who].open(new URL(part.match(/href="(\/tasks\/[^"]+)"/)[1], broker.issuer).href)
	const claimed = page.form('claim-form') ? await desks[who].submit(page, 'claim-form', { do: 'claim' }) : page
	return claimed.form('decide') ? claimed : desks[who].open(page.url)
}
const decide = async (title, values, who = 'reviewer') => desks[who].submit(await task(title, who), 'decide', { reason: '', ...values })
/** What the coverage says of disputes: open ones, all that there were. */
async function disputes(source = 'zzkj') {
	const cells = (await desks.support.open(`${broker.issuer}/legacy`)).html.match(new RegExp(`<tr id="source-${source}">.*?</tr>`, 's'))[0].match(/<td>.*?<\/td>/gs)

	return [...cells[5].matchAll(/\d+/g)].map((m) => Number(m[0]))
}

test('a dispute that is turned down leaves both in the history; the coverage counts it while it is open', async () => {
	load('zzkj', [{ id: 'd1' }])
	const holder = await person('d1_holder'), other = await person('d1_other', { name: '周异议' })
	assert.equal((await bind(holder, 'd1')).name, 'account')
	assert.deepEqual(await disputes(), [0])
	await claim(other, 'd1', '账户是我的')
	assert.deepEqual(await disputes(), [1, 1])
	const page = await task('周异议')
	assert.match(page.html, /该账户已被其他用户绑定/, 'why it is no mere claim')
	assert.ok(!(await desks.reviewer.submit(page, 'decide', { decision: 'reject', reason: '证据不足' })).error)
	assert.deepEqual(await disputes(), [0, 1])
	const shown = await record('d1')
	assert.equal(standing(shown), 'bound')
	assert.match(shown.text('owner'), /d1_holder/)
	const lines = history(shown)
	assert.match(lines.at(-2), /提出争议 人工核查 d1_other d1_other 账户是我的/)
	assert.match(lines.at(-1), /未通过 人工核查 desk_reviewer d1_other 证据不足 任务 [0-9a-f-]{36}/)
})

test('two rows that may be meant: one is awarded, the other learns that it was not', async () => {
	load('zzkj', [{ id: 'm1', phone: '13700000021' }, { id: 'm2', phone: '13700000021' }])
	const browser = await person('m_person', { name: '吴认领' })
	const page = await browser.upload(await browser.open(`${broker.issuer}/bind/review`), 'bind', { source: 'zzkj', known_login: '', phone: '13700000021', reason: '手机号停用' })
	assert.ok(page.has('waits'))
	assert.deepEqual(await disputes(), [0, 1], 'nobody has it: a claim, no dispute')
	const shown = await task('吴认领')
	assert.equal((await desks.reviewer.submit(shown, 'decide', { decision: 'approve', account: null, reason: '' })).error, 'field_empty')
	const id = shown.html.match(/name="account" value="([^"]+)"[^>]*><span class="choice-name">zzkj\/m2</)[1]
	assert.ok(!(await desks.reviewer.submit(shown, 'decide', { decision: 'approve', account: id, reason: '' })).error)
	assert.equal(standing(await record('m2')), 'bound')
	const other = await record('m1')
	assert.equal(standing(other), 'free')
	assert.match(history(other).at(-1), /未通过 人工核查 desk_reviewer m_person 所指为另一旧账户/)
})

test('whoever asks has one already: the reviewer sees it before, is told when trying, and can turn it down', async () => {
	load('zzkj', [{ id: 'l1' }, { id: 'l2' }])
	const browser = await person('l_person', { name: '郑上限' })
	const bound = await bind(browser, 'l1')
	assert.equal(bound.name, 'account', `${bound} ${bound.html}`)
	await claim(browser, 'l2')
	const page = await task('郑上限')
	assert.match(page.html, /申请人在该系统的旧账户已达上限/)
	const refused = await desks.reviewer.submit(page, 'decide', { decision: 'approve', reason: '' })
	assert.equal(refused.name, 'task', `${refused}`)
	assert.equal(refused.error, 'claimant_limit')
	assert.match(refused.text('account-error'), /申请人.*已达上限/)
	assert.ok(refused.form('decide'), 'still to be decided')
	assert.equal(standing(await record('l2')), 'free')
	assert.ok(!(await desks.reviewer.submit(refused, 'decide', { decision: 'reject', reason: '已有一个' })).error)
	assert.match(history(await record('l2')).at(-1), /未通过.*l_person 已有一个/)
})

test('a unit disputes: turned down it may dispute again; approved, the binding ends and its person is told', async () => {
	load('zzkj', [{ kind: 'enterprise', id: 'u1', login: 'unit_row', uscc: USCC }])
	const holder = await person('u_holder', { phone: '13700000031' }), boss = await enter('unit_boss', 'legal')
	assert.equal((await bind(holder, 'unit_row')).name, 'account')
	const open = () => boss.open(`${broker.issuer}/unit/legacy`)
	const form = (page) => page.html.match(/<form id="(row-[^"]+)"/)?.[1]
	let page = await open()
	const early = page
	page = await boss.submit(page, form(page), { do: 'dispute', reason: '此人已离职' })
	assert.ok(page.html.includes('异议核查中') && !form(page), `${page}`)
	assert.deepEqual((await disputes())[0], 1)
	const told = history(await record('u1')).length
	for (const what of ['dispute', 'confirm', 'dispute'])
		assert.ok(!(await boss.submit(early, form(early), { do: what, reason: '再说一遍' })).error)
	assert.equal(history(await record('u1')).length, told, 'what is under review is not said again')
	const shown = await task('演示科技有限公司')
	assert.match(shown.html, /此人已离职/)
	assert.match(shown.html, /u_holder/, 'who has it')
	assert.ok(!(await desks.reviewer.submit(shown, 'decide', { decision: 'reject', reason: '仍在职' })).error)
	assert.deepEqual((await disputes())[0], 0)
	page = await open()
	assert.ok(!page.html.includes('异议核查中') && form(page), 'it may be disputed again')
	assert.match(history(await record('u1')).at(-1), /未通过 人工核查 desk_reviewer unit_boss 仍在职/)
	await boss.submit(page, form(page), { do: 'dispute', reason: '确已离职，附证明' })
	assert.ok(!(await decide('演示科技有限公司', { decision: 'approve' })).error)
	assert.equal(standing(await record('u1')), 'free')
	assert.match((await open()).html, /尚未绑定/)
	assert.doesNotMatch((await holder.open(`${broker.issuer}/account/bindings`)).html, /unit_row/)
	await sleep(300)
	assert.ok(broker.outbox().some((line) => line.phone?.endsWith('13700000031') && /解除/.test(JSON.stringify(line))))
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('a unit with many old accounts has pages of them; a natural administrator who acts for it comes there', async () => {
	load('zzkj', Array.from({ length: 44 }, (_, i) => ({ kind: 'enterprise', id: `many${i}`, login: `many_${i}`, uscc: USCC })))
	const boss = await enter('unit_boss', 'legal')
	const names = (page) => [...page.html.matchAll(/class="entry-title">[^·]*· (\w+)/g)].map((m) => m[1])
	let page = await boss.open(`${broker.issuer}/unit/legacy`), seen = names(page)
	assert.ok(!page.has('first'))
	for (let i = 0; i < 2; i++) {
		assert.equal(names(page).length, 20)
		page = await boss.click(page, 'next')
		seen.push(...names(page))
	}
	assert.ok(!page.has('next') && page.has('first'))
	assert.equal(seen.length, 45, 'these and the one of the dispute')
	assert.equal(new Set(seen).size, 45)
	assert.equal((await boss.open(`${broker.issuer}/unit/legacy?after=nonsense`)).status, 200)

	const holder = await person('many_holder')
	assert.equal((await bind(holder, seen[30])).name, 'account')
	const second = await boss.click(await boss.open(`${broker.issuer}/unit/legacy`), 'next')
	const confirmed = await boss.submit(second, second.html.match(/<form id="(row-[^"]+)"/)[1], { do: 'confirm', reason: '' })
	assert.deepEqual(names(confirmed), names(second), 'on the same page again')
	assert.ok(confirmed.html.includes('已确认'))

	const admin = await person('many_admin')
	assert.equal((await admin.open(`${broker.issuer}/unit/legacy`)).status, 403, 'nobody of the unit')
	assert.equal(broker.cli('unit', 'appoint', '--uscc', USCC, '--login', 'many_admin', '--role', 'admin').code, 0)
	let own = await admin.open(`${broker.issuer}/account/units`)
	own = await admin.click(own, 'unit-legacy')
	assert.equal(own.name, 'act-for', `${own}`)
	const unit = own.html.match(/name="unit_id" value="([0-9a-f-]{36})"/)[1]
	own = await admin.submit(own, 'act-for', { unit_id: unit })
	assert.equal(own.name, 'unit-legacy', `${own}`)
	assert.equal(names(own).length, 20)
	assert.equal((await admin.click(await admin.open(`${broker.issuer}/members`), 'unit-legacy')).name, 'unit-legacy')
})

test('P2: a code that fits several accounts proves the one that was chosen, and only that one', async () => {
	broker.account({ login: '13700000041', phone: '13700000041' })
	broker.account({ login: 'p2_unit', namespace: 'legal', unit: USCC, phone: '13700000041' })
	load('torch', [{ id: 'p2a', login: '13700000041', phone: '13700000041' }])
	assert.equal(standing(await record('p2a')), 'suggested')
	const code = async (i) => {
		const browser = broker.browser()
		const choice = await browser.phoneLogin(await browser.open(`${broker.issuer}/login`), broker, '13700000041')

		assert.equal(choice.name, 'choose-account', `${choice}`)
		const values = [...choice.html.matchAll(/type="radio" name="account" value="([^"]+)"/g)].map((m) => m[1])
		assert.notEqual((await browser.submit(choice, 'choose-account', { account: values[i] })).name, 'choose-account')
	}
	await code(1)
	assert.equal(standing(await record('p2a')), 'suggested', 'the unit was meant')
	await sleep(1100)
	await code(0)
	const page = await record('p2a')
	assert.equal(standing(page), 'bound')
	assert.match(history(page).at(-1), /绑定 已验证的手机号/)
	assert.match(history(page).at(-2), /建议关联结束 .*本人证明/)
})

test('P2: the code of a recovery proves it; a wrong one does not', async () => {
	broker.account({ login: '13700000042', phone: '13700000042' })
	load('torch', [{ id: 'p2b', login: '13700000042', phone: '13700000042' }])
	const browser = broker.browser()
	const page = await browser.submit(await browser.open(`${broker.issuer}/recover?tab=natural`), 'recover', { login_name: '13700000042', captcha: broker.captcha() })
	const sent = await browser.submit(page, 'recover-verify', { phone: '13700000042', do: 'send' })
	const finish = (code) => browser.submit(sent, 'recover-verify', { phone: '13700000042', password: NEW, password_confirm: NEW, code })
	const right = broker.code('13700000042')
	assert.equal((await finish(right === '000000' ? '000001' : '000000')).error, 'recovery')
	assert.equal(standing(await record('p2b')), 'suggested')
	assert.equal((await finish(right)).name, 'recovered')
	assert.equal(standing(await record('p2b')), 'bound')
})

test('E2: the unit’s verified name binds what is suggested to its account: verified afterwards, before, or by the operator’s word', async () => {
	for (const [code, name] of [[LATE, '深圳示例有限公司'], [EARLY, '北京示例科技有限公司'], [VOUCHED, '某单位']]) {
		const added = broker.cli('unit', 'add', '--uscc', code, '--name', name, '--status', 'registered')
		assert.equal(added.code, 0, added.err + added.out)
		broker.account({ login: code, namespace: 'legal', unit: code, ...code === EARLY && { 'realname-level': 2 } })
	}
	const counts = load('torch', [LATE, EARLY, VOUCHED].map((code, i) => ({ kind: 'enterprise', id: `e2-${i}`, login: code, uscc: code })))
	assert.equal(counts.counts?.E2 ?? counts.outcomes?.E2, 3, JSON.stringify(counts))
	for (let i = 0; i < 3; i++)
		assert.equal(standing(await record(`e2-${i}`)), 'suggested')

	const late = await enter(LATE, 'legal')
	assert.equal(standing(await record('e2-0')), 'suggested', 'a login with their own password proves nothing')
	const values = { unit_type: 'enterprise', handler_name: '钱八', rep_name: REP.name, rep_id_type: '111', rep_country: '', handler_id_type: '111' }
	const page = await late.open(`${broker.issuer}/realname`)
	assert.equal(page.form('realname').fields.uscc, LATE)
	await late.submit(page, 'realname', { ...values, rep_id_number: '110101199003071233' })
	assert.equal(standing(await record('e2-0')), 'suggested', 'another representative')
	await late.submit(await late.open(`${broker.issuer}/realname`), 'realname', { ...values, rep_id_number: REP.id_number })
	assert.match(history(await record('e2-0')).at(-1), /绑定 单位实名 .*/)
	assert.equal(standing(await record('e2-0')), 'bound')

	await enter(EARLY, 'legal')
	assert.equal(standing(await record('e2-1')), 'bound', 'verified before the import: with the next login')
	assert.equal(standing(await record('e2-2')), 'suggested')
	broker.set(VOUCHED, { 'realname-level': 2 }, 'legal')
	assert.equal(standing(await record('e2-2')), 'bound')
})

test('four eyes: one of support asks for the end of a binding, another one does it; a claim needs two reviewers who mean the same row', async () => {
	load('zzkj', [{ id: 'f1' }, { id: 'f2', phone: '13700000051' }, { id: 'f3', phone: '13700000051' }])
	const holder = await person('f_holder')
	assert.equal((await bind(holder, 'f1')).name, 'account')
	await broker.reloaded({ review: { four_eyes: ['legacy'] } })
	let page = await record('f1')
	assert.match(page.html, /双人|两人|两名/)
	const early = page
	page = await desks.support.submit(page, 'unbind', { do: 'unbind', reason: '绑错了' })
	assert.equal(standing(page), 'bound', 'asked for')
	assert.ok(page.has('waits') && !page.form('unbind'), 'nothing more to do for whoever asked')
	assert.match(page.text('asked'), /desk_support.*绑错了/)
	assert.match(history(page).at(-1), /申请解除绑定/)
	const alone = await desks.support.submit(early, 'unbind', { do: 'unbind', reason: '再点一次' })
	assert.equal(alone.name, 'legacy-record', `${alone}`)
	assert.equal(alone.error, 'forbidden')
	assert.equal(standing(alone), 'bound')
	const other = await record('f1', 'support2')
	assert.match(other.text('asked'), /desk_support/)
	assert.equal(standing(await desks.support2.submit(other, 'unbind', { do: 'unbind', reason: '同意' })), 'free')
	assert.deepEqual(history(await record('f1')).map((line) => line.match(/申请解除绑定|解除绑定|绑定|导入/)[0]), ['导入', '绑定', '申请解除绑定', '解除绑定'])

	assert.equal((await bind(holder, 'f1')).name, 'account', 'proved anew')
	const late = await desks.support2.submit(await record('f1', 'support2'), 'unbind', { do: 'unbind', reason: '又来' })
	assert.equal(standing(late), 'bound', 'what was asked of the earlier binding is void: this asks anew')

	const claimant = await person('f_claimant', { name: '冯双人' })
	assert.ok((await claimant.upload(await claimant.open(`${broker.issuer}/bind/review`), 'bind', { source: 'zzkj', known_login: '', phone: '13700000051', reason: '停用' })).has('waits'))
	const value = (shown, key) => shown.html.match(new RegExp(`name="account" value="([^"]+)"[^>]*><span class="choice-name">zzkj/${key}<`))[1]
	const first = await task('冯双人')
	await desks.reviewer.submit(first, 'decide', { decision: 'approve', account: value(first, 'f2'), reason: '' })
	const second = await task('冯双人', 'second')
	assert.equal((await desks.second.submit(second, 'decide', { decision: 'approve', account: value(second, 'f3'), reason: '' })).error, 'conflict', 'they do not mean the same')
	assert.ok(!(await desks.second.submit(second, 'decide', { decision: 'approve', account: value(second, 'f2'), reason: '' })).error)
	assert.equal(standing(await record('f2')), 'bound')
	assert.equal(broker.cli('store', 'check').code, 0)
})
