// SPDX-License-Identifier: Apache-2.0
// Messages that do not get through: a mail server that is slow, away or confused; all threads waiting for it; the daemon ending meanwhile.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Broker, passwordLogin, until } from './harness.mjs'
import { MailServer, wrong } from './mail.mjs'

const PEOPLE = ['anna', 'bert', 'carl', 'dora', 'emil', 'fred']
const CONFIG = { net: { timeout: '2s', connect_timeout: '1s' }, workers: { sms: 1, sms_queue: 1 } }
let broker, mail

async function start() {
	const started = await Broker.start({ ...CONFIG, mail: { server: mail.url, from: 'no-reply@example.gov.cn' } }, PEOPLE.map((login) => ({ login })))

	started.allow(/"text":"mail: /)
	return started
}
before(async () => {
	mail = await MailServer.start()
	broker = await start()
})
after(async () => {
	await broker.stop()
	await mail.stop()
})

async function at(login, on = broker) {
	const browser = on.browser()

	return { browser, page: await passwordLogin(browser, await browser.open(`${on.issuer}/account/email`), { login }) }
}
let serial = 0
const send = ({ browser, page }) => browser.submit(page, 'change-email', { email: `someone${serial++}@example.cn`, do: 'send' })
const isSent = (page) => page.status === 200 && !page.has('email-error') && page.has('code')

for (const mode of wrong)
	test(`a mail server that ${mode}: said at the field, within the deadline, and nothing is sent`, async () => {
		const who = await at('anna')
		const count = mail.messages.length
		const begun = performance.now()

		mail.mode = mode
		const page = await send(who)
		assert.ok(page.has('email-error'), `${page}`)
		assert.equal(page.error, 'message_failed')
		assert.ok(performance.now() - begun < 60000, 'also where the server does not answer to the goodbye')
		assert.equal(mail.messages.length, count)
		mail.mode = ''
		assert.ok(isSent(await send(who)), 'the next one goes out')
		assert.equal(mail.messages.length, count + 1)
	})

test('a slow one is waited for', async () => {
	const who = await at('bert')

	mail.delay = 100
	assert.ok(isSent(await send(who)))
	mail.delay = 0
})

test('when everybody waits for it, the next are told so at once; then it goes on', async () => {
	const people = []

	for (const login of PEOPLE)
		people.push(await at(login))

	mail.mode = 'silent'
	const pages = await Promise.all(people.map(send))
	const busy = pages.filter((page) => page.status === 503)
	assert.ok(busy.length >= PEOPLE.length - 2, 'one runs, one waits')
	for (const page of busy)
		assert.equal(page.error, 'busy', `${page}`)
	for (const page of pages.filter((one) => !busy.includes(one)))
		assert.equal(page.error, 'message_failed', `${page}`)
	mail.mode = ''
	assert.ok(isSent(await send(people[0])))
})

test('the daemon ends while messages are on their way: what a server takes goes out and is answered, what it does not is given up', async () => {
	const other = await start()
	const slow = await at('anna', other), next = await at('bert', other)
	const count = mail.messages.length

	mail.delay = 150
	const sending = [send(slow), send(next)]
	await until(() => mail.open.size, 'the first is being sent')
	const stopped = other.stop()
	for (const page of await Promise.all(sending))
		assert.ok(isSent(page), `${page}`)
	await stopped
	assert.equal(mail.messages.length, count + 2)
	mail.delay = 0

	const stuck = await start()
	const who = await at('anna', stuck)
	mail.mode = 'silent'
	const page = send(who)
	await until(() => mail.open.size, 'it is being sent')
	const begun = performance.now()
	await stuck.stop()
	assert.ok(performance.now() - begun < 30000)
	assert.equal((await page).error, 'message_failed', 'an answer all the same')
	mail.mode = ''
})
