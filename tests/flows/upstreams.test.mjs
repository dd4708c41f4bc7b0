// SPDX-License-Identifier: Apache-2.0
// Every upstream of the registry, walked by its own protocol: first login, second login, another person, refusal.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { registry } from '../standins/registry.mjs'
import { Stage } from '../standins/stage.mjs'
import { passwordLogin } from './harness.mjs'

let stage
before(async () => { stage = await Stage.set() })
after(() => stage?.stop())

for (const row of registry) {
	test(`${row.name}: the first login begins an account, the second finds it, another person is another account`, async () => {
		const standin = stage.standins[row.name]
		const from = standin.calls.length
		const first = await stage.login(row, { person: 'lisi' })

		assert.deepEqual(standin.asked(from), row.calls, 'what the broker asked')
		const second = await stage.login(row, { person: 'lisi' })
		const other = await stage.login(row, { person: 'wangwu' })
		assert.equal(second.claims.sub, first.claims.sub)
		assert.notEqual(other.claims.sub, first.claims.sub)
		assert.deepEqual(first.claims.amr, ['ext'])
		for (const [key, value] of Object.entries(row.identity))
			assert.deepEqual(key === 'acr' ? first.claims.acr : first.userinfo[key], value, key)
	})

	test(`${row.name}: who refuses there can take another way`, async () => {
		const browser = stage.browser(row)
		const end = await stage.come(row, browser, { person: 'lisi', refuse: true })

		if (row.refuses === false)
			return assert.equal(end.name, 'refused', 'the upstream keeps the person')
		assert.equal(end.name, 'login', `${end}`)
		assert.equal(end.error, 'provider_denied')
		assert.ok((await passwordLogin(browser, end)).params?.code)
	})
}
