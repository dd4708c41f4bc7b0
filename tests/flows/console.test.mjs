// SPDX-License-Identifier: Apache-2.0
// The console: who may come in, a provider and a gateway set up by forms that are made of the tables of options, what is wrong said at its field, four
// eyes, history, export and import, and the dashboard.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, client, passwordLogin, until } from './harness.mjs'
import { Staff } from './totp.mjs'
import { registry } from '../standins/registry.mjs'

const row = registry.find((one) => one.name === 'oauth2')
const people = {}
let broker, standin, refuser
before(async () => {
	standin = await row.start({})
	refuser = createServer((request, response) => response.writeHead(400).end())
	await new Promise((done) => refuser.listen(0, '127.0.0.1', done))
	broker = await Broker.prepare({ clients: [CLIENTS.public({ name: { zh: '演示系统', en: 'Demo' } }),
		client('refuser', { type: 'public', backchannel_logout_uri: `http://127.0.0.1:${refuser.address().port}/` })], login: { namespaces: ['natural', 'legal', 'staff'] } })
	broker.account({ login: 'zhangsan', name: '张三', phone: '13800138000' })
	for (const [name, role] of [['op', 'operator'], ['op2', 'operator'], ['support', 'support'], ['security', 'security'], ['audit', 'audit'], ['system', 'system'], ['reviewer', 'reviewer']])
		people[name] = Staff.create(broker, `console_${name}`, role)
	await broker.run()
	for (const one of Object.values(people))
		one.browser = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
})
after(async () => {
	await broker.stop()
	await standin.stop()
	refuser.close()
})

const open = (path, who = 'op') => people[who].browser.open(`${broker.issuer}${path}`)
const submit = (page, form, fields, who = 'op') => people[who].browser.submit(page, form, fields)
const bare = (page) => page.html.replace(/<[^>]*>/g, ' ')

test('operators come in, nobody else does', async () => {
	const page = await open('/console')
	assert.equal(page.name, 'console', `${page}`)
	assert.ok(page.has('nav-console'))
	for (const path of ['/console', '/console/settings', '/console/providers', '/console/versions', '/console/try', '/console/transfer', '/console/export', '/console/branding'])
		for (const who of ['support', 'security', 'audit', 'system', 'reviewer'])
			assert.equal((await open(path, who)).status, 403, `${who} ${path}`)
	assert.equal((await broker.browser().open(`${broker.issuer}/console`)).name, 'login')
})

test('a client that refuses to be told of a logout stands on the dashboard', async () => {
	const person = broker.browser()

	assert.ok(!(await open('/console')).has('untold'))
	await broker.client('refuser').login(person, { login: (page) => passwordLogin(person, page) })
	broker.cli('account', 'logout', '--login', 'zhangsan')
	const page = await until(async () => {
		const now = await open('/console')

		return now.has('untold') && now
	}, 'it stands there')
	assert.match(bare(page), /refuser\s+对方拒绝\s+status 400\s+1/)
	assert.ok(page.has('queue-logouts'))
})

test('what is not there is not there', async () => {
	for (const path of ['/console/http', '/console/nothing', '/console/providers/nobody', '/console/providers/x?type=nothing', '/console/branding/x', '/console/versions/99', '/console/versions/x', '/console/versions/-1'])
		assert.equal((await open(path)).status, 404, path)
	assert.equal((await open('/console/providers?add=yes&id=a%20b&type=oauth2')).error, 'config_id')
	assert.equal((await open('/console/providers?add=yes&id=&type=oauth2')).error, 'field_empty')
})

test('a form without its token changes nothing', async () => {
	const page = await open('/console/branding')
	assert.equal((await submit(page, 'options', { 'o.name.zh': '不该', csrf: 'x' })).status, 403)
	assert.ok(!(await open('/console/branding')).html.includes('不该'))
})

test('a provider is set up: what is wrong stands at its field, then it holds and people come in', async () => {
	const config = row.config(standin)
	let page = await open('/console/providers?add=yes&id=friends&type=oauth2')
	assert.equal(page.name, 'console-form', `${page}`)
	assert.ok(page.html.includes(`${broker.issuer}/login/friends/callback`))
	page = await submit(page, 'options', { 'o.title.zh': '朋友', 'o.title.en': 'Friends', 'o.client_id': config.client_id, 'o.client_secret': 'wrong-secret-0123456789', 'o.scope': 'login', do: 'save' })
	assert.equal(page.name, 'console-form', `${page} ${page.error}`)
	assert.ok(page.has('saved'))
	assert.ok(page.has('o-authorization_url-error'), 'what is missing is said at its field')
	assert.ok(!page.html.includes('wrong-secret'), 'a secret never comes back')
	let fields = { do: 'save', 'o.authorization_url': config.authorization_url, 'o.token_url': config.token_url, 'o.userinfo_url': config.userinfo_url,
		'o.paths.token_subject': 'uid', 'o.paths.data': 'data.user', 'o.paths.subject': 'id', 'o.paths.name': 'nick', 'o.error.path': 'errcode', 'o.error.fine': '0', 'o.error.message': 'errmsg',
		'o.client_secret': 'wrong-secret-0123456789' }
	page = await submit(page, 'options', fields)
	assert.ok(!page.has('problems'), bare(page))
	const draft = page.html.match(/\/console\/versions\/(\d+)/)[1]
	page = await open(`/console/versions/${draft}`)
	assert.ok(page.has('good'), bare(page))
	assert.match(bare(page), /providers\.friends\s+未设置\s+新增 friends/)
	assert.ok(!page.html.includes('wrong-secret'))
	assert.ok(!(await broker.browser().open(`${broker.issuer}/login`)).has('provider-friends'), 'a draft changes nothing')
	assert.equal((await submit(page, 'draft-form', { reason: '', do: 'activate' })).error, 'field_empty')
	page = await submit(page, 'draft-form', { reason: '接入朋友', do: 'activate' })
	assert.ok(page.has('done'), `${page} ${page.error} ${bare(page)}`)
	assert.equal(page.html.match(/data-state="(\w+)"/)[1], 'active')
	assert.ok((await broker.browser().open(`${broker.issuer}/login`)).has('provider-friends'))
})

test('a secret that is left empty stays, a default that is written stays the file\'s word', async () => {
	let page = await open('/console/providers/friends')
	assert.ok(page.html.includes('o-client_secret'))
	page = await submit(page, 'options', { 'o.client_secret': standin.options.secret, do: 'save' })
	page = await submit(page, 'options', { 'o.client_secret': '', 'o.title.en': 'Good friends', do: 'save' })
	const draft = page.html.match(/\/console\/versions\/(\d+)/)[1]
	page = await open(`/console/versions/${draft}`)
	const rows = [...page.html.matchAll(/<th scope="row"><code>([^<]*)/g)].map((m) => m[1])
	assert.deepEqual(rows.sort(), ['providers.friends.client_secret', 'providers.friends.title.en'])
	page = await submit(page, 'draft-form', { reason: 'the right secret', do: 'activate' })
	assert.ok(page.has('done'), bare(page))
})

test('an option of a group, and a number that is none', async () => {
	let page = await open('/console/otp')
	page = await submit(page, 'options', { 'o.digits': 'many', do: 'save' })
	assert.ok(page.has('o-digits-error'), bare(page))
	assert.ok(page.has('problems'))
	const draft = page.html.match(/\/console\/versions\/(\d+)/)[1]
	page = await open(`/console/versions/${draft}`)
	assert.ok(!page.has('submit-activate'), 'what is wrong cannot be activated')
	page = await submit(page, 'draft-form', { do: 'discard' })
	assert.equal(page.html.match(/data-state="(\w+)"/)[1], 'rejected')
})

test('an object is removed, and history brings it back', async () => {
	let page = await open('/console/providers/friends')
	page = await submit(page, 'remove', { do: 'remove' })
	assert.equal(page.name, 'console-list', `${page}`)
	let draft = page.html.match(/\/console\/versions\/(\d+)/)[1]
	page = await open(`/console/versions/${draft}`)
	assert.match(bare(page), /providers\.friends\s+friends\s+删除 friends/)
	page = await submit(page, 'draft-form', { reason: 'away', do: 'activate' })
	assert.ok(!(await broker.browser().open(`${broker.issuer}/login`)).has('provider-friends'))
	page = await open(`/console/versions/${draft - 2}`)
	page = await submit(page, 'rollback', { reason: 'back again', do: 'rollback' })
	assert.equal(page.name, 'console-version', `${page} ${page.error}`)
	page = await submit(page, 'draft-form', { reason: 'back again', do: 'activate' })
	assert.ok(page.has('done'), bare(page))
	assert.ok((await broker.browser().open(`${broker.issuer}/login`)).has('provider-friends'))
	const compared = await open('/console/versions?from=0&to=2')
	assert.ok(compared.has('compared'))
	assert.ok(compared.html.includes('providers.friends'))
	assert.ok(compared.has('acts'))
})

test('export has no secrets and comes back as it was', async () => {
	const yaml = await open('/console/export')
	const text = yaml.html ?? yaml.body
	assert.match(text, /friends/)
	assert.ok(!text.includes(standin.options.secret))
	let page = await open('/console/transfer')
	page = await submit(page, 'import-form', { import: 'set: [1' })
	assert.equal(page.error, 'config', `${page}`)
	page = await submit(page, 'import-form', { import: 'webhooks: {w: {secret: {secret_ref: webhooks.w.secret}}}' })
	assert.equal(page.error, 'config', `${page}`)
	assert.ok(!(await open('/console/transfer')).has('draft'), 'nothing is left of it')
	assert.match((await open('/audit', 'audit')).html, /config\.export/)
	page = await submit(await open('/console/transfer'), 'import-form', { import: text })
	assert.equal(page.name, 'console-version', `${page} ${page.error} ${bare(page)}`)
	assert.ok(page.has('no-changes'), bare(page))
	await submit(page, 'draft-form', { do: 'discard' })
})

test('a dry run says what somebody would get', async () => {
	let page = await submit(await open('/console/try'), 'try', { namespace: 'natural', login_name: 'zhangsan', client: 'demo-public', scope: 'openid profile phone' })
	assert.equal(page.status, 200, `${page} ${page.error}`)
	assert.ok(page.has('passes'), bare(page))
	assert.match(page.html, /phone_number&quot;: &quot;138\*\*\*\*8000&quot;/)
	assert.ok(!page.html.includes('张三') && !page.html.includes('13800138000'), 'that they are told is enough')
	page = await submit(page, 'try', { namespace: 'natural', login_name: 'nobody', client: 'demo-public' })
	assert.equal(page.error, 'no_account')
})

test('the dashboard counts logins by way in', async () => {
	const browser = broker.browser()
	await browser.submit(await browser.open(`${broker.issuer}/login`), 'login-password', { login_name: 'zhangsan', password: 'Wrong@1234' })
	let page
	for (let i = 0; i < 40; i++) {
		page = await open('/console?time=day')
		if (/id="by-way"/.test(page.html) && /<td>1<\/td>/.test(page.html))
			break
		await new Promise((done) => setTimeout(done, 500))
	}
	assert.ok(page.has('by-way'), bare(page))
	assert.match(page.html, /M[\d.]+ [\d.]+h[\d.]+v-/, 'bars are drawn')
	for (const time of ['week', 'month', 'x'])
		assert.equal((await open(`/console?time=${time}`)).status, 200)
})

test('a failed login is explained by its reference', async () => {
	const browser = broker.browser()
	const wrong = await browser.submit(await browser.open(`${broker.issuer}/login`), 'login-password', { login_name: 'zhangsan', password: 'Wrong@1234' })
	assert.equal(wrong.error, 'credentials')
	let page = await open('/console/explain?way=password')
	assert.ok(page.has('failed'), bare(page))
	const reference = page.html.match(/console\/explain\?q=(\w+)/)[1]
	page = await open(`/console/explain?q=${reference}`)
	assert.ok(page.has('trail'), bare(page))
	assert.match(bare(page), /密码登录失败/)
	assert.ok(!page.html.includes('Wrong@1234'))
	assert.ok((await open('/console/explain?q=nobody')).has('unknown'))
	assert.equal((await open('/console/explain', 'support')).status, 403)
})

test('every form of the Chinese console is in Chinese', async () => {
	const chinese = /[\u4e00-\u9fff]/
	const forms = []
	const english = new Set()
	const settings = (await open('/console/settings')).html
	for (const section of new Set([...settings.matchAll(/href="(\/console\/\w+)"/g)].map(([, path]) => path))) {
		const page = await open(section)
		const types = [...page.html.matchAll(/id="type-([\w-]+)"/g)].map(([, type]) => type)
		const choices = [...(page.html.match(/<select id="o-(?:gateway|verifier)"[^]*?<\/select>/)?.[0] ?? '').matchAll(/value="([\w-]+)"/g)].map(([, type]) => type)

		forms.push(section, ...types.map((type) => `${section}?add=yes&id=new&type=${type}`), ...choices.map((type) => `${section}?type=${type}`))
		if (page.name === 'console-list' && !types.length)
			forms.push(`${section}?add=yes&id=new`)
	}
	for (const section of ['/console/sms/routes', '/console/realname/verifiers'])
		forms.push(section)
	assert.ok(forms.length > 40, forms.join('\n'))
	for (const path of forms) {
		const page = await open(path)
		if (page.name !== 'console-form')
			continue
		for (const [, id, words] of page.html.matchAll(/<p class="hint (?:field|group)-hint"(?: id="([\w-]+)-help")?>([^<]*)</g))
			if (!chinese.test(words))
				english.add(`${path} ${id ?? 'group'}: ${words}`)
		for (const [, words] of page.html.matchAll(/<p class="cell-heading">([^<]*)</g))
			if (!chinese.test(words))
				english.add(`${path} heading: ${words}`)
	}
	assert.deepEqual([...english], [])
})
