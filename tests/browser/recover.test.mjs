// SPDX-License-Identifier: Apache-2.0
// Recovery and appeals in Chromium, with scripts and without, in both languages, on a phone: names and ids, no barrier that axe-core calls serious.
// Screenshots of all are left in out/.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { Broker, CLIENTS, USCC } from '../flows/harness.mjs'
import { NEW_PASSWORD, Staff, totp } from '../flows/totp.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const NEW = 'Fresh#2026x'
const WAYS = ['zh_wide', 'en_wide', 'zh_narrow', 'en_narrow']
let chrome, broker
before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public({ name: { zh: '科技业务管理系统', en: 'Science and technology services' } })], login: { namespaces: ['natural', 'legal', 'staff'] },
		branding: { name: { zh: '科技部政务服务平台', en: 'MOST government services' } }, captcha: { sms: 'always' },
	})
	WAYS.forEach((way, i) => {
		broker.account({ login: `person_${way}`, phone: `1380013810${i}`, name: '张三' })
		broker.account({ login: `unit_${way}`, namespace: 'legal', unit: USCC, phone: `1380013820${i}` })
		Staff.create(broker, `judge_${way}`, 'reviewer')
	})
	await broker.run()
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await broker.stop()
})

/** A photo, as far as the broker looks at it. */
function photo() {
	const table = Array.from({ length: 256 }, (_, n) => [...Array(8)].reduce((c) => c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1, n) >>> 0)
	const chunk = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data])
		const head = Buffer.alloc(4), tail = Buffer.alloc(4)

		head.writeUInt32BE(data.length)
		tail.writeUInt32BE((body.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0)
		return Buffer.concat([head, body, tail])
	}
	const head = Buffer.from([0, 0, 0, 64, 0, 0, 0, 40, 8, 2, 0, 0, 0])

	return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc((64 * 3 + 1) * 40, 0))), chunk('IEND', Buffer.alloc(0))])
}

async function check(visitor, name) {
	await visitor.shot(`recover-${name}`)
	assert.equal(await visitor.page.locator('h1').count(), 1, 'one h1')
	assert.deepEqual(await visitor.barriers(), [], name)
	assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways`)
}
async function attach(visitor, slot) {
	if (slot)
		await visitor.page.locator('#slot').selectOption(slot)
	await visitor.page.locator('#file').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: photo() })
	await visitor.click('submit-upload')
	assert.ok(!await visitor.has('error'))
}

WAYS.forEach((way, i) => {
	const [short, width] = way.split('_')
	const options = { language: short === 'zh' ? 'zh-CN' : 'en', size: width === 'narrow' ? NARROW : undefined, script: i % 2 === 0 || width === 'wide' }
	const name = `${short}-${width}`

	test(`a forgotten password, by login name (${name})`, () => Visitor.with(chrome, options, async (visitor) => {
		const phone = `1380013810${i}`

		await visitor.open(broker.client('demo-public').request().url)
		await visitor.click('link-forgot')
		await visitor.at('recover')
		await check(visitor, `${name}-recover`)
		await visitor.click('submit-recover')
		assert.equal(await visitor.error(), 'field_empty')
		await check(visitor, `${name}-recover-empty`)
		await visitor.click('go-phone')
		await check(visitor, `${name}-recover-phone`)
		await visitor.click('go-login-name')
		await visitor.fill('login_name', `person_${way}`)
		await visitor.fill('captcha', broker.captcha())
		await visitor.click('submit-recover')
		await visitor.at('recover-verify')
		await check(visitor, `${name}-verify`)
		await visitor.fill('phone', phone)
		await visitor.click('submit-send')
		await check(visitor, `${name}-verify-sent`)
		await visitor.fill('code', '000000')
		await visitor.fill('password', NEW)
		await visitor.fill('password_confirm', NEW)
		await visitor.click('submit-recover')
		assert.equal(await visitor.error(), 'recovery')
		await check(visitor, `${name}-verify-wrong`)
		await visitor.fill('code', broker.code(phone))
		await visitor.fill('password', NEW)
		await visitor.fill('password_confirm', NEW)
		await visitor.click('submit-recover')
		await visitor.at('recovered')
		await check(visitor, `${name}-recovered`)
		await visitor.click('continue')
		await visitor.at('login')
	}))

	test(`a unit's form (${name})`, () => Visitor.with(chrome, options, async (visitor) => {
		await visitor.open(`${broker.issuer}/recover?tab=legal`)
		await visitor.fill('login_name', `unit_${way}`)
		await visitor.fill('captcha', broker.captcha())
		await visitor.click('submit-recover')
		for (const field of ['phone', 'unit_name', 'uscc', 'code', 'password', 'password_confirm'])
			assert.ok(await visitor.has(field), field)
		await check(visitor, `${name}-verify-legal`)
		await visitor.click('submit-recover')
		await check(visitor, `${name}-verify-legal-empty`)
	}))

	test(`an appeal, its review and its link (${name})`, () => Visitor.with(chrome, options, async (visitor) => {
		const phone = `1370013830${i}`

		await visitor.open(`${broker.issuer}/recover?tab=legal`)
		await visitor.click('go-appeal')
		await visitor.at('appeal')
		await check(visitor, `${name}-appeal-name`)
		await visitor.fill('unit_name', '演示科技有限公司')
		await visitor.fill('captcha', broker.captcha())
		await visitor.click('submit-search')
		await check(visitor, `${name}-appeal`)
		await visitor.click('submit-appeal')
		assert.equal(await visitor.error(), 'form')
		await check(visitor, `${name}-appeal-empty`)
		await visitor.page.locator('[name=unit_nature][value=other]').check()
		for (const [field, value] of Object.entries({ contact_name: '王五', contact_id_number: '11010519491231002X', email: 'wang@example.cn', reason: '经办人已离职', contact_phone: phone,
			known_login: `unit_${way}` }))
			await visitor.fill(field, value)
		await attach(visitor, 'licence')
		await attach(visitor, 'contact_id')
		await check(visitor, `${name}-appeal-files`)
		await visitor.fill('captcha', broker.captcha())
		await visitor.click('submit-send')
		await visitor.fill('code', broker.code(phone))
		await visitor.click('submit-appeal')
		await visitor.at('appeal-done')
		await check(visitor, `${name}-appeal-done`)
		const receipt = await visitor.text('receipt')

		await Visitor.with(chrome, options, async (judge) => {
			const password = broker.cli('admin', 'reset-factor', '--login', `judge_${way}`, '--new-password').json.password

			await judge.open(`${broker.issuer}/login?tab=staff`)
			await judge.fill('login_name', `judge_${way}`)
			await judge.fill('password', password)
			await judge.click('submit-password')
			await judge.fill('code', totp(await judge.text('secret')))
			await judge.fill('password', NEW_PASSWORD)
			await judge.fill('password_confirm', NEW_PASSWORD)
			await judge.click('submit-code')
			await judge.click('continue')
			await judge.open(`${broker.issuer}/tasks`)
			await judge.page.locator('#tasks tbody a').first().click()
			await judge.at('task')
			await check(judge, `${name}-task`)
			await judge.click('submit-decision')
			assert.equal(await judge.error(), 'field_empty')
			await check(judge, `${name}-task-whose`)
			await judge.page.locator('#appeal-accounts input[type=radio]').first().check()
			await judge.click('submit-decision')
			assert.ok(await judge.has('decided-by'))
			await check(judge, `${name}-task-decided`)
		})

		await visitor.click('go-state')
		await check(visitor, `${name}-state`)
		await visitor.fill('receipt', receipt)
		await visitor.fill('phone', phone)
		await visitor.fill('captcha', broker.captcha())
		await visitor.click('submit-state')
		await check(visitor, `${name}-state-approved`)
		const link = broker.outbox().filter((line) => line.phone === phone && line.purpose === 'recover-link').at(-1).text.match(/https?:\S+t=[\w-]+/)[0]
		await visitor.open(link)
		await visitor.at('recover-link')
		await check(visitor, `${name}-link`)
		await visitor.fill('password', NEW)
		await visitor.fill('password_confirm', NEW)
		await visitor.click('submit-recover')
		await visitor.at('recovered')
		await visitor.open(link)
		assert.equal(await visitor.error(), 'expired')
	}))
})
