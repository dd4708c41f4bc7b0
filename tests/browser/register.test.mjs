// SPDX-License-Identifier: Apache-2.0
// The pages of registration in Chromium: names and ids, no barriers, both languages, a phone; what the script of the page adds; the keyboard.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Broker } from '../flows/harness.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const year = new Date().getFullYear()
let chrome, broker
before(async () => {
	broker = await Broker.start({
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
		registration: {
			expert: { open: true }, agreement: { title: { zh: '《用户服务协议》', en: 'the terms of service' }, url: 'https://id.example/terms' },
			natural: { realname: false, steps: [{ zh: '基本信息', en: 'Your details' }, { zh: '实名认证', en: 'Real-name verification' }, { zh: '注册成功', en: 'Registered' }],
				notices: [{ zh: '本账号是您享受全面的城市咨询及服务的网上通行证，请确保账号的唯一性及资料的准确性', en: 'This account is your pass to the services of the city.' }] },
		},
	})
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await broker.stop()
})

const open = (way) => (visitor) => visitor.open(`${broker.issuer}/register${way}`)
const click = (id) => (visitor) => visitor.click(id)
let serial = 0
async function fill(visitor, more = {}) {
	const values = { login_name: `visitor_${process.pid}_${serial++}`, password: 'Abc@1234', password_confirm: 'Abc@1234', name: '李四', id_number: '11010519491231002X',
		id_valid_from: `${year - 3}-05-12`, phone: `138${String(20000000 + process.pid % 1000 * 1000 + serial)}`, ...more }

	for (const [name, value] of Object.entries(values))
		await visitor.fill(name, value)
	return values
}

const NAMES = {
	natural: ['login_name', 'password', 'password_confirm', 'name', 'id_type', 'id_number', 'id_valid_from', 'id_valid_years', 'id_valid_to', 'country', 'phone', 'code', 'agree'],
	legal: ['login_name', 'password', 'password_confirm', 'unit_type', 'unit_name', 'uscc', 'rep_name', 'rep_id_type', 'rep_id_number', 'rep_id_valid_from', 'rep_id_valid_to',
		'rep_country', 'rep_phone', 'handler_name', 'phone', 'code', 'agree'],
	expert: ['login_name', 'password', 'password_confirm', 'apply_type', 'contact_name', 'phone', 'email', 'captcha', 'agree'],
}
const PAGES = {
	'register': { page: 'register', way: [open('')], ids: ['go-natural', 'go-legal', 'go-expert', 'go-login'] },
	'register-natural': { page: 'register-natural', way: [open('/natural')], ids: ['submit-send', 'submit-register'], names: NAMES.natural },
	'register-legal': { page: 'register-legal', way: [open('/legal')], ids: ['submit-send', 'submit-register'], names: NAMES.legal },
	'register-expert': { page: 'register-expert', way: [open('/expert')], ids: ['submit-register', 'captcha-image', 'captcha-alternative'], names: NAMES.expert },
	'register-wrong': { page: 'register-natural', way: [open('/natural'), click('submit-register')], ids: ['error', 'login_name-error', 'phone-error', 'agree-error'], names: NAMES.natural },
	'register-sent': { page: 'register-natural', way: [open('/natural'), fill, click('submit-send')], ids: ['code', 'submit-register'], names: NAMES.natural },
	'registered': {
		page: 'registered', ids: ['continue'],
		way: [open('/natural'), async (visitor) => {
			const { phone } = await fill(visitor)

			await visitor.click('submit-send')
			for (const name of ['password', 'password_confirm'])
				await visitor.fill(name, 'Abc@1234')
			await visitor.fill('code', broker.code(phone))
			await visitor.page.locator('#agree').check()
			await visitor.click('submit-register')
		}],
	},
}

describe('each page keeps the contract, has no barriers and fits a phone', { concurrency: 2 }, () => {
	for (const [name, { page, way, ids, names = [] }] of Object.entries(PAGES))
		for (const language of ['zh-CN', 'en'])
			test(`${name} (${language})`, () => Visitor.with(chrome, { language }, async (visitor) => {
				for (const step of way)
					await step(visitor)
				await visitor.at(page)
				assert.equal(await visitor.page.locator('h1').count(), 1, 'one h1')
				for (const id of ids)
					assert.equal(await visitor.page.locator(`#${id}`).count(), 1, `#${id}`)
				for (const field of names) {
					const one = visitor.page.locator(`#register [name="${field}"]`).first()

					assert.equal(await one.count(), 1, `field ${field}`)
					assert.ok(await one.evaluate((input) => input.labels.length), `${field} has a label`)
				}
				if (language === 'en')
					assert.doesNotMatch((await visitor.page.locator('main').innerText()).replace(/李四/g, ''), /[\u4e00-\u9fff]/, 'only English')
				await visitor.shot(`${name}-${language}-wide`)
				assert.deepEqual(await visitor.barriers(), [])
				await visitor.page.setViewportSize(NARROW)
				await visitor.shot(`${name}-${language}-narrow`)
				assert.ok(await visitor.scrollsSideways() <= 0, 'nothing scrolls sideways at 360 px')
			}))
})

test('country and validity are shown for the documents that have them', () => Visitor.with(chrome, {}, async (visitor) => {
	await visitor.open(`${broker.issuer}/register/natural`)
	const seen = async () => [await visitor.page.locator('#id_valid_from').isVisible(), await visitor.page.locator('#country').isVisible()]

	assert.deepEqual(await seen(), [true, false])
	await visitor.page.locator('#id_type').selectOption('553')
	assert.deepEqual(await seen(), [false, true])
	await visitor.page.locator('#id_type').selectOption('516')
	assert.deepEqual(await seen(), [false, false])
}))

test('without scripts every field is there, with a hint that says for which documents', () => Visitor.with(chrome, { script: false }, async (visitor) => {
	await visitor.open(`${broker.issuer}/register/natural`)
	assert.ok(await visitor.page.locator('#country').isVisible())
	assert.match(await visitor.text('country-only'), /外国人永久居留身份证/)
}))

test('the return key registers; it does not ask for a code', () => Visitor.with(chrome, {}, async (visitor) => {
	await visitor.open(`${broker.issuer}/register/natural`)
	await visitor.fill('name', '李四')
	await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('#name').press('Enter')])
	assert.equal(await visitor.error(), 'form')
	assert.equal(await visitor.value('name'), '李四')
}))
