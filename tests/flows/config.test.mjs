// SPDX-License-Identifier: Apache-2.0
// Configuration by administrators: versions over the API and the command line, in force without a restart, all or nothing, four eyes, rollback, secrets
// that nobody reads back, and a daemon that is killed in the middle of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Broker, CLIENTS, sleep, until, yimen } from './harness.mjs'

const SECRET = 'Zx81-very-secret-of-the-province'
const OTHER = 'Zx82-another-secret-of-the-province'
const PROVINCE = { type: 'oidc', issuer: 'https://id.province.example', client_id: 'yimen', client_secret: SECRET, title: { zh: '省平台' } }
const answers = []
let broker

const robot = { id: 'robot', secret: 'demo-robot-secret-00', grant_types: ['client_credentials'], scopes: ['config', 'directory.units'], default_scopes: ['config'] }
const reader = { ...robot, id: 'reader', secret: 'demo-reader-secret-0', scopes: ['directory.units'], default_scopes: ['directory.units'] }

before(async () => {
	broker = await Broker.start({ clients: [CLIENTS.portal(), CLIENTS.public(), robot, reader] })
})
after(() => broker.stop())

const tokens = {}
async function call(method, path, body, { id = 'robot' } = {}) {
	tokens[id] ??= (await broker.client(id).token({ grant_type: 'client_credentials' })).json.access_token
	const response = await broker.get(`/api/v1/config${path}`, { method, headers: { Authorization: `Bearer ${tokens[id]}`, ...body && { 'Content-Type': 'application/json' } },
		body: body && JSON.stringify(body) })
	const text = await response.text()

	answers.push(text)
	return { code: response.status, ...JSON.parse(text || '{}') }
}
const get = (path, options) => call('GET', path, undefined, options)
const post = (path, body = {}, options) => call('POST', path, body, options)
async function draft(reason = 'a test') {
	const answer = await post('/drafts', { reason })

	assert.equal(answer.code, 200, JSON.stringify(answer))
	return answer.version
}
async function edited(...edits) {
	const version = await draft()
	const answer = await post(`/versions/${version}/edit`, { edits })

	assert.equal(answer.code, 200, JSON.stringify(answer))
	return version
}
const activate = (version) => post(`/versions/${version}/activate`)
async function activated(...edits) {
	const version = await edited(...edits)
	const answer = await activate(version)

	assert.equal(answer.code, 200, JSON.stringify(answer))
	return version
}
const active = async () => (await get('')).active
const serviceName = async () => (await fetch(`${broker.issuer}/`)).text()
const admin = (...args) => {
	const result = broker.cli('config', ...args)

	answers.push(result.out, result.err)
	return result
}

test('nobody comes in without the scope', async () => {
	assert.equal((await broker.get('/api/v1/config')).status, 401)
	assert.equal((await get('', { id: 'reader' })).code, 403)
	assert.equal((await post('/drafts', {}, { id: 'reader' })).code, 403)
	const { code, active: number, four_eyes: eyes, sections } = await get('')
	assert.deepEqual([code, number, eyes], [200, 0, false])
	assert.ok(sections.includes('providers') && !sections.includes('store') && !sections.includes('review'))
})

test('a version is drafted, edited, validated, compared, activated, and holds without a restart', async () => {
	const before = broker.pid('front')
	const version = await edited({ path: 'branding.name.zh', value: '榕城一网通' })
	assert.doesNotMatch(await serviceName(), /榕城一网通/)
	const { valid, problems } = await post(`/versions/${version}/validate`)
	assert.deepEqual([valid, problems.filter((one) => !one.warning)], [true, []])
	const { changes } = await get(`/versions/${version}/diff`)
	assert.deepEqual(changes, [{ path: 'branding.name.zh', change: 'added', after: '榕城一网通', secret: false }])
	const answer = await activate(version)
	assert.deepEqual([answer.code, answer.state, answer.activator], [200, 'active', 'client:robot'])
	assert.match(await serviceName(), /榕城一网通/)
	assert.equal(await active(), version)
	assert.equal(broker.pid('front'), before)
	assert.equal((await activate(version)).code, 409) // once
	assert.equal((await post(`/versions/${version}/edit`, { edits: [{ path: 'otp.digits', value: 8 }] })).code, 409) // never again
})

test('a provider is added, shown as a form, and its secret is never read back', async () => {
	const version = await activated({ path: 'providers.province', value: PROVINCE })
	const shown = await get(`/versions/${version}`)
	assert.deepEqual(shown.tree.set.providers.province.client_secret, { secret_ref: 'providers.province.client_secret' })
	const { fields } = await get(`/versions/${version}/fields?path=providers.province`)
	const by = Object.fromEntries(fields.map((field) => [field.path.split('.').at(-1), field]))
	assert.deepEqual([by.client_secret.set, by.client_secret.value, by.client_secret.origin, by.issuer.value], [true, undefined, 'version', 'https://id.province.example'])
	const { objects } = await get(`/versions/${version}/fields?path=providers`)
	assert.deepEqual(objects.map((one) => [one.id, one.type, one.in_file, one.in_version]), [['province', 'oidc', false, true]])
	// said again whole, with the reference or without: it is the same secret
	const next = await edited({ path: 'providers.province', value: { ...PROVINCE, title: { zh: '省平台二' }, client_secret: { secret_ref: 'providers.province.client_secret' } } })
	assert.deepEqual((await get(`/versions/${next}/diff`)).changes.map((one) => one.path), ['providers.province.title.zh'])
	assert.equal((await post(`/versions/${next}/validate`)).valid, true)
	// a new one is "changed"
	const third = await edited({ path: 'providers.province.client_secret', value: OTHER })
	assert.deepEqual((await get(`/versions/${third}/diff`)).changes, [{ path: 'providers.province.client_secret', change: 'changed', secret: true }])
})

test('a secret does not follow its address to another', async () => {
	const version = await edited({ path: 'providers.province.issuer', value: 'https://evil.example' })
	const { valid, problems } = await post(`/versions/${version}/validate`)
	assert.equal(valid, false)
	assert.deepEqual(problems.filter((one) => !one.warning).map((one) => one.path), ['providers.province.client_secret'], JSON.stringify(problems))
	assert.match(problems[0].message_zh, /缺少|没有/)
	assert.equal((await activate(version)).code, 400)
	const said = await edited({ path: 'providers.province.issuer', value: 'https://new.example' }, { path: 'providers.province.client_secret', value: SECRET })
	assert.equal((await post(`/versions/${said}/validate`)).valid, true)
})

test('… nor does the file’s, by whatever steps', async () => {
	broker.reload({ providers: [{ id: 'city', ...PROVINCE, client_secret: OTHER }] })
	await until(async () => (await get('/versions/active/fields?path=providers')).objects.some((one) => one.id === 'city' && one.in_file), 'the file is read again')
	const evil = { type: 'oidc', issuer: 'https://evil.example', client_id: 'yimen', title: { zh: '省平台' } }
	const lost = async (version) => {
		const { valid, problems } = await post(`/versions/${version}/validate`)

		assert.equal(valid, false)
		assert.ok(problems.some((one) => one.path === 'providers.city.client_secret'), JSON.stringify(problems))
	}
	await lost(await edited({ path: 'providers.city.issuer', value: 'https://evil.example' }))
	await lost(await edited({ path: 'providers.city', value: evil }))
	await lost(await edited({ path: 'providers.city', value: { ...evil, client_secret: { secret_ref: 'providers.city.client_secret' } } }))
	await lost(await edited({ path: 'providers.city', remove: true }, { path: 'providers.city', value: evil }))
	const slow = await edited({ path: 'providers.city', remove: true }) // one step a request
	assert.equal((await post(`/versions/${slow}/edit`, { edits: [{ path: 'providers.city', value: evil }] })).code, 200)
	await lost(slow)
	assert.equal((await post(`/versions/${slow}/edit`, { edits: [{ path: 'providers.city.client_secret', forget: true }] })).code, 200)
	await lost(slow)
	const imported = await post('/drafts', { yaml: JSON.stringify({ providers: { city: evil } }) })
	assert.equal(imported.code, 200, JSON.stringify(imported))
	await lost(imported.version)
	// with its name changed and its address as it was, it stays
	const fine = await edited({ path: 'providers.city.title.zh', value: '市平台' })
	assert.equal((await post(`/versions/${fine}/validate`)).valid, true)
	broker.reload({ providers: [] })
	await until(async () => !(await get('/versions/active/fields?path=providers')).objects.some((one) => one.id === 'city'), 'the file is read again')
})

test('what nobody knows to be a secret is none of anybody’s', async () => {
	const version = await edited({ path: 'providers.odd', value: { type: 'nothing', client_secret: SECRET } })
	const { changes } = await get(`/versions/${version}/diff`)
	assert.deepEqual(changes.find((one) => one.path === 'providers.odd.client_secret'), { path: 'providers.odd.client_secret', change: 'added', secret: true })
	assert.deepEqual((await get(`/versions/${version}`)).tree.set.providers.odd.client_secret, { secret_ref: 'providers.odd.client_secret' })
	assert.doesNotMatch((await get(`/versions/${version}/export`)).yaml, /Zx81/)
})

const bad = [
	['a number that is too great', { path: 'otp.digits', value: 99 }, 'otp.digits'],
	['an unknown key', { path: 'providers.x', value: { type: 'oidc', issuer: 'https://x.example', client_id: 'x', client_secret: 's', isuer: 'x' } }, 'providers.x.isuer'],
	['a type that there is not', { path: 'providers.x', value: { type: 'nothing' } }, 'providers.x.type'],
	['an id that cannot stand in a URL', { path: 'providers[A B]', value: PROVINCE }, 'providers.A B'],
	['a client without an address', { path: 'clients.new', value: { secret: 'a secret of twenty bytes' } }, 'clients.new'],
	['a token that lives longer than the signer grants', { path: 'clients.demo-portal.tokens.access_life', value: '23h' }, 'clients.demo-portal.tokens.access_life'],
	['a webhook for a client that there is not', { path: 'webhooks.w', value: { url: 'https://w.example', secret: 'a secret of the webhook, long', client: 'nobody' } }, 'webhooks.w.client'],
]
for (const [name, edit, path] of bad)
	test(`a bad draft changes nothing: ${name}`, async () => {
		const held = await active()
		const version = await edited(edit)
		const { valid, problems } = await post(`/versions/${version}/validate`)

		assert.equal(valid, false)
		assert.ok(problems.some((one) => one.path?.startsWith(path)), JSON.stringify(problems))
		for (const one of problems)
			assert.ok(one.message && one.message_zh)
		const refused = await activate(version)
		assert.deepEqual([refused.code, refused.error], [400, 'config'])
		assert.ok(refused.problems.length)
		assert.equal((await post(`/versions/${version}/propose`)).code, 400)
		assert.equal(await active(), held)
		assert.equal((await get(`/versions/${version}`)).state, 'draft')
	})

const refused = [
	['what opens the store', 'store.quota', '1GiB', 404],
	['the issuer', 'issuer', 'https://x.example', 404],
	['who has to look', 'review.four_eyes', [], 404],
	['where we may call', 'net.allow', ['0.0.0.0/0'], 404],
	['a directory of templates', 'branding.templates_dir', '/etc', 403],
	['a file as a secret', 'providers.x.client_secret_file', '/etc/shadow', 404],
	['a file in an object', 'clients.x', { jwks_file: '/etc/shadow' }, 403],
	['a file in a list', 'uploads.x.slots', [{ id: 'a', template: '/etc/shadow' }], 403],
	['no path', '', 'x', 400],
	['a broken path', 'clients[x', 'x', 404],
	['a path to nowhere', 'otp.nothing', 'x', 404],
	['a map for a text', 'otp.digits', {}, 400],
]
for (const [name, path, value, code] of refused)
	test(`an edit is refused: ${name}`, async () => {
		const version = await draft()
		const answer = await post(`/versions/${version}/edit`, { edits: [{ path: 'otp.digits', value: 7 }, { path, value }] })

		assert.equal(answer.code, code, JSON.stringify(answer))
		assert.deepEqual((await get(`/versions/${version}/diff`)).changes, []) // all or nothing
		assert.equal((await get(`/versions/${version}`)).revision, 0)
	})

test('hostile requests', async () => {
	const version = await draft()
	assert.equal((await post(`/versions/${version}/edit`, { edits: [] })).code, 400)
	assert.equal((await post(`/versions/${version}/edit`, { edits: [{ path: 'otp.digits' }] })).code, 400)
	assert.equal((await post(`/versions/${version}/edit`, { edits: [{ path: 'otp.digits', value: 7, remove: true }] })).code, 400)
	assert.equal((await post(`/versions/${version}/edit`, { edits: Array(1000).fill({ path: 'otp.digits', value: 7 }) })).code, 400)
	assert.equal((await post('/versions/9999/edit', { edits: [{ path: 'otp.digits', value: 7 }] })).code, 404)
	for (const number of ['-1', 'x', '99999999999999999999', '1e3'])
		assert.equal((await get(`/versions/${number}`)).code, 404, number)
	assert.equal((await post('/versions/0/activate')).code, 409)
	assert.equal((await post('/versions/0/edit', { edits: [{ path: 'otp.digits', value: 7 }] })).code, 409)
	const raw = await broker.get('/api/v1/config/drafts', { method: 'POST', headers: { Authorization: `Bearer ${tokens.robot}`, 'Content-Type': 'application/json' }, body: '{"reason":' })
	assert.equal(raw.status, 400)
	const deep = await broker.get('/api/v1/config/drafts', { method: 'POST', headers: { Authorization: `Bearer ${tokens.robot}`, 'Content-Type': 'application/json' }, body: '['.repeat(20000) })
	assert.equal(deep.status, 400)
})

test('two people edit one draft: the second is told', async () => {
	const version = await draft()
	const { revision } = await get(`/versions/${version}`)
	const edit = (digits) => post(`/versions/${version}/edit`, { revision, edits: [{ path: 'otp.digits', value: digits }] })
	const codes = (await Promise.all([edit(7), edit(8)])).map((one) => one.code).sort()
	assert.deepEqual(codes, [200, 409])
})

test('two drafts of one version: the second is brought up to date first, and told what both changed', async () => {
	const [one, two, three] = [await edited({ path: 'otp.digits', value: 7 }), await edited({ path: 'otp.tries', value: 4 }), await edited({ path: 'otp.digits', value: 8 })]
	assert.equal((await activate(one)).code, 200)
	const late = await activate(two)
	assert.deepEqual([late.code, late.error], [409, 'config_outdated'])
	assert.equal((await post(`/versions/${two}/rebase`)).code, 200)
	assert.deepEqual((await get(`/versions/${two}/diff`)).changes.map((change) => change.path), ['otp.tries'])
	assert.equal((await activate(two)).code, 200)
	const clash = await post(`/versions/${three}/rebase`)
	assert.equal(clash.code, 409)
	assert.deepEqual(clash.conflicts.map((change) => change.path), ['otp.digits'])
	const { fields } = await get(`/versions/${two}/fields?path=otp`)
	assert.deepEqual(fields.filter((field) => field.set && field.origin === 'version').map((field) => [field.path, field.value]), [['otp.digits', '7'], ['otp.tries', '4']])
	assert.equal((await get(`/versions/${one}`)).state, 'superseded')
})

test('two activations at the same moment: one of them', async () => {
	const versions = [await edited({ path: 'otp.tries', value: 3 }), await edited({ path: 'otp.tries', value: 6 })]
	const codes = (await Promise.all(versions.map((version) => activate(version)))).map((one) => one.code).sort()
	assert.deepEqual(codes, [200, 409])
})

test('an object of the file is taken away, and rolled back', async () => {
	const held = await active()
	await activated({ path: 'clients.demo-public', remove: true })
	const authorize = `/authorize?response_type=code&client_id=demo-public&scope=openid&redirect_uri=${encodeURIComponent('http://127.0.0.1:8499/cb')}&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`
	assert.equal((await broker.get(authorize)).status, 400)
	const back = await post('/drafts', { reason: 'back', rollback: held })
	assert.equal(back.restores, held)
	assert.equal((await activate(back.version)).code, 200)
	assert.equal((await broker.get(authorize)).status, 303)
})

test('what would this person get?', async () => {
	const version = await edited({ path: 'clients.demo-portal.require.realname_level', value: 2 }, { path: 'clients.demo-portal.consent', value: 'ask' })
	const ask = (of, more) => post(`/versions/${of}/try`, { login_name: 'zhangsan', client: 'demo-portal', scope: 'openid profile phone', ...more })
	const now = await ask('active')
	assert.deepEqual([now.admitted, now.missing, now.consent, now.scope], [true, [], false, 'openid profile phone'])
	assert.ok(now.claims.includes('sub') && now.claims.includes('phone_number'))
	assert.doesNotMatch(JSON.stringify(now), /13800138000|张三/) // names only: the scope says nothing of people
	const then = await ask(version)
	assert.deepEqual([then.admitted, then.held_by, then.consent], [false, 'realname_required', true])
	assert.deepEqual(then.missing.map((one) => one.error), ['realname_required'])
	assert.ok(then.page)
	assert.equal((await ask(version, { login_name: 'nobody' })).code, 404)
	assert.equal((await ask(version, { client: 'nobody' })).code, 404)
	assert.equal((await ask('active')).admitted, true)
})

test('a service is asked before it holds', async () => {
	const version = await edited({ path: 'providers.province.issuer', value: 'https://127.0.0.1:9' }, { path: 'providers.province.client_secret', value: OTHER })
	broker.allow(/"fault":"unreachable"/)
	const answer = await post(`/versions/${version}/test`, { path: 'providers.province' })
	assert.deepEqual([answer.code, answer.good], [200, false])
	assert.ok(answer.reason)
	assert.equal((await post(`/versions/${version}/test`, { path: 'providers.nothing' })).code, 404)
	assert.equal((await post(`/versions/${version}/test`, { path: 'otp' })).code, 404)
})

test('the command line: export, change, import; secrets stay where they are', async () => {
	const status = admin('status')
	assert.equal(status.code, 0, status.err)
	const yaml = admin('export').out
	assert.match(yaml, /client_secret: \{secret_ref: providers\.province\.client_secret\}/)
	const file = join(broker.dir, 'versions.yaml')
	writeFileSync(file, yaml.replace('省平台', '省级平台'))
	const imported = admin('import', file, '--reason', 'from git', '--activate')
	assert.equal(imported.code, 0, imported.err)
	assert.equal(imported.json.state, 'active')
	assert.deepEqual((await get(`/versions/${imported.json.version}/diff`)).changes.map((one) => [one.path, one.after]), [['providers.province.title.zh', '省级平台']])
	assert.equal(admin('export').out, readFileSync(file, 'utf8'))
	for (const [text, message] of [['store: {quota: 1GiB}\n', /not managed here/], ['a: [\n', /import:/], ['providers: {x: {type: oidc, issuer: "https://x.example", client_id: x, client_secret: {secret_ref: providers.x.client_secret}}}\n', /no secret of that name/],
		['include: /etc/passwd\n', /include/], ['otp: &a {digits: 6}\n', /anchors/]]) {
		const before = await active()
		writeFileSync(file, text)
		const wrong = admin('import', file, '--activate')
		assert.notEqual(wrong.code, 0)
		assert.match(wrong.err, message)
		assert.equal(await active(), before)
	}
	const version = String(admin('draft', '--reason', 'by hand').json.version)
	assert.equal(admin('edit', version, 'otp.digits', '8').code, 0)
	const secret = broker.cli('config', 'edit', version, 'providers.province.client_secret', '--value-file', '-', { input: `${SECRET}\n` })
	assert.equal(secret.code, 0, secret.err)
	assert.match(admin('diff', version).out, /otp\.digits/)
	assert.equal(admin('validate', version).code, 0)
	assert.equal(admin('edit', version, 'otp.digits', '99').code, 0)
	const invalid = admin('validate', version)
	assert.equal(invalid.code, 1)
	assert.equal(admin('activate', version).code, 1)
	assert.equal(admin('reject', version, '--reason', 'no').code, 0)
	assert.equal(admin('history').json.items[0].state, 'rejected')
	assert.equal(admin('nonsense').code, 64)
})

test('the command line: rollback, a file to write to, and what cannot be done', async () => {
	const held = await active()
	await activated({ path: 'branding.name.zh', value: '另一网通' })
	const begun = admin('rollback', String(held), '--reason', 'only looking', '--draft')
	assert.deepEqual([begun.code, begun.json?.state], [0, 'draft'], begun.err)
	assert.match(await serviceName(), /另一网通/)
	const back = admin('rollback', String(held), '--reason', 'the name was wrong')
	assert.deepEqual([back.code, back.json?.state], [0, 'active'], back.err)
	assert.doesNotMatch(await serviceName(), /另一网通/)

	const file = join(broker.dir, 'exported.yaml')
	assert.equal(admin('export', '--out', file).code, 0)
	assert.equal(readFileSync(file, 'utf8'), admin('export').out)
	assert.equal(statSync(file).mode & 0o777, 0o600)
	const bytes = join(broker.dir, 'bytes')
	writeFileSync(bytes, Buffer.from([0xff, 0xfe]))
	const draft_ = String(begun.json.version)
	for (const [code, args, message] of [
		[1, ['import', join(broker.dir, 'nowhere.yaml')], /nowhere\.yaml cannot be read/], [1, ['import', bytes], /not UTF-8/],
		[1, ['edit', draft_, 'branding.name.zh', '--value-file', join(broker.dir, 'nowhere')], /nowhere cannot be read/],
		[1, ['rollback', '4711'], /not_found/], [1, ['show', '12x'], /not_found/], [1, ['activate', String(held)], /conflict/],
		[64, ['rollback'], /usage:/], [64, ['edit', draft_], /usage:/], [64, ['export', '1', 'more'], /more/], [64, ['propose'], /usage:/], [64, ['history', '--what'], /--what/], [64, [], /usage: yimen config status/],
	]) {
		const result = admin(...args)
		assert.deepEqual([args, result.code], [args, code], result.err)
		assert.match(result.err, message)
	}
})

test('a changed file and what administrators decided hold together; what does not fit is refused whole', async () => {
	broker.reload({ support: { phone: '12345' } })
	await until(async () => /12345/.test(await serviceName()), 'the file is read again')
	assert.match(await serviceName(), /榕城一网通/)
	const refusals = broker.events('reload.refused').length
	await activated({ path: 'webhooks.w', value: { url: 'https://w.example/', secret: 'a secret of the webhook, long enough', client: 'demo-public' } })
	assert.match(broker.cli('check-config').out, /console version \d+ stands on top of the file and fits/)
	broker.reload({ clients: [CLIENTS.portal(), robot, reader] }) // the webhook's client goes
	await until(() => broker.events('reload.refused').length > refusals, 'the reload is refused')
	assert.ok(broker.events('config.version_refused').length)
	assert.match(await serviceName(), /榕城一网通/)
	// nor does a daemon start with them: what administrators took away must not come back
	broker.allow(/"child.ended".*"status":78/)
	const misfit = /console version \d+, webhooks\.w\.client: there is no client "demo-public"/
	const checked = broker.cli('check-config') // the daemon is asked
	assert.equal(checked.code, 78)
	assert.match(checked.err, misfit)
	const elsewhere = join(broker.dir, 'other.yaml')
	copyFileSync(broker.file, elsewhere)
	const other = spawnSync(yimen(), ['check-config', '--config', elsewhere], { encoding: 'utf8' })
	assert.equal(other.status, 0)
	assert.match(other.stderr, /is not looked at: the daemon that runs was started with another file \(.*yimen\.yaml\)/)
	await broker.kill()
	assert.match(broker.cli('check-config').err, misfit) // the store is looked into
	assert.equal(spawnSync(yimen(), ['check-config', '--config', 'other.yaml'], { encoding: 'utf8', cwd: broker.dir }).status, 78)
	await assert.rejects(broker.run(), /the daemon ended/)
	const shown = broker.cli('config', 'status')
	assert.match(shown.err, misfit)
	const version = broker.cli('config', 'draft', '--reason', 'fits').json.version
	assert.equal(broker.cli('config', 'edit', String(version), 'webhooks.w', '--remove').code, 0)
	assert.equal(broker.cli('config', 'activate', String(version)).code, 0)
	await broker.run()
	assert.match(await serviceName(), /榕城一网通/)
	assert.equal(await active(), version)
})

test('killed in the middle of activations: one or the other, whole', async () => {
	for (let i = 0; i < 6; i++) {
		const held = await active()
		const name = `第${i}版`
		const version = await edited({ path: 'branding.name.zh', value: name }, { path: 'otp.tries', value: 2 + i })
		const pending = activate(version).catch(() => null)

		await sleep(5 + i * 12)
		await broker.kill()
		await pending
		await broker.run()
		const now = await active()
		assert.ok(now === held || now === version)
		assert.equal(now === version, (await serviceName()).includes(name))
		assert.equal((await get(`/versions/${version}`)).state, now === version ? 'active' : 'draft')
		assert.equal((await get(`/versions/${held}`)).state, now === version ? 'superseded' : 'active')
	}
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('four eyes: clients only draft, and nobody activates what they proposed', async () => {
	broker.reload({ review: { four_eyes: ['config'] } })
	await until(async () => (await get('')).four_eyes, 'the file is read again')
	const version = await edited({ path: 'otp.tries', value: 5 })
	assert.equal((await activate(version)).error, 'config_eyes') // not even proposed
	assert.equal((await post(`/versions/${version}/propose`)).error, 'config_eyes')
	assert.match(admin('activate', String(version)).err, /config_eyes/)
	assert.equal(admin('propose', String(version)).json.proposer, 'operator')
	assert.equal((await post(`/versions/${version}/edit`, { edits: [{ path: 'otp.tries', value: 9 }] })).code, 409)
	assert.match(admin('activate', String(version)).err, /config_eyes/) // the same one
	assert.equal((await activate(version)).error, 'config_eyes') // no person
	assert.equal(admin('withdraw', String(version)).json.state, 'draft')
	broker.reload({ review: { four_eyes: [] } })
	await until(async () => !(await get('')).four_eyes, 'the file is read again')
	assert.equal((await activate(version)).code, 200)
})

test('everything is in the audit', async () => {
	const { fields } = await get('/versions/active/fields?path=otp')
	assert.ok(fields.length)
	assert.equal(broker.cli('store', 'verify-audit').code, 0)
})

test('OpenAPI describes it, from the same tables', async () => {
	const description = await (await broker.get('/api/v1/openapi.json')).json()
	const { paths, components: { schemas } } = description
	assert.ok(paths['/api/v1/config/versions/{version}/activate'].post)
	assert.equal(paths['/api/v1/config/versions/{version}/edit'].post.requestBody.content['application/json'].schema.$ref, '#/components/schemas/ConfigEdits')
	assert.ok(schemas.ConfigTree.properties.set.properties.providers.additionalProperties.properties.issuer)
	assert.equal(schemas.ConfigTree.properties.set.properties.branding.properties.templates_dir, undefined)
	const version = await get('/versions/active')
	for (const name of Object.keys(version).filter((key) => key !== 'code'))
		assert.ok(schemas.ConfigVersionTree.properties[name], name)
})

test('a secret is in no answer, no log line and not in the store', async () => {
	for (const text of [...answers, ...broker.log])
		assert.ok(!text.includes(SECRET) && !text.includes(OTHER), text.slice(0, 200))
	const dir = join(broker.config.data_dir, 'store')
	for (const name of readdirSync(dir).filter((file) => statSync(join(dir, file)).isFile())) {
		const bytes = readFileSync(join(dir, name))

		assert.ok(!bytes.includes(SECRET) && !bytes.includes(OTHER), name)
	}
})
