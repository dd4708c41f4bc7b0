// SPDX-License-Identifier: Apache-2.0
// J2 获取基本信息: a unit's form filled in by its credit code, from whom real names are verified with over HTTP; and whatever that one may answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, USCC, passwordLogin } from './harness.mjs'
import { Verifier, hostile } from './verifier.mjs'

const OTHER = '91110108MA01ET88XL'
const FACTS = { name: '登记的名称有限公司', uscc: USCC, type: 'institution', address: '和平路<1>号', rep_name: '某某', phone: '13800138000' }
const TYPED = { contact_name: '王小明', phone: '138', registered_address: '', unit_type: 'enterprise' }
let broker, verifier

before(async () => {
	verifier = await Verifier.start()
	broker = await Broker.prepare({
		login: { namespaces: ['natural', 'legal'] }, net: { timeout: '2s', connect_timeout: '1s' }, realname: { ...verifier.options, lookups_day: 60, breaker: { failures: 1000 } },
		units: [{ uscc: OTHER, name: '配置中的公司', type: 'enterprise', status: 'effective', region: '350100' }],
	})
	for (const [login, uscc] of [['boss', USCC], ['many', OTHER]]) {
		broker.cli('unit', 'add', '--uscc', uscc, '--name', '本单位', '--status', 'needs_supplement')
		broker.cli('unit', 'set', '--uscc', uscc, '--status', 'needs_supplement')
		broker.account({ login, namespace: 'legal', unit: uscc })
	}
	broker.allow(/"fault":"(unreachable|timeout)"/)
	await broker.run()
})
after(async () => {
	await broker.stop()
	verifier.stop()
})

async function boss(login = 'boss') {
	const browser = broker.browser()

	return { browser, page: await passwordLogin(browser, await browser.open(`${broker.issuer}/unit/supplement`), { login, namespace: 'legal' }) }
}
const value = (page, name) => page.form('supplement').fields[name]
/** Press the button with @typed in the form; @answer: what the register does. */
async function lookup(who, answer, typed = TYPED) {
	Object.assign(verifier, { mode: 'match', facts: FACTS, ...answer })
	verifier.asked.length = 0
	return who.browser.upload(who.page, 'supplement', { ...typed, do: 'lookup' })
}
function keeps(page, message) {
	assert.equal(value(page, 'contact_name'), '王小明', message)
	assert.equal(value(page, 'phone'), '138', `${message}: also what is wrong with it`)
	assert.equal(value(page, 'registered_address'), '', message)
	assert.ok(!page.has('filled') && !page.has('phone-error'), message)
}

test('what is registered is filled in, nothing of people, and what was typed stays', async () => {
	const page = await lookup(await boss(), {})

	assert.equal(page.status, 200, `${page}`)
	assert.ok(page.has('filled'))
	assert.match(page.html, /value="institution" selected/)
	assert.match(page.html, /value="和平路&lt;1&gt;号"/)
	assert.equal(value(page, 'contact_name'), '王小明')
	assert.equal(value(page, 'phone'), '138', 'not the register\'s')
	assert.deepEqual(verifier.asked, [{ version: 1, subject: 'unit_facts', uscc: USCC }], 'asked once, about nothing else')
	assert.equal(broker.cli('unit', 'show', '--uscc', USCC).json.name, '本单位', 'nothing is changed until it is submitted')
})

test('a code that it does not know: said so; one that stands in the configuration is found there', async () => {
	const who = await boss()

	for (const mode of ['mismatch', 'not_checkable']) {
		const page = await lookup(who, { mode })
		assert.equal(page.error, 'unit_choice')
		keeps(page, mode)
	}
	const page = await lookup(await boss('many'), { mode: 'mismatch' })
	assert.equal(page.error, undefined, `${page}`)
	assert.ok(page.has('filled'))
})

for (const mode of hostile)
	test(`an answer that is no answer: ${mode}`, async () => {
		const begun = performance.now()
		const page = await lookup(await boss(), { mode })

		assert.equal(page.error, 'register_away', `${page}`)
		assert.equal(page.status, 502)
		assert.match(page.html, /暂时无法获取单位基本信息/)
		keeps(page, mode)
		assert.ok(performance.now() - begun < 20000, 'nobody waits longer than for two attempts')
		assert.equal((await broker.get('/healthz')).status, 200)
	})

test('facts that are none: wrong types, another unit, too many, too long, several lines', async () => {
	const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`a${n}`, 'x']))
	const rows = [undefined, null, {}, [], ['name'], 'x', 1, { name: 1 }, { name: null }, { name: ['x'] }, { name: { zh: 'x' } }, { name: 'x', uscc: OTHER },
		{ name: 'x', uscc: USCC, deep: [[[[[[[[]]]]]]]] }, many, { name: 'x'.repeat(1001) }, { name: 'a\nb' }, { name: 'a\u0000b' }, { ['n'.repeat(65)]: 'x' }, { '': 'x' }]
	const who = await boss()

	for (const facts of rows) {
		const page = await lookup(who, { facts })
		assert.equal(page.error, 'register_away', JSON.stringify(facts))
		keeps(page, JSON.stringify(facts))
	}
})

test('values that no form takes are shown, and refused when they are submitted', async () => {
	const who = await boss()
	const page = await lookup(who, { facts: { name: '<script>alert(1)</script>', type: 'palace', department: 'nowhere', region: '<', address: 'x'.repeat(900), constructor: 'x' } })

	assert.ok(page.has('filled'))
	assert.ok(!page.html.includes('<script>alert'))
	const refused = await who.browser.upload(page, 'supplement', {})
	assert.equal(refused.error, 'form')
	assert.ok(refused.has('registered_address-error'))
})

test('after an outage it is asked again as if nothing had been', async () => {
	const who = await boss()

	assert.equal((await lookup(who, { mode: 'down' })).error, 'register_away')
	assert.ok((await lookup(who, {})).has('filled'))
})

test('so many a day, each account for itself', async () => {
	await broker.reloaded({ realname: { lookups_day: 2 } })
	const full = await lookup(await boss(), {})
	assert.equal(full.error, 'too_many')
	keeps(full, 'too many')
	assert.equal(verifier.asked.length, 0)
	assert.ok((await lookup(await boss('many'), { facts: { name: 'x' } })).has('filled'), 'another account\'s count is its own')
})

test('a register that is only for people is not asked about units', async () => {
	await broker.reloaded({ realname: { describes_units: false, lookups_day: 1000 } })
	const page = await lookup(await boss(), {})
	assert.equal(page.error, 'unit_choice')
	assert.equal(verifier.asked.length, 0)
})

test('nor is it away for units while it is left alone since it failed', async () => {
	await broker.reloaded({ realname: { describes_units: true, breaker: { failures: 1 } } })
	assert.equal((await lookup(await boss(), { mode: 'down' })).error, 'register_away')
	assert.equal((await lookup(await boss(), {})).error, 'register_away', 'the breaker is open')
	await broker.reloaded({ realname: { describes_units: false, breaker: { failures: 1 } } })
	assert.equal((await lookup(await boss(), {})).error, 'unit_choice')
})

test('no fact stands in the log', () => {
	for (const text of Object.values(FACTS).filter((one) => one !== USCC))
		assert.ok(!broker.log.some((line) => line.includes(text)), text)
})
