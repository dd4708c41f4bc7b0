// SPDX-License-Identifier: Apache-2.0
// A gateway and a verifier set up in the console and tried there before they hold: a wrong key fails with words that say what to do, the right one sends.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AliyunSms } from '../standins/sms.mjs'
import { TencentVerifier } from '../standins/verifiers.mjs'
import { Broker, CLIENTS } from './harness.mjs'
import { Staff } from './totp.mjs'

let broker, gateway, verifier, browser
before(async () => {
	gateway = await AliyunSms.start()
	verifier = await TencentVerifier.start()
	broker = await Broker.prepare({ clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] } })
	broker.config.sms = { signature: { zh: '一门' }, templates: gateway.config.templates }
	broker.write()
	const staff = Staff.create(broker, 'operator1', 'operator')
	await broker.run()
	browser = (await staff.at(`${broker.issuer}/login?tab=staff`)).browser
})
after(async () => {
	await broker.stop()
	await gateway.stop()
	await verifier.stop()
})

/** Boxes that stand open are no values. */
const unticked = (page) => Object.fromEntries(Object.keys(page.form('options').fields).filter((name) => /purposes$/.test(name)).map((name) => [name, null]))
const open = (path) => browser.open(`${broker.issuer}${path}`)
const verdict = (page) => page.html.match(/id="test" role="\w+" data-good="(\w+)"[^>]*>(.*?)<\/div>/s)?.slice(1)

test('a gateway: the wrong key says so, the right one sends a message to the number that was typed', async () => {
	const { endpoint, access_key_id: id, sign_name: name } = gateway.config
	let page = await open('/console/sms?type=aliyun')

	assert.equal(page.name, 'console-form', `${page}`)
	page = await browser.submit(page, 'options', { ...unticked(page), 'o.gateway': 'aliyun', 'o.access_key_id': id, 'o.access_key_secret': 'mistyped', 'o.sign_name': name, 'o.endpoint': endpoint, do: 'save' })
	assert.ok(page.form('options').fields.phone !== undefined, `${page} asks for a number`)
	page = await browser.submit(page, 'options', { ...unticked(page), phone: '13800138000', do: 'test' })
	const [bad, words] = verdict(page)
	assert.equal(bad, 'no')
	assert.match(words, /AccessKey Secret 不正确.*SignatureDoesNotMatch/s)
	page = await browser.submit(page, 'options', { ...unticked(page), phone: '13800138000', 'o.access_key_secret': AliyunSms.secret, do: 'test' })
	assert.equal(verdict(page)?.[0], 'yes', `${verdict(page)}`)
	assert.deepEqual(gateway.codesOf('13800138000'), ['123456'])
	page = await browser.submit(page, 'options', { ...unticked(page), phone: '12', do: 'test' })
	assert.equal(page.error, 'phone')
})

test('a verifier: asked about the person that was typed', async () => {
	const { endpoint, secret_id: id } = verifier.config
	let page = await open('/console/realname?type=tencent')

	page = await browser.submit(page, 'options', { ...unticked(page), 'o.verifier': 'tencent', 'o.secret_id': id, 'o.secret_key': 'mistyped', 'o.endpoint': endpoint, do: 'save' })
	const ask = (more) => browser.submit(page, 'options', { ...unticked(page), person_name: '张三', person_number: '11010519491231002X', do: 'test', ...more })
	page = await ask()
	assert.equal(verdict(page)[0], 'no')
	assert.match(verdict(page)[1], /SecretKey 不正确/)
	page = await ask({ 'o.secret_key': TencentVerifier.secret })
	assert.equal(verdict(page)[0], 'yes')
	page = await ask({ person_name: '' })
	assert.equal(verdict(page)[0], 'no')
	assert.match(verdict(page)[1], /请先填写测试内容/)
})
