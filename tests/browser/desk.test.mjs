// SPDX-License-Identifier: Apache-2.0
// The review desk in Chromium, in both languages and on a phone: staff set up the second factor with the QR code that the page shows, review and decide;
// no barrier that axe-core calls serious. Screenshots of all are left in out/.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, yimen } from '../flows/harness.mjs'
import { NEW_PASSWORD, Staff, totp } from '../flows/totp.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const KINDS = [5]
let chrome, broker
before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] }, branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
		departments: [{ id: 'city', name: { zh: '市科技局', en: 'City office' } }], units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective' }],
	})
	broker.account({ login: 'zhangsan', name: '张三' })
	const lines = KINDS.flatMap((kind) => Array.from({ length: 24 }, (_, i) => ({
		kind, queue: i % 3 ? 'platform' : 'dept:city', title: `${['滨海', '嘉禾', '中原'][i % 3]}科技有限公司`, age_ms: (24 - i) * 6 * 3600 * 1000,
		before: { unit_name: '旧名称有限公司', contact_name: '王五', phone: '13800138000' },
		now: { unit_name: '新名称科技有限公司', contact_name: '王五', phone: '13812345678', id_number: '410101199003071234', email: 'wang@example.cn', contact_phone: '13812345678', known_login: 'zhangsan' },
	})))
	for (const name of ['wide', 'narrow'])
		for (const language of ['zh', 'en'])
			for (const [role, roles] of [['reviewer', 'reviewer'], ['security', 'security'], ['audit', 'audit']])
				Staff.create(broker, `${role}_${language}_${name}`, roles)
	const run = spawnSync(join(dirname(yimen()), 'tests/seed_tasks'), [broker.config.data_dir], { encoding: 'utf8', input: lines.map((line) => JSON.stringify(line) + '\n').join('') })
	assert.equal(run.status, 0, run.stderr)
	await broker.run()
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await broker.stop()
})

async function check(visitor, name) {
	await visitor.shot(`desk-${name}`)
	assert.deepEqual(await visitor.barriers(), [], name)
	assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways`)
}

/** The first login of @login: from the password to the page that was wanted. */
async function arrive(visitor, login, path, name) {
	const password = broker.cli('admin', 'reset-factor', '--login', login, '--new-password').json.password

	await visitor.open(`${broker.issuer}${path}`)
	await visitor.click('link-staff')
	await check(visitor, `${name}-login`)
	await visitor.fill('login_name', login)
	await visitor.fill('password', password)
	await visitor.click('submit-password')
	await visitor.at('second-factor')
	await check(visitor, `${name}-enrol`)
	const uri = new URL(await visitor.scan())
	assert.equal(uri.protocol, 'otpauth:')
	assert.match(decodeURIComponent(uri.pathname), new RegExp(`:${login}$`))
	const secret = uri.searchParams.get('secret')
	assert.equal((await visitor.text('secret')).replace(/\s/g, ''), secret, 'the same to type as to scan')
	await visitor.fill('code', totp(secret))
	await visitor.fill('password', NEW_PASSWORD)
	await visitor.fill('password_confirm', NEW_PASSWORD)
	await visitor.click('submit-code')
	await visitor.at('recovery-codes')
	await check(visitor, `${name}-recovery`)
	await visitor.click('continue')
}

for (const [width, size] of [['wide', undefined], ['narrow', NARROW]])
	for (const [language, short] of [['zh-CN', 'zh'], ['en', 'en']]) {
		const name = `${short}-${width}`
		const visit = (role, path, then) => Visitor.with(chrome, { language, size }, async (visitor) => {
			await arrive(visitor, `${role}_${short}_${width}`, path, `${name}-${role}`)
			await then(visitor)
		})

		test(`a reviewer's morning (${language}, ${width})`, () => visit('reviewer', '/tasks', async (visitor) => {
			await visitor.at('tasks')
			await check(visitor, `${name}-tasks`)
			await visitor.page.locator('#tasks tbody a').first().click()
			await visitor.at('task')
			await visitor.click('claim')
			await check(visitor, `${name}-task`)
			await visitor.page.locator('#decision-reject').check()
			await visitor.click('submit-decision')
			assert.equal(await visitor.error(), 'reason')
			await check(visitor, `${name}-task-reason`)
			await visitor.click('submit-reveal')
			await check(visitor, `${name}-task-revealed`)
			await visitor.page.locator('#decision-approve').check()
			await visitor.click('submit-decision')
			assert.ok(await visitor.has('decided-by'))
			await check(visitor, `${name}-task-decided`)
		}))
		test(`the security administrator's page (${language}, ${width})`, () => visit('security', '/staff', async (visitor) => {
			await visitor.at('staff')
			await check(visitor, `${name}-staff`)
		}))
		test(`the audit administrator's page (${language}, ${width})`, () => visit('audit', '/audit', async (visitor) => {
			await visitor.at('audit')
			await visitor.click('submit-verify')
			assert.ok(await visitor.has('verified'))
			await check(visitor, `${name}-audit`)
		}))
	}
