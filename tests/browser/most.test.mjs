// SPDX-License-Identifier: Apache-2.0
// The manual of the MOST platform (domain M1-M24), step by step in Chromium under conf/profiles/most.yaml. docs/platforms.md names these tests.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { yimen } from '../flows/harness.mjs'
import { uscc } from '../flows/uscc.mjs'
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

// ---- the look-up of old accounts

const OLD = 'Torch@2019'
/** Each case: the key, what the page says, the name it tells, the window, and where it leads. */
const CASES = [
	['M11', 'E0a', uscc('110000', 'MA9Y9Y9Y'), '', '', 'go-register', '请注册法人账号，登录后完成实名认证，认证后可以进入高企认定和科小企评价等业务系统'],
	['M12', 'E0b', '91110108MA01ET88XL', '', 'legal', 'go-login', '已有本平台的法人账号'],
	['M13', 'E1', uscc('320100', 'MA1P2Q3R'), '=', 'legal', 'go-login', '如果提示“登录名或密码错误”，说明您已登录过本平台并修改了密码，请通过“忘记密码”重设'],
	['M14', 'E2', uscc('330100', 'MA2A2B2C'), '=', 'legal', 'go-login', '忘记密码的，请通过“忘记密码”重设'],
	['M15', 'E3', uscc('440300', 'MA5DA1XY'), 'HJ_', 'legal', 'go-login', '密码不变'],
	['M16', 'E4', uscc('510000', 'MA6C5D4E'), '=', 'natural', 'go-login', '自动获得了该企业的高企认定和科小企评价等业务系统授权'],
	['M17', 'P0', '13900000100', '', '', 'go-register', '请注册自然人账号'],
	['M18', 'P1', '13900000101', '=', 'natural', 'go-login', '密码不变'],
	['M19', 'P2', '13900000102', '=', 'natural', 'go-login', '忘记密码的，请通过“忘记密码”重设'],
	['M20', 'P3', '18711111111', 'HJ_', 'natural', 'go-login', '密码不变'],
	['M21', 'P4', '13900000104', '', '', 'go-appeal', '自然人申诉找回密码'],
]
const KEY = Object.fromEntries(CASES.map(([, which, key]) => [which, key]))

function cli(args, input) {
	const result = spawnSync(yimen(), [...args, '--config', join(m.data, 'yimen.yaml')], { encoding: 'utf8', input, timeout: 60000 })

	assert.equal(result.status, 0, result.stderr)
	return result.stdout
}
const account = (login, namespace, ...more) => cli(['account', 'add', '--login', login, '--namespace', namespace, '--password-file', '-', ...more], DEMO_PASSWORD)

/** What was there before the import, and the file of the Torch Center. */
function importTorch() {
	const digest = createHash('md5').update(`${OLD}salt`).digest('hex'), file = join(m.root, 'torch.csv')

	for (const which of ['E2', 'E4'])
		cli(['unit', 'add', '--uscc', KEY[which], '--name', `${which}示例有限公司`, '--type', 'enterprise', '--status', 'effective'])
	account(KEY.E2, 'legal', '--unit', KEY.E2)
	account('e4_legal', 'legal', '--unit', KEY.E4, '--name', '王大友', '--phone', '13712349050')
	account(KEY.E3, 'natural')
	account(KEY.P2, 'natural')
	account(KEY.P3, 'legal', '--unit', '91110108MA01ET88XL')
	account('forgotten', 'natural', '--phone', KEY.P4, '--realname-level', '2')
	writeFileSync(file, ['kind,legacy_id,login_name,user_type,name,phone,uscc,unit_name,digest,salt', ...['E1', 'E2', 'E3', 'E4'].map((which) =>
		`enterprise,${which},${KEY[which]},legal,某企业,,${KEY[which]},${which}示例有限公司,${digest},salt`), ...['P1', 'P2', 'P3', 'P4'].map((which) =>
		`individual,${which},${KEY[which]},natural,某人,${KEY[which]},,,${digest},salt`)].join('\n'))
	assert.match(cli(['legacy', 'import', '--source', 'torch', '--quiet', file]), /8 rows from source torch/)
}

async function lookUp(visitor, key) {
	await m.fill(visitor, { kind: key.length === 18 ? 'enterprise' : 'individual', key })
	await m.captcha(visitor)
	await visitor.click('submit-lookup')
	await visitor.at('lookup')
}

test('M11 M12 M13 M14 M15 M16 M17 M18 M19 M20 M21 the look-up tells each case of the migration, the login name and the way on', () => m.visit({}, async (visitor) => {
	importTorch()
	await m.enter(visitor)
	await visitor.click('tab-legal')
	assert.equal(await visitor.text('link-lookup'), '账号检索')
	await visitor.click('link-lookup')
	await visitor.at('lookup')
	await m.look(visitor, 'lookup')
	for (const [number, which, key, name, window, way, says] of CASES) {
		await lookUp(visitor, key)
		assert.equal(await visitor.page.locator('#result').getAttribute('data-case'), which, number)
		assert.equal(await visitor.has('login-name') ? await visitor.text('login-name') : '', name && name.replace('=', '') + key, number)
		await m.says(visitor, says)
		assert.ok(await visitor.has(way), `${number} leads on`)
		if (['E3', 'E4', 'P4'].includes(which))
			await m.look(visitor, `lookup-${which}`)
		if (which === 'E4')
			assert.equal(await visitor.text('contact'), '*大友 137****9050')
		if (name && window) {
			assert.ok((await visitor.page.locator('#go-login').getAttribute('href')).includes(`tab=${window}`), number)
			assert.ok(await visitor.has('go-recover'))
		}
		await visitor.click('again')
	}
	await m.reload((text) => text.replace('    complete: true\n', ''))
	await lookUp(visitor, KEY.E0a)
	assert.equal(await visitor.page.locator('#result').getAttribute('data-case'), 'not_migrated', 'until everything is imported, absence proves nothing')
}))

for (const [number, which, name, namespace] of [['M15', 'E3', 'HJ_', 'legal'], ['M16', 'E4', '', 'natural']])
	test(`${number} from the answer ${which} to the login with the name filled in, and in with the old password`, () => m.visit({}, async (visitor) => {
		await visitor.open(`${m.issuer}/lookup/window`)
		if (which === 'E3')
			await m.look(visitor, 'lookup-window')
		await lookUp(visitor, KEY[which])
		const [page] = await Promise.all([visitor.context.waitForEvent('page'), visitor.page.locator('#go-login').click()])
		visitor.page = page
		await visitor.at('login')
		assert.equal(await visitor.value('login_name'), name + KEY[which])
		await visitor.password(name + KEY[which], OLD, namespace)
		assert.notEqual(await visitor.name(), 'login')
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
