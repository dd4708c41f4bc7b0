// SPDX-License-Identifier: Apache-2.0
// A backup is taken while people log in, and put back: what was given before or since opens nothing any more, and everybody is still who they were.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, passwordLogin } from './harness.mjs'

const FILE = '0190163d-8694-739b-aea5-966c26f8ad91'
let broker, dir, data
const login = (browser, who = 'zhangsan', scope = 'openid offline_access') =>
	broker.client('demo-public').login(browser, { scope, login: (page) => passwordLogin(browser, page, { login: who }) })
const userinfo = async (tokens) => (await broker.client('demo-public').userinfo(tokens.access_token)).status

before(async () => {
	broker = await Broker.start()
	dir = join(broker.dir, 'copy')
	data = broker.config.data_dir
	mkdirSync(join(data, 'files/91'), { recursive: true })
	writeFileSync(join(data, 'files/91', FILE), 'sealed bytes')
})
after(() => broker.stop())

test('backed up under load, refused over something, and put back with a new epoch', async () => {
	const browser = broker.browser()
	const first = await login(browser)
	const many = Array.from({ length: 8 }, () => login(broker.browser()))
	const taken = broker.cli('backup', dir)

	assert.equal(taken.code, 0, taken.err)
	assert.equal(taken.json.dir, dir)
	await Promise.all(many)
	assert.equal(readFileSync(join(dir, 'files/91', FILE), 'utf8'), 'sealed bytes')
	assert.ok(!existsSync(join(dir, 'store.key')), 'keys are kept apart')
	assert.notEqual(broker.cli('backup', dir).code, 0, 'nothing is written over')

	broker.account({ login: 'lisi', phone: '13900139000' })
	const second = await login(broker.browser())
	assert.equal(await userinfo(first.tokens), 200)
	assert.match(broker.cli('restore', dir).err, /the daemon runs/)

	await broker.kill()
	assert.match(broker.cli('restore', dir).err, /there is a store already/)
	rmSync(join(data, 'store'), { recursive: true })
	rmSync(join(data, 'files'), { recursive: true })
	copyFileSync(join(data, 'store.key'), join(broker.dir, 'key'))
	rmSync(join(data, 'store.key'))
	assert.match(broker.cli('restore', dir).err, /put back the key/)
	copyFileSync(join(broker.dir, 'key'), join(data, 'store.key'))
	const restored = broker.cli('restore', dir)
	assert.equal(restored.code, 0, restored.err)
	assert.ok(restored.json.ended >= 2, JSON.stringify(restored.json))
	assert.equal(readFileSync(join(data, 'files/91', FILE), 'utf8'), 'sealed bytes')

	await broker.run()
	const party = broker.client('demo-public')
	for (const { tokens } of [first, second]) {
		assert.equal(await userinfo(tokens), 401)
		const again = await party.refresh(tokens.refresh_token)
		assert.equal(again.json.error, 'invalid_grant')
	}
	const page = await browser.open(party.request().url)
	assert.equal(page.name, 'login', 'the browser’s session is over')
	const now = await login(broker.browser())
	assert.equal(now.claims.sub, first.claims.sub)
	assert.notEqual(broker.cli('account', 'show', '--login', 'lisi').code, 0, 'came after the backup')
	assert.equal(broker.cli('store', 'check').code, 0)
	assert.equal(broker.cli('store', 'verify-audit').code, 0)
})

test('a place that holds no backup', async () => {
	await broker.kill()
	rmSync(join(data, 'store'), { recursive: true })
	assert.match(broker.cli('restore', join(broker.dir, 'nowhere')).err, /no backup lies there/)
	assert.equal(broker.cli('restore').code, 64)
	assert.match(broker.cli('restore', dir).err, /or files/, 'never into what is left of another')
	rmSync(join(data, 'files'), { recursive: true })
	assert.equal(broker.cli('restore', dir).code, 0)
	await broker.run()
})
