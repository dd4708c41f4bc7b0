// SPDX-License-Identifier: Apache-2.0
// One person with two accounts: joined by proof of both, taken apart again; what clients are told of them stays as it is.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Broker, PASSWORD, client, passwordLogin, until } from './harness.mjs'
import { Authenticator, halfMinute } from './totp.mjs'

const OLD = 'Old@1234'
const md5 = createHash('md5').update(`${OLD}s`).digest('hex')
const row = (id, phone) => `individual,${id},${phone},${phone},${md5},s\n`
const SECRET = 'demo-system-secret'
const SCOPES = ['openid', 'profile', 'legacy', 'directory.users', 'directory.legacy']
const system = (id, more) => client(id, { secret: SECRET, scopes: SCOPES, grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], ...more })

let broker, receiver
const posts = []
before(async () => {
	receiver = createServer((request, response) => {
		let body = ''
		request.on('data', (data) => { body += data }).on('end', () => {
			posts.push(JSON.parse(body))
			response.end()
		})
	})
	await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready))
	const url = (path) => `http://127.0.0.1:${receiver.address().port}/${path}`
	broker = await Broker.start({
		clients: [client('demo-public', { type: 'public', scopes: SCOPES }), system('old'), system('other'), system('late'), system('apart', { subject: 'pairwise', sector: 'a.example' })],
		webhooks: [{ id: 'old', url: url('old'), secret: 'demo-webhook-secret-0123456789', client: 'old', events: ['user.merged', 'user.split'] }],
	}, ['anna', 'berta', 'carla', 'dora', 'emil', 'frida', 'gustav', 'hans', 'ida', 'jana', 'kurt', 'lena', 'mara', 'nils'].map((login) => ({ login })))
	broker.set('carla', { 'realname-level': 2, name: '甲' })
	broker.set('dora', { 'realname-level': 2, name: '乙' })
	assert.deepEqual(broker.legacy(`kind,legacy_id,login_name,phone,digest,salt\n${row('1', '13900000001')}${row('2', '13900000002')}`).counts, { P1: 2 })
})
after(async () => {
	await broker.stop()
	await new Promise((done) => receiver.close(done))
})

async function visit(login, path = '/account/merge', password) {
	const browser = broker.browser()

	return { browser, page: await passwordLogin(browser, await browser.open(broker.issuer + path), { login, ...(password && { password }) }) }
}
const post = (browser, page, form) => browser.go(`${broker.issuer}/account/merge`, { method: 'POST', form: { csrf: page.html.match(/name="csrf" value="([^"]+)"/)[1], ...form },
	headers: { Origin: broker.issuer } })

/** As @first, ask; log in as @second; what is shown then. */
async function ask(first, second, passwords = []) {
	const { browser, page } = await visit(first, '/account/merge', passwords[0])
	const login = await post(browser, page, { do: 'begin' })

	assert.equal(login.name, 'login')
	return { browser, page: await passwordLogin(browser, login, { login: second, ...(passwords[1] && { password: passwords[1] }) }) }
}
async function join(...args) {
	const { browser, page } = await ask(...args)

	assert.equal(page.name, 'account-merge')
	assert.ok(page.has('submit-merge'), String(page))
	return { browser, page: await browser.submit(page, 'merge', { do: 'merge' }) }
}
async function claims(login, id, password, scope = 'openid profile legacy') {
	const browser = broker.browser()
	const { tokens, claims: told } = await broker.client(id).login(browser, { scope, login: (page) => passwordLogin(browser, page, { login, ...(password && { password }) }) })
	const info = (await broker.client(id).userinfo(tokens.access_token)).json

	assert.equal(info.sub, told.sub)
	return info
}
const sub = async (login, id) => (await claims(login, id)).sub
const entries = (page) => [...page.html.matchAll(/entry-title">([^<]+)/g)].map((m) => m[1].trim())

test('two accounts become one person; old clients see no change, new ones one sub; a split gives each its own back', async () => {
	const known = { anna: await sub('anna', 'old'), berta: await sub('berta', 'old'), bertaAtOther: await sub('berta', 'other'), annaApart: await sub('anna', 'apart') }

	assert.notEqual(known.anna, known.berta)
	const { page, browser } = await join('berta', 'anna')
	assert.deepEqual(entries(page), ['anna', 'berta'])
	assert.equal(await sub('anna', 'old'), known.anna, 'who knows both goes on knowing both')
	assert.equal(await sub('berta', 'old'), known.berta)
	assert.equal(await sub('anna', 'other'), known.bertaAtOther, 'who knows one is told this one')
	assert.equal(await sub('berta', 'apart'), known.annaApart)
	const late = await sub('berta', 'late')
	assert.equal(await sub('anna', 'late'), late, 'who knew neither sees one person')
	await until(() => posts.some((one) => one.type === 'user.merged'), 'the event')
	assert.deepEqual(posts.find((one) => one.type === 'user.merged').data, { sub: known.anna, other_sub: known.berta })

	const part = page.html.match(/name="subject" value="([^"]+)"/)[1]
	assert.deepEqual(entries(await post(browser, page, { do: 'split', subject: part })), ['anna'])
	assert.deepEqual(entries(await post(browser, page, { do: 'split', subject: part })), ['anna'], 'twice is once')
	assert.deepEqual([await sub('anna', 'old'), await sub('berta', 'old'), await sub('berta', 'other')], [known.anna, known.berta, known.bertaAtOther])
	assert.equal(await sub('anna', 'late'), late)
	assert.notEqual(await sub('berta', 'late'), late)
	await until(() => posts.some((one) => one.type === 'user.split'), 'the event')
	assert.match((await visit('anna', '/account/audit')).page.html, /拆分账号/)
})

test('an old account belongs to the whole person, and goes with the account that proved it', async () => {
	const before_ = await claims('emil', 'old')

	assert.deepEqual(before_.legacy, [])
	const { browser, page } = await join('emil', '13900000001', [undefined, OLD])
	assert.deepEqual((await claims('emil', 'old')).legacy.map((one) => one.account_id), ['1'])
	assert.match((await browser.open(`${broker.issuer}/account/bindings`)).html, /torch/)
	await post(browser, page, { do: 'split', subject: page.html.match(/name="subject" value="([^"]+)"/)[1] })
	assert.deepEqual((await claims('emil', 'old')).legacy, [])
	assert.deepEqual((await claims('13900000001', 'old', OLD)).legacy.map((one) => one.account_id), ['1'])
})

test('more old accounts of a system than one person may hold: refused, nothing is changed', async () => {
	const { page } = await join('13900000001', '13900000002', [OLD, OLD])

	assert.equal(page.error, 'merge_legacy')
	assert.deepEqual((await claims('13900000001', 'old', OLD)).legacy.map((one) => one.account_id), ['1'])
})

test('two persons by their documents stay two', async () => {
	assert.equal((await join('carla', 'dora')).page.error, 'merge_persons')
})

test('the same account twice, and accounts that are one already', async () => {
	assert.equal((await ask('frida', 'frida')).page.error, 'merge_same')
	await join('frida', 'gustav')
	assert.equal((await join('gustav', 'frida')).page.error, 'merge_same')
})

test('a ticket is of the browser that asked, and works once', async () => {
	const { browser, page } = await ask('hans', 'ida')
	const ticket = page.html.match(/name="ticket" value="([^"]+)"/)[1]
	const victim = await visit('jana')

	assert.equal((await victim.browser.open(`${broker.issuer}/account/merge?ticket=${ticket}`)).error, 'expired')
	assert.equal((await post(victim.browser, victim.page, { do: 'merge', ticket })).error, 'expired')
	assert.deepEqual(entries(await victim.browser.open(`${broker.issuer}/account/merge`)), ['jana'])
	assert.deepEqual(entries(await browser.submit(page, 'merge', { do: 'merge' })), ['hans', 'ida'])
	assert.equal((await browser.submit(page, 'merge', { do: 'merge' })).error, 'expired', 'double submit, back button')
	for (const form of [{ do: 'merge', ticket: 'nonsense' }, { do: 'merge' }])
		assert.equal((await post(browser, page, form)).error, 'expired', JSON.stringify(form))
	for (const form of [{ do: 'split', subject: 'nonsense' }, { do: 'nonsense' }, {}])
		assert.equal((await post(browser, page, form)).status, 400, JSON.stringify(form))
	assert.equal((await post(browser, page, { do: 'split', subject: '0198c2a2-0000-7000-8000-000000000001' })).name, 'account-merge', 'not a part of mine: nothing happens')
})

test('a ticket ends with the password of the account that asked', async () => {
	const thief = await visit('mara')
	const login = await post(thief.browser, thief.page, { do: 'begin' })
	const owner = await visit('mara', '/password')
	const changed = await owner.browser.submit(owner.page, 'password', { password_old: PASSWORD, password: 'Other@1234', password_confirm: 'Other@1234' })
	assert.ok(!changed.error, `${changed} ${changed.error}`)
	const page = await passwordLogin(thief.browser, login, { login: 'nils' })
	assert.equal(page.error, 'expired', `${page}`)
	assert.ok(!page.has('submit-merge'))
	assert.equal((await post(thief.browser, page, { do: 'merge', ticket: new URL(page.url).searchParams.get('ticket') })).error, 'expired')
})

test('a split takes nobody else apart', async () => {
	const part = (await visit('gustav')).page.html.match(/name="subject" value="([^"]+)"/)[1]
	const stranger = await visit('jana')

	await post(stranger.browser, stranger.page, { do: 'split', subject: part })
	assert.deepEqual(entries((await visit('frida')).page), ['frida', 'gustav'])
})

test('two-step verification: proof of both is both of its steps; each account keeps its own, joined and apart', async () => {
	await halfMinute()
	const kurt = await visit('kurt', '/account/second-factor')
	const app = new Authenticator(kurt.page.text('secret'))
	assert.equal((await kurt.browser.submit(kurt.page, 'second-factor', { code: app.code() })).name, 'recovery-codes')

	const { browser, page } = await ask('lena', 'kurt')
	assert.equal(page.name, 'second-factor', 'the password alone proves nothing of kurt')
	const ticket = new URL(page.url).searchParams
	assert.equal((await browser.open(`${broker.issuer}/account/merge`)).name, 'account-merge', 'lena is still logged in')
	assert.deepEqual(entries(await browser.open(`${broker.issuer}/account/merge`)), ['lena'], `nothing was joined ${ticket}`)
	const wrong = await browser.submit(page, 'second-factor', { code: '000000' })
	assert.equal(wrong.error, 'second_factor')
	const proved = await browser.submit(wrong, 'second-factor', { code: app.code() })
	assert.ok(proved.has('submit-merge'), `${proved}`)
	const joined = await browser.submit(proved, 'merge', { do: 'merge' })
	assert.deepEqual(entries(joined).sort(), ['kurt', 'lena'])

	const alone = async (login) => (await visit(login, '/account')).page.name
	assert.equal(await alone('kurt'), 'second-factor', 'as before')
	assert.equal(await alone('lena'), 'account', 'hers are not asked for his')
	await halfMinute()
	const other = await visit('lena', '/account/second-factor')
	assert.equal(other.page.text('factor-state'), '未启用', 'and she sees nothing of his')
	await post(browser, joined, { do: 'split', subject: joined.html.match(/name="subject" value="([^"]+)"/)[1] })
	assert.equal(await alone('kurt'), 'second-factor')
	assert.equal(await alone('lena'), 'account')
})

test('the directory tells of the whole person under the sub that the client knows', async () => {
	const at = async (path, id) => {
		const { json } = await broker.client(id).token({ grant_type: 'client_credentials', scope: 'directory.users directory.legacy' })
		const response = await fetch(`${broker.issuer}/api/v1/${path}`, { headers: { Authorization: `Bearer ${json.access_token}` } })

		return response.json()
	}
	const one = await sub('frida', 'late')

	assert.equal(await sub('gustav', 'late'), one)
	assert.deepEqual((await at(`users/${one}`, 'late')).accounts.map((account) => account.preferred_username), ['frida', 'gustav'])
	assert.ok((await at(`users/${one}`, 'late')).accounts.every((account) => account.sub === one))
	const known = await sub('13900000001', 'old').catch(() => null) ?? (await claims('13900000001', 'old', OLD)).sub
	assert.deepEqual((await at('legacy/torch', 'old')).items.filter((item) => item.account_id === '1').map((item) => item.sub), [known])
})

test('units’ accounts are not joined', async () => {
	broker.account({ login: 'keji', namespace: 'legal', unit: '91350100M000100Y43' })
	const browser = broker.browser()

	assert.equal((await passwordLogin(browser, await browser.open(`${broker.issuer}/account/merge`), { login: 'keji', namespace: 'legal' })).error, 'forbidden')
})
