// SPDX-License-Identifier: Apache-2.0
// The demonstration as people meet it: every way in, as far as the portal's verified claims, and out again.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run, sentCode, shown, threePorts } from '../flows/demo.mjs'
import { until } from '../flows/harness.mjs'
import { Visitor, launch } from './surf.mjs'

const data = mkdtempSync(join(tmpdir(), 'yimen-browser-'))
let chrome, demo, portal, issuer
before(async () => {
	const port = await threePorts()

	issuer = `http://127.0.0.1:${port}`
	portal = `http://127.0.0.1:${port + 1}`
	demo = run(port, data);
	[chrome] = await Promise.all([launch(), shown(demo)])
})
after(async () => {
	await chrome.close()
	demo.child.kill('SIGTERM')
	assert.equal(await demo.ended, 0, demo.err)
	rmSync(data, { recursive: true, force: true })
})

const PHONE = '13800138000'
/** A code that was not there before: the one before it may still stand in the outbox. */
async function byPhone(visitor) {
	const old = sentCode(data, PHONE)

	await visitor.phone(PHONE, () => until(() => {
		const code = sentCode(data, PHONE)

		return code !== old && code
	}, 'a code'))
}
async function byProvince(visitor) {
	await visitor.click('provider-province')
	assert.notEqual(new URL(visitor.page.url()).origin, issuer, 'the province asks')
	await visitor.password('lisi', 'Demo@1234')
}

const WAYS = {
	'a natural person': {
		enter: (visitor) => visitor.password('zhangsan', 'Demo@1234'),
		claims: { preferred_username: 'zhangsan', user_type: 'natural', amr: ['pwd'], acr: '0', org: undefined, legacy: [] },
	},
	'a legal person': {
		enter: (visitor) => visitor.password('keji_demo', 'Demo@1234', 'legal'),
		claims: { preferred_username: 'keji_demo', user_type: 'legal', amr: ['pwd'], acr: '0', 'org.uscc': '91350100M000100Y43', 'org.status': 'effective', org_role: 'admin', legacy: [] },
	},
	'a natural person renamed by the migration, with the old password,': {
		enter: (visitor) => visitor.password('HJ_18711111111', 'Old@1234'),
		claims: { preferred_username: 'HJ_18711111111', user_type: 'natural', amr: ['pwd'], acr: '0', org: undefined,
			legacy: [{ system: 'torch', account_id: 'P-20170042', account_type: 'natural' }] },
	},
	'a legal person renamed by the migration, with the old password,': {
		enter: (visitor) => visitor.password('HJ_91110108MA01ET88XL', 'Old@1234', 'legal'),
		claims: { preferred_username: 'HJ_91110108MA01ET88XL', user_type: 'legal', amr: ['pwd'], acr: '0', 'org.uscc': '91110108MA01ET88XL',
			legacy: [{ system: 'torch', account_id: 'E-20190007', account_type: 'legal' }] },
	},
	'the owner of a phone': {
		enter: byPhone,
		claims: { preferred_username: 'zhangsan', user_type: 'natural', amr: ['otp', 'sms'], acr: '0' },
	},
	'a person of the province': {
		enter: byProvince,
		claims: { user_type: 'natural', amr: ['ext'], acr: '1', name: '李四', legacy: [] },
	},
}

const at = (claims, path) => path.split('.').reduce((value, key) => value?.[key], claims)
const subs = {}

for (const [who, { enter, claims: expected }] of Object.entries(WAYS)) {
	test(`${who} logs in to the portal, which shows the verified claims, and logs out`, () => Visitor.with(chrome, {}, async (visitor) => {
		await visitor.open(portal)
		await visitor.at('welcome')
		await visitor.click('login')
		await visitor.at('login')
		await enter(visitor)
		await visitor.agree()
		await visitor.at('person')
		assert.equal(new URL(visitor.page.url()).pathname, '/', 'no code stays in the address')

		const claims = JSON.parse(await visitor.text('claims-json'))
		assert.equal(claims.iss, issuer)
		assert.match(claims.sub, /^\S{8,}$/)
		for (const [path, value] of Object.entries(expected))
			assert.deepEqual(at(claims, path), value, `${path} of ${JSON.stringify(claims)}`)
		subs[who] = claims.sub

		await visitor.click('logout')
		if (await visitor.name() === 'logout')
			await visitor.click('confirm-logout')
		await visitor.at('welcome')
		await visitor.click('login')
		await visitor.at('login')
	}))
}

test('the phone leads to the same person as the password, every other way to another', () => {
	assert.equal(subs['the owner of a phone'], subs['a natural person'])
	assert.equal(new Set(Object.values(subs)).size, Object.keys(WAYS).length - 1)
})

for (const [how, enter] of [['by password', WAYS['a natural person'].enter], ['by phone', byPhone]]) {
	test(`without JavaScript one logs in ${how} and out all the same`, () => Visitor.with(chrome, { script: false }, async (visitor) => {
		await visitor.open(`${portal}/login`)
		await enter(visitor)
		await visitor.agree()
		await visitor.at('person')
		assert.equal(JSON.parse(await visitor.text('claims-json')).preferred_username, 'zhangsan')
		await visitor.click('logout')
		await visitor.at('welcome')
	}))
}

test('in English all the way, for who reads English', () => Visitor.with(chrome, { language: 'en-GB' }, async (visitor) => {
	const spoken = async () => assert.equal(await visitor.page.locator('html').getAttribute('lang'), 'en', visitor.page.url())

	await visitor.open(portal)
	await spoken()
	await visitor.click('login')
	await spoken()
	assert.doesNotMatch(await visitor.page.locator('main').innerText(), /[\u4e00-\u9fff]/)
	await visitor.click('provider-province')
	await spoken()
	await visitor.page.goBack()
	await visitor.password('zhangsan', 'Demo@1234')
	await visitor.agree()
	await spoken()
	await visitor.at('person')
}))
