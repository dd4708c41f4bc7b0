// SPDX-License-Identifier: Apache-2.0
// Registration: natural persons, units, experts; every field wrong; hours; twice; two at once; stopped half-way and taken up again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, PASSWORD, USCC } from './harness.mjs'

const CREDIT = '91110000600037341L' // domain.md 2.4
const ID = '11010519491231002X' // domain.md 2.1
const year = new Date().getFullYear()

let broker
before(async () => {
	broker = await Broker.start({ otp: { per_address_hour: 1000000, total_minute: 100000 }, registration: { per_address_hour: 100000, expert: { open: true }, agreement: { title: { zh: '《用户服务协议》', en: 'Terms' }, version: '2026-1' },
		natural: { notices: [{ zh: '请您如实填写个人信息' }] } } })
})
after(() => broker.stop())

let serial = 0
const phoneOf = () => `139${String(10000000 + process.pid % 1000 * 1000 + serial++).padStart(8, '0')}`
const naturalOf = (more) => ({ login_name: `person_${serial++}`, password: 'Abc@1234', password_confirm: 'Abc@1234', name: '李四', id_type: '111', id_number: ID,
	id_valid_from: `${year - 3}-05-12`, id_valid_years: '10', id_valid_to: '', country: '', phone: phoneOf(), agree: 'yes', ...more })
const legalOf = (more) => ({ login_name: `unit_${serial++}`, password: 'Abc@1234', password_confirm: 'Abc@1234', unit_type: 'enterprise', unit_name: '甲科技有限公司',
	uscc: CREDIT, rep_name: '王五', rep_id_type: '111', rep_id_number: ID, rep_country: '', rep_id_valid_from: `${year - 3}-05-12`, rep_id_valid_years: 'long',
	rep_id_valid_to: '', rep_phone: '13800138111', handler_name: '赵六', phone: phoneOf(), agree: 'yes', ...more })
const expertOf = (more) => ({ login_name: `expert_${serial++}`, password: 'Abc@1234', password_confirm: 'Abc@1234', apply_type: 'technical', contact_name: '孙七',
	phone: phoneOf(), email: 'expert@example.com', agree: 'yes', ...more })

const open = (browser, way, on = broker) => browser.open(`${on.issuer}/register/${way}`)
const register = (browser, page, values) => browser.submit(page, 'register', values)
/** Ask for a code: the page that takes it. */
async function send(browser, page, values) {
	const sent = await browser.submit(page, 'register', { ...values, do: 'send' })

	assert.equal(sent.error, undefined, `${sent}`)
	return sent
}
async function whole(browser, way, values, on = broker) {
	const sent = await send(browser, await open(browser, way, on), values)

	return register(browser, sent, { ...values, code: on.code(values.phone) })
}

test('the login page leads to the choice, and that to each form', async () => {
	const browser = broker.browser()
	const login = await browser.open(broker.client('demo-public').request().url)
	const choice = await browser.click(login, 'link-register')

	assert.equal(choice.name, 'register')
	for (const way of ['natural', 'legal', 'expert']) {
		const page = await browser.click(choice, `go-${way}`)

		assert.equal(page.name, `register-${way}`)
		assert.ok(page.form('register') && page.has('submit-register'))
		assert.ok(new URL(page.url).searchParams.get('interaction'), 'it stays in the interaction')
	}
})

test('a natural person registers in the interaction of a business system, which gets its answer', async () => {
	const browser = broker.browser()
	const client = broker.client('demo-public')
	const request = client.request({ scope: 'openid profile phone' })
	const login = await browser.open(request.url)
	const page = await browser.click(await browser.click(login, 'link-register'), 'go-natural')
	const values = naturalOf()
	const sent = await send(browser, page, values)

	assert.match(sent.html, /验证码已发送/)
	const done = await register(browser, sent, { ...values, code: broker.code(values.phone) })
	assert.equal(done.name, 'registered', `${done}`)
	assert.match(done.html, /注册成功/)
	const back = await browser.click(done, 'continue')
	const { json } = await client.redeem(request, back.params.code)
	const claims = await client.verify(json.id_token)
	assert.deepEqual(claims.amr, ['pwd', 'otp', 'sms'])
	assert.equal(broker.show(values.login_name).source, 'register')

	const other = broker.browser()
	const again = await client.login(other, { login: (at) => other.submit(at, 'login-password', { login_name: values.login_name, password: values.password }) })
	assert.equal(again.claims.sub, claims.sub)
	const third = broker.browser()
	const byPhone = await client.login(third, { login: (at) => third.phoneLogin(at, broker, values.phone) })
	assert.equal(byPhone.claims.sub, claims.sub, 'the phone was proved, so it is a way in')
})

test('a unit registers: the account belongs to a new unit, which is not effective yet', async () => {
	const browser = broker.browser()
	const done = await whole(browser, 'legal', legalOf({ login_name: 'first_unit' }))

	assert.equal(done.name, 'registered', `${done}`)
	assert.match(done.html, /主管部门/)
	assert.equal(broker.show('first_unit', 'legal').status, 'active')
	const { claims } = await (async () => {
		const other = broker.browser()
		return broker.client('demo-public').login(other, { scope: 'openid org', login: async (page) =>
			other.submit(await other.click(page, 'tab-legal'), 'login-password', { login_name: 'first_unit', password: 'Abc@1234' }) })
	})()
	assert.ok(claims.sub)
})

test('a credit code registers one unit, however it came here, and nobody is told whose it is', async () => {
	for (const uscc of [CREDIT, USCC]) {
		const values = legalOf({ uscc, unit_name: uscc === USCC ? '演示科技有限公司' : '甲科技有限公司' })
		const page = await whole(broker.browser(), 'legal', values)

		assert.equal(page.name, 'register-legal')
		assert.equal(page.error, 'unit_taken')
		assert.match(page.text('uscc-error'), /已在本平台注册/)
		assert.doesNotMatch(page.html, /first_unit|赵六的/)
		assert.match(page.html, /手机号已通过短信验证/, 'the code is not asked for twice')
	}
})

test('an expert registers and is logged in at once', async () => {
	const browser = broker.browser()
	const client = broker.client('demo-public')
	const request = client.request()
	const login = await browser.open(request.url)
	const page = await browser.click(await browser.click(login, 'link-register'), 'go-expert')
	const values = expertOf()
	const captcha = broker.captcha()
	const end = await register(browser, page, { ...values, captcha })

	assert.ok(end.params?.code, `${end}`)
	const wrong = await register(broker.browser(), page, values)
	assert.equal(wrong.name, 'error', 'another browser has no part in it')
})

test('where no code is sent, a captcha is, and a phone that nobody proved is no way in', async () => {
	const browser = broker.browser()
	const values = expertOf()
	const page = await open(browser, 'expert')
	const refused = await register(browser, page, { ...values, captcha: 'nonsense' })

	assert.equal(refused.error, 'captcha')
	assert.ok(refused.has('captcha-error'))
	const empty = await register(browser, refused, values)
	assert.equal(empty.error, 'field_empty')
	const done = await register(browser, empty, { ...values, captcha: broker.captcha() })
	assert.notEqual(done.name, 'register-expert', `${done}`)
	const other = broker.browser()
	const denied = await other.phoneLogin(await other.open(broker.client('demo-public').request().url), broker, values.phone)
	assert.equal(denied.name, 'register-natural', 'for a login the phone is unknown')
})

const WRONG = [
	['login_name', '', 'field_empty', '用户账号不能为空'],
	['login_name', '1abc', 'login_name_rule', '请输入以字母开头的4-30位字母、数字或下划线的组合'],
	['login_name', 'ab', 'login_name_rule', '请输入以字母开头的4-30位字母、数字或下划线的组合'],
	['login_name', 'HJ_x123', 'login_name_rule', /保留/],
	['login_name', 'A1110000MA27Y4U477', 'login_name_rule', /保留/],
	['password', '', 'field_empty', '登录密码不能为空'],
	['password', 'abc12345', 'password_rule', '请输入8-20位大写字母，小写字母，数字和特殊字符其中任意三种'],
	['password', 'Ab1!xyz', 'password_rule', '请输入8-20位大写字母，小写字母，数字和特殊字符其中任意三种'],
	['password', 'P@ssw0rd123', 'password_rule', /常见/],
	['password_confirm', '', 'field_empty', '请输入确认密码'],
	['password_confirm', 'Abc@1235', 'password_mismatch', '两次输入的密码不一致'],
	['name', '', 'field_empty', '请输入您的真实姓名'],
	['name', '李4', 'invalid', /姓名格式/],
	['id_type', '', 'field_empty', /证件类型/],
	['id_type', '990', 'invalid', /列表/],
	['id_number', '', 'field_empty', '请输入您的身份证号码'],
	['id_number', '110101197810270021', 'invalid', /校验/],
	['id_number', '330402197802290015', 'invalid', /出生日期/],
	['id_number', '880101197810270029', 'invalid', /地区/],
	['id_number', '110101781027002', 'invalid', /15位/],
	['id_number', '810000199408230021', 'invalid', /另一种证件/],
	['id_valid_from', '', 'field_empty', '请选择身份证有效期开始日期'],
	['id_valid_from', `${year + 1}-01-01`, 'invalid', /今天/],
	['id_valid_from', 'yesterday', 'invalid', /日期/],
	['id_valid_to', `${year}-12-31`, 'invalid', /不符/],
	['phone', '', 'field_empty', '手机号不能为空'],
	['phone', '12012345678', 'phone', /手机号格式/],
	['code', '', 'field_empty', '请输入短信验证码'],
	['code', '000000', /^otp/, /短信验证码/],
	['agree', null, 'agree', /同意/],
]
for (const [field, value, code, text] of WRONG)
	test(`natural: ${field} = ${value === null ? 'not ticked' : JSON.stringify(value)} is said at the field, and the rest stays`, async () => {
		const browser = broker.browser()
		const values = naturalOf()
		const sent = await send(browser, await open(browser, 'natural'), values)
		const typed = { ...values, code: broker.code(values.phone), [field]: value }
		if (field === 'password')
			typed.password_confirm = value
		const page = await register(browser, sent, typed)

		assert.equal(page.name, 'register-natural')
		assert.ok(page.response.status >= 400)
		const said = page.text(`${field}-error`)
		assert.ok(typeof text === 'string' ? said === text : text.test(said), `${field}: "${said}"`)
		assert.match(page.html, new RegExp(`id="${field}"[^>]*aria-invalid="true"`))
		if (!(field === 'id_type' || field === 'phone' || (field === 'password' && value === '')))
			assert.ok(typeof code === 'string' ? page.error === code : code.test(page.error), page.error)
		assert.doesNotMatch(page.html, /Abc@123/, 'passwords are never written back')
		for (const kept of ['login_name', 'name', 'id_number', 'phone'])
			if (kept !== field)
				assert.equal(page.form('register').fields[kept], values[kept], `${kept} stays`)
		const right = await register(browser, page, { ...values, code: field === 'code' || field === 'phone' ? broker.code(values.phone) : '' })
		assert.equal(right.name, 'registered', `corrected it goes through: ${right}`)
	})

const WRONG_LEGAL = [
	['login_name', '', '法人账号不能为空'],
	['unit_type', '', '请选择法人类型'],
	['unit_name', '', '请输入企业名称'],
	['uscc', '', '请输入统一社会信用代码'],
	['uscc', '91350100M000100Y4Z', /不使用的字符/],
	['uscc', '91330106MA27Y4U46R', /校验/],
	['uscc', '9111', /18位/],
	['rep_name', '', '请输入法定代表人的姓名'],
	['rep_id_number', '', '请输入法定代表人的身份证号码'],
	['rep_id_number', '123', /格式/],
	['rep_phone', '12012345678', /手机号格式/],
]
for (const [field, value, text] of WRONG_LEGAL)
	test(`legal: ${field} = ${JSON.stringify(value)} is said at the field`, async () => {
		const browser = broker.browser()
		const values = legalOf({ uscc: '91330106MA27Y4U47R', [field]: value })
		const page = await register(browser, await open(browser, 'legal'), values)

		assert.equal(page.name, 'register-legal')
		const said = page.text(`${field}-error`)
		assert.ok(typeof text === 'string' ? said === text : text.test(said), `${field}: "${said}"`)
	})

test('everything that is wrong is told at once, with links to the fields', async () => {
	const browser = broker.browser()
	const page = await register(browser, await open(browser, 'natural'), naturalOf({ login_name: '', name: '', id_number: '1', phone: '1', agree: null }))

	assert.equal(page.error, 'form')
	for (const field of ['login_name', 'name', 'id_number', 'phone', 'code', 'agree'])
		assert.ok(page.has(`${field}-error`) && page.html.includes(`href="#${field}"`), field)
})

test('each document type asks for what it has: country, validity, or neither', async () => {
	const rows = [
		[{ id_type: '414', id_number: 'E12345678', id_valid_from: '', id_valid_years: '' }, true],
		[{ id_type: '553', id_number: '911398199012310021', country: '' }, false],
		[{ id_type: '553', id_number: '911398199012310021', country: 'KAZ', id_valid_from: '', id_valid_years: '' }, true],
		[{ id_type: '516', id_number: 'H12345678', id_valid_from: '', id_valid_years: '' }, true],
		[{ id_type: '511', id_number: '12345678' }, true],
		[{ id_type: '117', id_number: 'A123456789' }, true],
		[{ id_type: '114', id_number: '军字第12345678号' }, true],
		[{ id_type: '111', id_valid_years: '20', id_valid_from: `${year - 10}-01-31`, id_valid_to: `${year + 10}-01-31` }, true],
		[{ id_type: '111', id_valid_years: '5', id_valid_from: `${year - 6}-01-31` }, false],
		[{ id_type: '111', id_valid_years: '', id_valid_from: `${year - 4}-01-31`, id_valid_to: `${year + 6}-01-31` }, true],
	]
	for (const [more, good] of rows) {
		const page = await whole(broker.browser(), 'natural', naturalOf(more))

		assert.equal(page.name, good ? 'registered' : 'register-natural', `${JSON.stringify(more)}: ${page} ${page.html.match(/field-error" id[^<]*/g)}`)
	}
})

test('a taken login name or phone is told at its field, after the proof, and what was typed stays', async () => {
	const first = naturalOf()
	await whole(broker.browser(), 'natural', first)
	const browser = broker.browser()
	const values = naturalOf({ login_name: first.login_name.toUpperCase() })
	const early = await register(browser, await open(browser, 'natural'), values)
	assert.equal(early.has('login_name-error'), false, 'nothing is told before the phone is proved')
	const page = await whole(browser, 'natural', values)
	assert.equal(page.error, 'login_name_taken')
	assert.equal(page.form('register').fields.name, values.name)
	const done = await register(browser, page, { ...values, login_name: `${values.login_name}_2` })
	assert.equal(done.name, 'registered', 'no second message is needed')

	const second = await whole(broker.browser(), 'natural', naturalOf({ phone: first.phone }))
	assert.equal(second.error, 'phone_taken')
	assert.ok(second.has('phone-error'))
})

test('of two browsers that race for one name, one gets it and the other is told', async () => {
	const name = `race_${serial++}`
	const racers = await Promise.all([0, 1, 2, 3].map(async () => {
		const browser = broker.browser()
		const values = naturalOf({ login_name: name })
		const sent = await send(browser, await open(browser, 'natural'), values)

		return () => register(browser, sent, { ...values, code: broker.code(values.phone) })
	}))
	const pages = await Promise.all(racers.map((go) => go()))

	assert.equal(pages.filter((page) => page.name === 'registered').length, 1)
	assert.equal(pages.filter((page) => page.error === 'login_name_taken').length, 3)
})

test('sent twice it is one account, and both answers lead on', async () => {
	const browser = broker.browser()
	const values = naturalOf()
	const shown = await open(browser, 'natural')
	const sent = await send(browser, shown, values)
	const typed = { ...values, code: broker.code(values.phone) }
	const [one, two] = await Promise.all([register(browser, sent, typed), register(browser, sent, typed)])

	for (const page of [one, two])
		assert.ok(page.name === 'registered' || page.error === 'otp_expired', `${page}`)
	assert.ok([one, two].some((page) => page.name === 'registered'))
	const third = await register(browser, sent, typed)
	assert.equal(third.name, 'registered', `${third} ${third.html.match(/field-error" id[^<]*/g)}`)
	const other = await register(browser, sent, { ...typed, password: 'Xyz@9876', password_confirm: 'Xyz@9876' })
	assert.equal(other.name, 'register-natural', 'with another password it is no repetition')
	const back = await browser.open(shown.url)
	assert.equal(back.name, 'registered', 'the form of a finished registration leads to its end')
})

test('who stops half-way finds the form as it was left, without passwords', async () => {
	const browser = broker.browser()
	const values = naturalOf()
	const page = await open(browser, 'natural')
	await send(browser, page, values)
	const again = await browser.open(page.url)

	assert.equal(again.form('register').fields.name, values.name)
	assert.equal(again.form('register').fields.id_number, values.id_number)
	assert.equal(again.form('register').fields.password, '')
	assert.match(again.html, /验证码已发送/, 'the code that was sent is still asked for')
	const done = await register(browser, again, { ...values, code: broker.code(values.phone) })
	assert.equal(done.name, 'registered')
})

test('a code is good for the phone it went to, and for registration alone', async () => {
	const browser = broker.browser()
	const values = naturalOf()
	const sent = await send(browser, await open(browser, 'natural'), values)
	const code = broker.code(values.phone)
	const other = await register(browser, sent, { ...values, phone: phoneOf(), code })
	assert.equal(other.error, 'otp_expired')
	const login = await browser.open(sent.url.replace('/register/natural', '/login') + (sent.url.includes('?') ? '' : `?interaction=${sent.form('register').fields.interaction}`))
	const tab = await browser.click(login, 'tab-phone')
	const denied = await browser.go(tab.form('otp-send').action, { method: 'POST', form: { ...tab.form('otp-send').fields, phone: values.phone, code },
		headers: { Origin: broker.issuer } })
	assert.equal(denied.error, 'otp_expired')
	const right = await register(browser, sent, { ...values, code })
	assert.equal(right.name, 'registered')
})

test('a valid login code for an unknown phone leads to registration, where it need not be proved again', async () => {
	const browser = broker.browser()
	const client = broker.client('demo-public')
	const request = client.request()
	const phone = phoneOf()
	const page = await browser.phoneLogin(await browser.open(request.url), broker, phone)

	assert.equal(page.name, 'register-natural')
	assert.equal(page.form('register').fields.phone, phone)
	assert.match(page.html, /手机号已通过短信验证/)
	const done = await register(browser, page, naturalOf({ phone }))
	assert.equal(done.name, 'registered', `${done}`)
	assert.ok((await browser.click(done, 'continue')).params.code)
})

test('outside of its hours registration is closed, when the form is shown and when it is sent', async () => {
	const china = new Date(Date.now() + 8 * 3600e3)
	const hour = (offset) => `${String((china.getUTCHours() + 24 + offset) % 24).padStart(2, '0')}:00`
	const open_ = { from: hour(-1), to: hour(2) }, closed = { from: hour(2), to: hour(4) }
	const own = await Broker.start({ registration: { window: open_ } })

	try {
		const browser = own.browser()
		const values = naturalOf()
		const sent = await send(browser, await open(browser, 'natural', own), values)
		await own.reloaded({ registration: { window: closed } })
		for (const more of [{ code: own.code(values.phone) }, { do: 'send' }]) {
			const page = await register(browser, sent, { ...values, ...more })

			assert.equal(page.error, 'window')
			assert.equal(page.form('register'), undefined)
			assert.match(page.html, new RegExp(closed.from))
		}
		const shown = await open(own.browser(), 'natural', own)
		assert.equal(shown.error, 'window')
		await own.reloaded({ registration: { window: { ...closed, mode: 'defer' } } })
		const deferred = await register(browser, sent, { ...values, code: own.code(values.phone) })
		assert.equal(deferred.name, 'registered', 'defer accepts at any hour')
	} finally {
		await own.stop()
	}
})

test('what is closed is closed; who is reviewed waits; forms and rules are the operator’s', async () => {
	const own = await Broker.start({
		registration: { natural: { review: true, steps: [{ zh: '填写' }, { zh: '完成' }] }, legal: { open: false }, reserved_prefixes: ['gov'], per_address_hour: 3 },
		password: { min: 10, classes: 4 },
		forms: { 'register-natural': { fields: [{ name: 'login_name', label: { zh: '登录名' } }, { name: 'password' }, { name: 'password_confirm' },
			{ name: 'name', required: false, group: { zh: '个人信息' } }, { name: 'gender', required: false, group: { zh: '个人信息' } }, { name: 'phone' }, { name: 'code' }] } },
	})
	try {
		const closed = await open(own.browser(), 'legal', own)
		assert.equal(closed.error, 'closed')
		const browser = own.browser()
		const page = await open(browser, 'natural', own)
		assert.match(page.html, /登录名/)
		assert.match(page.html, /<legend>个人信息/)
		assert.match(page.html, /10-20位/)
		assert.match(page.html, /填写/)
		const phone = phoneOf()
		const values = { login_name: 'gov_hall', password: 'Abcd@12345', password_confirm: 'Abcd@12345', name: '', gender: '', phone }
		const sent = await send(browser, page, values)
		const reserved = await register(browser, sent, { ...values, password: 'Abcdefgh12', password_confirm: 'Abcdefgh12', code: own.code(phone) })
		assert.ok(reserved.has('login_name-error') && reserved.has('password-error'))
		assert.match(reserved.text('password-error'), /10-20位.*4种/)
		const done = await register(browser, reserved, { ...values, login_name: 'hall' , password: 'Gate@98765', password_confirm: 'Gate@98765' })
		assert.equal(done.name, 'registered', `${done}`)
		assert.match(done.html, /等待管理员进行审核/)
		assert.equal(own.show('hall').status, 'pending_review')
		for (let i = 0; i < 3; i++) {
			const one = own.browser(), next = { ...values, login_name: `hall_${i}`, password: 'Gate@98765', password_confirm: 'Gate@98765', phone: phoneOf() }
			const result = await whole(one, 'natural', next, own)

			assert.equal(i < 2 ? result.name : result.error, i < 2 ? 'registered' : 'too_many')
		}
	} finally {
		await own.stop()
	}
})

test('a form that nobody knows is refused when the configuration is read', async () => {
	const own = await Broker.prepare({ forms: { 'register-natural': { fields: [{ name: 'shoe_size' }] } } })
	const result = own.cli('check-config')

	assert.notEqual(result.code, 0)
	assert.match(result.out + result.err, /shoe_size/)
	await own.stop?.().catch(() => {})
})

test('where verification follows, the number of the form is verified at once, or the page of verification asks for it', async () => {
	const { writeFileSync } = await import('node:fs')
	const { join } = await import('node:path')
	const own = await Broker.prepare({ registration: { natural: { realname: true }, legal: { realname: true } } })
	const file = join(own.dir, 'people.csv')

	writeFileSync(file, `name,id_type,id_number\n李四,111,${ID}\n`)
	own.config.realname = { verifier: 'registry_csv', people: file }
	own.write()
	await own.run()
	try {
		const known = naturalOf()
		const done = await whole(own.browser(), 'natural', known, own)

		assert.equal(done.name, 'registered', `${done} ${done.error}`)
		assert.match(done.html, /基本信息[\s\S]*实名认证[\s\S]*注册成功/)
		assert.equal(own.show(known.login_name).realname_level, 2)
		const unknown = await whole(own.browser(), 'natural', naturalOf({ name: '王五' }), own)
		assert.equal(unknown.name, 'realname', `${unknown}`)
		assert.match(unknown.html, /aria-current="step"[^>]*><span class="step-number">2</)
		await own.reloaded({ forms: { 'register-natural': { fields: [{ name: 'phone' }, { name: 'password' }, { name: 'code' }] } } })
		const browser = own.browser(), values = { phone: phoneOf(), password: 'Abc@1234' }
		const page = await whole(browser, 'natural', values, own)
		assert.equal(page.name, 'realname', 'Z9: a phone and a password make an account')
		const skipped = await browser.submit(page, 'realname', { do: 'skip' })
		assert.equal(skipped.name, 'registered', `${skipped}`)
	} finally {
		await own.stop()
	}
})
