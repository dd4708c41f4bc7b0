// SPDX-License-Identifier: Apache-2.0
// Logging in with a password: both namespaces, every identifier, what goes wrong and how little it says.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, PASSWORD, USCC, passwordLogin, sleep } from './harness.mjs'

let broker
before(async () => {
	broker = await Broker.start({ login: { captcha_after: 100, tries: 3, tries_window: '1h', address_tries: 1000 }, http: { trusted_proxies: ['127.0.0.0/8'] } }, [
		{ login: 'zhangsan', phone: '13800138000', email: 'zhang@example.cn', name: '张三' },
		{ login: 'keji_demo', namespace: 'legal', unit: USCC },
		{ login: 'same', password: 'Natural@1' },
		{ login: 'same', namespace: 'legal', unit: USCC, password: 'Legal@1234' },
		{ login: 'victim' },
	])
})
after(() => broker.stop())

const open = async (browser, more) => browser.open(broker.client('demo-public').request(more).url)
const from = (address) => broker.browser({ headers: { 'X-Forwarded-For': address } })

for (const [name, login, namespace] of [
	['a natural person by login name', 'zhangsan', 'natural'],
	['… in capital letters', 'ZhangSan', 'natural'],
	['… by phone', '13800138000', 'natural'],
	['… by phone with country code', '+86 138 0013 8000', 'natural'],
	['… by e-mail', 'zhang@example.cn', 'natural'],
	['a legal person by login name', 'keji_demo', 'legal'],
]) {
	test(`${name} logs in and the client gets tokens`, async () => {
		const browser = broker.browser()
		const { claims, tokens } = await broker.client('demo-public').login(browser, { scope: 'openid profile org', login: (page) => passwordLogin(browser, page, { login, namespace }) })

		assert.equal(claims.user_type ?? (await broker.client('demo-public').userinfo(tokens.access_token)).json.user_type, namespace)
		assert.deepEqual(claims.amr, ['pwd'])
		assert.equal(tokens.token_type, 'Bearer')
	})
}

test('the same name is two accounts, one in each namespace', async () => {
	const subs = []

	for (const [namespace, password] of [['natural', 'Natural@1'], ['legal', 'Legal@1234']]) {
		const browser = broker.browser()
		const { claims } = await broker.client('demo-public').login(browser, { login: (page) => passwordLogin(browser, page, { login: 'same', namespace, password }) })

		subs.push(claims.sub)
	}
	assert.notEqual(subs[0], subs[1])
})

test('the password of one namespace does not open the other', async () => {
	const browser = from('192.0.2.1')
	const page = await passwordLogin(browser, await open(browser), { login: 'same', namespace: 'natural', password: 'Legal@1234' })

	assert.equal(page.error, 'credentials')
})

test('wrong passwords and unknown names get the same page', async () => {
	const bodies = []

	for (const [login, password] of [['zhangsan', 'Wrong@1234'], ['nobody__', 'Wrong@1234']]) {
		const browser = from('192.0.2.2')
		const page = await passwordLogin(browser, await open(browser), { login, password })

		assert.equal(page.status, 400)
		assert.equal(page.name, 'login')
		assert.equal(page.error, 'credentials')
		bodies.push(page.html.replaceAll(login, 'LOGIN').replace(/interaction=[\w-]+/g, '').replace(/(name="(?:csrf|interaction)") value="[^"]*"/g, '$1')
			.replace(/id="reference">[^<]*/, '').replace(/action="[^"]*"/g, ''))
	}
	assert.equal(bodies[0], bodies[1])
})

test('… and take about the same time', async () => {
	const browser = from('192.0.2.3')
	const times = { zhangsan: [], nobody__: [] }
	const page = await open(browser)

	for (let i = 0; i < 3; i++)
		for (const login of Object.keys(times)) {
			const began = performance.now()

			browser.headers['X-Forwarded-For'] = `192.0.2.${10 + i}`
			assert.equal((await passwordLogin(browser, page, { login, password: 'Wrong@1234' })).error, 'credentials')
			times[login].push(performance.now() - began)
		}
	const [known, unknown] = Object.values(times).map((list) => Math.min(...list))
	assert.ok(known < unknown * 4 + 20 && unknown < known * 4 + 20, `known ${known} ms, unknown ${unknown} ms`)
})

test('what was typed stands in the page again, the password does not', async () => {
	const browser = from('192.0.2.4')
	const page = await passwordLogin(browser, await open(browser), { login: 'some"<b>one', password: 'Wrong@123456' })

	assert.equal(page.form('login-password').fields.login_name, 'some"<b>one')
	assert.doesNotMatch(page.html, /Wrong@123456|<b>one/)
})

for (const [field, values] of [['login_name', { login_name: '' }], ['password', { password: '' }]]) {
	test(`an empty ${field} is said at its field`, async () => {
		const browser = from('192.0.2.5')
		const page = await passwordLogin(browser, await open(browser), values)

		assert.equal(page.error, 'field_empty')
		assert.ok(page.has(`${field}-error`))
		assert.match(page.html, new RegExp(`name="${field}"[^>]*aria-invalid="true"`))
	})
}

test('guessing locks out the guesser and nobody else', async () => {
	const guesser = from('198.51.100.7')
	let page = await open(guesser)

	for (let i = 0; i < 3; i++) {
		page = await passwordLogin(guesser, page, { login: 'victim', password: `Guess@${i}` })
		assert.equal(page.error, 'credentials')
	}
	page = await passwordLogin(guesser, page, { login: 'victim' })
	assert.equal(page.error, 'locked', 'the right password does not help the guesser')
	assert.equal(page.status, 429)

	const victim = from('203.0.113.9')
	const end = await passwordLogin(victim, await open(victim), { login: 'victim' })
	assert.ok(end.redirect, `the owner still gets in from elsewhere: ${end}`)

	page = await passwordLogin(guesser, await open(guesser), { login: 'zhangsan' })
	assert.ok(page.redirect, 'the guesser can still log in as somebody else')
})

test('an address counts wrong passwords, not the people of a building who log in', async () => {
	const building = await Broker.start({ login: { address_tries: 3, captcha_after: 1, tries: 100 } }, [{ login: 'zhangsan' }, { login: 'wangwu' }])
	const enter = async (more) => {
		const browser = building.browser()

		return passwordLogin(browser, await browser.open(building.client('demo-public').request().url), more)
	}

	try {
		for (let i = 0; i < 10; i++)
			assert.ok((await enter()).redirect, `login ${i + 1}`)
		for (let i = 0; i < 3; i++)
			assert.equal((await enter({ login: `nobody${i}` })).error, 'credentials')
		assert.equal((await enter({ login: 'wangwu' })).error, 'locked')
	} finally {
		await building.stop()
	}
})

test('a success clears the count of failures', async () => {
	const browser = from('198.51.100.8')

	for (let round = 0; round < 2; round++) {
		let page = await open(browser, { prompt: 'login' })

		for (let i = 0; i < 2; i++)
			page = await passwordLogin(browser, page, { password: 'Wrong@1234' })
		assert.ok((await passwordLogin(browser, page)).redirect)
	}
})

test('a form without a CSRF token, with a false one or from elsewhere does nothing', async () => {
	const browser = broker.browser()
	const page = await open(browser)

	for (const csrf of [null, '', 'x'.repeat(22), page.form('login-password').fields.csrf.slice(0, -1)]) {
		const answer = await passwordLogin(browser, page, { csrf })

		assert.equal(answer.status, 403, `csrf ${csrf}`)
		assert.equal(answer.error, 'csrf')
	}
	const form = page.form('login-password')
	const answer = await browser.go(form.action, { method: 'POST', form: { ...form.fields, login_name: 'zhangsan', password: PASSWORD }, headers: { Origin: 'https://evil.example' } })
	assert.equal(answer.error, 'csrf')
})

test('another browser cannot go on with an interaction', async () => {
	const mine = broker.browser()
	const page = await open(mine)
	const other = broker.browser()

	await open(other) // has a binding cookie of its own
	const answer = await other.open(page.url)
	assert.equal(answer.error, 'interaction_foreign')
	assert.equal((await broker.browser().open(page.url)).error, 'interaction_foreign')
	const own = await open(other)
	const stolen = await passwordLogin(other, own, { interaction: page.form('login-password').fields.interaction })
	assert.equal(stolen.error, 'interaction_foreign')
})

test('an unknown interaction is an error page with a reference', async () => {
	const page = await broker.browser().open(`${broker.issuer}/login?interaction=${'A'.repeat(22)}`)

	assert.equal(page.name, 'error')
	assert.equal(page.error, 'interaction_expired')
	assert.match(page.reference, /\w{6,}/)
})

test('a login for its own sake ends on the front page', async () => {
	const browser = broker.browser()
	const page = await passwordLogin(browser, await browser.open(`${broker.issuer}/login`))

	assert.equal(new URL(page.url).pathname, '/')
	assert.equal(page.status, 200)
})

test('a second request in the same browser needs no second login', async () => {
	const browser = broker.browser()
	const first = await broker.client('demo-public').login(browser, { login: (page) => passwordLogin(browser, page) })
	const second = await broker.client('demo-portal').login(browser, { login: (end) => end })

	assert.equal(first.claims.sub, second.claims.sub)
	assert.equal(first.claims.auth_time, second.claims.auth_time)
	assert.notEqual(first.claims.sid, second.claims.sid, 'sessions cannot be linked between clients')
})

test('the session cookie changes with every proof, and the old one is dead', async () => {
	const browser = broker.browser()

	await broker.client('demo-public').login(browser, { login: (page) => passwordLogin(browser, page) })
	const old = new Map(browser.cookies)
	await sleep(10)
	await broker.client('demo-public').login(browser, { prompt: 'login', login: (page) => passwordLogin(browser, page) })
	const changed = [...browser.cookies].filter(([name, value]) => old.get(name) !== value)
	assert.ok(changed.some(([name]) => name.includes('session')))
	browser.cookies = old
	assert.equal((await open(browser)).name, 'login')
})

test('cookies are HttpOnly, SameSite=Lax, and named after the issuer', async () => {
	const browser = broker.browser()
	const page = await open(browser)
	const form = page.form('login-password')
	const response = await browser.request(form.action, { method: 'POST', form: { ...form.fields, login_name: 'zhangsan', password: PASSWORD } })

	for (const line of response.headers.getSetCookie()) {
		assert.match(line, /^yimen-[0-9a-f]{8}-\w+=/)
		assert.match(line, /HttpOnly/i)
		assert.match(line, /SameSite=Lax/i)
		assert.match(line, /Path=\//)
	}
})
