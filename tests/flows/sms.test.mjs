// SPDX-License-Identifier: Apache-2.0
// Text messages through gateways that play the real ones: by each of them, past a dead one, never twice where nobody knows, with receipts, budgets and
// the test of an administrator.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { AliyunSms, CitySms, gateways, TencentSms } from '../standins/sms.mjs'
import { SPOILT } from '../standins/standin.mjs'
import { Broker, CLIENTS, freePort, until, yimen } from './harness.mjs'

const RECEIPT = 'demo-receipt-secret-1'
const started = []
const start = async (kind, options) => {
	const standin = await kind(options)

	started.push(standin)
	return standin
}
/** A broker whose messages take these routes. */
async function broker(routes, more = {}) {
	const made = await Broker.prepare({ clients: [CLIENTS.public()], net: { timeout: '1500ms', connect_timeout: '500ms' }, ...more })

	made.config.sms = { signature: { zh: '一门', en: 'Yimen' }, routes, budget: { per_phone_day: 0, per_segment_hour: 0 }, ...more.sms }
	if (made.config.sms.gateway)
		delete made.config.sms.routes
	made.allow(/"text":"fetch http/)
	made.write()
	await made.run()
	started.push(made)
	return made
}
after(async () => {
	for (const one of started)
		await one.stop()
})

let serial = 0
const newPhone = () => `1380013${String(8000 + serial++)}`
/** Ask for a code at the login page: { page, browser, phone }. */
async function ask(on, phone = newPhone()) {
	const browser = on.browser()
	const page = await browser.open(on.client('demo-public').request().url)
	const tab = await browser.click(page, 'tab-phone')

	return { browser, phone, page: await browser.submit(tab, 'otp-send', { phone, do: 'send' }) }
}
const isSent = ({ page }) => page.has('otp-verify')
const run = promisify(execFile)
/** A subcommand that asks somebody who runs in this very process. */
const cli = (on, ...args) => run(yimen(), [...args, '--config', on.file]).then(({ stdout }) => JSON.parse(stdout), (error) => ({ code: error.code, err: error.stderr }))
const figures = async (on) => (await (await fetch(`${on.issuer}/metrics`)).text()).split('\n')
const figure = async (on, name) => Number((await figures(on)).find((line) => line.startsWith(`${name} `))?.split(' ')[1])
const sent = (on) => on.events('sms.sent').map((line) => `${line.route}:${line.outcome}`)

for (const row of gateways)
	test(`${row.name}: the code that it delivers logs in, and its receipt is known`, async () => {
		const gateway = await start(row.start)
		const on = await broker([{ id: 'main', ...gateway.config, price: 45, receipt_secret: RECEIPT }])
		const asked = await ask(on)

		assert.ok(isSent(asked), `${asked.page}`)
		const [code] = gateway.codesOf(asked.phone)
		assert.match(code, /^\d{6}$/)
		const end = await asked.browser.submit(asked.page, 'otp-verify', { code })
		assert.equal(end.name, 'register-natural', 'the phone is proved')
		const [{ vendor_id: id }] = on.events('sms.sent')
		assert.equal(id, String(gateway.sent[0].id))

		const wrong = await gateway.report(`${on.issuer}/sms/receipt/main?key=demo-receipt-secret-2`)
		assert.equal(wrong.status, 404)
		assert.equal((await gateway.report(`${on.issuer}/sms/receipt/other?key=${RECEIPT}`)).status, 404)
		for (let i = 0; i < 2; i++) // carriers repeat themselves
			assert.equal((await gateway.report(`${on.issuer}/sms/receipt/main?key=${RECEIPT}`)).status, 200)
		const { days: [day] } = await cli(on, 'sms', 'list')
		assert.equal(day.route, 'main')
		assert.deepEqual([day.accepted, day.delivered, day.undelivered, day.pieces, day.cost], [1, 1, 0, 1, 45])
		assert.equal(await figure(on, 'yimen_sms_receipts_total{state="delivered"}'), 1)
	})

test('a gateway that is dead is passed over at once, and after some failures it is not asked any more', async () => {
	const living = await start(() => TencentSms.start())
	const dead = { ...(await start(() => AliyunSms.start())).config, endpoint: `http://127.0.0.1:${await freePort()}` }
	const on = await broker([{ id: 'first', order: 1, ...dead }, { id: 'second', order: 2, ...living.config }], { sms: { breaker: { failures: 3, pause: '1m' } } })

	for (let i = 0; i < 5; i++)
		assert.ok(isSent(await ask(on)))
	assert.equal(living.sent.length, 5)
	assert.deepEqual(sent(on), [...Array(3).fill(['first:unavailable', 'second:accepted']).flat(), 'second:accepted', 'second:accepted'])
	assert.equal(on.events('outlet.left_alone').length, 1)
	assert.equal(await figure(on, 'yimen_sms_failovers_total'), 3)
	assert.equal(await figure(on, 'yimen_outlets_left_alone'), 1)
	const { routes } = await cli(on, 'sms', 'list')
	assert.equal(routes[0].left_alone, true)
	assert.equal(routes[1].left_alone, false)
	const tried = await cli(on, 'sms', 'test', '--route', 'first', '--phone', newPhone())
	assert.match(tried.advice_en, /cannot be reached/, 'an administrator may ask it all the same')
})

test('an administrator who tries a gateway in vain does not close it for people', async () => {
	const dead = { ...(await start(() => AliyunSms.start())).config, endpoint: `http://127.0.0.1:${await freePort()}` }
	const on = await broker([{ id: 'only', ...dead }], { sms: { breaker: { failures: 2, pause: '1m' } } })

	for (let i = 0; i < 4; i++)
		assert.equal((await cli(on, 'sms', 'test', '--route', 'only', '--phone', newPhone())).outcome, 'unavailable')
	assert.deepEqual(on.events('outlet.left_alone'), [])
	assert.ok(!(await cli(on, 'sms', 'list')).routes[0].left_alone)
})

test('messages that a gateway has no template for are no reason to leave it alone', async () => {
	const gateway = await start(() => AliyunSms.start())
	const on = await broker([{ id: 'main', ...gateway.config, templates: [{ code: 'SMS_100', purposes: ['bind'] }] }], { sms: { breaker: { failures: 1 } } })

	assert.equal((await ask(on)).page.error, 'message_failed')
	assert.equal((await ask(on)).page.error, 'message_failed')
	assert.deepEqual(sent(on), ['main:unavailable', 'main:unavailable'])
	const said = await cli(on, 'sms', 'test', '--route', 'main', '--phone', newPhone())
	assert.match(said.advice_zh, /templates/)
	assert.equal(gateway.calls.length, 0)
})

test('a slow gateway may have sent it: no other one sends it again, and the person can type the code', async () => {
	const slow = await start(() => AliyunSms.start()), other = await start(() => TencentSms.start())
	const on = await broker([{ id: 'slow', order: 1, ...slow.config, receipt_secret: RECEIPT }, { id: 'other', order: 2, ...other.config }])

	slow.spoil = { send: SPOILT['no answer at all'] }
	const asked = await ask(on)
	assert.ok(isSent(asked), 'it may arrive')
	assert.equal(other.sent.length, 0)
	assert.deepEqual(sent(on), ['slow:unknown'])
	assert.equal((await asked.browser.submit(asked.page, 'otp-verify', { code: slow.codesOf(asked.phone)[0] })).name, 'register-natural')
	// The carrier's receipt names our own number of the message, and so it is known in the end.
	assert.equal((await slow.report(`${on.issuer}/sms/receipt/slow?key=${RECEIPT}`)).status, 200)
	const { state, route } = await cli(on, 'sms', 'show', '--key', slow.sent[0].key)
	assert.deepEqual([state, route], ['delivered', 'slow'])
})

test('where the configuration says so, it is sent again', async () => {
	const slow = await start(() => AliyunSms.start()), other = await start(() => TencentSms.start())
	const on = await broker([{ id: 'slow', order: 1, ...slow.config, resend_unknown: true }, { id: 'other', order: 2, ...other.config }])

	slow.spoil = { send: SPOILT['a closed connection'] }
	assert.ok(isSent(await ask(on)))
	assert.deepEqual(sent(on), ['slow:unknown', 'other:accepted'])
})

test('a carrier that limits a number is believed, and the person is told to wait', async () => {
	const first = await start(() => AliyunSms.start()), other = await start(() => TencentSms.start())
	const on = await broker([{ id: 'first', order: 1, ...first.config }, { id: 'other', order: 2, ...other.config }])

	first.change = { code: 'isv.BUSINESS_LIMIT_CONTROL' }
	const asked = await ask(on)
	assert.equal(asked.page.error, 'sms_limit')
	assert.equal(other.sent.length, 0, 'nobody gets around a limit by another route')
	first.change = { code: 'isv.MOBILE_NUMBER_ILLEGAL' }
	assert.equal((await ask(on)).page.error, 'phone')
	first.change = { code: 'isv.OUT_OF_SERVICE' }
	assert.ok(isSent(await ask(on)), 'a carrier without money is no reason not to log in')
	assert.equal(other.sent.length, 1)
})

test('every answer that is none leaves no person without a page', async () => {
	const odd = await start(() => TencentSms.start())
	const on = await broker([{ id: 'odd', ...odd.config }], { sms: { breaker: { failures: 1000 } } })

	for (const [name, spoil] of Object.entries(SPOILT).filter(([one]) => !/never ends|no answer at all/.test(one))) {
		odd.spoil = { send: spoil }
		const { page } = await ask(on)
		assert.ok(page.has('otp-verify') || page.error === 'message_failed', `${name}: ${page}`)
	}
})

test('a wrong key fails clearly: the test of an administrator names the code and says what to do', async () => {
	const aliyun = await start(() => AliyunSms.start()), tencent = await start(() => TencentSms.start()), city = await start(() => CitySms.start())
	const on = await broker([{ id: 'aliyun', ...aliyun.config, access_key_secret: 'mistyped' }, { id: 'tencent', ...tencent.config }, { id: 'city', ...city.config }])
	const phone = newPhone()

	const wrong = await cli(on, 'sms', 'test', '--route', 'aliyun', '--phone', phone)
	assert.equal(wrong.outcome, 'unavailable')
	assert.equal(wrong.code, 'SignatureDoesNotMatch')
	assert.match(wrong.advice_zh, /AccessKey Secret 不正确/)
	assert.match(wrong.advice_en, /secret is wrong/)
	const right = await cli(on, 'sms', 'test', '--route', 'tencent', '--phone', phone)
	assert.equal(right.outcome, 'accepted')
	assert.deepEqual(tencent.codesOf(phone), ['123456'])
	city.change = { code: -8 }
	assert.equal((await cli(on, 'sms', 'test', '--route', 'city', '--phone', phone)).outcome, 'limited')
	assert.match((await cli(on, 'sms', 'test', '--route', 'nobody', '--phone', phone)).err, /route/)
	assert.match((await cli(on, 'sms', 'test', '--route', 'city', '--phone', '12')).err, /phone/)
})

test('routes by prefix and by purpose', async () => {
	const ours = await start(() => CitySms.start()), theirs = await start(() => TencentSms.start())
	const on = await broker([{ id: 'ours', order: 1, prefixes: ['139'], ...ours.config }, { id: 'theirs', order: 2, purposes: ['login'], ...theirs.config }])

	assert.ok(isSent(await ask(on, '13900139000')))
	assert.ok(isSent(await ask(on, '13700137000')))
	assert.deepEqual(ours.codesOf('13900139000').length, 1)
	assert.deepEqual(theirs.codesOf('13700137000').length, 1)
	assert.match(ours.sent[0].text, /^【一门】您的验证码是\d{6}，5分钟内有效/)
})

test('budgets: a phone, a segment, an hour; a burst raises one alarm', async () => {
	const gateway = await start(() => TencentSms.start())
	const on = await broker([{ id: 'main', ...gateway.config }], { sms: { budget: { per_phone_day: 2, per_segment_hour: 6, total_hour: 8, alarm_minute: 3, alarm_segment_hour: 0 } } })
	const once = async (phone) => (await ask(on, phone)).page.error ?? 'sent'

	assert.deepEqual([await once('13800138000'), await once('13800138000'), await once('13800138000')], ['sent', 'sent', 'sms_limit'])
	for (let i = 1; i <= 4; i++)
		assert.equal(await once(`1380013800${i}`), 'sent')
	assert.equal(await once('13800138005'), 'sms_limit', 'the segment is used up')
	assert.equal(await once('13800138006'), 'sms_limit')
	assert.deepEqual([await once('13711137000'), await once('13711137001'), await once('13711137002')], ['sent', 'sent', 'sms_limit'])
	const alarms = on.events('sms.burst').map((line) => `${line.what} ${line.limit} ${line.used_up}`)
	assert.deepEqual(alarms.sort(), ['sms.segment.hour 6 true', 'sms.total.hour 8 true', 'sms.total.minute 3 false'])
	assert.equal(await figure(on, 'yimen_sms_alarms_total'), 3)
	assert.equal(gateway.sent.length, 8)
})

test('one gateway, the short form: its messages and receipts are those of the route "default"', async () => {
	const gateway = await start(() => AliyunSms.start())
	const on = await broker(undefined, { sms: { ...gateway.config, receipt_secret: RECEIPT } })

	assert.ok(isSent(await ask(on)))
	assert.deepEqual(sent(on), ['default:accepted'])
	assert.equal((await gateway.report(`${on.issuer}/sms/receipt/default?key=${RECEIPT}`, false)).status, 200)
	const { days: [day] } = await cli(on, 'sms', 'list')
	assert.deepEqual([day.accepted, day.delivered, day.undelivered], [1, 0, 1])
})
