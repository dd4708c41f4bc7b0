// SPDX-License-Identifier: Apache-2.0
// An upstream verifies somebody else than it did before: nobody comes in, nothing is taken over, and a reviewer decides whether the link stays.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { natural } from '../standins/zhejiang.mjs'
import { register } from '../standins/registry.mjs'
import { walk } from '../standins/standin.mjs'
import { FILES } from '../standins/tickets.mjs'
import { Browser } from './browser.mjs'
import { Broker, CLIENTS } from './harness.mjs'
import { Staff } from './totp.mjs'

let standin, broker, desk
before(async () => {
	standin = await natural.start({})
	broker = await Broker.start({ clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] }, providers: [{ id: 'zhejiang', title: { zh: '浙江', en: 'Zhejiang' }, ...natural.config(standin) }] })
	register({ zhejiang: standin }, broker)
	desk = (await Staff.create(broker, 'reviewer', 'reviewer').at(`${broker.issuer}/tasks`)).browser
})
after(async () => {
	await broker.stop()
	await standin.stop()
})

const rp = () => broker.client('demo-public')
async function come() {
	const browser = new Browser([broker.issuer, standin.origin])

	return { browser, end: await walk(browser, await browser.click(await browser.open(rp().request().url), 'provider-zhejiang'), { person: 'lisi' }) }
}
const sub = async ({ browser }) => (await rp().login(browser, { login: (e) => e })).claims.sub

/** The newest open task about 李四, decided; the page as the reviewer saw it. */
async function decide(decision) {
	const list = await desk.open(`${broker.issuer}/tasks`)
	const part = list.html.split('<tr').find((one) => one.includes('李四'))
	assert.ok(part, 'a task')
	const task = await desk.open(new URL(part.match(/href="(\/tasks\/[^"]+)"/)[1], broker.issuer).href)
	const claimed = task.form('claim-form') ? await desk.submit(task, 'claim-form', { do: 'claim' }) : task
	const page = claimed.form('decide') ? claimed : await desk.open(task.url)
	const done = await desk.submit(page, 'decide', { decision, reason: '已电话核实' })

	assert.ok(!done.error, `${done} ${done.error}`)
	return page
}

test('somebody else under the same id of the upstream is held, a reviewer keeps the link or ends it', async () => {
	const first = await come()
	const own = await sub(first)
	assert.ok(own)

	standin.change.user = { username: '李五', idnum: FILES.wangwu.number }
	const stranger = await come()
	assert.ok(!stranger.end.params?.code, `${stranger.end}`)
	assert.equal(stranger.end.error, 'link_conflict', `${stranger.end}`)
	const seen = await decide('reject')
	assert.ok(seen.html.includes('李四') && seen.html.includes('李五'), 'both names')
	for (const number of [FILES.lisi.number, FILES.wangwu.number])
		assert.ok(!seen.html.includes(number), 'numbers are masked')

	standin.change = {}
	assert.equal(await sub(await come()), own, 'turned down: the link stays, for the person it was made for')

	standin.change.user = { username: '李五', idnum: FILES.wangwu.number }
	assert.equal((await come()).end.error, 'link_conflict')
	await decide('approve')
	const other = await come()
	assert.ok(other.end.params?.code, `${other.end} ${other.end.error}`)
	assert.notEqual(await sub(other), own, 'the link is gone: somebody else is another account')
	assert.equal(broker.cli('store', 'check').code, 0)
})
