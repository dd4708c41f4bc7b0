// SPDX-License-Identifier: Apache-2.0
// Old accounts find their owners: every mandated error and its order (Z2–Z6), the other proofs (password, document, review), races, suggestions.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, client, passwordLogin, sleep } from './harness.mjs'
import { Staff } from './totp.mjs'

const OLD = 'Old@1234'
const md5 = (salt) => createHash('md5').update(OLD + salt).digest('hex')
const HEADER = 'kind,legacy_id,login_name,user_type,name,phone,phone_confirmed_at,uscc,unit_name,id_type,id_number,digest,salt\n'
/** A row of the old system; a password unless @row.digest is ''. */
const row = (r) => [r.kind ?? 'individual', r.id, r.login ?? '', r.type ?? '', r.name ?? '旧用户', r.phone ?? '', r.confirmed ?? '', r.uscc ?? '', r.unit ?? '',
	r.id_type ?? '', r.id_number ?? '', r.digest ?? md5('s'), r.digest === '' ? '' : 's'].join(',') + '\n'

const Z5 = '请检查手机号或用户类型是否正确', Z6 = '检测到你有专家账户尚未绑定，请先绑定专家账户'
const SOURCES = [
	{ id: 'zzkj', name: { zh: '原科技业务管理系统' }, scheme: 'hex(md5(p.s))', accounts: 'claim', sms_alone: 'allow',
		user_types: [{ id: 'expert', name: { zh: '专家用户' } }, { id: 'declarer', name: { zh: '申报用户' } }] },
]

let broker, desk
before(async () => {
	broker = await Broker.start({
		clients: [CLIENTS.public(), CLIENTS.portal()],
		login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100 },
		completion: { mode: 'required', review: true },
		review: { notify: ['legacy'] },
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
		legacy_sources: SOURCES,
	}, [])
	desk = (await Staff.create(broker, 'reviewer', 'reviewer').at(`${broker.issuer}/tasks`)).browser
})
after(() => broker.stop())

function load(rows, source = 'zzkj', on = broker) {
	const file = join(on.dir, `rows-${Math.random()}.csv`)

	writeFileSync(file, HEADER + rows.map(row).join(''))
	const result = on.cli('legacy', 'import', '--source', source, file)
	assert.equal(result.code, 0, result.err + result.out)
}

/** A person without information, on the page that asks for it. */
async function arrive(login, more = {}, on = broker) {
	on.account({ login, ...more })
	const browser = on.browser()

	return { browser, page: await passwordLogin(browser, await browser.open(on.client('demo-public').request({ scope: 'openid legacy' }).url), { login }) }
}

async function toBind(login, more, on) {
	const { browser, page } = await arrive(login, more, on)

	assert.equal(page.name, 'complete', `${page}`)
	return { browser, page: await browser.click(page, 'go-bind') }
}

const ask = (browser, page, values, on = broker) => browser.submit(page, 'bind', { do: 'send', captcha: on.captcha(), ...values })
const text = (page, field) => page.text?.(`${field}-error`)

async function bySms(browser, page, values, on = broker) {
	const sent = await ask(browser, page, values, on)

	assert.ok(!sent.error, `${sent} ${text(sent, 'phone')} ${text(sent, 'user_type')} ${text(sent, 'captcha')}`)
	return browser.submit(sent, 'bind', { ...values, code: on.code(values.phone) })
}

const bindings = async (browser, on = broker) => (await browser.open(`${on.issuer}/account/bindings`)).html

test('Z2 Z3 Z4: type, old phone, code: bound, and the login goes on without a second one and without more questions', async () => {
	load([{ id: 'z3', type: 'declarer', phone: '13700000001', name: '王申报' }])
	const { browser, page } = await toBind('z3')

	assert.equal(page.name, 'bind')
	for (const id of ['user_type', 'phone', 'captcha', 'code', 'submit-send', 'submit-bind'])
		assert.ok(page.has(id), id)
	assert.ok(!page.has('source'), 'one source: nobody is asked')
	assert.ok(page.html.includes('申报用户') && page.html.includes('专家用户'))
	const end = await bySms(browser, page, { user_type: 'declarer', phone: '13700000001' })
	assert.ok(end.params?.code, `${end} ${text(end, 'phone')}`)
	const again = broker.browser()
	assert.ok((await passwordLogin(again, await again.open(broker.client('demo-public').request().url), { login: 'z3' })).params?.code, 'later logins skip it')
	assert.match(await bindings(browser), /已绑定|z3|原科技/)
})

test('Z5: wrong type, wrong phone, unknown phone; only after the captcha', async () => {
	load([{ id: 'z5', type: 'expert', phone: '13700000002' }])
	const { browser, page } = await toBind('z5')
	const early = await browser.submit(page, 'bind', { do: 'send', user_type: 'declarer', phone: '13700000002', captcha: 'wrong' })

	assert.ok(text(early, 'captcha'))
	assert.ok(!early.html.includes(Z5), 'nothing is said before the captcha')
	let now = early
	for (const values of [{ user_type: 'declarer', phone: '13700000002' }, { user_type: 'expert', phone: '13700009999' }]) {
		now = await ask(browser, now, values)
		assert.equal(text(now, 'phone'), Z5)
	}
	now = await ask(browser, now, { user_type: '', phone: '13700000002' })
	assert.ok(text(now, 'user_type'))
	now = await ask(browser, now, { user_type: 'expert', phone: '123' })
	assert.ok(text(now, 'phone') && text(now, 'phone') !== Z5)
	assert.ok(!broker.outbox().some((line) => line.phone?.endsWith('13700000002') && line.code), 'no message was sent')
})

test('nobody who is not logged in learns anything', async () => {
	const browser = broker.browser()

	assert.equal((await browser.open(`${broker.issuer}/bind`)).name, 'login')
	const response = await browser.request(`${broker.issuer}/bind`, { method: 'POST', form: { do: 'send', phone: '13700000002', user_type: 'expert' } })
	assert.ok(!response.body_.includes(Z5))
})

test('Z6: an expert account of the same phone comes first, by code and by password; then the declarer is one too many; a second identity gets it', async () => {
	load([{ id: 'z6e', login: 'z6expert', type: 'expert', phone: '13700000003' }, { id: 'z6d', login: 'z6declarer', type: 'declarer', phone: '13700000003' }])
	const first = await toBind('z6one')
	const refused = await ask(first.browser, first.page, { user_type: 'declarer', phone: '13700000003' })

	assert.equal(text(refused, 'user_type'), Z6)
	const way = await first.browser.click(refused, 'way-password')
	const byPassword = await first.browser.submit(way, 'bind', { known_login: 'z6declarer', password_old: OLD })
	assert.equal(byPassword.name, 'bind')
	assert.ok(byPassword.html.includes(Z6))
	const end = await bySms(first.browser, await first.browser.click(byPassword, 'way-sms'), { user_type: 'expert', phone: '13700000003' })
	assert.ok(end.params?.code, `${end}`)
	const more = await first.browser.open(`${broker.issuer}/bind`)
	const limit = await ask(first.browser, more, { user_type: 'declarer', phone: '13700000003' })
	assert.match(text(limit, 'phone'), /不能再绑定更多/)

	const second = await toBind('z6two', { phone: '13900000003' })
	const taken = await ask(second.browser, second.page, { user_type: 'expert', phone: '13700000003' })
	assert.equal(text(taken, 'phone'), '该账户已被其他用户绑定')
	assert.ok(taken.has('go-dispute'))
	await sleep(1100)
	assert.ok((await bySms(second.browser, taken, { user_type: 'declarer', phone: '13700000003' })).params?.code, 'the same old phone, another identity')
})

test('a wrong code binds nothing, a code for another phone binds nothing, a second click changes nothing', async () => {
	load([{ id: 'w1', type: 'expert', phone: '13700000004' }, { id: 'w2', type: 'expert', phone: '13700000005' }])
	const { browser, page } = await toBind('wrong_code')
	const early = await browser.submit(page, 'bind', { user_type: 'expert', phone: '13700000004', code: '123456' })
	assert.ok(text(early, 'code'), 'no code was asked for')
	const sent = await ask(browser, early, { user_type: 'expert', phone: '13700000004' })
	const code = broker.code('13700000004')
	const wrong = await browser.submit(sent, 'bind', { user_type: 'expert', phone: '13700000004', code: code === '000000' ? '000001' : '000000' })
	assert.ok(text(wrong, 'code'))
	const other = await browser.submit(sent, 'bind', { user_type: 'expert', phone: '13700000005', code })
	assert.ok(text(other, 'code'), 'the code was for another phone')
	assert.ok(!(await bindings(browser)).includes('原科技业务管理系统 '), 'nothing bound')
	const ends = await Promise.all(Array.from({ length: 4 }, () => browser.submit(sent, 'bind', { user_type: 'expert', phone: '13700000004', code })))
	assert.ok(ends.some((end) => end.params?.code), ends.join('\n'))
	const back = await browser.submit(sent, 'bind', { user_type: 'expert', phone: '13700000004', code })
	assert.ok(back.status < 500, `${back}`)
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('64 claims of one row at once, by two people with the right password: one wins, every other is told', async () => {
	load([{ id: 'race', login: 'race_old', type: 'expert', phone: '13700000006' }])
	const people = await Promise.all(['race_a', 'race_b'].map(async (login) => {
		const { browser, page } = await toBind(login)

		return { browser, page: await browser.click(page, 'way-password') }
	}))
	await broker.reloaded({ login: { tries: 100 } })
	const ends = await Promise.all(Array.from({ length: 64 }, (_, i) => {
		const { browser, page } = people[i % 2]

		return browser.submit(page, 'bind', { known_login: 'race_old', password_old: OLD })
	}))
	const lists = await Promise.all(people.map(({ browser }) => bindings(browser)))
	assert.equal(lists.filter((html) => html.includes('race_old')).length, 1, 'exactly one of them has it')
	const loser = lists[0].includes('race_old') ? 1 : 0
	const told = ends.filter((end, i) => i % 2 === loser)
	assert.ok(told.every((end) => end.name === 'bind' && (end.html.includes('该账户已被其他用户绑定') || end.error)), told.join('\n'))
	assert.ok(told.some((end) => end.has('go-dispute')))
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('by password: wrong name and wrong password say the same, tries are counted, the right one binds', async () => {
	load([{ id: 'pw', login: 'pw_old', type: 'declarer' }])
	await broker.reloaded({ login: { tries: 4 } })
	const { browser, page } = await toBind('pw')
	const way = await browser.click(page, 'way-password')
	const wrong = await browser.submit(way, 'bind', { known_login: 'pw_old', password_old: 'Nope@1234' })
	const unknown = await browser.submit(way, 'bind', { known_login: 'nobody_old', password_old: OLD })
	assert.ok(text(wrong, 'password_old'))
	assert.equal(text(wrong, 'password_old'), text(unknown, 'password_old'))
	for (let i = 0; i < 4; i++)
		await browser.submit(way, 'bind', { known_login: 'pw_guess', password_old: `Guess@${i}` })
	assert.equal((await browser.submit(way, 'bind', { known_login: 'pw_guess', password_old: OLD })).error, 'locked')
	assert.ok((await browser.submit(way, 'bind', { known_login: 'pw_old', password_old: OLD })).params?.code)
})

test('by password: many names are guessed no faster here than at the login, by the address and by the account', async () => {
	const first = await toBind('sprayer'), own = broker.browser()
	await broker.reloaded({ login: { tries: 4, address_tries: 6 } })
	const guess = async ({ browser, page }, n) => {
		const way = await browser.click(page, 'way-password')
		const ends = []

		for (let i = 0; i < n; i++)
			ends.push((await browser.submit(way, 'bind', { known_login: `spray_${Math.random()}`, password_old: OLD })).error)
		return ends
	}
	assert.ok((await guess(first, 7)).includes('locked'), 'the address is counted')
	const page = await passwordLogin(own, await own.open(`${broker.issuer}/login`), { login: 'sprayer', password: 'Wrong@1234' })
	assert.equal(page.error, 'locked', 'as one with the login')
	await broker.reloaded({ login: { tries: 4, address_tries: 100 } })
	assert.equal((await guess(first, 22)).at(-1), 'locked', 'and the account')
})

test('review: the phone is gone; a reviewer sees the rows, approves, and the person goes on', async () => {
	load([{ id: 'rv', login: 'rv_old', type: 'expert', phone: '13700000007', name: '赵老' }])
	const { browser, page } = await toBind('rv_new', { name: '赵新' })
	const way = await browser.click(page, 'way-review')
	const empty = await browser.upload(way, 'bind', { user_type: 'expert', known_login: '', phone: '', reason: '' })
	assert.ok(text(empty, 'reason') && text(empty, 'known_login'))
	const asked = await browser.upload(way, 'bind', { user_type: 'expert', known_login: 'rv_old', phone: '', reason: '手机号已停用' })
	assert.ok(asked.has('waits'), `${asked}`)
	const seen = await decide('赵新', 'approve')
	assert.ok(seen.html.includes('手机号已停用') && seen.html.includes('zzkj/rv'), 'what was asked for, and the row')
	assert.match(await bindings(browser), /rv_old/)
})

/** Decide on the open task whose title is @title; the page on which it was decided. */
async function decide(title, decision, reason = '', values = {}) {
	const list = await desk.open(`${broker.issuer}/tasks`)
	const part = list.html.split('<tr').find((one) => one.includes(title))
	assert.ok(part, `no task of ${title}`)
	const task = await desk.open(new URL(part.match(/href="(\/tasks\/[^"]+)"/)[1], broker.issuer).href)
	const claimed = task.form('claim-form') ? await desk.submit(task, 'claim-form', { do: 'claim' }) : task
	const page = claimed.form('decide') ? claimed : await desk.open(task.url)
	const done = await desk.submit(page, 'decide', { decision, reason, ...values })
	assert.ok(!done.error, `${done} ${done.error}`)
	return page
}

test('dispute: who lost the account has it reviewed; both sides’ evidence is shown; the other binding ends and its person is told', async () => {
	load([{ id: 'dp', login: 'dp_old', type: 'expert', phone: '13700000008', name: '孙老' }])
	const thief = await toBind('dp_thief', { phone: '13900000008' })
	assert.ok((await bySms(thief.browser, thief.page, { user_type: 'expert', phone: '13700000008' })).params?.code)
	const owner = await toBind('dp_owner', { name: '孙主' })
	const way = await owner.browser.click(owner.page, 'way-password')
	const taken = await owner.browser.submit(way, 'bind', { known_login: 'dp_old', password_old: OLD })
	assert.ok(taken.html.includes('该账户已被其他用户绑定'))
	const form = await owner.browser.click(taken, 'go-dispute')
	assert.ok((await owner.browser.upload(form, 'bind', { user_type: 'expert', known_login: 'dp_old', phone: '', reason: '被他人绑定' })).has('waits'))
	const seen = await decide('孙主', 'approve', '经核查属于申请人')
	assert.ok(seen.html.includes('dp_thief') && seen.html.includes('137****0008'), 'who has it, and on what evidence')
	assert.match(await bindings(owner.browser), /dp_old/)
	assert.doesNotMatch(await bindings(thief.browser), /dp_old/)
	await sleep(300)
	assert.ok(broker.outbox().some((line) => line.phone?.endsWith('13900000008') && /解除/.test(JSON.stringify(line))), 'the other person is told')
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('document (T2): imported after the name was verified, it is offered and bound with one click, also from a 15-digit number and a renewed permit; another type or number is not', async () => {
	const own = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural'] },
		legacy_sources: [{ id: 'history', name: { zh: '历史用户' }, accounts: 'claim', methods: ['document'] }],
	})

	own.config.realname = { verifier: 'registry_csv', people: join(own.dir, 'people.csv'), tries_day: 50 }
	own.write()
	writeFileSync(own.config.realname.people, 'name,id_type,id_number,level\n张三,111,11010519491231002X,2\n李四,516,H0123456702,2\n王五,111,330402200002290011,2\n')
	await own.run()
	try {
		const come = async (login, claim) => {
			own.account({ login })
			const browser = own.browser()

			await passwordLogin(browser, await browser.open(own.client('demo-public').request().url), { login })
			const before = await browser.open(`${own.issuer}/bind`)
			assert.ok(before.has('realname-hint'), `${before}`)
			assert.ok(!before.has('offers'), 'nothing before the real name is verified')
			await browser.submit(await browser.open(`${own.issuer}/realname`), 'realname', { gender: '', ethnic_code: '', ...claim })
			return browser
		}
		const people = []
		for (const [login, claim, old] of [
			['doc15', { name: '张三', id_type: '111', id_number: '11010519491231002X' }, 'old15'],
			['dochk', { name: '李四', id_type: '516', id_number: 'H0123456702' }, 'oldhk'],
		])
			people.push({ login, old, browser: await come(login, claim) })
		const other = await come('docother', { name: '王五', id_type: '111', id_number: '330402200002290011' })
		load([
			{ id: 'd15', login: 'old15', id_type: '111', id_number: '110105491231002', digest: '' },
			{ id: 'dhk', login: 'oldhk', id_type: '516', id_number: 'H0123456701', digest: '' },
			{ id: 'dtype', login: 'oldtype', id_type: '113', id_number: '330402200002290011', digest: '' },
		], 'history', own)
		for (const { login, old, browser } of people) {
			const page = await browser.open(`${own.issuer}/bind`)
			assert.equal(page.name, 'bind', `${page}`)
			assert.ok(page.html.includes(old), `${login} is offered ${old}: ${page.html}`)
			const id = page.html.match(/<form id="(bind-[^"]+)"/)[1]
			const post = () => browser.submit(page, id)
			const [done, twice] = await Promise.all([post(), post()])
			assert.equal(done.name, 'account', `${done}`)
			assert.equal(twice.name, 'account', 'a second click changes nothing')
			assert.ok(done.html.includes(old))
		}
		assert.ok((await other.open(`${own.issuer}/bind`)).has('no-history'), 'the same number of another type')
	} finally {
		await own.stop()
	}
})

test('sms_alone: recent – a number that the old system confirmed long ago may be somebody else’s by now', async () => {
	const own = await Broker.start({
		clients: [CLIENTS.public()], login: { namespaces: ['natural'] }, completion: { mode: 'required' },
		legacy_sources: [{ ...SOURCES[0], sms_alone: 'recent', sms_recent: '90d' }],
	}, [])

	try {
		const recently = new Date(Date.now() - 86400000).toISOString().slice(0, 10)
		load([{ id: 'r1', type: 'expert', phone: '13700000011', confirmed: '2020-01-05' }, { id: 'r2', type: 'expert', phone: '13700000012', confirmed: recently },
			{ id: 'r3', type: 'expert', phone: '13700000013' }], 'zzkj', own)
		const { browser, page } = await toBind('recycled', {}, own)
		let now = page
		for (const phone of ['13700000011', '13700000013']) {
			now = await ask(browser, now, { user_type: 'expert', phone }, own)
			assert.match(text(now, 'phone'), /长期未经确认/)
		}
		assert.ok((await bySms(browser, now, { user_type: 'expert', phone: '13700000012' }, own)).params?.code)
	} finally {
		await own.stop()
	}
})

test('suggestions of the Torch table: an old password binds E2, a code to the phone binds P2; a password of one’s own does not', async () => {
	const own = await Broker.start({ units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }], login: { namespaces: ['natural', 'legal'] } }, [
		{ login: USCC, namespace: 'legal', unit: USCC }, { login: '13900000002', phone: '13900000002' },
	])

	try {
		load([{ kind: 'enterprise', id: 'e2', login: USCC, uscc: USCC, unit: '演示科技有限公司' }, { id: 'p2', login: '13900000002', phone: '13900000002' }], 'torch', own)
		const legacy = async (browser, end) => (await own.client('demo-public').userinfo(end.tokens.access_token)).json.legacy ?? []
		const byPassword = async (login, namespace) => {
			const browser = own.browser()

			return { browser, given: await own.client('demo-public').login(browser, { scope: 'openid legacy', login: (page) => passwordLogin(browser, page, { login, namespace }) }) }
		}
		let p2 = await byPassword('13900000002', 'natural')
		assert.deepEqual(await legacy(p2.browser, p2.given), [], 'their own password proves nothing about the old account')
		const phone = own.browser()
		assert.ok((await phone.phoneLogin(await phone.open(own.client('demo-public').request({ scope: 'openid' }).url), own, '13900000002')).redirect)
		p2 = await byPassword('13900000002', 'natural')
		assert.equal((await legacy(p2.browser, p2.given))[0]?.account_id, 'p2')

		let e2 = await byPassword(USCC, 'legal')
		assert.deepEqual(await legacy(e2.browser, e2.given), [])
		const page = await e2.browser.open(`${own.issuer}/bind/password`)
		const done = await e2.browser.submit(page, 'bind', { known_login: USCC, password_old: OLD })
		assert.equal(done.name, 'account', `${done} ${text(done, 'password_old')}`)
		e2 = await byPassword(USCC, 'legal')
		assert.equal((await legacy(e2.browser, e2.given))[0]?.account_id, 'e2')

		const unit = await e2.browser.open(`${own.issuer}/unit/legacy`)
		assert.equal(unit.name, 'unit-legacy')
		const id = unit.html.match(/id="(row-[^"]+)"/)[1]
		const confirmed = await e2.browser.submit(unit, id, { do: 'confirm', reason: '' })
		assert.ok(confirmed.html.includes('已确认'))
		assert.equal((await e2.browser.submit(confirmed, id, { do: 'dispute', reason: '' })).error, 'reason')
		assert.ok((await e2.browser.submit(confirmed, id, { do: 'dispute', reason: '经办人已离职' })).html.includes('异议核查中'))
	} finally {
		await own.stop()
	}
})
