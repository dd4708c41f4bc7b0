// SPDX-License-Identifier: Apache-2.0
// stage - every upstream of the registry running, with brokers that know them, and how a browser goes from one to the other and back.
//
// Upstreams that verify documents get a broker of their own: the same person with the same document at two of them is one person, who must be proved.
import { Broker, CLIENTS } from '../flows/harness.mjs'
import { Browser } from '../flows/browser.mjs'
import { register, registry } from './registry.mjs'
import { walk } from './standin.mjs'

export class Stage {
	static async set({ providers = [], ...config } = {}) {
		const stage = Object.assign(new Stage(), { standins: {}, brokers: {} })
		const groups = new Map()

		await Promise.all(registry.map(async (row) => { stage.standins[row.name] = await row.start({}) }))
		for (const row of registry) {
			const group = Number(row.identity.acr) > 1 ? row.name : 'all'

			groups.set(group, [...(groups.get(group) ?? []), row])
		}
		await Promise.all([...groups.values()].map(async (rows) => {
			const broker = await Broker.start({
				clients: [CLIENTS.public()], ...config,
				providers: [...rows.map((row) => ({ id: row.name, title: { zh: row.name, en: row.name }, ...row.config(stage.standins[row.name]) })), ...providers],
			})

			for (const row of rows)
				stage.brokers[row.name] = broker
			register(Object.fromEntries(rows.map((row) => [row.name, stage.standins[row.name]])), broker)
		}))
		return stage
	}

	browser(row, { alone = false } = {}) {
		return new Browser(alone ? [this.standins[row.name].origin] : [this.brokers[row.name].issuer, this.standins[row.name].origin], { headers: row.browser })
	}

	client(row) {
		return this.brokers[row.name].client('demo-public')
	}

	/** From the broker's login page to the upstream's. */
	async leave(row, browser, params) {
		const page = await browser.open(this.client(row).request(params).url)

		return row.leave ? row.leave(browser, page, row.name) : browser.click(page, `provider-${row.name}`)
	}

	/** Through the upstream's page, back to wherever that leads. */
	async come(row, browser, how, params) {
		return (row.walk ?? walk)(browser, await this.leave(row, browser, params), how)
	}

	/** As come, but stop where the upstream sends the browser back: { browser, back: url } or { browser, back, form } of a form that posts itself. */
	async halfway(row, how) {
		const browser = this.browser(row)
		const there = await this.leave(row, browser)
		const other = this.browser(row, { alone: true })

		other.cookies = browser.cookies
		const end = await walk(other, there, how)
		if (end.redirect)
			return { browser, back: end.redirect.href }
		const form = end.form?.('post-back')
		return { browser, back: form?.action, form: form?.fields }
	}

	/** A whole login of @how's person: the claims, and what userinfo says. */
	async login(row, how, browser = this.browser(row)) {
		const rp = this.client(row)
		const result = await rp.login(browser, { login: async (page) => (row.walk ?? walk)(browser, await (row.leave ? row.leave(browser, page, row.name) : browser.click(page, `provider-${row.name}`)), how) })

		return { ...result, userinfo: (await rp.userinfo(result.tokens.access_token)).json }
	}

	/** Expected in the logs where upstreams misbehave. */
	allow(pattern) {
		for (const broker of new Set(Object.values(this.brokers)))
			broker.allow(pattern)
	}

	async stop() {
		await Promise.all([...new Set(Object.values(this.brokers))].map((broker) => broker.stop()))
		await Promise.all(Object.values(this.standins).map((standin) => standin.stop()))
	}
}
