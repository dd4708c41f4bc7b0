#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// hang - an upstream that takes 30 s to answer under 200 people who come back from it: what does that cost password logins and token requests?
//	YIMEN_BUILD=$PWD/build bench/hang.mjs [seconds]
// Prints p50 and p99 of both, idle and beside the hang, their ratio (wanted: at most 2), and how long the people at the upstream were held.
import { setTimeout as sleep } from 'node:timers/promises'
import { row } from '../tests/standins/oauth2.mjs'
import { Broker, CLIENTS, passwordLogin } from '../tests/flows/harness.mjs'
import { Browser } from '../tests/flows/browser.mjs'

const SECONDS = Number(process.argv[2] ?? 15)
const PEOPLE = 200
const THINK = 8000 // between two tries of one person: what is measured is the hang, not two hundred people who click as fast as they can
const standin = await row.start({})
const secret = 'bench-service-secret-0123'
const service = { id: 'bench-service', secret, grant_types: ['client_credentials'], scopes: ['api'] }
const broker = await Broker.start({
	http: { rate_page: 0, rate_login: 0 }, login: { tries: 100, address_tries: 100000 }, captcha: { login: 'never' }, session: { max_per_account: 10 },
	log: { level: 'error' }, providers: [{ id: 'hangs', title: { zh: '慢', en: 'slow' }, ...row.config(standin) }], clients: [CLIENTS.public(), service],
})
const request = () => broker.client('demo-public').request().url

async function timed(fn) {
	const begun = performance.now()
	await fn()
	return performance.now() - begun
}

const login = async () => {
	const browser = broker.browser()
	const end = await passwordLogin(browser, await browser.open(request()))

	if (!end.params?.code)
		throw new Error(`${end}`)
}
const token = async () => {
	const response = await fetch(`${broker.issuer}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }),
		headers: { Authorization: `Basic ${Buffer.from(`${service.id}:${secret}`).toString('base64')}` } })

	if (!response.ok)
		throw new Error(`token: ${response.status} ${await response.text()}`)
	await response.text()
}

async function series(seconds) {
	const until = performance.now() + seconds * 1000
	const times = { login: [], token: [] }
	const loop = async (fn, list, pause) => {
		while (performance.now() < until) {
			list.push(await timed(fn))
			await sleep(pause)
		}
	}

	await Promise.all([loop(login, times.login, 20), loop(token, times.token, 10)])
	return times
}

const at = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))]
const held = []
let over = false
/** Somebody at the upstream, who comes back and asks again whatever comes of it. */
async function person() {
	const browser = new Browser([broker.issuer, standin.origin])

	await sleep(Math.random() * THINK)
	while (!over) {
		const page = await browser.open(request())
		const there = page.has?.('provider-hangs') && await browser.click(page, 'provider-hangs')
		const back = there?.name === 'standin' && { url: await redirect(browser, there) }

		if (back)
			held.push(await timed(() => browser.open(back.url).catch(() => {})))
		await sleep(THINK)
	}
}
async function redirect(browser, page) {
	const { action, fields } = page.form('standin')
	const response = await browser.request(new URL(action, page.url).href, { method: 'POST', form: { ...fields, person: 'lisi', do: 'agree' } })

	return response.headers.get('location')
}

try {
	await series(2) // warm
	const idle = await series(SECONDS)
	standin.spoil.token = async (answer) => {
		await sleep(30000)
		return answer
	}
	const people = Array.from({ length: PEOPLE }, person)
	await sleep(2000)
	const beside = await series(SECONDS)
	over = true
	for (const what of ['login', 'token']) {
		const [a, b] = [idle[what], beside[what]]
		console.log(`${what}: idle p50 ${at(a, 0.5).toFixed(1)} p99 ${at(a, 0.99).toFixed(1)} ms (${a.length}); beside p50 ${at(b, 0.5).toFixed(1)} p99 ${at(b, 0.99).toFixed(1)} ms (${b.length}); p99 ratio ${(at(b, 0.99) / at(a, 0.99)).toFixed(2)}`)
	}
	console.log(`held at the callback: ${held.length} times, p50 ${at(held, 0.5)?.toFixed(0)} p99 ${at(held, 0.99)?.toFixed(0)} longest ${Math.max(...held).toFixed(0)} ms`)
	await Promise.race([Promise.allSettled(people), sleep(12000)])
} finally {
	broker.allow?.(/./)
	await broker.stop().catch((error) => console.error(String(error).slice(0, 300)))
	standin.errors.length = 0
	await standin.stop().catch(() => {})
}
process.exit(0)
