// SPDX-License-Identifier: Apache-2.0
// demo - the demonstration that `./dev run` starts, on free ports, without its build.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { ROOT, freePort, until, yimen } from './harness.mjs'

/** The first of three ports in a row that were free a moment ago. */
export async function threePorts() {
	for (;;) {
		const port = await freePort()
		const free = await Promise.all([1, 2].map((more) => new Promise((done) => {
			const server = createServer().once('error', () => done(false)).listen(port + more, '127.0.0.1', () => server.close(() => done(true)))
		})))

		if (free.every(Boolean))
			return port
	}
}

const running = new Set()
process.on('exit', () => {
	for (const child of running)
		child.kill('SIGTERM')
})

/** Start it, or the platform @profile, with its data in @data: { child, out, err, ended }. */
export function run(port, data, profile = 'demo', env = {}) {
	const child = spawn(join(ROOT, 'conf/demo/run.sh'), [profile], {
		stdio: ['ignore', 'pipe', 'pipe'], detached: true,
		env: { ...process.env, YIMEN_PORT: String(port), YIMEN_DATA: data, YIMEN_BUILD: dirname(yimen()), ...env },
	})
	const started = { child, out: '', err: '' }

	running.add(child)
	child.once('close', () => running.delete(child))
	child.stdout.setEncoding('utf8').on('data', (text) => { started.out += text })
	child.stderr.setEncoding('utf8').on('data', (text) => { started.err += text })
	started.ended = new Promise((done) => child.once('close', (code) => done(code)))
	return started
}

/** Wait until it says what to open. */
export const shown = (started) => until(() => {
	if (started.child.exitCode !== null)
		throw new Error(`run ended: ${started.out}${started.err}`)
	return started.out.includes('Ctrl-C')
}, 'the demonstration', 60)

/** The newest code that was sent to @phone, of the outbox file of the data directory @data. */
export function sentCode(data, phone) {
	const file = join(data, 'outbox.jsonl')
	const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []

	return lines.filter((line) => line.phone?.endsWith(phone)).at(-1)?.code
}
