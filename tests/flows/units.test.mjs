// SPDX-License-Identifier: Apache-2.0
// A unit completes its information and is admitted by the department that it chose. T1, T16, T17, J2
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, client, passwordLogin } from './harness.mjs'
import { Staff } from './totp.mjs'

const OTHER = '91110108MA01ET88XL'
const SECRET = 'a-secret-of-32-characters-long!!'
const NAME = '演示科技有限公司'
const GOOD = { unit_nature: 'for_profit', unit_type: 'enterprise', contact_name: '王小明', phone: '13800138000', email: 'a@example.cn', department: 'heping',
	registered_region: '120101', registered_address: '和平路1号', location_address: '和平路2号', payee: NAME, bank_name: '中国银行', bank_account: '6222021234567890123' }
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')
const staff = {}
let broker
before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.portal(), client('effective', { secret: SECRET, require: { unit_effective: true } })],
		login: { namespaces: ['natural', 'legal', 'staff'] }, units: [],
		departments: [{ id: 'city', name: { zh: '市科技局' }, chosen: false }, { id: 'heping', name: { zh: '和平区科技局' }, parent: 'city', region: '120101' },
			{ id: 'nankai', name: { zh: '南开区科技局' }, parent: 'city' }],
	})
	for (const uscc of [USCC, OTHER])
		assert.equal(broker.cli('unit', 'add', '--uscc', uscc, '--name', uscc === USCC ? NAME : '另一公司', '--status', 'registered').code, 0)
	broker.account({ login: 'boss', namespace: 'legal', unit: USCC })
	broker.account({ login: 'person' })
	for (const [name, dept] of [['city', 'city'], ['heping', 'heping'], ['nankai', 'nankai']])
		staff[name] = Staff.create(broker, `unit_${name}`, 'reviewer', ['--dept', dept])
	await broker.run()
	for (const one of Object.values(staff))
		one.browser = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
})
after(() => broker.stop())

const unit = (uscc = USCC) => broker.cli('unit', 'show', '--uscc', uscc).json
async function boss() {
	const browser = broker.browser()

	return { browser, page: await passwordLogin(browser, await browser.open(`${broker.issuer}/unit/supplement`), { login: 'boss', namespace: 'legal' }) }
}
async function task(who) {
	const list = await staff[who].browser.open(`${broker.issuer}/tasks`)
	const href = list.html.match(/<a id="task-[^>]*href="([^"]*)"[^>]*>/)?.[1]

	return href && staff[who].browser.open(new URL(href, broker.issuer).href)
}
async function decide(who, decision, reason = '') {
	const { browser } = staff[who]
	let page = await task(who)

	if (page.form('claim-form'))
		page = await browser.submit(page, 'claim-form', { do: 'claim' })
	return browser.submit(page, 'decide', { decision, reason })
}
const value = (page, name) => page.html.match(new RegExp(`name="${name}"[^>]* value="([^"]*)"`))?.[1]

test('before the real name is verified nothing can be submitted, and what was typed stays', async () => {
	const { browser, page } = await boss()
	assert.equal(page.name, 'unit-supplement')
	assert.match(page.html, new RegExp(`${NAME}，请补充以下信息：`))
	const answer = await browser.submit(page, 'supplement', GOOD)
	assert.notEqual(answer.status, 200)
	assert.equal(unit().status, 'registered')
	broker.cli('unit', 'set', '--uscc', USCC, '--status', 'needs_supplement')
})

test('half of it is saved and found on another device', async () => {
	const one = await boss()
	const saved = await one.browser.submit(one.page, 'supplement', { contact_name: '王小明', phone: '138', do: 'save' })
	assert.ok(saved.has('saved'))
	const two = await boss()
	assert.equal(value(two.page, 'contact_name'), '王小明')
	assert.equal(value(two.page, 'phone'), '138')
	assert.equal(unit().status, 'needs_supplement')
})

test('wrong fields are named, nothing is lost', async () => {
	const { browser, page } = await boss()
	const wrong = await browser.submit(page, 'supplement', { ...GOOD, payee: '别的公司', phone: '1', email: 'x' })

	assert.equal(wrong.error, 'form')
	assert.match(wrong.html, /账户（收款单位）必须与单位名称相同。/)
	for (const field of ['payee', 'phone', 'email'])
		assert.ok(wrong.has(`${field}-error`), field)
	assert.equal(value(await browser.open(`${broker.issuer}/unit/supplement`), 'bank_name'), '中国银行')
	assert.equal(unit().status, 'needs_supplement')
	const nowhere = await browser.submit(page, 'supplement', { ...GOOD, department: 'city' })
	assert.ok(nowhere.has('department-error'), 'a department that units may not choose')
})

test('a required document is asked for, then it goes to the department that was chosen, and to no other', async () => {
	const { browser, page } = await boss()
	const missing = await browser.submit(page, 'supplement', GOOD)
	assert.equal(missing.error, 'file_missing')
	const uploaded = await browser.upload(missing, 'supplement', { ...GOOD, slot: 'licence', do: 'upload' }, [{ name: '执照.pdf', bytes: PDF }])
	assert.equal(uploaded.error, undefined, `${uploaded}`)
	assert.match(uploaded.html, /执照\.pdf/)

	const waits = await browser.submit(uploaded, 'supplement', GOOD)
	assert.ok(waits.has('awaited'), `${waits}`)
	assert.equal(unit().status, 'pending_dept')
	const again = await browser.submit(uploaded, 'supplement', { ...GOOD, contact_name: '李四' })
	assert.ok(again.has('awaited'), 'pressed twice')
	assert.equal(await task('nankai'), undefined)
	assert.equal((await task('heping')).name, 'task')
	assert.equal((await task('city')).name, 'task', 'the department above sees it')
})

test('the documents of a task: for its reviewers and who handed them in, and for nobody else', async () => {
	const page = await task('heping')
	const url = page.html.match(/href="(\/files\/[^"]+)"/)?.[1]?.replaceAll('&amp;', '&')
	assert.match(url, /\?task=/, page.html)
	const look = async (browser, path = url) => {
		const cookie = [...(browser?.cookies ?? [])].map(([name, value_]) => `${name}=${value_}`).join('; ')

		return broker.get(path, { headers: { Cookie: cookie } })
	}
	const seen = await look(staff.heping.browser)
	assert.equal(seen.status, 200)
	assert.deepEqual(Buffer.from(await seen.arrayBuffer()), PDF)
	assert.match(seen.headers.get('content-disposition'), /^attachment/)
	assert.equal((await look(staff.city.browser)).status, 200, 'the department above')
	assert.equal((await look(staff.nankai.browser)).status, 404, 'another department')
	assert.equal((await look(staff.heping.browser, url.replace(/\?.*/, ''))).status, 404, 'without the task')
	assert.equal((await look(undefined)).status, 404, 'nobody')
	const stranger = broker.browser()
	await passwordLogin(stranger, await stranger.open(`${broker.issuer}/login`), { login: 'person' })
	assert.equal((await look(stranger)).status, 404, 'a stranger')
	assert.equal((await look((await boss()).browser)).status, 200, 'who handed it in')
})

test('what is awaited is told by name: the department', async () => {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(broker.client('effective').request().url), { login: 'boss', namespace: 'legal' })

	assert.equal(page.name, 'pending')
	assert.match(page.html, /<dd>和平区科技局<\/dd>.*<dd>\d{4}-\d\d-\d\d \d\d:\d\d<\/dd>/s)
})

test('rejected with a reason, corrected, approved: the unit is effective', async () => {
	await decide('heping', 'reject', '执照已过期')
	assert.equal(unit().status, 'needs_supplement')
	const { browser, page } = await boss()
	assert.match(page.html, /执照已过期/)
	assert.match(page.html, /执照\.pdf/, 'the document is there to be replaced')
	assert.equal(value(page, 'contact_name'), '王小明')
	assert.ok((await browser.submit(page, 'supplement', { ...GOOD, contact_name: '李小四' })).has('awaited'))
	await decide('city', 'approve')
	const now = unit()
	assert.equal(now.status, 'effective')
	assert.equal(now.dept, 'heping')
	assert.equal(now.region, '120101')
})

test('effective: a small change holds at once, a critical one waits beside what is in force', async () => {
	const { browser, page } = await boss()
	assert.equal((await browser.submit(page, 'supplement', { ...GOOD, contact_name: '赵五' })).error, undefined)
	assert.equal(unit().status, 'effective')
	assert.equal(await task('heping'), undefined)

	const critical = await browser.submit(await browser.open(`${broker.issuer}/unit/supplement`), 'supplement', { ...GOOD, department: 'nankai' })
	assert.ok(critical.has('awaited'))
	const now = unit()
	assert.equal(now.status, 'pending_dept')
	assert.equal(now.effective, true)
	assert.equal(now.dept, 'heping', 'the old values are in force')
	const person = broker.browser()
	const search = await passwordLogin(person, await person.open(`${broker.issuer}/choose-unit`), { login: 'person' })
	assert.ok((await person.submit(search, 'choose-unit', { q: NAME, do: 'search' })).has('submit-choose'))

	await decide('nankai', 'reject', '不在本区')
	assert.deepEqual([unit().status, unit().dept], ['effective', 'heping'])
})

test('suspended: its account is told, resumed: on again; dissolved: the end', async () => {
	const login = async () => {
		const browser = broker.browser()

		return passwordLogin(browser, await browser.open(broker.client('effective').request().url), { login: 'boss', namespace: 'legal' })
	}
	assert.ok((await login()).params?.code)
	assert.equal(broker.cli('unit', 'suspend', '--uscc', USCC, '--reason', '年检未通过').code, 0)
	assert.equal((await login()).name, 'pending')
	assert.match((await boss()).page.html, /年检未通过/)
	assert.notEqual(broker.cli('unit', 'suspend', '--uscc', USCC).code, 0, 'twice is once too often')
	assert.equal(broker.cli('unit', 'resume', '--uscc', USCC).code, 0)
	assert.ok((await login()).params?.code)
	assert.equal(broker.cli('unit', 'dissolve', '--uscc', USCC).code, 0)
	assert.equal((await login()).error, 'disabled')
	assert.notEqual(broker.cli('unit', 'resume', '--uscc', USCC).code, 0)
})

test('verified is enough, where no supplement is asked for (M6, M22)', async () => {
	const direct = await Broker.prepare({ clients: broker.config.clients, units: [], unit: { admission: 'automatic', supplement: false } })

	assert.equal(direct.cli('unit', 'add', '--uscc', USCC, '--name', NAME, '--status', 'registered').code, 0)
	direct.account({ login: 'boss', namespace: 'legal', unit: USCC })
	const status = () => direct.cli('unit', 'show', '--uscc', USCC).json.status
	assert.equal(status(), 'registered')
	direct.set('boss', { 'realname-level': 2 }, 'legal')
	assert.equal(status(), 'effective')
	await direct.run()
	try {
		const browser = direct.browser()
		assert.ok((await passwordLogin(browser, await browser.open(direct.client('effective').request().url), { login: 'boss', namespace: 'legal' })).params?.code)
	} finally {
		await direct.stop()
	}
	const wrong = await Broker.prepare({ unit: { admission: 'department', supplement: false } })
	assert.match(wrong.cli('check-config').err + wrong.cli('check-config').out, /unit\.admission/)
})

test('somebody who administers no unit sees none', async () => {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/unit/supplement`), { login: 'person' })

	assert.equal(page.status, 403)
})
