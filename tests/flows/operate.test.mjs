// SPDX-License-Identifier: Apache-2.0
// Running it: documents and keys, reload, subcommands beside the daemon, restarts of its parts, the end in the middle of everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Broker, PASSWORD, client, isAlive, passwordLogin, sleep, until, yimen } from './harness.mjs'
import { peek, verifyJwt } from './client.mjs'
import { spawnSync } from 'node:child_process'

async function withBroker(config, work, accounts) {
	const broker = await Broker.start(config, accounts)
	let good = false

	try {
		await work(broker)
		good = true
	} finally {
		await broker.stop({ check: good })
	}
}
const login = (broker, browser, id = 'demo-public', params) => broker.client(id).login(browser, { ...params, login: (page) => (page.redirect ? page : passwordLogin(browser, page)) })
const service = (broker) => broker.client('demo-service').token({ grant_type: 'client_credentials' })

test('discovery, JWKS, health and metrics', () => withBroker({ keys: { algorithms: ['ES256', 'RS256'] } }, async (broker) => {
	const response = await broker.get('/.well-known/openid-configuration')
	const metadata = await response.json()

	assert.equal(metadata.issuer, broker.issuer)
	for (const [name, path] of [['authorization_endpoint', '/authorize'], ['token_endpoint', '/token'], ['userinfo_endpoint', '/userinfo'], ['jwks_uri', '/jwks'],
		['introspection_endpoint', '/introspect'], ['revocation_endpoint', '/revoke'], ['end_session_endpoint', '/logout']])
		assert.equal(metadata[name], broker.issuer + path)
	assert.deepEqual(metadata.response_types_supported, ['code'])
	assert.deepEqual(metadata.code_challenge_methods_supported, ['S256'])
	assert.equal(metadata.authorization_response_iss_parameter_supported, true)
	for (const name of ['subject_types_supported', 'id_token_signing_alg_values_supported', 'scopes_supported', 'claims_supported', 'grant_types_supported',
		'token_endpoint_auth_methods_supported', 'response_modes_supported', 'ui_locales_supported'])
		assert.ok(metadata[name]?.length, name)
	assert.deepEqual((await (await broker.get('/.well-known/oauth-authorization-server')).json()).issuer, broker.issuer)
	for (const path of ['/.well-known/openid-configuration', '/jwks']) {
		const first = await broker.get(path)

		assert.match(first.headers.get('cache-control'), /max-age=\d+/)
		assert.equal(first.headers.get('access-control-allow-origin'), '*')
		const tag = first.headers.get('etag')
		if (tag)
			assert.equal((await broker.get(path, { headers: { 'If-None-Match': tag } })).status, 304)
	}
	const { keys } = await (await broker.get('/jwks')).json()
	assert.deepEqual(keys.map((key) => key.alg).sort(), ['ES256', 'RS256'])
	assert.ok(keys.every((key) => key.kid && key.use === 'sig' && !('d' in key) && !('p' in key)))
	assert.equal((await broker.get('/healthz')).status, 200)
	assert.equal((await broker.get('/readyz')).status, 200)
	await service(broker)
	const metrics = await (await broker.get('/metrics')).text()
	assert.match(metrics, /^# TYPE /m)
	assert.match(metrics, /token/)
	const missing = await broker.browser().open(`${broker.issuer}/nowhere`)
	assert.equal(missing.status, 404)
	assert.match(missing.reference, /\w+/)
	assert.equal((await broker.get('/authorize', { method: 'DELETE' })).status, 405)
	assert.equal((await broker.get('/authorize', { method: 'DELETE' })).headers.get('allow').includes('GET'), true)
}))

test('metrics are not for everyone', () => withBroker({ metrics: { allow: ['192.0.2.0/24'] } }, async (broker) => {
	assert.equal((await broker.get('/metrics')).status, 404)
}))

test('rotation publishes before it signs, and what the old key signed stays valid', () => withBroker({}, async (broker) => {
	const before = await service(broker)
	const browser = broker.browser()
	const { tokens } = await login(broker, browser)

	assert.equal(broker.cli('keys', 'rotate').code, 0)
	const jwks = await until(async () => {
		const set = await broker.client('demo-service').jwks()

		return set.keys.length === 2 && set
	}, 'the successor is published')
	const after = await service(broker)
	assert.equal(peek(after.json.access_token).header.kid, peek(before.json.access_token).header.kid, 'the new key does not sign yet')
	verifyJwt(before.json.access_token, jwks)
	verifyJwt(tokens.id_token, jwks)
	assert.equal((await broker.client('demo-public').userinfo(tokens.access_token)).status, 200)
	const list = broker.cli('keys', 'list')
	assert.equal(list.code, 0)
	assert.match(list.out, /published/)
}))

test('keys survive a restart, and so do sessions and tokens', async () => {
	const broker = await Broker.start()
	const browser = broker.browser()
	const { tokens } = await login(broker, browser)
	const kids = (await broker.client('demo-public').jwks()).keys.map((key) => key.kid)

	broker.process.kill('SIGTERM')
	assert.equal((await broker.ended).code, 0)
	await broker.run()
	try {
		assert.deepEqual((await broker.client('demo-public').jwks()).keys.map((key) => key.kid), kids)
		assert.equal((await broker.client('demo-public').userinfo(tokens.access_token)).status, 200)
		assert.equal((await broker.client('demo-public').refresh(tokens.refresh_token)).status, 200)
		assert.ok((await browser.open(broker.client('demo-public').request({ prompt: 'none' }).url)).params.code)
	} finally {
		await broker.stop()
	}
})

test('a reload adds a client and drops no request; a bad one is refused as a whole', () => withBroker({}, async (broker) => {
	let failures = 0, requests = 0, going = true
	const load = Array.from({ length: 6 }, async () => {
		while (going) {
			const answer = await service(broker).catch(() => ({}))

			requests++
			failures += answer.status !== 200
		}
	})

	for (let i = 0; i < 5; i++) {
		broker.config.clients.push(client(`added-${i}`, { type: 'public' }))
		broker.reload()
		await until(async () => (await broker.browser().open(broker.client(`added-${i}`).request().url)).name === 'login', `client added-${i}`)
	}
	const good = structuredClone(broker.config)
	broker.config.clients.push({ id: 'bad', colour: 'red' })
	broker.reload()
	await until(() => broker.events('reload.refused').length, 'the refusal is logged')
	assert.equal((await broker.browser().open(`${broker.issuer}/authorize?client_id=bad`)).error, 'unknown_client')
	assert.equal((await broker.browser().open(broker.client('added-4').request().url)).name, 'login', 'the old configuration is in force')
	broker.config = good
	broker.config.clients = broker.config.clients.filter((one) => one.id !== 'added-0')
	broker.reload()
	await until(async () => (await broker.browser().open(`${broker.issuer}/authorize?client_id=added-0`)).error === 'unknown_client', 'a client is gone')
	going = false
	await Promise.all(load)
	assert.equal(failures, 0, `${failures} of ${requests} requests failed`)
	assert.ok(requests > 50)
}))

test('a client that is disabled by a reload has no tokens any more', () => withBroker({}, async (broker) => {
	const browser = broker.browser()
	const { tokens } = await login(broker, browser, 'demo-portal')

	broker.config.clients.find((one) => one.id === 'demo-portal').enabled = false
	broker.reload()
	await until(() => broker.events('reload.done').length, 'reload')
	assert.equal((await broker.client('demo-portal').userinfo(tokens.access_token)).status, 401)
	assert.equal((await broker.client('demo-rs').introspect(tokens.access_token)).json.active, false)
	assert.equal((await broker.client('demo-portal').refresh(tokens.refresh_token)).status, 401)
}))

test('subcommands work beside the daemon and without it, and refuse what they should', async () => {
	const broker = await Broker.prepare()

	broker.account({ login: 'before' })
	await broker.run()
	try {
		broker.account({ login: 'during' })
		const browser = broker.browser()
		for (const name of ['before', 'during'])
			assert.ok((await passwordLogin(browser, await browser.open(broker.client('demo-public').request({ prompt: 'login' }).url), { login: name })).params.code)
		const doubled = broker.cli('account', 'add', '--login', 'during')
		assert.notEqual(doubled.code, 0)
		assert.match(doubled.err, /exists/)
		assert.notEqual(broker.cli('account', 'add', '--login', 'x', '--namespace', 'legal').code, 0)
		assert.notEqual(broker.cli('account', 'show', '--login', 'nobody').code, 0)
		assert.notEqual(broker.cli('account', 'frobnicate').code, 0)
		assert.notEqual(broker.cli('frobnicate').code, 0)
		for (const what of ['stats', 'check', 'verify-audit'])
			assert.equal(broker.cli('store', what).code, 0, what)
		assert.equal(broker.cli('check-config').code, 0)
		assert.equal(spawnSync(yimen(), ['help']).status, 0)
		assert.match(spawnSync(yimen(), ['version'], { encoding: 'utf8' }).stdout, /^yimen \d/)
	} finally {
		await broker.stop()
	}
})

test('a command that is not understood says how it is used', async () => {
	const broker = await Broker.prepare()

	for (const args of [['account'], ['account', 'frobnicate'], ['admin', 'x'], ['unit', 'x'], ['grant'], ['keys', 'x'], ['legacy', 'x'], ['store', 'x'], ['sms', 'x'],
		['verifier'], ['webhook', 'x'], ['upstream', 'x'], ['config'], ['config', 'x'], ['backup'], ['restore'], ['explain']]) {
		const result = broker.cli(...args)

		assert.deepEqual([args, result.code], [args, 64], result.err)
		assert.ok(result.err.includes(`usage: yimen ${args[0]} `), result.err)
	}
	const unknown = broker.cli('frobnicate')
	assert.deepEqual([unknown.code, /no command "frobnicate"/.test(unknown.err)], [64, true])
	await broker.stop()
})

test('a second daemon on the same data or port does not start', () => withBroker({}, async (broker) => {
	const run = spawnSync(yimen(), ['serve', '--config', broker.file], { encoding: 'utf8', timeout: 20000 })

	assert.ok(run.status > 0, `${run.status} ${run.stderr}`)
	assert.equal((await service(broker)).status, 200)
}))

test('demo secrets are refused outside demo mode', async () => {
	const broker = await Broker.prepare({ demo: false })
	const result = broker.cli('check-config')

	assert.notEqual(result.code, 0)
	assert.match(result.err, /demo/)
	await broker.stop({ check: false })
})

test('a mistake is told with file, line, column and a guess', async () => {
	const broker = await Broker.prepare({ sesion: { idle: '5m' }, http: { thread: 3 } })
	const { code, err } = broker.cli('check-config')

	assert.notEqual(code, 0)
	assert.match(err, /yimen\.yaml:\d+:\d+: .*sesion.*session/)
	assert.match(err, /yimen\.yaml:\d+:\d+: .*thread.*threads/)
	await broker.stop({ check: false })
})

test('the signer dies: it comes back and signs with the same keys', () => withBroker({}, async (broker) => {
	broker.allow(/"child.ended"|signer/)
	const kid = peek((await service(broker)).json.access_token).header.kid

	for (let i = 0; i < 3; i++) {
		const pid = broker.pid('signer')

		process.kill(pid, 'SIGKILL')
		await until(() => broker.pid('signer') !== pid, 'a new signer')
		const answer = await until(async () => {
			const one = await service(broker)

			return one.status === 200 && one
		}, 'signatures again', 5)
		assert.equal(peek(answer.json.access_token).header.kid, kid)
		assert.ok(isAlive(broker.pid('front')))
	}
}))

test('the front dies: ready again within 2 s, what was acknowledged is there', () => withBroker({}, async (broker) => {
	broker.allow(/"child.ended"/)
	const browser = broker.browser()
	const { tokens, request, code } = await login(broker, browser)
	const pid = broker.pid('front')

	process.kill(pid, 'SIGKILL')
	const began = Date.now()
	await until(() => !isAlive(pid), 'it is dead')
	await broker.ready(10)
	const took = Date.now() - began
	assert.ok(took < 2000 || /san/.test(yimen()), `${took} ms`)
	assert.equal((await broker.client('demo-public').userinfo(tokens.access_token)).status, 200)
	assert.ok((await browser.open(broker.client('demo-public').request({ prompt: 'none' }).url)).params.code)
	assert.equal((await broker.client('demo-public').redeem(request, code)).json.error, 'invalid_grant')
}))

test('kill -9 in the middle of load: what was acknowledged is active, what was used is used', async () => {
	const broker = await Broker.start()
	const rp = broker.client('demo-public')
	const browser = broker.browser()
	const granted = [], used = [], revoked = []

	try {
		await login(broker, browser)
		for (let round = 0; round < 5; round++) {
			let going = true
			const load = Array.from({ length: 8 }, async (_, i) => {
				while (going) {
					try {
						const { request, code } = await rp.code(browser, { login: (end) => end })
						const answer = await rp.redeem(request, code)

						if (answer.status !== 200)
							continue
						if (i === 0 && (await rp.revoke(answer.json.refresh_token)).status === 200)
							revoked.push(answer.json)
						else if (i)
							granted.push(answer.json)
						if (i === 1)
							used.push({ request, code, round })
					} catch {
						// the daemon is gone: nothing was acknowledged
					}
				}
			})

			await sleep(300 + round * 97)
			await broker.kill()
			going = false
			await Promise.all(load)
			const began = Date.now()
			await broker.run()
			const took = Date.now() - began
			assert.ok(took < 2000 || /san/.test(yimen()), `ready after ${took} ms`)
			for (const tokens of granted.slice(-40))
				assert.equal((await rp.userinfo(tokens.access_token)).status, 200, 'an acknowledged token is active')
			for (const tokens of revoked.slice(-10))
				assert.equal((await rp.userinfo(tokens.access_token)).status, 401, 'an acknowledged revocation stays')
		}
		assert.ok(granted.length > 20, `${granted.length} grants`)
		for (const { request, code } of used.slice(-20))
			assert.equal((await rp.redeem(request, code)).json.error, 'invalid_grant')
		assert.equal(broker.cli('store', 'check').code, 0)
		assert.equal(broker.cli('store', 'verify-audit').code, 0)
	} finally {
		await broker.stop()
	}
})

test('a graceful stop finishes what runs', async () => {
	const broker = await Broker.start({ password: { cost_memory: '64MiB', cost_time: 6 } })
	const browser = broker.browser()
	const page = await browser.open(broker.client('demo-public').request().url)
	const form = page.form('login-password')
	const pending = browser.request(form.action, { method: 'POST', form: { ...form.fields, login_name: 'zhangsan', password: PASSWORD } })

	await sleep(80)
	broker.process.kill('SIGTERM')
	const response = await pending
	assert.equal(response.status, 303, response.body_)
	assert.equal((await broker.ended).code, 0)
	await assert.rejects(broker.get('/healthz'))
	await broker.stop()
})

test('listening on a unix socket', async () => {
	const broker = await Broker.prepare()
	const { request } = await import('node:http')
	const path = `${broker.dir}/http.sock`

	broker.config.http.listen.push(`unix:${path}`)
	broker.write()
	await broker.run()
	const status = await new Promise((done, failed) => request({ socketPath: path, path: '/healthz' }, (response) => done(response.resume().statusCode)).on('error', failed).end())
	assert.equal(status, 200)
	await broker.stop()
})
