// SPDX-License-Identifier: Apache-2.0
// What somebody has to renew or pay: certificates that end are told in time, by log, metric, event and dashboard; what each gateway's messages cost in a month;
// which version of the configuration is in force, as a metric.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { certificates as row } from '../standins/alipay.mjs'
import { Broker, CLIENTS, freePort, sleep, until } from './harness.mjs'
import { Staff } from './totp.mjs'

let broker, standin, hook, browser
const told = []

/** A certificate that lasts @days more (negative: it has ended), and its key, as PEM. */
function pair(name, days) {
	const day = (n) => new Date(Date.now() + n * 86400000).toISOString().replace(/[-:T]|\.\d+/g, '')
	const at = (file) => join(broker.dir, file)

	execFileSync('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-utf8', '-subj', `/C=CN/CN=${name}`, '-keyout', at('one.key'), '-out', at('one.csr')], { stdio: 'ignore' })
	execFileSync('sh', ['-c', `cd "${broker.dir}" && : >ca.txt && printf '[ca]\ndefault_ca=d\n[d]\ndatabase=ca.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=optional\n' >ca.cnf &&
		openssl ca -batch -config ca.cnf -selfsign -utf8 -keyfile one.key -in one.csr -startdate ${day(-400)} -enddate ${day(days)} -notext -out one.pem`], { stdio: 'ignore' })
	return { cert: readFileSync(at('one.pem'), 'utf8'), key: readFileSync(at('one.key'), 'utf8') }
}
const certificate = (name, days) => pair(name, days).cert

before(async () => {
	const port = await freePort()
	hook = createServer((request, response) => {
		let body = ''
		request.on('data', (part) => { body += part })
		request.on('end', () => { told.push(JSON.parse(body)); response.writeHead(204).end() })
	})
	await new Promise((done) => hook.listen(port, '127.0.0.1', done))
	standin = await row.start({})
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'] },
		webhooks: [{ id: 'ops', url: `http://127.0.0.1:${port}/hook`, secret: 'demo-webhook-secret-0123456789', events: ['certificate.alarm'] }],
	})
	const { file } = broker.config.sms
	broker.config.sms = { signature: { zh: '一门' }, routes: [{ id: 'main', gateway: 'outbox', file, order: 1, price: 45 }, { id: 'spare', gateway: 'outbox', file, order: 2 }] }
	Object.defineProperty(broker.config.sms, 'file', { value: file }) // for the harness, not for the daemon
	broker.write()
	const staff = Staff.create(broker, 'upkeep', 'operator')
	await broker.run()
	browser = (await staff.at(`${broker.issuer}/login?tab=staff`)).browser
	await sleep(700) // a receiver is told of what happens after it was first seen
})
after(async () => {
	await broker.stop()
	await standin.stop()
	hook.closeAllConnections()
	await new Promise((done) => hook.close(done))
})

/** Change the file and have it read again. */
async function reload(change) {
	change(broker.config)
	await broker.reloaded()
}
const metric = async (name) => Number((await (await fetch(`${broker.issuer}/metrics`)).text()).split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1])
const dashboard = () => browser.open(`${broker.issuer}/console`)
/** The cells of the rows of table @id. */
const cells = (page, id) => [...page.html.match(new RegExp(`<table[^>]*id="${id}">(.*?)</table>`, 's'))[1].matchAll(/<tr>(.*?)<\/tr>/gs)].slice(1)
	.map((row) => [...row[1].matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((cell) => cell[1].replace(/<[^>]*>/g, '').trim()))

test('certificates: those of options and of files, soonest first, and an alarm for those that end soon', async () => {
	assert.ok(!(await dashboard()).has('certificates'), 'none, and no table')
	const authorities = certificate('机构 A', 4000) + certificate('机构 B', 3000)
	const { cert, key } = pair('app', 9.5)
	await reload((config) => {
		config.providers = [{ id: 'alipay', title: { zh: '支付宝' }, ...row.config(standin), private_key: key, app_cert: cert, alipay_cert: certificate('支付宝公钥证书', -1.5), root_cert: certificate('root', 400) }]
		writeFileSync(join(broker.dir, 'ca.pem'), authorities)
		config.net = { ...config.net, ca_file: join(broker.dir, 'ca.pem') }
	})
	await until(() => broker.events('certificate.expiring').length >= 2, 'two alarms')
	assert.deepEqual(broker.events('certificate.expiring').map(({ option, name, days, level }) => ({ option, name, days, level })), [
		{ option: 'providers.alipay.alipay_cert', name: '支付宝公钥证书', days: -2, level: 'warn' },
		{ option: 'providers.alipay.app_cert', name: 'app', days: 9, level: 'warn' },
	])
	await until(() => told.length >= 2, 'two events')
	assert.deepEqual(told.map(({ type, data }) => [type, data.option, data.days]), [['certificate.alarm', 'providers.alipay.alipay_cert', '-2'], ['certificate.alarm', 'providers.alipay.app_cert', '9']])
	const page = await dashboard()
	assert.deepEqual(cells(page, 'certificates').map(([option, name, , days]) => [option, name, days]), [
		['providers.alipay.alipay_cert', '支付宝公钥证书', '已过期'], ['providers.alipay.app_cert', 'app', '还有 9 天，请更换'], ['providers.alipay.root_cert', 'root', '399'],
		['net.ca_file', '机构 B', '2999'], ['net.ca_file', '机构 A', '3999'],
	])
	const left = await metric('yimen_certificate_expiry_seconds{option="providers.alipay.app_cert"}')
	assert.ok(Math.abs(left - 9.5 * 86400) < 120, `${left}`)
	assert.ok(await metric('yimen_certificate_expiry_seconds{option="providers.alipay.alipay_cert"}') < 0)
	assert.ok(Math.abs(await metric('yimen_certificate_expiry_seconds{option="net.ca_file"}') - 3000 * 86400) < 120, 'of several, what ends first')
})

test('an alarm comes once a day, also when the configuration is read again', async () => {
	const before = broker.events('certificate.expiring').length

	await reload((config) => { config.branding = { name: { zh: '另一个名字' } } })
	await sleep(2500)
	assert.equal(broker.events('certificate.expiring').length, before)
})

test('a file that is not there is said and harms nothing', async () => {
	await reload((config) => { config.net.ca_file = join(broker.dir, 'nowhere.pem') })
	await until(() => broker.events('certificate.unreadable').length, 'it is said')
	assert.equal(broker.events('certificate.unreadable')[0].option, 'net.ca_file')
	assert.equal(cells(await dashboard(), 'certificates').length, 3)
})

test('messages of the month by gateway, with what they cost', async () => {
	assert.ok(!(await dashboard()).has('sms-months'))
	for (const phone of ['13800138001', '13800138002', '13800138003']) {
		const person = broker.browser()
		await person.phoneLogin(await person.open(broker.client('demo-public').request().url), broker, phone)
	}
	assert.deepEqual(cells(await dashboard(), 'sms-months'), [['main', '3', '3', '0.14', '0', '–']])
})

test('the version in force is a metric', async () => {
	assert.equal(await metric('yimen_config_version'), 0)
	let page = await browser.open(`${broker.issuer}/console/branding`)
	page = await browser.submit(page, 'options', { 'o.name.zh': '一门', do: 'save' })
	page = await browser.open(`${broker.issuer}${page.html.match(/\/console\/versions\/\d+/)[0]}`)
	page = await browser.submit(page, 'draft-form', { reason: '改名', do: 'activate' })
	assert.ok(page.has('done'), `${page}`)
	assert.equal(await metric('yimen_config_version'), 1)
	assert.match((await dashboard()).html, /id="tile-version".*?>1</s)
})
