// SPDX-License-Identifier: Apache-2.0
// totp - what an authenticator app does (RFC 6238), and staff who log in with it.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function bytes(base32) {
	const bits = [...base32.replace(/\s/g, '')].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, '0')).join('')

	return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
}

export function totp(secret, shift = 0, now = Date.now()) {
	const counter = Buffer.alloc(8)

	counter.writeBigUInt64BE(BigInt(Math.floor(now / 30000) + shift))
	const mac = createHmac('sha1', bytes(secret)).update(counter).digest()
	const at = mac[19] & 15
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0')
}

export const NEW_PASSWORD = 'Changed@1234'

/** Somebody's phone with an authenticator app. Each code works once: the step is kept, so that the next use takes a later one. */
export class Authenticator {
	shift = -1

	constructor(secret) {
		this.secret = secret
	}

	/** A code that was not used yet: the step before now, now, the step after, then there is none for a while. */
	code() {
		assert.ok(this.shift <= 1, 'no unused code left in this half minute')
		return totp(this.secret, this.shift++)
	}
}

/** Codes are counted from the half minute that has begun: wait for the next one where little is left of it. */
export async function halfMinute() {
	const left = 30000 - Date.now() % 30000

	if (left < 2500)
		await sleep(left)
}

export const recoveryCodes = (page) => [...page.html.matchAll(/<li><code>([^<]*)</g)].map((m) => m[1])

/** Staff whose first login sets everything up. */
export class Staff extends Authenticator {
	/** Create by command line. @roles "reviewer", … */
	static create(broker, login, roles, more = []) {
		const made = broker.cli('admin', 'create', '--login', login, ...(roles ? ['--roles', roles] : []), ...more)

		assert.equal(made.code, 0, made.err)
		return Object.assign(new Staff(), { broker, login, password: made.json.password, id: made.json.id })
	}

	/** The login page's answer to the password. */
	async password_(browser, url = `${this.broker.issuer}/login?tab=staff`, password = this.password) {
		await halfMinute()
		let page = await browser.open(url)

		if (page.form('login-password')?.fields.namespace !== 'staff')
			page = await browser.click(page, 'link-staff')
		return browser.submit(page, 'login-password', { login_name: this.login, password })
	}

	/** Set up the second factor on the page @page shows. */
	async enrol(browser, page) {
		assert.equal(page.name, 'second-factor', String(page))
		this.secret = page.text('secret')
		const codes = await browser.submit(page, 'second-factor', { code: this.code(), password: NEW_PASSWORD, password_confirm: NEW_PASSWORD })
		assert.equal(codes.name, 'recovery-codes', `${codes} ${codes.error}`)
		this.recovery = recoveryCodes(codes)
		this.password = NEW_PASSWORD
		return browser.click(codes, 'continue')
	}

	/** A browser with this person logged in, at @url. */
	async at(url = `${this.broker.issuer}/tasks`, options = {}) {
		const browser = this.broker.browser(options)
		const page = await this.password_(browser, url)

		return { browser, page: this.secret ? await browser.submit(page, 'second-factor', { code: this.code() }) : await this.enrol(browser, page) }
	}
}
