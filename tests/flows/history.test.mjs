// SPDX-License-Identifier: Apache-2.0
// T15 T2: who had business before finds it by the verified document and enters; who had none supplements at once.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, USCC, client, passwordLogin } from './harness.mjs'
import { Staff } from './totp.mjs'

const SECRET = 'a-secret-of-32-characters-long!!', OTHER = '91110108MA01ET88XL', OLD = 'Old@1234'
const REQUIRE = { realname_level: 2, unit_effective: true, membership_active: true, subsystem_grant: true }
const PEOPLE = { 张三: ['111', '11010519491231002X'], 李四: ['111', '110101199003070011'], 王五: ['111', '110101197810270029'], 赵六: ['111', '330105197810270025'],
	陈小红: ['111', '330402200002290011'], 孙港: ['516', 'H0123456702'] }
const HEADER = 'kind,legacy_id,login_name,user_type,name,phone,uscc,unit_name,id_type,id_number,digest,salt\n'
const digest = createHash('md5').update(`${OLD}s`).digest('hex')
const row = (r) => [r.kind ?? 'individual', r.id, r.login ?? r.id, r.type ?? '', r.name ?? '', r.phone ?? '', r.uscc ?? '', '', ...(r.document ?? ['', '']), digest, 's'].join(',') + '\n'

let broker, desk
before(async () => {
	broker = await Broker.prepare({
		clients: [client('platform', { secret: SECRET, subsystem: 'xiangmu', require: { ...REQUIRE, history_suffices: ['history'] } }),
			client('strict', { secret: SECRET, subsystem: 'xiangmu', require: REQUIRE }), CLIENTS.public()],
		login: { namespaces: ['natural', 'legal', 'staff'] },
		subsystems: [{ id: 'xiangmu', name: { zh: '项目管理' } }],
		units: [{ uscc: USCC, name: '演示科技有限公司', status: 'pending' }],
		legacy_sources: [
			{ id: 'history', name: { zh: '历史用户' }, scheme: 'hex(md5(p.s))', accounts: 'claim', sms_alone: 'allow', methods: ['document', 'sms', 'password', 'review'] },
			{ id: 'typed', accounts: 'claim', scheme: 'hex(md5(p.s))', methods: ['document', 'sms'],
				user_types: [{ id: 'expert', name: { zh: '专家' } }, { id: 'declarer', name: { zh: '申报' } }] },
			{ id: 'silent', accounts: 'claim', scheme: 'hex(md5(p.s))', methods: ['password'] },
			{ id: 'kinds', scheme: 'hex(md5(p.s))', accounts: 'claim', methods: ['document'] },
			{ id: 'made', scheme: 'hex(md5(p.s))', methods: ['document', 'password'] },
		],
	})
	broker.config.realname = { verifier: 'registry_csv', people: join(broker.dir, 'people.csv'), tries_day: 50 }
	broker.write()
	writeFileSync(broker.config.realname.people, 'name,id_type,id_number,level\n' + Object.entries(PEOPLE).map(([name, document]) => `${name},${document.join()},2\n`).join(''))
	await broker.run()
	desk = (await Staff.create(broker, 'support', 'support').at(`${broker.issuer}/legacy`)).browser
})
after(() => broker.stop())

function load(source, rows) {
	const file = join(broker.dir, `rows-${Math.random()}.csv`)

	writeFileSync(file, HEADER + rows.map(row).join(''))
	const result = broker.cli('legacy', 'import', '--source', source, file)
	assert.equal(result.code, 0, result.err + result.out)
}

/** A new person who wants to enter @to and verifies the name @name on the way: { browser, page } behind that. */
async function newcomer(login, name, to = 'platform') {
	broker.account({ login })
	const browser = broker.browser(), request = broker.client(to).request({ scope: 'openid legacy' })
	const page = await passwordLogin(browser, await browser.open(request.url), { login })

	assert.equal(page.name, 'realname', `${page}`)
	const [id_type, id_number] = PEOPLE[name]
	return { browser, request, page: await browser.submit(page, 'realname', { name, id_type, id_number, gender: '', ethnic_code: '' }) }
}
const again = async (browser, to = 'platform', more = {}) => browser.open(broker.client(to).request(more).url)
async function record(id) {
	const found = await desk.submit(await desk.open(`${broker.issuer}/legacy`), 'search', { q: id })

	return desk.open(new URL(found.html.match(/href="(\/legacy\/[0-9a-f-]{36})"/)[1], broker.issuer).href)
}
const bare = (page) => page.html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
const standing = (page) => page.html.match(/data-standing="(\w+)"/)[1]

test('T15: business before: the verified document finds the old account, and they enter without unit, membership or grant', async () => {
	load('history', [{ id: 'h1', login: 'zhang_old', name: '张三', document: ['111', '110105491231002'] }])
	const { browser, request, page } = await newcomer('zhang_new', '张三')
	assert.ok(page.params?.code, `${page}`)
	const { json } = await broker.client('platform').redeem(request, page.params.code)
	const { legacy } = (await broker.client('platform').userinfo(json.access_token)).json
	assert.deepEqual(legacy.map((one) => [one.system, one.account_id]), [['history', 'h1']])
	assert.ok((await broker.client('platform').refresh(json.refresh_token)).json.access_token)
	const strict = await again(browser, 'strict')
	assert.equal(strict.name, 'choose-unit', 'another client asks for the unit all the same')

	const history = await record('h1')
	assert.match(bare(history), /绑定 ?证件一致.*zhang_new.*实名认证通过时自动绑定/)
	assert.match(bare(history), /证件类型 ?居民身份证/)
	assert.ok(!history.html.includes('11010519491231002X') && !history.html.includes('110105491231002'))
})

test('T15: no business before: to the supplement at once', async () => {
	const { browser, page } = await newcomer('li_new', '李四')

	assert.equal(page.name, 'choose-unit', `${page}`)
	assert.equal((await again(browser)).name, 'choose-unit')
	const silent = await again(browser, 'platform', { prompt: 'none' })
	assert.ok(silent.params?.error, `${silent}`)
})

test('imported after the name was verified: one click, and then they enter', async () => {
	load('history', [{ id: 'h2', document: PEOPLE.李四 }])
	const browser = broker.browser()

	assert.equal((await passwordLogin(browser, await again(browser), { login: 'li_new' })).name, 'choose-unit', 'nothing happens by itself')
	const page = await browser.open(`${broker.issuer}/bind`)
	assert.ok(page.html.includes('h2'))
	assert.equal((await browser.submit(page, page.html.match(/<form id="(bind-[^"]+)"/)[1])).name, 'account')
	assert.ok((await again(browser)).params?.code)
})

test('the binding ends: tokens are dead at once, and the next login leads to the supplement', async () => {
	const browser = broker.browser(), platform = broker.client('platform')
	const { tokens } = await platform.login(browser, { login: (page) => passwordLogin(browser, page, { login: 'li_new' }) })
	assert.equal((await platform.userinfo(tokens.access_token)).status, 200)
	const page = await record('h2')
	assert.equal(standing(await desk.submit(page, 'unbind', { do: 'unbind', reason: '绑错了' })), 'free')
	assert.equal((await platform.userinfo(tokens.access_token)).status, 401)
	assert.equal((await platform.introspect(tokens.access_token)).json.active, false)
	assert.equal((await platform.refresh(tokens.refresh_token)).json.error, 'invalid_grant')
	assert.equal((await again(browser)).name, 'choose-unit')
})

test('what is not plainly theirs waits for a choice: two that fit, one that comes second, one that the import made, a system that takes no documents, another kind of document', async () => {
	load('history', [{ id: 'two1', document: PEOPLE.王五 }, { id: 'two2', document: PEOPLE.王五 }])
	load('typed', [{ id: 'dec', type: 'declarer', phone: '13700000001', document: PEOPLE.王五 }, { id: 'exp', type: 'expert', phone: '13700000001' }])
	load('silent', [{ id: 'hushed', document: PEOPLE.王五 }])
	load('kinds', [{ id: 'kind', document: ['113', PEOPLE.王五[1]] }])
	load('made', [{ id: 'made1', phone: '13700000002', document: PEOPLE.王五 }])
	const { browser, page } = await newcomer('wang_new', '王五')
	assert.equal(page.name, 'choose-unit', `${page}`)
	for (const [id, how] of [['two1', 'free'], ['two2', 'free'], ['dec', 'free'], ['hushed', 'free'], ['kind', 'free'], ['made1', 'bound']])
		assert.equal(standing(await record(id)), how, id)
	const bind = await browser.open(`${broker.issuer}/bind`)
	for (const id of ['two1', 'two2', 'dec', 'made1'])
		assert.ok(bind.html.includes(id), id)
	assert.ok(!bind.html.includes('hushed'))
	const form = bind.html.split('<form ').find((part) => /id="bind-/.test(part) && bind.html.includes('two2')).match(/id="(bind-[^"]+)"/)[1]
	assert.equal((await browser.submit(bind, form)).name, 'account')
	assert.equal((await again(browser)).params?.code !== undefined, true, 'one of the two is enough')
	assert.equal([standing(await record('two1')), standing(await record('two2'))].filter((one) => one === 'bound').length, 1, 'and they get no second one')
})

test('somebody else has it already: nothing is taken from them, the history says that it was refused, and it can be disputed', async () => {
	load('history', [{ id: 'h3', phone: '13700000003', document: PEOPLE.赵六 }])
	broker.account({ login: 'zhao_thief' })
	const thief = broker.browser()
	await passwordLogin(thief, await thief.open(`${broker.issuer}/login`), { login: 'zhao_thief' })
	const page = await thief.open(`${broker.issuer}/bind`)
	const values = { source: 'history', phone: '13700000003', user_type: 'expert' }
	const sent = await thief.submit(page, 'bind', { do: 'send', captcha: broker.captcha(), ...values })
	assert.equal((await thief.submit(sent, 'bind', { ...values, code: broker.code('13700000003') })).name, 'account', `${sent}`)

	const owner = await newcomer('zhao_new', '赵六')
	assert.equal(owner.page.name, 'choose-unit', `${owner.page}`)
	const history = await record('h3')
	assert.match(history.text('owner'), /zhao_thief/)
	assert.match(bare(history), /未通过 ?证件一致.*zhao_new.*已被其他用户绑定/)
	const bind = await owner.browser.open(`${broker.issuer}/bind`)
	assert.ok(bind.html.includes('h3') && bind.has('way-review'))
	assert.equal(broker.cli('store', 'check').code, 0)
})

test('a renewed permit is the same document; a name that the operator vouches for has none', async () => {
	load('history', [{ id: 'h4', document: ['516', 'H0123456701'] }])
	const { page } = await newcomer('sun_new', '孙港')
	assert.ok(page.params?.code, `${page}`)
	assert.equal(standing(await record('h4')), 'bound')
	broker.account({ login: 'nobody_new', 'realname-level': 2, name: '陈小红' }) /* no number: nothing to find */
	load('history', [{ id: 'h5', document: PEOPLE.陈小红 }])
	broker.set('nobody_new', { 'realname-level': 3 })
	assert.equal(standing(await record('h5')), 'free')
})

test('a unit with an old account enters before its supplement is approved, and not when it is suspended', async () => {
	load('silent', [{ kind: 'enterprise', id: 'u0', login: 'unit_silent', uscc: OTHER }])
	load('history', [{ kind: 'enterprise', id: 'u1', login: 'unit_old', uscc: USCC }])
	broker.account({ login: 'yanshi', namespace: 'legal', unit: USCC, 'realname-level': 2 })
	broker.cli('unit', 'set', '--uscc', USCC, '--status', 'needs_supplement')
	const browser = broker.browser()
	const before_ = await passwordLogin(browser, await again(browser), { login: 'yanshi', namespace: 'legal' })
	assert.equal(before_.name, 'unit-supplement', `${before_}`)
	const bind = async (source, known_login) => browser.submit(await browser.open(`${broker.issuer}/bind/password`), 'bind', { source, known_login, password_old: OLD })
	assert.equal((await bind('silent', 'unit_silent')).name, 'account')
	assert.equal((await again(browser)).name, 'unit-supplement', 'history elsewhere is not history here')
	assert.equal((await bind('history', 'unit_old')).name, 'account')
	assert.ok((await again(browser)).params?.code)
	assert.equal((await again(browser, 'strict')).name, 'unit-supplement')
	const suspended = broker.cli('unit', 'set', '--uscc', USCC, '--status', 'suspended')
	assert.equal(suspended.code, 0, suspended.err)
	const stopped = await again(browser)
	assert.ok(!stopped.params?.code && stopped.name === 'pending', `${stopped}`)
})
