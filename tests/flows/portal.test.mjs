// SPDX-License-Identifier: Apache-2.0
// The demo portal as people meet it: a login shown, a logout, and everything that can go wrong on the way back.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, freePort, passwordLogin, portalBinary, until } from './harness.mjs'
import { unescape } from './browser.mjs'

let broker, portal, home, log = ''

before(async () => {
	const port = await freePort()

	home = `http://127.0.0.1:${port}`
	broker = await Broker.start({ clients: [CLIENTS.portal({ redirect_uris: [`${home}/callback`], post_logout_redirect_uris: [`${home}/`], backchannel_logout_uri: `${home}/backchannel` })] })
	broker.account({ login: 'other' })
	portal = spawn(portalBinary(), ['--port', String(port), '--issuer', broker.issuer], { stdio: ['ignore', 'ignore', 'pipe'] })
	portal.stderr.setEncoding('utf8').on('data', (text) => { log += text })
	await until(() => fetch(home).then((r) => r.text().then(() => r.ok), () => false), 'the portal')
})
after(async () => {
	const ended = new Promise((done) => portal.once('close', (code) => done(code)))

	portal.kill('SIGTERM')
	assert.equal(await ended, 0, log)
	assert.doesNotMatch(log, /Sanitizer|runtime error:/)
	await broker.stop()
})

/** A browser at home with both. */
function person(options) {
	const browser = broker.browser(options)

	browser.homes.add(home)
	return browser
}
const enter = async (browser) => passwordLogin(browser, await browser.open(`${home}/login`), { password: PASSWORD })
const claimsOf = (page) => JSON.parse(unescape(page.html.match(/<pre id="claims-json">([^<]*)</)[1]))

test('a login is shown with its verified claims', async () => {
	const page = await enter(person())
	const claims = claimsOf(page)

	assert.equal(page.name, 'person')
	assert.equal(claims.iss, broker.issuer)
	assert.equal(claims.preferred_username, 'zhangsan')
	assert.equal(claims.user_type, 'natural')
	assert.deepEqual(claims.amr, ['pwd'])
	assert.match(page.html, /<tr data-claim="sub">/)
	assert.match(page.html, /<span id="person">张三</)
	assert.equal(new URL(page.url).pathname, '/', 'reloading does not send the code again')
})

test('a session that is ended at the broker is over here, too, and no other', async () => {
	const browser = person(), other = person()

	await enter(browser)
	await passwordLogin(other, await other.open(`${home}/login`), { login: 'other', password: PASSWORD })
	broker.cli('account', 'logout', '--login', 'zhangsan')
	await until(async () => (await browser.open(`${home}/`)).name === 'welcome', 'the portal was told')
	assert.equal((await other.open(`${home}/`)).name, 'person')
	const tell = (body, method = 'POST') => fetch(`${home}/backchannel`, { method, body }).then((response) => response.status)
	assert.deepEqual([await tell(''), await tell('logout_token=x'), await tell(`logout_token=${'x'.repeat(20000)}`), await tell(undefined, 'GET')], [400, 400, 400, 405])
	assert.equal((await other.open(`${home}/`)).name, 'person')
})

test('logging out ends the session at the broker too', async () => {
	const browser = person()
	const page = await browser.click(await enter(browser), 'logout')

	assert.equal(page.name, 'welcome')
	assert.equal((await browser.open(`${home}/login`)).name, 'login')
})

test('a link on a foreign page does not log anybody out', async () => {
	const browser = person()

	await enter(browser)
	const page = await browser.go(`${home}/logout`, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
	assert.equal(page.name, 'person')
})

/** Until the code comes back, which is not yet sent on. */
async function codeOf(browser) {
	browser.homes.delete(home)
	const login = await browser.request(`${home}/login`)
	const answer = await passwordLogin(browser, await browser.open(login.headers.get('location')), { password: PASSWORD })

	browser.homes.add(home)
	return answer.redirect
}
const change = (url, name, value) => {
	const changed = new URL(url)

	if (value === null)
		changed.searchParams.delete(name)
	else
		changed.searchParams.set(name, value)
	return changed.href
}

for (const [name, spoil, code] of [
	['a state of nobody', (url) => change(url, 'state', 'A'.repeat(43)), 'interaction_expired'],
	['a state that was changed at its end', (url) => change(url, 'state', url.searchParams.get('state').slice(0, -2) + '__'), 'interaction_foreign'],
	['no state', (url) => change(url, 'state', null), 'interaction_expired'],
	['another issuer', (url) => change(url, 'iss', 'https://evil.example'), 'invalid_token'],
	['no issuer, though the metadata promise one', (url) => change(url, 'iss', null), 'invalid_token'],
	['a code that was never issued', (url) => change(url, 'code', 'x'.repeat(43)), 'invalid_grant'],
	['no code', (url) => change(url, 'code', null), 'invalid_request'],
	['an error', (url) => change(change(url, 'error', 'access_denied'), 'error_description', '<script>'), 'access_denied'],
]) {
	test(`an answer with ${name} is refused on a clear page`, async () => {
		const browser = person()
		const page = await browser.open(spoil(await codeOf(browser)))

		assert.equal(page.error, code)
		assert.equal(page.name, 'problem')
		assert.ok(page.status >= 400 && page.status < 500)
		assert.ok(page.has('login'))
		assert.doesNotMatch(page.html, /<script>/)
		assert.equal((await browser.open(home)).name, 'welcome')
	})
}

test('a refusal is told in the reader’s language; what the portal does not know, in the broker’s words', async () => {
	const refused = async (browser, error) => browser.open(['error', 'error_description'].reduce((url, name, i) => {
		url.searchParams.set(name, [error, 'the person declined'][i])
		return url
	}, await codeOf(browser)))

	for (const [language, said] of [['zh-CN', /没有同意，或者没有获准登录/], ['en', /you did not agree, or were not let in/]]) {
		const page = await refused(person({ language }), 'access_denied')

		assert.match(page.html, said)
		assert.doesNotMatch(page.html, /the person declined/)
	}
	assert.match((await refused(person(), 'out_of_office')).html, /out_of_office<\/code> the person declined/)
})

test('an answer that belongs to another browser is refused', async () => {
	const stolen = await codeOf(person())

	assert.equal((await person().open(stolen.href)).error, 'interaction_expired')
})

test('a code does not log in twice', async () => {
	const browser = person()
	const url = (await codeOf(browser)).href
	const cookies = new Map(browser.cookies)

	assert.equal((await browser.open(url)).name, 'person')
	browser.cookies = cookies
	assert.equal((await browser.open(url)).error, 'invalid_grant')
})

test('pages are English for who wants them, by header and by choice', async () => {
	assert.equal((await person({ language: 'en-GB,zh;q=0.5' }).open(home)).lang, 'en')
	const browser = person()
	assert.equal((await browser.open(home)).lang, 'zh-CN')
	assert.equal((await browser.open(`${home}/?lang=en`)).lang, 'en')
	assert.equal((await browser.open(home)).lang, 'en')
})

test('every reply has a strict content security policy', async () => {
	for (const path of ['/', '/nothing', '/callback', '/portal.css']) {
		const response = await person().request(home + path)

		assert.match(response.headers.get('content-security-policy'), /^default-src 'none'/)
		assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
	}
	assert.equal((await person().request(home, { method: 'POST', form: { a: 'b' } })).status, 405)
})

test('a broker that is down is said on a clear page', async () => {
	const port = await freePort(), nobody = await freePort()
	const lonely = spawn(portalBinary(), ['--port', String(port), '--issuer', `http://127.0.0.1:${nobody}`], { stdio: 'ignore' })

	try {
		await until(() => fetch(`http://127.0.0.1:${port}`).then((r) => r.text().then(() => r.ok), () => false), 'the portal')
		const page = await person().open(`http://127.0.0.1:${port}/login`)
		assert.equal(page.status, 502)
		assert.equal(page.error, 'unreachable')
	} finally {
		lonely.kill()
	}
})
