#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// explain - what does it cost a password login that `yimen explain` can tell of it (audit.explain)?
//	YIMEN_BUILD=$PWD/build bench/explain.mjs [logins]
// Two daemons, one with it and one without, are asked in turn, so that whatever else the machine does meets both. Prints the median and p90 of a login (from
// the password to the code at the client), the median processor time of the front process for one, and the ratios.
import { readFileSync, readdirSync } from 'node:fs'
import { Broker, CLIENTS, passwordLogin } from '../tests/flows/harness.mjs'

const LOGINS = Number(process.argv[2] ?? 400)

const start = (explain) => Broker.start({
	http: { rate_page: 0, rate_login: 0 }, login: { tries: 100, address_tries: 100000 }, captcha: { login: 'never' }, session: { max_per_account: 10 },
	log: { level: 'error' }, clients: [CLIENTS.public()], audit: { explain },
})
const sides = [{ name: 'without', broker: await start(0) }, { name: 'with', broker: await start('7d') }]

/** Milliseconds on a processor, of all threads of the front process. */
const cpu = ({ front }) => readdirSync(`/proc/${front}/task`).map((task) => Number(readFileSync(`/proc/${front}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
	.reduce((sum, ns) => sum + ns / 1e6, 0)

async function login(side) {
	const browser = side.broker.browser()
	const page = await browser.open(side.broker.client('demo-public').request().url)
	const before = cpu(side), begun = performance.now()
	const end = await passwordLogin(browser, page)

	if (!end.params?.code)
		throw new Error(`${end}`)
	return [performance.now() - begun, cpu(side) - before]
}

for (const side of sides) {
	side.front = readFileSync(`/proc/${side.broker.process.pid}/task/${side.broker.process.pid}/children`, 'utf8').trim().split(' ').map(Number)
		.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === 'front')
	side.done = []
	for (let i = 0; i < 20; i++)
		await login(side)
}
for (let i = 0; i < LOGINS; i++)
	for (const side of i % 2 ? sides : [...sides].reverse())
		side.done.push(await login(side))
const at = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))]
for (const side of sides) {
	const [times, cpus] = [0, 1].map((which) => side.done.map((one) => one[which]))
	side.figures = [at(times, 0.5), at(times, 0.9), at(cpus, 0.5)]
	const [median, p90, processor] = side.figures.map((ms) => ms.toFixed(2))
	console.log(`${side.name.padEnd(8)} median ${median} ms, p90 ${p90} ms, processor ${processor} ms a login`)
	await side.broker.stop()
}
const [median, p90, processor] = sides[0].figures.map((without, i) => (sides[1].figures[i] / without).toFixed(3))
console.log(`with/without: median ${median}, p90 ${p90}, processor ${processor}`)
