// SPDX-License-Identifier: Apache-2.0
// Every upstream of the registry, walked by its own protocol: first login, second login, another person, refusal.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { register, registry } from '../standins/registry.mjs'
import { walk } from '../standins/standin.mjs'
import { Broker, CLIENTS, passwordLogin } from './harness.mjs'
import { Browser } from './browser.mjs'

const standins = {}
let broker
before(async () => {
	for (const row of registry)
		standins[row.name] = await row.start({})
	broker = await Broker.start({
		providers: registry.map((row) => ({ id: row.name, title: { zh: row.name, en: row.name }, ...row.config(standins[row.name]) })),
		clients: [CLIENTS.public()],
	})
	register(standins, broker)
})
after(async () => {
	await broker?.stop()
	for (const standin of Object.values(standins))
		await standin.stop()
})

const newBrowser = (row) => new Browser([broker.issuer, standins[row.name].origin], { headers: row.browser })
const leave = (row, browser, page) => row.leave ? row.leave(browser, page, row.name) : browser.click(page, `provider-${row.name}`)
const come = async (row, browser, page, how) => (row.walk ?? walk)(browser, await leave(row, browser, page), how)

async function login(row, how, browser = newBrowser(row)) {
	const rp = broker.client('demo-public')
	const result = await rp.login(browser, { login: (page) => come(row, browser, page, how) })

	return { ...result, userinfo: (await rp.userinfo(result.tokens.access_token)).json }
}

for (const row of registry) {
	test(`${row.name}: the first login begins an account, the second finds it, another person is another account`, async () => {
		const standin = standins[row.name]
		const from = standin.calls.length
		const first = await login(row, { person: 'lisi' })

		assert.deepEqual(standin.asked(from), row.calls, 'what the broker asked')
		const second = await login(row, { person: 'lisi' })
		const other = await login(row, { person: 'wangwu' })
		assert.equal(second.claims.sub, first.claims.sub)
		assert.notEqual(other.claims.sub, first.claims.sub)
		assert.deepEqual(first.claims.amr, ['ext'])
		for (const [key, value] of Object.entries(row.identity))
			assert.deepEqual(key === 'acr' ? first.claims.acr : first.userinfo[key], value, key)
	})

	test(`${row.name}: who refuses there can take another way`, async () => {
		const browser = newBrowser(row)
		const page = await browser.open(broker.client('demo-public').request().url)
		const end = await come(row, browser, page, { person: 'lisi', refuse: true })

		if (row.refuses === false)
			return assert.equal(end.name, 'refused', 'the upstream keeps the person')
		assert.equal(end.name, 'login', `${end}`)
		assert.equal(end.error, 'provider_denied')
		assert.ok((await passwordLogin(browser, end)).params?.code)
	})
}
