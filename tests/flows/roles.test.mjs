// SPDX-License-Identifier: Apache-2.0
// Who may go where: every route of staff and of the API, asked for by everybody. The routes are read from the table of the daemon, so that a new one
// has to be added here before this passes; and every form of every route wants its token.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Broker, CLIENTS, ROOT, USCC, passwordLogin } from './harness.mjs'
import { Staff } from './totp.mjs'

/** The rows of the route table: { path, methods, csrf, scope }. */
function readRoutes() {
	const read = (path) => readFileSync(join(ROOT, path), 'utf8')
	const names = Object.fromEntries([...`${read('broker/oauth/metadata.h')}${read('broker/endpoint/routes.c')}`.matchAll(/^#define (\w+) "([^"]*)"/gm)].map((m) => m.slice(1)))
	const table = read('broker/endpoint/routes.c').split('endpoint_routes[] = {')[1].split('\n};')[0]

	return table.split(/^\t\{ /m).slice(1).map((text) => {
		const [, first, more = '', methods] = text.match(/^(\w+|"[^"]*")(?: "([^"]*)")?, ((?:GET|POST)(?: \| (?:GET|POST))*),/)

		return { path: (first.startsWith('"') ? first.slice(1, -1) : names[first]) + more, methods: methods.split(' | '), csrf: /\.csrf = true|, CONSOLE,/.test(text),
			scope: text.match(/"(directory\.\w+)"/)?.[1] ?? (/\bCONFIG(_POST)?\(/.test(text) ? 'config' : undefined) }
	})
}
const routes = readRoutes()

const OPERATOR = ['operator']
const DESK = ['reviewer', 'here', 'support', 'unit']
/** Who may open what. */
const STAFF = {
	'/tasks': DESK, '/tasks/{id}': DESK, '/staff': ['security'], '/audit': ['audit'], '/legacy': ['support', 'security'], '/legacy/{id}': ['support', 'security'],
	'/console': OPERATOR, '/console/settings': OPERATOR, '/console/versions': OPERATOR, '/console/versions/{number}': OPERATOR, '/console/try': OPERATOR,
	'/console/transfer': OPERATOR, '/console/export': OPERATOR, '/console/explain': OPERATOR, '/console/{section}': OPERATOR, '/console/{section}/{a}': OPERATOR,
	'/console/{section}/{a}/{b}': OPERATOR, '/console/{section}/{a}/{b}/{c}': OPERATOR,
}
/** What has no token of ours: who posts there brings a secret, a signature or a handle of their own, or changes nothing before asking. */
const WITHOUT_TOKEN = ['/token', '/introspect', '/revoke', '/userinfo', '/authorize', '/logout', '/login/{provider}/logout', '/login/{provider}/callback', '/sms/receipt/{route}']
/** What belongs to people, their units and everybody: their own tests. */
const OTHERS = /^\/($|\.well-known|jwks|continue|login|link|choose|consent|pending|register|complete|realname|bind|unit|members|act-for|second-factor|recover|appeal|lookup|account|password|apps|uploads|files|assets|healthz|readyz|metrics|logout)/

const people = {}
let broker, victim
before(async () => {
	const robot = (id, scopes) => ({ id, secret: `secret-of-${id}-0123456789`, grant_types: ['client_credentials'], scopes, default_scopes: scopes })

	broker = await Broker.start({
		login: { namespaces: ['natural', 'legal', 'staff'] }, departments: [{ id: 'here', name: { zh: '此处', en: 'Here' } }],
		clients: [CLIENTS.public(), robot('config', ['config']), robot('units', ['directory.units']), robot('all', ['directory.units', 'directory.members', 'directory.users', 'directory.grants', 'directory.legacy', 'directory.lookup']),
			robot('none', ['api.read'])],
		legacy_sources: [{ id: 'old', name: { zh: '旧', en: 'Old' } }],
	}, [{ login: 'zhangsan', phone: '13800138000', name: '张三' }, { login: 'keji', namespace: 'legal', unit: USCC, phone: '13800138099', name: '李经办' }])
	for (const role of ['operator', 'support', 'security', 'audit', 'system', 'reviewer', 'nothing', 'here'])
		people[role] = (await Staff.create(broker, `roles_${role}`, role === 'nothing' ? '' : role === 'here' ? 'reviewer' : role, role === 'here' ? ['--dept', 'here'] : []).at(`${broker.issuer}/login?tab=staff`)).browser
	const half = Staff.create(broker, 'roles_half', 'operator')
	people.half = broker.browser()
	await half.password_(people.half)
	for (const [name, login, namespace] of [['person', 'zhangsan', 'natural'], ['unit', 'keji', 'legal']]) {
		people[name] = broker.browser()
		await passwordLogin(people[name], await people[name].open(`${broker.issuer}/account`), { login, namespace })
	}
	people.nobody = broker.browser()
	victim = Staff.create(broker, 'roles_victim', 'support').id
})
after(() => broker.stop())

/** An address of the route that leads somewhere. */
const fill = (path) => broker.issuer + path.replace('{section}', 'sms').replace('{a}', 'templates').replace('{number}', '1').replace('{version}', '0').replace('{system}', 'old')
	.replace(/\{\w+\}/g, () => randomUUID())

test('every route is known here', () => {
	assert.ok(routes.length > 100)
	for (const { path, methods, csrf, scope } of routes) {
		assert.ok(STAFF[path] || OTHERS.test(path) || WITHOUT_TOKEN.includes(path) || path.startsWith('/api/v1/'), `${path}: say who may`)
		assert.ok(!methods.includes('POST') || csrf || WITHOUT_TOKEN.includes(path) || path.startsWith('/api/v1/'), `${path}: a form without a token`)
		assert.ok(!path.startsWith('/api/v1/') || scope || path === '/api/v1/openapi.json', `${path}: without a scope`)
	}
	for (const path of Object.keys(STAFF))
		assert.ok(routes.some((route) => route.path === path), `${path} is gone`)
})

for (const [path, may] of Object.entries(STAFF))
	test(`${path}: ${may.join(', ')}`, async () => {
		const { methods } = routes.find((route) => route.path === path)

		for (const [name, browser] of Object.entries(people)) {
			const page = await browser.open(fill(path)), isIn = may.includes(name)

			if (name === 'nobody' || name === 'half')
				assert.equal(page.name, 'login', `${name}: ${page}`)
			else if (isIn)
				assert.ok([200, 404].includes(page.status), `${name}: ${page}`)
			else
				assert.ok(page.status === 403 || (page.status === 404 && path.includes('{id}')), `${name}: ${page}`)
			if (!methods.includes('POST'))
				continue
			const bare = await browser.request(fill(path), { method: 'POST', form: { do: 'save', reason: 'x' }, headers: { Origin: broker.issuer } })
			assert.equal(bare.status, 403, `${name}: posted without a token`)
			assert.ok(!bare.headers.get('location'))
			const csrf = (await browser.open(`${broker.issuer}/lookup`)).html.match(/name="csrf" value="([^"]+)"/)?.[1]
			assert.ok(csrf, name)
			for (const act of ['save', 'activate', 'remove', 'rollback', 'approve', 'appoint', 'dismiss', 'reset', 'unbind']) {
				if (isIn)
					continue
				const posted = await browser.request(fill(path), { method: 'POST', form: { csrf, do: act, decision: act, reason: 'x', account: victim, login_name: 'roles_victim', role: 'reviewer', 'o.resend_after': '2s' },
					headers: { Origin: broker.issuer } })

				assert.ok([400, 403, 404].includes(posted.status) || new URL(posted.headers.get('location'), broker.issuer).pathname === '/login', `${name} ${act}: ${posted.status} ${posted.headers.get('location')}`)
			}
		}
	})

test('the API wants a token with the scope of the route, and takes no cookie for one', async () => {
	const tokens = {}

	for (const id of ['config', 'units', 'all', 'none'])
		tokens[id] = (await broker.client(id).token({ grant_type: 'client_credentials' })).json.access_token
	const scopes = Object.fromEntries(['config', 'units', 'all', 'none'].map((id) => [id, broker.config.clients.find((one) => one.id === id).scopes]))
	for (const { path, methods, scope } of routes.filter((route) => route.scope))
		for (const method of methods) {
			const body = method === 'POST' ? scope === 'config' ? { body: '{}', type: 'application/json' } : { body: 'kind=x&key=y', type: 'application/x-www-form-urlencoded' } : {}
			const ask = (headers) => fetch(fill(path), { method, body: body.body, headers: { ...body.body && { 'Content-Type': body.type }, ...headers }, redirect: 'manual' })

			assert.equal((await ask({})).status, 401, path)
			assert.equal((await ask({ Authorization: 'Bearer nonsense' })).status, 401, path)
			assert.equal((await ask({ Cookie: [...people.operator.cookies].map((pair) => pair.join('=')).join('; ') })).status, 401, `${path} with an operator's cookie`)
			for (const [id, token] of Object.entries(tokens)) {
				const { status } = await ask({ Authorization: `Bearer ${token}` })

				assert.equal(status === 403, !scopes[id].includes(scope), `${method} ${path} by ${id}: ${status}`)
				assert.notEqual(status, 401)
			}
		}
})

test('nobody has changed anything by all that', () => {
	const { staff } = broker.cli('admin', 'list').json

	assert.deepEqual(staff.find((one) => one.login_name === 'roles_victim')?.roles, 'support', JSON.stringify(staff))
	for (const version of broker.cli('config', 'history').json.items)
		assert.equal(version.author, 'client:config')
})

test('a role that is taken away is gone at once, also for a page that is open', async () => {
	const one = Staff.create(broker, 'roles_leaves', 'operator')
	const { browser } = await one.at(`${broker.issuer}/login?tab=staff`)
	const page = await browser.open(`${broker.issuer}/console/branding`)

	assert.equal(page.name, 'console-form')
	assert.equal(broker.cli('admin', 'dismiss', '--login', 'roles_leaves').code, 0)
	const posted = await browser.submit(page, 'options', { 'o.name.zh': '不该', do: 'save' })
	assert.equal(posted.name, 'login', `${posted}`)
})
