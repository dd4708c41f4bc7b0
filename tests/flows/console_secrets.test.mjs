// SPDX-License-Identifier: Apache-2.0
// Secrets go in and never come out: each secret of every kind of service is planted, good and broken, and looked for on every page of the console, in every
// answer of the API and the command line, in the audit, in the log, and in the store.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Broker, CLIENTS } from './harness.mjs'
import { Staff } from './totp.mjs'

const MARK = 'Plant3d'
/** What is wrong with a secret is told without it: too short, too long, not what a key looks like, markup, a template, another kind of value. */
const BROKEN = [`${MARK}-0`, `${MARK}-1-${'x'.repeat(3000)}`, `${MARK}-2-<b>"'&\n\${secret}`, ` ${MARK}-3 \t`, `-----BEGIN PRIVATE KEY-----\n${MARK}AAAA\n-----END PRIVATE KEY-----`]
const robot = { id: 'robot', secret: 'demo-robot-secret-00', grant_types: ['client_credentials'], scopes: ['config'], default_scopes: ['config'] }
const LISTS = ['providers', 'sms.routes', 'realname.verifiers', 'legacy_sources', 'webhooks', 'clients']
const seen = []
const planted = []
let broker, operator, audit, token

before(async () => {
	broker = await Broker.start({ clients: [CLIENTS.public(), robot], login: { namespaces: ['natural', 'legal', 'staff'] },
		providers: [{ id: 'filed', type: 'qq', title: { zh: '旧' }, app_id: '100', app_key: MARK + '-of-the-file' }] })
	operator = (await Staff.create(broker, 'keeper', 'operator').at(`${broker.issuer}/login?tab=staff`)).browser
	audit = (await Staff.create(broker, 'auditor', 'audit').at(`${broker.issuer}/login?tab=staff`)).browser
	token = (await broker.client('robot').token({ grant_type: 'client_credentials' })).json.access_token
})
after(() => broker.stop())

async function api(path, body) {
	const response = await broker.get(`/api/v1/config${path}`, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
		headers: { Authorization: `Bearer ${token}`, ...body && { 'Content-Type': 'application/json' } } })
	const text = await response.text()

	seen.push([path, text])
	return { code: response.status, ...JSON.parse(text) }
}
async function open(path, browser = operator) {
	const page = await browser.open(`${broker.issuer}${path}`)

	seen.push([path, page.html])
	return page
}
function nowhere() {
	for (const [where, text] of seen)
		assert.ok(!text?.includes(MARK), `${where}: …${text?.slice(Math.max(0, text.indexOf(MARK) - 200), text.indexOf(MARK) + 60)}…`)
}
/** Kinds of objects of a list, as the console offers them; ['']: of one kind only. */
async function kinds(list) {
	const found = [...(await open(`/console/${list.replace('.', '/')}`)).html.matchAll(/id="type-(\w+)" name="type"/g)].map((m) => m[1])

	return found.length ? found : ['']
}
const secretsOf = async (path, type) => (await api(`/versions/0/fields?path=${path}&type=${type}`)).fields.filter((field) => field.secret).map((field) => field.path)

test('what is a secret for one kind of service is none to be read as another kind\'s name', async () => {
	// qq's app_key is a secret, dingtalk's is not
	const edit = async (version, ...edits) => assert.equal((await api(`/versions/${version}/edit`, { edits })).code, 200)
	const look = async (version) => {
		for (const id of ['filed', 'fresh'])
			for (const what of ['', '/diff', '/diff?from=0', '/export', `/fields?path=providers.${id}`, `/fields?path=providers.${id}&type=dingtalk`])
				await api(`/versions/${version}${what}`)
		await api(`/versions/${version}/validate`, {})
		await open(`/console/versions/${version}`)
		await open(`/console/versions?from=0&to=${version}`)
	}
	const fresh = { type: 'qq', app_id: '1', app_key: `${MARK}-fresh`, title: { zh: '新' } }
	const others = [[{ path: 'providers.filed.type', value: 'dingtalk' }, { path: 'providers.fresh.type', value: 'dingtalk' }], [{ path: 'providers.filed.type', value: 'dingtalk' }, { path: 'providers.filed.app_key', forget: true }], [{ path: 'providers.fresh.type', forget: true }],
		[{ path: 'providers.fresh.type', value: null }], [{ path: 'providers.fresh', value: { type: 'dingtalk', title: { zh: '新' } } }, { path: 'providers.filed', value: { type: 'dingtalk' } }],
		[{ path: 'providers.fresh.type', value: 'nonsense' }], [{ path: 'providers', value: null }], [{ path: 'providers.filed', remove: true }]]
	for (const edits of others) {
		const { version } = await api('/drafts', { reason: 'another kind' })

		await edit(version, { path: 'providers.fresh', value: fresh })
		await look(version)
		for (const one of edits)
			await api(`/versions/${version}/edit`, { edits: [one] })
		await look(version)
		await api(`/versions/${version}/edit`, { edits: [{ path: 'providers.fresh.type', value: 'dingtalk' }] })
		await look(version)
		planted.push(version)
	}
	const { version } = await api('/drafts', { yaml: `providers:\n  fresh:\n    app_key: ${MARK}-typeless\n    title: {zh: 新}\n`, reason: 'of no kind' })
	await look(version)
	await edit(version, { path: 'providers.fresh.type', value: 'dingtalk' })
	await look(version)
	planted.push(version)
	for (const path of ['/console/providers/filed?type=dingtalk', '/console/providers/filed'])
		await open(path)
	for (const from of planted)
		for (const to of planted)
			await api(`/versions/${to}/diff?from=${from}`)
	nowhere()
})

test('secrets of every kind of service are planted', async () => {
	let first
	for (const [i, broken] of [undefined, ...BROKEN].entries()) {
		const { version } = await api('/drafts', { reason: `plant ${i}` })

		first ??= version
		planted.push(version)
		for (const list of LISTS)
			for (const type of await kinds(list)) {
				const path = `${list}.p${i}${type.replace(/\W/g, '')}`
				const secrets = await secretsOf(path, type)
				const edits = [type && { path: `${path}.${{ 'sms.routes': 'gateway', 'realname.verifiers': 'verifier' }[list] ?? 'type'}`, value: type },
					...secrets.map((secret) => ({ path: secret, value: broken ?? `${MARK}-good-${secret}-0123456789` }))].filter(Boolean)

				if (!secrets.length)
					continue
				const answer = await api(`/versions/${version}/edit`, { edits })
				assert.ok([200, 400].includes(answer.code), `${path}: ${JSON.stringify(answer)}`)
			}
		const answer = await api(`/versions/${version}/edit`, { edits: [{ path: 'mail.password', value: broken ?? `${MARK}-good-mail` }, { path: 'sms.receipt_secret', value: broken ?? `${MARK}-good-receipts` }] })
		assert.equal(answer.code, 200, JSON.stringify(answer))
	}
	const { tree } = await api(`/versions/${first}`)
	assert.ok(JSON.stringify(tree).match(/secret_ref/g).length > 15, 'they are there')
})

test('typed into forms, kept and refused, tested and imported', async () => {
	for (const [list, type, name] of [['providers', 'alipay', 'private_key'], ['providers', 'oidc', 'client_secret'], ['webhooks', '', 'secret'], ['clients', '', 'secret'], ['realname/verifiers', 'http', 'secret']])
		for (const [i, secret] of [`${MARK}-typed-0123456789`, ...BROKEN].entries()) {
			const page = await open(`/console/${list}?add=yes&id=f${i}${type}&type=${type}`)
			assert.equal(page.name, 'console-form', `${page}`)
			for (const what of ['save', 'test', 'remove']) {
				const current = what === 'save' ? page : await open(new URL(page.url).pathname)
				if (!current.form('options'))
					continue
				const done = await operator.submit(current, what === 'remove' ? current.form('remove') ? 'remove' : 'options' : 'options', what === 'remove' ? { do: 'remove' } : { [`o.${name}`]: secret, do: what })
				seen.push([`${done.url} ${what}`, done.html])
			}
			const stale = await operator.submit(page, 'options', { [`o.${name}`]: secret, revision: '99.9', do: 'save' })
			assert.equal(stale.error, 'conflict')
			seen.push([`${page.url} stale`, stale.html])
		}
	for (const yaml of [`set:\n  webhooks:\n    w: {secret: ${MARK}-yaml, url: 5, nonsense: {a: ${MARK}-yaml}}\n`, `webhooks: {w: {secret: [${MARK}-yaml]}}`, `webhooks: {w: {secret: "${MARK}-yaml"`,
		`mail: [{password: ${MARK}-yaml}]`, `webhooks: {w: [{secret: ${MARK}-yaml}]}`, `webhooks: ${MARK}-yaml`, `legacy_sources: {s: {live: [{secret: ${MARK}-yaml}]}}`, `sms: {routes: {a: {gateway: [http], secret: ${MARK}-yaml}}}`,
		`clients: {c: {secret: {a: ${MARK}-yaml}}}`, `clients: {c: {secret: {secret_ref: ${MARK}-yaml}}}`]) {
		const page = await operator.submit(await open('/console/transfer'), 'import-form', { import: yaml })
		const again = page.html.replace(/<textarea[\s\S]*?<\/textarea>/g, '') // what was typed stands in its field again

		seen.push(['import', again])
	}
})

test('and are nowhere to be seen', async () => {
	const todo = ['/console', '/console/explain', '/console/export', '/console/transfer', '/console/versions', ...planted.map((version) => `/console/versions/${version}`)], done = new Set()

	while (todo.length && done.size < 400) {
		const path = todo.shift()

		if (done.has(path))
			continue
		done.add(path)
		const page = await open(path)
		for (const [, href] of (page.html ?? '').matchAll(/href="(\/console[^"#]*)"/g))
			if (!/time=|lang=/.test(href))
				todo.push(href.replaceAll('&amp;', '&'))
	}
	assert.ok(done.size > 60, `${done.size}`)
	for (const version of [...planted, 0]) {
		for (const what of ['', '/diff', `/diff?from=${planted[0]}`, '/export', ...LISTS.map((list) => `/fields?path=${list}`), '/fields?path=sms', '/fields?path=mail'])
			await api(`/versions/${version}${what}`)
		await api(`/versions/${version}/validate`, {})
		await api(`/versions/${version}/activate`, {})
		await api(`/versions/${version}/test`, { path: `providers.p0oidc` })
		await api(`/versions/${version}/try`, { login_name: 'zhangsan', client: 'demo-public' })
		await api(`/versions/${version}/rebase`, {})
		for (const command of ['show', 'diff', 'export', 'validate']) {
			const result = broker.cli('config', command, String(version))

			seen.push([`config ${command}`, result.out + result.err])
		}
	}
	for (const object of (await api(`/versions/${planted[0]}/fields?path=providers`)).objects)
		await api(`/versions/${planted[0]}/fields?path=providers.${object.id}`)
	for (const path of ['/audit', '/audit?action=config.edit', '/audit?action=config.import'])
		await open(path, audit)
	seen.push(['audit', broker.cli('audit', 'list').out])
	seen.push(['log', broker.log.join('\n')])
	nowhere()
	for (const name of readdirSync(broker.config.data_dir, { recursive: true, withFileTypes: true }))
		if (name.isFile())
			assert.ok(!readFileSync(join(name.path, name.name)).includes(MARK), name.name)
})
