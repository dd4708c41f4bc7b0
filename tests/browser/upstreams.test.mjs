// SPDX-License-Identifier: Apache-2.0
// Every upstream of the registry in Chromium: from the login page to the upstream's own, back, and into the business system; and the login page with many of them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { registry } from '../standins/registry.mjs'
import { Stage } from '../standins/stage.mjs'
import { Broker, CLIENTS } from '../flows/harness.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const NAMES = { alipay: '支付宝', wechat: '微信', wecom: '企业微信', dingtalk: '钉钉', qq: 'QQ', zhejiang: '浙江政务服务网（个人）', 'zhejiang-legal': '浙江政务服务网（法人）', guangdong: '广东省统一身份认证平台' }
let stage, chrome, many
before(async () => {
	stage = await Stage.set()
	many = await Broker.start({
		clients: [CLIENTS.public()],
		providers: registry.filter((row) => NAMES[row.name]).map((row) => ({ id: row.name, title: { zh: NAMES[row.name], en: row.name }, ...row.config(stage.standins[row.name]) })),
	})
	chrome = await launch()
})
after(async () => {
	await chrome?.close()
	await many?.stop()
	await stage?.stop()
})

for (const row of registry) {
	test(`${row.name}: there, back, and in`, () => Visitor.with(chrome, { agent: row.browser?.['User-Agent'] }, async (visitor) => {
		const client = stage.client(row)

		await visitor.open(client.request().url)
		await visitor.at('login')
		await visitor.click(`provider-${row.name}`)
		await visitor.at('standin')
		await visitor.page.selectOption('#person', 'lisi')
		// nobody listens at the client's address: that the browser goes there is enough
		const answered = visitor.page.waitForRequest((request) => request.url().startsWith(client.config.redirect_uris[0]))
		await visitor.page.locator('#agree').click({ noWaitAfter: true })
		const end = new URL((await answered).url())
		assert.ok(end.searchParams.get('code'), `${end}`)
	}))
}

for (const [how, options] of [['on a desk', {}], ['on a phone', { size: NARROW }]]) {
	test(`eight ways in look well ${how}`, () => Visitor.with(chrome, options, async (visitor) => {
		await visitor.open(many.client('demo-public').request().url)
		await visitor.at('login')
		assert.equal(await visitor.page.locator('.provider').count(), Object.keys(NAMES).length)
		const width = await visitor.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
		assert.ok(width[0] <= width[1], 'nothing sticks out')
		const heights = await visitor.page.locator('.provider').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))
		assert.ok(Math.min(...heights) >= 44, 'big enough to be touched')
		const cut = await visitor.page.locator('.provider').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length)
		assert.equal(cut, 0, 'no name is cut off')
		assert.deepEqual(await visitor.barriers(), [])
		await visitor.shot(`providers-${how.replaceAll(' ', '-')}`)
	}))
}
