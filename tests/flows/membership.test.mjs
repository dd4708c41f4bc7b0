// SPDX-License-Identifier: Apache-2.0
// Belonging to a unit: choose it, be admitted, be granted, act for it, leave. T1, T18, T19, J3, J4
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, client, passwordLogin } from './harness.mjs'
import { peek } from './client.mjs'

const OTHER = '91110108MA01ET88XL'
const PENDING = '91330402MA2CU1235A'
const SECRET = 'a-secret-of-32-characters-long!!'
const SCOPE = 'openid profile org grants'
const people = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'joe', 'kim', 'lee', 'max']
let broker
before(async () => {
	broker = await Broker.start({
		clients: [CLIENTS.portal(), CLIENTS.rs(), client('member', { secret: SECRET, require: { membership_active: true } }),
			client('gaoqi', { secret: SECRET, subsystem: 'gaoqi', require: { subsystem_grant: true } })],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }, { uscc: OTHER, name: '演示（北京）信息有限公司', status: 'effective' }],
		subsystems: [{ id: 'gaoqi', name: { zh: '高企认定' } }, { id: 'kexiao', name: { zh: '科小企评价' } }],
		membership: { mode: 'grant' },
	}, [...people.map((login) => ({ login, name: '王小明' })), { login: 'boss', namespace: 'legal', unit: USCC }, { login: 'rival', namespace: 'legal', unit: OTHER }])
})
after(() => broker.stop())

async function own(login, path, namespace) {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(broker.issuer + path), { login, namespace })

	return { browser, page }
}
const boss = (path = '/members') => own('boss', path, 'legal')
const cli = (...args) => {
	const result = broker.cli(...args)

	assert.equal(result.code, 0, result.err)
	return result.json
}
const memberOf = (login, status = 'active', uscc = USCC) => cli('unit', 'members', '--uscc', uscc, '--status', status).members.find((one) => one.login_name === login)

async function choose(login, uscc = USCC, { browser, page } = {}) {
	if (!browser)
		({ browser, page } = await own(login, '/choose-unit'))
	const found = await browser.submit(page, 'choose-unit', { q: uscc, do: 'search' })

	assert.equal(found.name, 'choose-unit')
	return { browser, page: await browser.submit(found, 'choose-unit'), found }
}
async function admit(login, values = { do: 'approve', subsystem: null }) {
	const { browser, page } = await boss('/members?status=pending')
	const { id } = memberOf(login, 'pending_admin')

	return browser.submit(page, `member-${id}`, values)
}
async function join(login, subsystem) {
	await choose(login)
	await admit(login, subsystem ? { do: 'save-grants', subsystem } : undefined)
	assert.equal(memberOf(login).status, 'active')
}
async function tokens(login, id = 'member', more = {}) {
	const browser = broker.browser()

	return { browser, ...await broker.client(id).login(browser, { scope: SCOPE, login: (page) => passwordLogin(browser, page, { login }), ...more }) }
}

test('nobody is logged in: first that, then the page', async () => {
	const { page } = await own('ann', '/choose-unit')

	assert.equal(page.name, 'choose-unit')
	assert.ok(page.has('submit-search'))
})

test('a unit is found by its full name or code, and by nothing less', async () => {
	const { browser, page } = await own('ann', '/choose-unit')
	const search = (q) => browser.submit(page, 'choose-unit', { q, do: 'search' })

	assert.ok((await search('演示科技有限公司')).has('submit-choose'))
	assert.ok((await search(' 演示(北京) 信息有限公司')).has('submit-choose'), 'brackets and spaces are no difference')
	assert.ok((await search('演示科技')).has('nothing'))
	assert.ok((await search('有限公司')).has('nothing'))
	assert.equal((await search('演')).error, 'unit_search')
	assert.ok((await search('\u0007\u0008')).has('nothing'))
})

test('chosen, admitted, granted: each step is one for the client', async () => {
	const browser = broker.browser()
	const request = broker.client('gaoqi').request({ scope: SCOPE })
	const page = await passwordLogin(browser, await browser.open(request.url), { login: 'ann' })
	assert.equal(page.name, 'choose-unit', `${page}`)

	const { page: waits } = await choose('ann', USCC, { browser, page })
	assert.equal(waits.name, 'pending', `${waits}`)
	assert.match(waits.html, /<dd>演示科技有限公司<\/dd><dt>[^<]*<\/dt><dd>\d{4}-\d\d-\d\d \d\d:\d\d<\/dd>/, 'from whom, since when')
	await admit('ann')
	const still = await browser.click(waits, 'continue')
	assert.equal(still.name, 'pending', 'admitted, and nothing granted (T19)')
	assert.match(still.html, /<dd>演示科技有限公司<\/dd>/, 'the unit has to grant')
	assert.equal(memberOf('ann').status, 'active')

	const { browser: admin, page: members } = await boss('/members?status=active')
	await admin.submit(members, `member-${memberOf('ann').id}`, { do: 'save-grants', subsystem: 'gaoqi' })
	const end = await browser.click(still, 'continue')
	assert.ok(end.params?.code, `${end}`)
	const answer = await broker.client('gaoqi').redeem(request, end.params.code)
	const { json } = await broker.client('gaoqi').userinfo(answer.json.access_token)
	assert.equal(json.org.uscc, USCC)
	assert.equal(json.org_role, 'member')
	assert.equal(json.membership_status, 'active')
	assert.deepEqual(json.subsystems, ['gaoqi'])
	assert.deepEqual(json.act, { sub: json.sub })
	assert.equal(peek(answer.json.access_token).claims.org.uscc, USCC)
	assert.deepEqual(peek(answer.json.id_token).claims.act, { sub: json.sub })
})

test('granting admits, where granting is the rule', async () => {
	await choose('bob')
	await admit('bob', { do: 'save-grants', subsystem: 'kexiao' })
	assert.equal(memberOf('bob').status, 'active')
	assert.deepEqual(cli('grant', 'list', '--login', 'bob').grants.filter((one) => one.status === 'active').map((one) => one.subsystem), ['kexiao'])
})

test('turned down: a reason is needed, shown, and the person may ask again', async () => {
	const { browser } = await choose('cat')
	const refused = await admit('cat', { do: 'reject', subsystem: null, reason: ' ' })
	assert.equal(refused.error, 'reason')
	assert.ok(memberOf('cat', 'pending_admin'))
	await admit('cat', { do: 'reject', subsystem: null, reason: '不是本单位<b>职工</b>' })

	const page = await browser.open(`${broker.issuer}/choose-unit`)
	assert.match(page.html, /不是本单位&lt;b&gt;职工/)
	assert.match(page.html, /badge-rejected/)
	await choose('cat', USCC, { browser, page })
	assert.ok(memberOf('cat', 'pending_admin'))
	await admit('cat')
	assert.equal(memberOf('cat').status, 'active')
})

test('pressed twice, in two tabs: one request, one decision', async () => {
	const { browser, found } = await choose('dan')
	const again = await browser.submit(found, 'choose-unit')
	assert.equal(again.status, 200)
	assert.equal(again.error, undefined)

	const { browser: admin, page } = await boss('/members?status=pending')
	const { id } = memberOf('dan', 'pending_admin')
	await admin.submit(page, `member-${id}`, { do: 'approve', subsystem: null })
	const late = await admin.submit(page, `member-${id}`, { do: 'approve', subsystem: null })
	assert.equal(late.error, undefined)
	const contrary = await admin.submit(page, `member-${id}`, { do: 'reject', subsystem: null, reason: 'x' })
	assert.equal(contrary.error, 'conflict')
	assert.equal(memberOf('dan').status, 'active')
})

test('withdrawn before anybody decided', async () => {
	const { browser, page } = await choose('eve')
	const { id } = memberOf('eve', 'pending_admin')
	await browser.submit(page, `leave-${id}`, { do: 'leave' })
	assert.equal(memberOf('eve', 'pending_admin'), undefined)
	const { browser: admin, page: members } = await boss('/members?status=pending')
	assert.ok(!members.has(`member-${id}`))
	const forged = await admin.go(`${broker.issuer}/members`, { method: 'POST', form: { ...members.form('find').fields, csrf: members.html.match(/name="csrf" value="([^"]+)"/)?.[1] ?? 'x', member: id, do: 'approve' }, headers: { Origin: broker.issuer } })
	assert.notEqual(forged.status, 200, 'what was withdrawn cannot be approved')
	assert.equal(memberOf('eve'), undefined)
})

test('another unit: neither its people nor guessed ids', async () => {
	await choose('fay')
	const { id } = memberOf('fay', 'pending_admin')
	await join('gus')
	const { browser, page } = await own('rival', '/members', 'legal')

	assert.ok(!page.has(`member-${id}`))
	await choose('hal', OTHER) // so that there is a form to take the token from
	const members = await browser.open(`${broker.issuer}/members?status=pending`)
	const form = members.form(`member-${memberOf('hal', 'pending_admin', OTHER).id}`)
	for (const [member, verb] of [[id, 'approve'], [memberOf('gus').id, 'remove'], [memberOf('gus').id, 'save-grants'], [memberOf('gus').id, 'offer']]) {
		const answer = await browser.go(form.action, { method: 'POST', form: { ...form.fields, member, do: verb, reason: 'x', subsystem: 'gaoqi' }, headers: { Origin: broker.issuer } })
		assert.equal(answer.status, 404, verb)
	}
	assert.ok(memberOf('fay', 'pending_admin'))
	assert.equal(memberOf('gus').status, 'active')
	const { page: plain } = await own('gus', '/members')
	assert.equal(plain.status, 403, 'a member is no administrator')
	const leave = await own('gus', '/choose-unit')
	const other = await leave.browser.submit(leave.page, `leave-${memberOf('gus').id}`, { do: 'leave', membership: id })
	assert.equal(other.status, 404, "somebody else's membership")
})

test('who is not admitted cannot act for a unit, whatever they post', async () => {
	const { id: unit } = cli('unit', 'show', '--uscc', OTHER)
	await join('ida')
	const { browser, page } = await own('ida', '/act-for')
	const answer = await browser.submit(page, 'act-for', { unit_id: unit })

	assert.equal(answer.error, 'membership_required')
	assert.equal((await browser.submit(page, 'act-for', { unit_id: 'x' })).status, 400)
})

test('a membership that ends kills every token for the unit, and a new one does not revive them', async () => {
	await join('joe', 'gaoqi')
	const { browser, tokens: got } = await tokens('joe', 'member', { scope: `${SCOPE} offline_access` })
	const rs = broker.client('demo-rs'), member = broker.client('member')
	assert.equal(peek(got.access_token).claims.org.uscc, USCC)
	assert.equal((await rs.introspect(got.access_token)).json.active, true)

	const { browser: admin, page } = await boss('/members?status=active')
	await admin.submit(page, `member-${memberOf('joe').id}`, { do: 'remove', subsystem: null })
	assert.equal((await rs.introspect(got.access_token)).json.active, false)
	assert.equal((await member.userinfo(got.access_token)).status, 401)
	assert.equal((await member.refresh(got.refresh_token)).json.error, 'invalid_grant')
	assert.equal(cli('grant', 'list', '--login', 'joe').grants.filter((one) => one.status === 'active').length, 0)
	const { tokens: plain } = await broker.client('demo-portal').login(browser, { scope: SCOPE, login: (end) => end })
	assert.equal((await broker.client('demo-portal').userinfo(plain.access_token)).json.org, undefined, 'the session goes on as the person')

	await join('joe')
	assert.equal((await rs.introspect(got.access_token)).json.active, false)
	assert.equal((await member.refresh(got.refresh_token)).json.error, 'invalid_grant')
	assert.equal((await rs.introspect(plain.access_token)).json.active, true)
})

test('two units: asked which, switched without a new login, told apart in tokens', async () => {
	await join('kim')
	await choose('kim', OTHER)
	cli('unit', 'appoint', '--uscc', OTHER, '--login', 'kim', '--role', 'member')
	const browser = broker.browser(), member = broker.client('member')
	const first = member.request({ scope: SCOPE })
	const page = await passwordLogin(browser, await browser.open(first.url), { login: 'kim' })
	assert.equal(page.name, 'act-for')
	const silent = await browser.open(member.request({ scope: SCOPE, prompt: 'none' }).url)
	assert.equal(silent.params.error, 'interaction_required')

	const oneself = await browser.submit(page, 'act-for', { unit_id: '' })
	assert.equal(oneself.name, 'act-for', 'as oneself is not enough for this client')
	const end = await browser.submit(oneself, 'act-for', { unit_id: cli('unit', 'show', '--uscc', OTHER).id })
	assert.ok(end.params?.code, `${end}`)
	const one = (await member.redeem(first, end.params.code)).json
	assert.equal(peek(one.access_token).claims.org.uscc, OTHER)

	const switching = await browser.open(`${broker.issuer}/act-for?next=/choose-unit`)
	await browser.submit(switching, 'act-for', { unit_id: cli('unit', 'show', '--uscc', USCC).id })
	const two = (await member.login(browser, { scope: SCOPE, login: (page_) => page_ })).tokens
	assert.equal(peek(two.access_token).claims.org.uscc, USCC)
	assert.equal((await member.userinfo(one.access_token)).json.org.uscc, OTHER, 'what was issued stays what it was')

	cli('unit', 'suspend', '--uscc', OTHER, '--reason', '年检未通过')
	assert.equal((await member.userinfo(one.access_token)).status, 401)
	assert.equal((await member.userinfo(two.access_token)).status, 200)
	cli('unit', 'resume', '--uscc', OTHER)
	assert.equal((await member.userinfo(one.access_token)).status, 401, 'resumed is not revived')
})

test('the role is handed over when both say so, and the last administrator cannot go', async () => {
	cli('account', 'set', '--login', 'rival', '--namespace', 'legal', '--status', 'disabled')
	cli('unit', 'appoint', '--uscc', OTHER, '--login', 'lee', '--role', 'admin')
	cli('unit', 'appoint', '--uscc', OTHER, '--login', 'max', '--role', 'member')
	const lee = await own('lee', '/members')
	assert.equal(lee.page.name, 'act-for', 'an administrator says for whom, first')
	const members = await lee.browser.submit(lee.page, 'act-for', { unit_id: cli('unit', 'show', '--uscc', OTHER).id })
	assert.equal(members.name, 'members', `${members}`)

	const mine = await lee.browser.open(`${broker.issuer}/choose-unit`)
	const stuck = await lee.browser.submit(mine, `leave-${memberOf('lee', 'active', OTHER).id}`, { do: 'leave' })
	assert.equal(stuck.error, 'last_admin')
	const active = await lee.browser.open(`${broker.issuer}/members?status=active`)
	const offered = memberOf('max', 'active', OTHER).id
	await lee.browser.submit(active, `member-${offered}`, { do: 'offer', subsystem: null })
	assert.equal(memberOf('max', 'active', OTHER).role, 'member', 'an offer alone changes nothing')

	const max = await own('max', '/choose-unit')
	await max.browser.submit(max.page, `offer-${offered}`, { do: 'accept' })
	assert.equal(memberOf('max', 'active', OTHER).role, 'admin')
	assert.equal(memberOf('lee', 'active', OTHER).role, 'member')
	assert.equal((await lee.browser.open(`${broker.issuer}/members`)).status, 403)
	const gone = await lee.browser.submit(await lee.browser.open(`${broker.issuer}/choose-unit`), `leave-${memberOf('lee', 'active', OTHER).id}`, { do: 'leave' })
	assert.equal(gone.error, undefined)
	assert.equal(memberOf('lee', 'active', OTHER), undefined)
})

test('only one unit at a time, where the deployment says so', async () => {
	broker.reload({ membership: { several: false } })
	await new Promise((done) => setTimeout(done, 500))
	await choose('eve')
	const { page } = await choose('eve', OTHER)
	assert.equal(page.error, 'unit_only_one')
	broker.reload({ membership: { several: true } })
})

test('a unit that is not effective cannot be chosen, not even by its id', async () => {
	cli('unit', 'add', '--uscc', PENDING, '--name', '待审科技有限公司', '--status', 'needs_supplement')
	const { browser, page } = await own('hal', '/choose-unit')
	const found = await browser.submit(page, 'choose-unit', { q: '待审科技有限公司', do: 'search' })
	assert.ok(found.has('nothing'))
	const forced = await browser.submit(page, 'choose-unit', { unit_id: cli('unit', 'show', '--uscc', PENDING).id, q: null })
	assert.equal(forced.error, 'unit_not_effective')
	cli('unit', 'set', '--uscc', PENDING, '--status', 'effective')
	assert.ok((await browser.submit(page, 'choose-unit', { q: '待审科技有限公司', do: 'search' })).has('submit-choose'))
	cli('unit', 'dissolve', '--uscc', PENDING)
	assert.ok((await browser.submit(page, 'choose-unit', { q: '待审科技有限公司', do: 'search' })).has('nothing'))
})
