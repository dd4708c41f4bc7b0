// SPDX-License-Identifier: Apache-2.0
// The four platforms in English: who reads no Chinese finds none on the way in, but what people and registers themselves have written in it. Each page is
// looked at wide and on a phone: nothing untranslated, no name of a text in place of the text, nothing that scrolls sideways or is cut off.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DEMO_PASSWORD, NARROW, Platform, inChina, pdf, png } from './platform.mjs'

const WIDE = { width: 1440, height: 900 }
/* what registers, accounts and people bring along */
const DATA = ['北京示例科技有限公司', '演示科技有限公司', '杭州示例贸易有限公司', '天津示范研究院', '嘉兴创新协会', '杭州市西湖区文一西路1号', '中文', '张三', '李四', '王五', '赵六', '陈小红',
	'王经办', '孙经办', '刘经办', '陈经办']
const year = new Date().getFullYear()

let platform
const visit = (walk) => platform.visit({ language: 'en' }, walk)

/** What the page says, in view or not: texts, labels, titles, placeholders, choices. */
function texts() {
	const said = [document.title]
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)

	while (walker.nextNode())
		if (!['SCRIPT', 'STYLE', 'TEXTAREA'].includes(walker.currentNode.parentElement.tagName))
			said.push(walker.currentNode.data)
	for (const name of ['title', 'placeholder', 'aria-label', 'alt', 'data-show', 'data-hide', 'data-wait'])
		for (const one of document.querySelectorAll(`[${name}]`))
			said.push(one.getAttribute(name))
	for (const one of document.querySelectorAll('input[type="submit"], input[type="button"]'))
		said.push(one.value)
	return said.map((text) => text.trim()).filter(Boolean)
}

/** Buttons of more than one line, and texts that do not fit into what holds them. */
function misfits() {
	const found = []

	for (const one of document.querySelectorAll('button, .button, .tabs a, .badge, .top a, label, legend, th, dt, h1')) {
		const style = getComputedStyle(one), box = one.getBoundingClientRect()
		const line = parseFloat(style.lineHeight) || parseFloat(style.fontSize) * 1.5
		const inner = box.height - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)

		if (!box.width || style.visibility === 'hidden' || one.closest('.unseen, .skip') || one.classList.contains('unseen') || one.classList.contains('skip'))
			continue
		if (one.scrollWidth > one.clientWidth + 2 && style.display !== 'inline' && style.textOverflow !== 'ellipsis')
			found.push(`cut off: ${one.innerText}`)
		if (one.matches('button, .button, .tabs a') && !one.matches('.door, .account-choice') && one.innerText && inner > 1.9 * line)
			found.push(`${Math.round(inner / line)} lines: ${one.innerText}`)
		if (box.right > document.documentElement.clientWidth + 1 && !one.closest('.table-frame, nav'))
			found.push(`out of the page: ${one.innerText}`)
	}
	return found
}

/** For people to look at, where they ask for it: taking them takes longer than the walks. */
const shot = (visitor, name) => process.env.YIMEN_SHOTS && visitor.shot(`english-${platform.name}-${name}`)

/** The page is English throughout and fits. */
async function reads(visitor, name) {
	const said = await visitor.page.evaluate(texts)

	await shot(visitor, `${name}-wide`)
	for (const text of said) {
		const rest = DATA.reduce((left, one) => left.replaceAll(one, ''), text).replace(/\*+[一-鿿]/g, '') /* masked names */

		assert.doesNotMatch(rest, /[　-鿿＀-￯]/, `${name} says in Chinese: ${text}`)
		assert.doesNotMatch(rest, /^(form|field|error|choice|title|task|account|realname|register|pending|audit)\.[a-z_.]+$/, `${name}: a text has no text`)
	}
	assert.equal(await visitor.page.locator('html').getAttribute('lang'), 'en', name)
	const wide = await visitor.page.evaluate(misfits)
	await visitor.page.setViewportSize(NARROW)
	const narrow = await visitor.page.evaluate(misfits)
	const sideways = await visitor.scrollsSideways()
	await shot(visitor, `${name}-narrow`)
	await visitor.page.setViewportSize(WIDE)
	assert.deepEqual({ wide, narrow, sideways }, { wide: [], narrow: [], sideways: 0 }, `${name} does not fit`)
}

/** Open each of @paths. */
async function tour(visitor, paths) {
	for (const [name, path] of Object.entries(paths)) {
		await visitor.open(platform.issuer + path)
		await reads(visitor, name)
	}
}

const ACCOUNT = { account: '/account', sessions: '/account/sessions', bindings: '/account/bindings', links: '/account/links', 'account-units': '/account/units',
	consents: '/account/consents', trail: '/account/audit', password: '/password', phone: '/account/phone', close: '/account/close', apps: '/apps', index: '/',
	'act-for': '/act-for', 'choose-unit': '/choose-unit', error: '/nowhere' }

/* of pages that are the same on every platform, those which say something of the platform */
const { account, password, apps, error } = ACCOUNT, OWN = { account, password, apps, error }

async function toForm(visitor, way) {
	await platform.enter(visitor)
	await visitor.click('link-register')
	if (await visitor.name() === 'register') {
		await reads(visitor, 'register')
		await visitor.click(`go-${way}`)
	}
	await visitor.at(`register-${way}`)
	await reads(visitor, `register-${way}`)
	await visitor.click('submit-register')
	await reads(visitor, `register-${way}-empty`)
}

async function wrong(visitor, values, name, submit) {
	await platform.fill(visitor, values)
	await visitor.click(submit)
	await reads(visitor, `${name}-wrong`)
}

/** The way back in, for people and units. */
async function recovery(visitor, phone) {
	await visitor.open(`${platform.issuer}/login`)
	await visitor.click('link-forgot')
	await reads(visitor, 'recover')
	await visitor.click('submit-recover')
	await reads(visitor, 'recover-empty')
	await visitor.click('go-phone')
	await reads(visitor, 'recover-phone')
	await visitor.fill('phone', phone)
	await platform.captcha(visitor)
	await visitor.click('submit-recover')
	await visitor.at('recover-verify')
	await reads(visitor, 'recover-verify')
	await visitor.click('submit-recover')
	await reads(visitor, 'recover-verify-empty')
	await visitor.click('go-back')
	await visitor.click('go-appeal')
	await reads(visitor, 'appeal')
	await visitor.click('submit-appeal')
	await reads(visitor, 'appeal-empty')
	await tour(visitor, { 'appeal-state': '/appeal/state' })
}

/** The first open task of somebody at the desk, and what becomes of it. */
async function desk(login, title, decision) {
	await visit(async (visitor) => {
		await visitor.open(`${platform.issuer}/tasks`)
		if (!await visitor.page.locator('input[name="namespace"][value="staff"]').count())
			await visitor.click('link-staff')
		await reads(visitor, 'login-staff')
		await platform.staff(visitor, login)
		await visitor.open(`${platform.issuer}/tasks`)
		await reads(visitor, 'tasks')
		await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('#tasks a', { hasText: title }).first().click()])
		await visitor.at('task')
		await visitor.page.locator('#decision-reject').check()
		await visitor.click('submit-decision')
		await reads(visitor, 'task-wrong')
		await platform.decide(visitor, title, decision, decision === 'reject' ? 'Please correct the name' : '')
		await reads(visitor, 'task-decided')
	})
}

function speaks(name, change, walks) {
	describe(`${name} in English`, () => {
		before(async () => { platform = await Platform.start(name, change) })
		after(() => platform?.stop())
		walks()
	})
}

// ---- Zhengzhou

const ZHENGZHOU = { phone: '13900000041', password: 'Zheng@zhou1', password_confirm: 'Zheng@zhou1' }

speaks('zhengzhou', undefined, () => {
	test('logging in by password and by phone, with what is wrong', () => visit(async (visitor) => {
		await platform.enter(visitor)
		await reads(visitor, 'login')
		await visitor.password('wangwu', 'Wrong@1234')
		assert.equal(await visitor.error(), 'credentials')
		await reads(visitor, 'login-wrong')
		await visitor.click('tab-phone')
		await visitor.fill('phone', '123')
		await platform.captcha(visitor)
		await visitor.click('submit-send')
		await reads(visitor, 'login-phone-number')
		await visitor.fill('phone', '13800138001')
		await platform.captcha(visitor)
		const code = await platform.sent('13800138001', () => visitor.click('submit-send'))
		await visitor.fill('code', code === '111111' ? '222222' : '111111')
		await visitor.click('submit-code')
		assert.equal(await visitor.error(), 'otp')
		await reads(visitor, 'login-phone-wrong')
	}))

	test('a newcomer registers, proves the real name, completes the information and waits', () => visit(async (visitor) => {
		await toForm(visitor, 'natural')
		await platform.fill(visitor, ZHENGZHOU)
		await platform.prove(visitor, ZHENGZHOU.phone, { password: ZHENGZHOU.password, password_confirm: ZHENGZHOU.password })
		await reads(visitor, 'register-sent')
		await platform.fill(visitor, { agree: true })
		await visitor.click('submit-register')
		await visitor.at('realname')
		await reads(visitor, 'realname')
		await wrong(visitor, { name: '李四', id_number: '11010519491231002', gender: '1', ethnic_code: '01' }, 'realname', 'submit-realname')
		await wrong(visitor, { name: '李四', id_number: '11010519491231002X', gender: '2', ethnic_code: '01' }, 'realname-failed', 'submit-realname')
		await wrong(visitor, { name: '张三' }, 'realname-done', 'submit-realname')
		if (await visitor.name() === 'realname')
			await visitor.click('continue')
		await visitor.at('complete')
		await reads(visitor, 'complete')
		const ways = await visitor.page.locator('main a.choice').evaluateAll((links) => links.map((link) => link.href))
		assert.equal(ways.length, 4)
		for (const [i, way] of ways.entries()) {
			await visitor.open(way)
			await reads(visitor, `complete-${i}`)
		}
		await visitor.click('submit-complete')
		await reads(visitor, 'complete-empty')
		await platform.fill(visitor, { name: '张三', title: 'Professor', field_of_work: 'Materials' })
		await visitor.click('submit-complete')
		await reads(visitor, 'consent')
		await platform.claims(visitor)
		await tour(visitor, ACCOUNT)
		await visitor.open(`${platform.issuer}/password`)
		await wrong(visitor, { password_old: 'Wrong@1234', password: 'abc', password_confirm: 'abd' }, 'password', 'submit-password')
		await platform.leave(visitor)
	}))

	test('the desk, and the way back in', async () => {
		await desk('reviewer', '张三', 'reject')
		await visit(async (visitor) => {
			await platform.enter(visitor)
			await visitor.password(ZHENGZHOU.phone, ZHENGZHOU.password)
			await reads(visitor, 'complete-rejected')
		})
		await visit((visitor) => recovery(visitor, '13800138001'))
	})
})

// ---- MOST

const MOST = { login_name: 'zhao_keji', name: '赵六', phone: '13900000042', password: 'Most@gov1', password_confirm: 'Most@gov1' }
const AGAIN = { password: MOST.password, password_confirm: MOST.password }
const UNIT = { login_name: 'yanshi_gov', unit_name: '演示科技有限公司', uscc: '91350100M000100Y43', handler_name: '王经办', phone: '13900000043', ...AGAIN }

speaks('most', undefined, () => {
	test('both windows; a natural person registers and hands in documents', async () => {
		await visit(async (visitor) => {
			await platform.enter(visitor)
			await reads(visitor, 'login')
			await visitor.password('nobody', DEMO_PASSWORD, 'legal')
			await reads(visitor, 'login-legal-wrong')
			await toForm(visitor, 'natural')
			await wrong(visitor, { ...MOST, login_name: 'HJ_zhao', phone: '123', password: 'abc' }, 'register-natural', 'submit-register')
			await platform.fill(visitor, MOST)
			await platform.prove(visitor, MOST.phone, AGAIN)
			await platform.fill(visitor, { agree: true })
			await visitor.click('submit-register')
			await visitor.at('registered')
			await reads(visitor, 'registered')
			await tour(visitor, { ...OWN, realname: '/realname' })
			await platform.fill(visitor, { name: '赵六', id_number: '110101197810270029' })
			await visitor.click('submit-realname')
			await reads(visitor, 'realname-failed')
			await visitor.click('go-upload')
			await reads(visitor, 'upload')
			await visitor.click('submit-review')
			await reads(visitor, 'upload-wrong')
			await visitor.page.locator('#file').setInputFiles([png('front.png')])
			await visitor.click('submit-upload')
			await visitor.click('submit-review')
			await tour(visitor, { 'realname-waits': '/realname' })
		})
		await desk('reviewer', '赵六', 'approve')
	})

	test('a unit registers and is verified', () => visit(async (visitor) => {
		await toForm(visitor, 'legal')
		await wrong(visitor, { ...UNIT, uscc: '91350100M000100Y44', phone: '123' }, 'register-legal', 'submit-register')
		await platform.fill(visitor, UNIT)
		await platform.prove(visitor, UNIT.phone, AGAIN)
		await platform.fill(visitor, { agree: true })
		await visitor.click('submit-register')
		await visitor.at('registered')
		await reads(visitor, 'registered-legal')
		await tour(visitor, { 'account-legal': '/account', 'realname-legal': '/realname', members: '/members' })
		await visitor.open(`${platform.issuer}/realname`)
		await wrong(visitor, { unit_name: UNIT.unit_name, uscc: UNIT.uscc, handler_name: UNIT.handler_name, rep_name: '李四', rep_id_number: '11010519491231002X' }, 'realname-legal',
			'submit-realname')
	}))

	test('the way back in, and appeals', async () => {
		await visit((visitor) => recovery(visitor, '13800138000'))
		await visit(async (visitor) => {
			await visitor.open(`${platform.issuer}/recover`)
			await visitor.click('tab-legal')
			await reads(visitor, 'recover-legal')
			await visitor.click('go-appeal')
			await reads(visitor, 'appeal-legal-search')
			await visitor.fill('unit_name', '北京示例科技有限公司')
			await platform.captcha(visitor)
			await visitor.page.locator('main button[type="submit"]').last().click()
			await visitor.page.waitForSelector('#submit-appeal')
			await reads(visitor, 'appeal-legal')
			await visitor.click('submit-appeal')
			await reads(visitor, 'appeal-legal-empty')
			await visitor.open(`${platform.issuer}/recover`)
			await visitor.click('go-appeal')
			await platform.fill(visitor, { contact_name: '赵六', contact_id_number: '110101197810270029', contact_phone: '13900000049', reason: 'The phone is lost', known_login: MOST.login_name })
			await visitor.page.locator('#file').setInputFiles([png('card.png')])
			await visitor.click('submit-upload')
			await platform.prove(visitor, '13900000049')
			await visitor.click('submit-appeal')
			await visitor.at('appeal-done')
			await reads(visitor, 'appeal-done')
		})
		await desk('reviewer2', '赵六', 'reject')
	})
})

// ---- Tianjin

const DAY = [inChina(-60), inChina(600)], NIGHT = [inChina(120), inChina(180)]
const hours = ([from, to]) => (text) => text.replace(/window: \{from: "[^"]*", to: "[^"]*"\}/, `window: {from: "${from}", to: "${to}"}`)
	.replace(/^ {2}from: "[^"]*"\n {2}to: "[^"]*"/m, `  from: "${from}"\n  to: "${to}"`)
const TIANJIN = { password: 'Tian@jin1', password_confirm: 'Tian@jin1' }

speaks('tianjin', hours(DAY), () => {
	test('a legal person registers and completes the information of the unit', () => visit(async (visitor) => {
		await platform.enter(visitor)
		await reads(visitor, 'login')
		await toForm(visitor, 'legal')
		await wrong(visitor, { login_name: '1abc', password: 'abc', password_confirm: 'abd', uscc: '91350100M000100Y44', rep_id_type: '414', rep_id_number: '?' }, 'register-legal', 'submit-register')
		await platform.fill(visitor, { login_name: 'yanshi_keji', ...TIANJIN, unit_name: '演示科技有限公司', uscc: '91350100M000100Y43', rep_name: '张三', rep_id_type: '111',
			rep_id_number: '11010519491231002X', rep_id_valid_from: `${year - 3}-05-12`, rep_phone: '13700000002', handler_name: '王经办', phone: '13900000044' })
		await platform.prove(visitor, '13900000044', TIANJIN)
		await platform.fill(visitor, { agree: true })
		await visitor.click('submit-register')
		while (['realname', 'registered'].includes(await visitor.name())) {
			await reads(visitor, `legal-${await visitor.name()}`)
			if (await visitor.has('submit-realname')) {
				await platform.fill(visitor, { handler_name: '王经办' })
				await visitor.click('submit-realname')
			} else {
				await visitor.click('continue')
			}
		}
		await visitor.at('unit-supplement')
		await reads(visitor, 'supplement')
		await platform.fill(visitor, { payee: 'Another one' })
		await visitor.click('submit-supplement')
		await reads(visitor, 'supplement-wrong')
		await platform.fill(visitor, { unit_nature: 'for_profit', unit_type: 'enterprise', contact_name: '王经办', phone: '13900000044', email: 'wang@example.cn', department: 'heping',
			registered_region: '120101', registered_address: '1 Nanjing Road', location_region: '120116', location_address: '1 Nanjing Road', payee: '演示科技有限公司',
			bank_name: 'Bank of China', bank_account: '6222020200112233' })
		for (const [slot, file] of [['licence', png('licence.png')], ['commitment', pdf('letter.pdf')], ['bank', pdf('bank.pdf')]]) {
			await visitor.page.locator('#slot').selectOption(slot)
			await visitor.page.locator('#file').setInputFiles(file)
			await visitor.click('submit-upload')
		}
		await reads(visitor, 'supplement-files')
		await visitor.click('submit-supplement')
		await reads(visitor, 'supplement-waits')
	}))

	test('the department reviews', async () => {
		await desk('heping', '演示科技有限公司', 'approve')
	})

	test('a person registers, chooses the unit, which grants the systems', async () => {
		await visit(async (visitor) => {
			await toForm(visitor, 'natural')
			await wrong(visitor, { login_name: 'a', id_type: '553', id_number: '?', name: '?', password: 'a' }, 'register-natural', 'submit-register')
			await platform.fill(visitor, { login_name: 'wangwu_tj', ...TIANJIN, name: '王五', id_type: '111', id_number: '110101197810270029', id_valid_from: `${year - 3}-05-12`,
				phone: '13900000045' })
			await platform.prove(visitor, '13900000045', TIANJIN)
			await platform.fill(visitor, { agree: true })
			await visitor.click('submit-register')
			while (['realname', 'registered'].includes(await visitor.name())) {
				await reads(visitor, `natural-${await visitor.name()}`)
				await visitor.click(await visitor.has('submit-realname') ? 'submit-realname' : 'continue')
			}
			await visitor.at('choose-unit')
			await visitor.fill('q', 'Nothing like it')
			await visitor.click('submit-search')
			await reads(visitor, 'choose-unit-none')
			await visitor.fill('q', '演示科技有限公司')
			await visitor.click('submit-search')
			await visitor.page.getByLabel('演示科技有限公司').check()
			await reads(visitor, 'choose-unit-found')
			await visitor.click('submit-choose')
			await reads(visitor, 'choose-unit-waits')
			await platform.enter(visitor)
			await reads(visitor, 'pending')
			await tour(visitor, OWN)
		})
		await visit(async (visitor) => {
			await visitor.open(`${platform.issuer}/members`)
			await visitor.password('yanshi_keji', TIANJIN.password, 'legal')
			await visitor.at('members')
			await reads(visitor, 'members')
			await tour(visitor, { 'account-legal': '/account', 'supplement-effective': '/unit/supplement', recover: '/recover' })
		})
	})

	test('at night', async () => {
		await platform.reload(hours(NIGHT))
		await visit((visitor) => tour(visitor, { closed: '/register/natural', 'closed-legal': '/register/legal' }))
	})
})

// ---- Jiaxing

const EXPERT = { login_name: 'expert_chen', password: 'Zhuan@jia1', password_confirm: 'Zhuan@jia1', apply_type: 'technical', contact_name: 'Chen Expert', phone: '13900000046',
	email: 'chen@example.cn' }

speaks('jiaxing', undefined, () => {
	const byProvince = async (visitor, login, namespace) => {
		await platform.enter(visitor)
		await visitor.click('provider-province')
		await visitor.password(login, DEMO_PASSWORD, namespace)
	}

	test('an expert registers', () => visit(async (visitor) => {
		await platform.enter(visitor)
		await reads(visitor, 'login')
		await toForm(visitor, 'expert')
		await wrong(visitor, { ...EXPERT, login_name: '1chen', password_confirm: 'Other@123', email: 'nobody' }, 'register-expert', 'submit-register')
		await platform.fill(visitor, EXPERT)
		await platform.captcha(visitor)
		await platform.fill(visitor, { agree: true })
		await visitor.click('submit-register')
		await tour(visitor, ACCOUNT)
		await visitor.open(`${platform.issuer}/account`)
		await visitor.click('switch-account')
		await reads(visitor, 'switch')
	}))

	test('legal persons come from the provincial platform', async () => {
		await visit(async (visitor) => {
			await byProvince(visitor, 'jiaxing_upstream', 'legal')
			await visitor.at('link')
			await reads(visitor, 'link')
		})
		await visit(async (visitor) => {
			await byProvince(visitor, 'hangzhou_demo', 'legal')
			await visitor.at('unit-supplement')
			await reads(visitor, 'supplement')
			await wrong(visitor, { phone: '123', email: 'nobody', unit_name: '' }, 'supplement', 'submit-supplement')
			await visitor.click('lookup-uscc')
			await reads(visitor, 'supplement-filled')
			await platform.fill(visitor, { unit_type: 'enterprise', contact_name: '孙经办', rep_name: '赵六', phone: '13700000001', email: 'sun@example.cn', department: 'nanhu' })
			await visitor.click('submit-supplement')
			await reads(visitor, 'supplement-waits')
		})
		await desk('nanhu', '杭州示例贸易有限公司', 'reject')
		await visit(async (visitor) => {
			await byProvince(visitor, 'hangzhou_demo', 'legal')
			await reads(visitor, 'supplement-rejected')
		})
	})

	test('a person finds the unit, which admits them', async () => {
		await visit(async (visitor) => {
			await byProvince(visitor, 'lisi', 'natural')
			await visitor.at('choose-unit')
			await visitor.fill('q', '创新')
			await visitor.click('submit-search')
			await visitor.page.getByLabel('嘉兴创新协会').check()
			await visitor.click('submit-choose')
			await reads(visitor, 'choose-unit-waits')
			await platform.enter(visitor)
			await reads(visitor, 'pending')
		})
		await visit(async (visitor) => {
			await visitor.open(`${platform.issuer}/members`)
			await visitor.password('jiaxing_demo', DEMO_PASSWORD, 'legal')
			await reads(visitor, 'members')
			await visitor.click('approve')
			await reads(visitor, 'members-admitted')
		})
	})
})
