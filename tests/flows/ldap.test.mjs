// SPDX-License-Identifier: Apache-2.0
// A directory as a way in: name and password on a page of ours, empty passwords, filters, tries, and a directory that is away.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Directory } from '../standins/ldap.mjs'
import { Broker, CLIENTS } from './harness.mjs'

const SERVICE = { dn: 'cn=yimen,dc=example', password: 'service-secret', attributes: {} }
const person = (uid, name, more = {}) => ({ dn: `uid=${uid},ou=people,dc=example`, password: `${uid}-Pass1`, attributes: { objectClass: ['person'], uid: [uid], entryUUID: [`uuid-${uid}`], cn: [name],
	mail: [`${uid}@example.cn`], mobile: ['13700137001'], ...more } })

let directory, broker
before(async () => {
	directory = await Directory.start([SERVICE, person('lisi', '李四'), person('wangwu', '王五'), person('two', '甲', { entryUUID: ['a', 'b'] }),
		person('guid', '乙', { objectGUID: [Buffer.from([1, 255, 0, 13, 10, 65])] }), { ...person('x', '丙'), attributes: { objectClass: ['person'], uid: ['x'] } }])
	const row = (id, more) => ({ id, type: 'ldap', title: { zh: '员工目录', en: 'Staff directory' }, url: directory.url, bind_dn: SERVICE.dn, bind_password: SERVICE.password, base_dn: 'ou=people,dc=example', ...more })
	broker = await Broker.start({
		net: { timeout: '3s', connect_timeout: '1s' },
		login: { tries: 5 },
		providers: [row('staff'), row('guid', { subject_attribute: 'objectGUID' }), row('wrong', { bind_password: 'another' }), row('all', { filter: '(|(uid={login})(objectClass=person))' }),
			row('gone', { url: 'ldap://127.0.0.1:9' })],
		clients: [CLIENTS.public()],
	})
})
after(async () => {
	broker.allow(/"fault":"(unreachable|timeout)"/)
	await broker.stop()
	await directory.stop()
})

async function form(id = 'staff', browser = broker.browser()) {
	const page = await browser.open(broker.client('demo-public').request().url)

	return { browser, page: await browser.click(page, `provider-${id}`) }
}
const submit = ({ browser, page }, login_name, password) => browser.submit(page, 'upstream-password', { login_name, password })
const attempt = async (login_name, password, id) => submit(await form(id), login_name, password)

async function login(name, password, id = 'staff') {
	const rp = broker.client('demo-public')
	const browser = broker.browser()
	const result = await rp.login(browser, { login: async (page) => submit({ browser, page: await browser.click(page, `provider-${id}`) }, name, password) })

	return { ...result, userinfo: (await rp.userinfo(result.tokens.access_token)).json }
}

test('the first login begins an account, the second finds it, another person is another account', async () => {
	const first = await login('lisi', 'lisi-Pass1')
	const second = await login('LiSi', 'lisi-Pass1')
	const other = await login('wangwu', 'wangwu-Pass1')

	assert.equal(second.claims.sub, first.claims.sub, 'directories fold case, the id does not change')
	assert.notEqual(other.claims.sub, first.claims.sub)
	assert.equal(first.userinfo.name, '李四')
	assert.equal(first.claims.acr, '1')
	assert.deepEqual(directory.requests.filter((one) => one.bind).map((one) => one.bind).slice(0, 2), [SERVICE.dn, 'uid=lisi,ou=people,dc=example'], 'the application searches, the person binds')
})

test('a wrong password, an unknown name and an empty password are the same to whoever asks, and an empty password never leaves', async () => {
	assert.equal((await attempt('lisi', 'wrong')).error, 'credentials')
	const before = directory.requests.length
	assert.equal((await attempt('nobody', 'wrong')).error, 'credentials')
	assert.deepEqual(directory.requests.slice(before).map((one) => Object.keys(one)[0]), ['bind', 'search', 'bind'], 'as much is asked about who does not exist')
	const asked = directory.requests.length
	for (const password of ['', ' '.repeat(0)])
		assert.equal((await attempt('lisi', password)).error, 'field_empty')
	assert.equal(directory.requests.length, asked)
	assert.ok(!directory.requests.some((one) => one.empty))
})

test('what is typed is a value of the filter and never a part of it', async () => {
	for (const name of ['*', 'lisi)(uid=*', '*)(objectClass=*', 'li\\2a', 'lisi\u0000', 'uid=lisi,ou=people,dc=example']) {
		const end = await attempt(name, 'lisi-Pass1')

		assert.ok(end.error === 'credentials' || end.status === 400, `${JSON.stringify(name)}: ${end}`)
	}
	assert.ok(directory.requests.every((one) => one.search !== 'ou=people,dc=example' || one.found <= 1 || one.found >= 5))
})

test('one entry, with one lasting id, or nobody', async () => {
	assert.equal((await attempt('lisi', 'lisi-Pass1', 'all')).error, 'provider_failed', 'several entries')
	assert.equal((await attempt('two', 'two-Pass1')).error, 'provider_failed', 'two ids')
	assert.equal((await attempt('x', 'x-Pass1')).error, 'provider_failed', 'no id')
	assert.ok((await login('guid', 'guid-Pass1', 'guid')).claims.sub, 'an id of bytes')
})

test('tries are counted against name and address', async () => {
	for (let i = 0; i < 5; i++)
		assert.equal((await attempt('locked', `wrong-${i}`)).error, 'credentials')
	const asked = directory.requests.length
	assert.equal((await attempt('LOCKED', 'wrong')).error, 'locked')
	assert.equal(directory.requests.length, asked, 'the directory is not even asked')
})

test('a directory that is away, hangs or refuses the application is nobody\'s wrong password', async () => {
	assert.equal((await attempt('lisi', 'lisi-Pass1', 'wrong')).error, 'provider_failed')
	assert.equal((await attempt('lisi', 'lisi-Pass1', 'gone')).error, 'provider_failed')
	directory.change = { silent: true }
	const begin = Date.now()
	assert.equal((await attempt('lisi', 'lisi-Pass1')).error, 'provider_failed')
	assert.ok(Date.now() - begin < 8000, 'bound in time')
	directory.change = {}
	assert.ok((await login('lisi', 'lisi-Pass1')).claims.sub)
})

test('who does not want to can take another way, and a stranger\'s form is refused', async () => {
	const { browser, page } = await form()

	assert.equal((await browser.click(page, 'other-way')).name, 'login')
	const stranger = broker.browser()
	assert.equal((await submit({ browser: stranger, page }, 'lisi', 'lisi-Pass1')).params?.code, undefined)
})
