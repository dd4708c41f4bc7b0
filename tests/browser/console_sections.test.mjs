// SPDX-License-Identifier: Apache-2.0
// Sections of the console that administrators come to later, walked in Chromium: a verifier with its test, routes of text messages, departments, words and looks,
// old systems down to the fourth level of a path, why a login failed, and what the dashboard says of certificates and costs. Screenshots in out/.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, passwordLogin } from '../flows/harness.mjs'
import { NEW_PASSWORD, Staff, totp } from '../flows/totp.mjs'
import { AliyunSms } from '../standins/sms.mjs'
import { TencentVerifier } from '../standins/verifiers.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

let broker, chrome, sms, verifier
before(async () => {
	sms = await AliyunSms.start({})
	verifier = await TencentVerifier.start({})
	broker = await Broker.prepare({
		clients: [CLIENTS.public({ name: { zh: '科技业务管理系统', en: 'Science business system' } })], login: { namespaces: ['natural', 'legal', 'staff'] },
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
	})
	const ca = join(broker.dir, 'ca.pem')
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '12', '-subj', '/CN=Demo authority', '-keyout', join(broker.dir, 'ca.key'), '-out', ca], { stdio: 'ignore' })
	broker.config.net.ca_file = ca
	const { file } = broker.config.sms
	broker.config.sms = { signature: { zh: '一门' }, routes: [{ id: 'main', gateway: 'outbox', file, price: 45 }] }
	Object.defineProperty(broker.config.sms, 'file', { value: file }) // for the harness, not for the daemon
	broker.write()
	broker.account({ login: 'zhangsan', name: '张三', phone: '13800138000' })
	Staff.create(broker, 'sections', 'operator')
	await broker.run()
	const person = broker.browser()
	await person.phoneLogin(await person.open(broker.client('demo-public').request().url), broker, '13800138000')
	const other = broker.browser()
	for (const password of ['Wrong@1234', 'Wrong@5678'])
		await passwordLogin(other, await other.open(broker.client('demo-public').request().url), { password })
	chrome = await launch()
})
after(async () => {
	await chrome?.close()
	await broker.stop()
	await sms.stop()
	await verifier.stop()
})

async function check(visitor, name) {
	await visitor.shot(`sections-${name}`)
	assert.deepEqual(await visitor.barriers(), [], name)
	assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways`)
}

async function arrive(visitor) {
	const password = broker.cli('admin', 'reset-factor', '--login', 'sections', '--new-password').json.password

	await visitor.open(`${broker.issuer}/console`)
	await visitor.click('link-staff')
	await visitor.fill('login_name', 'sections')
	await visitor.fill('password', password)
	await visitor.click('submit-password')
	const secret = new URL(await visitor.scan()).searchParams.get('secret')
	await visitor.fill('code', totp(secret))
	await visitor.fill('password', NEW_PASSWORD)
	await visitor.fill('password_confirm', NEW_PASSWORD)
	await visitor.click('submit-code')
	await visitor.click('continue')
	await visitor.at('console')
}

const go = (visitor, path) => visitor.open(`${broker.issuer}/console${path}`)
const show = (visitor, id) => visitor.page.locator(`#more:has(#${id})`).evaluateAll((all) => all.forEach((one) => { one.open = true }))
const verdict = (visitor) => visitor.page.locator('#test').getAttribute('data-good')

/** Add the object @id of @type (or none) to a list, and be at its form. */
async function add(visitor, path, id, type) {
	await go(visitor, path)
	if (type)
		await visitor.page.locator(`#type-${type}`).check()
	await visitor.fill('id', id)
	await visitor.click('submit-add')
	await visitor.at('console-form')
}

test('section by section', () => Visitor.with(chrome, {}, async (visitor) => {
	await arrive(visitor)
	await check(visitor, 'zh-wide-home')
	assert.match(await visitor.text('certificates'), /net\.ca_file\s+Demo authority\s+\S+ \S+\s+还有 1\d 天，请更换/)
	assert.match(await visitor.text('sms-months'), /main\s+1\s+1\s+0\.05\s+0\s+–/)

	// A verifier, with what it says of a wrong key and of a person.
	await go(visitor, '/realname')
	await visitor.page.locator('#o-verifier').selectOption('tencent')
	await visitor.click('submit-save')
	await visitor.fill('o-secret_id', verifier.config.secret_id)
	await visitor.fill('o-secret_key', 'mistyped')
	await show(visitor, 'o-endpoint')
	await visitor.fill('o-endpoint', verifier.config.endpoint)
	await visitor.fill('person_name', '张三')
	await visitor.fill('person_number', '11010519491231002X')
	await visitor.click('submit-test')
	assert.equal(await verdict(visitor), 'no')
	await check(visitor, 'zh-wide-verifier-bad')
	await visitor.fill('o-secret_key', TencentVerifier.secret)
	await visitor.fill('person_name', '张三')
	await visitor.fill('person_number', '11010519491231002X')
	await visitor.click('submit-test')
	assert.equal(await verdict(visitor), 'yes', await visitor.text('test'))
	await check(visitor, 'zh-wide-verifier-good')
	await go(visitor, '/realname/verifiers')
	await check(visitor, 'zh-wide-verifiers')

	// A second route beside the file's.
	await go(visitor, '/sms')
	await check(visitor, 'zh-wide-sms')
	await add(visitor, '/sms/routes', 'backup', 'aliyun')
	await check(visitor, 'zh-wide-route-new')
	await visitor.fill('o-access_key_id', 'LTAIstandin')
	await visitor.fill('o-access_key_secret', AliyunSms.secret)
	await visitor.fill('o-sign_name', '一门')
	await visitor.fill('o-templates-0-code', 'SMS_100')
	await visitor.fill('o-templates-0-params', 'code\nmin=minutes')
	await show(visitor, 'o-endpoint')
	await visitor.fill('o-endpoint', sms.origin)
	await visitor.click('submit-save') // what is not in the draft yet cannot be tested
	await visitor.fill('phone', '13800138000')
	await visitor.click('submit-test')
	assert.equal(await verdict(visitor), 'yes', await visitor.text('main'))
	assert.equal(sms.sent.at(-1).phone, '13800138000')
	await check(visitor, 'zh-wide-route')
	await go(visitor, '/sms/routes')
	await check(visitor, 'zh-wide-routes')

	// Departments, one under the other; one without a name is told so.
	await add(visitor, '/departments', 'city')
	await visitor.click('submit-save')
	await check(visitor, 'zh-wide-department-empty')
	await visitor.fill('o-name-zh', '榕城市科技局')
	await visitor.click('submit-save')
	await add(visitor, '/departments', 'gulou')
	await visitor.fill('o-name-zh', '鼓楼区科技局')
	await visitor.fill('o-parent', 'nowhere')
	await visitor.click('submit-save')
	assert.ok(await visitor.has('o-parent-error') || await visitor.has('problems'))
	await check(visitor, 'zh-wide-department-wrong')
	await visitor.fill('o-parent', 'city')
	await visitor.click('submit-save')
	assert.ok(!await visitor.has('problems'), await visitor.text('main'))
	await go(visitor, '/departments')
	await check(visitor, 'zh-wide-departments')

	// Words and looks.
	await go(visitor, '/branding')
	await check(visitor, 'zh-wide-branding')
	await visitor.fill('o-name-zh', '榕城一网通')
	await visitor.fill('o-name-en', 'Rongcheng in one')
	await visitor.click('submit-save')
	await go(visitor, '/support')
	await check(visitor, 'zh-wide-support')

	// Old systems, down to a kind of account of one.
	await go(visitor, '/legacy_sources')
	await check(visitor, 'zh-wide-sources')
	await go(visitor, '/legacy_sources/torch')
	await check(visitor, 'zh-wide-source')
	await add(visitor, '/legacy_sources/torch/user_types', 'company')
	await check(visitor, 'zh-wide-source-type-new')
	await visitor.fill('o-name-zh', '企业用户')
	await visitor.click('submit-save')
	assert.ok(await visitor.has('saved'))
	await go(visitor, '/legacy_sources/torch/user_types/company')
	assert.equal(await visitor.value('o-name-zh'), '企业用户')
	await check(visitor, 'zh-wide-source-type')
	await go(visitor, '/legacy_sources/torch/user_types')
	await check(visitor, 'zh-wide-source-types')

	// All of it at once.
	await visitor.click('go-draft')
	await check(visitor, 'zh-wide-version')
	const changes = await visitor.text('changes')
	for (const path of ['sms.routes.backup', 'departments.gulou.parent', 'branding.name.zh', 'legacy_sources.torch.user_types.company.name.zh', 'realname.endpoint'])
		assert.ok(changes.includes(path), `${path} in ${changes}`)
	assert.match(changes, /departments\.city\s+未设置\s+新增 city/)
	await visitor.fill('reason', '集中修改')
	await visitor.click('submit-activate')
	assert.equal(await visitor.page.locator('#state').getAttribute('data-state'), 'active', await visitor.text('main'))

	// … and one thing taken away again.
	await go(visitor, '/sms/routes/backup')
	await visitor.click('submit-remove')
	await visitor.click('go-draft')
	assert.match(await visitor.text('changes'), /sms\.routes\.backup\s+backup\s+删除 backup/)
	await check(visitor, 'zh-wide-version-removal')
	await visitor.click('submit-discard')
}))

for (const [name, language, size] of [['zh-wide', 'zh-CN', undefined], ['en-narrow', 'en', NARROW]])
	test(`why a login failed (${name})`, () => Visitor.with(chrome, { language, size }, async (visitor) => {
		await arrive(visitor)
		await check(visitor, `${name}-home-again`)
		await go(visitor, '/explain')
		await check(visitor, `${name}-explain`)
		await visitor.page.locator('#failed tbody tr').first().locator('td.ident a').click()
		await visitor.page.waitForSelector('#trail')
		assert.match(await visitor.text('trail'), /zhangsan|password|密码/i)
		await visitor.page.locator('#trail details').evaluateAll((all) => all.forEach((one) => { one.open = true }))
		await check(visitor, `${name}-explained`)
		await go(visitor, '/explain?q=nobodyknows')
		assert.ok(await visitor.has('unknown'))
		await check(visitor, `${name}-unknown`)
		if (language === 'en')
			for (const path of ['/realname', '/sms/routes', '/sms/routes/backup', '/departments', '/departments/gulou', '/legacy_sources/torch', '/legacy_sources/torch/user_types/company', '/versions/1']) {
				await go(visitor, path)
				await check(visitor, `${name}${path.replace(/\W+/g, '-')}`)
			}
	}))
