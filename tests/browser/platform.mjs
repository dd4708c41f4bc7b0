// SPDX-License-Identifier: Apache-2.0
// platform - a platform of conf/profiles as `./dev run --profile` starts it, and what people who walk through its manual do again and again.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { run, shown, threePorts } from '../flows/demo.mjs'
import { ROOT, until } from '../flows/harness.mjs'
import { totp } from '../flows/totp.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

export { NARROW, Visitor, until }
export const DEMO_PASSWORD = 'Demo@1234'
const PROFILES = join(ROOT, 'conf/profiles')
const WIDE = { width: 1440, height: 900 }

/** "HH:MM" in China, @minutes from now. */
export const inChina = (minutes) => new Date(Date.now() + (8 * 60 + minutes) * 60000).toISOString().slice(11, 16)

export class Platform {
	/** Start profile @name. @change: of its text, for what a test cannot wait for, such as the night. */
	static async start(name, change = (text) => text) {
		const platform = new Platform()

		platform.name = name
		platform.root = mkdtempSync(join(tmpdir(), `yimen-${name}-`))
		platform.data = join(platform.root, 'data')
		const profiles = join(platform.root, 'profiles')
		cpSync(PROFILES, profiles, { recursive: true })
		writeFileSync(join(profiles, `${name}.yaml`), change(readFileSync(join(PROFILES, `${name}.yaml`), 'utf8')))
		const port = await threePorts()
		platform.issuer = `http://127.0.0.1:${port}`
		platform.portal = `http://127.0.0.1:${port + 1}`
		platform.province = `http://127.0.0.1:${port + 2}`
		platform.run = run(port, platform.data, name, { YIMEN_PROFILES: profiles })
		platform.known = new Map();
		[platform.chrome] = await Promise.all([launch(), shown(platform.run)])
		return platform
	}

	async stop() {
		await this.chrome.close()
		this.run.child.kill('SIGTERM')
		assert.equal(await this.run.ended, 0, this.run.err)
		for (const file of readdirSync(this.data).filter((one) => /^(yimen|province|portal)\.log$/.test(one))) {
			const bad = readFileSync(join(this.data, file), 'utf8').split('\n').filter((line) => /"event":"fault"|Sanitizer|runtime error:/.test(line))

			assert.deepEqual(bad, [], file)
		}
		rmSync(this.root, { recursive: true, force: true })
	}

	/** A configuration that is read anew while the platform runs. */
	async reload(change) {
		const file = join(this.data, 'yimen.yaml'), log = join(this.data, 'yimen.log')
		const lines = () => readFileSync(log, 'utf8').split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
		const front = lines().find((line) => line.event === 'child.started' && line.child === 'front').pid
		const supervisor = Number(readFileSync(`/proc/${front}/stat`, 'utf8').split(') ')[1].split(' ')[1])
		const before = lines().filter((line) => line.event === 'reload.done').length

		writeFileSync(file, change(readFileSync(file, 'utf8')))
		process.kill(supervisor, 'SIGHUP')
		await until(() => lines().filter((line) => line.event === 'reload.done').length > before, 'the configuration is read anew')
	}

	visit(options, walk) {
		return Visitor.with(this.chrome, options, async (visitor) => {
			visitor.context.setDefaultTimeout(8000)
			await walk(visitor)
		})
	}

	/** Lines of the outbox of @who ("yimen", "province"). */
	outbox(who = 'yimen') {
		const file = join(this.data, who === 'yimen' ? 'outbox.jsonl' : `${who}-outbox.jsonl`)

		return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []
	}

	codes(phone) {
		return this.outbox().filter((line) => line.phone?.endsWith(phone) && line.code).map((line) => line.code)
	}

	/** The code that @send has sent to @phone. */
	async sent(phone, send) {
		const before = this.codes(phone).length

		await send()
		return until(() => this.codes(phone).length > before && this.codes(phone).at(-1), `a code to ${phone}`)
	}

	/** Answer the picture, where one is asked. */
	async captcha(visitor) {
		if (await visitor.has('captcha') && await visitor.page.locator('#captcha').isVisible())
			await visitor.fill('captcha', this.outbox().filter((line) => line.captcha).at(-1).captcha)
	}

	/** Fill in what stands in @values: texts, choices of lists and radios, ticks. */
	async fill(visitor, values) {
		for (const [name, value] of Object.entries(values)) {
			const field = visitor.page.locator(`main [name="${name}"]`).first()
			const kind = await field.evaluate((one) => one.tagName === 'SELECT' ? 'select' : one.type)

			if (kind === 'select')
				await field.selectOption(value)
			else if (kind === 'radio')
				await visitor.page.locator(`main [name="${name}"][value="${value}"]`).check()
			else if (kind === 'checkbox')
				await field.setChecked(value)
			else
				await field.fill(value)
		}
	}

	/** Ask for the code to @phone on a form, answer the captcha, type what came; passwords, which are not shown again, once more. */
	async prove(visitor, phone, again = {}) {
		await this.captcha(visitor)
		const code = await this.sent(phone, () => visitor.click('submit-send'))

		await this.fill(visitor, { ...again, code })
	}

	/** A code of the authenticator that was not used yet: of this half minute, else of the next one. */
	async factor(one) {
		const now = () => Math.floor(Date.now() / 30000)

		one.step = Math.max((one.step ?? 0) + 1, now())
		await until(() => one.step <= now() + 1, 'a code that was not used yet', 40)
		return totp(one.secret, 0, one.step * 30000)
	}

	/** Staff at their desk: the first login replaces the password and sets up the second factor. */
	async staff(visitor, login, path = '/tasks') {
		const one = this.known.get(login) ?? { password: 'Staff@1234' }

		await visitor.open(`${this.issuer}${path}`)
		await visitor.at('login')
		if (!await visitor.page.locator('input[name="namespace"][value="staff"]').count())
			await visitor.click('link-staff')
		await visitor.fill('login_name', login)
		await visitor.fill('password', one.password)
		await visitor.click('submit-password')
		await visitor.at('second-factor')
		if (!one.secret) {
			one.secret = await visitor.text('secret')
			one.password = 'Changed@1234'
			await this.fill(visitor, { code: await this.factor(one), password: one.password, password_confirm: one.password })
			await visitor.click('submit-code')
			await visitor.at('recovery-codes')
			await visitor.click('continue')
		} else {
			await visitor.fill('code', await this.factor(one))
			await visitor.click('submit-code')
		}
		this.known.set(login, one)
	}

	/** Staff @login decide on the open task that @title names: "approve", "reject". */
	async decide(visitor, title, decision, reason = '') {
		await visitor.open(`${this.issuer}/tasks`)
		await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('#tasks a', { hasText: title }).first().click()])
		await visitor.at('task')
		if (await visitor.has('claim'))
			await visitor.click('claim')
		await visitor.page.locator(`#decision-${decision}`).check()
		await visitor.fill('reason', reason)
		await visitor.click('submit-decision')
		assert.equal(await visitor.has('error'), false, await visitor.page.locator('main').innerText())
	}

	/** The same by somebody who comes for it. */
	review(login, title, decision, reason) {
		return this.visit({}, async (visitor) => {
			await this.staff(visitor, login)
			await this.decide(visitor, title, decision, reason)
		})
	}

	/** The page says each of @texts to the letter: as text, in a field, in a list, on a button. */
	async says(visitor, ...texts) {
		const all = await visitor.page.evaluate(() => [document.body.innerText, ...[...document.querySelectorAll('[placeholder]')].map((one) => one.placeholder),
			...[...document.querySelectorAll('option, summary, details')].map((one) => one.textContent)].join('\n'))

		for (const text of texts)
			assert.ok(all.includes(text), `the page does not say “${text}”:\n${all}`)
	}

	/** No barrier that axe calls serious, nothing that scrolls sideways on a phone; a picture of each for people to look at. */
	async look(visitor, name) {
		await visitor.shot(`${this.name}-${name}-wide`)
		assert.deepEqual(await visitor.barriers(), [], name)
		await visitor.page.setViewportSize(NARROW)
		await visitor.shot(`${this.name}-${name}-narrow`)
		assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways at 360 px`)
		await visitor.page.setViewportSize(WIDE)
	}

	/** From the business system to the login page. */
	async enter(visitor) {
		await visitor.open(this.portal)
		await visitor.at('welcome')
		await visitor.click('login')
	}

	/** What the business system learned, once the person has arrived there. */
	async claims(visitor) {
		await visitor.agree()
		await visitor.at('person')
		return JSON.parse(await visitor.text('claims-json'))
	}

	async leave(visitor) {
		await visitor.open(this.portal)
		await visitor.click('logout')
		if (await visitor.name() === 'logout')
			await visitor.click('confirm-logout')
		await visitor.at('welcome')
	}
}

// ---- documents

function crc(bytes) {
	let sum = ~0

	for (const byte of bytes) {
		sum ^= byte
		for (let i = 0; i < 8; i++)
			sum = sum >>> 1 ^ (sum & 1 && 0xedb88320)
	}
	return ~sum >>> 0
}

function chunk(type, data) {
	const head = Buffer.alloc(4), tail = Buffer.alloc(4), body = Buffer.concat([Buffer.from(type), data])

	head.writeUInt32BE(data.length)
	tail.writeUInt32BE(crc(body))
	return Buffer.concat([head, body, tail])
}

/** A photo of a document, as far as machines can tell. */
export function png(name = '证件.png') {
	const side = 32, head = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0])
	const pixels = Buffer.concat(Array.from({ length: side }, (_, y) => Buffer.concat([Buffer.from([0]), Buffer.alloc(side * 3, y * 8)])))

	return { name, mimeType: 'image/png', buffer: Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head),
		chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]) }
}

export function pdf(name = '证明.pdf', size = 0) {
	const text = '%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer\n<</Root 1 0 R>>\n'

	return { name, mimeType: 'application/pdf', buffer: Buffer.concat([Buffer.from(text), Buffer.alloc(size, '%'), Buffer.from('\n%%EOF\n')]) }
}
