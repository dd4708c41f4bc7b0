// SPDX-License-Identifier: Apache-2.0
// The directory API: what business systems may ask about units and people, and what they are not told.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Broker, USCC, client, passwordLogin } from './harness.mjs'

const SCOPES = ['directory.units', 'directory.members', 'directory.users', 'directory.grants', 'directory.legacy']
const PEOPLE = ['openid', 'profile', 'phone', 'org', 'grants', 'legacy', 'idhash']
const OTHER = '91330106MA27Y4U47R'
let broker

/** A system that may ask; `more` narrows it. */
const system = (id, more) => client(id, { secret: `demo-${id}-secret`, grant_types: ['authorization_code', 'client_credentials'], scopes: [...PEOPLE, ...SCOPES], ...more })

before(async () => {
	broker = await Broker.start({
		clients: [system('trusted'), system('asks', { consent: 'remember' }), system('apart', { subject: 'pairwise' }), system('units-only', { scopes: ['openid', 'directory.units'] }),
			system('elsewhere', { audiences: ['https://api.example'] })],
		departments: [{ id: 'city', name: { zh: '市科技局', en: 'City' }, chosen: false }, { id: 'heping', name: { zh: '和平区科技局' }, parent: 'city', region: '120101' }],
		subsystems: [{ id: 'gaoqi', name: { zh: '高企认定' } }, { id: 'kexiao', name: { zh: '科小企评价' } }], membership: { mode: 'grant' },
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'effective', region: '350100' }, { uscc: OTHER, name: '杭州示例贸易有限公司', status: 'effective' },
			{ uscc: '91110108MA01ET88XL', name: '未生效科技有限公司', status: 'pending' }],
	}, [{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'keji', namespace: 'legal', unit: USCC, name: '李经办' }])
	writeFileSync(join(broker.dir, 'people.csv'), 'name,id_type,id_number,gender,ethnic_code,level\n张三,111,11010519491231002X,2,01,2\n')
	broker.reload({ realname: { verifier: 'registry_csv', people: join(broker.dir, 'people.csv') } })
	broker.legacy('kind,legacy_id,login_name,user_type,name,phone,phone_confirmed_at,uscc,unit_name,scheme,digest,salt\n' +
		`individual,77,13900000001,declarer,某人,13900000001,,,,,${createHash('md5').update('Old@1234s').digest('hex')},s\n`)
})
after(() => broker.stop())

const token = async (id, scope) => (await broker.client(id).token({ grant_type: 'client_credentials', scope })).json.access_token
async function ask(path, id = 'trusted', scope = SCOPES.join(' ')) {
	const response = await broker.get(`/api/v1/${path}`, { headers: { Authorization: `Bearer ${await token(id, scope)}` } })

	return { code: response.status, ...await response.json() }
}
async function sub(id, login = 'zhangsan', namespace = 'natural', password) {
	const browser = broker.browser()
	const tokens = await broker.client(id).login(browser, { scope: PEOPLE.join(' '), login: (page) => passwordLogin(browser, page, { login, namespace, password }) })

	return tokens.claims.sub
}

test('units are found by a part of the name, by the whole name and by the code; only effective ones', async () => {
	for (const q of ['演示', '演示科技有限公司', USCC]) {
		const { code, items } = await ask(`units?q=${encodeURIComponent(q)}`)

		assert.equal(code, 200)
		assert.deepEqual(items.map((unit) => [unit.uscc, unit.name, unit.status, unit.effective, unit.region]), [[USCC, '演示科技有限公司', 'effective', true, '350100']])
	}
	assert.deepEqual((await ask(`units?q=${encodeURIComponent('有限公司')}`)).items.map((unit) => unit.uscc).sort(), [OTHER, USCC].sort())
	assert.deepEqual((await ask(`units?q=${encodeURIComponent('未生效科技')}`)).items, [])
	assert.equal((await ask('units?q=')).code, 400)
	assert.equal((await ask(`units?q=${encodeURIComponent('演示')}&limit=0`)).code, 400)
	assert.equal((await ask(`units?q=${encodeURIComponent('演示')}&limit=9999999`)).code, 400)
})

test('a unit by its code and by its id', async () => {
	const byCode = await ask(`units/${USCC}`)

	assert.equal(byCode.code, 200)
	assert.equal((await ask(`units/${byCode.id}`)).uscc, USCC)
	assert.equal((await ask('units/91110108MA01ET88XL')).effective, false)
	for (const nobody of ['91110108MA01ET88XX', '00000000-0000-7000-8000-000000000000', '..', 'x'.repeat(200)])
		assert.ok([400, 404].includes((await ask(`units/${nobody}`)).code), nobody)
	assert.deepEqual((await ask(`units/${USCC}/members`)).items, [])
	assert.equal((await ask(`units/${USCC}/members?status=nonsense`)).code, 400)
	assert.equal((await ask(`units/${USCC}/members?cursor=nonsense`)).code, 400)
})

test('without a token, with another scope, with a person’s token, for another audience: refused', async () => {
	const bare = await broker.get('/api/v1/units?q=x')

	assert.equal(bare.status, 401)
	assert.match(bare.headers.get('www-authenticate'), /^Bearer/)
	assert.equal((await ask('users/x', 'units-only', 'directory.units')).code, 403)
	assert.equal((await ask('users/x', 'trusted', 'directory.units')).code, 403)
	assert.equal((await ask(`units?q=${USCC}`, 'elsewhere')).code, 401)
	const browser = broker.browser()
	const { json } = await broker.client('trusted').login(browser, { scope: 'openid directory.units', login: (page) => passwordLogin(browser, page) })
	const mine = await broker.get(`/api/v1/units?q=${USCC}`, { headers: { Authorization: `Bearer ${json?.access_token}` } })
	assert.equal(mine.status === 200, false)
})

test('a person by sub: the claims that the client’s scopes release', async () => {
	const who = await sub('trusted')
	const { code, accounts, ...rest } = await ask(`users/${who}`)

	assert.equal(code, 200)
	assert.equal(rest.sub, who)
	assert.deepEqual(accounts.map((account) => [account.sub, account.preferred_username, account.name, account.user_type]), [[who, 'zhangsan', '张三', 'natural']])
	assert.equal('id_number' in accounts[0], false)
	assert.deepEqual((await ask(`users/${who}/grants`)).items, [])
	for (const nobody of ['nobody', '00000000-0000-7000-8000-000000000000', who.slice(0, -1)])
		assert.equal((await ask(`users/${nobody}`)).code, 404)
})

test('a client that asks people for consent learns nothing before', async () => {
	const who = await sub('trusted') // public subs are the same everywhere
	assert.equal((await ask(`users/${who}`, 'asks')).code, 404)
	assert.equal((await ask(`users/${who}/grants`, 'asks')).code, 404)
})

test('pairwise: a client’s own sub leads to the person, another’s does not', async () => {
	const own = await sub('apart'), open = await sub('trusted')

	assert.notEqual(own, open)
	assert.equal((await ask(`users/${own}`, 'apart')).accounts[0].preferred_username, 'zhangsan')
	assert.equal((await ask(`users/${open}`, 'apart')).code, 404)
	assert.equal((await ask(`users/${own}`)).code, 404)
})

test('old accounts of a system, once they have an owner', async () => {
	const who = await sub('trusted', '13900000001', 'natural', 'Old@1234')
	const { items } = await ask('legacy/torch')

	assert.deepEqual(items.map((one) => [one.account_id, one.account_type, one.sub]), [['77', 'declarer', who]])
	assert.ok(items[0].method)
	assert.deepEqual((await ask('legacy/torch?account_id=77')).items, items)
	assert.deepEqual((await ask('legacy/torch?account_id=78')).items, [])
	assert.equal((await ask('legacy/unknown')).code, 404)
	assert.deepEqual([items[0].method, items[0].level], ['import', 0])
	assert.deepEqual((await ask(`legacy/torch?sub=${who}`)).items, items, 'asked by the person')
	assert.deepEqual((await ask(`legacy/torch?sub=${await sub('trusted')}`)).items, [], 'who has none there')
	assert.equal((await ask('legacy/torch?sub=nobody')).code, 404)
	assert.equal((await ask(`legacy/torch?sub=${who}&account_id=77`)).code, 400)
	const own = await sub('apart', '13900000001', 'natural', 'Old@1234')
	assert.deepEqual((await ask(`legacy/torch?sub=${own}`, 'apart')).items.map((one) => [one.account_id, one.sub]), [['77', own]])
	assert.equal((await ask(`legacy/torch?sub=${who}`, 'apart')).items?.length ?? 0, 0, "another client's sub names nobody")
})

test('old accounts as a table: the command, and the loop of docs/directory.md', async () => {
	const more = ['=1+1', 'a,"b"', ...Array.from({ length: 600 }, (_, i) => `m${i}`)]
	broker.legacy('kind,legacy_id,login_name,user_type,name,phone\n' +
		more.map((id, i) => `individual,"${id.replaceAll('"', '""')}",t${i},declarer,某人,${13700000000 + i}\n`).join(''))
	const table_ = (...args) => broker.cli('legacy', 'export', ...args)
	const table = table_('--source', 'torch', '--client', 'trusted')
	const lines = table.out.trimEnd().split('\n')

	assert.equal(table.code, 0, table.err)
	assert.equal(lines[0], 'account_id,account_type,sub,method,level,since')
	assert.equal(lines.length, 1 + 1 + more.length)
	const first = (await ask('legacy/torch?account_id=77')).items[0]
	assert.equal(lines[1], `77,declarer,${first.sub},import,0,${first.since}`)
	assert.ok(lines.some((line) => line.startsWith("'=1+1,declarer,")), 'no formula')
	assert.ok(lines.some((line) => line.startsWith('"a,""b""",declarer,')))
	assert.equal(table_('--source', 'torch', '--client', 'apart').out.split('\n')[1].split(',')[2], (await ask('legacy/torch?account_id=77', 'apart')).items[0].sub)

	const file = join(broker.dir, 'table.csv')
	assert.equal(table_('--source', 'torch', '--client', 'trusted', file).code, 0)
	assert.equal(readFileSync(file, 'utf8'), table.out)
	assert.equal(statSync(file).mode & 0o777, 0o600)
	assert.ok(!existsSync(`${file}.part`))
	assert.match(table_('--source', 'torch', '--client', 'trusted', join(broker.dir, 'no', 'table.csv')).err, /cannot be written/)
	for (const [args, said] of [[['torch', '--client', 'nobody'], /absent: client/], [['none', '--client', 'trusted'], /absent: source/],
		[['torch', '--client', 'trusted', 'a', 'b'], /usage/], [['torch'], /usage/]])
		assert.match(table_('--source', ...args).err, said)

	if (spawnSync('jq', ['--version']).error)
		return
	const loop = /```sh\n(cursor=\n[^]*?)```/.exec(readFileSync(new URL('../../docs/directory.md', import.meta.url), 'utf8'))[1]
	const script = loop.replace('https://id.example.gov.cn', broker.issuer)
	const { stdout, stderr } = spawnSync('sh', ['-euc', script], { env: { ...process.env, token: await token('trusted', 'directory.legacy') }, encoding: 'utf8' })
	assert.equal(stderr, '')
	assert.equal(stdout.trimEnd().split('\n').length, 1 + more.length, 'four pages')
	assert.equal(stdout.split('\n')[0], `"77","declarer","${first.sub}","import",0,"${first.since}"`)
})

test('departments: the tree as the operator wrote it, with the scope of units', async () => {
	const { code, items } = await ask('departments', 'units-only', 'directory.units')

	assert.equal(code, 200)
	assert.deepEqual(items, [{ id: 'city', name: '市科技局', chosen: false }, { id: 'heping', name: '和平区科技局', parent: 'city', region: '120101', chosen: true }])
	assert.equal((await ask('departments', 'trusted', 'directory.users')).code, 403)
})

test('T2: by the hash of document type and number, for the client that was given it and for nobody else', async () => {
	const [type, number] = ['111', '11010519491231002X']
	const hash = (id) => createHmac('sm3', `demo-${id}-secret`).update(`${type}|${number}`).digest('base64url')

	assert.equal((await ask(`users?id_hash=${hash('trusted')}`)).code, 404, 'nobody was verified with it')
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/realname`))
	assert.equal(page.name, 'realname')
	const done = await browser.submit(page, 'realname', { name: '张三', id_type: type, id_number: number, gender: '2', ethnic_code: '01' })
	assert.ok(!done.error, `${done}`)
	const { tokens } = await broker.client('trusted').login(browser, { scope: 'openid idhash', login: (found) => found })
	const told = (await broker.client('trusted').userinfo(tokens.access_token)).json
	assert.equal(told.id_hash, hash('trusted'))
	const found = await ask(`users?id_hash=${told.id_hash}`)
	assert.equal(found.code, 200)
	assert.equal(found.sub, told.sub)
	assert.equal('id_number' in found.accounts[0], false)
	assert.equal((await ask(`users?id_hash=${told.id_hash}`, 'apart')).code, 404, 'another client')
	assert.equal((await ask(`users?id_hash=${hash('apart')}`, 'apart')).code, 404, 'not even its own hash, before it was given it')
	for (const wrong of ['x', 'x'.repeat(64), told.id_hash.slice(0, -2)])
		assert.ok([400, 404].includes((await ask(`users?id_hash=${wrong}`)).code), wrong)
})

test('members of a unit with what they were granted, page by page; names with the scope profile only', async () => {
	for (const login of ['member1', 'member2', 'member3']) {
		broker.account({ login, name: `成员${login.at(-1)}` })
		assert.equal(broker.cli('unit', 'appoint', '--uscc', OTHER, '--login', login, '--role', login === 'member1' ? 'admin' : 'member').code, 0)
	}
	assert.equal(broker.cli('grant', 'add', '--login', 'member2', '--uscc', OTHER, '--subsystem', 'gaoqi').code, 0)
	const { items } = await ask(`units/${OTHER}/members`)
	assert.deepEqual(items.map((one) => [one.name, one.role, one.status, one.subsystems]).sort(),
		[['成员1', 'admin', 'active', []], ['成员2', 'member', 'active', ['gaoqi']], ['成员3', 'member', 'active', []]])
	const first = await ask(`units/${OTHER}/members?limit=2`)
	assert.equal(first.items.length, 2)
	const second = await ask(`units/${OTHER}/members?limit=2&cursor=${first.next}`)
	assert.deepEqual([...first.items, ...second.items].map((one) => one.sub), items.map((one) => one.sub))
	assert.equal(second.next, undefined)
	const { sub: who } = items.find((one) => one.name === '成员2')
	assert.deepEqual((await ask(`users/${who}/grants`)).items.map((one) => [one.subsystem, one.status]), [['gaoqi', 'active']])
	assert.deepEqual((await ask(`units/${USCC}/members`)).items, [], 'of this unit only')
})

test('OpenAPI: every answer has the members that the description names, and no others', async () => {
	const description = await (await broker.get('/api/v1/openapi.json')).json()

	assert.equal(description.openapi, '3.1.0')
	assert.equal(description.servers[0].url, broker.issuer)
	const { schemas } = description.components
	const check = (object, name) => {
		for (const [member, value] of Object.entries(object)) {
			const property = schemas[name].properties[member]

			assert.ok(property, `${name}.${member} is described`)
			const type = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value
			assert.equal(property.type, type, `${name}.${member}`)
		}
	}
	const who = await sub('trusted')
	const strip = ({ code, ...object }) => object
	for (const unit of (await ask(`units?q=${USCC}`)).items)
		check(unit, 'Unit')
	check(strip(await ask(`users/${who}`)), 'User')
	for (const one of (await ask('departments')).items)
		check(one, 'Department')
	for (const one of (await ask(`units/${OTHER}/members`)).items)
		check(one, 'Member')
	for (const one of (await ask('legacy/torch')).items)
		check(one, 'LegacyBinding')
	const paths = Object.keys(description.paths)
	assert.ok(paths.includes('/api/v1/units/{unit}/members'))
	for (const [path, operations] of Object.entries(description.paths))
		for (const [method, { security }] of Object.entries(operations)) {
			const [scope] = security[0].client

			assert.ok(scope in description.components.securitySchemes.client.flows.clientCredentials.scopes)
			assert.equal((await broker.get(path.replaceAll(/\{\w+\}/g, 'x'), { method: method.toUpperCase() })).status, 401, path)
		}
})
