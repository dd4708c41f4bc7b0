// SPDX-License-Identifier: Apache-2.0
// The catalogue of applications, by the kind of person, and whom to call (domain.md M23, M24).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, USCC, client, passwordLogin } from './harness.mjs'

let broker
before(async () => {
	broker = await Broker.start({
		support: { text: { zh: '工作日 8:30–17:30' }, phone: '010-88659000', phones: [{ number: '010-88656305', label: { zh: '技术支持', en: 'Technical' } }, { number: '010-88656315' }] },
		clients: [
			CLIENTS.public({ name: { zh: '项目申报', en: 'Projects' }, initiate_login_uri: 'https://rp.example.cn/login?a=b',
				catalogue: { user_types: ['natural', 'legal'], group: { zh: '服务事项' }, hint: { zh: '申报项目' } } }),
			CLIENTS.portal({ name: { zh: '高企认定' }, home: 'https://gaoqi.example.cn/', catalogue: { user_types: ['legal'], group: { zh: '服务事项' }, title: { zh: '高新技术企业认定' } } }),
			client('closed', { secret: 'a-secret-of-32-characters-long!!', enabled: false, home: 'https://closed.example.cn/', catalogue: { user_types: ['natural'] } }),
			CLIENTS.rs(),
		],
	}, [{ login: 'zhangsan' }, { login: 'gongsi', namespace: 'legal', unit: USCC }])
})
after(() => broker.stop())

const order = (page) => [...page.html.matchAll(/id="apps-(\w+)"/g)].map((m) => m[1])

test('systems stand under the kinds of people they are for, with a way in', async () => {
	const page = await broker.browser().open(`${broker.issuer}/apps`)

	assert.equal(page.name, 'apps')
	assert.deepEqual(order(page), ['natural', 'legal'])
	const [natural, legal] = page.html.split('id="apps-legal"')
	assert.match(natural, /项目申报/)
	assert.doesNotMatch(natural, /高新技术企业认定/)
	assert.match(legal, /法人单位[\s\S]*服务事项[\s\S]*项目申报[\s\S]*高新技术企业认定/)
	assert.ok(page.html.includes(`href="https://rp.example.cn/login?a=b&amp;iss=${encodeURIComponent(broker.issuer)}"`))
	assert.match(page.html, /href="https:\/\/gaoqi\.example\.cn\/"/)
	assert.doesNotMatch(page.html, /closed\.example/)
	assert.match(page.html, /id="help"/)
})

test('in English, where there is English', async () => {
	const page = await broker.browser({ language: 'en' }).open(`${broker.issuer}/apps`)

	assert.match(page.html, /Projects/)
	assert.match(page.html, /Units \(legal persons\)/)
})

test('the visitor\'s own kind stands first', async () => {
	const browser = broker.browser()

	await passwordLogin(browser, await browser.open(`${broker.issuer}/uploads/realname`), { login: 'gongsi', namespace: 'legal' })
	assert.deepEqual(order(await browser.open(`${broker.issuer}/apps`)), ['legal', 'natural'])
})

test('the front page leads there', async () => {
	const browser = broker.browser()

	assert.equal((await browser.click(await browser.open(`${broker.issuer}/`), 'link-apps')).name, 'apps')
})

test('every error page names all hotlines', async () => {
	const page = await broker.browser().open(`${broker.issuer}/nothing-here`)

	assert.equal(page.error, 'not_found')
	for (const text of ['工作日 8:30–17:30', '010-88659000', '技术支持 010-88656305', '010-88656315'])
		assert.ok(page.text('support').includes(text), text)
})

test('an entry without a way in is a mistake of the configuration', async () => {
	const bad = await Broker.prepare({ clients: [CLIENTS.rs({ catalogue: { user_types: ['natural'] } }), CLIENTS.portal({ catalogue: { user_types: ['legal'], url: 'javascript:alert(1)' } })] })
	const result = bad.cli('check-config')

	assert.notEqual(result.code, 0)
	assert.match(result.err, /needs "catalogue\.url"/)
	assert.match(result.err, /must be an https URL/)
	await bad.stop({ check: false })
})
