// SPDX-License-Identifier: Apache-2.0
// The review desk: who sees which queue, side by side, claims, two reviewers at once, four eyes, guessed ids, long queues.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, passwordLogin, sleep, yimen } from './harness.mjs'
import { Staff } from './totp.mjs'

const OTHER_USCC = '91110108MA01ET88XL'
const DAY = 24 * 3600 * 1000
const APPEAL = 5
const people = {}
let broker, ids

/** Put tasks into the store while no daemon runs; the id of each line's last. */
function seed(lines) {
	const run = spawnSync(join(dirname(yimen()), 'tests/seed_tasks'), [broker.config.data_dir], { encoding: 'utf8', input: lines.map((line) => JSON.stringify(line) + '\n').join('') })

	assert.equal(run.status, 0, run.stderr)
	return run.stdout.trim().split('\n')
}

// Whose account it is shows by itself: decisions here are about the desk.
const OWN = { contact_name: '张三', contact_phone: '13812345678', known_login: 'zhangsan' }
const TASKS = {
	platform: { kind: APPEAL, queue: 'platform', title: '平台申诉', age_ms: 1000, now: OWN },
	city: { kind: APPEAL, queue: 'dept:city', title: '市局事项' },
	district: { kind: APPEAL, queue: 'dept:district', title: '区局事项', before: { unit_name: '旧名称有限公司', contact_name: '王五' },
		now: { unit_name: '新名称有限公司', contact_name: '王五', id_number: '410101199003071234', phone: '13812345678' } },
	village: { kind: APPEAL, queue: 'dept:village', title: '别处事项' },
	unit: { kind: APPEAL, queue: `unit:${USCC}`, title: '加入演示公司' },
	other: { kind: APPEAL, queue: `unit:${OTHER_USCC}`, title: '加入另一公司' },
	old: { kind: APPEAL, queue: 'dept:city', title: '超时事项', age_ms: 10 * DAY },
	race: { kind: APPEAL, queue: 'platform', title: '同时处理', now: OWN },
	twice: { kind: APPEAL, queue: 'platform', title: '重复提交', now: OWN },
	codes: { kind: APPEAL, queue: 'platform', title: '代码含义', form: 'unit-supplement', before: { unit_nature: 'for_profit', department: 'city' },
		now: { unit_nature: 'special', unit_type: 'institution', department: 'district', rep_id_type: '414', rep_country: 'KAZ', gender: '2', ethnic_code: '02',
			id_valid_years: 'long', id_valid_to: 'long', apply_type: 'finance', registered_region: '120101', country: '<b>' } },
	eyes: { kind: APPEAL, queue: 'platform', title: '双人复核', now: OWN },
	eyes2: { kind: APPEAL, queue: 'platform', title: '复核退回', now: OWN },
}

before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] },
		departments: [{ id: 'city', name: { zh: '市科技局' } }, { id: 'district', name: { zh: '区科技局', en: 'District bureau' }, parent: 'city' }, { id: 'village', name: { zh: '外地' } }],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }, { uscc: OTHER_USCC, name: '另一科技有限公司', status: 'effective' }],
	})
	broker.account({ login: 'keji_demo', namespace: 'legal', unit: USCC })
	broker.account({ login: 'zhangsan', name: '张三' })
	const own = broker.account({ login: 'asks', phone: '13800138009' })
	for (const [name, roles, dept] of [['platform', 'reviewer'], ['second', 'reviewer'], ['city', 'reviewer', 'city'], ['district', 'reviewer', 'district'], ['support', 'support'],
		['system', 'system'], ['security', 'security'], ['audit', 'audit']])
		people[name] = Staff.create(broker, `desk_${name}`, roles, dept ? ['--dept', dept] : [])
	TASKS.own = { kind: APPEAL, queue: 'platform', title: '本人事项', account: people.platform.id }
	TASKS.stranger = { kind: APPEAL, queue: 'platform', title: '他人事项', account: own.id, now: OWN }
	const made = seed(Object.values(TASKS))
	ids = Object.fromEntries(Object.keys(TASKS).map((key, i) => [key, made[i]]))
	await broker.run()
	for (const one of Object.values(people))
		one.browser = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
	people.unit = { browser: broker.browser() }
	await passwordLogin(people.unit.browser, await people.unit.browser.open(`${broker.issuer}/login?tab=legal`), { login: 'keji_demo', namespace: 'legal' })
	people.nobody = { browser: broker.browser() }
	await passwordLogin(people.nobody.browser, await people.nobody.browser.open(`${broker.issuer}/login`))
})
after(() => broker.stop())

const list = (who, query = '') => people[who].browser.open(`${broker.issuer}/tasks${query}`)
const open = (who, task) => people[who].browser.open(`${broker.issuer}/tasks/${ids[task]}`)
const titles = (page) => [...page.html.matchAll(/<a id="task-[^>]*>([^<]*)</g)].map((m) => m[1])
const act = (who, page, what) => people[who].browser.submit(page, { claim: 'claim-form', release: 'release-form', reveal: 'reveal' }[what], { do: what })
const decide = (who, page, decision, reason = '') => people[who].browser.submit(page, 'decide', { decision, reason })
/** A POST as somebody who guessed: with their own CSRF token. */
async function guess(who, task, form) {
	const { browser } = people[who]
	const csrf = (await browser.open(`${broker.issuer}/login`)).form('login-password').fields.csrf

	return browser.go(`${broker.issuer}/tasks/${ids[task]}`, { method: 'POST', form: { csrf, ...form }, headers: { Origin: broker.issuer } })
}

const SEEN = {
	platform: ['platform', 'city', 'district', 'village', 'unit', 'other'], support: ['platform', 'city', 'district', 'village', 'unit', 'other'],
	city: ['city', 'district'], district: ['district'], unit: ['unit'], system: [], security: [], audit: [], nobody: [],
}
for (const [who, seen] of Object.entries(SEEN)) {
	test(`${who} sees ${seen.join(', ') || 'nothing'}, in the list and by id, and nothing else`, async () => {
		const page = await list(who)
		const shown = page.name === 'tasks' ? titles(page) : []

		if (!seen.length)
			assert.equal(page.status, 403)
		for (const task of ['platform', 'city', 'district', 'village', 'unit', 'other']) {
			assert.equal(shown.includes(TASKS[task].title), seen.includes(task), `${who} and ${task} in the list`)
			assert.equal((await open(who, task)).status, seen.includes(task) ? 200 : 404, `${who} and ${task} by id`)
			if (!seen.includes(task))
				for (const form of [{ do: 'claim' }, { do: 'reveal' }, { do: 'release' }, { decision: 'approve' }, { decision: 'reject', reason: 'x' }])
					assert.equal((await guess(who, task, form)).status, 404, `${who} posts to ${task}`)
		}
	})
}

test('nobody is logged in: the login page, and then the task', async () => {
	const browser = broker.browser()
	let page = await browser.open(`${broker.issuer}/tasks/${ids.unit}`)

	assert.equal(page.name, 'login')
	page = await passwordLogin(browser, await browser.click(page, 'tab-legal'), { login: 'keji_demo', namespace: 'legal' })
	assert.equal(page.name, 'task')
})

test('support looks on: no numbers in full, no decision, no claim', async () => {
	const page = await open('support', 'district')

	for (const id of ['claim', 'submit-decision', 'submit-reveal'])
		assert.ok(!page.has(id), id)
	for (const form of [{ do: 'claim' }, { do: 'reveal' }, { decision: 'approve' }])
		assert.equal((await guess('support', 'district', form)).error, 'forbidden')
})

test('old and new values stand side by side, numbers masked; showing them is in the audit records', async () => {
	let page = await open('district', 'district')
	const rows = [...page.html.matchAll(/<tr class="([^"]*)">\s*<th scope="row">([^<]*)<\/th><td>([^<]*)<\/td><td>([^<]*)/g)].map((m) => [m[1], m[3].trim(), m[4].trim()])

	assert.deepEqual(rows[0], ['changed', '旧名称有限公司', '新名称有限公司'])
	assert.deepEqual(rows[1], ['', '王五', '王五'])
	assert.doesNotMatch(page.html, /410101199003071234|13812345678/)
	page = await act('district', page, 'reveal')
	assert.match(page.html, /410101199003071234/)
	assert.match(page.html, /13812345678/)
	assert.ok(page.has('revealed'))
	assert.doesNotMatch((await open('district', 'district')).html, /410101199003071234/, 'masked again the next time')
	const audit = await people.audit.browser.open(`${broker.issuer}/audit?action=task.reveal&subject=${ids.district}`)
	assert.match(audit.html, /desk_district/)
})

test('codes are shown as what they mean, in the language of the page, under the labels of their form', async () => {
	const rows = (page) => Object.fromEntries([...page.html.matchAll(/<th scope="row">([^<]*)<\/th><td>([^<]*)<\/td><td>([^<]*)/g)].map((m) => [m[1], [m[2].trim(), m[3].trim()]]))
	const chinese = rows(await open('platform', 'codes'))
	const english = rows(await people.platform.browser.open(`${broker.issuer}/tasks/${ids.codes}?lang=en`))

	assert.deepEqual(chinese, { 法人性质: ['营利法人', '特别法人'], 法人类型: ['', '机关事业单位'], '局级（区县）主管部门': ['市科技局', '区科技局'], 法定代表人证件类型: ['', '普通护照'],
		'法定代表人国家或地区': ['', '哈萨克斯坦'], 性别: ['', '女'], 民族: ['', '蒙古族'], 证件有效期: ['', '长期'], 证件有效期结束日期: ['', '长期'], 申请类型: ['', '财务专家'],
		'注册地址（区）': ['', '120101'], 国家或地区: ['', '&lt;b&gt;'] })
	assert.deepEqual(english, { 'Nature of the unit': ['For-profit legal person', 'Special legal person'], 'Type of unit': ['', 'Government body or public institution'],
		'Supervising department': ['市科技局', 'District bureau'], 'Representative&#39;s document type': ['', 'Ordinary passport'],
		'Representative&#39;s country or region': ['', 'Kazakhstan'], Sex: ['', 'Female'], 'Ethnic group': ['', 'Mongol'], 'Valid for': ['', 'Without end'],
		'Valid until': ['', 'Without end'], 'Applying as': ['', 'Finance expert'], 'Registered district': ['', '120101'], 'Country or region': ['', '&lt;b&gt;'] })
	await people.platform.browser.open(`${broker.issuer}/tasks/${ids.codes}?lang=zh-CN`)
})

test('filters: kind, queue, overdue; a queue that is not theirs is refused', async () => {
	assert.ok(titles(await list('city', '?age=overdue')).every((title) => title === '超时事项'))
	assert.equal(titles(await list('city', '?age=overdue')).length, 1)
	assert.ok((await open('city', 'old')).html.includes('已超时'))
	assert.deepEqual(titles(await list('city', '?queue=dept:district')), ['区局事项'])
	assert.deepEqual(titles(await list('city', '?kind=unit')), [])
	assert.equal((await list('city', '?queue=dept:village')).status, 403)
	assert.equal((await list('city', '?queue=platform')).status, 403)
	assert.equal((await list('unit', '?queue=dept:city')).status, 403)
})

test('claim, release, and what the others see meanwhile', async () => {
	let page = await act('platform', await open('platform', 'platform'), 'claim')

	assert.ok(page.has('release'))
	assert.deepEqual(titles(await list('platform', '?state=mine')), ['平台申诉'])
	const other = await open('second', 'platform')
	assert.ok(!other.has('claim') && !other.has('submit-decision'))
	assert.match(other.text('claimed-by'), /desk_platform/)
	assert.equal((await guess('second', 'platform', { decision: 'approve' })).error, 'task_taken')
	assert.equal((await guess('second', 'platform', { do: 'claim' })).error, 'task_taken')
	assert.equal((await guess('second', 'platform', { do: 'release' })).error, 'forbidden')
	page = await act('platform', page, 'release')
	assert.ok(page.has('claim'))
	assert.ok((await open('second', 'platform')).has('claim'))
})

test('a claim that nobody follows up ends by itself', async () => {
	await broker.reloaded({ review: { claim: '1s' } })
	await act('platform', await open('platform', 'race'), 'claim')
	assert.equal((await guess('second', 'race', { do: 'claim' })).error, 'task_taken')
	await sleep(1200)
	const page = await open('second', 'race')
	assert.ok(page.has('claim'), 'free again')
	await broker.reloaded({ review: { claim: '30m' } })
	assert.ok((await act('second', page, 'claim')).has('release'))
	assert.equal((await guess('platform', 'race', { decision: 'approve' })).error, 'task_taken', 'who had it before has no right left')
	await act('second', await open('second', 'race'), 'release')
})

test('a rejection needs a reason, a decision needs to be one', async () => {
	const page = await open('platform', 'platform')

	assert.equal((await decide('platform', page, 'reject', '  ')).error, 'reason')
	assert.equal((await decide('platform', page, null)).error, 'field_empty')
	assert.equal((await decide('platform', page, 'perhaps')).error, 'field_empty')
	assert.equal((await people.platform.browser.submit(page, 'decide', { decision: 'approve', csrf: null })).error, 'csrf')
	const done = await decide('platform', page, 'reject', '材料不全<b>')
	assert.match(done.html, /材料不全&lt;b&gt;/)
	assert.match(done.text('decided-by'), /desk_platform/)
	assert.ok(titles(await list('platform', '?state=rejected')).includes('平台申诉'))
	assert.ok(!titles(await list('platform')).includes('平台申诉'))
})

test('two reviewers decide at once: one of them did, the other is told who', async () => {
	const [a, b] = [await open('platform', 'race'), await open('second', 'race')]
	const pages = await Promise.all([decide('platform', a, 'approve'), decide('second', b, 'reject', '不符')])

	assert.deepEqual(pages.map((page) => page.error).sort(), ['task_taken', undefined])
	const [won, lost] = pages[0].error ? [pages[1], pages[0]] : pages
	assert.equal(lost.status, 409)
	assert.equal(lost.text('decided-by'), won.text('decided-by'))
})

test('the button pressed twice is one decision', async () => {
	const page = await open('platform', 'twice')
	const [a, b] = await Promise.all([decide('platform', page, 'approve'), decide('platform', page, 'approve')])

	assert.deepEqual([a.error, b.error], [undefined, undefined])
	const audit = await people.audit.browser.open(`${broker.issuer}/audit?action=task.approve&subject=${ids.twice}`)
	assert.equal([...audit.html.matchAll(/>task\.approve</g)].length, 1)
})

test('nobody decides on what they asked for themselves', async () => {
	const page = await open('platform', 'own')

	assert.ok(page.has('own') && !page.has('claim') && !page.has('submit-decision'))
	assert.equal((await guess('platform', 'own', { decision: 'approve' })).error, 'forbidden')
	assert.ok((await open('second', 'own')).has('submit-decision'))
})

test('four eyes: two different people approve; one rejection suffices', async () => {
	await broker.reloaded({ review: { four_eyes: ['appeal'] } })
	let page = await decide('platform', await open('platform', 'eyes'), 'approve')
	assert.ok(page.has('approved-by-me') && !page.has('submit-decision'))
	assert.ok(titles(await list('second')).includes('双人复核'), 'still open')
	assert.equal((await guess('platform', 'eyes', { decision: 'approve' })).error, 'conflict')
	assert.match((await open('second', 'eyes')).text('first-by'), /desk_platform/)
	page = await decide('second', await open('second', 'eyes'), 'approve')
	assert.match(page.text('decided-by'), /desk_second/)
	await decide('platform', await open('platform', 'eyes2'), 'approve')
	page = await decide('second', await open('second', 'eyes2'), 'reject', '材料不符')
	assert.ok(titles(await list('second', '?state=rejected')).includes('复核退回'))
})

test('the person is told by message, where the operator wants it; reasons stay on the page', async () => {
	await broker.reloaded({ review: { four_eyes: [], notify: ['appeal'] } })
	await decide('platform', await open('platform', 'stranger'), 'reject', '证件照片不清楚')
	const sent = broker.outbox().filter((line) => line.phone?.endsWith('13800138009'))

	assert.equal(sent.length, 1)
	assert.equal(sent[0].purpose, 'decision')
	assert.match(sent[0].text, /^【一门】.*申诉未通过/)
	assert.doesNotMatch(sent[0].text, /证件照片/)
})

test('the desk in English', async () => {
	const browser = broker.browser({ language: 'en' })

	people.english = { browser }
	await passwordLogin(browser, await browser.open(`${broker.issuer}/login?tab=legal`), { login: 'keji_demo', namespace: 'legal' })
	assert.deepEqual((await list('english')).h1, ['Review desk'])
})

test('a hundred thousand open tasks: every page of the list within 20 ms, there and back', { timeout: 300000 }, async () => {
	broker.process.kill('SIGTERM') // the store is somebody else's only while no daemon runs
	await broker.ended
	seed(Array.from({ length: 10 }, (_, i) => ({ kind: 1 + i % 5, queue: ['dept:city', 'dept:district', 'platform', 'dept:village', 'dept:district'][i % 5], title: `批量${i}`, repeat: 10000 })))
	await broker.run()
	for (const [who, query] of [['platform', ''], ['platform', '?kind=unit'], ['platform', '?age=overdue'], ['city', ''], ['city', '?kind=realname'], ['district', '?queue=dept:district']]) {
		const times = []
		let page

		for (let i = 0; i < 5; i++) {
			const start = performance.now()

			page = await list(who, query)
			times.push(performance.now() - start)
		}
		assert.equal(page.name, 'tasks')
		const best = Math.min(...times)
		assert.ok(best < 20, `${who}${query}: ${best.toFixed(1)} ms`) // with sanitizers 2 to 5
	}
	let page = await list('city'), n = 0
	const seen = new Set()
	for (; n < 6 && page.has('next'); n++) {
		for (const [, id] of page.html.matchAll(/id="task-([^"]*)"/g)) {
			assert.ok(!seen.has(id), 'no task on two pages')
			seen.add(id)
		}
		page = await people.city.browser.click(page, 'next')
	}
	assert.equal(seen.size, 120)
})
