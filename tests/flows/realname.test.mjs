// SPDX-License-Identifier: Apache-2.0
// Real-name verification: the register, outages, hours of service, other people's numbers, units, and what tokens say of it (Z10, M3-M6, M16, T7).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { writeFileSync } from 'node:fs'
import { Page } from './browser.mjs'
import { Broker, CLIENTS, client, PASSWORD, passwordLogin, sleep, until } from './harness.mjs'
import { Staff } from './totp.mjs'
import { Verifier } from './verifier.mjs'

const ANNA = { name: '张三', id_type: '111', id_number: '11010519491231002X', gender: '2', ethnic_code: '01' }
const BERT = { name: '李四', id_type: '111', id_number: '110101199003071233' } // in nobody's register
const UNIT = '91110108MA01ET88XL'
const PEOPLE = `name,id_type,id_number,gender,ethnic_code,level
张三,111,11010519491231002X,2,01,2
王五,111,330402200002290011,1,01,2
赵六,111,110101197810270029,2,,3
`
const UNITS = `name,uscc,rep_name,rep_id_type,rep_id_number,level
北京某某科技有限公司,${UNIT},赵六,111,110101197810270029,2
`
let broker

before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public(), CLIENTS.portal(), client('verified', { type: 'public', require: { realname_level: 2 } }),
			client('gaoqi', { type: 'public', subsystem: 'gaoqi', require: { realname_level: 2, subsystem_grant: true } }),
			client('effective', { type: 'public', require: { unit_effective: true } })],
	})
	broker.config.realname = { verifier: 'registry_csv', people: join(broker.dir, 'people.csv'), units: join(broker.dir, 'units.csv'), tries_day: 50 }
	broker.write()
	writeFileSync(broker.config.realname.people, PEOPLE)
	writeFileSync(broker.config.realname.units, UNITS)
	await broker.run()
})
after(() => broker.stop())

/** Somebody new at the page /realname, because the client demands it. */
async function arrive(login, { id = 'verified', account = {}, on = broker, namespace = 'natural' } = {}) {
	on.account({ login, namespace, ...account })
	const browser = on.browser()
	const page = await passwordLogin(browser, await browser.open(on.client(id).request().url), { login, namespace })

	return { browser, page }
}
const status = (page) => page.html.match(/id="realname-status" data-status="([^"]*)"/)?.[1] ?? 'none'
const reason = (page) => page.html.match(/id="realname-reason" data-reason="([^"]*)"/)?.[1]
/** Submit and fill in, document numbers too. */
const claim = (browser, page, values) => browser.submit(page, 'realname', { id_type: '111', gender: '', ethnic_code: '', ...values })

test('a match finishes the request without a second login; acr and real_name say so', async () => {
	const { browser, page } = await arrive('anna', { id: 'verified' })

	assert.equal(page.name, 'realname')
	assert.ok(!page.has('skip-realname'), 'what is demanded cannot be skipped')
	const end = await claim(browser, page, ANNA)
	assert.ok(end.params?.code, `${end}`)
	const { tokens } = await broker.client('demo-public').login(browser, { scope: 'openid realname', login: (found) => found })
	const info = (await broker.client('demo-public').userinfo(tokens.access_token)).json
	assert.equal(info.acr, '2')
	assert.equal(info.real_name.status, 'verified')
	assert.equal(info.real_name.level, 2)
	assert.equal(info.real_name.method, 'registry')
	assert.ok(Math.abs(info.real_name.at - Date.now() / 1000) < 60)
	assert.equal(info.name, '张三')
	assert.equal(info.id_number_masked, '1****************X')
	assert.equal(info.gender, '2')
})

test('a number that is verified logs in; one that is only claimed does not', async () => {
	const browser = broker.browser()
	const end = await passwordLogin(browser, await browser.open(broker.client('demo-public').request().url), { login: ANNA.id_number })

	assert.ok(end.params?.code, `${end}`)
	const claimed = await arrive('claims')
	await claim(claimed.browser, claimed.page, BERT)
	const other = broker.browser()
	const refused = await passwordLogin(other, await other.open(broker.client('demo-public').request().url), { login: BERT.id_number })
	assert.equal(refused.error, 'credentials')
})

test('a mismatch says so, keeps what was typed but the number, and can be corrected', async () => {
	const { browser, page } = await arrive('corrects')
	const failed = await claim(browser, page, { name: '王六', id_number: '330402200002290011', gender: '1' })

	assert.equal(failed.name, 'realname')
	assert.equal(status(failed), 'failed')
	assert.equal(reason(failed), 'mismatch')
	assert.ok(failed.has('go-upload'))
	assert.equal(failed.form('realname').fields.name, '王六')
	assert.equal(failed.form('realname').fields.id_number, '')
	assert.ok(!failed.html.includes('330402200002290011'))
	const end = await claim(browser, failed, { name: '王五', id_number: '330402200002290011', gender: '1' })
	assert.ok(end.params?.code, `${end}`)
})

test('what is wrong with the form is told at the field, and nobody is asked', async () => {
	const { browser, page } = await arrive('mistypes')
	const asked = broker.events('realname.asked').length

	for (const [values, field] of [
		[{ ...ANNA, name: '' }, 'name'],
		[{ ...ANNA, id_number: '' }, 'id_number'],
		[{ ...ANNA, id_number: '110101197810270021' }, 'id_number'],
		[{ ...ANNA, id_number: '330402197802290015' }, 'id_number'],
		[{ ...ANNA, id_type: '999999' }, 'id_type'],
		[{ ...ANNA, ethnic_code: '77' }, 'ethnic_code'],
		[{ ...ANNA, gender: 'x' }, 'gender'],
	]) {
		const again = await claim(browser, page, values)

		assert.equal(again.error, 'form', `${again}`)
		assert.ok(again.has(`${field}-error`), `${field}: ${again.html}`)
	}
	const sex = await claim(browser, page, { ...ANNA, gender: '1' })
	assert.ok(sex.has('id_number-error') || sex.has('gender-error'), 'the sex must be that of the number')
	assert.equal(broker.events('realname.asked').length, asked)
})

test('full-width and lower case are what was meant', async () => {
	const other = await Broker.start({ clients: broker.config.clients, realname: broker.config.realname }, [])

	try {
		const { browser, page } = await arrive('wide', { on: other })
		const end = await claim(browser, page, { ...ANNA, id_number: ' １１０１０５ 19491231-002x ' })
		assert.ok(end.params?.code, `${end}`)
	} finally {
		await other.stop()
	}
})

test("another account's document is refused with a way out, and says nothing about the other", async () => {
	const { browser, page } = await arrive('second_anna')
	const taken = await claim(browser, page, ANNA)

	assert.equal(status(taken), 'failed')
	assert.equal(reason(taken), 'id_number_taken')
	assert.ok(!/anna/.test(taken.html.replace(/second_anna/g, '')), 'nobody else\'s data')
	assert.ok(taken.has('go-upload'))
	const info = broker.show('second_anna')
	assert.equal(info.realname_level, 0)
})

test('a document that no interface verifies waits for a person', async () => {
	const { browser, page } = await arrive('officer')
	const waiting = await claim(browser, page, { name: '孙七', id_type: '114', id_number: '军字第12345678号' })

	assert.equal(status(waiting), 'manual_pending')
	assert.equal(reason(waiting), 'not_checkable')
	assert.ok(waiting.has('go-upload'))
	assert.ok(waiting.has('edit-realname'))
	const edit = await browser.submit(waiting, 'edit', { do: 'edit' })
	const end = await claim(browser, edit, { name: '赵六', id_number: '110101197810270029', gender: '2' })
	assert.ok(end.params?.code, `${end}`)
	const silent = await browser.open(broker.client('demo-public').request({ prompt: 'none' }).url)
	assert.ok(silent.params.code)
})

test('prompt=none says which requirement a page would resolve', async () => {
	const { browser } = await arrive('silent')
	const end = await browser.open(broker.client('verified').request({ prompt: 'none' }).url)

	assert.equal(end.params.error, 'interaction_required')
	assert.equal(end.params.error_description, 'realname_required')
})

test('who comes directly and skips goes on; who is verified sees the badge and can change it', async () => {
	broker.account({ login: 'direct' })
	const browser = broker.browser()
	const login = await browser.open(`${broker.issuer}/realname`)
	const page = await passwordLogin(browser, login, { login: 'direct' })

	assert.equal(page.name, 'realname')
	const skipped = await browser.submit(page, 'realname', { do: 'skip' })
	assert.equal(skipped.name, 'index')
	broker.account({ login: 'badge', 'realname-level': 2 })
	const other = broker.browser()
	const badge = await passwordLogin(other, await other.open(`${broker.issuer}/realname`), { login: 'badge' })
	assert.equal(status(badge), 'verified')
	assert.equal(badge.text('realname-badge'), '实名认证')
	const edit = await other.submit(badge, 'edit', { do: 'edit' })
	const lost = await claim(other, edit, BERT)
	assert.equal(status(lost), 'failed', 'VERIFIED, edited: verified anew or not at all')
	assert.equal(broker.show('badge').realname_level, 0)
})

test('a page of another browser, a second click and the back button change nothing', async () => {
	const { browser, page } = await arrive('twice')
	const foreign = await broker.browser().open(page.url)

	assert.equal(foreign.error, 'interaction_foreign')
	const asked = broker.events('realname.asked').length
	const [first, second] = await Promise.all([claim(browser, page, BERT), claim(browser, page, BERT)])
	for (const one of [first, second])
		assert.match(status(one), /failed|checking/)
	const reloaded = await browser.open(`${broker.issuer}/realname/check?interaction=${new URL(page.url).searchParams.get('interaction')}`)
	assert.equal(status(reloaded), 'failed')
	assert.ok(broker.events('realname.asked').length - asked <= 2)
})

test('numbers of documents stand in no log line', () => {
	for (const number of [ANNA.id_number, BERT.id_number, '110101197810270029', '330402200002290011'])
		assert.ok(!broker.log.some((line) => line.includes(number)))
})

test('limits: so many tries a day, and then no more', async () => {
	const strict = await Broker.start({ clients: broker.config.clients, realname: { ...broker.config.realname, tries_day: 2 } }, [])

	try {
		let { browser, page } = await arrive('guesses', { on: strict })
		for (let i = 0; i < 2; i++)
			page = await claim(browser, page, BERT)
		assert.equal(status(page), 'failed')
		page = await claim(browser, page, BERT)
		assert.equal(page.error, 'too_many')
	} finally {
		await strict.stop()
	}
})

test('M6, M16: a unit is verified with its representative; the account goes on to what its unit needs', async () => {
	assert.equal(broker.cli('unit', 'add', '--uscc', UNIT, '--name', '北京某某科技有限公司', '--status', 'registered').code, 0)
	const { browser, page } = await arrive('handler', { namespace: 'legal', account: { unit: UNIT } })

	assert.equal(page.name, 'realname')
	assert.equal(page.form('realname').fields.unit_name, '北京某某科技有限公司')
	const values = { unit_type: 'enterprise', handler_name: '钱八', rep_name: '赵六', rep_id_type: '111', handler_id_type: '111', rep_country: '' }
	const failed = await browser.submit(page, 'realname', { ...values, rep_id_number: '110101199003071233' })
	assert.equal(status(failed), 'failed')
	const end = await browser.submit(failed, 'realname', { ...values, rep_id_number: '110101197810270029' })
	assert.ok(end.params?.code, `${end}`)
	const shown = broker.show('handler', 'legal')
	assert.equal(shown.realname_level, 2)
	assert.equal(broker.cli('unit', 'show', '--uscc', UNIT).json.status, 'needs_supplement')
})

test('M16: what was granted in advance is in force with the real name', async () => {
	const uscc = '91330106MA27Y4U47R'

	assert.equal(broker.cli('unit', 'add', '--uscc', uscc, '--name', '某单位', '--status', 'effective').code, 0)
	broker.account({ login: 'holder', namespace: 'legal', unit: uscc })
	const result = broker.legacy(`legacy_id,kind,uscc,unit_name,scheme,salt,digest\n1,enterprise,${uscc},某单位,hex(md5(p.s)),s,${createHash('md5').update(`${PASSWORD}s`).digest('hex')}\n`)
	assert.equal(result.counts.E4, 1, result.out + result.err)
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(broker.client('gaoqi').request().url), { login: uscc })
	assert.equal(page.name, 'realname', `${page}`)
	writeFileSync(broker.config.realname.people, `${PEOPLE}周九,111,410101199003071234,,,2\n`)
	const end = await claim(browser, page, { name: '周九', id_number: '410101199003071234' })
	assert.ok(end.params?.code, `${end}`)
})

test('over HTTP: an outage defers, the background job asks again, and the person who waits goes on by herself', async () => {
	const upstream = await Verifier.start()
	const other = await Broker.start({ clients: broker.config.clients, realname: { ...upstream.options, retry_after: '1s', retry_most: '2s', level: 2,
		tries_day: 50 } }, [])

	other.allow(/"fault":"unreachable"/)
	try {
		for (const mode of ['down', 'broken', 'forged']) {
			upstream.mode = mode
			const { browser, page } = await arrive(`waits_${mode}`, { on: other })
			const number = { down: '110101197810270029', broken: ANNA.id_number, forged: '330105197810270025' }[mode]
			const deferred = await claim(browser, page, { name: '张三', id_number: number })

			assert.equal(status(deferred), 'deferred', mode)
			assert.equal(reason(deferred), 'unavailable')
			assert.ok(!deferred.has('continue'), 'the client demands it')
			upstream.mode = 'match'
			const end = await until(async () => {
				const next = await browser.open(deferred.url.replace('/realname?', '/continue?'))

				return next.params?.code && next
			}, 'verified by the job')
			assert.ok(end.params.code)
			assert.equal(other.show(`waits_${mode}`).realname_level, 2, 'no more than is configured')
		}
		assert.equal(upstream.asked.at(-1).subject, 'person')
		upstream.mode = 'down'
		const { browser, page } = await arrive('survivor', { on: other })
		assert.equal(status(await claim(browser, page, { name: '张三', id_number: '410101199003071234' })), 'deferred')
		await other.kill()
		upstream.mode = 'mismatch'
		await other.run()
		const again = await until(async () => {
			const next = await browser.open(page.url)

			return next.name === 'realname' && status(next) === 'failed' && next
		}, 'asked again after a restart')
		assert.equal(reason(again), 'mismatch')
	} finally {
		upstream.stop()
		await other.stop()
	}
})

test('T7: outside its hours nobody is asked; the answer comes when they begin', async () => {
	const minute = (Math.floor(Date.now() / 60000) + 8 * 60) % 1440
	const text = (m) => `${String(Math.floor((m + 1440) % 1440 / 60)).padStart(2, '0')}:${String((m + 1440) % 60).padStart(2, '0')}`
	const other = await Broker.start({ clients: broker.config.clients, realname: { ...broker.config.realname, from: text(minute + 120), to: text(minute + 180) } }, [])

	try {
		const { browser, page } = await arrive('early', { on: other })
		assert.ok(page.html.includes(text(minute + 120)), 'the page says when')
		const deferred = await claim(browser, page, ANNA)
		assert.equal(status(deferred), 'deferred')
		assert.equal(reason(deferred), 'window')
		assert.ok(deferred.html.includes(text(minute + 120)))
		assert.equal(other.events('realname.asked').length, 0)
	} finally {
		await other.stop()
	}
})

test('T7: when its hours begin, what waited is asked', { timeout: 120000 }, async () => {
	const left = 60000 - Date.now() % 60000

	if (left < 8000) // the hours begin with a minute that has not begun when the claim is made
		await sleep(left + 100)
	const minute = (Math.floor(Date.now() / 60000) + 8 * 60) % 1440
	const text = (m) => `${String(Math.floor(m % 1440 / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
	const other = await Broker.start({ clients: broker.config.clients, realname: { ...broker.config.realname, from: text(minute + 1), to: text(minute + 30) } }, [])

	try {
		const { browser, page } = await arrive('waits', { on: other })
		const deferred = await claim(browser, page, ANNA)
		assert.equal(reason(deferred), 'window')
		const end = await until(async () => {
			const next = await browser.open(deferred.url.replace('/realname?', '/continue?'))

			return next.params?.code && next
		}, 'asked when the hours began', 75)
		assert.ok(end.params.code)
	} finally {
		await other.stop()
	}
})

test('the operator vouches for somebody, and takes it back', async () => {
	broker.account({ login: 'vouched' })
	broker.set('vouched', { 'realname-level': 3 })
	assert.equal(broker.show('vouched').realname_level, 3)
	const browser = broker.browser()
	const end = await passwordLogin(browser, await browser.open(broker.client('verified').request({ scope: 'openid realname' }).url), { login: 'vouched' })
	assert.ok(end.params?.code, `${end}`)
	broker.set('vouched', { 'realname-level': 0 })
	assert.equal(broker.show('vouched').realname_level, 0)
	assert.equal((await browser.open(broker.client('verified').request().url)).name, 'realname', 'also for who is logged in')
})

// ---- looked at by a person (M4)

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

async function hand(browser, page, values, files = {}) {
	const { action, fields } = page.form('upload')
	const data = new FormData()

	for (const [key, value] of Object.entries({ ...fields, ...values }))
		data.append(key, value)
	for (const [name, bytes] of Object.entries(files))
		data.append('file', new Blob([bytes]), name)
	const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
	const answer = await fetch(action, { method: 'POST', redirect: 'manual', body: data, headers: { ...browser.headers, Cookie: cookie, Origin: new URL(action).origin } })
	if (answer.status === 303)
		return browser.open(new URL(answer.headers.get('location'), action).href)
	return new Page(action, answer.status, answer.headers, await answer.text())
}

test('M4: who failed hands in documents; rejected with a reason, then approved by hand, without a second login', async () => {
	const other = await Broker.start({ clients: broker.config.clients, realname: broker.config.realname, login: { namespaces: ['natural', 'legal', 'staff'],
		captcha_after: 100 } }, [])

	try {
		const { browser, page } = await arrive('byhand', { on: other })
		const failed = await claim(browser, page, BERT)
		let upload = await browser.click(failed, 'go-upload')
		assert.equal(upload.name, 'upload')
		assert.equal((await hand(browser, upload, { do: 'review' })).error, 'file_missing')
		upload = await hand(browser, upload, { do: 'upload', slot: 'id_front' }, { 'front.png': PNG })
		assert.ok(upload.html.includes('front.png'), upload.html)
		const waiting = await hand(browser, upload, { do: 'review' })
		assert.equal(status(waiting), 'manual_pending')
		assert.ok(!waiting.has('go-upload'))
		const desk = (await Staff.create(other, 'reviewer', 'reviewer').at(`${other.issuer}/tasks`)).browser
		const decide = async (decision, reason) => {
			const list = await desk.open(`${other.issuer}/tasks`)
			const row = list.html.split('<tr').find((part) => part.includes(BERT.name))
			assert.ok(row, list.html)
			const task = await desk.open(new URL(row.match(/href="(\/tasks\/[^"]+)"/)[1].replaceAll('&amp;', '&'), other.issuer).href)
			assert.ok(!task.html.includes(BERT.id_number), 'masked until asked for')
			const claimed = task.form('claim') ? await desk.submit(task, 'claim', {}) : task
			const done = await desk.submit(claimed.form('decide') ? claimed : await desk.open(task.url), 'decide', { decision, reason })
			assert.ok(!done.error, `${done}`)
		}
		await decide('reject', '照片不清晰')
		const told = await browser.open(waiting.url)
		assert.equal(status(told), 'failed')
		assert.equal(reason(told), 'rejected')
		assert.ok(told.text('realname-words').includes('照片不清晰'))
		const again = await browser.click(told, 'go-upload')
		assert.ok(again.html.includes('front.png'), 'what was handed in comes back')
		const second = await hand(browser, again, { do: 'review' })
		assert.equal(status(second), 'manual_pending')
		await decide('approve', '')
		const end = await browser.open(second.url.replace('/realname?', '/continue?'))
		assert.ok(end.params?.code, `${end}`)
		const { tokens } = await other.client('demo-public').login(browser, { login: (found) => found })
		const info = (await other.client('demo-public').userinfo(tokens.access_token)).json
		assert.deepEqual([info.real_name.status, info.real_name.level, info.real_name.method, info.acr], ['verified', 2, 'manual', '2'])
	} finally {
		await other.stop()
	}
})

test('the unit was dissolved while its real name waited for a person: the reviewer is told, nothing is half done, and it can be turned down', async () => {
	const uscc = '91330106MA27Y4U47R'
	const other = await Broker.start({ clients: broker.config.clients, login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100 } }, [])

	try {
		assert.equal(other.cli('unit', 'add', '--uscc', uscc, '--name', '将注销有限公司', '--status', 'registered').code, 0)
		const { browser, page } = await arrive('closing', { on: other, namespace: 'legal', account: { unit: uscc } })
		const waiting = await browser.submit(page, 'realname', { unit_type: 'enterprise', handler_name: '钱八', rep_name: '赵六', rep_id_type: '111', handler_id_type: '111',
			rep_country: '', rep_id_number: '110101197810270029' })
		assert.equal(status(waiting), 'manual_pending', `${waiting}`)
		const upload = await hand(browser, await browser.click(waiting, 'go-upload'), { do: 'upload', slot: 'licence' }, { 'licence.png': PNG })
		assert.equal(status(await hand(browser, upload, { do: 'review' })), 'manual_pending')
		assert.equal(other.cli('unit', 'dissolve', '--uscc', uscc).code, 0)
		const before = other.show('closing', 'legal')
		const desk = (await Staff.create(other, 'reviewer', 'reviewer').at(`${other.issuer}/tasks`)).browser
		const list = await desk.open(`${other.issuer}/tasks`)
		const task = await desk.open(new URL(list.html.match(/href="(\/tasks\/[^"]+)"/)[1].replaceAll('&amp;', '&'), other.issuer).href)
		const decide = (decision, reason = '') => desk.submit(task, 'decide', { decision, reason })
		const refused = await decide('approve')
		assert.equal(refused.error, 'unit_dissolved', `${refused}`)
		assert.equal(refused.name, 'task')
		assert.deepEqual(other.show('closing', 'legal'), before)
		assert.equal((await decide('reject', '单位已注销')).error, undefined)
		assert.equal(other.show('closing', 'legal').realname_level, 0)
		assert.equal(other.cli('unit', 'show', '--uscc', uscc).json.status, 'dissolved')
	} finally {
		await other.stop()
	}
})
