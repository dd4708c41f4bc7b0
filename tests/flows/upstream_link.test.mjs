// SPDX-License-Identifier: Apache-2.0
// First login and linking: what an upstream's word leads to, and how a way in is added to an account and taken away again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { row } from '../standins/oauth2.mjs'
import { jis } from '../standins/provinces.mjs'
import { register } from '../standins/registry.mjs'
import { walk } from '../standins/standin.mjs'
import { Broker, CLIENTS, passwordLogin, until } from './harness.mjs'
import { Browser } from './browser.mjs'
import { Authenticator, halfMinute } from './totp.mjs'

let standin, stateless, broker
before(async () => {
	standin = await row.start({})
	stateless = await jis.start({})
	standin.people = { lisi: { name: '李四', phone: '13700137001' }, wangwu: { name: '王五', phone: '13700137002' }, zhaoliu: { name: '赵六', phone: '13700137003' } }
	for (const id of ['new1', 'new2', 'new3', 'new4'])
		standin.people[id] = { name: `新${id}`, phone: '13700137009' }
	const provider = (id, more) => ({ id, title: { zh: id, en: id }, ...row.config(standin), ...more })
	broker = await Broker.start({
		providers: [provider('plain', { password_url: 'https://upstream.example/editPwd?a=1&b=2' }), provider('asks', { ask_first: true, issuer: 'asks' }), provider('high', { min_level: 2, issuer: 'high' }),
			provider('proof', { create_account: false, issuer: 'proof' }), { id: 'jis', title: { zh: '大汉', en: 'JIS' }, ...jis.config(stateless) }],
		clients: [CLIENTS.public()],
	})
	register({ jis: stateless }, broker)
})
after(async () => {
	await broker?.stop()
	await standin?.stop()
	await stateless?.stop()
})

const rp = () => broker.client('demo-public')
const newBrowser = () => new Browser([broker.issuer, standin.origin, stateless.origin])
const come = async (id, person, browser = newBrowser(), page) => {
	page ??= await browser.open(rp().request().url)
	return { browser, end: await walk(browser, await browser.click(page, `provider-${id}`), { person }) }
}
const sub = async (browser) => (await rp().login(browser, { login: (e) => e })).claims.sub
const links = (page) => [...page.html.matchAll(/name="subject" value="([^"]+)"/g)].map((m) => m[1])

test('ask_first: a first login asks; a new account is made only when wanted, and once', async () => {
	const { browser, end } = await come('asks', 'new1')

	assert.equal(end.name, 'link', `${end}`)
	assert.match(end.html, /新new1/)
	const done = await browser.submit(end, 'link-create', { do: 'create' })
	assert.ok(done.params?.code, `${done}`)
	const again = await browser.submit(end, 'link-create', { do: 'create' })
	assert.ok(!again.params?.code, 'the page is used up')
	assert.ok((await come('asks', 'new1')).end.params?.code, 'the second time nothing is asked')
})

test('ask_first: an account that is there already is proved instead', async () => {
	const { browser, end } = await come('asks', 'new2')
	const wrong = await passwordLogin(browser, end, { password: 'Wrong@1234' })

	assert.equal(wrong.name, 'link')
	assert.ok((await passwordLogin(browser, wrong)).params?.code)
	const own = broker.browser()
	await passwordLogin(own, await own.open(rp().request().url))
	assert.equal(await sub((await come('asks', 'new2')).browser), await sub(own))
})

test('an account that has no password is proved by another way into it', async () => {
	const owner = (await come('plain', 'new1')).browser
	const { browser, end } = await come('proof', 'new1')
	const stranger = await walk(browser, await browser.click(end, 'provider-high'), { person: 'new2' })
	assert.ok(!stranger.params?.code, 'one who is not known here proves nothing')

	const again = await come('proof', 'new1')
	const done = await walk(again.browser, await again.browser.click(again.end, 'provider-plain'), { person: 'new1' })
	assert.ok(done.params?.code, `${done}`)
	assert.equal(await sub((await come('proof', 'new1')).browser), await sub(owner))
})

test('create_account: false offers no new account, also not to who posts for one', async () => {
	const { browser, end } = await come('proof', 'new3')

	assert.equal(end.name, 'link')
	assert.ok(!end.form('link-create'))
	const fields = end.form('login-password').fields
	const posted = await browser.go(`${broker.issuer}/link`, { method: 'POST', form: { csrf: fields.csrf, interaction: fields.interaction, do: 'create' } })
	assert.equal(posted.status, 400)
})

test('min_level: who has less there is shown why, and comes in when it was raised', async () => {
	const { browser, end } = await come('high', 'lisi')

	assert.equal(end.name, 'upstream-level', `${end}`)
	assert.equal(end.error, 'level_low')
	assert.match(end.html, /id="level-now">第三方账号</)
	assert.match(end.html, /id="level-needed">实名认证</)
	assert.equal((await browser.click(end, 'other-way')).name, 'login')
	standin.change.userinfo = { grade: 'L2' }
	try {
		const again = await walk(browser, await browser.click(end, 'try-again'), { person: 'lisi' })

		assert.ok(again.params?.code, `${again}`)
		assert.equal((await rp().login((await come('high', 'lisi')).browser, { login: (e) => e })).claims.acr, '2')
	} finally {
		standin.honest()
	}
	assert.equal((await come('high', 'lisi')).end.name, 'upstream-level', 'a level that was lowered there is lower here')
})

test('the name there is refreshed at each login while nobody has verified it', async () => {
	const { browser } = await come('plain', 'new4')
	const name = async (b) => (await rp().userinfo((await rp().login(b, { login: (e) => e })).tokens.access_token)).json.name

	assert.equal(await name(browser), '新new4')
	standin.people.new4.name = '改名'
	const later = (await come('plain', 'new4')).browser
	assert.equal(await name(later), '改名')
	assert.deepEqual(history(await later.open(`${broker.issuer}/account/links`)).map(([, , ...row]) => row), [['平台的昵称变更', '本人'], ['首次登录，创建了本账号', '本人']])
})

/** The rows of what happened to the links: when, where, what, by whom. */
const history = (page) => [...page.html.match(/id="link-history">(.*?)<\/table>/s)[1].matchAll(/<tr><td>(.*?)<\/tr>/gs)]
	.map((row) => row[1].split(/<\/td>(?:<td>)?/).slice(0, 4).map((cell) => cell.replace(/<[^>]*>/g, '').trim()))

test('a logged-in person adds a way in, comes in by it, sees the last login, and takes it away', async () => {
	const browser = newBrowser()
	await passwordLogin(browser, await browser.open(rp().request().url))
	const page = await browser.open(`${broker.issuer}/account/links`)
	assert.ok(page.has('add-plain'))
	const there = await browser.submit(page, 'add-link', { provider: 'plain' })
	assert.equal(there.name, 'standin', `${there}`)
	const back = await walk(browser, there, { person: 'zhaoliu' })
	assert.equal(new URL(back.url).pathname, '/account/links', `${back}`)
	assert.match(back.html, /赵六/)
	assert.ok(back.html.includes('href="https://upstream.example/editPwd?a=1&amp;b=2"') && back.has('password-plain'), 'J8: the password is changed there')

	const other = (await come('plain', 'zhaoliu')).browser
	assert.equal(await sub(other), await sub(browser))

	const ids = links(await browser.open(`${broker.issuer}/account/links`))
	const list = await browser.open(`${broker.issuer}/account/links`)
	const form = [...list.html.matchAll(/<form class="inline-form"[\s\S]*?<\/form>/g)].find((m) => m[0].includes(ids.at(-1)))[0]
	const csrf = form.match(/name="csrf" value="([^"]+)"/)[1]
	const end = await browser.go(`${broker.issuer}/account/links`, { method: 'POST', form: { csrf, subject: ids.at(-1), do: 'end' } })
	assert.ok(!end.html.includes('赵六'))
	assert.deepEqual(history(end).map(([, ...row]) => row), [['plain', '解除关联', '本人'], ['plain', '关联到本账号', '本人'], ['asks', '关联到本账号', '本人']])
	const fresh = (await come('plain', 'zhaoliu')).browser
	assert.notEqual(await sub(fresh), await sub(browser), 'it is somebody of its own now')
})

test('the last way in stays, also where another one is of a provider that is switched off', async () => {
	standin.people.last = { name: '末' }
	const { browser } = await come('plain', 'last')
	const path = `${broker.issuer}/account/links`
	const end = async (page, id) => browser.go(path, { method: 'POST', form: { csrf: page.html.match(/name="csrf" value="([^"]+)"/)[1], subject: id, do: 'end' } })
	let page = await browser.open(path)
	const [id] = links(page)
	assert.equal((await end(page, id)).error, 'last_way')
	assert.equal(links(await walk(browser, await browser.submit(page, 'add-link', { provider: 'asks' }), { person: 'last' })).length, 2)
	const providers = broker.config.providers
	broker.reload({ providers: providers.map((one) => one.id === 'asks' ? { ...one, enabled: false } : one) })
	await until(async () => !(await browser.open(path)).has('add-asks'), 'it is off')
	page = await browser.open(path)
	assert.equal((await end(page, id)).error, 'last_way')
	broker.reload({ providers })
	await until(async () => (await browser.open(path)).has('add-asks'), 'it is on again')
	assert.equal(links(await end(page, id)).length, 1)
})

test('what belongs to another account is not taken over', async () => {
	const owner = (await come('plain', 'wangwu')).browser
	const before = await sub(owner)
	const browser = newBrowser()
	await passwordLogin(browser, await browser.open(rp().request().url))
	const there = await browser.submit(await browser.open(`${broker.issuer}/account/links`), 'add-link', { provider: 'plain' })
	const back = await walk(browser, there, { person: 'wangwu' })

	assert.equal(new URL(back.url).pathname, '/account/links')
	assert.equal(back.error, 'link_taken')
	assert.equal(await sub((await come('plain', 'wangwu')).browser), before)
})

test('adding is bound to the session that began it: logged out meanwhile, nothing is tied', async () => {
	const browser = newBrowser()
	await passwordLogin(browser, await browser.open(rp().request().url))
	const there = await browser.submit(await browser.open(`${broker.issuer}/account/links`), 'add-link', { provider: 'plain' })
	const kept = new Map(browser.cookies)
	for (const name of kept.keys())
		if (name.endsWith('session'))
			browser.cookies.delete(name)
	const back = await walk(browser, there, { person: 'lisi' })
	assert.equal(back.name, 'login', `${back}`)
	assert.notEqual(await sub((await come('plain', 'lisi')).browser), await sub(Object.assign(newBrowser(), { cookies: kept })))
})

// ---- an upstream that hands no state back: only the browser's cookie says whose answer it is

/** Somebody with an account of their own, on the way to add @id: { browser, there }. */
async function adding(login, id = 'jis') {
	broker.account({ login, name: login })
	const browser = newBrowser()

	await passwordLogin(browser, await browser.open(rp().request().url), { login })
	return { browser, there: await browser.submit(await browser.open(`${broker.issuer}/account/links`), 'add-link', { provider: id }) }
}
/** The address with which @person would come back. */
async function halfway(browser, there, person) {
	const only = new Browser([stateless.origin])

	only.cookies = browser.cookies
	return (await walk(only, there, { person })).redirect.href
}

test('without state: a way in is added after a yes, by the browser that left, and once', async () => {
	const { browser, there } = await adding('cookie1')
	const back = await halfway(browser, there, 'lisi')
	const foreign = newBrowser()
	await passwordLogin(foreign, await foreign.open(rp().request().url))
	assert.match((await foreign.open(back)).error, /^interaction_(foreign|expired)$/, 'another browser, logged in as somebody else')
	const asked = await browser.open(back)
	assert.equal(asked.name, 'account-link', `${asked}`)
	assert.equal(asked.text('link-name'), '李四')
	assert.deepEqual(links(await browser.open(`${broker.issuer}/account/links`)), [], 'nothing is tied yet')
	assert.match((await browser.open(back)).error, /^interaction_(foreign|expired)$/, 'a second time')
	const stolen = await foreign.go(`${broker.issuer}/account/links/confirm`, { method: 'POST', form: asked.form('confirm-link').fields })
	assert.ok(stolen.status >= 400, 'nor does the yes of another browser')
	const done = await browser.submit(asked, 'confirm-link', {})
	assert.equal(new URL(done.url).pathname, '/account/links', `${done}`)
	assert.equal(links(done).length, 1)
	const again = await browser.submit(asked, 'confirm-link', {})
	assert.ok(again.status >= 400 && !again.params, `${again}`)
	assert.equal(await sub((await come('jis', 'lisi')).browser), await sub(browser))
})

test('without state: somebody else’s ticket in one’s own browser is seen before it is tied', async () => {
	const attacker = newBrowser()
	const theirs = await halfway(attacker, await attacker.click(await attacker.open(rp().request().url), 'provider-jis'), 'wangwu')
	const { browser } = await adding('cookie2')
	const led = await browser.open(theirs) // by a link in a message, say, while one's own login there is open

	assert.equal(led.name, 'account-link', `${led}`)
	assert.equal(led.text('link-name'), '王五')
	assert.equal(new URL((await browser.click(led, 'cancel')).url).pathname, '/account/links')
	assert.deepEqual(links(await browser.open(`${broker.issuer}/account/links`)), [])
	const own = await come('jis', 'wangwu')
	assert.notEqual(await sub(own.browser), await sub(browser))
})

test('without state: no cookie, or one of a run that is over, leads nowhere', async () => {
	const { browser, there } = await adding('cookie3')
	const back = await halfway(browser, there, 'lisi')
	for (const name of [...browser.cookies.keys()])
		if (name.endsWith('upstream'))
			browser.cookies.delete(name)
	assert.match((await browser.open(back)).error, /^interaction_(foreign|expired)$/)
	assert.deepEqual(links(await browser.open(`${broker.issuer}/account/links`)), [])
	assert.match((await newBrowser().open(`${broker.issuer}/account/links/confirm`)).error ?? 'none', /./)
})

test('a form of another site begins nothing', async () => {
	const browser = newBrowser()
	await passwordLogin(browser, await browser.open(rp().request().url))
	const response = await browser.request(`${broker.issuer}/account/links/add`, { method: 'POST', form: { provider: 'plain' } })

	assert.equal(response.status, 403)
	assert.equal(new URL((await browser.open(`${broker.issuer}/account/links/add?provider=plain`)).url).pathname, '/account/links', 'nor does a link')
})

test('an account with a second factor is proved by both before anything is tied to it', async () => {
	broker.account({ login: 'both', phone: '13800138077', name: '双因素' })
	const own = broker.browser()
	await halfMinute()
	const page = await passwordLogin(own, await own.open(`${broker.issuer}/account/second-factor`), { login: 'both' })
	const app = new Authenticator(page.text('secret'))
	await own.submit(page, 'second-factor', { code: app.code() })
	const { browser, end } = await come('proof', 'new4')
	const second = await passwordLogin(browser, end, { login: 'both' })
	assert.equal(second.name, 'second-factor', `${second}`)
	assert.deepEqual(links(await own.open(`${broker.issuer}/account/links`)), [], 'the password alone ties nothing')
	assert.equal((await come('proof', 'new4')).end.name, 'link')
	assert.ok((await browser.submit(second, 'second-factor', { code: app.code() })).params?.code)
	assert.equal(links(await own.open(`${broker.issuer}/account/links`)).length, 1)
	const known = await come('proof', 'new4')
	assert.equal(known.end.name, 'second-factor', 'and from then on leads there')
	assert.ok((await known.browser.submit(known.end, 'second-factor', { code: app.code() })).params?.code)
})

// ---- explain

const explain = (reference, ...more) => broker.cli('explain', '--json', ...more, reference)
const steps = (told) => told.json.entries.flatMap((entry) => entry.steps.map((step) => step.what))

test('explain: from the upstream’s answer, without its secrets, through the decision to the claims', async () => {
	const browser = newBrowser()
	const page = await browser.open(rp().request({ scope: 'openid profile phone' }).url)
	const end = await walk(browser, await browser.click(page, 'provider-plain'), { person: 'lisi' })
	assert.ok(end.params?.code)
	const reference = (await browser.request(`${broker.issuer}/login?interaction=${page.form('login-password').fields.interaction}`)).headers.get('x-request-id')
	assert.match(reference, /^[\w-]{6,}$/)
	const told = broker.cli('explain', '--json', '--lang', 'en', page.form('login-password').fields.interaction)

	assert.equal(told.code, 0, told.err)
	assert.deepEqual(steps(told).filter((what) => what !== 'asked'), ['started', 'identity', ...(steps(told).includes('creates') ? ['no_link', 'creates'] : ['link']), 'proved', 'code'])
	assert.equal(steps(told).filter((what) => what === 'asked').length, 2)
	const text = JSON.stringify(told.json)
	for (const secret of [standin.options.secret, '13700137001', '李四', ...standin.tokens.keys(), ...standin.codes.keys()])
		assert.ok(!text.includes(secret), secret)
	assert.match(text, /"claims":\{"sub":/)
	assert.match(text, /proved by provider:plain, acr 1/)
})

test('explain: a failed password, and a login that an upstream spoils, by the reference on the page', async () => {
	const browser = newBrowser()
	const wrong = await passwordLogin(browser, await browser.open(rp().request().url), { password: 'Wrong@1234' })
	const first = explain(wrong.response.headers.get('x-request-id'))
	assert.deepEqual(steps(first), ['password'])
	assert.equal(first.json.entries[0].result, 'credentials')
	assert.ok(!JSON.stringify(first.json).includes('Wrong@1234'))

	standin.change.token = { errcode: 1002, errmsg: 'code is invalid' }
	try {
		const end = await walk(browser, await browser.click(wrong, 'provider-plain'), { person: 'lisi' })
		const told = explain(end.response.headers.get('x-request-id'), '--lang', 'zh')

		assert.deepEqual(steps(told), ['password', 'started', 'asked', 'rejected'])
		assert.match(JSON.stringify(told.json), /code is invalid/)
		assert.equal(told.json.entries.at(-1).result, end.error)
		const plain = broker.cli('explain', '--lang', 'zh', end.response.headers.get('x-request-id'))
		assert.match(plain.out, /未能登录/)
	} finally {
		standin.honest()
	}
	assert.notEqual(explain('nobodyknows1').code, 0)
})
