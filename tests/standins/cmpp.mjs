// SPDX-License-Identifier: Apache-2.0
// cmpp - a carrier's gateway: takes logins and messages over CMPP 2.0 or 3.0, sends receipts, and can be made to hang up, refuse, be silent.
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { freePort } from '../flows/harness.mjs'

const CONNECT = 1, TERMINATE = 2, SUBMIT = 4, DELIVER = 5, ACTIVE_TEST = 8, ANSWER = 0x80000000

function frame(command, sequence, body = Buffer.alloc(0)) {
	const head = Buffer.alloc(12)

	head.writeUInt32BE(12 + body.length, 0)
	head.writeUInt32BE(command >>> 0, 4)
	head.writeUInt32BE(sequence >>> 0, 8)
	return Buffer.concat([head, body])
}

const text = (value, n) => Buffer.concat([Buffer.from(value), Buffer.alloc(n)]).subarray(0, n)
const number = (value, n) => {
	const bytes = Buffer.alloc(8)

	bytes.writeBigUInt64BE(BigInt(value))
	return bytes.subarray(8 - n)
}
const trimmed = (bytes) => bytes.toString('latin1').replace(/\0.*$/s, '')

export class CmppGateway {
	/** { version: '2.0', account: '901234', secret: '1234' } */
	static async start(options = {}) {
		const gateway = new CmppGateway()

		Object.assign(gateway, { version: '2.0', account: '901234', secret: '1234', ...options })
		gateway.port = options.port ?? await freePort()
		gateway.messages = [] // { phone, text, id, parts }
		gateway.logins = []   // status of each
		gateway.goodbyes = gateway.submits = 0
		gateway.owed = new Map() // receipts that nobody has taken
		gateway.sockets = new Set()
		await gateway.listen()
		return gateway
	}

	async listen() {
		this.server = createServer((socket) => this.serve(socket))
		await new Promise((done) => this.server.listen(this.port, '127.0.0.1', done))
	}

	/** Away: nobody answers at the port. */
	async close() {
		this.hangUp()
		await new Promise((done) => this.server.close(done))
	}

	hangUp() {
		for (const socket of this.sockets)
			socket.destroy()
	}

	serve(socket) {
		let rest = Buffer.alloc(0)

		this.sockets.add(socket)
		socket.on('error', () => {}).on('close', () => this.sockets.delete(socket))
		socket.on('data', (data) => {
			rest = Buffer.concat([rest, data])
			while (rest.length >= 12 && rest.length >= rest.readUInt32BE(0) && !socket.destroyed) {
				const length = rest.readUInt32BE(0)

				this.on(socket, rest.readUInt32BE(4), rest.readUInt32BE(8), rest.subarray(12, length))
				rest = rest.subarray(length)
			}
		})
	}

	status(value) {
		return this.version === '3.0' ? number(value, 4) : number(value, 1)
	}

	on(socket, command, sequence, body) {
		switch (command) {
		case CONNECT:
			return this.onConnect(socket, sequence, body)
		case SUBMIT:
			return this.onSubmit(socket, sequence, body)
		case ACTIVE_TEST:
			return socket.write(frame(ACTIVE_TEST | ANSWER, sequence, Buffer.alloc(1)))
		case (DELIVER | ANSWER) >>> 0:
			return this.owed.delete(body.readBigUInt64BE(0))
		case TERMINATE:
			this.goodbyes++
			return socket.end(frame(TERMINATE | ANSWER, sequence))
		}
	}

	onConnect(socket, sequence, body) {
		const stamp = String(body.readUInt32BE(23)).padStart(10, '0')
		const want = createHash('md5').update(Buffer.concat([Buffer.from(this.account), Buffer.alloc(9), Buffer.from(this.secret), Buffer.from(stamp)])).digest()
		const code = this.version === '3.0' ? 0x30 : 0x20
		const status = body[22] !== code ? 4 : trimmed(body.subarray(0, 6)) !== this.account ? 2 : !want.equals(body.subarray(6, 22)) ? 3 : 0

		this.logins.push(status)
		socket.write(frame(CONNECT | ANSWER, sequence, Buffer.concat([this.status(status), Buffer.alloc(16), number(code, 1)])))
		if (status)
			return socket.end()
		for (const id of this.owed.keys())
			this.sendReceipt(socket, id)
	}

	onSubmit(socket, sequence, body) {
		const is30 = this.version === '3.0', wide = is30 ? 32 : 21
		const at = 8 + 4 + 10 + 1 + wide + (is30 ? 1 : 0)
		const [, udhi, format] = body.subarray(at, at + 3)
		const destination = at + 3 + 6 + 2 + 6 + 17 + 17 + 21 + 1
		const phone = trimmed(body.subarray(destination, destination + wide))
		const n = destination + wide + (is30 ? 1 : 0)
		const content = body.subarray(n + 1 + (udhi ? 6 : 0), n + 1 + body[n])

		if (this.mute)
			return
		if (this.refuse)
			return socket.write(frame(SUBMIT | ANSWER, sequence, Buffer.concat([number(0, 8), this.status(this.refuse)])))
		const id = BigInt(++this.submits)
		this.messages.push({ id, phone, parts: body[8], text: format === 8 ? Buffer.from(content).swap16().toString('utf16le') : content.toString('latin1') })
		this.owed.set(id, { phone, state: this.state ?? 'DELIVRD' })
		if (this.hangUpEvery && this.submits % this.hangUpEvery === 0)
			return socket.destroy()
		socket.write(frame(SUBMIT | ANSWER, sequence, Buffer.concat([number(id, 8), this.status(0)])))
		this.sendReceipt(socket, id)
	}

	sendReceipt(socket, id) {
		const { phone, state } = this.owed.get(id)
		const is30 = this.version === '3.0', wide = is30 ? 32 : 21
		const receipt = Buffer.concat([number(id, 8), text(state, 7), text('2401010800', 10), text('2401010801', 10), text(`86${phone}`, wide), number(1, 4)])

		socket.write(frame(DELIVER, Number(id), Buffer.concat([number(id, 8), text('10690001', 21), text('', 10), Buffer.alloc(3), text(phone, wide),
			is30 ? Buffer.alloc(1) : Buffer.alloc(0), number(1, 1), number(receipt.length, 1), receipt, Buffer.alloc(is30 ? 20 : 8)])))
	}
}
