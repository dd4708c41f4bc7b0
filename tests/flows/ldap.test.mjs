// SPDX-License-Identifier: Apache-2.0
// A directory as a way in: name and password on a page of ours, empty passwords, filters, tries, and a directory that is away.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Directory } from '../standins/ldap.mjs'
import { Broker, CLIENTS } from './harness.mjs'

const SERVICE = { dn: 'cn=yimen,dc=example', password: 'service-secret', attributes: {} }
const person = (uid, name, more = {}) => ({ dn: `uid=${uid},ou=people,dc=example`, password: `${uid}-Pass1`, attributes: { objectClass: ['person'], uid: [uid], entryUUID: [`uuid-${uid}`], cn: [name],
	mail: [`${uid}@example.cn`], mobile: ['13700137001'], ...more } })

/** A key and a certificate, for 127.0.0.1 if nothing else is said, that nobody has signed but itself. */
function certificate(folder, name, of = 'IP:127.0.0.1') {
	const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=ldap', '-addext', `subjectAltName=${of}`,
		'-keyout', key, '-out', cert], { stdio: 'ignore' })
	return { path: cert, key: readFileSync(key), cert: readFileSync(cert) }
}

const group = (name, members, memberOf) => ({ dn: `cn=${name},ou=groups,dc=example`, attributes: { objectClass: ['groupOfNames'], cn: [name], member: members, memberOf } })
const STAFF = 'cn=staff,ou=groups,dc=example'
const HOST = hostname() // leads here, and is no address of which the clear would be allowed

let directory, trusted, stranger, started, mitm, folder, broker
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'yimen-ldap-'))
	const ours = certificate(folder, 'ours')
	trusted = await Directory.start([SERVICE, person('lisi', '李四')], ours)
	stranger = await Directory.start([SERVICE, person('lisi', '李四')], certificate(folder, 'theirs'))
	const named = certificate(folder, 'named', `DNS:${HOST}`)
	started = await Directory.start([SERVICE, person('lisi', '李四')], undefined, named)
	mitm = await Directory.start([SERVICE, person('lisi', '李四')], undefined, certificate(folder, 'mitm', `DNS:${HOST}`))
	writeFileSync(join(folder, 'ca.pem'), Buffer.concat([ours.cert, named.cert]))
	directory = await Directory.start([SERVICE, person('lisi', '李四'), person('wangwu', '王五'), person('two', '甲', { entryUUID: ['a', 'b'] }),
		person('guid', '乙', { objectGUID: [Buffer.from([1, 255, 0, 13, 10, 65])] }), { ...person('x', '丙'), attributes: { objectClass: ['person'], uid: ['x'] } },
		person('direct', '丁', { memberOf: [STAFF] }), person('inner', '戊', { memberOf: ['cn=team,ou=groups,dc=example'] }), person('outer', '己', { memberOf: ['cn=guests,ou=groups,dc=example'] }),
		group('staff', ['uid=direct,ou=people,dc=example', 'cn=team,ou=groups,dc=example']), group('team', ['uid=inner,ou=people,dc=example'], [STAFF, 'cn=ring,ou=groups,dc=example']),
		group('ring', ['cn=team,ou=groups,dc=example', 'cn=guests,ou=groups,dc=example'], ['cn=team,ou=groups,dc=example']), group('guests', ['uid=outer,ou=people,dc=example'])])
	const { address } = await lookup(HOST, 4)
	const row = (id, more) => ({ id, type: 'ldap', title: { zh: '员工目录', en: 'Staff directory' }, url: directory.url, bind_dn: SERVICE.dn, bind_password: SERVICE.password, base_dn: 'ou=people,dc=example', ...more })
	broker = await Broker.start({
		net: { timeout: '3s', connect_timeout: '1s', ca_file: join(folder, 'ca.pem'), allow: ['127.0.0.0/8', `${address}/32`] },
		login: { tries: 5 },
		providers: [row('staff'), row('guid', { subject_attribute: 'objectGUID' }), row('wrong', { bind_password: 'another' }), row('all', { filter: '(|(uid={login})(objectClass=person))' }),
			row('gone', { url: 'ldap://127.0.0.1:9' }), row('trusted', { url: trusted.url }), row('stranger', { url: stranger.url }),
			row('started', { url: `ldap://${HOST}:${started.port}` }), row('mitm', { url: `ldap://${HOST}:${mitm.port}` }),
			row('member-of', { group: STAFF }), row('in-chain', { group: STAFF, group_rule: 'in_chain' }),
			row('search', { group: STAFF, group_rule: 'search', group_base: 'ou=groups,dc=example' })],
		clients: [CLIENTS.public()],
	})
})
after(async () => {
	broker.allow(/"fault":"(unreachable|timeout)"/)
	await broker.stop()
	for (const one of [directory, trusted, stranger, started, mitm])
		await one.stop()
	rmSync(folder, { recursive: true })
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

test('who does not want to can take another way, and a form in another browser is refused', async () => {
	const { browser, page } = await form()

	assert.equal((await browser.click(page, 'other-way')).name, 'login')
	const foreign = broker.browser()
	assert.equal((await submit({ browser: foreign, page }, 'lisi', 'lisi-Pass1')).params?.code, undefined)
})

// RFC 4511 4.1.9, A.1: operationsError … other; 14 goes on with SASL, 10 is a referral
test('a bind that ends with anything but success is no login', async () => {
	for (const code of [1, 2, 3, 7, 8, 10, 11, 12, 13, 14, 16, 32, 34, 48, 50, 51, 52, 53, 54, 80, 118, 127]) {
		directory.change = { person: code }
		const end = await attempt('wangwu', 'wangwu-Pass1')

		assert.ok(!end.redirect && !end.params?.code && /^(provider_failed|credentials)$/.test(end.error), `${code}: ${end}`)
		directory.change = { search: code }
		assert.equal((await attempt('wangwu', `wrong-${code}`)).params?.code, undefined, `${code}, of a search`)
	}
	directory.change = { refer: stranger.url.replace('ldaps', 'ldap') }
	assert.ok((await login('wangwu', 'wangwu-Pass1')).claims.sub, 'a referral beside the entry is nothing')
	assert.equal((await attempt('nobody2', 'wangwu-Pass1')).error, 'credentials', 'and no entry either')
	assert.deepEqual(stranger.requests, [], 'nor is it followed')
	directory.change = { gone: true }
	assert.equal((await attempt('wangwu', 'wangwu-Pass1')).error, 'provider_failed', 'the directory has ended before it has said all')
	directory.change = {}
})

test('StartTLS comes before anything else, or nothing is said', async () => {
	assert.ok((await login('lisi', 'lisi-Pass1', 'started')).claims.sub)
	assert.ok(started.requests[0].startTls && !started.requests.some((one) => one.clear))
	const asked = started.requests.length
	started.change = { refuse: true }
	assert.equal((await attempt('lisi', 'lisi-Pass1', 'started')).error, 'provider_failed')
	assert.equal(started.requests.length, asked, 'a directory that knows no StartTLS learns no password')
	/* What somebody on the way says in the clear counts for nothing afterwards. */
	started.change = { inject: Buffer.concat([2, 3, 4].map((id) => Directory.bound(id))) }
	const end = await attempt('lisi', 'another password', 'started')
	assert.ok(!end.params?.code, `${end}`)
	started.change = {}
	assert.equal((await attempt('lisi', 'lisi-Pass1', 'mitm')).error, 'provider_failed')
	assert.ok(mitm.requests.every((one) => one.startTls), 'nothing is said to anybody else')
})

const NOT = 'provider_rejected'
test('a group: who is in it comes in, by the rule that is configured', async () => {
	const comes = async (name, id) => {
		const end = await attempt(name, `${name}-Pass1`, id)

		return end.params?.code ? true : end.error
	}

	for (const [id, want] of [['member-of', [true, NOT, NOT]], ['in-chain', [true, true, NOT]], ['search', [true, true, NOT]]])
		for (const [i, name] of ['direct', 'inner', 'outer'].entries())
			assert.equal(await comes(name, id), want[i], `${id}, ${name}`)
	assert.equal((await attempt('outer', 'outer-Pass1', 'search')).error, 'provider_rejected')
	assert.equal((await attempt('outer', 'wrong', 'search')).error, 'credentials', 'only who is right learns of the group')
})

test('over TLS, and only to a directory whose certificate is trusted', async () => {
	assert.ok((await login('lisi', 'lisi-Pass1', 'trusted')).claims.sub)
	assert.equal((await attempt('lisi', 'lisi-Pass1', 'stranger')).error, 'provider_failed')
	assert.deepEqual(stranger.requests, [], 'nothing is said to anybody else')
})
