// SPDX-License-Identifier: Apache-2.0
// The look-up of old accounts (domain.md 1.2, M11-M21): every case, where it leads, what it never tells, and the same as JSON for portals.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Broker, USCC, client, passwordLogin, until } from './harness.mjs'
import { uscc } from './uscc.mjs'

const OLD = 'Old@1234'
const HEADER = 'kind,legacy_id,login_name,user_type,name,phone,uscc,unit_name,digest,salt\n'
const md5 = createHash('md5').update(`${OLD}s`).digest('hex')
const enterprise = (id, code, digest = md5) => `enterprise,${id},${code},legal,某公司,,${code},某公司,${digest},${digest && 's'}\n`
const individual = (id, phone, digest = md5) => `individual,${id},${phone},natural,某人,${phone},,,${digest},${digest && 's'}\n`

const CODE = { E0a: uscc('110000', 'MA9Y9Y9Y'), E0b: uscc('120000', 'MA7K6J5H'), E1: '91110108MA01ET88XL', E2: USCC, E3: uscc('440300', 'MA5DA1XY'),
	E4: uscc('320100', 'MA1P2Q3R'), none: uscc('510000', 'MA6C5D4E'), bare: uscc('610000', 'MA6TTTTT') }
const PHONE = { P0: '13900000000', P1: '13900000001', P2: '13900000002', P3: '13900000003', P4: '13900000004' }

let broker
before(async () => {
	broker = await Broker.start({
		clients: [client('demo-public', { type: 'public' }), { id: 'most', secret: 'demo-most-secret', grant_types: ['client_credentials'],
			scopes: ['directory.lookup', 'directory.units'] }],
		units: [CODE.E2, CODE.E4, CODE.E0b].map((code) => ({ uscc: code, name: `单位${code}`, status: 'effective' })),
		subsystems: [{ id: 'gaoqi', name: { zh: '高企认定', en: 'High-tech' } }, { id: 'kexiao', name: { zh: '科小企评价', en: 'SMEs' } }],
		legacy_sources: [{ id: 'torch', name: { zh: '火炬中心', en: 'Torch Center' }, scheme: 'hex(md5(p.s))', subsystems: ['gaoqi', 'kexiao'], complete: true }],
		lookup: { per_address_hour: 10000, per_client_hour: 40, per_key_hour: 30 },
		registration: { natural: { open: true }, legal: { open: true } },
	}, [
		{ login: CODE.E2, namespace: 'legal', unit: CODE.E2 },
		{ login: CODE.E3 },
		{ login: 'other_legal', namespace: 'legal', unit: CODE.E4, name: '王大友', phone: '13712349050' },
		{ login: 'registered', namespace: 'legal', unit: CODE.E0b },
		{ login: PHONE.P2 },
		{ login: PHONE.P3, namespace: 'legal', unit: CODE.E2 },
		{ login: 'secret_name', phone: PHONE.P4, 'realname-level': 2 },
	])
	const result = broker.legacy(HEADER + ['E1', 'E2', 'E3', 'E4'].map((one) => enterprise(one, CODE[one])).join('') +
		['P1', 'P2', 'P3', 'P4'].map((one) => individual(one, PHONE[one])).join('') + enterprise('bare', CODE.bare, ''))

	assert.deepEqual(result.counts, { E1: 2, E2: 1, E3: 1, E4: 1, P1: 1, P2: 1, P3: 1, P4: 1 }, result.err)
})
after(() => broker.stop())

const open = (browser, path = '/lookup') => browser.open(broker.issuer + path)
async function ask(key, { browser = broker.browser(), kind = key.length === 18 ? 'enterprise' : 'individual', page, more } = {}) {
	page ??= await open(browser)
	assert.equal(page.name, 'lookup', `${page}`)
	return browser.submit(page, 'lookup', { kind, key, captcha: broker.captcha(), ...more })
}
const found = (page) => page.html.match(/<section id="result"[^>]*data-case="(\w+)" data-state="(\w+)"/)?.slice(1)
const cleaned = (page) => page.html.replace(/<[^>]*>/g, ' ')
async function canLogIn(login, password, namespace) {
	const browser = broker.browser()

	return (await passwordLogin(browser, await browser.open(`${broker.issuer}/login`), { login, password, namespace })).name !== 'login'
}

for (const [which, key, name, window, leads, says] of [
	['E0a', CODE.E0a, '', '', ['go-register'], '请注册法人账号，登录后完成实名认证，认证后可以进入高企认定和科小企评价等业务系统'],
	['E0b', CODE.E0b, '', 'legal', ['go-login', 'go-recover'], '已有本平台的法人账号'],
	['E1', CODE.E1, CODE.E1, 'legal', ['go-login', 'go-recover'], '如果提示“登录名或密码错误”'],
	['E2', CODE.E2, CODE.E2, 'legal', ['go-login', 'go-recover'], '原系统的密码没有导入'],
	['E3', CODE.E3, `HJ_${CODE.E3}`, 'legal', ['go-login', 'go-recover'], '密码不变'],
	['E4', CODE.E4, CODE.E4, 'natural', ['go-login', 'go-recover'], '认证后自动获得了该企业的高企认定和科小企评价等业务系统授权'],
	['P0', PHONE.P0, '', '', ['go-register'], '请注册自然人账号'],
	['P1', PHONE.P1, PHONE.P1, 'natural', ['go-login', 'go-recover'], '密码不变'],
	['P2', PHONE.P2, PHONE.P2, 'natural', ['go-login', 'go-recover'], '本平台的密码'],
	['P3', PHONE.P3, `HJ_${PHONE.P3}`, 'natural', ['go-login', 'go-recover'], '密码不变'],
	['P4', PHONE.P4, '', '', ['go-appeal'], '自然人申诉找回密码'],
]) {
	test(`${which}: its text, its name, its way on`, async () => {
		const browser = broker.browser()
		const page = await ask(key, { browser })

		assert.deepEqual(found(page), [which, 'original'], `${page}`)
		assert.equal(page.text('login-name'), name)
		assert.ok(cleaned(page).includes(says), cleaned(page))
		assert.deepEqual(['go-register', 'go-login', 'go-appeal', 'go-recover'].filter((id) => page.has(id)).sort(), leads.sort())
		if (name) {
			const login = await browser.click(page, 'go-login')
			assert.equal(login.form('login-password').fields.namespace, window)
			assert.equal(login.form('login-password').fields.login_name, name, 'filled in')
			const recover = await browser.click(page, 'go-recover')
			assert.equal(recover.form('recover').fields.login_name, name)
			assert.equal(recover.form('recover').fields.namespace, window)
			assert.doesNotMatch(page.link('go-login') + page.link('go-recover'), new RegExp(key), 'what was typed stands in no address')
		}
	})
}

test('who runs the unit’s legal account is shown masked, for E4 alone', async () => {
	const page = await ask(CODE.E4)

	assert.equal(page.text('contact'), '*大友 137****9050')
	for (const secret of ['王大友', '13712349050', 'other_legal'])
		assert.ok(!page.html.includes(secret))
	assert.ok(!(await ask(CODE.E0b)).has('contact'))
})

test('P4 tells no login name', async () => {
	assert.doesNotMatch((await ask(PHONE.P4)).html, /secret_name/)
})

test('what is typed may have spaces, small letters, full-width digits', async () => {
	assert.deepEqual(found(await ask(` ${CODE.E1.toLowerCase()} `, { kind: 'enterprise' })), ['E1', 'original'])
	assert.deepEqual(found(await ask('+86 139-0000-0001', { kind: 'individual' })), ['P1', 'original'])
	assert.deepEqual(found(await ask('１３９００００００３９'.slice(0, 9) + '01', { kind: 'individual' }))?.[0], 'P1')
})

for (const [name, values, field, error] of [
	['nothing', { key: '' }, 'key', 'field_empty'],
	['a credit code with a wrong check', { key: '91110108MA01ET88XX' }, 'key', 'invalid'],
	['a phone where a code is asked', { key: '13900000001' }, 'key', 'invalid'],
	['a code where a phone is asked', { kind: 'individual', key: CODE.E1 }, 'key', 'phone'],
	['a kind that there is not', { kind: 'ghost' }, 'key', 'invalid'],
	['markup', { key: '<script>alert(1)</script>' }, 'key', 'invalid'],
	['no captcha', { captcha: '' }, 'captcha', 'field_empty'],
	['a wrong captcha', { captcha: 'nnnn' }, 'captcha', 'captcha'],
]) {
	test(`refused: ${name}`, async () => {
		const page = await ask(CODE.E1, { more: values })

		assert.equal(page.error, error, `${page}`)
		assert.ok(page.has(`${field}-error`))
		assert.equal(found(page), undefined)
		assert.ok(page.has('captcha'), 'and a new captcha')
		assert.doesNotMatch(page.html, /<script>alert/)
	})
}

test('a captcha answers once', async () => {
	const browser = broker.browser()
	const page = await open(browser), captcha = broker.captcha()

	assert.ok(found(await browser.submit(page, 'lookup', { kind: 'enterprise', key: CODE.E1, captcha })))
	assert.equal((await browser.submit(page, 'lookup', { kind: 'enterprise', key: CODE.E3, captcha })).error, 'captcha')
})

test('the login page leads there, with the kind of its window; the small window is the same page, and nobody may frame it', async () => {
	const browser = broker.browser()
	const login = await browser.open(broker.client('demo-public').request().url)
	const page = await browser.click(await browser.click(login, 'tab-legal'), 'link-lookup')
	assert.equal(page.form('lookup').fields.kind, 'enterprise')
	assert.equal((await browser.click(login, 'link-lookup')).form('lookup').fields.kind, 'individual')

	const small = await open(broker.browser(), '/lookup/window')
	assert.equal(small.name, 'lookup')
	assert.match(small.html, /<body class="compact" >/)
	assert.match(small.headers.get('content-security-policy'), /frame-ancestors 'none'/)
	const other = broker.browser()
	const answer = await ask(CODE.E3, { browser: other, page: await open(other, '/lookup/window') })
	assert.deepEqual(found(answer), ['E3', 'original'])
	assert.match(answer.html, /id="go-login"[^>]* target="_blank" rel="noopener"/)
	assert.equal((await other.click(answer, 'again')).url.includes('/lookup/window'), true)
})

test('from the business system to the look-up, to the login and back with a code', async () => {
	const browser = broker.browser()
	const request = broker.client('demo-public').request({ scope: 'openid' })
	const page = await browser.click(await browser.click(await browser.open(request.url), 'tab-legal'), 'link-lookup')
	const answer = await ask(CODE.E3, { browser, page })
	const end = await passwordLogin(browser, await browser.click(answer, 'go-login'), { login: `HJ_${CODE.E3}`, password: OLD, namespace: 'legal' })

	assert.ok(end.params?.code, `${end}`)
	assert.equal(end.params.state, request.state)
})

test('E1 whose owner has logged in and changed the password meanwhile is told the same, with the hint of M13', async () => {
	const before_ = cleaned(await ask(CODE.E1))

	assert.ok(await canLogIn(CODE.E1, OLD, 'legal'))
	const result = broker.cli('account', 'set', '--login', CODE.E1, '--namespace', 'legal', '--password-file', '-', { input: 'Fresh#2026' })
	assert.equal(result.code, 0, result.err)
	assert.equal(await canLogIn(CODE.E1, OLD, 'legal'), false)
	const after_ = cleaned(await ask(CODE.E1))
	assert.equal(after_, before_, 'whether somebody has been here is nobody’s business')
	assert.match(after_, /说明您已登录过本平台并修改了密码/)
})

test('an account without a password says so; one that is closed tells no name', async () => {
	const bare = await ask(CODE.bare)
	assert.deepEqual(found(bare), ['E1', 'reset'])
	assert.ok(bare.has('go-recover'))
	broker.legacy(HEADER + individual('gone', '13900000051'))
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/account/close`), { login: '13900000051', password: OLD })
	const close = await browser.submit(page, 'close', { agree: 'yes' })
	const gone = await ask('13900000051')

	assert.deepEqual(found(gone), ['P1', 'moved'], `${close}`)
	assert.equal(gone.text('login-name'), '')
	assert.ok(gone.has('go-appeal') && !gone.has('go-recover'))
})

test('until the import is complete, absence is not taken for an answer', async () => {
	broker.reload({ legacy_sources: [{ ...broker.config.legacy_sources[0], complete: false }] })

	await until(async () => found(await ask(CODE.none))?.[0] === 'not_migrated', 'the configuration is read')
	assert.deepEqual(found(await ask(PHONE.P0))?.[0], 'not_migrated')
	assert.deepEqual(found(await ask(CODE.E3))?.[0], 'E3', 'what is there is told')
})

test('the texts in English', async () => {
	const page = await ask(CODE.E4, { browser: broker.browser({ language: 'en' }) })

	assert.match(cleaned(page), /the enterprise&#39;s High-tech and SMEs are open to you|the enterprise's High-tech and SMEs are open to you/)
})

// ---- for portals

async function api(form, scope = 'directory.lookup') {
	const { access_token } = (await broker.client('most').token({ grant_type: 'client_credentials', scope })).json
	const response = await broker.get('/api/v1/lookup', { method: 'POST', body: new URLSearchParams(form), headers: { Authorization: `Bearer ${access_token}` } })

	return { code: response.status, headers: response.headers, ...await response.json() }
}

test('JSON: the same answers for a portal with the scope', async () => {
	const { code, headers: _, ...e3 } = await api({ kind: 'enterprise', key: CODE.E3 })
	assert.equal(code, 200)
	assert.deepEqual(e3, { case: 'E3', state: 'original', window: 'legal', login_name: `HJ_${CODE.E3}`, source: 'torch' })
	const e4 = await api({ kind: 'enterprise', key: CODE.E4, source: 'torch' })
	assert.deepEqual([e4.case, e4.contact_name, e4.contact_phone], ['E4', '*大友', '137****9050'])
	const p4 = await api({ kind: 'individual', key: PHONE.P4 })
	assert.deepEqual([p4.case, p4.login_name], ['P4', undefined])
	assert.equal((await api({ kind: 'individual', key: '123' })).code, 400)
	assert.equal((await api({ kind: 'enterprise', key: CODE.E3, source: 'nobody' })).code, 404)
	assert.equal((await api({ kind: 'enterprise', key: CODE.E3 }, 'directory.units')).code, 403)
	assert.equal((await broker.get('/api/v1/lookup', { method: 'POST', body: new URLSearchParams({ kind: 'enterprise', key: CODE.E3 }) })).status, 401)
	const description = await (await broker.get('/api/v1/openapi.json')).json()
	assert.deepEqual(Object.keys(description.paths['/api/v1/lookup'].post.requestBody.content['application/x-www-form-urlencoded'].schema.properties).sort(), ['key', 'kind', 'source'])
})

test('JSON: limited by key and by client', async () => {
	let last
	for (let i = 0; i < 50 && last?.code !== 429; i++)
		last = await api({ kind: 'individual', key: `1370000${String(i).padStart(4, '0')}` })
	assert.equal(last.code, 429)
	assert.ok(Number(last.headers.get('retry-after')) > 0)
})

test('the page: limited by key, whoever asks', async () => {
	let page
	for (let i = 0; i < 40 && page?.error !== 'too_many'; i++)
		page = await ask('13900000099')
	assert.equal(page.error, 'too_many')
	assert.deepEqual(found(await ask(PHONE.P1))?.[0], 'P1')
})

test('where no source answers there is neither page nor link', async () => {
	const other = await Broker.start({ legacy_sources: [{ id: 'old', accounts: 'claim' }] }, [{ login: 'zhangsan' }])

	try {
		const browser = other.browser()
		assert.equal((await browser.open(`${other.issuer}/login`)).has('link-lookup'), false)
		assert.equal((await browser.open(`${other.issuer}/lookup`)).error ?? 'closed', 'closed')
	} finally {
		await other.stop()
	}
})
