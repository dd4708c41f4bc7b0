// SPDX-License-Identifier: Apache-2.0
// home - a broker of the test's own and the demo portal as its client.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { Broker, CLIENTS, freePort, portalBinary, until } from '../flows/harness.mjs'

/** @config: of the broker; its clients come after the portal's, which @portal changes. { broker, url, stop }. */
export async function settle({ portal: more, clients = [], ...config }, accounts) {
	const port = await freePort()
	const url = `http://127.0.0.1:${port}`
	const portal = CLIENTS.portal({ redirect_uris: [`${url}/callback`], post_logout_redirect_uris: [`${url}/`], home: `${url}/`,
		name: { zh: '科技业务管理系统', en: 'Science business system' }, ...more })
	const broker = await Broker.start({ ...config, clients: [portal, ...clients] }, accounts)
	const child = spawn(portalBinary(), ['--port', String(port), '--issuer', broker.issuer], { stdio: ['ignore', 'ignore', 'pipe'] })
	let log = ''
	child.stderr.setEncoding('utf8').on('data', (text) => { log += text })
	const ended = new Promise((done) => child.once('close', done))

	await until(() => fetch(url).then((r) => r.text().then(() => r.ok), () => false), 'the portal')
	return {
		broker, url,
		async stop() {
			child.kill('SIGTERM')
			assert.equal(await ended, 0, log)
			assert.doesNotMatch(log, /Sanitizer|runtime error:/)
			await broker.stop()
		},
	}
}
