// SPDX-License-Identifier: Apache-2.0
// The console with four eyes: who proposes a version does not activate it, another operator does or sends it back; two who draft at the same time.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS } from './harness.mjs'
import { Staff } from './totp.mjs'

const people = {}
let broker
before(async () => {
	broker = await Broker.prepare({ clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] }, review: { four_eyes: ['config'] } })
	for (const name of ['first', 'second'])
		people[name] = Staff.create(broker, `eyes_${name}`, 'operator')
	await broker.run()
	for (const one of Object.values(people))
		one.browser = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
})
after(() => broker.stop())

const open = (who, path) => people[who].browser.open(`${broker.issuer}${path}`)
const submit = (who, page, form, fields) => people[who].browser.submit(page, form, fields)
const state = (page) => page.html.match(/data-state="(\w+)"/)?.[1]
async function draft(who, name) {
	const page = await submit(who, await open(who, '/console/branding'), 'options', { 'o.name.zh': name, do: 'save' })

	return page.html.match(/\/console\/versions\/(\d+)/)[1]
}

test('who proposes waits for another', async () => {
	const number = await draft('first', '甲平台')
	let page = await open('first', `/console/versions/${number}`)
	assert.ok(!page.has('submit-activate'))
	page = await submit('first', page, 'draft-form', { reason: '改名', do: 'propose' })
	assert.equal(state(page), 'proposed')
	assert.ok(page.has('waits') && !page.has('submit-activate'))
	assert.equal((await submit('first', page, 'decide', { do: 'activate' })).error, 'config_eyes')
	page = await open('second', `/console/versions/${number}`)
	assert.match((await open('second', '/console')).html, /id="tile-waiting">.*?>1</s)
	assert.equal((await submit('second', page, 'decide', { do: 'reject', reason: '' })).error, 'field_empty')
	page = await submit('second', page, 'decide', { do: 'activate' })
	assert.equal(state(page), 'active')
	assert.ok((await broker.browser().open(`${broker.issuer}/login`)).html.includes('甲平台'))
})

test('two drafts: the later one is put on top of what took force, unless both changed the same', async () => {
	const one = await draft('first', '乙平台'), other = await draft('second', '丙平台')
	assert.notEqual(one, other)
	await submit('first', await open('first', `/console/versions/${one}`), 'draft-form', { reason: '乙', do: 'propose' })
	assert.equal(state(await submit('second', await open('second', `/console/versions/${one}`), 'decide', { do: 'activate' })), 'active')
	let page = await open('second', `/console/versions/${other}`)
	assert.ok(page.has('outdated') && !page.has('submit-propose'))
	page = await submit('second', page, 'rebase', { do: 'rebase' })
	assert.equal(page.error, 'conflict')
	assert.match(page.html, /id="conflicts"/)
	await submit('second', page, 'draft-form', { do: 'discard' })
})

test('a form that is older than its draft changes nothing', async () => {
	await draft('first', '丁平台')
	const old = await open('first', '/console/branding')
	await submit('first', await open('first', '/console/branding'), 'options', { 'o.name.en': 'Fourth', do: 'save' })
	const page = await submit('first', old, 'options', { 'o.name.en': 'Fifth', do: 'save' })
	assert.equal(page.status, 409)
	assert.equal(page.error, 'conflict')
	assert.ok(page.html.includes('Fifth'), 'what was typed stays')
})

test('who decides decides on what was shown', async () => {
	const number = await draft('first', '戊平台'), path = `/console/versions/${number}`
	const early = await open('first', path)
	await submit('first', await open('first', '/console/branding'), 'options', { 'o.name.zh': '己平台', do: 'save' })
	let page = await submit('first', early, 'draft-form', { reason: '改名', do: 'propose' })
	assert.equal(page.error, 'conflict', 'it was edited since')
	assert.equal(state(page), 'draft')
	await submit('first', page, 'draft-form', { reason: '改名', do: 'propose' })
	const seen = await open('second', path)
	assert.ok(seen.html.includes('己平台') && seen.has('submit-activate'))
	page = await submit('first', await open('first', path), 'decide', { do: 'withdraw' })
	await submit('first', await open('first', '/console/branding'), 'options', { 'o.name.zh': '坏平台', do: 'save' })
	page = await submit('first', await open('first', path), 'draft-form', { reason: '改名', do: 'propose' })
	assert.equal(state(page), 'proposed')
	page = await submit('second', seen, 'decide', { do: 'activate' })
	assert.equal(page.error, 'conflict', 'what would take force is not what was looked at')
	assert.equal(state(page), 'proposed')
	assert.equal(state(await submit('second', page, 'decide', { do: 'reject', reason: '不' })), 'rejected')
})

test('a form that is older than what is in force does not undo it', async () => {
	const old = await open('first', '/console/branding'), gone = await open('second', '/console/support')
	const number = await draft('second', '庚平台')
	await submit('second', await open('second', `/console/versions/${number}`), 'draft-form', { reason: '庚', do: 'propose' })
	assert.equal(state(await submit('first', await open('first', `/console/versions/${number}`), 'decide', { do: 'activate' })), 'active')
	const page = await submit('first', old, 'options', { 'o.name.en': 'Seventh', do: 'save' })
	assert.equal(page.error, 'conflict', 'it would say the old name in Chinese again')
	assert.ok(!(await open('first', '/console')).has('draft'), 'nothing is left behind')
	assert.equal((await submit('second', gone, 'options', { do: 'save' })).status, 200, 'who changed nothing is told nothing')
})
