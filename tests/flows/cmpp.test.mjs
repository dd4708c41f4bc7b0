// SPDX-License-Identifier: Apache-2.0
// Codes over a carrier's own gateway (CMPP): sent, receipts taken; a wrong secret, a gateway that is away or hangs up; a new configuration; the end.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CmppGateway } from '../standins/cmpp.mjs'
import { Broker, until } from './harness.mjs'

const PHONE = '13800138000'
const open = []
after(async () => {
	for (const one of open.reverse())
		await one()
})

async function start(gateway, change = {}, config = {}) {
	const broker = await Broker.start({ registration: { natural: { open: false } }, net: { timeout: '4s', connect_timeout: '1s' }, ...config,
		sms: { gateway: undefined, file: undefined, signature: { zh: '一门' }, routes: [
			{ id: 'carrier', gateway: 'cmpp', host: '127.0.0.1', port: gateway.port, source_addr: '901234', secret: '1234', source_number: '10690001',
				order: 1, resend_after: '2s', answer_timeout: '5s', version: gateway.version ?? '2.0', price: 45, ...change },
		] } })

	broker.metrics = () => broker.get('/metrics').then((answer) => answer.text())
	open.push(() => broker.stop())
	return broker
}

async function gatewayOf(options) {
	const gateway = await CmppGateway.start(options)

	open.push(() => gateway.close())
	return gateway
}

async function ask(broker, phone = PHONE) {
	const browser = broker.browser()
	const tab = await browser.click(await browser.open(broker.client('demo-public').request().url), 'tab-phone')

	return { browser, page: await browser.submit(tab, 'otp-send', { phone, do: 'send' }) }
}

const connected = (broker) => until(() => broker.events('cmpp.connected').length, 'the connection')
const sent = (broker) => broker.events('sms.sent').at(-1)
const receipts = async (broker, state) => Number(new RegExp(`yimen_sms_receipts_total{state="${state}"} (\\d+)`).exec(await broker.metrics())?.[1])

for (const version of ['2.0', '3.0'])
	test(`CMPP ${version}: a code goes out, logs in, and its receipt is kept`, async () => {
		const gateway = await gatewayOf({ version })
		const broker = await start(gateway)

		await connected(broker)
		const { browser, page } = await ask(broker)
		assert.ok(page.has('otp-verify'), `${page}`)
		const message = gateway.messages.at(-1)
		assert.equal(message.phone, PHONE)
		assert.match(message.text, /^【一门】您的验证码是\d{6}/)
		assert.ok((await browser.submit(page, 'otp-verify', { code: /\d{6}/.exec(message.text)[0] })).redirect)
		assert.equal(sent(broker).vendor_id, message.id.toString(16).padStart(16, '0'))
		await until(async () => await receipts(broker, 'delivered') === 1, 'the receipt')
		await until(() => gateway.owed.size === 0, 'the gateway is told that it has been taken')
		assert.match(await broker.metrics(), /yimen_sms_cost_mils_total 45/)
		await broker.stop()
		open.splice(open.length - 1, 1)
		assert.equal(gateway.goodbyes, 1, 'TERMINATE')
	})

test('what the carrier could not deliver is known', async () => {
	const gateway = await gatewayOf({ state: 'UNDELIV' })
	const broker = await start(gateway)

	await connected(broker)
	await ask(broker)
	await until(async () => await receipts(broker, 'failed') === 1, 'the receipt')
})

test('a wrong secret: the log has the gateway’s number, the next route sends; mended, the gateway does, without a restart', async () => {
	const gateway = await gatewayOf()
	const broker = await start(gateway, { secret: 'wrong' })
	const second = await gatewayOf({ account: '800000' })

	await until(() => broker.events('cmpp.unconnected').length, 'the refusal')
	assert.equal(broker.events('cmpp.unconnected')[0].status, 3)
	const first = await ask(broker)
	assert.equal(first.page.error, 'message_failed')
	assert.equal(broker.events('sms.sent').at(-1).code, '3')
	broker.reload({ sms: { routes: [...broker.config.sms.routes,
		{ id: 'second', gateway: 'cmpp', host: '127.0.0.1', port: second.port, source_addr: '800000', secret: '1234', source_number: '10690002', order: 2 }] } })
	await connected(broker)
	const { page } = await ask(broker)
	assert.ok(page.has('otp-verify'), `${page}`)
	assert.equal(second.messages.length, 1)
	assert.equal(sent(broker).route, 'second')
	broker.reload({ sms: { routes: [{ ...broker.config.sms.routes[0], secret: '1234' }] } })
	await until(() => gateway.logins.includes(0), 'the right secret')
	await until(() => second.goodbyes === 1, 'the other is left')
	assert.ok((await ask(broker, '13800138001')).page.has('otp-verify'))
})

test('a gateway that says no to the number, one that is away, one that is silent', async () => {
	const gateway = await gatewayOf()
	const broker = await start(gateway, {}, { net: { timeout: '2s', connect_timeout: '1s' } })

	await connected(broker)
	gateway.refuse = 13
	assert.equal((await ask(broker)).page.error, 'phone')
	gateway.refuse = 8
	assert.equal((await ask(broker)).page.error, 'message_failed')
	gateway.refuse = 0
	gateway.mute = true
	const { page } = await ask(broker)
	assert.ok(page.has('otp-verify'), 'it may arrive: the person can type it')
	assert.equal(sent(broker).outcome, 'unknown')
	gateway.mute = false
	const before = broker.events('cmpp.connected').length
	await gateway.close()
	await until(() => broker.events('cmpp.unconnected').length, 'it is gone')
	assert.equal((await ask(broker, '13800138001')).page.error, 'message_failed')
	await gateway.listen()
	await until(() => broker.events('cmpp.connected').length > before, 'it is back')
	assert.ok((await ask(broker, '13800138000')).page.has('otp-verify'))
})

test('a gateway that hangs up in the middle of a message that it took: sent once, and known to have arrived', async () => {
	const gateway = await gatewayOf({ hangUpEvery: 1 })
	const broker = await start(gateway)

	await connected(broker)
	const { page } = await ask(broker)
	assert.ok(page.has('otp-verify'), `${page}`)
	await until(async () => await receipts(broker, 'delivered') === 1, 'the receipt')
	assert.equal(gateway.messages.length, 1)
	assert.match(await broker.metrics(), /yimen_sms_messages_total{outcome="accepted"} 1/)
})
