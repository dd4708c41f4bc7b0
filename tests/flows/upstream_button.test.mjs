// SPDX-License-Identifier: Apache-2.0
// The administrator's test button over every upstream of the registry: it tells what is right from a wrong name, a wrong key and a host that is not there,
// before anything holds.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { registry } from '../standins/registry.mjs'
import { Broker, CLIENTS } from './harness.mjs'

const otherKey = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'der' } })
const standins = {}
let broker, bearer
before(async () => {
	for (const row of registry)
		standins[row.name] = await row.start({})
	broker = await Broker.start({
		net: { timeout: '2s', connect_timeout: '1s', allow: ['127.0.0.0/8'] },
		clients: [CLIENTS.public(), { id: 'provisioning', secret: 'provisioning-secret-0123456789', grant_types: ['client_credentials'], scopes: ['config'] }],
	})
	broker.allow(/"fault":"(unreachable|timeout)"/)
	bearer = (await broker.client('provisioning').token({ grant_type: 'client_credentials', scope: 'config' })).json.access_token
})
after(async () => {
	await broker?.stop()
	for (const standin of Object.values(standins))
		await standin.stop()
})

async function api(path, body) {
	const response = await fetch(`${broker.issuer}/api/v1/config/${path}`, { method: 'POST', headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
	const text = await response.text()

	assert.ok(response.ok, `${path}: ${response.status} ${text}`)
	return JSON.parse(text)
}

/** What the button says of @config in a draft: { good, reason }. */
async function press(config) {
	const draft = await api('drafts', { reason: 'a way in' })

	await api(`versions/${draft.version}/edit`, { edits: [{ path: 'providers.tried', value: { title: { zh: '试', en: 'Tried' }, ...config } }] })
	return api(`versions/${draft.version}/test`, { path: 'providers.tried' })
}

/** What these answer to a ticket that they do not know is published nowhere: the button says so instead of guessing. */
const UNTOLD = ['zhejiang-legal', 'zhejiang-mini', 'jis']

for (const row of registry)
	test(`${row.name}: what is right passes, and nobody's way in is used up`, async () => {
		const { good, reason } = await press(row.config(standins[row.name]))

		if (UNTOLD.includes(row.name))
			assert.match(reason, /a code that this configuration does not know/)
		else
			assert.ok(good, reason)
	})

const by = (name) => registry.find((row) => row.name === name)
for (const [name, what, change, reason] of [
	['alipay', 'another app_id', { app_id: '2021000000000009' }, /no application with this app_id/],
	['alipay', 'another private key', () => ({ private_key: otherKey().privateKey.toString('base64') }), /private key is not the one/],
	['alipay', 'another key of Alipay', () => ({ alipay_public_key: otherKey().publicKey.toString('base64') }), /not what Alipay signs with/],
	['wechat', 'another AppID', { app_id: 'wx_other' }, /no such AppID/],
	['wechat', 'another AppSecret', { app_secret: 'other' }, /AppSecret is not the one/],
	['wechat', 'another AppSecret of the service account', { inner_app_secret: 'other' }, /AppSecret is not the one/],
	['wecom', 'another corp_id', { corp_id: 'ww_other' }, /no such corp_id/],
	['wecom', 'another secret', { secret: 'other' }, /secret is not the one/],
	['dingtalk', 'another secret', { app_secret: 'other' }, /AppSecret is not the one/],
	['dingtalk-sns', 'another secret', { app_secret: 'other' }, /AppSecret is not the one/],
	['qq', 'another APP ID', { app_id: '102' }, /no such APP ID/],
	['qq', 'another APP Key', { app_key: 'other' }, /APP Key is not the one/],
	['oauth2', 'another secret', { client_secret: 'another-secret' }, /client unknown or secret wrong/],
	['alipay', 'a host where nobody listens', { gateway_url: 'http://127.0.0.1:9/gateway.do' }, /cannot be reached/],
	['wechat', 'an address without an interface', (standin) => ({ api_url: `${standin.origin}/nowhere` }), /nothing at this address \(404\)/],
	['qq', 'an address that is not public', { base_url: 'https://10.1.2.3' }, /net\.allow/],
])
	test(`${name}: ${what} is named`, async () => {
		const standin = standins[name]
		const said = await press({ ...by(name).config(standin), ...(typeof change === 'function' ? change(standin) : change) })

		assert.equal(said.good, false)
		assert.match(said.reason, reason)
	})

test('what is tried out in vain closes no way in, and what is away can be tried', async () => {
	const dead = { ...by('alipay').config(standins.alipay), gateway_url: 'http://127.0.0.1:9/gateway.do' }

	for (let i = 0; i < 6; i++) // one more than it takes for people's logins
		assert.match((await press(dead)).reason, /cannot be reached/)
	assert.deepEqual(broker.events('outlet.left_alone'), [])
	assert.ok((await press(by('alipay').config(standins.alipay))).good)
})
