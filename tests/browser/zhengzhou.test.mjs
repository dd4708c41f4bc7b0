// SPDX-License-Identifier: Apache-2.0
// Zhengzhou's manual (domain Z1-Z13), step by step in Chromium under conf/profiles/zhengzhou.yaml. docs/platforms.md names these tests.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { yimen } from '../flows/harness.mjs'
import { DEMO_PASSWORD, Platform } from './platform.mjs'

let z
before(async () => { z = await Platform.start('zhengzhou') })
after(() => z?.stop())

const PHONE = '13900000001', SECOND = '13900000002', PASSWORD = 'Zheng@zhou1'
const ZHANG = { name: '张三', id_number: '11010519491231002X', gender: '2', ethnic_code: '01' }
const NEWCOMER = { phone: PHONE, password: PASSWORD, password_confirm: PASSWORD }

/** From the portal to the form of registration. */
async function toForm(visitor) {
	await z.enter(visitor)
	await visitor.click('link-register')
	if (await visitor.name() === 'register')
		await visitor.click('go-natural')
	await visitor.at('register-natural')
}

async function register(visitor, phone) {
	await toForm(visitor)
	await z.fill(visitor, { phone, password: PASSWORD, password_confirm: PASSWORD })
	await z.prove(visitor, phone, { password: PASSWORD, password_confirm: PASSWORD })
	await z.fill(visitor, { agree: true })
	await visitor.click('submit-register')
}

test('Z1 the business system leads to the login page, which has a link to registration', () => z.visit({}, async (visitor) => {
	await z.enter(visitor)
	await visitor.at('login')
	assert.equal(new URL(visitor.page.url()).origin, z.issuer)
	await z.says(visitor, '登录后将进入：科技业务管理系统', '账密登录', '手机登录', '第三方登录', '支付宝')
	assert.equal(await visitor.text('link-register'), '注册')
	await z.look(visitor, 'login')
}))

test('Z9 Z10 Z7 Z8 a newcomer registers, proves the real name, completes one kind of information and enters while it waits for review', () => z.visit({}, async (visitor) => {
	await toForm(visitor)
	await z.says(visitor, '手机号', '密码', '登录使用，重要', '获取验证码', '验证码', '我已阅读并同意', '下一步')
	await z.look(visitor, 'register')
	await visitor.click('submit-register')
	for (const name of ['phone', 'password', 'code', 'agree'])
		assert.ok(await visitor.has(`${name}-error`), `${name} is asked for`)

	await z.fill(visitor, NEWCOMER)
	await z.prove(visitor, PHONE, { password: PASSWORD, password_confirm: PASSWORD })
	const code = await visitor.value('code')
	await z.fill(visitor, { code: code === '000000' ? '000001' : '000000', agree: true })
	await visitor.click('submit-register')
	assert.ok(await visitor.has('code-error'), 'a wrong code is refused')
	await z.fill(visitor, { password: PASSWORD, password_confirm: PASSWORD, code, agree: true })
	await visitor.click('submit-register')

	await visitor.at('realname')
	await z.says(visitor, '真实姓名', '身份证号', '性别', '民族', '认证信息', '跳过实名认证，直接进入系统（推荐）')
	await z.look(visitor, 'realname')
	await z.fill(visitor, { ...ZHANG, id_number: '110105194912310021' })
	await visitor.click('submit-realname')
	assert.ok(await visitor.has('id_number-error'), 'a number that cannot be')
	await z.fill(visitor, { ...ZHANG, name: '李四' })
	await visitor.click('submit-realname')
	assert.equal(await visitor.page.locator('#realname-status').getAttribute('data-status'), 'failed')
	await z.look(visitor, 'realname-failed')
	await z.fill(visitor, ZHANG)
	await visitor.click('submit-realname')
	if (await visitor.name() === 'realname') {
		assert.equal(await visitor.page.locator('#realname-status').getAttribute('data-status'), 'verified')
		await visitor.click('continue')
	}

	await visitor.at('complete')
	await z.says(visitor, '完善信息', '三者选其一', '个人信息', '单位信息', '专家信息')
	await z.look(visitor, 'complete')
	await visitor.click('go-natural')
	await z.says(visitor, '提交', '等待管理员进行审核')
	await z.look(visitor, 'complete-individual')
	await visitor.click('submit-complete')
	const claims = await z.claims(visitor)
	assert.equal(claims.account_status, 'pending_review')
	assert.equal(claims.real_name.status, 'verified')

	/* exactly one: what was said once cannot be said again */
	await visitor.open(`${z.issuer}/complete/expert`)
	assert.notEqual(await visitor.name(), 'complete', 'no second kind of information')
}))

test('Z8 an administrator reviews; the next login is past review and past the page of completion', async () => {
	await z.review('reviewer', '张三', 'approve')
	await z.visit({}, async (visitor) => {
		await z.enter(visitor)
		await visitor.password(PHONE, PASSWORD)
		assert.equal((await z.claims(visitor)).account_status, 'active')
	})
})

test('Z10 the real name can be left for later', () => z.visit({}, async (visitor) => {
	await register(visitor, SECOND)
	await visitor.at('realname')
	await visitor.click('skip-realname')
	await visitor.at('complete')
	await visitor.click('go-expert')
	await visitor.click('submit-complete')
	assert.ok(await visitor.has('title-error'), 'what an expert must say')
	await z.fill(visitor, { name: '周明', title: '教授', field_of_work: '材料' })
	await visitor.click('submit-complete')
	const claims = await z.claims(visitor)
	assert.equal(claims.account_status, 'pending_review')
	assert.notEqual(claims.real_name?.status, 'verified')
}))

test('Z7 Z8 a rejected newcomer reads why, corrects and submits again', async () => {
	await z.review('reviewer', '周明', 'reject', '请补充从事专业')
	await z.visit({}, async (visitor) => {
		await z.enter(visitor)
		await visitor.password(SECOND, PASSWORD)
		await visitor.at('complete')
		await z.says(visitor, '请补充从事专业')
		await z.look(visitor, 'complete-rejected')
		await visitor.click('go-expert')
		await z.fill(visitor, { name: '周明', title: '教授', field_of_work: '复合材料' })
		await visitor.click('submit-complete')
		assert.equal((await z.claims(visitor)).account_status, 'pending_review')
	})
})

test('Z11 one password, four identifiers: user name, phone, e-mail, ID number', () => z.visit({}, async (visitor) => {
	await z.enter(visitor)
	await z.says(visitor, '用户名 / 手机号 / 邮箱号 / 身份证号')
	for (const identifier of ['wangwu', '13800138001', 'wangwu@example.cn']) {
		await z.enter(visitor)
		await visitor.password(identifier, DEMO_PASSWORD)
		await visitor.at('complete')
		await visitor.context.clearCookies()
	}
	await z.enter(visitor)
	await visitor.password(ZHANG.id_number, 'Wrong@1234')
	assert.equal(await visitor.error(), 'credentials')
	await visitor.password(ZHANG.id_number, PASSWORD)
	assert.equal((await z.claims(visitor)).real_name.status, 'verified')
}))

test('Z12 by phone and code, also for who has not completed the information yet', () => z.visit({}, async (visitor) => {
	await z.enter(visitor)
	await visitor.click('tab-phone')
	await z.says(visitor, '手机号', '获取验证码')
	await visitor.fill('phone', '13800138001')
	await z.captcha(visitor)
	const code = await z.sent('13800138001', () => visitor.click('submit-send'))
	await z.says(visitor, '短信验证码', '登录')
	await z.look(visitor, 'login-phone')
	await visitor.fill('code', code === '111111' ? '222222' : '111111')
	await visitor.click('submit-code')
	assert.equal(await visitor.error(), 'otp')
	await visitor.fill('code', code)
	await visitor.click('submit-code')
	await visitor.at('complete')
}))

test('Z13 a first login by a third party makes the account; the next one finds it', () => z.visit({}, async (visitor) => {
	const come = async () => {
		await z.enter(visitor)
		await z.says(visitor, '第三方登录', '支付宝')
		await visitor.click('provider-province')
		assert.equal(new URL(visitor.page.url()).origin, z.province, 'the other platform asks')
		await visitor.password('lisi', DEMO_PASSWORD)
	}

	await come()
	await visitor.at('complete')
	await visitor.click('go-natural')
	await z.fill(visitor, { name: '李四' })
	await visitor.click('submit-complete')
	const first = await z.claims(visitor)
	await visitor.context.clearCookies()
	await come()
	assert.equal((await z.claims(visitor)).sub, first.sub)
}))

// ---- old accounts

const OLD = '13700000001', EXPERT_TOO = '13700000002'
const Z5 = '请检查手机号或用户类型是否正确', Z6 = '检测到你有专家账户尚未绑定，请先绑定专家账户'

function oldAccounts() {
	const file = join(z.data, 'old.csv')

	writeFileSync(file, 'kind,legacy_id,login_name,user_type,name,phone\n' + [
		['old-1', 'shenbao1', 'declarer', '吴申报', OLD], ['old-2', 'shenbao2', 'declarer', '郑双', EXPERT_TOO], ['old-3', 'zhuanjia2', 'expert', '郑双', EXPERT_TOO],
	].map((row) => `individual,${row.join(',')}\n`).join(''))
	const run = spawnSync(yimen(), ['legacy', 'import', '--source', 'zzkj', '--config', join(z.data, 'yimen.yaml'), file], { encoding: 'utf8' })
	assert.equal(run.status, 0, run.stderr + run.stdout)
}

/** A newcomer on the page 老用户绑定. */
async function toBind(visitor, phone) {
	await register(visitor, phone)
	await visitor.at('realname')
	await visitor.click('skip-realname')
	await visitor.at('complete')
	await visitor.click('go-bind')
	await visitor.at('bind')
}

async function ask(visitor, user_type, phone) {
	await z.fill(visitor, { user_type, phone })
	await z.captcha(visitor)
	await visitor.click('submit-send')
}

test('Z5 Z6 a wrong type or phone, and an expert account that comes first', async () => {
	oldAccounts()
	await z.visit({}, async (visitor) => {
		await toBind(visitor, '13900000005')
		await ask(visitor, 'expert', OLD)
		assert.equal(await visitor.text('phone-error'), Z5)
		await z.look(visitor, 'bind-z5')
		await ask(visitor, 'declarer', '13700009999')
		assert.equal(await visitor.text('phone-error'), Z5)
		await ask(visitor, 'declarer', EXPERT_TOO)
		await z.says(visitor, Z6)
		await z.look(visitor, 'bind-z6')
		await z.fill(visitor, { user_type: 'expert', phone: EXPERT_TOO })
		await z.prove(visitor, EXPERT_TOO)
		await visitor.click('submit-bind')
		const claims = await z.claims(visitor)
		assert.deepEqual(claims.legacy.map((one) => one.account_type), ['expert'])
	})
	/* the other account goes to another identity with another phone */
	await z.visit({}, async (visitor) => {
		await toBind(visitor, '13900000006')
		await z.fill(visitor, { user_type: 'declarer', phone: EXPERT_TOO })
		await z.prove(visitor, EXPERT_TOO)
		await visitor.click('submit-bind')
		assert.deepEqual((await z.claims(visitor)).legacy.map((one) => one.account_id), ['old-2'])
	})
})

test('Z2 Z3 Z4 an old user binds the account of the old phone and enters without a second login', () => z.visit({}, async (visitor) => {
	await register(visitor, '13900000007')
	await visitor.at('realname')
	await visitor.click('skip-realname')
	await visitor.at('complete')
	await z.says(visitor, '完善信息', '老用户绑定')
	await z.look(visitor, 'complete-bind')
	await visitor.click('go-bind')
	await visitor.at('bind')
	await z.says(visitor, '老用户绑定', '用户类型', '申报用户', '专家用户', '手机号', '获取验证码', '验证码', '绑定')
	await z.look(visitor, 'bind')
	await z.fill(visitor, { user_type: 'declarer', phone: OLD })
	await z.prove(visitor, OLD)
	await z.look(visitor, 'bind-sent')
	await visitor.click('submit-bind')
	const claims = await z.claims(visitor)
	assert.equal(claims.legacy[0].account_id, 'old-1')
	assert.equal(claims.account_status, 'active', 'who was let in before waits for nobody')
	await visitor.context.clearCookies()
	await z.enter(visitor)
	await visitor.password('13900000007', PASSWORD)
	assert.equal((await z.claims(visitor)).sub, claims.sub, 'later logins skip the page')
	await visitor.open(`${z.issuer}/account/bindings`)
	await z.says(visitor, 'shenbao1')
	await visitor.open(`${z.issuer}/bind/password`)
	await z.look(visitor, 'bind-password')
	await visitor.open(`${z.issuer}/bind/review`)
	await z.look(visitor, 'bind-review')
}))
