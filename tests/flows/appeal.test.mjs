// SPDX-License-Identifier: Apache-2.0
// Appeals: documents and a proved phone, a reviewer who says whose account it is, a link that works once. And everything that goes wrong on the way.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { Broker, CLIENTS, PASSWORD, USCC, passwordLogin, sleep } from './harness.mjs'
import { Staff } from './totp.mjs'

const ID = '11010519491231002X' // domain.md 2.1
const NEW = 'Fresh#2026x'
let broker
const staff = {}

/** A picture of one colour. */
function png(width = 8, height = 8) {
	const crcTable = Array.from({ length: 256 }, (_, n) => {
		for (let k = 0; k < 8; k++)
			n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
		return n >>> 0
	})
	const chunk = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data])
		const crc = body.reduce((c, byte) => crcTable[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff
		const out = Buffer.alloc(12 + data.length)
		out.writeUInt32BE(data.length)
		body.copy(out, 4)
		out.writeUInt32BE(crc >>> 0, 8 + data.length)
		return out
	}
	const head = Buffer.alloc(13)
	head.writeUInt32BE(width)
	head.writeUInt32BE(height, 4)
	head.set([8, 2, 0, 0, 0], 8)
	return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc((width * 3 + 1) * height))), chunk('IEND', Buffer.alloc(0))])
}

before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] }, otp: { per_address_hour: 1000000, total_minute: 100000 },
		recovery: { per_address_hour: 100000, per_name_hour: 1000, appeal: { per_address_day: 100000 } },
	})
	for (const [login, phone] of [['zhangsan', '13800138000'], ['lisi', '13800138001'], ['taken', '13700137099'], ['four', '13800138004'], ['replay', '13800138005']])
		broker.account({ login, phone, name: '张三' })
	broker.account({ login: 'unit_one', namespace: 'legal', unit: USCC, phone: '13800138030' })
	broker.account({ login: 'unit_two', namespace: 'legal', unit: USCC, phone: '13800138031' })
	for (const name of ['one', 'two'])
		staff[name] = Staff.create(broker, `appeal_${name}`, 'reviewer')
	await broker.run()
	for (const one of Object.values(staff))
		one.browser = (await one.at()).browser
})
after(() => broker.stop())

let serial = 0
const phoneOf = () => `1360000${String(1000 + serial++)}`
const valuesOf = (more) => ({ contact_name: '张三', contact_id_type: '111', contact_id_number: ID, known_login: 'zhangsan', email: '', reason: '原手机号已停用', contact_phone: phoneOf(),
	...more })
const legalOf = (more) => ({ unit_name: '演示科技有限公司', unit_nature: 'other', uscc: '', known_login: '', contact_name: '王五', contact_id_type: '111', contact_id_number: ID,
	email: 'a@example.cn', reason: '经办人离职', contact_phone: phoneOf(), ...more })
const slotsOf = (kind) => kind === 'legal' ? ['licence', 'contact_id'] : ['contact_id']
const open = (browser, kind) => browser.open(`${broker.issuer}/appeal/${kind}`)
/** The form, for units after its first page. */
async function form(browser, kind = 'natural', unit_name = '演示科技有限公司') {
	const page = await open(browser, kind)

	assert.equal(page.name, 'appeal', `${page}`)
	return kind === 'legal' ? browser.submit(page, 'appeal', { unit_name, captcha: broker.captcha() }) : page
}
const file = (name = 'photo.png', bytes = png()) => [{ name, bytes }]
async function attach(browser, page, values, kind = 'natural') {
	for (const slot of slotsOf(kind)) {
		page = await browser.upload(page, 'appeal', { ...values, slot, do: 'upload' }, file())
		assert.equal(page.error, undefined, `${page}`)
	}
	return page
}
async function fill(browser, values, kind = 'natural') {
	let page = await attach(browser, await form(browser, kind, values.unit_name), values, kind)

	page = await browser.upload(page, 'appeal', { ...values, do: 'send' })
	assert.equal(page.error, undefined, `${page}`)
	return { page, values: { ...values, code: broker.code(values.contact_phone) } }
}
/** The receipt's number. */
async function appeal(values, kind = 'natural', browser = broker.browser()) {
	const filled = await fill(browser, values, kind)
	const done = await browser.upload(filled.page, 'appeal', filled.values)

	assert.equal(done.name, 'appeal-done', `${done} ${done.html.match(/field-error"[^>]*>[^<]*/g)}`)
	return done.text('receipt')
}
async function task(who, title, state = '') {
	const list = await staff[who].browser.open(`${broker.issuer}/tasks?kind=appeal${state}`)
	const links = [...list.html.matchAll(/<a id="task-[^"]*" href="([^"]*)"[^>]*>([^<]*)</g)].filter(([, , text]) => text === title)

	assert.ok(links.length, `${title} is in the queue`)
	return staff[who].browser.open(broker.issuer + links.at(-1)[1])
}
const decide = (who, page, values) => staff[who].browser.submit(page, 'decide', values)
const sent = (phone, purpose) => broker.outbox().filter((line) => line.phone === phone && line.purpose === purpose)
const link = (phone) => sent(phone, 'recover-link').at(-1)?.text.match(/https?:\S+\/recover\/link\?t=[\w-]+/)?.[0]
async function canLogIn(login, password, namespace = 'natural') {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/login`), { login, password, namespace })

	return page.name !== 'login'
}
async function ask(receipt, phone, browser = broker.browser()) {
	const page = await browser.open(`${broker.issuer}/appeal/state`)

	return browser.submit(page, 'appeal-state', { receipt, phone, captcha: broker.captcha() })
}
const stateOf = (page) => page.html.match(/data-state="(\w+)"/)?.[1]

test('a natural person: appeal, approval, link, new password and new phone; everything from before is over', async () => {
	const values = valuesOf({ contact_name: '申诉甲' })
	const receipt = await appeal(values)

	assert.match(receipt, /^\d{12}$/)
	assert.equal(stateOf(await ask(receipt, values.contact_phone)), 'submitted')
	const page = await task('one', '申诉甲')
	assert.match(page.html, /zhangsan/)
	assert.match(page.html, /138\*\*\*\*8000/, 'the old phone, masked')
	assert.doesNotMatch(page.html, new RegExp(`${ID}|13800138000|${values.contact_phone}`))
	assert.match(page.html, /photo\.png/, 'what was handed in')
	const decided = await decide('one', page, { decision: 'approve' })
	assert.equal(decided.error, undefined, `${decided}`)
	assert.equal(stateOf(await ask(receipt, values.contact_phone)), 'approved')

	const browser = broker.browser()
	let reset = await browser.open(link(values.contact_phone))
	assert.equal(reset.name, 'recover-link', `${reset}`)
	assert.doesNotMatch(reset.url, /[?&]t=/, 'the secret leaves the address at once')
	assert.match(reset.html, /登录名：zhangsan/)
	reset = await browser.submit(reset, 'recover-link', { password: 'short', password_confirm: 'short' })
	assert.equal(reset.error, 'password_rule')
	const done = await browser.submit(reset, 'recover-link', { password: NEW, password_confirm: NEW })
	assert.equal(done.name, 'recovered', `${done}`)
	assert.ok(await canLogIn('zhangsan', NEW))
	assert.ok(!await canLogIn('zhangsan', PASSWORD))
	const phone = broker.browser()
	assert.notEqual((await phone.phoneLogin(await phone.open(`${broker.issuer}/login`), broker, values.contact_phone)).name, 'login', 'the new phone logs in')
	assert.equal(stateOf(await ask(receipt, values.contact_phone)), 'used')
	assert.equal(sent('13800138000', 'notice').length, 1, 'the old phone is told')
	assert.equal(sent(values.contact_phone, 'notice').length, 1)

	const again = await broker.browser().open(link(values.contact_phone))
	assert.equal(again.error, 'expired', 'the link works once')
})

test('a unit: the name first, then the form; several accounts, so the reviewer says which', async () => {
	const browser = broker.browser()
	const first = await open(browser, 'legal')
	assert.match(first.html, />检索单位名称</)
	assert.match(first.html, /单位法人用户申诉找回密码/)
	const page = await browser.submit(first, 'appeal', { unit_name: '演示科技有限公司', captcha: broker.captcha() })
	assert.match(page.html, /id="unit_name"[^>]*value="演示科技有限公司"/)
	assert.match(page.html, /id="submit-appeal"[^>]*>下一步</)
	assert.equal([...page.html.matchAll(/name="unit_nature"/g)].length, 4)
	assert.match(page.html, /其他<\/label>\s*<\/div>/, 'the last of the four')

	const values = legalOf({ contact_name: '王五' })
	await appeal(values, 'legal')
	const view = await task('one', '演示科技有限公司')
	assert.match(view.html, /unit_one/)
	assert.match(view.html, /unit_two/)
	const refused = await decide('one', view, { decision: 'approve' })
	assert.equal(refused.error, 'field_empty')
	assert.ok(refused.has('account-error'))
	assert.equal((await decide('one', view, { decision: 'approve', account_login: 'zhangsan' })).error, 'absent', 'a natural person is none of theirs')
	const done = await decide('one', view, { decision: 'approve', account_login: 'unit_two', use_phone: null })
	assert.equal(done.error, undefined, `${done}`)
	const reset = await browser.open(link(values.contact_phone))
	assert.equal((await browser.submit(reset, 'recover-link', { password: NEW, password_confirm: NEW })).name, 'recovered')
	assert.ok(await canLogIn('unit_two', NEW, 'legal'))
	assert.ok(await canLogIn('unit_one', PASSWORD, 'legal'))
	assert.ok(!await canLogIn('13600001001', NEW, 'legal'))
})

test('a unit that does not exist gets the same pages as one that does', async () => {
	const seen = []

	for (const name of ['演示科技有限公司', '没有这家的有限公司']) {
		const browser = broker.browser()
		const page = await form(browser, 'legal', name)
		seen.push([page.status, page.html.replaceAll(name, 'NAME').replace(/name="(csrf|interaction|captcha_id)" value="[^"]*"/g, '').replace(/interaction=[\w-]+/g, '')
			.replace(/src="data:[^"]*"/g, '').replace(/<strong>[^<]*<\/strong>/g, '')])
	}
	assert.ok(seen[0][0] === seen[1][0] && seen[0][1] === seen[1][1])
	const values = legalOf({ unit_name: '没有这家的有限公司' })
	await appeal(values, 'legal')
	const view = await task('one', '没有这家的有限公司')
	assert.match(view.html, /没有自动匹配到账号/)
	assert.equal((await decide('one', view, { decision: 'approve' })).error, 'field_empty')
	assert.equal((await decide('one', view, { decision: 'reject', reason: '单位不存在' })).error, undefined)
})

test('a rejection is told by message, its reason where the state is asked for; files are purged later; the person appeals again', async () => {
	const values = valuesOf({ contact_name: '申诉乙', known_login: 'lisi' })
	const receipt = await appeal(values)
	const view = await task('one', '申诉乙')

	assert.equal((await decide('one', view, { decision: 'reject' })).error, 'reason')
	await decide('one', view, { decision: 'reject', reason: '照片不清晰' })
	assert.equal(sent(values.contact_phone, 'appeal-rejected').length, 1)
	assert.doesNotMatch(sent(values.contact_phone, 'appeal-rejected')[0].text, /照片/)
	const state = await ask(receipt, values.contact_phone)
	assert.equal(stateOf(state), 'rejected')
	assert.equal(state.text('reason'), '照片不清晰')
	assert.doesNotMatch(state.html, /lisi|张三|申诉乙/, 'nothing personal')
	assert.equal(link(values.contact_phone), undefined)
	assert.match(await appeal({ ...values, contact_name: '申诉乙二' }), /^\d{12}$/)
})

test('the state: wrong number, wrong phone, no captcha', async () => {
	const values = valuesOf({ contact_name: '申诉丙' })
	const receipt = await appeal(values)

	assert.equal((await ask('000000000000', values.contact_phone)).error, 'recovery')
	assert.equal((await ask(receipt, '13612345678')).error, 'recovery')
	assert.equal((await ask(receipt, '123')).error, 'phone')
	assert.equal((await ask('', values.contact_phone)).error, 'field_empty')
	const browser = broker.browser()
	const page = await browser.open(`${broker.issuer}/appeal/state`)
	assert.equal((await browser.submit(page, 'appeal-state', { receipt, phone: values.contact_phone, captcha: 'x' })).error, 'captcha')
	assert.equal((await browser.submit(page, 'appeal-state', { do: 'resend' })).error, 'field_empty', 'nothing is sent to who does not know')
	const spaced = await ask(`${receipt.slice(0, 6)} ${receipt.slice(6)}`, values.contact_phone)
	assert.equal(stateOf(spaced), 'submitted')
})

test('a code that was typed before a file is added, refused or taken away is still there, and is good', async () => {
	const browser = broker.browser()
	const shown = (page) => page.form('appeal').fields.code
	const { page, values } = await fill(browser, valuesOf({ contact_name: '申诉戌' }))

	assert.equal(shown(page), '', 'nothing is filled in before it was typed')
	const added = await browser.upload(page, 'appeal', { ...values, slot: 'contact_id', do: 'upload' }, file('second.png'))
	assert.match(added.html, /second\.png/)
	assert.equal(shown(added), values.code)
	const refused = await browser.upload(added, 'appeal', { slot: 'contact_id', do: 'upload' }, file('third.png'))
	assert.equal(refused.error, 'file_count')
	assert.equal(shown(refused), values.code)
	const wrong = await browser.upload(refused, 'appeal', { ...values, code: values.code === '000000' ? '111111' : '000000' })
	assert.ok(wrong.has('code-error'))
	assert.equal(shown(wrong), '', 'one that was wrong is not')
	const marked = await browser.upload(wrong, 'appeal', { ...values, code: '"><b>', slot: 'contact_id', do: 'upload' }, file('third.png'))
	assert.doesNotMatch(marked.html, /"><b>/)
	assert.doesNotMatch(await browser.open(marked.url).then((one) => one.html), new RegExp(`value="${values.code}"`), 'it is kept nowhere')
	const done = await browser.upload(marked, 'appeal', values)
	assert.equal(done.name, 'appeal-done', `${done}`)
})

const WRONG = [
	['contact_name', '', 'field_empty'], ['contact_name', '1', 'invalid'], ['contact_id_type', '999', 'invalid'], ['contact_id_number', '', 'field_empty'],
	['contact_id_number', '110105194912310021', 'invalid'], ['email', 'no mail', 'invalid'], ['reason', '', 'field_empty'], ['contact_phone', '', 'field_empty'],
	['contact_phone', '12345', 'phone'], ['code', '', 'field_empty'], ['code', '000000', 'otp'],
]
test('every field that is wrong is told at that field; what was typed and handed in stays', async () => {
	const browser = broker.browser()
	const { page, values } = await fill(browser, valuesOf({ contact_name: '申诉丁' }))

	for (const [field, value] of WRONG) {
		const again = await browser.upload(page, 'appeal', { ...values, code: field === 'contact_phone' ? '' : values.code === '000000' ? '111111' : '000000', [field]: value })
		assert.ok(again.has(`${field}-error`), `${field} ${value}: ${again}`)
		assert.match(again.html, /photo\.png/)
		if (field !== 'reason')
			assert.match(again.html, /原手机号已停用/)
		if (again.error === 'otp_expired' || /otp_expired/.test(again.html))
			break
	}
	const resent = await browser.upload(page, 'appeal', { ...values, do: 'send' })
	const done = await browser.upload(resent, 'appeal', { ...values, code: broker.code(values.contact_phone) })
	assert.equal(done.name, 'appeal-done', `${done}`)
})

test('files: none, of another kind, too large; a code for another purpose is none', async () => {
	const browser = broker.browser()
	const values = valuesOf({ contact_name: '申诉戊' })
	let page = await form(browser)

	page = await browser.upload(page, 'appeal', { ...values, do: 'send' })
	assert.match(page.html, /form-sent|验证码已发送/)
	const code = broker.code(values.contact_phone)
	let again = await browser.upload(page, 'appeal', { ...values, code })
	assert.equal(again.error, 'file_missing', `${again}`)
	assert.match(again.html, /手机号已通过短信验证/, 'the phone stays proved')
	again = await browser.upload(again, 'appeal', { ...values, do: 'upload' }, file('big.png', Buffer.concat([png(), Buffer.alloc(1100000, 7)])))
	assert.equal(again.error, 'file_size')
	again = await browser.upload(again, 'appeal', { ...values, do: 'upload' }, file('paper.pdf', Buffer.from('%PDF-1.4\n%%EOF\n')))
	assert.equal(again.error, 'file_type')
	again = await browser.upload(again, 'appeal', { ...values, do: 'upload' }, file('fake.png', Buffer.from('<script>alert(1)</script>')))
	assert.equal(again.error, 'file_type')
	const done = await browser.upload(again, 'appeal', values, file())
	assert.equal(done.name, 'appeal-done', 'a file that comes with the form is taken')

	const thief = broker.browser()
	const other = valuesOf({ contact_name: '申诉己' })
	const login = await thief.click(await thief.open(`${broker.issuer}/login`), 'tab-phone')
	const otp = await thief.submit(login, 'otp-send', { phone: other.contact_phone, do: 'send' })
	const interaction = otp.form('otp-verify').fields.interaction
	page = await attach(thief, await thief.open(`${broker.issuer}/appeal/natural?interaction=${interaction}`), other)
	const refused = await thief.upload(page, 'appeal', { ...other, code: broker.code(other.contact_phone) })
	assert.match(refused.html, /id="code-error"/)
})

test('another browser has no part in it; sent twice it is one appeal; the back button shows the receipt', async () => {
	const browser = broker.browser()
	const { page, values } = await fill(browser, valuesOf({ contact_name: '申诉庚' }))

	assert.equal((await broker.browser().submit(page, 'appeal', values)).name, 'error')
	const [a, b] = await Promise.all([browser.upload(page, 'appeal', values), browser.upload(page, 'appeal', values)])
	const receipts = [a, b].filter((one) => one.name === 'appeal-done').map((one) => one.text('receipt'))
	assert.ok(receipts.length >= 1, `${a} ${b}`)
	assert.equal(new Set(receipts).size, 1)
	const again = await browser.open(`${broker.issuer}/appeal/natural?interaction=${page.form('appeal').fields.interaction}`)
	assert.equal(again.text('receipt'), receipts[0])
	const list = await staff.one.browser.open(`${broker.issuer}/tasks?kind=appeal`)
	assert.equal([...list.html.matchAll(/>申诉庚</g)].length, 1)
})

test('who stops half-way finds everything again', async () => {
	const browser = broker.browser()
	const values = valuesOf({ contact_name: '申诉辛' })
	const page = await attach(browser, await form(browser), values)
	const again = await browser.open(`${broker.issuer}/appeal/natural?interaction=${page.form('appeal').fields.interaction}`)

	assert.match(again.html, /value="申诉辛"/)
	assert.match(again.html, /photo\.png/)
})

test('four eyes: the second agrees with the account that the first has chosen, or nothing happens', async () => {
	await broker.reloaded({ review: { four_eyes: ['appeal'] } })
	const values = valuesOf({ contact_name: '申诉壬', known_login: 'four' })
	await appeal(values)
	let page = await decide('one', await task('one', '申诉壬'), { decision: 'approve' })
	assert.ok(page.has('approved-by-me'))
	assert.equal(link(values.contact_phone), undefined)
	assert.equal((await decide('two', await task('two', '申诉壬'), { decision: 'approve', account_login: 'lisi' })).error, 'conflict')
	page = await decide('two', await task('two', '申诉壬'), { decision: 'approve' })
	assert.equal(page.error, undefined, `${page}`)
	assert.ok(link(values.contact_phone))
	await broker.reloaded({ review: { four_eyes: [] } })
})

test('a phone that is somebody else\'s meanwhile does not move; the password does', async () => {
	const values = valuesOf({ contact_name: '申诉癸', known_login: 'lisi', contact_phone: '13700137099' })
	await appeal(values)
	const view = await task('one', '申诉癸')
	const lisi = view.html.match(/value="([\w-]{36})"[^>]*><span class="choice-name">lisi</)?.[1]

	assert.ok(lisi && view.has('phone-taken'), 'both accounts are shown')
	assert.equal((await decide('one', view, { decision: 'approve', account: lisi })).error, undefined)
	const browser = broker.browser()
	const done = await browser.submit(await browser.open(link('13700137099')), 'recover-link', { password: NEW, password_confirm: NEW })
	assert.ok(done.has('phone-kept'), `${done}`)
	assert.ok(await canLogIn('lisi', NEW))
	assert.ok(await canLogIn('taken', PASSWORD))
})

test('links: opened twice in two browsers, used in one; sent again, the earlier one is dead; guessed ones are nothing', async () => {
	const values = valuesOf({ contact_name: '申诉子', known_login: 'replay' })
	const receipt = await appeal(values)
	await decide('one', await task('one', '申诉子'), { decision: 'approve' })
	const first = link(values.contact_phone)
	const early = broker.browser()
	const earlyPage = await early.open(first)

	const asking = broker.browser()
	const again = await asking.submit(await ask(receipt, values.contact_phone, asking), 'resend', { do: 'resend' })
	assert.ok(again.has('resent'), `${again}`)
	const second = link(values.contact_phone)
	assert.notEqual(first, second)
	assert.equal((await broker.browser().open(first)).error, 'expired')
	assert.equal((await early.submit(earlyPage, 'recover-link', { password: NEW, password_confirm: NEW })).error, 'expired', 'also where it was opened before')
	const [a, b] = [broker.browser(), broker.browser()]
	const [pageA, pageB] = [await a.open(second), await b.open(second)]
	assert.equal((await broker.browser().submit(pageA, 'recover-link', { password: NEW, password_confirm: NEW })).name, 'error', 'another browser')
	assert.equal((await a.submit(pageA, 'recover-link', { password: NEW, password_confirm: NEW })).name, 'recovered')
	assert.equal((await b.submit(pageB, 'recover-link', { password: 'Thief#2026x', password_confirm: 'Thief#2026x' })).error, 'expired')
	assert.ok(await canLogIn('replay', NEW))
	for (const bad of ['', 'x', 'A'.repeat(43)])
		assert.equal((await broker.browser().open(`${broker.issuer}/recover/link?t=${bad}`)).name, 'error')
})

test('a link ends with its time', async () => {
	await broker.reloaded({ recovery: { appeal: { link_life: '1m' } } })
	const values = valuesOf({ contact_name: '申诉丑', known_login: 'four' })
	const receipt = await appeal(values)
	await decide('one', await task('one', '申诉丑'), { decision: 'approve' })
	const url = link(values.contact_phone)

	assert.equal((await broker.browser().open(url)).name, 'recover-link')
	await sleep(61000)
	assert.equal((await broker.browser().open(url)).error, 'expired')
	assert.equal(stateOf(await ask(receipt, values.contact_phone)), 'expired')
})

test('a phone appeals so many times a day', async () => {
	await broker.reloaded({ recovery: { appeal: { per_phone_day: 1, link_life: '1d' } } })
	const values = valuesOf({ contact_name: '申诉寅' })
	await appeal(values)
	const browser = broker.browser()
	const filled = await fill(browser, values)
	assert.equal((await browser.upload(filled.page, 'appeal', filled.values)).error, 'too_many')
})

test('only the queue\'s reviewers see an appeal; kinds that are not configured are closed', async () => {
	const view = await task('one', '申诉寅')
	const browser = broker.browser()
	await passwordLogin(browser, await browser.open(`${broker.issuer}/login`), { login: 'four', password: PASSWORD })
	assert.equal((await browser.open(view.url)).status, 404)
	assert.equal((await broker.browser().open(`${broker.issuer}/appeal/other`)).status, 404)
	await broker.reloaded({ recovery: { appeal: { kinds: ['legal'] } } })
	assert.equal((await open(broker.browser(), 'natural')).error, 'closed')
	assert.ok(!(await browser.open(`${broker.issuer}/recover?tab=natural`)).has('go-appeal'))
})
