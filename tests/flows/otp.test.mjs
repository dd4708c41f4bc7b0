// SPDX-License-Identifier: Apache-2.0
// Logging in by a code sent to the phone: the way, the limits, the captcha, and who the phone belongs to.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, USCC, sleep } from './harness.mjs'

let broker
before(async () => {
	broker = await Broker.start({ otp: { tries: 3, life: '30s' }, registration: { natural: { open: false } } }, [
		{ login: 'zhangsan', phone: '13800138000', name: '张三' },
		{ login: 'two_ways', phone: '13800138002' },
		{ login: 'two_ways', namespace: 'legal', unit: USCC, phone: '13800138002' },
	])
})
after(() => broker.stop())

const open = async (browser, on = broker, more) => browser.click(await browser.open(on.client('demo-public').request(more).url), 'tab-phone')
const send = (browser, page, phone, more) => browser.submit(page, 'otp-send', { phone, do: 'send', ...more })

test('a code from the message logs the phone’s owner in', async () => {
	const browser = broker.browser()
	const { claims } = await broker.client('demo-public').login(browser, { scope: 'openid phone', login: (page) => browser.phoneLogin(page, broker, '13800138000') })

	assert.deepEqual(claims.amr, ['otp', 'sms'])
	const other = broker.browser()
	const password = await broker.client('demo-public').code(other, { login: (page) => other.submit(page, 'login-password', { login_name: 'zhangsan', password: 'Demo@1234' }) })
	const again = await broker.client('demo-public').redeem(password.request, password.code)
	assert.equal((await broker.client('demo-public').verify(again.json.id_token)).sub, claims.sub, 'one person, two ways in')
})

test('the message says the code in words with the signature, and where the limits are kept nothing of it', async () => {
	const browser = broker.browser()

	await send(browser, await open(browser), '13800138000')
	const message = broker.outbox().at(-1)
	assert.match(message.code, /^\d{6}$/)
	assert.ok(message.text.includes(message.code) && message.text.includes('一门'))
	assert.ok(!broker.log.join('\n').includes(message.code), 'codes never reach the log')
})

test('the page after sending keeps the phone and shows only its mask in the text', async () => {
	const browser = broker.browser()
	const page = await send(browser, await open(browser), '138-0013-8000')

	assert.equal(page.form('otp-verify').fields.phone, '13800138000')
	assert.match(page.html, /138\*+8000/)
})

test('the phone tab loaded again still takes the code, until it is used or asked for in another request', async () => {
	const browser = broker.browser()
	const tab = await open(browser)

	assert.ok(!tab.has('otp-verify'))
	const sent = await send(browser, tab, '13800138000')
	await browser.click(sent, 'tab-natural')
	const again = await browser.open(tab.url)
	assert.ok(again.has('otp-verify') && again.has('otp-send'))
	assert.equal(again.form('otp-verify').fields.phone, '13800138000')
	assert.match(again.html, /138\*+8000/)
	assert.ok(!(await open(browser)).has('otp-verify'), 'another request of this browser has none')
	assert.equal((await broker.browser().open(tab.url)).error, 'interaction_foreign', 'nor has another browser')
	assert.ok((await browser.submit(again, 'otp-verify', { code: broker.code('13800138000') })).redirect)
})

test('wrong codes use up the tries, then the right one is worth nothing', async () => {
	const browser = broker.browser()
	let page = await send(browser, await open(browser), '13800138000')
	const code = broker.code('13800138000')
	const wrong = code === '000000' ? '000001' : '000000'

	for (const error of ['otp', 'otp', 'otp_expired']) {
		page = await browser.submit(page, page.form('otp-verify') ? 'otp-verify' : 'otp-send', { code: wrong })
		assert.equal(page.error, error)
	}
	assert.ok(!page.has('otp-verify'), 'another code has to be asked for')
	const late = await browser.submit(page, 'otp-send', { phone: '13800138000', code, do: null })
	assert.equal(late.error, 'otp_expired')
})

test('a code works once', async () => {
	const browser = broker.browser()
	const page = await send(browser, await open(browser), '13800138000')
	const code = broker.code('13800138000')

	assert.ok((await browser.submit(page, 'otp-verify', { code })).redirect)
	const again = await browser.submit(page, 'otp-verify', { code })
	assert.ok(!again.redirect, `${again}`)
})

test('a newer code replaces the older one', async () => {
	const browser = broker.browser()
	let page = await send(browser, await open(browser), '13800138000')
	const first = broker.code('13800138000')

	page = await send(browser, page, '13800138000')
	if (first === broker.code('13800138000'))
		return
	assert.equal((await browser.submit(page, 'otp-verify', { code: first })).error, 'otp')
	assert.ok((await browser.submit(page, 'otp-verify', { code: broker.code('13800138000') })).redirect)
})

test('a code is bound to its phone and to its request', async () => {
	const mine = broker.browser()
	const page = await send(mine, await open(mine), '13800138000')
	const code = broker.code('13800138000')

	assert.equal((await mine.submit(page, 'otp-verify', { code, phone: '13800138002' })).error, 'otp_expired', 'another phone')
	const other = broker.browser()
	const theirs = await open(other)
	assert.equal((await other.submit(theirs, 'otp-send', { phone: '13800138000', code, do: null })).error, 'otp_expired', 'another browser')
	assert.ok((await mine.submit(page, 'otp-verify', { code })).redirect, 'the owner is not disturbed')
})

test('a phone with several accounts asks which, and only those can be chosen', async () => {
	const client = broker.client('demo-public')
	const subs = new Set()

	for (const kind of ['natural', 'legal']) {
		const browser = broker.browser()
		const { claims, tokens } = await client.login(browser, {
			scope: 'openid profile',
			login: async (page) => {
				const choice = await browser.phoneLogin(page, broker, '13800138002')

				assert.equal(choice.name, 'choose-account')
				const values = [...choice.html.matchAll(/type="radio" name="account" value="([^"]+)"/g)].map((m) => m[1])
				assert.equal(values.length, 2)
				const stranger = broker.show('zhangsan').id
				assert.equal((await browser.submit(choice, 'choose-account', { account: stranger })).error, 'invalid_request')
				return browser.submit(choice, 'choose-account', { account: values[kind === 'natural' ? 0 : 1] })
			},
		})

		assert.equal((await client.userinfo(tokens.access_token)).json.user_type, kind)
		subs.add(claims.sub)
	}
	assert.equal(subs.size, 2)
})

test('where registration is closed, a valid code for an unknown phone begins an account, and the next login finds it', async () => {
	const subs = []

	for (let i = 0; i < 2; i++) {
		const browser = broker.browser()

		subs.push((await broker.client('demo-public').login(browser, { login: (page) => browser.phoneLogin(page, broker, '13900139000') })).claims.sub)
	}
	assert.equal(subs[0], subs[1])
})

test('before the proof, known and unknown phones look the same', async () => {
	const pages = []

	for (const phone of ['13800138000', '13700137000']) {
		const browser = broker.browser()
		const page = await send(browser, await open(browser), phone)

		pages.push(page.html.replaceAll(phone, 'PHONE').replace(/13\d\*+\d{4}/g, 'MASK').replace(/interaction=[\w-]+/g, '')
			.replace(/(name="(?:csrf|interaction)") value="[^"]*"/g, '$1').replace(/id="reference">[^<]*/, ''))
	}
	assert.equal(pages[0], pages[1])
})

for (const phone of ['12', '0371-12345678', '138001380001', 'abc', '']) {
	test(`"${phone}" is no phone to send to`, async () => {
		const browser = broker.browser()
		const before = broker.outbox().length
		const page = await send(browser, await open(browser), phone)

		assert.equal(page.error, 'phone')
		assert.ok(page.has('phone-error'), 'on the phone tab, at its field')
		assert.equal(broker.outbox().length, before)
	})
}

test('an empty code is said at its field and costs no try', async () => {
	const browser = broker.browser()
	const page = await send(browser, await open(browser), '13800138000')

	for (let i = 0; i < 4; i++)
		assert.equal((await browser.submit(page, 'otp-verify', { code: '' })).error, 'field_empty')
	assert.ok((await browser.submit(page, 'otp-verify', { code: broker.code('13800138000') })).redirect)
})

test('a code is over after its life', async () => {
	const short = await Broker.start({ otp: { life: '30s' } })

	try {
		const browser = short.browser()
		const page = await send(browser, await open(browser, short), '13800138000')

		// The shortest life that can be configured is 30 s; the page says what the person has to know meanwhile.
		assert.ok(page.has('otp-verify'))
		await sleep(31000)
		assert.equal((await browser.submit(page, 'otp-verify', { code: short.code('13800138000') })).error, 'otp_expired')
	} finally {
		await short.stop()
	}
})

test('messages to one phone are limited, whoever asks', async () => {
	const strict = await Broker.start({ otp: { per_phone_minute: 2 } })

	try {
		for (const error of [undefined, undefined, 'sms_limit']) {
			const browser = strict.browser()
			const page = await send(browser, await open(browser, strict), '13800138000')

			assert.equal(page.error, error)
		}
		assert.equal(strict.outbox().length, 2)
		const browser = strict.browser()
		assert.equal((await send(browser, await open(browser, strict), '13800138001')).error, undefined, 'another phone may')
	} finally {
		await strict.stop()
	}
})

test('captcha.sms: always asks before the first message; adaptive after some', async () => {
	const strict = await Broker.start({ captcha: { sms: 'always' } })
	const free = await Broker.start({ captcha: { sms: 'adaptive', adaptive_free: 2 } })

	try {
		let browser = strict.browser()
		let page = await open(browser, strict)
		assert.ok(page.has('captcha-image') || page.has('captcha-alternative'))
		assert.equal((await send(browser, page, '13800138000')).error, 'captcha')
		assert.equal(strict.outbox().filter((line) => line.phone).length, 0, 'nothing was sent')

		browser = free.browser()
		page = await open(browser, free)
		for (let i = 0; i < 2; i++) {
			const sent = await send(browser, page, '13800138000')
			assert.equal(sent.error, undefined, `message ${i + 1} is free`)
		}
		page = await open(browser, free)
		assert.equal((await send(browser, page, '13800138000')).error, 'captcha')
	} finally {
		await strict.stop()
		await free.stop()
	}
})

test('a captcha is solved by its picture, once, and not by a wrong text', async () => {
	const strict = await Broker.start({ captcha: { sms: 'always' } })

	try {
		const browser = strict.browser()
		let page = await open(browser, strict)

		page = await send(browser, page, '13800138000', { captcha: 'WRONG' })
		assert.equal(page.error, 'captcha')
		const answer = strict.captcha()
		assert.ok(answer, 'demo mode tells the answer')
		const solved = page.form('otp-send').fields
		const sent = await browser.submit(page, 'otp-send', { phone: '13800138000', do: 'send', captcha: answer })
		assert.ok(sent.has('otp-verify'), `${sent}`)
		const replay = await browser.go(page.form('otp-send').action, { method: 'POST', form: { ...solved, phone: '13800138000', do: 'send', captcha: answer } })
		assert.equal(replay.error, 'captcha')
	} finally {
		await strict.stop()
	}
})

test('captcha.login: after_failures asks after failures, and the right password alone is not enough then', async () => {
	const strict = await Broker.start({ login: { captcha_after: 2 } })

	try {
		const browser = strict.browser()
		let page = await browser.open(strict.client('demo-public').request().url)

		for (let i = 0; i < 2; i++)
			page = await browser.submit(page, 'login-password', { login_name: 'zhangsan', password: 'Wrong@1234' })
		assert.ok(page.has('captcha'))
		page = await browser.submit(page, 'login-password', { login_name: 'zhangsan', password: 'Demo@1234', captcha: 'nope1' })
		assert.equal(page.error, 'captcha')
		const end = await browser.submit(page, 'login-password', { login_name: 'zhangsan', password: 'Demo@1234', captcha: strict.captcha() })
		assert.ok(end.redirect, `${end}`)
	} finally {
		await strict.stop()
	}
})

test('without a gateway there is no phone tab', async () => {
	const config = { login: { phone_otp: false } }
	const silent = await Broker.start(config)

	try {
		const browser = silent.browser()
		const page = await browser.open(silent.client('demo-public').request().url)

		assert.ok(!page.has('tab-phone'), 'no tab')
		const sent = await browser.submit(page, 'login-password', { phone: '13800138000', do: 'send' })
		assert.equal(sent.error, 'invalid_request', 'what is not offered is no way in')
		assert.ok(!sent.redirect && !sent.has('otp-verify'), `${sent}`)
		assert.equal(silent.outbox().length, 0)
	} finally {
		await silent.stop()
	}
})
