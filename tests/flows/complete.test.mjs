// SPDX-License-Identifier: Apache-2.0
// Complete information: the first login lands there, exactly one of three, review, and finishing without a second login (Z2, Z7, Z8).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, client, passwordLogin } from './harness.mjs'
import { Staff } from './totp.mjs'

let broker, desk
before(async () => {
	broker = await Broker.start({
		clients: [CLIENTS.public(), client('lenient', { type: 'public', require: { account_active: false } })],
		login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100 },
		completion: { mode: 'required', review: true },
	}, [])
	desk = (await Staff.create(broker, 'reviewer', 'reviewer').at(`${broker.issuer}/tasks`)).browser
})
after(() => broker.stop())

const EXPERT = { name: '张三', title: '高级工程师', field_of_work: '材料', unit_name: '', email: '', address: '' }

async function arrive(login, { id = 'demo-public', ...more } = {}) {
	broker.account({ login, ...more })
	const browser = broker.browser()

	return { browser, page: await passwordLogin(browser, await browser.open(broker.client(id).request().url), { login }) }
}

async function open(title) {
	const list = await desk.open(`${broker.issuer}/tasks`)
	const row = list.html.split('<tr').find((part) => part.includes(title))
	assert.ok(row, `no task of ${title}: ${list.html}`)
	const task = await desk.open(new URL(row.match(/href="(\/tasks\/[^"]+)"/)[1].replaceAll('&amp;', '&'), broker.issuer).href)
	assert.equal(task.name, 'task', `${task}`)
	const claimed = task.form('claim') ? await desk.submit(task, 'claim', {}) : task
	return claimed.form('decide') ? claimed : desk.open(task.url)
}
const attempt = async (title, decision, reason = '') => desk.submit(await open(title), 'decide', { decision, reason })
/** Decide on the one open task whose title is @title. */
async function decide(title, decision, reason = '') {
	const page = await open(title)
	const done = await desk.submit(page, 'decide', { decision, reason })

	assert.ok(!done.error, `${done}`)
	return page
}

test('the first login lands on the page with its three ways; what is filled in waits, and the approval finishes the request', async () => {
	const { browser, page } = await arrive('expert')

	assert.equal(page.name, 'complete')
	for (const id of ['go-natural', 'go-legal', 'go-expert'])
		assert.ok(page.has(id), id)
	assert.ok(!page.has('go-bind'))
	const form = await browser.click(page, 'go-expert')
	const wrong = await browser.submit(form, 'complete', { ...EXPERT, title: '' })
	assert.equal(wrong.error, 'form')
	assert.ok(wrong.has('title-error'))
	const waiting = await browser.submit(wrong, 'complete', EXPERT)
	assert.equal(waiting.name, 'pending')
	assert.ok(waiting.html.includes('等待管理员进行审核'))
	const seen = await decide('张三', 'approve')
	assert.ok(seen.html.includes('高级工程师'), 'the reviewer sees what was filled in')
	const end = await browser.click(waiting, 'continue')
	assert.ok(end.params?.code, `${end}`)
	const info = broker.show('expert')
	assert.equal(info.status, 'active')
	const again = broker.browser()
	assert.ok((await passwordLogin(again, await again.open(broker.client('demo-public').request().url), { login: 'expert' })).params?.code, 'a second login skips it')
})

test('exactly one: a second tab that filled in another form changes nothing', async () => {
	const { browser, page } = await arrive('twice', { id: 'lenient' })
	const one = await browser.click(page, 'go-natural'), two = await browser.click(page, 'go-expert')
	const first = await browser.submit(one, 'complete', { name: '李四', gender: '', email: '', title: '', field_of_work: '', address: '' })

	assert.ok(first.params?.code, 'a client that does not mind the review goes on')
	const second = await browser.submit(two, 'complete', EXPERT)
	assert.notEqual(second.name, 'complete')
	const task = await decide('李四', 'approve')
	assert.ok(!task.html.includes('高级工程师'))
})

test('turned down: the reason is shown, nothing is issued, and what is corrected is reviewed anew', async () => {
	const { browser, page } = await arrive('turned')
	const waiting = await browser.submit(await browser.click(page, 'go-legal'), 'complete', { unit_type: 'enterprise', unit_name: '演示科技有限公司',
		uscc: '91350100M000100Y43', contact_name: '王五', email: '', address: '' })

	assert.equal(waiting.name, 'pending')
	await decide('演示科技有限公司', 'reject', '请核对单位名称')
	const told = await browser.click(waiting, 'continue')
	assert.equal(told.name, 'complete')
	assert.ok(told.text('review-words').includes('请核对单位名称'))
	const silent = await browser.open(broker.client('lenient').request({ prompt: 'none' }).url)
	assert.equal(silent.params.error, 'interaction_required')
	assert.equal(silent.params.error_description, 'review_rejected')
	const other = broker.browser()
	const elsewhere = await passwordLogin(other, await other.open(broker.client('demo-public').request().url), { login: 'turned' })
	assert.equal(elsewhere.name, 'complete', 'on another device it is as it was left')
	const form = await other.click(elsewhere, 'go-legal')
	assert.equal(form.form('complete').fields.unit_name, '演示科技有限公司')
	assert.equal((await other.submit(form, 'complete', { unit_type: 'enterprise', unit_name: '演示科技股份有限公司' })).name, 'pending')
	await decide('演示科技股份有限公司', 'approve')
	const end = await browser.open(told.url.replace('/complete?', '/continue?'))
	assert.ok(end.params?.code, `${end}`)
})

test('prompt=none says so; a unit\'s account and staff are not asked; a login for its own sake lands there too', async () => {
	const { browser } = await arrive('silent')
	const end = await browser.open(broker.client('demo-public').request({ prompt: 'none' }).url)

	assert.equal(end.params.error, 'interaction_required')
	assert.equal(end.params.error_description, 'incomplete')
	broker.account({ login: 'handler', namespace: 'legal', unit: '91350100M000100Y43' })
	const legal = broker.browser()
	assert.ok((await passwordLogin(legal, await legal.open(broker.client('demo-public').request().url), { login: 'handler', namespace: 'legal' })).params?.code)
	broker.account({ login: 'own' })
	const own = broker.browser()
	const page = await passwordLogin(own, await own.open(`${broker.issuer}/login`), { login: 'own' })
	assert.equal(page.name, 'complete')
	assert.equal((await own.open(page.url.replace('/complete?', '/complete/nobody?'))).status, 404)
})

// ---- Z7: who completes as a unit

const NEW = '91110108MA01ET88XL'
const asUnit = (uscc, unit_name) => ({ unit_type: 'enterprise', unit_name, uscc, contact_name: '王五', email: '', address: '' })
const unit = (on, uscc) => on.cli('unit', 'show', '--uscc', uscc).json
const members = (on, uscc, status) => on.cli('unit', 'members', '--uscc', uscc, '--status', status).json.members.map((one) => [one.login_name, one.role])

test('Z7: a unit that nobody knows is founded when the review has passed, and not before; the person administers it', async () => {
	const { browser, page } = await arrive('founder')
	const waiting = await browser.submit(await browser.click(page, 'go-legal'), 'complete', asUnit(NEW, '新办科技有限公司'))

	assert.equal(waiting.name, 'pending')
	assert.match(waiting.html, /<dd>平台管理员<\/dd>.*<dd>\d{4}-\d\d-\d\d \d\d:\d\d<\/dd>/s, 'from whom, since when')
	assert.notEqual(broker.cli('unit', 'show', '--uscc', NEW).code, 0)
	await decide('新办科技有限公司', 'reject', '请核对')
	assert.notEqual(broker.cli('unit', 'show', '--uscc', NEW).code, 0, 'what was turned down founds nothing')
	const again = await browser.click(await browser.click(waiting, 'continue'), 'go-legal')
	await browser.submit(again, 'complete', asUnit(NEW, '新办股份有限公司'))
	await decide('新办股份有限公司', 'approve')
	const made = unit(broker, NEW)
	assert.deepEqual([made.status, made.name, made.effective], ['needs_supplement', '新办股份有限公司', false])
	assert.deepEqual(members(broker, NEW, 'active'), [['founder', 'admin']])
})

test('Z7: the unit that is known decides itself whether the person belongs to it', async () => {
	const { browser, page } = await arrive('joiner')
	await browser.submit(await browser.click(page, 'go-legal'), 'complete', asUnit(USCC, '演示科技有限公司'))
	assert.ok(!members(broker, USCC, 'pending_admin').some(([login]) => login === 'joiner'), 'not before the review')
	await decide('演示科技有限公司', 'approve')
	assert.ok(members(broker, USCC, 'pending_admin').some(([login]) => login === 'joiner'))
	assert.ok(!members(broker, USCC, 'active').some(([login]) => login === 'joiner'))
	assert.equal(unit(broker, USCC).name, '演示科技有限公司')
})

test('Z7: a unit that is dissolved while the review is open: the reviewer is told, nothing is half done, and it can be turned down', async () => {
	const uscc = '91330106MA27Y4U47R'

	assert.equal(broker.cli('unit', 'add', '--uscc', uscc, '--name', '将注销有限公司', '--status', 'effective').code, 0)
	const { browser, page } = await arrive('late')
	const waiting = await browser.submit(await browser.click(page, 'go-legal'), 'complete', asUnit(uscc, '将注销有限公司'))
	assert.equal(waiting.name, 'pending')
	assert.equal(broker.cli('unit', 'dissolve', '--uscc', uscc).code, 0)
	const before = broker.show('late')
	for (let i = 0; i < 2; i++) {
		const refused = await attempt('将注销有限公司', 'approve')
		assert.equal(refused.error, 'unit_dissolved', `${refused}`)
		assert.equal(refused.name, 'task')
		assert.match(refused.html, /该单位已注销/)
		assert.ok(refused.form('decide'), 'it is still to be decided')
	}
	assert.deepEqual(broker.show('late'), before)
	assert.deepEqual(members(broker, uscc, 'pending_admin'), [])
	await decide('将注销有限公司', 'reject', '单位已注销')
	assert.match((await browser.click(waiting, 'continue')).text('review-words'), /单位已注销/)
})

test('Z7: without a review both happen at once; a founded unit may have to be verified first; none is joined that is dissolved', async () => {
	const other = await Broker.start({ clients: broker.config.clients, completion: { mode: 'required', unit_status: 'registered' } }, [])
	const complete = async (login, ...values) => {
		other.account({ login })
		const browser = other.browser()
		const page = await passwordLogin(browser, await browser.open(other.client('demo-public').request().url), { login })

		return browser.submit(await browser.click(page, 'go-legal'), 'complete', asUnit(...values))
	}

	try {
		assert.ok((await complete('first', NEW, '新办科技有限公司')).params?.code)
		assert.equal(unit(other, NEW).status, 'registered')
		assert.deepEqual(members(other, NEW, 'active'), [['first', 'admin']])
		assert.ok((await complete('second', NEW, '别的名称')).params?.code)
		assert.deepEqual(members(other, NEW, 'active'), [['first', 'admin']])
		assert.deepEqual(members(other, NEW, 'pending_admin'), [['second', 'member']])
		assert.equal(unit(other, NEW).name, '新办科技有限公司', 'who joins renames nothing')
		assert.equal(other.cli('unit', 'dissolve', '--uscc', NEW).code, 0)
		const refused = await complete('third', NEW, '新办科技有限公司')
		assert.equal(refused.error, 'form')
		assert.ok(refused.has('uscc-error'), refused.html)
	} finally {
		await other.stop()
	}
})
