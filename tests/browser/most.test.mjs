// SPDX-License-Identifier: Apache-2.0
// The manual of the MOST platform (domain M1-M10, M22-M24), step by step in Chromium under conf/profiles/most.yaml. docs/platforms.md names these tests.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DEMO_PASSWORD, Platform, png } from './platform.mjs'

let m
before(async () => { m = await Platform.start('most') })
after(() => m?.stop())

const PASSWORD = 'Most@gov1', PASSWORDS = { password: PASSWORD, password_confirm: PASSWORD }
const ZHANG = { login_name: 'zhang_keji', name: '张三', id_number: '11010519491231002X', phone: '13900000021' }
const ZHAO = { login_name: 'zhao_keji', name: '赵六', id_number: '110101197810270029', phone: '13900000022' }
const UNIT = { login_name: 'yanshi_gov', unit_name: '演示科技有限公司', uscc: '91350100M000100Y43', handler_name: '王经办', phone: '13900000023' }

async function toForm(visitor, way) {
	await m.enter(visitor)
	await visitor.click('link-register')
	await visitor.click(`go-${way}`)
	await visitor.at(`register-${way}`)
}

/** Through what comes between a registration and the account pages. */
async function toAccount(visitor) {
	await visitor.open(`${m.issuer}/account`)
	await visitor.at('account')
}

async function logIn(visitor, login, password, namespace = 'natural') {
	await visitor.open(`${m.issuer}/account`)
	await visitor.password(login, password, namespace)
}

const status = (visitor) => visitor.page.locator('#realname-status').getAttribute('data-status')

test('M1 the login page has a window for natural and one for legal persons, whose names are apart', () => m.visit({}, async (visitor) => {
	await m.enter(visitor)
	await m.says(visitor, '用户登录', '自然人登录', '法人登录', '立即注册账号', '忘记密码')
	await m.look(visitor, 'login')
	await visitor.password('zhangsan', DEMO_PASSWORD, 'legal')
	assert.equal(await visitor.error(), 'credentials', 'a natural person is nobody in the other window')
	await m.look(visitor, 'login-wrong')
}))

test('M2 a natural person registers', () => m.visit({}, async (visitor) => {
	await toForm(visitor, 'natural')
	await m.says(visitor, '自然人注册', '注册账号')
	await m.look(visitor, 'register-natural')
	const { id_number: _, ...fields } = ZHANG

	await m.fill(visitor, { ...fields, ...PASSWORDS, login_name: 'HJ_zhang' })
	await m.prove(visitor, ZHANG.phone, PASSWORDS)
	await m.fill(visitor, { agree: true })
	await visitor.click('submit-register')
	assert.ok(await visitor.has('login_name-error'), 'names that begin with HJ_ are reserved')
	await m.fill(visitor, { login_name: ZHANG.login_name, ...PASSWORDS, agree: true })
	await visitor.click('submit-register')
	await visitor.at('registered')
	await m.look(visitor, 'registered')
	await toAccount(visitor)
}))

test('M3 M22 the real name is verified by itself, the badge stands there, and the business system lets the person in', () => m.visit({}, async (visitor) => {
	await logIn(visitor, ZHANG.login_name, PASSWORD)
	await m.says(visitor, '我的信息', '修改个人信息')
	assert.equal(await visitor.text('realname-badge'), '未实名')
	await m.look(visitor, 'account')
	await visitor.open(`${m.portal}/login`)
	await visitor.at('realname')
	await visitor.open(`${m.issuer}/account`)
	await visitor.click('nav-realname')
	await m.says(visitor, '修改个人信息', '保存')
	await m.look(visitor, 'realname')
	await m.fill(visitor, { name: ZHANG.name, id_number: ZHANG.id_number })
	await visitor.click('submit-realname')
	await visitor.open(`${m.issuer}/realname`)
	assert.equal(await status(visitor), 'verified')
	await m.look(visitor, 'realname-verified')
	await toAccount(visitor)
	assert.equal(await visitor.text('realname-badge'), '实名认证')
	await visitor.open(`${m.portal}/login`)
	const claims = await m.claims(visitor)
	assert.equal(claims.real_name.status, 'verified')
}))

test('M4 where the automatic verification fails, documents are handed in and looked at by a person', async () => {
	await m.visit({}, async (visitor) => {
		await toForm(visitor, 'natural')
		const { id_number: _, ...fields } = ZHAO

		await m.fill(visitor, { ...fields, ...PASSWORDS })
		await m.prove(visitor, ZHAO.phone, PASSWORDS)
		await m.fill(visitor, { agree: true })
		await visitor.click('submit-register')
		await visitor.open(`${m.issuer}/realname`)
		await m.fill(visitor, { name: ZHAO.name, id_number: ZHAO.id_number })
		await visitor.click('submit-realname')
		assert.equal(await status(visitor), 'failed')
		assert.equal(await visitor.text('go-upload'), '上传自然人信息')
		await m.says(visitor, '人工认证')
		await m.look(visitor, 'realname-failed')
		await visitor.click('go-upload')
		await visitor.at('upload')
		await visitor.click('submit-review')
		assert.ok(await visitor.has('error') || await visitor.has('slot-id_front-error'), 'without a photo nothing is reviewed')
		await visitor.page.locator('#file').setInputFiles([png('人像面.png')])
		await visitor.click('submit-upload')
		await m.look(visitor, 'upload')
		await visitor.click('submit-review')
		await visitor.open(`${m.issuer}/realname`)
		assert.equal(await status(visitor), 'manual_pending')
		await m.says(visitor, '等待人工认证')
	})
	await m.review('reviewer', ZHAO.name, 'approve')
	await m.visit({}, async (visitor) => {
		await logIn(visitor, ZHAO.login_name, PASSWORD)
		assert.equal(await visitor.text('realname-badge'), '实名认证')
	})
})

test('M5 a legal person registers', () => m.visit({}, async (visitor) => {
	await toForm(visitor, 'legal')
	await m.says(visitor, '单位用户（法人）注册', '企业名称', '统一社会信用代码', '注册账号')
	await m.look(visitor, 'register-legal')
	await m.fill(visitor, { ...UNIT, ...PASSWORDS, uscc: '91110108MA01ET88XL' })
	await m.prove(visitor, UNIT.phone, PASSWORDS)
	await m.fill(visitor, { agree: true })
	await visitor.click('submit-register')
	assert.ok(await visitor.has('uscc-error'), 'one unit, one registration')
	await m.fill(visitor, { uscc: UNIT.uscc, ...PASSWORDS, agree: true })
	await visitor.click('submit-register')
	await visitor.at('registered')
}))

test('M6 the real name of a unit: three blocks, verified by itself, else by documents', () => m.visit({}, async (visitor) => {
	await logIn(visitor, UNIT.login_name, PASSWORD, 'legal')
	await m.says(visitor, '我的信息', '修改法人信息')
	await visitor.click('nav-realname')
	await m.says(visitor, '法人单位基本信息', '法人授权信息', '法定代表人信息')
	assert.equal(await visitor.value('handler_name'), '', 'the unit is not its own handler')
	await m.look(visitor, 'realname-legal')
	await m.fill(visitor, { unit_name: UNIT.unit_name, uscc: UNIT.uscc, handler_name: UNIT.handler_name, rep_name: '李四', rep_id_number: '11010519491231002X' })
	await visitor.click('submit-realname')
	assert.equal(await status(visitor), 'failed')
	assert.equal(await visitor.text('go-upload'), '上传法人信息')
	await m.look(visitor, 'realname-legal-failed')
	await m.fill(visitor, { rep_name: '张三', rep_id_number: '11010519491231002X' })
	await visitor.click('submit-realname')
	await toAccount(visitor)
	assert.equal(await visitor.text('realname-badge'), '实名认证')
}))

test('M7 the password comes back by login name: the reserved phone is typed, and an unknown name gets the same page', async () => {
	await m.visit({}, async (visitor) => {
		await m.enter(visitor)
		await visitor.click('link-forgot')
		await visitor.at('recover')
		await m.says(visitor, '登录名重置密码', '登录名', '验证码', '检索登录名')
		await m.look(visitor, 'recover')
		await visitor.fill('login_name', 'nobody_at_all')
		await m.captcha(visitor)
		await visitor.click('submit-recover')
		await visitor.at('recover-verify')
		const unknown = (await visitor.page.locator('main').innerText()).replaceAll('nobody_at_all', '')
		await visitor.click('go-back')
		await visitor.fill('login_name', ZHANG.login_name)
		await m.captcha(visitor)
		await visitor.click('submit-recover')
		await visitor.at('recover-verify')
		await m.says(visitor, '预留手机号', '新密码', '手机验证码', '确定')
		assert.equal((await visitor.page.locator('main').innerText()).replaceAll(ZHANG.login_name, ''), unknown, 'the same for both')
		await m.look(visitor, 'recover-verify')
		const fresh = { password: 'Fresh@gov1', password_confirm: 'Fresh@gov1' }
		await m.fill(visitor, { phone: ZHANG.phone, ...fresh })
		await m.prove(visitor, ZHANG.phone, fresh)
		await visitor.click('submit-recover')
		await visitor.at('recovered')
		assert.equal(await visitor.text('continue'), '确定并跳转至政务服务平台')
		await m.look(visitor, 'recovered')
	})
	await m.visit({}, async (visitor) => {
		await logIn(visitor, ZHANG.login_name, PASSWORD)
		assert.equal(await visitor.error(), 'credentials', 'the old password is gone')
		await visitor.password(ZHANG.login_name, 'Fresh@gov1')
		await visitor.at('account')
	})
})

test('M9 a legal person gives the name and the credit code of the unit, too', () => m.visit({}, async (visitor) => {
	await m.enter(visitor)
	await visitor.click('link-forgot')
	await visitor.click('tab-legal')
	await visitor.fill('login_name', UNIT.login_name)
	await m.captcha(visitor)
	await visitor.click('submit-recover')
	await visitor.at('recover-verify')
	await m.says(visitor, '预留手机号', '单位名称', '统一社会信用代码', '新密码', '手机验证码')
	await m.look(visitor, 'recover-verify-legal')
	const fresh = { password: 'Fresh@gov2', password_confirm: 'Fresh@gov2' }
	await m.fill(visitor, { phone: UNIT.phone, unit_name: UNIT.unit_name, uscc: UNIT.uscc, ...fresh })
	await m.prove(visitor, UNIT.phone, fresh)
	await visitor.click('submit-recover')
	await visitor.at('recovered')
}))

test('M8 a person appeals with documents; two reviewers approve; the link sets a new password once', async () => {
	await m.visit({}, async (visitor) => {
		await m.enter(visitor)
		await visitor.click('link-forgot')
		await m.says(visitor, '自然人申诉找回密码')
		await visitor.click('go-appeal')
		await visitor.at('appeal')
		await m.says(visitor, '自然人申诉找回密码', '下一步')
		await m.look(visitor, 'appeal-natural')
		await visitor.click('submit-appeal')
		assert.ok(await visitor.has('contact_name-error'))
		await m.fill(visitor, { contact_name: ZHAO.name, contact_id_number: ZHAO.id_number, contact_phone: '13900000029', reason: '原手机号已停用', known_login: ZHAO.login_name })
		await visitor.page.locator('#file').setInputFiles([png('证件.png')])
		await visitor.click('submit-upload')
		await m.prove(visitor, '13900000029')
		await visitor.click('submit-appeal')
		await visitor.at('appeal-done')
		await m.says(visitor, '等待审核')
		await m.look(visitor, 'appeal-done')
	})
	for (const reviewer of ['reviewer', 'reviewer2'])
		await m.visit({}, async (visitor) => {
			await m.staff(visitor, reviewer)
			await visitor.open(`${m.issuer}/tasks`)
			await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('#tasks a', { hasText: ZHAO.name }).first().click()])
			if (await visitor.has('claim'))
				await visitor.click('claim')
			await m.look(visitor, `task-appeal-${reviewer}`)
			await visitor.page.locator('#decision-approve').check()
			const account = visitor.page.locator('input[name="account"]').first()
			if (await account.count())
				await account.check()
			await visitor.click('submit-decision')
			assert.equal(await visitor.has('error'), false)
		})
	const url = () => m.outbox().map((line) => JSON.stringify(line).match(/http:\/\/127[^"\s\\，。]*recover[^"\s\\，。]*/)?.[0]).filter(Boolean).at(-1)

	await m.visit({}, async (visitor) => {
		await visitor.open(url())
		await visitor.at('recover-link')
		await m.look(visitor, 'recover-link')
		await m.fill(visitor, { password: 'Fresh@gov3', password_confirm: 'Fresh@gov3' })
		await visitor.click('submit-recover')
		await visitor.at('recovered')
		await visitor.open(url())
		assert.notEqual(await visitor.name(), 'recover-link', 'the link works once')
	})
})

test('M10 a unit appeals: it is looked up by name, its form takes pictures of one megabyte', () => m.visit({}, async (visitor) => {
	await visitor.open(`${m.issuer}/recover`)
	await visitor.click('tab-legal')
	await visitor.click('go-appeal')
	await visitor.at('appeal')
	await m.says(visitor, '单位法人用户申诉找回密码', '单位名称', '验证码', '检索单位名称')
	await m.look(visitor, 'appeal-legal-search')
	await visitor.fill('unit_name', '北京示例科技有限公司')
	await m.captcha(visitor)
	await visitor.page.locator('button', { hasText: '检索单位名称' }).click()
	await visitor.page.waitForSelector('#submit-appeal')
	await m.says(visitor, '单位性质', '其他', '联系人证件类型', '身份证', '联系人证件号码', '联系人手机号', '电子邮箱', '法人证书', '图片格式', '1MB', '下一步')
	assert.equal(await visitor.value('contact_id_type'), '111', '身份证 at first')
	await m.look(visitor, 'appeal-legal')
}))

test('M23 the catalogue leads into the business systems by kind of user, with help', () => m.visit({}, async (visitor) => {
	await visitor.open(`${m.issuer}/apps`)
	await visitor.at('apps')
	await m.says(visitor, '服务事项', '自然人', '法人单位', '高企认定')
	await visitor.page.locator('#help summary').nth(1).click()
	await visitor.page.locator('#help summary').nth(2).click()
	await m.says(visitor, '服务事项——按用户——法人单位', '在线办事——我的信息')
	await m.look(visitor, 'apps')
	await Promise.all([visitor.page.waitForURL((url) => url.origin === m.portal), visitor.page.locator('#apps-legal .app').first().click()])
}))

test('M24 the hot lines stand on every page, errors among them', () => m.visit({}, async (visitor) => {
	for (const path of ['/', '/nowhere', '/authorize?client_id=nobody']) {
		await visitor.open(`${m.issuer}${path}`)
		await m.says(visitor, '010-88659000', '010-88656305/6315')
	}
	await m.look(visitor, 'error')
}))
