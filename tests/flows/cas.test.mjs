// SPDX-License-Identifier: Apache-2.0
// CAS single logout: the server posts the end of a session to the service that it gave the ticket to, which is our callback.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { row } from '../standins/cas.mjs'
import { walk } from '../standins/standin.mjs'
import { Browser } from './browser.mjs'
import { Broker, CLIENTS } from './harness.mjs'

let broker, standin
before(async () => {
	standin = await row.start({})
	broker = await Broker.start({ clients: [CLIENTS.public()], providers: [{ id: 'cas', title: { zh: '统一认证' }, ...row.config(standin) }] }, [])
})
after(async () => {
	await broker?.stop()
	await standin?.stop()
})

/** Logs in; the browser, and the ticket that it came with. */
async function session() {
	const browser = new Browser([broker.issuer, standin.origin])

	await broker.client('demo-public').login(browser, { login: async (page) => walk(browser, await browser.click(page, 'provider-cas'), { person: 'lisi' }) })
	return { browser, ticket: standin.calls.filter((call) => call.name === 'validate').at(-1).query.ticket }
}
const isIn = async ({ browser }) => new URL((await browser.open(`${broker.issuer}/account`)).url).pathname === '/account'
const request = (ticket) => `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">` +
	`<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@NOT_USED@</saml:NameID><samlp:SessionIndex>${ticket}</samlp:SessionIndex></samlp:LogoutRequest>`
const post = (text) => fetch(`${broker.issuer}/login/cas/callback?state=of-long-ago`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ logoutRequest: text }) })

test('the session of that ticket ends, and no other', async () => {
	const first = await session(), second = await session()

	assert.notEqual(first.ticket, second.ticket)
	assert.deepEqual([await isIn(first), await isIn(second)], [true, true])
	assert.equal((await post(request(first.ticket))).status, 200)
	assert.deepEqual([await isIn(first), await isIn(second)], [false, true])
})

test('a notice of nobody, one that is none, and one that brings entities of its own end nothing', async () => {
	const one = await session()

	assert.equal((await post(request('ST-unknown'))).status, 200)
	assert.equal((await post('<a/>')).status, 400)
	assert.equal((await post(`<!DOCTYPE a [<!ENTITY t "${one.ticket}">]>${request('&t;')}`)).status, 400)
	assert.ok(await isIn(one))
})
