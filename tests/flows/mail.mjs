// SPDX-License-Identifier: Apache-2.0
// mail - a stand-in for a mail server: as much of RFC 5321 as a client needs, and what such servers do wrong.
import { createServer } from 'node:net'
import { freePort, sleep } from './harness.mjs'

/** What goes wrong, by the line that it happens at: '' is the greeting. True: handled. */
const WRONG = {
	silent: () => true,
	closes: (socket, line) => line === '' && socket.destroy(),
	garbage: (socket, line) => line === '' && socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
	endless: (socket, line) => line === '' && socket.write(`220-${'x'.repeat(500)}\r\n`.repeat(10000)),
	unavailable: (socket, line) => line === '' && socket.write('421 too busy\r\n'),
	refuses: (socket, line) => /^RCPT/i.test(line) && socket.write('550 nobody of that name\r\n'),
	full: (socket, line) => line === '.' && socket.write('452 no room\r\n'),
	hangs: (socket, line) => line === '.',
	breaks: (socket, line) => line === '.' && socket.destroy(),
}
export const wrong = Object.keys(WRONG)

export class MailServer {
	/** A running one. @mode: '' takes everything, or a name of WRONG; @delay: milliseconds before each answer. */
	static async start() {
		const mail = Object.assign(new MailServer(), { mode: '', delay: 0, messages: [], port: await freePort(), open: new Set() })

		mail.server = createServer((socket) => mail.talk(socket))
		await new Promise((done) => mail.server.listen(mail.port, '127.0.0.1', done))
		return mail
	}

	get url() {
		return `smtp://127.0.0.1:${this.port}`
	}

	talk(socket) {
		let data = null, rest = '', busy = Promise.resolve()
		const answer = async (line) => {
			if (this.delay)
				await sleep(this.delay)
			if (socket.destroyed || (WRONG[this.mode] && (!data || line === '.') && WRONG[this.mode](socket, line)))
				return
			if (data && line === '.') {
				this.messages.push(data.join('\r\n'))
				data = null
				socket.write('250 taken\r\n')
			} else if (data) {
				data.push(line)
			} else if (/^DATA/i.test(line)) {
				data = []
				socket.write('354 go on\r\n')
			} else {
				socket.write(line === '' ? '220 mail.example\r\n' : /^QUIT/i.test(line) ? '221 bye\r\n' : '250 ok\r\n')
			}
		}

		this.open.add(socket)
		socket.on('close', () => this.open.delete(socket)).on('error', () => {})
		busy = answer('')
		socket.setEncoding('utf8').on('data', (text) => {
			const lines = (rest + text).split('\r\n')

			rest = lines.pop()
			for (const line of lines)
				busy = busy.then(() => data && line !== '.' ? data.push(line) : answer(line))
		})
	}

	async stop() {
		for (const socket of this.open)
			socket.destroy()
		await new Promise((done) => this.server.close(done))
	}
}
