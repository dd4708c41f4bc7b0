// SPDX-License-Identifier: Apache-2.0
// The pages of one's own account: what they show, what may be done, and that nobody else can do it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, PASSWORD, USCC, client, passwordLogin, until } from './harness.mjs'
import { MailServer } from './mail.mjs'

const OUTBOX = join(mkdtempSync(join(tmpdir(), 'yimen-mail-')), 'mail.jsonl')
let broker
before(async () => {
	broker = await Broker.start({ mail: { outbox: OUTBOX }, clients: [client('demo-public', { type: 'public' }), client('asks', { secret: 'demo-asks-secret', consent: 'remember', name: { zh: '某业务系统' } })] }, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'lisi', phone: '13800138001', name: '李四' }, { login: 'wangwu', phone: '13800138002' },
		{ login: 'zhaoliu', phone: '13800138003' }, { login: 'qianqi', phone: '13800138004' }, { login: 'keji', namespace: 'legal', unit: USCC, phone: '13800138005' }])
})
after(() => broker.stop())

/** A browser that is logged in at the broker itself, and the page /account. */
async function visit(login = 'zhangsan', { path = '/account', namespace = 'natural', password = PASSWORD } = {}) {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(broker.issuer + path), { login, namespace, password })

	return { browser, page, open: (where) => browser.open(broker.issuer + where) }
}

test('the way to the account is a login that comes back to it', async () => {
	const { page } = await visit('zhangsan', { path: '/account/sessions' })

	assert.equal(page.name, 'account')
	assert.equal(new URL(page.url).pathname, '/account/sessions')
})

test('the profile shows who one is, masked, with the badge and every link of the contract', async () => {
	const { page } = await visit()

	assert.match(page.html, /138\*\*\*\*8000/)
	assert.doesNotMatch(page.html, /13800138000/)
	assert.equal(page.text('realname-badge'), '未实名')
	for (const id of ['nav-profile', 'nav-realname', 'nav-password', 'nav-sessions', 'nav-bindings', 'nav-links', 'nav-units', 'nav-consents', 'nav-audit', 'nav-apps', 'logout', 'switch-account'])
		assert.ok(page.has(id), id)
	assert.equal((await broker.browser().open(`${broker.issuer}/account/nothing`)).status, 404)
})

test('sessions: another device is seen and logged out, one’s own stays; somebody else’s cannot be touched', async () => {
	const here = await visit('lisi'), there = await visit('lisi'), stranger = await visit('wangwu')
	const page = await here.open('/account/sessions')
	const subjects = [...page.html.matchAll(/name="subject" value="([^"]+)"/g)].map((m) => m[1])

	assert.equal(subjects.length, 1, 'the other one can be ended, this one cannot')
	const csrf = (await stranger.open('/account/sessions')).html.match(/name="csrf" value="([^"]+)"/)[1]
	await stranger.browser.go(`${broker.issuer}/account/sessions`, { method: 'POST', form: { csrf, do: 'end', subject: subjects[0] }, headers: { Origin: broker.issuer } })
	assert.equal((await there.open('/account')).name, 'account', 'a stranger’s request changed nothing')
	const own = page.html.match(/name="csrf" value="([^"]+)"/)[1]
	const after_ = await here.browser.go(`${broker.issuer}/account/sessions`, { method: 'POST', form: { csrf: own, do: 'end', subject: subjects[0] }, headers: { Origin: broker.issuer } })
	assert.equal(after_.name, 'account')
	assert.equal((await there.open('/account')).name, 'login')
	assert.equal((await here.open('/account')).name, 'account')
	for (const form of [{ csrf: own, do: 'end', subject: 'nonsense' }, { csrf: own, do: 'nonsense' }, { csrf: own }])
		assert.ok((await here.browser.go(`${broker.issuer}/account/sessions`, { method: 'POST', form, headers: { Origin: broker.issuer } })).status >= 400)
	assert.equal((await here.browser.go(`${broker.issuer}/account/sessions`, { method: 'POST', form: { do: 'end_others' }, headers: { Origin: broker.issuer } })).status, 403)
})

test('logging out everywhere else keeps this browser’s tokens and ends the others’', async () => {
	const one = broker.browser(), two = broker.browser()
	const first = await broker.client('demo-public').login(one, { login: (page) => passwordLogin(one, page, { login: 'zhaoliu' }) })
	const second = await broker.client('demo-public').login(two, { login: (page) => passwordLogin(two, page, { login: 'zhaoliu' }) })
	const alive = async ({ tokens }) => (await broker.get('/userinfo', { headers: { Authorization: `Bearer ${tokens.access_token}` } })).status
	const page = await one.open(`${broker.issuer}/account/sessions`)
	const csrf = page.html.match(/name="csrf" value="([^"]+)"/)[1]

	assert.deepEqual([await alive(first), await alive(second)], [200, 200])
	await one.go(`${broker.issuer}/account/sessions`, { method: 'POST', form: { csrf, do: 'end_others' }, headers: { Origin: broker.issuer } })
	assert.deepEqual([await alive(first), await alive(second)], [200, 401])
})

test('consents are listed and withdrawn; the next login asks again', async () => {
	const browser = broker.browser()
	const asks = broker.client('asks')
	const begin = () => browser.open(asks.request({ scope: 'openid profile' }).url)
	let page = await passwordLogin(browser, await begin(), { login: 'qianqi' })

	assert.equal(page.name, 'consent')
	await browser.submit(page, 'consent', { decision: 'allow' })
	assert.ok((await begin()).redirect, 'remembered')
	page = await browser.open(`${broker.issuer}/account/consents`)
	assert.match(page.html, /某业务系统/)
	const csrf = page.html.match(/name="csrf" value="([^"]+)"/)[1], subject = page.html.match(/name="subject" value="([^"]+)"/)[1]
	page = await browser.go(`${broker.issuer}/account/consents`, { method: 'POST', form: { csrf, do: 'end', subject }, headers: { Origin: broker.issuer } })
	assert.doesNotMatch(page.html, /某业务系统/)
	assert.equal((await begin()).name, 'consent')
})

test('J8: the password is changed with the old one; wrong ones are told at the field; other devices are out', async () => {
	const here = await visit('wangwu', { path: '/password' }), there = await visit('wangwu')
	const change = (values) => here.open('/password').then((page) => here.browser.submit(page, 'password', { password_old: PASSWORD, password: 'New@12345', password_confirm: 'New@12345', ...values }))
	const wrong = (page, field) => assert.match(page.html, new RegExp(`id="${field}-error"`), `${field}: ${page}`)

	assert.equal(here.page.name, 'password')
	wrong(await change({ password_old: '' }), 'password_old')
	wrong(await change({ password_old: 'Wrong@123' }), 'password_old')
	wrong(await change({ password: 'short', password_confirm: 'short' }), 'password')
	wrong(await change({ password_confirm: 'Other@123' }), 'password_confirm')
	wrong(await change({ password: 'Wangwu@123', password_confirm: 'Wangwu@123' }), 'password')
	const done = await change({})
	assert.equal(done.name, 'account', done.html?.match(/id="[a-z_]+-error"[^<]*<?[^<]*/)?.[0] ?? String(done))
	await until(() => broker.outbox().some((line) => line.phone === '13800138002' && line.purpose === 'notice'), 'the owner of the phone is told')
	assert.equal((await there.open('/account')).name, 'login')
	assert.equal((await visit('wangwu')).page.error, 'credentials')
	assert.equal((await visit('wangwu', { password: 'New@12345' })).page.name, 'account')
})

test('guessing the old password is counted', async () => {
	const { browser, open } = await visit('qianqi', { path: '/password' })
	const codes = []

	for (let i = 0; i < 7; i++)
		codes.push((await browser.submit(await open('/password'), 'password', { password_old: `Wrong@12${i}`, password: 'New@12345', password_confirm: 'New@12345' })).error)
	assert.equal(codes.at(-1), 'locked')
})

test('another phone: proved by a code to the new one; one that is taken is refused only to who holds it', async () => {
	const { browser, page: first, open } = await visit('lisi', { path: '/account/phone' })
	const send = async (phone) => browser.submit(await open('/account/phone'), 'change-phone', { phone, do: 'send' })

	assert.equal(first.name, 'account-contact')
	assert.match((await send('123')).html, /id="phone-error"/)
	let page = await send('13900139001')
	page = await browser.submit(page, 'change-phone', { code: '000000' })
	assert.match(page.html, /id="code-error"/)
	page = await browser.submit(page, 'change-phone', { code: broker.code('13900139001') })
	assert.equal(page.name, 'account', String(page))
	assert.match(page.html, /139\*\*\*\*9001/)
	page = await send('13800138003')
	assert.ok(page.form('change-phone'), 'a code goes to whatever number')
	page = await browser.submit(page, 'change-phone', { code: broker.code('13800138003') })
	assert.match(page.html, /id="phone-error"/)
	assert.equal((await visit('13900139001')).page.name, 'account', 'the new phone is an identifier')
	assert.equal((await visit('13800138001')).page.error, 'credentials', 'the old one is not')
})

test('an e-mail address: proved by a code that is sent to it, then an identifier', async () => {
	const { browser, page: first, open } = await visit('lisi', { path: '/account/email' })
	const mails = () => readFileSync(OUTBOX, 'utf8').trim().split('\n').map((line) => JSON.parse(line))

	assert.equal(first.name, 'account-contact')
	assert.match((await browser.submit(first, 'change-email', { email: 'nonsense', do: 'send' })).html, /id="email-error"/)
	let page = await browser.submit(await open('/account/email'), 'change-email', { email: 'Li.Si@Example.cn', do: 'send' })
	const mail = mails().at(-1)
	assert.equal(mail.email, 'li.si@example.cn')
	assert.ok(mail.text.includes(mail.code))
	page = await browser.submit(page, 'change-email', { code: '000000' })
	assert.match(page.html, /id="code-error"/)
	page = await browser.submit(page, 'change-email', { code: mail.code })
	assert.equal(page.name, 'account', String(page))
	assert.equal((await visit('li.si@example.cn')).page.name, 'account')
})

test('a code goes out by SMTP, and a server that is away is told as such', async () => {
	const mail = await MailServer.start()
	const other = await Broker.start({ mail: { server: mail.url, from: 'no-reply@example.gov.cn' } })

	try {
		const browser = other.browser()
		let page = await passwordLogin(browser, await browser.open(`${other.issuer}/account/email`))
		page = await browser.submit(page, 'change-email', { email: 'zhang@example.cn', do: 'send' })
		assert.equal(mail.messages.length, 1)
		const [head, body] = mail.messages[0].split('\r\n\r\n')
		assert.match(head, /^From: <no-reply@example\.gov\.cn>$/m)
		assert.match(head, /^To: <zhang@example\.cn>$/m)
		assert.equal(Buffer.from(head.match(/^Subject: =\?UTF-8\?B\?(.*)\?=$/m)[1], 'base64').toString(), '验证码')
		const code = Buffer.from(body, 'base64').toString().match(/\d{6}/)[0]
		page = await browser.submit(page, 'change-email', { code })
		assert.equal(page.name, 'account')
		await mail.stop()
		other.allow(/mail: /)
		page = await browser.submit(await browser.open(`${other.issuer}/account/email`), 'change-email', { email: 'zhang2@example.cn', do: 'send' })
		assert.match(page.html, /id="email-error"/)
	} finally {
		await other.stop()
	}
})

test('switching: another account takes this one’s place, once it has logged in', async () => {
	const { browser, page, open } = await visit('zhangsan')
	const login = await browser.click(page, 'switch-account')

	assert.equal(login.name, 'login')
	assert.equal((await open('/account')).name, 'account', 'nothing has changed yet')
	const other = await passwordLogin(browser, login, { login: 'zhaoliu' })
	assert.match(other.html, /zhaoliu/)
})

test('export: everything about oneself and nothing secret', async () => {
	const { browser } = await visit('zhangsan')
	const { status, headers, body_ } = await browser.request(`${broker.issuer}/account/export`)
	const data = JSON.parse(body_)

	assert.equal(status, 200)
	assert.match(headers.get('content-disposition'), /attachment/)
	assert.equal(data.account.phone, '13800138000')
	assert.ok(data.sessions.length)
	assert.doesNotMatch(body_, /argon2|secret|"password":/)
})

test('closing: asked for, final, and the identifiers are free again', async () => {
	broker.account({ login: 'leaving', phone: '13800138009', name: '将走' })
	const { browser, page: first, open } = await visit('leaving', { path: '/account/close' })

	assert.equal(first.name, 'account-close')
	assert.match((await browser.submit(first, 'close', { agree: null })).html, /id="agree-error"/)
	const done = await browser.submit(await open('/account/close'), 'close', { agree: 'yes' })
	assert.equal(done.name, 'logged-out')
	assert.equal((await open('/account')).name, 'login')
	assert.equal((await visit('leaving')).page.error, 'credentials')
	assert.equal(broker.show('leaving').status, 'closed')
	broker.account({ login: 'arrives', phone: '13800138009' })
})

test('the only account of a unit cannot be closed', async () => {
	const { browser, page } = await visit('keji', { path: '/account/close', namespace: 'legal' })

	assert.equal((await browser.submit(page, 'close', { agree: 'yes' })).error, 'last_admin')
	assert.equal((await visit('keji', { namespace: 'legal' })).page.name, 'account')
})

test('the own trail shows what was done', async () => {
	const { open } = await visit('lisi')
	const page = await open('/account/audit')

	assert.match(page.html, /phone\.change|更换手机/)
	assert.match(page.html, /login|登录/)
})
