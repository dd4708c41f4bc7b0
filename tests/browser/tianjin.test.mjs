// SPDX-License-Identifier: Apache-2.0
// Tianjin's manual (domain T1-T19), step by step in Chromium under conf/profiles/tianjin.yaml. docs/platforms.md names these tests.
// The hours of T7 are moved so that it is day whenever this runs, and night when it has to be.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { yimen } from '../flows/harness.mjs'
import { DEMO_PASSWORD, Platform, inChina, pdf, png } from './platform.mjs'

const DAY = [inChina(-60), inChina(600)], NIGHT = [inChina(120), inChina(180)]
const hours = ([from, to]) => (text) => text.replace(/window: \{from: "[^"]*", to: "[^"]*"\}/, `window: {from: "${from}", to: "${to}"}`)
	.replace(/^ {2}from: "[^"]*"\n {2}to: "[^"]*"/m, `  from: "${from}"\n  to: "${to}"`)

let t
before(async () => { t = await Platform.start('tianjin', hours(DAY)) })
after(() => t?.stop())

const PASSWORD = 'Tian@jin1', PASSWORDS = { password: PASSWORD, password_confirm: PASSWORD }
const UNIT = { name: '演示科技有限公司', uscc: '91350100M000100Y43', phone: '13900000011', login: 'yanshi_keji' }
const WANG = { name: '王五', id_number: '110101197810270029', phone: '13900000012', login: 'wangwu_tj' }
const year = new Date().getFullYear()

async function toForm(visitor, way) {
	await t.enter(visitor)
	await visitor.click('link-register')
	await visitor.at('register')
	await visitor.click(`go-${way}`)
	await visitor.at(`register-${way}`)
}

test('T5 the business system leads to the city\'s platform, with a tab for legal persons and one for people, and to registration', () => t.visit({}, async (visitor) => {
	await t.enter(visitor)
	await visitor.at('login')
	await t.says(visitor, '天津市统一身份认证平台', '法人用户', '个人用户', '注册')
	await t.look(visitor, 'login')
	await visitor.click('link-register')
	await visitor.at('register')
	await t.look(visitor, 'register')
}))

test('T6 T8 T9 T10 T11 T12 a legal person reads the notices, sees the steps and is told what each field wants', () => t.visit({}, async (visitor) => {
	await toForm(visitor, 'legal')
	await t.says(visitor, '本账号是您享受全面的城市咨询及服务的网上通行证，请确保账号的唯一性及资料的准确性',
		'注册须知一：因公安部人口库接口开放时间限制，系统注册时间为每日8:00-18:00，该时间段外将无法注册认证；',
		'请您如实填写企业、机关事业单位、民间组织信息及负责人信息，确保在不断升级过程中业务正常办理。')
	assert.deepEqual(await visitor.page.locator('.steps li').allInnerTexts().then((all) => all.map((one) => one.replace(/\s+/g, ' ').trim())), ['1 实名认证', '2 注册成功'])
	await t.says(visitor, '法人账号', '请输入以字母开头的4-30位字母、数字或下划线的组合', '请输入8-20位大写字母，小写字母，数字和特殊字符其中任意三种', '请输入确认密码',
		'法人类型', '企业', '机关事业单位', '社会组织', '企业名称', '请输入企业名称', '统一社会信用代码', '请输入统一社会信用代码', '法定代表人姓名', '请输入法定代表人的姓名',
		'法定代表人证件类型', '法定代表人身份证号码', '请输入法定代表人的身份证号码', '法定代表人手机号码', '验证码')
	await t.look(visitor, 'register-legal')
	assert.equal(await visitor.page.locator('[name="unit_type"]:checked, select[name="unit_type"]').first().inputValue(), 'enterprise', '企业 at first')
	assert.equal(await visitor.value('rep_id_type'), '111', '身份证 at first')
	assert.deepEqual((await visitor.page.locator('#rep_id_type option').allInnerTexts()).slice(1), ['身份证', '普通护照', '台湾居民来往大陆通行证', '港澳居民来往内地通行证', '户口簿', '军官证',
		'出生医学证明', '中国人民武装警察部队警官证', '其他'])
	assert.ok(await visitor.page.locator('.must').count() > 8, 'a red star at each required field')

	await visitor.click('submit-register')
	assert.equal(await visitor.text('login_name-error'), '法人账号不能为空')
	assert.equal(await visitor.text('password-error'), '登录密码不能为空')
	await t.fill(visitor, { login_name: '1abc', password: 'abc', password_confirm: 'abd', uscc: '91350100M000100Y44' })
	await visitor.click('submit-register')
	assert.equal(await visitor.text('login_name-error'), '请输入以字母开头的4-30位字母、数字或下划线的组合')
	assert.equal(await visitor.text('password-error'), '请输入8-20位大写字母，小写字母，数字和特殊字符其中任意三种')
	assert.ok(await visitor.has('password_confirm-error') && await visitor.has('uscc-error'))
	await visitor.page.locator('#rep_id_type').selectOption('414')
	assert.ok(await visitor.page.locator('#rep_country').isVisible(), 'a passport names a country')
	await t.look(visitor, 'register-legal-wrong')
}))

test('T1 T11 a legal person registers with the real name of the unit and comes to the supplement of its information', () => t.visit({}, async (visitor) => {
	await toForm(visitor, 'legal')
	await t.fill(visitor, { login_name: UNIT.login, ...PASSWORDS, unit_name: UNIT.name, uscc: UNIT.uscc, rep_name: '张三', rep_id_number: '11010519491231002X',
		rep_id_valid_from: `${year - 3}-05-12`, rep_phone: '13700000002', handler_name: '王经办', phone: UNIT.phone })
	await t.prove(visitor, UNIT.phone, PASSWORDS)
	await t.fill(visitor, { agree: true })
	await visitor.click('submit-register')
	await t.look(visitor, 'registered-legal')
	await t.says(visitor, '实名认证')
	while (['realname', 'registered'].includes(await visitor.name())) {
		if (await visitor.has('submit-realname')) {
			await t.fill(visitor, { handler_name: '王经办' })
			await visitor.click('submit-realname')
		} else {
			await visitor.click('continue')
		}
	}
	await visitor.at('unit-supplement')
}))

test('T4 T16 the supplement: all of it is required, the payee is the unit, files of ten megabytes in several to a slot', () => t.visit({}, async (visitor) => {
	await t.enter(visitor)
	await visitor.password(UNIT.login, PASSWORD, 'legal')
	await visitor.at('unit-supplement')
	await t.says(visitor, '演示科技有限公司，请补充以下信息：', '法人性质', '法人类型', '联系人姓名', '手机号', '电子邮箱', '局级（区县）主管部门', '注册地址', '坐落地址', '账户（收款单位）',
		'账户（收款单位）必须与单位名称相同。', '开户银行', '银行账户', '营业执照或事业单位法人证书', '风险承诺书', '开户许可证或开户银行出具的账户信息材料', '下载模板',
		'扫描或拍照插入Word文件中上传', '提交')
	await t.look(visitor, 'supplement')
	await t.fill(visitor, { payee: '别的单位有限公司' })
	await visitor.click('submit-supplement')
	assert.equal(await visitor.text('payee-error'), '账户（收款单位）必须与单位名称相同。')
	for (const name of ['contact_name', 'email', 'department', 'bank_name', 'bank_account'])
		assert.ok(await visitor.has(`${name}-error`), `${name} is required`)
	await t.look(visitor, 'supplement-wrong')
	const template = await visitor.page.request.get(await visitor.page.locator('a', { hasText: '下载模板' }).first().evaluate((link) => link.href))
	assert.match(await template.text(), /风险承诺书/)

	await t.fill(visitor, { unit_nature: 'for_profit', unit_type: 'enterprise', contact_name: '王经办', phone: UNIT.phone, email: 'wang@example.cn', department: 'heping',
		registered_address: '天津市和平区南京路1号', location_address: '天津市和平区南京路1号', payee: UNIT.name, bank_name: '中国银行天津分行', bank_account: '6222020200112233' })
	for (const name of ['registered_region', 'location_region'])
		if (await visitor.has(name))
			await visitor.page.locator(`#${name}`).evaluate((one) => one.tagName).then((tag) => tag === 'SELECT' ? visitor.page.locator(`#${name}`).selectOption('120101') : visitor.fill(name, '120101'))
	const upload = async (slot, ...files) => {
		await visitor.page.locator('#slot').selectOption(slot)
		await visitor.page.locator('#file').setInputFiles(files.length > 1 ? files : files[0])
		await visitor.click('submit-upload')
	}

	const large = join(t.root, 'large.pdf')
	writeFileSync(large, pdf('', 11 * 1024 * 1024).buffer)
	await upload('licence', large)
	assert.ok(await visitor.has('slot-licence-error') || await visitor.has('error'), 'more than ten megabytes are refused')
	await t.says(visitor, '10')
	await upload('licence', png('执照一.png'), png('执照二.png'))
	await upload('commitment', pdf('承诺书.pdf'))
	await upload('bank', pdf('开户.pdf'))
	await visitor.click('submit-supplement')
	assert.ok(await visitor.name() === 'pending' || await visitor.page.locator('#unit-status[data-status="pending_dept"]').count(), 'it waits for the department')
	await t.look(visitor, 'supplement-waits')
}))

test('T1 T18 before the department has approved, nobody can choose the unit', () => t.visit({}, async (visitor) => {
	await toForm(visitor, 'natural')
	await t.says(visitor, '用户账号', '登录密码', '确认密码', '用户姓名', '请输入您的真实姓名', '证件类型', '身份证号码', '请输入您的身份证号码', '身份证有效期', '请选择身份证有效期开始日期',
		'请选择身份证有效期结束日期', '5年', '10年', '20年', '长期', '手机号码', '短信验证码', '注册须知二：请您如实填写个人信息')
	await t.fill(visitor, { login_name: WANG.login, ...PASSWORDS, name: WANG.name, id_number: WANG.id_number, id_valid_from: `${year - 3}-05-12`, phone: WANG.phone })
	await t.prove(visitor, WANG.phone, PASSWORDS)
	await t.fill(visitor, { agree: true })
	await visitor.click('submit-register')
	await t.look(visitor, 'registered-natural')
	while (['realname', 'registered'].includes(await visitor.name())) {
		if (await visitor.name() === 'registered')
			await t.says(visitor, '注册成功', '需要使用单位法人账号登录系统，对个人用户进行授权，授权成功后即可正常使用系统')
		await visitor.click(await visitor.has('submit-realname') ? 'submit-realname' : 'continue')
	}
	await visitor.at('choose-unit')
	await visitor.fill('q', UNIT.name)
	await visitor.click('submit-search')
	assert.ok(await visitor.has('nothing'), 'only effective units appear')
}))

test('T17 the department that was chosen reviews; another one sees nothing; rejected, the unit corrects and submits again', async () => {
	await t.visit({}, async (visitor) => {
		await t.staff(visitor, 'binhai')
		assert.equal(await visitor.page.locator('#tasks a', { hasText: UNIT.name }).count(), 0, 'not of this department')
	})
	await t.review('heping', UNIT.name, 'reject', '请上传清晰的营业执照')
	await t.visit({}, async (visitor) => {
		await t.enter(visitor)
		await visitor.password(UNIT.login, PASSWORD, 'legal')
		await visitor.at('unit-supplement')
		await t.says(visitor, '请上传清晰的营业执照')
		await t.look(visitor, 'supplement-rejected')
		await visitor.click('submit-supplement')
		assert.equal(await visitor.has('error'), false)
	})
	await t.visit({}, async (visitor) => {
		await t.staff(visitor, 'heping')
		await t.decide(visitor, UNIT.name, 'approve')
		await t.look(visitor, 'task-approved')
	})
	await t.visit({}, async (visitor) => {
		await visitor.open(`${t.issuer}/unit/supplement`)
		await visitor.password(UNIT.login, PASSWORD, 'legal')
		assert.equal(await visitor.page.locator('#unit-status').getAttribute('data-status'), 'effective')
		await t.says(visitor, '法人用户生效', '可正常使用各项功能')
	})
})

test('T15 T18 the first login leads to the choice of a unit: full name, query, tick, choose', () => t.visit({}, async (visitor) => {
	await t.enter(visitor)
	await visitor.password(WANG.login, PASSWORD)
	await visitor.at('choose-unit')
	await t.says(visitor, '管理单位', '单位全称', '查询')
	await visitor.fill('q', '演示科技')
	await visitor.click('submit-search')
	assert.ok(await visitor.has('nothing'), 'a part of the name is not enough')
	await visitor.fill('q', UNIT.name)
	await visitor.click('submit-search')
	await visitor.page.getByLabel(UNIT.name).check()
	assert.equal(await visitor.text('submit-choose'), '选择')
	await t.look(visitor, 'choose-unit')
	await visitor.click('submit-choose')
	await t.look(visitor, 'waits')
	assert.notEqual(new URL(visitor.page.url()).origin, t.portal)
}))

test('T19 the legal person sees its people, ticks subsystems and saves; then, and not before, they enter', async () => {
	await t.visit({}, async (visitor) => {
		await t.enter(visitor)
		await visitor.password(WANG.login, PASSWORD)
		assert.notEqual(await visitor.name(), 'person', 'not yet')
	})
	await t.visit({}, async (visitor) => {
		await visitor.open(`${t.issuer}/members`)
		await visitor.password(UNIT.login, PASSWORD, 'legal')
		await visitor.at('members')
		await t.says(visitor, WANG.name, '授权', '保存', '科技计划项目管理', '科技报告', '科技奖励')
		await t.look(visitor, 'members')
		await visitor.page.getByLabel('科技计划项目管理').check()
		await visitor.click('save-grants')
		assert.equal(await visitor.has('error'), false)
	})
	await t.visit({}, async (visitor) => {
		await t.enter(visitor)
		await visitor.password(WANG.login, PASSWORD)
		const claims = await t.claims(visitor)
		assert.deepEqual(claims.subsystems, ['xiangmu'])
		assert.equal(claims.org.uscc, UNIT.uscc)
	})
})

test('T2 the verified document brings the history of the old platform, with one click', async () => {
	const file = join(t.data, 'history.csv')

	/* a number of 15 digits, as the old platform had it; the same digits of another document are somebody else's */
	writeFileSync(file, 'kind,legacy_id,login_name,name,id_type,id_number\nindividual,h1,wang_old,王五,111,110101781027002\nindividual,h2,hukou_old,王五,113,110101197810270029\n')
	const run = spawnSync(yimen(), ['legacy', 'import', '--source', 'history', '--config', join(t.data, 'yimen.yaml'), file], { encoding: 'utf8' })
	assert.equal(run.status, 0, run.stderr + run.stdout)
	await t.visit({}, async (visitor) => {
		await visitor.open(`${t.issuer}/bind`)
		await visitor.at('login')
		await visitor.password(WANG.login, PASSWORD)
		await visitor.at('bind')
		await t.says(visitor, 'wang_old', '绑定')
		assert.ok(!(await visitor.page.locator('main').innerText()).includes('hukou_old'), 'another type of document')
		await t.look(visitor, 'bind-history')
		await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('#offers button').first().click()])
		await visitor.at('account')
		await t.says(visitor, 'wang_old')
		await t.look(visitor, 'bindings')
		await t.enter(visitor)
		const claims = await t.claims(visitor)
		assert.deepEqual(claims.legacy.map((one) => one.account_id), ['h1'])
	})
})

test('T15 T2 who had business before registers anew with the same document and enters at once, with the history', () => t.visit({}, async (visitor) => {
	const file = join(t.data, 'earlier.csv')

	writeFileSync(file, 'kind,legacy_id,login_name,name,id_type,id_number\nindividual,h3,zhao_old,赵六,111,330105197810270025\n')
	const run = spawnSync(yimen(), ['legacy', 'import', '--source', 'history', '--config', join(t.data, 'yimen.yaml'), file], { encoding: 'utf8' })
	assert.equal(run.status, 0, run.stderr + run.stdout)
	await toForm(visitor, 'natural')
	await t.fill(visitor, { login_name: 'zhaoliu_tj', ...PASSWORDS, name: '赵六', id_number: '330105197810270025', id_valid_from: `${year - 3}-05-12`, phone: '13900000014' })
	await t.prove(visitor, '13900000014', PASSWORDS)
	await t.fill(visitor, { agree: true })
	await visitor.click('submit-register')
	while (['realname', 'registered'].includes(await visitor.name()))
		await visitor.click(await visitor.has('submit-realname') ? 'submit-realname' : 'continue')
	const claims = await t.claims(visitor)
	assert.deepEqual(claims.legacy.map((one) => one.account_id), ['h3'])
	assert.equal(claims.org, undefined, 'as themselves')
	await visitor.open(`${t.issuer}/account/bindings`)
	await t.says(visitor, 'zhao_old')
	await t.look(visitor, 'bindings-history')
}))

test('T13 T14 a person is told what each field wants, and chooses among the kinds of documents', () => t.visit({}, async (visitor) => {
	await toForm(visitor, 'natural')
	assert.deepEqual(await visitor.page.locator('.steps li').allInnerTexts().then((all) => all.map((one) => one.replace(/[\d\s]/g, ''))), ['基本信息', '实名认证', '注册成功'])
	assert.equal(await visitor.page.locator('[name="id_valid_years"]:checked').inputValue(), '10', 'ten years at first')
	assert.deepEqual((await visitor.page.locator('#id_type option').allInnerTexts()).slice(1), ['身份证', '普通护照', '台湾居民来往大陆通行证', '港澳居民来往内地通行证', '户口簿', '军官证', '出生医学证明',
		'中国人民武装警察部队警官证', '外国人永久居留身份证'])
	await visitor.page.locator('#id_type').selectOption('553')
	assert.ok(await visitor.page.locator('#country').isVisible(), 'the permanent residence card names a country')
	await visitor.page.locator('#id_type').selectOption('111')
	await visitor.click('submit-register')
	assert.equal(await visitor.text('login_name-error'), '用户账号不能为空')
	assert.equal(await visitor.text('password-error'), '登录密码不能为空')
	await t.look(visitor, 'register-natural-empty')
}))

test('T3 the password comes back by phone, or by an appeal when the phone is lost', () => t.visit({}, async (visitor) => {
	await t.enter(visitor)
	await t.says(visitor, '12345', '忘记密码')
	await visitor.click('tab-natural')
	await visitor.click('link-forgot')
	await visitor.at('recover')
	await t.says(visitor, '通过手机找回', '账号找回')
	await t.look(visitor, 'recover')
}))

test('T7 at night nobody registers: neither is the form shown nor is one taken that was opened by day', async () => {
	await t.visit({}, async (visitor) => {
		await toForm(visitor, 'natural')
		await t.fill(visitor, { login_name: 'late_one', ...PASSWORDS, name: '陈小红', id_number: '330402200002290011', id_valid_from: `${year - 3}-05-12`, phone: '13900000013' })
		await t.prove(visitor, '13900000013', PASSWORDS)
		await t.fill(visitor, { agree: true })
		await t.reload(hours(NIGHT))
		await visitor.click('submit-register')
		assert.equal(await visitor.error(), 'window')
		assert.equal(await visitor.page.locator('#register').count(), 0)
		await t.look(visitor, 'closed')
		await visitor.open(`${t.issuer}/register/legal`)
		assert.equal(await visitor.error(), 'window')
		await t.says(visitor, `${NIGHT[0]}-${NIGHT[1]}`)
	})
	await t.reload(hours(DAY))
	await t.visit({}, async (visitor) => {
		await toForm(visitor, 'natural')
		assert.equal(await visitor.page.locator('#register').count(), 1, 'open again in the morning')
	})
})
