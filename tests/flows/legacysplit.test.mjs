// SPDX-License-Identifier: Apache-2.0
// Accounts that a person has joined, as the desk sees them: who, when, on what evidence, whom each client is told; and staff who take them apart.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, client, passwordLogin, until } from './harness.mjs'
import { Staff } from './totp.mjs'

const OLD = 'Old@1234'
const md5 = createHash('md5').update(`${OLD}s`).digest('hex')
const row = (id, phone) => `individual,P-${id},${phone},${phone},2026-10-01,${md5},s\n`
const PHONES = ['13900000001', '13900000002', '13900000003']
const people = {}, posts = []

let broker, receiver
before(async () => {
	receiver = createServer((request, response) => {
		let body = ''
		request.on('data', (data) => { body += data }).on('end', () => {
			posts.push({ ...JSON.parse(body), signed: request.headers['webhook-signature'] })
			response.end()
		})
	})
	await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready))
	const scopes = ['openid', 'profile', 'legacy']
	broker = await Broker.prepare({
		clients: [CLIENTS.public(), client('old', { type: 'public', scopes, name: { zh: '业务系统' } }), client('apart', { type: 'public', scopes, subject: 'pairwise', sector: 'a.example' })],
		login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100, tries: 100 },
		legacy_sources: [{ id: 'torch', name: { zh: '火炬中心' }, scheme: 'hex(md5(p.s))' }],
		webhooks: [{ id: 'old', url: `http://127.0.0.1:${receiver.address().port}/`, secret: 'demo-webhook-secret-0123456789', client: 'old', events: ['user.merged', 'user.split'] }],
	})
	for (const [i, login] of ['anna', 'berta', 'carla', 'dora', 'emil'].entries())
		broker.account({ login, phone: `1371000000${i}` })
	for (const [name, role] of [['support', 'support'], ['second', 'security'], ['reviewer', 'reviewer'], ['audit', 'audit']])
		people[name] = Staff.create(broker, `desk_${name}`, role)
	await broker.run()
	for (const one of Object.values(people))
		one.browser = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
	assert.deepEqual(broker.legacy(`kind,legacy_id,login_name,phone,phone_confirmed_at,digest,salt\n${PHONES.map((phone, i) => row(i + 1, phone)).join('')}`).counts, { P1: 3 })
})
after(async () => {
	await broker.stop()
	await new Promise((done) => receiver.close(done))
})

const bare = (page, id) => (id ? page.html.match(new RegExp(`id="${id}".*?</table>`, 's'))?.[0] ?? '' : page.html).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
const passwordOf = (login) => /^\d/.test(login) ? { password: OLD } : {}
async function join(first, second) {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/account/merge`), { login: first, ...passwordOf(first) })
	const login = await browser.go(`${broker.issuer}/account/merge`, { method: 'POST', form: { csrf: page.html.match(/name="csrf" value="([^"]+)"/)[1], do: 'begin' }, headers: { Origin: broker.issuer } })
	const asked = await passwordLogin(browser, login, { login: second, ...passwordOf(second) })

	return { browser, page: await browser.submit(asked, 'merge', { do: 'merge' }) }
}
const entries = (page) => [...page.html.matchAll(/entry-title">([^<]+)/g)].map((m) => m[1].trim())
async function accounts(login) {
	const browser = broker.browser()

	return entries(await passwordLogin(browser, await browser.open(`${broker.issuer}/account/merge`), { login, ...passwordOf(login) }))
}
async function claims(login, id) {
	const browser = broker.browser()
	const { claims: told } = await broker.client(id).login(browser, { scope: 'openid profile legacy', login: (page) => passwordLogin(browser, page, { login, ...passwordOf(login) }) })

	return told
}
const search = async (who, q) => people[who].browser.submit(await people[who].browser.open(`${broker.issuer}/legacy`), 'search', { q })
const found = async (q) => [...(await search('support', q)).html.matchAll(/<a href="\/legacy\/[0-9a-f-]{36}">([^<]*)/g)].map((m) => m[1])
async function record(who, id) {
	return people[who].browser.open(broker.issuer + (await search(who, id)).html.match(/href="(\/legacy\/[0-9a-f-]{36})"/)[1])
}
const part = (page) => page.html.match(/name="subject" value="([^"]+)"/)?.[1]
const split = (who, page, values = {}) => people[who].browser.submit(page, 'split', { do: 'split', subject: part(page), split_reason: '<b>并错了</b>', ...values })
const told = (phone) => broker.outbox().filter((line) => line.phone?.endsWith(phone) && line.text?.includes('拆分'))

test('nothing was joined: nothing is shown', async () => {
	const page = await record('support', 'P-1')

	assert.equal(page.name, 'legacy-record')
	assert.ok(!page.has('merges') && !page.has('split') && !page.has('subs'))
})

test('a merge is shown with who, when, the evidence of both sides, and the sub that each client keeps', async () => {
	const subs = { anna: (await claims('anna', 'old')).sub, phone: (await claims(PHONES[0], 'old')).sub, apart: (await claims('anna', 'apart')).sub }

	await join(PHONES[0], 'anna')
	const page = await record('support', 'P-1')
	assert.match(bare(page, 'merges'), /20\d\d-\d\d-\d\d \d\d:\d\d 合并 anna anna 与 139\*\*\*\*0001 anna 密码登录 · 认证级别 \d · 20\S+ \S+ 139\*\*\*\*0001 密码登录 · 认证级别 \d/)
	const table = bare(page, 'subs')
	assert.match(table, new RegExp(`业务系统 anna ${subs.anna} 业务系统 139\\*\\*\\*\\*0001 ${subs.phone}`))
	assert.ok(table.includes(`apart anna ${subs.apart}`), table)
	assert.ok(!page.html.includes(PHONES[0]))
	assert.equal(page.text('owner'), '139****0001')
	for (const login of ['anna', 'ANNA', '13710000000', PHONES[0]])
		assert.deepEqual(await found(login), ['P-1'], `${login}: by any account of the person`)
})

test('taking apart: the form’s mistakes, and who may not', async () => {
	const page = await record('support', 'P-1')

	assert.equal((await split('support', page, { split_reason: ' ' })).error, 'field_empty')
	assert.equal((await split('support', page, { subject: '' })).error, 'field_empty')
	assert.equal((await split('support', page, { subject: 'nonsense' })).status, 400)
	assert.equal((await split('support', page, { do: 'nonsense' })).status, 400)
	await join('dora', 'emil')
	const strange = entries((await join(PHONES[2], 'carla')).page)
	assert.equal(strange.length, 2)
	assert.equal((await split('support', page, { subject: part(await record('support', 'P-3')) })).error, 'conflict', 'another person’s')
	assert.equal((await accounts('carla')).length, 2)
	assert.equal((await people.reviewer.browser.go(page.url, { method: 'POST', form: { csrf: (await people.reviewer.browser.open(`${broker.issuer}/tasks`)).html.match(/name="csrf" value="([^"]+)"/)?.[1] ?? '', do: 'split', subject: part(page), split_reason: 'x' }, headers: { Origin: broker.issuer } })).status, 403)
	assert.deepEqual(await accounts('anna'), ['anna', PHONES[0]])
})

test('staff take accounts apart with a reason: as when the person does it, who is told; twice is once', async () => {
	const page = await record('support', 'P-1'), again = await record('support', 'P-1')
	const subs = { anna: (await claims('anna', 'old')).sub, phone: (await claims(PHONES[0], 'old')).sub }

	const done = await split('support', page)
	assert.equal(done.error, undefined, String(done))
	assert.match(bare(done, 'merges'), /拆分 desk_support anna 与 139\*\*\*\*0001 &lt;b&gt;并错了/)
	assert.ok(!done.has('split'))
	assert.equal(done.text('owner'), '139****0001', 'an old account goes with the account that proved it')
	assert.deepEqual(await accounts('anna'), ['anna'])
	assert.deepEqual([(await claims('anna', 'old')).sub, (await claims(PHONES[0], 'old')).sub], [subs.anna, subs.phone])
	await until(() => posts.some((one) => one.type === 'user.split'), 'the event')
	const event = posts.find((one) => one.type === 'user.split')
	assert.deepEqual(event.data, { sub: subs.anna, other_sub: subs.phone })
	assert.match(event.signed, /^v1,/)
	assert.equal(told('13710000000').length, 1)
	assert.equal(told(PHONES[0]).length, 1)
	assert.equal((await split('support', again)).error, 'conflict')
	assert.deepEqual(await found('anna'), [])
	assert.equal(told(PHONES[0]).length, 1)
	assert.match(bare(await people.audit.browser.open(`${broker.issuer}/audit?action=identity.split`)), /desk_support.*并错了/)
})

test('four eyes: one asks, another does it; a request is void when the merge has ended meanwhile', async () => {
	broker.reload({ review: { four_eyes: ['legacy'] } })
	const { browser, page: mine } = await join(PHONES[1], 'berta')
	await until(async () => /两名工作人员/.test((await record('support', 'P-2')).html), 'the file is read again')
	const asked = await split('support', await record('support', 'P-2'), { split_reason: '申请' })
	assert.match(bare(asked, 'merges'), /申请拆分 desk_support/)
	assert.match(bare(asked), /desk_support 申请拆分：申请/)
	assert.ok(!asked.has('submit-split'), 'not by the same person')
	assert.equal((await accounts('berta')).length, 2)
	assert.equal(told(PHONES[1]).length, 0, 'nothing has happened yet')
	assert.equal((await people.support.browser.go(asked.url, { method: 'POST', form: { csrf: asked.html.match(/name="csrf" value="([^"]+)"/)[1], do: 'split', subject: part(asked), split_reason: '再来' }, headers: { Origin: broker.issuer } })).error, 'forbidden')

	await browser.go(`${broker.issuer}/account/merge`, { method: 'POST', form: { csrf: mine.html.match(/name="csrf" value="([^"]+)"/)[1], do: 'split', subject: part(asked) }, headers: { Origin: broker.issuer } })
	assert.deepEqual(await accounts('berta'), ['berta'])
	await join(PHONES[1], 'berta')
	assert.doesNotMatch(bare(await record('second', 'P-2')), /desk_support 申请拆分/, 'void')
	assert.equal(told(PHONES[1]).length, 0, 'the person knows what they do')

	await split('second', await record('second', 'P-2'), { split_reason: '申请' })
	const done = await split('support', await record('support', 'P-2'), { split_reason: '同意' })
	assert.match(bare(done, 'merges'), /拆分 desk_support .*同意/)
	assert.deepEqual(await accounts('berta'), ['berta'])
	assert.equal(told(PHONES[1]).length, 1)
})

test('who loses a binding at the desk is told, when that has happened', async () => {
	const lost = () => broker.outbox().filter((line) => line.phone?.endsWith(PHONES[1]) && line.text?.includes('解除绑定'))
	const unbind = async (who, reason) => people[who].browser.submit(await record(who, 'P-2'), 'unbind', { do: 'unbind', reason })

	await unbind('support', '绑错了')
	assert.equal(lost().length, 0)
	await unbind('second', '同意')
	assert.equal(lost().length, 1)
})
