// SPDX-License-Identifier: Apache-2.0
// browser - a browser without a screen: cookies (which ignore ports, as they do), redirects, and forms as ui-contract names them.
import assert from 'node:assert/strict'

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
export const unescape = (text) => text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) =>
	hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : ENTITIES[name] ?? all)

function attributes(tag) {
	return Object.fromEntries([...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].slice(1).map((m) => [m[1], unescape(m[2] ?? '')]))
}

/** One of our pages, as far as tests look at it. */
export class Page {
	constructor(url, status, headers, html) {
		Object.assign(this, { url, status, headers, html })
		this.name = html.match(/<main id="main" data-page="([^"]*)"/)?.[1]
		this.lang = html.match(/<html lang="([^"]*)"/)?.[1]
		this.h1 = [...html.matchAll(/<h1[^>]*>([\s\S]*?)<\/h1>/g)].map((m) => unescape(m[1]).trim())
		this.error = html.match(/id="error"[^>]*data-code="([^"]*)"/)?.[1]
		this.reference = html.match(/<code id="reference">([^<]*)</)?.[1]
	}

	/** { action, method, fields } of the form with @id; fields hold what the page filled in. */
	form(id) {
		const text = this.html.match(new RegExp(`<form id="${id}"([^>]*)>([\\s\\S]*?)</form>`))

		if (!text)
			return undefined
		const own = attributes(`form ${text[1]}`)
		const fields = {}
		for (const [tag] of text[2].matchAll(/<input [^>]*>/g)) {
			const input = attributes(tag)

			if (input.type !== 'radio' || 'checked' in input)
				fields[input.name] = input.value ?? ''
		}
		return { action: new URL(own.action, this.url).href, method: own.method, fields, html: text[2] }
	}

	has(id) {
		return this.html.includes(` id="${id}"`)
	}

	link(id) {
		const tag = this.html.match(new RegExp(`<a [^>]*id="${id}"[^>]*>`))?.[0]

		return tag && new URL(attributes(tag).href, this.url).href
	}

	text(id) {
		return unescape(this.html.match(new RegExp(`id="${id}"[^>]*>([\\s\\S]*?)</`))?.[1] ?? '').replace(/<[^>]*>/g, '').trim()
	}

	toString() {
		return `page ${this.name} (${this.status}${this.error ? `, ${this.error}` : ''}) at ${this.url}`
	}
}

export class Browser {
	/** @homes: origins whose redirects are followed; anywhere else the redirect is the result. */
	constructor(homes, { language = 'zh-CN', headers = {} } = {}) {
		this.homes = new Set(homes)
		this.cookies = new Map()
		this.headers = { 'Accept-Language': language, Accept: 'text/html', ...headers }
	}

	/** One request, no redirect followed: the response with its body read. */
	async request(url, { method = 'GET', form, body, headers = {} } = {}) {
		const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
		const response = await fetch(url, {
			method, redirect: 'manual', body: body ?? (form && new URLSearchParams(form)),
			headers: { ...this.headers, ...(cookie && { Cookie: cookie }), ...headers },
		})

		for (const line of response.headers.getSetCookie()) {
			const [, name, value] = line.match(/^([^=]+)=([^;]*)/)

			if (/max-age=0/i.test(line))
				this.cookies.delete(name)
			else
				this.cookies.set(name, value)
		}
		response.body_ = await response.text()
		return response
	}

	/** Follow redirects at home. Gives a Page, or { redirect: URL } where the way leads out. */
	async go(url, options) {
		for (let hops = 0; hops < 12; hops++) {
			const response = await this.request(url, options)
			const location = response.headers.get('location')

			if (!location || response.status < 300 || response.status > 399) {
				const page = new Page(url, response.status, response.headers, response.body_)

				page.response = response
				return page
			}
			assert.equal(response.status, 303, 'redirects are 303 (FAPI 2.0 5.3.2.2)')
			url = new URL(location, url).href
			options = undefined
			if (!this.homes.has(new URL(url).origin))
				return { redirect: new URL(url), params: Object.fromEntries(new URL(url).searchParams), toString: () => `redirect to ${url}` }
		}
		throw new Error(`too many redirects, last ${url}`)
	}

	open(url) {
		return this.go(url)
	}

	click(page, id) {
		const href = page.link(id)

		assert.ok(href, `no link ${id} on ${page}`)
		return this.go(href)
	}

	/** Fill in and send the form with @id; a value of null leaves the field out. */
	submit(page, id, values = {}) {
		const form = page.form?.(id)

		assert.ok(form, `no form ${id} on ${page}`)
		const fields = { ...form.fields, ...values }
		for (const key of Object.keys(fields))
			if (fields[key] === null)
				delete fields[key]
		return this.go(form.action, { method: 'POST', form: fields, headers: { Origin: new URL(page.url).origin } })
	}

	/** The same as a multipart form, with files: [{ name, bytes, field = 'file' }]. */
	upload(page, id, values = {}, files = []) {
		const form = page.form?.(id)
		const body = new FormData()

		assert.ok(form, `no form ${id} on ${page}`)
		for (const [key, value] of Object.entries({ ...form.fields, ...values }))
			if (value !== null && key !== 'file')
				body.append(key, value)
		for (const { name, bytes, field = 'file' } of files)
			body.append(field, new File([bytes], name))
		return this.go(form.action, { method: 'POST', body, headers: { Origin: new URL(page.url).origin } })
	}

	/** Log in by a code sent to @phone; @broker has the outbox. */
	async phoneLogin(page, broker, phone, code) {
		if (!page.has('otp-send'))
			page = await this.click(page, 'tab-phone')
		const sent = await this.submit(page, 'otp-send', { phone, do: 'send' })
		assert.ok(sent.has?.('otp-verify'), `no code was sent: ${sent}`)
		return this.submit(sent, 'otp-verify', { code: code ?? broker.code(phone) })
	}
}
