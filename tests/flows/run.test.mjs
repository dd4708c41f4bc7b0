// SPDX-License-Identifier: Apache-2.0
// `./dev run` without its build: the demonstration starts, shows its accounts, keeps them, and ends as a whole.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { run, shown, threePorts } from './demo.mjs'
import { until } from './harness.mjs'

const data = mkdtempSync(join(tmpdir(), 'yimen-run-'))
after(() => rmSync(data, { recursive: true, force: true }))

const answers = (port) => fetch(`http://127.0.0.1:${port}/`).then((r) => r.text().then(() => true), () => false)

test('it starts, says what to open, refuses a second one on its ports, and ends on a signal', async () => {
	const port = await threePorts(), first = run(port, data)

	await shown(first)
	assert.match(first.out, new RegExp(`http://127\\.0\\.0\\.1:${port + 1} `))
	for (const name of ['zhangsan', 'keji_demo', 'HJ_18711111111', 'HJ_91110108MA01ET88XL', 'lisi'])
		assert.ok(first.out.includes(name), name)
	assert.match(readFileSync(join(data, 'import.log'), 'utf8'), /E3 +1[^]*HJ_91110108MA01ET88XL[^]*P3 +1[^]*HJ_18711111111/)

	const second = run(port, data)
	assert.equal(await second.ended, 1)
	assert.match(second.err, new RegExp(`port ${port} cannot be used`))
	assert.ok(await answers(port + 1), 'the first one still runs')

	first.child.kill('SIGTERM')
	assert.equal(await first.ended, 0, first.err)
	for (const more of [0, 1, 2])
		assert.equal(await answers(port + more), false)
})

test('on the same data nothing is doubled; when one process ends, all end and it is said which', async () => {
	const port = await threePorts(), again = run(port, data)

	await shown(again)
	assert.match(readFileSync(join(data, 'import.log'), 'utf8'), /UNCHANGED +2/)
	const supervisor = JSON.parse(readFileSync(join(data, 'province.log'), 'utf8').split('\n').find((line) => line.includes('"child":"front"'))).pid
	const parent = Number(readFileSync(`/proc/${supervisor}/stat`, 'utf8').split(') ')[1].split(' ')[1])

	process.kill(parent, 'SIGKILL')
	assert.equal(await again.ended, 1)
	assert.match(again.err, /province ended/)
	for (const more of [0, 1, 2])
		await until(async () => !await answers(port + more), `port ${port + more} is free`)
})

test('it ends as a whole also when nobody reads its output any more', async () => {
	const port = await threePorts(), deaf = run(port, data)

	await shown(deaf)
	deaf.child.stdout.destroy()
	deaf.child.stderr.destroy()
	deaf.child.kill('SIGTERM')
	assert.equal(await deaf.ended, 0)
	for (const more of [0, 1, 2])
		await until(async () => !await answers(port + more), `port ${port + more} is free`)
})
