// SPDX-License-Identifier: Apache-2.0
// harness - a fresh daemon in a directory of its own, driven from outside: configuration, command line, log, outbox, stop.
//
// Needs nothing but node. A daemon that dies, reports a fault or trips a sanitizer fails the test that stops it.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Browser } from './browser.mjs'
import { Client } from './client.mjs'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export { sleep }

/** What is tried: the build in YIMEN_BUILD and no other, else the one with sanitizers, else the released one. */
const built = (name) => {
	const found = (process.env.YIMEN_BUILD ? [process.env.YIMEN_BUILD] : [join(ROOT, 'build-san'), join(ROOT, 'build')]).map((build) => resolve(build, name)).find(existsSync)

	if (!found)
		throw new Error(`no ${name}: build first, or set YIMEN_BUILD`)
	return found
}
export const yimen = () => built('yimen')
export const portalBinary = () => built('portal')

/** A port that was free a moment ago. Ranges are apart per process, so that files that run in parallel do not meet. */
let nextPort = 20000 + (process.pid % 400) * 100
export async function freePort() {
	for (;;) {
		const port = nextPort++
		const free = await new Promise((done) => {
			const server = createServer()

			server.once('error', () => done(false))
			server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => done(true)))
		})
		if (free)
			return port
	}
}

/** Wait until @check gives something true; its last value. */
export async function until(check, what, seconds = 15) {
	const end = Date.now() + seconds * 1000

	for (;;) {
		const value = await check()

		if (value)
			return value
		if (Date.now() > end)
			throw new Error(`not within ${seconds} s: ${what}`)
		await sleep(25)
	}
}

export const PASSWORD = 'Demo@1234'
export const USCC = '91350100M000100Y43' // domain.md 2.4
export const REDIRECT = 'http://127.0.0.1:8499/cb'
export const BYE = 'http://127.0.0.1:8499/bye'
const PEOPLE = ['openid', 'profile', 'phone', 'email', 'realname', 'org', 'grants', 'legacy']

/** The clients that most tests need; `client(id, { … })` changes one. */
export function client(id, more = {}) {
	const common = { id, redirect_uris: [REDIRECT], post_logout_redirect_uris: [BYE], grant_types: ['authorization_code', 'refresh_token'],
		scopes: [...PEOPLE, 'offline_access'], consent: 'skip' }

	return { ...common, ...more }
}
export const CLIENTS = {
	public: (more) => client('demo-public', { type: 'public', ...more }),
	portal: (more) => client('demo-portal', { secret: 'demo-portal-secret', ...more }),
	service: (more) => ({ id: 'demo-service', secret: 'demo-service-secret', grant_types: ['client_credentials'], scopes: ['api.read', 'api.write'],
		default_scopes: ['api.read'], ...more }),
	rs: (more) => ({ id: 'demo-rs', secret: 'demo-rs-secret', grant_types: ['client_credentials'], scopes: ['api.read'], introspect_any: true, ...more }),
	jwt: (more) => client('demo-jwt', { auth_methods: ['private_key_jwt'], key_file: join(ROOT, 'conf/demo/demo-jwt.pem'),
		grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], scopes: [...PEOPLE, 'offline_access', 'api.read'],
		default_scopes: ['api.read'], ...more }),
}
export const everyClient = () => Object.values(CLIENTS).map((make) => make())

/** Deep enough for a configuration: maps merge, everything else replaces. */
function merge(base, more) {
	const result = { ...base }

	for (const [key, value] of Object.entries(more ?? {}))
		result[key] = value && typeof value === 'object' && !Array.isArray(value) && base[key] && !Array.isArray(base[key]) ? merge(base[key], value) : value
	return result
}

const running = new Set()
process.on('exit', () => {
	for (const broker of running)
		broker.process?.kill('SIGKILL')
})

export class Broker {
	/** Make one, not started yet. */
	static async prepare(config = {}) {
		const broker = new Broker()

		broker.port = config.port ?? await freePort()
		broker.issuer = `http://127.0.0.1:${broker.port}`
		broker.dir = mkdtempSync(join(tmpdir(), 'yimen-flow-'))
		broker.log = []
		broker.allowed = []
		broker.config = merge({
			issuer: broker.issuer, demo: true, data_dir: join(broker.dir, 'data'), language: 'zh-CN',
			http: { listen: [`127.0.0.1:${broker.port}`], threads: 2, rate_page: 0, rate_login: 0 },
			keys: { algorithms: ['ES256'] },
			password: { cost_memory: '7MiB', cost_time: 1 },
			captcha: { sms: 'adaptive', adaptive_free: 100 },
			login: { captcha_after: 100 },
			otp: { resend_after: '1s', per_phone_minute: 100, per_phone_hour: 1000, per_phone_day: 10000 },
			sms: { gateway: 'outbox', file: join(broker.dir, 'outbox.jsonl'), signature: { zh: '一门' }, budget: { per_phone_day: 0, per_segment_hour: 0 } },
			net: { allow: ['127.0.0.0/8'] },
			clients: everyClient(),
			units: [{ uscc: USCC, name: '演示科技有限公司', type: 'enterprise', status: 'effective', region: '350100' }],
			legacy_sources: [{ id: 'torch', scheme: 'hex(md5(p.s))', subsystems: ['gaoqi', 'kexiao'] }],
		}, config)
		delete broker.config.port
		broker.write()
		return broker
	}

	/** A running one with accounts: [{ login, namespace, phone, … }], password PASSWORD unless said otherwise. */
	static async start(config, accounts = [{ login: 'zhangsan', phone: '13800138000', name: '张三' }]) {
		const broker = await Broker.prepare(config)

		for (const account of accounts)
			broker.account(account)
		await broker.run()
		return broker
	}

	get file() {
		return join(this.dir, 'yimen.yaml')
	}

	write() {
		mkdirSync(this.config.data_dir, { recursive: true, mode: 0o700 })
		writeFileSync(this.file, JSON.stringify(this.config, null, 2)) // JSON is YAML
	}

	async run() {
		this.stopping = false
		this.process = spawn(yimen(), ['serve', '--config', this.file], { stdio: ['ignore', 'ignore', 'pipe'] })
		running.add(this)
		const own = this.process
		let rest = ''
		own.stderr.setEncoding('utf8').on('data', (text) => {
			const lines = (rest + text).split('\n')

			rest = lines.pop()
			this.log.push(...lines)
		})
		this.ended = new Promise((done) => own.once('close', (code, signal) => {
			if (rest)
				this.log.push(rest)
			running.delete(this)
			if (this.process === own)
				this.process = null
			done({ code, signal })
		}))
		await this.ready()
	}

	async ready(seconds = 20) {
		await until(async () => {
			if (!this.process)
				throw new Error(`the daemon ended:\n${this.log.slice(-20).join('\n')}`)
			return await fetch(`${this.issuer}/readyz`).then((r) => r.text().then(() => r.ok), () => false)
		}, 'ready', seconds)
	}

	/** Log lines as objects; what is no JSON (configuration problems, sanitizers) as { text }. */
	events(name) {
		const all = this.log.map((line) => {
			try {
				return JSON.parse(line)
			} catch {
				return { text: line }
			}
		})

		return name ? all.filter((line) => line.event === name) : all
	}

	/** Process id of "front" or "signer", as the supervisor last said. */
	pid(child) {
		return this.events('child.started').filter((line) => line.child === child).at(-1)?.pid
	}

	/** Faults that this test brings about are expected: a pattern over the log line. */
	allow(pattern) {
		this.allowed.push(pattern)
	}

	check() {
		const bad = this.log.filter((line) => /"event":"fault"|Sanitizer|runtime error:|DEADLYSIGNAL|"event":"child.ended"/.test(line) &&
			!this.allowed.some((pattern) => pattern.test(line)))

		assert.deepEqual(bad, [], `the daemon's log holds faults:\n${this.log.slice(-60).join('\n')}`)
	}

	async stop({ check = true } = {}) {
		if (this.process) {
			this.process.kill('SIGTERM')
			const late = setTimeout(() => this.process?.kill('SIGKILL'), 40000)
			const { code, signal } = await this.ended

			clearTimeout(late)
			if (check)
				assert.equal(code, 0, `the daemon stopped with ${code ?? signal}:\n${this.log.slice(-40).join('\n')}`)
		}
		if (check)
			this.check()
		if (!process.env.YIMEN_KEEP)
			rmSync(this.dir, { recursive: true, force: true })
	}

	/** The whole daemon, at once, as a power failure of the process would. */
	async kill() {
		const children = ['front', 'signer'].map((name) => this.pid(name))

		this.process.kill('SIGKILL')
		await this.ended
		for (const pid of children)
			await until(() => !isAlive(pid), `process ${pid} ends with its supervisor`)
	}

	reload(change) {
		this.config = change ? merge(this.config, change) : this.config
		this.write()
		this.process.kill('SIGHUP')
	}

	/** A reload that is waited for. */
	async reloaded(change) {
		const before = this.events('reload.done').length

		this.reload(change)
		await until(() => this.events('reload.done').length > before, 'the reload')
	}

	/** Run a subcommand: { code, out, err, json }. */
	cli(...args) {
		const input = typeof args.at(-1) === 'object' ? args.pop().input : undefined
		const run = spawnSync(yimen(), [...args, '--config', this.file], { encoding: 'utf8', input, timeout: 60000 })
		const result = { code: run.status, out: run.stdout, err: run.stderr }

		assert.doesNotMatch(run.stderr ?? '', /Sanitizer|runtime error:/)
		try {
			result.json = JSON.parse(run.stdout)
		} catch {
			// not every answer is JSON
		}
		return result
	}

	/** Add an account; throws when it fails. */
	account({ login, namespace = 'natural', password = PASSWORD, ...more }) {
		const args = ['account', 'add', '--login', login, '--namespace', namespace]

		for (const [key, value] of Object.entries(more))
			args.push(`--${key}`, String(value))
		if (password)
			args.push('--password-file', '-')
		const result = this.cli(...args, { input: password || '' })
		assert.equal(result.code, 0, result.err)
		return result.json
	}

	set(login, options, namespace = 'natural') {
		const result = this.cli('account', 'set', '--login', login, '--namespace', namespace,
			...Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]))

		assert.equal(result.code, 0, result.err)
	}

	show(login, namespace = 'natural') {
		const result = this.cli('account', 'show', '--login', login, '--namespace', namespace)

		assert.equal(result.code, 0, result.err)
		return result.json
	}

	/** Import CSV text: { code, out, err, counts }. */
	legacy(csv, ...options) {
		const file = join(this.dir, `import-${Math.random()}.csv`)

		writeFileSync(file, csv)
		const result = this.cli('legacy', 'import', '--source', 'torch', ...options, file)
		result.counts = Object.fromEntries([...result.out.matchAll(/^ {2}([A-Z]\w+) +(\d+) /gm)].map((m) => [m[1], Number(m[2])]))
		return result
	}

	outbox() {
		return existsSync(this.config.sms.file) ? readFileSync(this.config.sms.file, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []
	}

	/** The newest code that was sent to @phone. */
	code(phone) {
		const sent = this.outbox().filter((line) => line.phone?.endsWith(phone))

		assert.ok(sent.length, `no message to ${phone}`)
		return sent.at(-1).code
	}

	/** The answer to the captcha that was shown last (demo mode tells it). */
	captcha() {
		return this.outbox().filter((line) => line.captcha).at(-1)?.captcha
	}

	browser(options) {
		return new Browser([this.issuer], options)
	}

	/** A relying party's side of one of the configured clients. */
	client(id, options) {
		return new Client(this, this.config.clients.find((one) => one.id === id), options)
	}

	async get(path, options) {
		return fetch(this.issuer + path, { redirect: 'manual', ...options })
	}
}

export function isAlive(pid) {
	try {
		process.kill(pid, 0)
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
	} catch {
		return false
	}
}

/** Log in by password on the login page @page shows, with whatever tab is needed. */
export async function passwordLogin(browser, page, { login = 'zhangsan', password = PASSWORD, namespace = 'natural', ...more } = {}) {
	if (page.name !== 'login' && page.name !== 'link')
		throw new Error(`expected the login page, got ${page}`)
	if (page.form('login-password')?.fields.namespace !== namespace)
		page = await browser.click(page, `tab-${namespace}`)
	return browser.submit(page, 'login-password', { login_name: login, password, ...more })
}
