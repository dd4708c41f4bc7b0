// SPDX-License-Identifier: Apache-2.0
// Everything at once, as on a working day: logins by password, by phone and by upstreams, an import, versions that take force, reloads, figures. What it is
// for is ./dev race, and the sanitizers; afterwards everybody still comes in. YIMEN_SECONDS: how long.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CmppGateway } from '../standins/cmpp.mjs'
import { register, registry } from '../standins/registry.mjs'
import { walk } from '../standins/standin.mjs'
import { Browser } from './browser.mjs'
import { Broker, CLIENTS, passwordLogin, sleep, until, yimen } from './harness.mjs'

const SECONDS = Number(process.env.YIMEN_SECONDS ?? 5)
const ROWS = registry.filter((row) => Number(row.identity.acr) <= 1 && !row.walk && !row.leave)
const OLD = 'Old@1234'
const robot = { id: 'robot', secret: 'demo-robot-secret-00', grant_types: ['client_credentials'], scopes: ['config'], default_scopes: ['config'] }
const standins = {}
let broker, gateway

before(async () => {
	gateway = await CmppGateway.start({ version: '3.0' })
	for (const row of ROWS)
		standins[row.name] = await row.start({})
	broker = await Broker.start({
		http: { threads: 4 },
		clients: [CLIENTS.public(), robot],
		providers: ROWS.map((row) => ({ id: row.name, title: { zh: row.name, en: row.name }, ...row.config(standins[row.name]) })),
		sms: { gateway: undefined, file: undefined, routes: [
			{ id: 'carrier', gateway: 'cmpp', host: '127.0.0.1', port: gateway.port, source_addr: '901234', secret: '1234', source_number: '10690001', version: '3.0' } ] },
	}, [1, 2, 3, 4].map((n) => ({ login: `person${n}`, phone: `1380013800${n}` })))
	register(standins, broker)
	await until(() => broker.events('cmpp.connected').length, 'the carrier')
})
after(async () => {
	await broker.stop()
	await gateway.close()
	await Promise.all(Object.values(standins).map((standin) => standin.stop()))
})

const start = (browser) => browser.open(broker.client('demo-public').request().url)
const done = (end) => assert.ok(end.redirect ?? end.params, `${end} ${end.error}`)

async function byPassword(login, password) {
	const browser = broker.browser()

	done(await passwordLogin(browser, await start(browser), { login, ...password && { password } }))
}

async function byPhone(phone) {
	const browser = broker.browser()
	const page = await browser.submit(await browser.click(await start(browser), 'tab-phone'), 'otp-send', { phone, do: 'send' })

	assert.ok(page.has('otp-verify'), `${page} ${page.error}`)
	const message = gateway.messages.findLast((one) => one.phone === phone)
	done(await browser.submit(page, 'otp-verify', { code: /\d{6}/.exec(message.text)[0] }))
	await sleep(1100) // otp.resend_after
}

async function byUpstream(row, person) {
	const browser = new Browser([broker.issuer, standins[row.name].origin], { headers: row.browser })

	done(await walk(browser, await browser.click(await start(browser), `provider-${row.name}`), { person }))
}

let token
async function activate(n) {
	token ??= (await broker.client('robot').token({ grant_type: 'client_credentials' })).json.access_token
	const post = async (path, body = {}) => {
		const response = await broker.get(`/api/v1/config${path}`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

		assert.equal(response.status, 200, `${path} ${await response.clone().text()}`)
		return response.json()
	}
	const { version } = await post('/drafts', { reason: 'a working day' })

	await post(`/versions/${version}/edit`, { edits: [{ path: 'branding.name.zh', value: `第${n}版` }] })
	await post(`/versions/${version}/activate`)
	await sleep(150)
}

function importRows(n) {
	const file = join(broker.dir, `day-${n}.csv`)
	const rows = Array.from({ length: 60 }, (_, i) => `individual,d${n}-${i},139${String(n * 100 + i).padStart(8, '0')},${createHash('md5').update(`${OLD}s`).digest('hex')},s`)

	writeFileSync(file, `kind,legacy_id,phone,digest,salt\n${rows.join('\n')}\n`)
	return new Promise((ended) => spawn(yimen(), ['legacy', 'import', '--source', 'torch', '--quiet', '--config', broker.file, file], { stdio: 'ignore' }).once('exit', ended))
}

test('logins, an import, activations, reloads and figures at once disturb nobody', async () => {
	const end = Date.now() + SECONDS * 1000
	const made = {}
	const again = async (what, work) => {
		for (let n = 1; Date.now() < end; n++) {
			await work(n)
			made[what] = (made[what] ?? 0) + 1
		}
	}

	await Promise.all([
		again('password', () => byPassword('person1')), again('password', () => byPassword('person2')),
		again('phone', () => byPhone('13800138003')), again('phone', () => byPhone('13800138004')),
		...ROWS.map((row, i) => again(row.name, (n) => byUpstream(row, (n + i) % 2 ? 'lisi' : 'wangwu'))),
		again('activate', activate),
		again('import', async (n) => {
			assert.equal(await importRows(n), 0)
			await byPassword(`139${String(n * 100).padStart(8, '0')}`, OLD)
		}),
		again('reload', async () => {
			await broker.reloaded()
			await sleep(100)
		}),
		again('figures', async () => {
			assert.equal((await broker.get('/metrics')).status, 200)
			await sleep(50)
		}),
	])
	for (const what of ['password', 'phone', 'activate', 'import', 'reload', 'figures', ...ROWS.map((row) => row.name)])
		assert.ok(made[what] > 0, `${what}: ${JSON.stringify(made)}`)
	await byPassword('person1')
	assert.equal(broker.cli('store', 'check').code, 0)
})
