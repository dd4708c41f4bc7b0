// SPDX-License-Identifier: Apache-2.0
// Staff: made at the command line, two factors or no session, roles that exclude each other, and administrators' own pages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, passwordLogin, sleep } from './harness.mjs'
import { NEW_PASSWORD, Staff, totp } from './totp.mjs'

let broker
before(async () => {
	broker = await Broker.start({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100 },
		departments: [{ id: 'binhai', name: { zh: '滨海新区科技局', en: 'Binhai' } }],
		staff: { factor_tries: 5 },
	}, [{ login: 'zhangsan', phone: '13800138000', name: '张三' }])
})
after(() => broker.stop())

const tasks = () => `${broker.issuer}/tasks`
/** Is this browser logged in as staff? */
const isIn = async (browser) => (await browser.open(tasks())).name === 'tasks'

test('there is no staff account until one is made', () => {
	assert.deepEqual(broker.cli('admin', 'list').json.staff, [])
})

test('the first login replaces the password and sets up the second factor; then the desk opens', async () => {
	const staff = Staff.create(broker, 'first', 'reviewer')
	const browser = broker.browser()
	const page = await staff.password_(browser, tasks())

	assert.equal(page.name, 'second-factor')
	assert.ok(!await isIn(browser), 'a password alone is no session')
	for (const [values, error] of [[{ code: '000000', password: NEW_PASSWORD, password_confirm: NEW_PASSWORD }, 'second_factor'],
		[{ code: totp(page.text('secret')), password: 'short', password_confirm: 'short' }, 'password_rule'],
		[{ code: totp(page.text('secret')), password: NEW_PASSWORD, password_confirm: 'Other@1234' }, 'password_mismatch'],
		[{ code: totp(page.text('secret')), password: staff.password, password_confirm: staff.password }, 'password_rule'],
		[{ code: '', password: NEW_PASSWORD, password_confirm: NEW_PASSWORD }, 'field_empty']]) {
		const again = await browser.submit(page, 'second-factor', values)

		assert.equal(again.error, error)
		assert.equal(again.text('secret'), page.text('secret'), 'the same secret is shown again')
	}
	const desk = await staff.enrol(browser, page)
	assert.equal(desk.name, 'tasks')
	assert.equal(staff.recovery.length, 10)
	assert.equal(new Set(staff.recovery).size, 10)
	assert.ok(await isIn(browser))

	const other = broker.browser()
	assert.equal((await staff.password_(other)).has('secret'), false, 'the secret is never shown again')
})

test('the first password works until the first login only, and not beyond its time', async () => {
	const staff = Staff.create(broker, 'second', 'reviewer')
	const old = staff.password

	await staff.at()
	assert.equal((await staff.password_(broker.browser(), undefined, old)).error, 'credentials')
	await broker.reloaded({ staff: { first_password_life: '1s' } })
	const late = Staff.create(broker, 'late', 'reviewer')
	await sleep(1200)
	const refused = await late.password_(broker.browser())
	assert.equal(refused.error, 'credentials', 'nobody learns that it was right once')
	await broker.reloaded({ staff: { first_password_life: '3d' } })
	const given = broker.cli('admin', 'reset-factor', '--login', 'late', '--new-password')
	assert.equal(given.code, 0, given.err)
	late.password = given.json.password
	assert.equal((await late.password_(broker.browser())).name, 'second-factor', 'a new one is given by the operator')
})

test('a code works once, also in another browser, and codes of other times do not', async () => {
	const staff = Staff.create(broker, 'codes', 'reviewer')
	await staff.at()
	const browser = broker.browser()
	let page = await staff.password_(browser)

	assert.equal((await browser.submit(page, 'second-factor', { code: totp(staff.secret, -1) })).error, 'second_factor', 'it enrolled with that one')
	assert.equal((await browser.submit(page, 'second-factor', { code: totp(staff.secret, 3) })).error, 'second_factor', 'too far ahead')
	const code = staff.code()
	page = await browser.submit(page, 'second-factor', { code })
	assert.equal(page.name, 'tasks')
	const thief = broker.browser()
	assert.equal((await thief.submit(await staff.password_(thief), 'second-factor', { code })).error, 'second_factor', 'a code that was seen over the shoulder')
	assert.ok(!await isIn(thief))
})

test('a recovery code takes the place of a code, in any case and without the hyphen, once', async () => {
	const staff = Staff.create(broker, 'recovers', 'reviewer')
	await staff.at()
	const browser = broker.browser()
	let page = await staff.password_(browser)

	page = await browser.submit(page, 'second-factor', { code: '', do: 'recovery' })
	assert.equal(page.name, 'second-factor')
	assert.equal(page.error, undefined)
	assert.ok(!page.has('use-recovery'))
	assert.equal((await browser.submit(page, 'second-factor', { code: 'AAAAA-AAAAA' })).error, 'second_factor')
	page = await browser.submit(page, 'second-factor', { code: staff.recovery[3].toLowerCase().replace('-', '') })
	assert.equal(page.name, 'tasks')
	assert.ok(await isIn(browser))
	const again = broker.browser()
	page = await again.submit(await staff.password_(again), 'second-factor', { code: staff.recovery[3], do: 'recovery' })
	assert.equal(page.error, 'second_factor')
	page = await again.submit(page, 'second-factor', { code: staff.recovery[4] })
	assert.ok(await isIn(again))
})

test('wrong codes are counted, and a right one does not help then; the security administrator unlocks', async () => {
	const staff = Staff.create(broker, 'guessed', 'reviewer'), security = Staff.create(broker, 'guard', 'security')
	await staff.at()
	const browser = broker.browser()
	const page = await staff.password_(browser)

	for (let i = 0; i < 5; i++)
		assert.equal((await browser.submit(page, 'second-factor', { code: '000000' })).error, 'second_factor')
	assert.equal((await browser.submit(page, 'second-factor', { code: totp(staff.secret) })).error, 'locked')
	const guard = await security.at(`${broker.issuer}/staff`)
	assert.equal(guard.page.name, 'staff')
	const row = guard.page.html.split('<tr>').find((one) => one.includes('guessed'))
	const fields = Object.fromEntries([...row.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]))
	assert.equal((await guard.browser.go(`${broker.issuer}/staff`, { method: 'POST', form: { ...fields, do: 'unlock' } })).name, 'staff')
	assert.equal((await browser.submit(page, 'second-factor', { code: staff.code() })).name, 'tasks')
})

test('no page of the second factor without the first, and none for another browser', async () => {
	const staff = Staff.create(broker, 'foreign', 'reviewer')
	const browser = broker.browser(), other = broker.browser()
	const start = await browser.open(`${broker.issuer}/login?tab=staff`)

	assert.equal((await browser.open(start.url.replace('/login', '/second-factor'))).name, 'login')
	const page = await staff.password_(browser)
	await other.open(`${broker.issuer}/login`)
	assert.equal((await other.open(page.url)).error, 'interaction_foreign')
})

test('a business system gets a token that says so, and none before both factors', async () => {
	const staff = Staff.create(broker, 'signs', 'reviewer')
	await staff.at()
	const browser = broker.browser()
	const { claims } = await broker.client('demo-public').login(browser, { login: async (page) => {
		page = await browser.click(page, 'link-staff')
		page = await browser.submit(page, 'login-password', { login_name: 'signs', password: staff.password })
		assert.equal((await browser.open(page.url.replace('/second-factor', '/continue'))).name, 'second-factor')
		return browser.submit(page, 'second-factor', { code: staff.code() })
	} })

	assert.deepEqual([...claims.amr].sort(), ['mfa', 'otp', 'pwd'])
})

test('ordinary people log in as before', async () => {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/login`))

	assert.equal(page.name, 'index')
	assert.equal((await browser.open(`${broker.issuer}/tasks`)).status, 403)
	assert.equal((await browser.open(`${broker.issuer}/staff`)).status, 403)
	assert.equal((await browser.open(`${broker.issuer}/audit`)).status, 403)
})

test('a password that account add gave to staff still wants the second factor', async () => {
	broker.account({ login: 'plain_staff', namespace: 'staff' })
	const browser = broker.browser()
	let page = await browser.open(`${broker.issuer}/login?tab=staff`)

	page = await browser.submit(page, 'login-password', { login_name: 'plain_staff', password: PASSWORD })
	assert.equal(page.name, 'second-factor')
	assert.ok(!page.form('second-factor').fields.hasOwnProperty('password'))
	page = await browser.submit(page, 'second-factor', { code: totp(page.text('secret')) })
	assert.equal(page.name, 'recovery-codes')
})

test('system, security and audit administrator are three people', () => {
	for (const [roles, more, field] of [['system,audit', [], 'roles'], ['security,reviewer', [], 'roles'], ['audit', ['--dept', 'binhai'], 'roles'], ['king', [], 'roles'], ['', [], 'roles']]) {
		const made = broker.cli('admin', 'appoint', '--login', 'first', '--roles', roles, ...more)

		assert.notEqual(made.code, 0, roles)
		assert.match(made.err + made.out, new RegExp(field))
	}
	assert.notEqual(broker.cli('admin', 'appoint', '--login', 'first', '--roles', 'security', '--dept', 'binhai').code, 0)
	assert.equal(broker.cli('admin', 'appoint', '--login', 'first', '--roles', 'reviewer,support', '--dept', 'binhai').code, 0)
	assert.notEqual(broker.cli('admin', 'appoint', '--login', 'first', '--roles', 'security').code, 0, 'a department\'s reviewer becomes no administrator beside it')
	assert.equal(broker.cli('admin', 'dismiss', '--login', 'first', '--dept', 'binhai').json.dismissed, 1)
	assert.notEqual(broker.cli('admin', 'create', '--login', 'first').code, 0, 'the name is taken')
})

test('the security administrator appoints, never themselves; what somebody lost ends at once', async () => {
	const staff = Staff.create(broker, 'newcomer', 'reviewer'), security = Staff.create(broker, 'chief', 'security')
	const { browser: desk } = await staff.at()
	let { browser, page } = await security.at(`${broker.issuer}/staff`)

	page = await browser.submit(page, 'appoint', { login_name: 'chief', role: 'reviewer', do: 'appoint' })
	assert.equal(page.error, 'forbidden')
	page = await browser.submit(page, 'appoint', { login_name: 'newcomer', role: 'audit', dept: 'binhai', do: 'appoint' })
	assert.equal(page.error, 'roles')
	page = await browser.submit(page, 'appoint', { login_name: 'nobody_at_all', role: 'audit', do: 'appoint' })
	assert.equal(page.error, 'no_account')
	page = await browser.submit(page, 'appoint', { login_name: 'zhangsan', role: 'reviewer', do: 'appoint' })
	assert.equal(page.error, 'no_account', 'people are no staff')
	assert.ok(await isIn(desk))
	const fields = { account: staff.id, dept: '', csrf: page.form('appoint').fields.csrf }
	page = await browser.go(`${broker.issuer}/staff`, { method: 'POST', form: { ...fields, do: 'dismiss' } })
	assert.equal(page.name, 'staff')
	assert.ok(!await isIn(desk))
	assert.ok(!broker.cli('admin', 'list').json.staff.some((one) => one.login_name === 'newcomer'))
	page = await browser.submit(page, 'appoint', { login_name: 'newcomer', role: 'reviewer', do: 'appoint' })
	assert.ok(broker.cli('admin', 'list').json.staff.some((one) => one.login_name === 'newcomer'))
	assert.equal((await desk.open(`${broker.issuer}/staff`)).name, 'login')
})

test('a lost phone: the factor is reset, and the next login sets up another', async () => {
	const staff = Staff.create(broker, 'lost_phone', 'reviewer')
	const { browser } = await staff.at()

	const reset = broker.cli('admin', 'reset-factor', '--login', 'lost_phone', '--new-password')
	assert.equal(reset.code, 0, reset.err)
	assert.ok(!await isIn(browser))
	assert.equal((await staff.password_(broker.browser())).error, 'credentials')
	const old = staff.secret
	Object.assign(staff, { password: reset.json.password, secret: undefined, shift: -1 })
	const again = broker.browser()
	const page = await staff.password_(again)
	assert.notEqual(page.text('secret'), old)
})

test('the audit administrator reads and verifies, and that is in the records too; nobody else does', async () => {
	const auditor = Staff.create(broker, 'auditor', 'audit'), system = Staff.create(broker, 'operator', 'system')
	let { browser, page } = await auditor.at(`${broker.issuer}/audit`)

	assert.equal(page.name, 'audit')
	page = await browser.open(`${broker.issuer}/audit?action=factor.enrol`)
	assert.match(page.html, /factor\.enrol/)
	assert.doesNotMatch(page.text('records'), /staff\.appoint/)
	page = await browser.open(`${broker.issuer}/audit?actor=${auditor.id}`)
	assert.match(page.html, /audit\.read/)
	page = await browser.open(`${broker.issuer}/audit?day=2020-01-01`)
	assert.ok(page.has('none'))
	page = await browser.submit(page, 'verify')
	assert.ok(page.has('verified'))
	assert.equal((await browser.open(tasks())).status, 403)
	assert.equal((await browser.open(`${broker.issuer}/staff`)).status, 403)
	const other = await system.at(`${broker.issuer}/audit`)
	assert.equal(other.page.status, 403)
	assert.equal((await other.browser.open(tasks())).status, 403)
})
