// SPDX-License-Identifier: Apache-2.0
// The second factor of people and units: set up on a page of one's own, asked for at every login, taken away again; who only has the browser or the
// password gets nowhere.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, passwordLogin, sleep, until } from './harness.mjs'
import { Authenticator, Staff, halfMinute, recoveryCodes, totp } from './totp.mjs'

const PEOPLE = ['setup', 'asked', 'phone', 'recovers', 'removes', 'renews', 'tabs', 'twice', 'stranger', 'guessed', 'lost', 'leaving', 'system']
let broker
before(async () => {
	broker = await Broker.start({ clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100 }, staff: { factor_tries: 5 } },
		[...PEOPLE.map((login, i) => ({ login, phone: `138001380${10 + i}`, name: '张三' })), { login: 'keji', namespace: 'legal', unit: USCC, phone: '13800138099', name: '李经办' }])
})
after(() => broker.stop())

const PATH = '/account/second-factor'
const phoneOf = (login) => `138001380${10 + PEOPLE.indexOf(login)}`
const notices = (phone) => broker.outbox().filter((line) => line.purpose === 'notice' && line.phone?.endsWith(phone))

/** A new browser at @path: the page that the password of @login leads to. */
async function visit(login, { path = PATH, namespace = 'natural' } = {}) {
	const browser = broker.browser()

	await halfMinute()
	const page = await passwordLogin(browser, await browser.open(broker.issuer + path), { login, namespace })
	return { browser, page, open: (where = PATH) => browser.open(broker.issuer + where) }
}

/** Set one up: { browser, open, app, recovery, page: as it stands then, form: the page that it was set up with }. */
async function setUp(login, options) {
	const { browser, page, open } = await visit(login, options)
	const app = new Authenticator(page.text('secret'))
	const codes = await browser.submit(page, 'second-factor', { code: app.code() })

	assert.equal(codes.name, 'recovery-codes', `${codes} ${codes.error}`)
	return { browser, open, app, recovery: recoveryCodes(codes), form: page, page: await browser.click(codes, 'continue') }
}
const isSet = (page) => page.form('second-factor').fields.act !== 'enrol'
const wrong = (page, code) => {
	assert.equal(page.error, code)
	assert.match(page.html, /id="code-error"/)
}

test('set up: nothing without the right code, then ten recovery codes once, the owner is told and other devices are out', async () => {
	const there = await visit('setup', { path: '/account' })
	const { browser, page, open } = await visit('setup')
	const app = new Authenticator(page.text('secret'))

	assert.equal(page.name, 'account-factor')
	assert.equal(page.text('factor-state'), '未启用')
	assert.ok(page.has('qr') && page.has('nav-factor') && page.has('submit-code'))
	assert.ok(!page.has('use-recovery'), 'there is nothing to recover yet')
	for (const [code, error] of [['000000', 'second_factor'], ['', 'field_empty'], ['abc', 'second_factor'], [totp(app.secret, 3), 'second_factor']]) {
		const again = await browser.submit(page, 'second-factor', { code })

		wrong(again, error)
		assert.equal(again.text('secret'), app.secret, 'the app needs no other secret')
	}
	assert.ok(!isSet(await open(new URL(page.url).pathname + new URL(page.url).search)))
	assert.equal((await there.open('/account')).name, 'account')
	const codes = await browser.submit(page, 'second-factor', { code: app.code() })
	assert.equal(codes.name, 'recovery-codes')
	assert.equal(new Set(recoveryCodes(codes)).size, 10)
	assert.match(codes.headers.get('cache-control'), /no-store/)
	const own = await browser.click(codes, 'continue')
	assert.equal(own.text('factor-state'), '已启用')
	assert.match(own.text('codes-left'), /10/)
	assert.ok(!own.has('secret') && !own.has('few-left'), 'the secret is never shown again')
	assert.equal((await there.open('/account')).name, 'login', 'it had shown the password alone')
	await until(() => notices(phoneOf('setup')).length === 1, 'the owner of the phone is told')
	assert.match((await open('/account/audit')).html, /绑定动态口令/)
})

test('a second click and the back button change nothing', async () => {
	const { browser, open, app, form } = await setUp('twice')
	const fields = form.form('second-factor').fields

	for (const code of [totp(app.secret, -1), app.code(), '']) {
		const page = await browser.submit(form, 'second-factor', { ...fields, code })

		assert.equal(page.name, 'account-factor', 'what was sent is the form that set it up')
		assert.ok(isSet(page) && !page.error && !recoveryCodes(page).length)
	}
	assert.ok(!(await browser.open(form.url)).has('secret'))
	const page = await open()
	const done = await browser.submit(page, 'second-factor', { act: 'remove', code: app.code() })
	assert.ok(!isSet(done) && !done.error)
	const again = await browser.submit(page, 'second-factor', { act: 'remove', code: totp(app.secret, 1) })
	assert.ok(!isSet(again) && !again.error, 'off it was, and is')
	assert.notEqual(again.text('secret'), app.secret, 'the old phone is of no use any more')
	assert.equal(notices(phoneOf('twice')).length, 2)
})

test('from then on each login asks: a code works once, in whichever browser, and tokens say that there were two', async () => {
	const { app } = await setUp('asked')
	const browser = broker.browser(), thief = broker.browser()
	const ask = async (who) => passwordLogin(who, await who.open(`${broker.issuer}/account`), { login: 'asked' })
	let page = await ask(browser)

	assert.equal(page.name, 'second-factor')
	assert.equal((await browser.open(`${broker.issuer}/account`)).name, 'login', 'a password alone is no session')
	wrong(await browser.submit(page, 'second-factor', { code: totp(app.secret, -1) }), 'second_factor')
	const code = app.code()
	page = await browser.submit(page, 'second-factor', { code })
	assert.equal(page.name, 'account')
	wrong(await thief.submit(await ask(thief), 'second-factor', { code }), 'second_factor')
	assert.equal((await thief.open(`${broker.issuer}/account`)).name, 'login')
	const other = broker.browser()
	const { claims } = await broker.client('demo-public').login(other, { login: async (start) =>
		other.submit(await passwordLogin(other, start, { login: 'asked' }), 'second-factor', { code: app.code() }) })
	assert.deepEqual([...claims.amr].sort(), ['mfa', 'otp', 'pwd'])
})

test('a code to the phone is one factor, too', async () => {
	const { app } = await setUp('phone')
	const browser = broker.browser()
	let page = await browser.phoneLogin(await browser.open(`${broker.issuer}/account`), broker, phoneOf('phone'))

	assert.equal(page.name, 'second-factor')
	page = await browser.submit(page, 'second-factor', { code: app.code() })
	assert.equal(page.name, 'account')
})

test('a recovery code takes the place of a code once, at the login and on the page', async () => {
	const { recovery } = await setUp('recovers')
	const { browser, page: asked, open } = await visit('recovers')
	let page = await browser.submit(asked, 'second-factor', { code: '', do: 'recovery' })

	assert.ok(page.has('use-code') && !page.has('use-recovery') && !page.error)
	page = await browser.submit(page, 'second-factor', { code: recovery[0] })
	assert.equal(page.name, 'account-factor')
	assert.match(page.text('codes-left'), /9/)
	page = await browser.submit(page, 'second-factor', { act: 'remove', code: '', do: 'recovery' })
	assert.ok(page.has('use-code') && !page.error)
	assert.equal(page.form('second-factor').fields.act, 'remove', 'what was chosen is kept')
	for (const code of [recovery[0], 'AAAAA-AAAAA', ''])
		wrong(await browser.submit(page, 'second-factor', { code }), code ? 'second_factor' : 'field_empty')
	assert.ok(isSet(await open()))
	assert.ok((await browser.click(page, 'use-code')).has('use-recovery'))
	page = await browser.submit(page, 'second-factor', { code: recovery[1].toLowerCase().replace('-', ' ') })
	assert.ok(!isSet(page) && !page.error, String(page))
	const trail = (await open('/account/audit')).html
	assert.match(trail, /使用恢复代码/)
	assert.match(trail, /关闭两步验证/)
})

test('it is taken away with an unused code only; then the password is enough, and other devices are out', async () => {
	const { app } = await setUp('removes')
	const here = await visit('removes'), there = await visit('removes', { path: '/account' })

	let page = await here.browser.submit(here.page, 'second-factor', { code: app.code() })
	assert.equal((await there.browser.submit(there.page, 'second-factor', { code: app.code() })).name, 'account')
	for (const code of [totp(app.secret), '000000', ''])
		wrong(await here.browser.submit(page, 'second-factor', { act: 'remove', code }), code ? 'second_factor' : 'field_empty')
	assert.equal((await there.open('/account')).name, 'account')
	await sleep(30000 - Date.now() % 30000) // the next code, as the page says
	page = await here.browser.submit(page, 'second-factor', { act: 'remove', code: totp(app.secret, 1) })
	assert.ok(page.name === 'account-factor' && !isSet(page) && !page.error, `${page}`)
	assert.equal((await there.open('/account')).name, 'login')
	assert.equal((await visit('removes', { path: '/account' })).page.name, 'account')
	await until(() => notices(phoneOf('removes')).length === 2, 'the owner of the phone is told')
})

test('new recovery codes end the old ones', async () => {
	const { browser, app, recovery, page } = await setUp('renews')
	const codes = await browser.submit(page, 'second-factor', { code: app.code() })
	const fresh = recoveryCodes(codes)

	assert.equal(codes.name, 'recovery-codes')
	assert.equal(new Set([...fresh, ...recovery]).size, 20)
	wrong(await browser.submit(page, 'second-factor', { code: totp(app.secret) }), 'second_factor') // a second click
	const again = await visit('renews')
	const asked = await again.browser.submit(again.page, 'second-factor', { code: '', do: 'recovery' })
	wrong(await again.browser.submit(asked, 'second-factor', { code: recovery[5] }), 'second_factor')
	const own = await again.browser.submit(asked, 'second-factor', { code: fresh[5] })
	assert.equal(own.name, 'account-factor')
	assert.equal(notices(phoneOf('renews')).length, 1, 'of the set-up')
})

test('two browsers: the newest secret counts, and what one has set up the other does not replace', async () => {
	const one = await visit('tabs'), two = await visit('tabs')
	const first = new Authenticator(one.page.text('secret')), second = new Authenticator(two.page.text('secret'))

	assert.notEqual(first.secret, second.secret, 'who saw one page does not know the other')
	const late = await one.browser.submit(one.page, 'second-factor', { code: first.code() })
	assert.equal(late.name, 'account-factor')
	assert.ok(!isSet(late) && !recoveryCodes(late).length, 'offered anew')
	const renewed = new Authenticator(late.text('secret'))
	assert.notEqual(renewed.secret, first.secret)
	assert.equal((await one.browser.submit(late, 'second-factor', { code: renewed.code() })).name, 'recovery-codes')
	const out = await two.browser.submit(two.page, 'second-factor', { code: second.code() })
	assert.equal(out.name, 'login', 'other devices are logged out')
	const asked = await passwordLogin(two.browser, out, { login: 'tabs' })
	wrong(await two.browser.submit(asked, 'second-factor', { code: second.code() }), 'second_factor')
	const own = await two.browser.submit(asked, 'second-factor', { code: renewed.code() })
	assert.ok(own.name === 'account-factor' && isSet(own))
})

test('nobody sets one up for another: not in another browser, not with another account in the same one', async () => {
	const owner = await visit('system'), stranger = await visit('stranger')
	const { fields } = owner.page.form('second-factor'), secret = owner.page.text('secret')
	const send = (form) => stranger.browser.go(broker.issuer + PATH, { method: 'POST', form, headers: { Origin: broker.issuer } })

	assert.equal((await stranger.browser.open(owner.page.url)).error, 'interaction_foreign')
	assert.equal((await send({ ...stranger.page.form('second-factor').fields, interaction: fields.interaction, code: totp(secret) })).error, 'interaction_foreign')
	for (const act of ['codes', 'remove'])
		assert.ok(!isSet(await send({ ...stranger.page.form('second-factor').fields, act, code: totp(secret) })), act)
	for (const form of [{ act: 'nonsense' }, { act: '' }, {}])
		assert.equal((await send({ csrf: stranger.page.form('second-factor').fields.csrf, ...form })).status, 400)
	assert.equal((await send({ act: 'remove', code: '000000' })).status, 403, 'no token of the form')
	const other = await owner.browser.open(`${broker.issuer}/account/switch`)
	await passwordLogin(owner.browser, other, { login: 'stranger' })
	const page = await owner.browser.open(owner.page.url)
	assert.equal(page.name, 'account-factor')
	assert.notEqual(page.text('secret'), secret)
})

test('wrong codes are counted together, here and at the login', async () => {
	const { browser, app, page } = await setUp('guessed')
	const asked = await visit('guessed')

	for (let i = 0; i < 3; i++)
		wrong(await browser.submit(page, 'second-factor', { code: '000000' }), 'second_factor')
	for (let i = 0; i < 2; i++)
		wrong(await asked.browser.submit(asked.page, 'second-factor', { code: '000000' }), 'second_factor')
	const code = app.code()
	assert.equal((await browser.submit(page, 'second-factor', { act: 'remove', code })).error, 'locked')
	assert.equal((await asked.browser.submit(asked.page, 'second-factor', { code })).error, 'locked')
})

test('a unit’s account has one in the same way', async () => {
	const { app, page, open } = await setUp('keji', { namespace: 'legal' })
	const { browser, page: asked } = await visit('keji', { path: '/account', namespace: 'legal' })

	assert.ok(isSet(page) && (await open('/account')).has('nav-factor'))
	assert.equal(asked.name, 'second-factor')
	assert.equal(new URL(asked.link('start-over')).searchParams.get('tab'), 'legal')
	assert.equal((await browser.submit(asked, 'second-factor', { code: app.code() })).name, 'account')
	await until(() => notices('13800138099').length === 1, 'the owner of the phone is told')
})

test('staff have theirs from the first login on, and no such page', async () => {
	const staff = Staff.create(broker, 'reviewer', 'reviewer')
	const { browser } = await staff.at()

	assert.equal((await browser.open(broker.issuer + PATH)).status, 403)
})

test('phone and recovery codes lost: the operator takes the factor away, of whomever', async () => {
	const { browser } = await setUp('lost')
	const reset = (...more) => broker.cli('admin', 'reset-factor', '--login', 'lost', ...more)

	assert.notEqual(reset().code, 0, 'no such staff')
	assert.notEqual(reset('--namespace', 'nonsense').code, 0)
	assert.notEqual(reset('--namespace', 'natural', '--new-password').code, 0, 'a first password is the staff’s')
	assert.equal((await browser.open(`${broker.issuer}/account`)).name, 'account')
	assert.equal(reset('--namespace', 'natural').code, 0)
	assert.equal((await browser.open(`${broker.issuer}/account`)).name, 'login')
	const { page } = await visit('lost')
	assert.equal(page.text('factor-state'), '未启用')
})

test('who takes their data along sees that there is one, not what it is; who closes the account leaves none', async () => {
	const { browser, app, recovery, open } = await setUp('leaving')
	const { body_ } = await browser.request(`${broker.issuer}/account/export`)

	assert.equal(JSON.parse(body_).second_factors.length, 1)
	for (const secret of [app.secret.replaceAll(' ', ''), ...recovery])
		assert.ok(!body_.includes(secret))
	await browser.submit(await open('/account/close'), 'close', { agree: 'yes' })
	assert.equal(broker.show('leaving').status, 'closed')
	assert.equal(broker.cli('store', 'check').code, 0)
})
