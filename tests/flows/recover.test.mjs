// SPDX-License-Identifier: Apache-2.0
// Recovery by login name and by phone: what fits, everything that does not, and that the pages tell nobody which it was.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, PASSWORD, USCC, passwordLogin } from './harness.mjs'

const NEW = 'Fresh#2026x'
const HOME = 'https://home.example/start'
let broker
before(async () => {
	broker = await Broker.prepare({
		otp: { tries: 3, per_address_hour: 1000000, total_minute: 100000 }, captcha: { sms: 'always' }, recovery: { per_address_hour: 100000, per_name_hour: 1000 },
		login: { tries: 3 }, http: { trusted_proxies: ['127.0.0.1/32'] },
	})
	for (const [login, phone] of [['zhangsan', '13800138000'], ['lisi', '13800138001'], ['wangwu', '13800138002'], ['zhaoliu', '13800138003'], ['twice', '13800138004'],
		['locked', '13800138005'], ['other_tab', '13800138006'], ['byphone', '13800138007'], ['waits', '13800138008'], ['limits', '13800138009']])
		broker.account({ login, phone, name: '张三' })
	broker.account({ login: 'disabled', phone: '13800138020', status: 'disabled' })
	broker.account({ login: 'no_phone' })
	broker.account({ login: 'unit_one', namespace: 'legal', unit: USCC, phone: '13800138030' })
	await broker.run()
})
after(() => broker.stop())

const open = (browser, namespace = 'natural', more = '') => browser.open(`${broker.issuer}/recover?tab=${namespace}${more}`)
/** The first page answered: the second. */
async function search(browser, login_name, { namespace = 'natural', page } = {}) {
	page ??= await open(browser, namespace)
	assert.equal(page.name, 'recover', `${page}`)
	const next = await browser.submit(page, 'recover', { login_name, captcha: broker.captcha() })

	assert.equal(next.name, 'recover-verify', `${next}`)
	return next
}
const send = (browser, page, values) => browser.submit(page, 'recover-verify', { ...values, do: 'send' })
const finish = (browser, page, values) => browser.submit(page, 'recover-verify', { password: NEW, password_confirm: NEW, ...values })
const messages = (phone) => broker.outbox().filter((line) => line.phone === phone && line.purpose === 'recover').length
const notices = (phone) => broker.outbox().filter((line) => line.phone === phone && line.purpose === 'notice').length
async function canLogIn(login, password, namespace = 'natural') {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/login`), { login, password, namespace })

	return page.name !== 'login'
}

test('the login page leads there, and each text of the manual stands where it says', async () => {
	const browser = broker.browser()
	const login = await browser.open(broker.client('demo-public').request().url)
	assert.match(login.html, />忘记密码</)
	const page = await browser.click(login, 'link-forgot')

	assert.equal(page.name, 'recover')
	assert.match(page.html, /<h1>登录名重置密码<\/h1>/)
	assert.match(page.html, /id="submit-recover"[^>]*>检索登录名</)
	assert.match(page.html, /通过手机找回/)
	assert.match(page.html, /账号找回/)
	assert.match(page.html, /自然人申诉找回密码/)
	const legal = await browser.click(page, 'tab-legal')
	assert.match(legal.html, /单位法人用户申诉找回密码/)
	assert.equal(legal.form('recover').fields.namespace, 'legal')
	assert.equal((await browser.click(legal, 'go-appeal')).name, 'appeal')
})

test('a natural person: login name, phone in full, code, new password; back to the login of the business system, and everything from before is over', async () => {
	const client = broker.client('demo-public')
	const earlier = broker.browser()
	const before_ = await client.login(earlier, { scope: 'openid offline_access', login: (page) => passwordLogin(earlier, page) })
	const browser = broker.browser()
	const request = client.request()
	const page = await search(browser, 'zhangsan', { page: await browser.click(await browser.open(request.url), 'link-forgot') })

	assert.doesNotMatch(page.html, /138\*|8000/, 'the phone is typed, never shown')
	assert.match(page.html, /预留手机号/)
	assert.match(page.html, /新密码/)
	assert.match(page.html, /手机验证码/)
	assert.ok(!page.has('captcha'), 'the captcha of the first page stands for the first message')
	const sent = await send(browser, page, { phone: '138 0013 8000' })
	assert.equal(sent.error, undefined, `${sent}`)
	const done = await finish(browser, sent, { phone: '13800138000', code: broker.code('13800138000') })
	assert.equal(done.name, 'recovered', `${done}`)
	assert.match(done.html, />确定并跳转至政务服务平台</)
	const login = await browser.click(done, 'continue')
	assert.equal(login.name, 'login', 'nobody is logged in by it')
	const end = await passwordLogin(browser, login, { password: NEW })
	assert.ok(end.params?.code, `${end}`)
	assert.equal(end.params.state, request.state)

	assert.equal((await client.refresh(before_.tokens.refresh_token)).json.error, 'invalid_grant')
	const again = await earlier.open(client.request({ prompt: 'none' }).url)
	assert.equal(again.params.error, 'login_required', 'the session is over')
	assert.equal(await canLogIn('zhangsan', PASSWORD), false)
	assert.equal(notices('13800138000'), 1)
})

test('a legal account needs the unit\'s name and code too', async () => {
	const right = { phone: '13800138030', unit_name: '演示科技有限公司', uscc: USCC }
	const wrong = [['unit_name', '演示科技公司'], ['uscc', '91110000600037341L'], ['phone', '13800138031']]
	const browser = broker.browser()

	for (const [field, value] of wrong) {
		const page = await search(browser, 'unit_one', { namespace: 'legal' })
		const before_ = messages(right.phone)
		const sent = await send(browser, page, { ...right, [field]: value })

		assert.equal(sent.error, undefined)
		assert.equal(messages(right.phone), before_, `nothing is sent when ${field} does not fit`)
		assert.equal((await finish(browser, sent, { ...right, [field]: value, code: '000000' })).error, 'recovery')
	}
	const page = await search(browser, 'unit_one', { namespace: 'legal' })
	const sent = await send(browser, page, { ...right, unit_name: '演示科技有限公司 ', uscc: USCC.toLowerCase() })
	const done = await finish(browser, sent, { ...right, code: broker.code(right.phone) })
	assert.equal(done.name, 'recovered', `${done}`)
	assert.ok((await browser.click(done, 'continue')).has('tab-legal'))
	assert.ok(await canLogIn('unit_one', NEW, 'legal'))
})

/** What a page says, without what is made anew each time. */
const bare = (page) => page.html.replace(/name="(csrf|interaction|captcha_id)" value="[^"]*"/g, '').replace(/interaction=[\w-]+/g, '').replace(/src="data:[^"]*"/g, '')
	.replace(/<strong>[^<]*<\/strong>/g, '').replace(/data-wait="\d+"|<code id="reference">[^<]*/g, '').replaceAll(/(known_\w+|nobody\w*|lisi|disabled|no_phone|desk_none)/g, 'NAME')

test('unknown, disabled, without a phone, of another namespace, staff: the same pages as a name that exists', async () => {
	const cases = [['lisi', 'natural', '13800138099'], ['nobody_at_all', 'natural', '13800138001'], ['disabled', 'natural', '13800138020'], ['no_phone', 'natural', '13800138001'],
		['desk_none', 'staff', '13800138001']]
	const seen = []

	for (const [name, namespace, phone] of cases) {
		const browser = broker.browser()
		const first = await open(browser)
		const page = await browser.submit(first, 'recover', { login_name: name, namespace, captcha: broker.captcha() })
		const sent = await send(browser, page, { phone })
		const refused = await finish(browser, sent, { phone, code: '123456' })
		const masked = (text) => text.replace(/1380013\d{4}|138\*\*\*\*\d{4}/g, 'PHONE')

		assert.equal(refused.error, 'recovery')
		seen.push([page, sent, refused].map((one) => [one.status, masked(bare(one))]))
	}
	for (const [i, pages] of seen.entries())
		for (const [step, page] of pages.entries())
			assert.ok(page[0] === seen[0][step][0] && page[1] === seen[0][step][1], `${cases[i]} shows at step ${step}`)
	assert.equal(messages('13800138020') + messages('13800138001'), 0)
})

test('how long an answer takes does not tell whether the name exists', async () => {
	const times = { wangwu: [], nobody_known: [] }

	for (let i = 0; i < 24; i++)
		for (const name of Object.keys(times)) {
			const browser = broker.browser({ headers: { 'X-Forwarded-For': `10.1.${i}.${name.length}` } })
			const first = await open(browser)
			const captcha = broker.captcha()
			const start = performance.now()
			const page = await browser.submit(first, 'recover', { login_name: name, captcha })
			const sent = await send(browser, page, { phone: i % 2 ? '13800138002' : `139${String(10000000 + i)}` })

			times[name].push(performance.now() - start)
			assert.equal(sent.error, undefined, `${sent}`)
		}
	const median = (list) => list.sort((a, b) => a - b)[list.length >> 1]
	const [known, unknown] = Object.values(times).map(median)
	assert.ok(Math.abs(known - unknown) < Math.max(known, unknown) * 0.5 + 5, `${known.toFixed(1)} ms for a name that exists, ${unknown.toFixed(1)} ms for none`)
})

const WRONG = [
	['phone', '', 'field_empty'], ['phone', '12345', 'phone'], ['phone', '02912345678', 'phone'],
	['code', '', 'field_empty'], ['password', '', 'field_empty'], ['password', 'short1A', 'password_rule'], ['password', 'alllowercase', 'password_rule'],
	['password', 'lisi#2026AB', 'password_rule'], ['password_confirm', 'Other#2026x', 'password_mismatch'], ['password_confirm', '', 'field_empty'],
]
test('every field that is wrong is told at that field, and costs no try', async () => {
	const browser = broker.browser()
	let page = await send(browser, await search(browser, 'lisi'), { phone: '13800138001' })

	for (const [field, value, error] of WRONG) {
		const values = { phone: '13800138001', code: '000000', password: NEW, password_confirm: NEW, [field]: value }
		if (field === 'password')
			values.password_confirm = value
		const again = await browser.submit(page, 'recover-verify', values)
		assert.ok(again.has(`${field}-error`), `${field} ${value}: ${again}`)
		assert.ok(again.error === error || again.error === 'form', `${field} ${value}: ${again}`)
		assert.ok(!again.html.includes(NEW), 'no password comes back')
	}
	const done = await finish(browser, page, { phone: '13800138001', code: broker.code('13800138001') })
	assert.equal(done.name, 'recovered', `${done}`)
})

test('the first page: empty name, empty and wrong captcha; a captcha works once', async () => {
	const browser = broker.browser()
	let page = await open(browser)

	page = await browser.submit(page, 'recover', { login_name: ' ', captcha: broker.captcha() })
	assert.ok(page.has('login_name-error'))
	page = await browser.submit(page, 'recover', { login_name: 'wangwu', captcha: '' })
	assert.ok(page.has('captcha-error'))
	page = await browser.submit(page, 'recover', { login_name: 'wangwu', captcha: 'WRONG' })
	assert.equal(page.error, 'captcha')
	const captcha = broker.captcha()
	assert.equal((await browser.submit(page, 'recover', { login_name: 'wangwu', captcha })).name, 'recover-verify')
	assert.equal((await browser.submit(page, 'recover', { login_name: 'other', captcha })).error, 'captcha')
})

test('a second message wants a captcha, and a wrong code has three tries', async () => {
	const browser = broker.browser()
	let page = await send(browser, await search(browser, 'wangwu'), { phone: '13800138002' })

	assert.ok(page.has('captcha'))
	page = await send(browser, page, { phone: '13800138002' })
	assert.equal(page.error, 'captcha')
	page = await send(browser, page, { phone: '13800138002', captcha: broker.captcha() })
	assert.equal(page.error, undefined, `${page}`)
	const code = broker.code('13800138002')
	const wrong = code === '111111' ? '222222' : '111111'
	assert.equal((await finish(browser, page, { phone: '13800138002', code: wrong })).error, 'recovery')
	assert.equal((await finish(browser, page, { phone: '13800138002', code: wrong })).error, 'recovery')
	assert.equal((await finish(browser, page, { phone: '13800138002', code: wrong })).error, 'otp_expired')
	assert.equal((await finish(browser, page, { phone: '13800138002', code })).error, 'otp_expired', 'too many tries: the right one is dead too')
	assert.ok(await canLogIn('wangwu', PASSWORD))
})

test('a code for another purpose, of another interaction, or for one\'s own phone opens nothing', async () => {
	const thief = broker.browser()
	const login = await thief.click(await thief.open(`${broker.issuer}/login`), 'tab-phone')
	const otp = await thief.submit(login, 'otp-send', { phone: '13800138003', captcha: broker.captcha(), do: 'send' })
	const loginCode = broker.code('13800138003')
	const page = await search(thief, 'zhaoliu', { page: await thief.open(`${broker.issuer}/recover?interaction=${new URL(otp.url).searchParams.get('interaction') ?? otp.form('otp-verify').fields.interaction}&tab=natural`) })
	assert.equal((await finish(thief, page, { phone: '13800138003', code: loginCode })).error, 'otp_expired', 'that one was for logging in')

	// one's own account fits and gets its code; then the name is changed in another tab
	const owner = broker.browser()
	let own = await search(owner, 'other_tab')
	own = await send(owner, own, { phone: '13800138006' })
	const code = broker.code('13800138006')
	const interaction = own.form('recover-verify').fields.interaction
	await search(owner, 'zhaoliu', { page: await owner.open(`${broker.issuer}/recover?interaction=${interaction}`) })
	const refused = await finish(owner, own, { phone: '13800138006', code })
	assert.equal(refused.error, 'recovery')
	assert.ok(await canLogIn('zhaoliu', PASSWORD))

	// another browser has no part in the interaction
	const victim = broker.browser()
	const sent = await send(victim, await search(victim, 'zhaoliu'), { phone: '13800138003' })
	assert.equal((await finish(broker.browser(), sent, { phone: '13800138003', code: broker.code('13800138003') })).name, 'error')
	assert.ok(await canLogIn('zhaoliu', PASSWORD))
})

test('steps in another order lead to the first', async () => {
	const browser = broker.browser()
	const first = await open(browser)
	const { interaction, csrf } = first.form('recover').fields

	for (const path of ['/recover/verify', '/recover/done'])
		assert.equal((await browser.open(`${broker.issuer}${path}?interaction=${interaction}`)).name, 'recover', path)
	const posted = await browser.go(`${broker.issuer}/recover/verify`, { method: 'POST', headers: { Origin: broker.issuer },
		form: { csrf, interaction, phone: '13800138003', code: '123456', password: NEW, password_confirm: NEW } })
	assert.equal(posted.name, 'recover')
	assert.equal((await browser.open(`${broker.issuer}/recover/verify`)).name, 'error', 'without an interaction')
	assert.equal((await browser.submit(first, 'recover', { login_name: 'x', csrf: null })).error, 'csrf')
})

test('the button pressed twice is one change; the back button comes to the end', async () => {
	const browser = broker.browser()
	const sent = await send(browser, await search(browser, 'twice'), { phone: '13800138004' })
	const values = { phone: '13800138004', code: broker.code('13800138004') }
	const [a, b] = await Promise.all([finish(browser, sent, values), finish(browser, sent, values)])

	assert.equal(notices('13800138004'), 1)
	assert.deepEqual([a.name, b.name], ['recovered', 'recovered'])
	assert.equal((await browser.open(`${broker.issuer}/recover/verify?interaction=${sent.form('recover-verify').fields.interaction}`)).name, 'recovered')
	assert.equal((await finish(browser, sent, { ...values, password: 'Later#2026x', password_confirm: 'Later#2026x' })).name, 'recovered')
	assert.ok(await canLogIn('twice', NEW))
})

test('who was locked out gets in with the new password at once', async () => {
	const browser = broker.browser()
	let page = await browser.open(`${broker.issuer}/login`)

	for (let i = 0; i < 4; i++)
		page = await passwordLogin(browser, page, { login: 'locked', password: 'Wrong@1234' })
	assert.equal(page.error, 'locked')
	assert.match(page.html, /忘记密码/)
	const sent = await send(browser, await search(browser, 'locked', { page: await browser.click(page, 'link-forgot') }), { phone: '13800138005' })
	const done = await finish(browser, sent, { phone: '13800138005', code: broker.code('13800138005') })
	const end = await passwordLogin(browser, await browser.click(done, 'continue'), { login: 'locked', password: NEW })
	assert.notEqual(end.name, 'login', `${end}`)
})

test('by phone: the number, the code, the new password', async () => {
	const browser = broker.browser()
	let page = await browser.click(await open(browser), 'go-phone')

	assert.match(page.html, /<h1>通过手机找回<\/h1>/)
	page = await browser.submit(page, 'recover', { phone: '123', captcha: broker.captcha() })
	assert.ok(page.has('phone-error'))
	page = await browser.submit(page, 'recover', { phone: '13800138007', captcha: broker.captcha() })
	assert.equal(page.name, 'recover-verify', `${page}`)
	page = await send(browser, page, { phone: '13800138007' })
	const done = await finish(browser, page, { phone: '13800138007', code: broker.code('13800138007') })
	assert.equal(done.name, 'recovered', `${done}`)
	assert.ok(await canLogIn('byphone', NEW))

	const stranger = broker.browser()
	page = await stranger.click(await open(stranger), 'go-phone')
	page = await stranger.submit(page, 'recover', { phone: '13900139000', captcha: broker.captcha() })
	page = await send(stranger, page, { phone: '13900139000' })
	assert.equal(page.error, undefined)
	assert.equal(messages('13900139000'), 0)
	assert.equal((await finish(stranger, page, { phone: '13900139000', code: '123456' })).error, 'recovery')
})

test('who waits for a review may come back in', async () => {
	broker.set('waits', { status: 'pending_review' })
	const browser = broker.browser()
	const sent = await send(browser, await search(browser, 'waits'), { phone: '13800138008' })

	assert.equal((await finish(browser, sent, { phone: '13800138008', code: broker.code('13800138008') })).name, 'recovered')
})

test('limits hold for a name from an address, and lock out nobody elsewhere', async () => {
	broker.reload({ recovery: { per_name_hour: 3 } })
	await new Promise((done) => setTimeout(done, 300))
	const from = (address) => broker.browser({ headers: { 'X-Forwarded-For': address } })
	let page

	for (let i = 0; i < 4; i++) {
		const browser = from('10.9.9.9')
		page = await browser.submit(await open(browser), 'recover', { login_name: i % 2 ? 'limits' : 'LIMITS', captcha: broker.captcha() })
	}
	assert.equal(page.error, 'too_many')
	const owner = from('10.9.9.10')
	const sent = await send(owner, await search(owner, 'limits'), { phone: '13800138009' })
	assert.equal((await finish(owner, sent, { phone: '13800138009', code: broker.code('13800138009') })).name, 'recovered')
})

test('without a business system it goes on to the operator\'s page; ways that are not configured are closed', async () => {
	broker.reload({ recovery: { per_name_hour: 1000, home: HOME, methods: ['login_name'] } })
	await new Promise((done) => setTimeout(done, 300))
	const browser = broker.browser()
	const first = await open(browser)

	assert.ok(!first.has('go-phone') && !first.has('go-appeal') && !first.has('go-state'))
	const sent = await send(browser, await search(browser, 'lisi', { page: first }), { phone: '13800138001' })
	const done = await finish(browser, sent, { phone: '13800138001', code: broker.code('13800138001'), password: 'Later#2026x', password_confirm: 'Later#2026x' })
	assert.equal(done.link('continue'), HOME)
	assert.equal((await browser.open(`${broker.issuer}/appeal/natural`)).error, 'closed')
	assert.equal((await browser.submit(first, 'recover', { way: 'phone', phone: '13800138001', captcha: broker.captcha() })).error, 'closed')
	broker.reload({ recovery: { methods: [] } })
	await new Promise((resolve) => setTimeout(resolve, 300))
	assert.equal((await browser.open(`${broker.issuer}/recover`)).error, 'closed')
	assert.ok(!(await browser.open(`${broker.issuer}/login`)).has('link-forgot'))
})
