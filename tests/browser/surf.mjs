// SPDX-License-Identifier: Apache-2.0
// surf - people at Chromium: each visitor has a profile of its own, and what the browser complains about on the way fails the test.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import jsQR from 'jsqr'
import { chromium } from 'playwright-core'

const OUT = join(dirname(fileURLToPath(import.meta.url)), 'out')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const WIDE = { width: 1440, height: 900 }
export const NARROW = { width: 360, height: 740 }

function binary() {
	const names = ['/usr/bin/chromium', ...process.env.PATH.split(delimiter).map((folder) => join(folder, 'chromium'))]
	const found = names.find((path) => existsSync(path))

	if (!found)
		throw new Error('no chromium: ./dev deps test')
	return found
}

export const launch = () => chromium.launch({
	executablePath: binary(),
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-proxy-server'],
})

/**
 * One person: { context, page, complaints, script }. @script: whether the browser runs JavaScript; @from: the address of people behind a proxy;
 * @agent: what the browser calls itself.
 */
export class Visitor {
	static async come(chrome, { language = 'zh-CN', script = true, size = WIDE, from, agent } = {}) {
		const visitor = new Visitor()

		visitor.script = script
		visitor.context = await chrome.newContext({
			locale: language, javaScriptEnabled: script, viewport: size, reducedMotion: 'reduce',
			...(agent && { userAgent: agent }),
			...(from && { extraHTTPHeaders: { 'X-Forwarded-For': from } }),
		})
		visitor.context.setDefaultTimeout(20000)
		visitor.complaints = []
		visitor.context.on('console', (message) => {
			if (/Content Security Policy|CSP/i.test(message.text()))
				visitor.complaints.push(`${message.page()?.url()}: ${message.text()}`)
		})
		visitor.context.on('weberror', (error) => visitor.complaints.push(`${error.page()?.url()}: ${error.error()}`))
		visitor.page = await visitor.context.newPage()
		return visitor
	}

	/** Run @visit with a new visitor, who leaves in any case. */
	static async with(chrome, options, visit) {
		const visitor = await Visitor.come(chrome, options)

		try {
			await visit(visitor)
			assert.deepEqual(visitor.complaints, [], 'the browser did not complain')
		} catch (error) {
			await visitor.shot(`failed-${Date.now()}`).catch(() => {})
			error.message += ` [at ${visitor.page.url()}, page ${await visitor.name().catch(() => '?')}]`
			throw error
		} finally {
			await visitor.context.close()
		}
	}

	open(url) {
		return this.page.goto(url)
	}

	/** data-page of the page that is shown. */
	async name() {
		return this.page.locator('#main').getAttribute('data-page', { timeout: 3000 })
	}

	async at(name) {
		assert.equal(await this.name(), name)
	}

	/** Click what leads to another page, and be there: playwright's click waits for the navigation that it starts. */
	async click(id) {
		await Promise.all([this.page.waitForEvent('domcontentloaded'), this.page.locator(`#${id}`).click()])
	}

	fill(id, text) {
		return this.page.locator(`#${id}`).fill(text)
	}

	value(id) {
		return this.page.locator(`#${id}`).inputValue()
	}

	has(id) {
		return this.page.locator(`#${id}`).count().then(Boolean)
	}

	text(id) {
		return this.page.locator(`#${id}`).innerText()
	}

	/** data-code of #error. */
	error() {
		return this.page.locator('#error').getAttribute('data-code')
	}

	async password(login, password, namespace = 'natural') {
		if (await this.page.locator(`#tab-${namespace}`).getAttribute('aria-current') === null)
			await this.click(`tab-${namespace}`)
		await this.fill('login_name', login)
		await this.fill('password', password)
		await this.click('submit-password')
	}

	/** Ask for a code to @phone. */
	async send(phone) {
		await this.click('tab-phone')
		await this.fill('phone', phone)
		await this.click('submit-send')
	}

	/** … then enter what @read gives. */
	async phone(phone, read) {
		await this.send(phone)
		await this.fill('code', await read())
		await this.click('submit-code')
	}

	/** Where a business system asks, allow. */
	async agree() {
		if (await this.name() === 'consent')
			await this.click('allow')
	}

	/** What a phone's camera would read off #qr: the SVG's path, drawn dark on white. */
	async scan() {
		const { side, path } = await this.page.locator('#qr').evaluate((svg) => ({ side: svg.viewBox.baseVal.width, path: svg.querySelector('path').getAttribute('d') }))
		const scale = 4, width = side * scale
		const pixels = new Uint8ClampedArray(width * width * 4).fill(255)

		for (const [, x, y, n] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
			for (let row = y * scale; row < (Number(y) + 1) * scale; row++)
				for (let column = x * scale; column < (Number(x) + Number(n)) * scale; column++)
					pixels.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
		return jsQR(pixels, width, width)?.data
	}

	async scrollsSideways() {
		return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
	}

	/** The page as it stands, its scripts taken out, where scripts run: without them Chromium runs no timer, and axe-core waits by timers. */
	async twin() {
		const page = await this.context.browser().newPage({ viewport: this.page.viewportSize(), reducedMotion: 'reduce' })
		const body = (await this.page.content()).replace(/<script[\s\S]*?<\/script>/g, '')

		await page.route(this.page.url(), (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }))
		await page.goto(this.page.url())
		return page
	}

	/** What axe-core finds serious or critical, as lines; its own inline styles are none of the page's complaints. */
	async barriers() {
		const page = this.script ? this.page : await this.twin()
		const before = this.complaints.length
		await page.evaluate(AXE)
		const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))

		this.complaints.length = before
		if (page !== this.page)
			await page.close()
		return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
			.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`)
	}

	shot(name) {
		mkdirSync(OUT, { recursive: true })
		return this.page.screenshot({ path: join(OUT, `${name}.png`), fullPage: true })
	}
}
