// SPDX-License-Identifier: Apache-2.0
// Every upstream of the registry turned hostile: whatever it answers, and whatever a browser brings back, logs in nobody but who was meant.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { registry } from '../standins/registry.mjs'
import { Stage } from '../standins/stage.mjs'
import { SPOILT } from '../standins/standin.mjs'
import { passwordLogin, sleep } from './harness.mjs'

let stage
before(async () => {
	stage = await Stage.set({
		net: { timeout: '1s', connect_timeout: '1s', allow: ['127.0.0.0/8'] },
		providers: [{ id: 'another', type: 'oauth2', title: { zh: '别处', en: 'another' }, authorization_url: 'http://127.0.0.1:9/a', token_url: 'http://127.0.0.1:9/t',
			userinfo_url: 'http://127.0.0.1:9/u', client_id: 'x', client_secret: 'x' }],
	})
	stage.allow(/"fault":"(unreachable|timeout)"/)
})
after(() => stage?.stop())

/** What is wrong about @end, where nobody should have been logged in; nothing is. */
function wrong(end) {
	if (end.redirect || end.params?.code)
		return `logged in: ${end}`
	if (end.name !== 'login' || !/^provider_(failed|rejected|denied)$/.test(end.error ?? ''))
		return `${end}`
	return undefined
}

/** The callback again, by the way the upstream sent it. */
const open = (browser, back, form) => form ? browser.go(back, { method: 'POST', form, headers: { Origin: 'null' } }) : browser.open(back)
/** Either the address or the form changed by @change(params). */
function changed({ back, form }, change) {
	if (form) {
		const fields = { ...form }

		change({ get: (k) => fields[k], set: (k, v) => { fields[k] = v }, delete: (k) => { delete fields[k] } })
		return [back, fields]
	}
	const url = new URL(back)

	change(url.searchParams)
	return [url.href]
}

// Rows at the same time: each has a stand-in of its own.
describe('hostile upstreams', { concurrency: 6 }, () => {
	for (const row of registry) {
		const stateless = row.state === false
		const state = row.state ?? 'state'

		describe(row.name, { concurrency: 1 }, () => { // one stand-in tells one lie at a time
			for (const call of new Set(row.calls)) {
				test(`${row.name}: whatever is answered to ${call} but the truth logs nobody in`, async () => {
					const standin = stage.standins[row.name]
					const found = []

					for (const [what, spoil] of Object.entries(SPOILT)) {
						if (row.harmless?.[call]?.includes(what))
							continue
						standin.spoil[call] = spoil
						const forgotten = row.kept?.includes(call) && new Map(standin.tokens)
						if (forgotten)
							standin.tokens.clear() // what the broker kept is worth nothing now
						const begun = Date.now()
						const end = await stage.come(row, stage.browser(row))
						standin.honest()
						if (forgotten)
							forgotten.forEach((value, key) => standin.tokens.set(key, value))
						const problem = wrong(end) ?? (Date.now() - begun > 6000 ? `took ${Date.now() - begun} ms` : undefined)

						if (problem)
							found.push(`${what}: ${problem}`)
					}
					assert.deepEqual(found, [])
				})
			}

			if (row.kept)
				test(`${row.name}: what was kept of its answers is worth ten seconds`, () => sleep(10100)) // nothing is asked for anew more often

			test(`${row.name}: its own lies log nobody in`, async () => {
				const standin = stage.standins[row.name]
				const found = []

				for (const [what, tell] of row.lies) {
					tell(standin)
					const end = await stage.come(row, stage.browser(row))
					standin.honest()
					const problem = wrong(end)

					if (problem)
						found.push(`${what}: ${problem}`)
				}
				assert.deepEqual(found, [])
				assert.ok((await stage.come(row, stage.browser(row))).params?.code, 'and afterwards the truth does')
			})

			test(`${row.name}: a callback works once, and only in the browser that left`, async () => {
				const { browser, back, form } = await stage.halfway(row)
				const foreign = stage.browser(row)

				await foreign.open(stage.client(row).request().url)
				const stolen = await open(foreign, back, form)
				assert.ok(!stolen.redirect, `${stolen}`)
				assert.match(stolen.error, /^interaction_(foreign|expired)$/)
				const first = await open(browser, back, form)
				assert.ok(first.params?.code, `the attempt did not use it up for its owner: ${first}`)
				const again = await open(browser, back, form)
				assert.ok(!again.redirect, `${again}`)
				assert.match(again.error, /^interaction_(foreign|expired)$/)
			})

			test(`${row.name}: its answer is none of another provider’s (mix-up)`, async () => {
				const { browser, back, form } = await stage.halfway(row)
				const from = stage.standins[row.name].calls.length
				const end = await open(browser, back.replace(`/login/${row.name}/`, '/login/another/'), form)

				assert.ok(!end.redirect, `${end}`)
				assert.match(end.error, /^(interaction_expired|provider_failed)$/)
				assert.equal(stage.standins[row.name].calls.length, from)
			})

			if (!stateless) {
				test(`${row.name}: no state, an empty, a made-up, somebody else’s, and one said twice`, async () => {
					const other = await stage.halfway(row, { person: 'wangwu' })
					const others = other.form ? other.form[state] : new URL(other.back).searchParams.get(state)

					for (const [what, change] of [
						['none', (params) => params.delete(state)], ['an empty one', (params) => params.set(state, '')],
						['a made-up one', (params) => params.set(state, 'A'.repeat(43))], ['somebody else’s', (params) => params.set(state, others)],
					]) {
						const half = await stage.halfway(row)
						const from = stage.standins[row.name].calls.length
						const end = await open(half.browser, ...changed(half, change))

						assert.ok(!end.redirect, `${what}: ${end}`)
						assert.match(end.error, /^(interaction_(foreign|expired)|invalid_request)$/, what)
						assert.equal(stage.standins[row.name].calls.length, from, `${what}: the upstream is not asked`)
					}
					const half = await stage.halfway(row)
					if (!half.form)
						assert.equal((await half.browser.open(`${half.back}&${state}=x`)).error, 'duplicate_parameter')
				})
			}

			test(`${row.name}: what the browser brings along leads nowhere else`, async () => {
				const half = await stage.halfway(row)
				const evil = 'https://evil.example/'
				const extra = ['goto', 'return_to', 'redirect_uri', 'url', 'target', 'service', 'next', 'RelayState'].filter((name) => name !== state)
				const end = await open(half.browser, ...changed(half, (params) => extra.forEach((name) => params.get(name) ?? params.set(name, evil))))

				assert.ok(end.redirect ? end.redirect.href.startsWith(stage.client(row).config.redirect_uris[0]) : end.url.startsWith(stage.brokers[row.name].issuer), `${end}`)
			})
		})
	}
})

test('after all of that everybody still logs in, also by password', async () => {
	await sleep(100)
	for (const row of registry) {
		const browser = stage.browser(row)
		const page = await browser.open(stage.client(row).request().url)

		assert.ok((await passwordLogin(browser, page)).params?.code)
		assert.ok((await stage.come(row, stage.browser(row))).params?.code, row.name)
	}
})
