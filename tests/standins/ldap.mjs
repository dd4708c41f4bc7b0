// SPDX-License-Identifier: Apache-2.0
// ldap - a directory over TCP: simple binds and searches (RFC 4511), with the quirk that an empty password is no login and yet a success (RFC 4513 5.1.2).
import { createServer } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { freePort } from '../flows/harness.mjs'

// ---- BER (X.690), as far as LDAP needs it

const length = (n) => n < 128 ? Buffer.from([n]) : n < 256 ? Buffer.from([0x81, n]) : Buffer.from([0x82, n >> 8, n & 255])
const tlv = (tag, ...parts) => {
	const body = Buffer.concat(parts.map((part) => Buffer.isBuffer(part) ? part : Buffer.from(String(part))))

	return Buffer.concat([Buffer.from([tag]), length(body.length), body])
}
const integer = (n, tag = 2) => tlv(tag, Buffer.from(n < 128 ? [n] : [n >> 24 & 255, n >> 16 & 255, n >> 8 & 255, n & 255]))

/** The element at @at: { tag, body, end }, or undefined when it is not all there. */
function element(bytes, at = 0) {
	if (bytes.length < at + 2)
		return undefined
	let n = bytes[at + 1]
	let head = 2
	if (n & 0x80) {
		const size = n & 0x7f

		if (bytes.length < at + 2 + size)
			return undefined
		n = bytes.readUIntBE(at + 2, size)
		head += size
	}
	return bytes.length < at + head + n ? undefined : { tag: bytes[at], body: bytes.subarray(at + head, at + head + n), end: at + head + n }
}

function elements(bytes) {
	const found = []

	for (let at = 0; at < bytes.length; at = found.at(-1).end)
		found.push(element(bytes, at))
	return found
}

const START_TLS = '1.3.6.1.4.1.1466.20037'
const IN_CHAIN = '1.2.840.113556.1.4.1941' // Active Directory: groups of groups
const same = (a, b) => String(a).toLowerCase() === String(b).toLowerCase()

/** Is @entry in the group @dn, or in a group that is? */
const isInChain = (entries, entry, dn, seen = []) => (entry?.attributes.memberOf ?? []).some((group) => !seen.includes(group) &&
	(same(group, dn) || isInChain(entries, entries.find((one) => same(one.dn, group)), dn, [...seen, group])))

/** Does @entry fit the filter @of (RFC 4511 4.5.1.7)? */
function fits(entry, of, entries) {
	const parts = of.tag === 0x87 ? [] : elements(of.body)
	const values = (name) => Object.entries(entry.attributes).find(([key]) => key.toLowerCase() === String(name).toLowerCase())?.[1] ?? []

	switch (of.tag) {
	case 0xa0: return parts.every((part) => fits(entry, part, entries))
	case 0xa1: return parts.some((part) => fits(entry, part, entries))
	case 0xa2: return !fits(entry, parts[0], entries)
	case 0xa9: { // extensible: rule 1, attribute 2, value 3
		const said = (tag) => parts.find((part) => part.tag === tag)?.body.toString()

		return said(0x81) === IN_CHAIN && same(said(0x82), 'memberOf') && isInChain(entries, entry, said(0x83))
	}
	case 0xa3: return values(parts[0].body).some((value) => String(value).toLowerCase() === parts[1].body.toString().toLowerCase())
	case 0x87: return String(of.body).toLowerCase() === 'objectclass' || values(of.body).length > 0
	default: return false
	}
}

/** @entries: [{ dn, password, attributes: { name: [values] } }]; @tls: { key, cert } makes it ldaps, @later: the same after StartTLS, on every address.
 * `requests` tells what was asked, and whether in the clear; `change` makes it lie: bind (code for all), person (code for all but the first entry), search (code),
 * refer (an address: "ask there, too"), silent, refuse (no StartTLS), inject (bytes in the clear behind the answer to StartTLS), gone (ends where a bind has worked). */
export class Directory {
	static async start(entries, tls, later) {
		const directory = new Directory()

		Object.assign(directory, { entries, later, requests: [], change: {}, port: await freePort(), sockets: new Set() })
		directory.url = `${tls ? 'ldaps' : 'ldap'}://127.0.0.1:${directory.port}`
		directory.server = tls ? createTlsServer(tls, (socket) => directory.serve(socket)) : createServer((socket) => directory.serve(socket))
		directory.server.on('tlsClientError', () => {}) // who does not trust us
		await new Promise((done) => directory.server.listen(directory.port, later ? '0.0.0.0' : '127.0.0.1', done))
		return directory
	}

	serve(socket) {
		let waiting = Buffer.alloc(0)

		this.sockets.add(socket)
		socket.on('close', () => this.sockets.delete(socket)).on('error', () => {})
		socket.on('data', (bytes) => {
			waiting = Buffer.concat([waiting, bytes])
			for (let message; (message = element(waiting)); waiting = waiting.subarray(message.end)) {
				if (message.tag !== 0x30)
					return socket.destroy()
				const [id, operation] = elements(message.body)
				const send = (...parts) => socket.write(tlv(0x30, tlv(2, id.body), ...parts))

				if (this.change.silent)
					return
				if (operation.tag === 0x77 && this.later && !this.change.refuse && elements(operation.body)[0].body.toString() === START_TLS)
					return this.startTls(socket, id)
				this.answer(operation, send, socket)
			}
		})
	}

	/** RFC 4511 4.14 */
	startTls(socket, id) {
		this.requests.push({ startTls: true })
		socket.removeAllListeners('data')
		socket.write(Buffer.concat([tlv(0x30, tlv(2, id.body), tlv(0x78, integer(0, 10), tlv(4, ''), tlv(4, ''))), this.change.inject ?? Buffer.alloc(0)]))
		this.serve(new TLSSocket(socket, { isServer: true, ...this.later }))
	}

	/** A bind that worked, as the answer to question @id: what somebody on the way would like to have been said. */
	static bound(id) {
		return tlv(0x30, integer(id), tlv(0x61, integer(0, 10), tlv(4, ''), tlv(4, '')))
	}

	answer(operation, send, socket) {
		const result = (tag, code, text = '') => send(tlv(tag, integer(code, 10), tlv(4, ''), tlv(4, text)))
		const parts = operation.tag & 0x20 ? elements(operation.body) : [] // unbind and abandon have none

		if (operation.tag === 0x60) { // bind
			const dn = parts[1].body.toString()
			const password = parts[2].body.toString()
			const entry = this.entries.find((one) => one.dn.toLowerCase() === dn.toLowerCase())

			this.requests.push({ bind: dn, empty: !password, clear: !socket.encrypted })
			const code = this.change.bind ?? (entry === this.entries[0] ? undefined : this.change.person) ?? (!password || entry?.password === password ? 0 : 49)
			result(0x61, code)
			return this.change.gone && entry !== this.entries[0] && socket.end()
		}
		if (operation.tag === 0x63) { // search
			const base = parts[0].body.toString().toLowerCase()
			const scope = parts[1].body[0]
			const wanted = elements(parts[7].body).map((one) => one.body.toString().toLowerCase())
			const found = this.entries.filter((one) => (scope === 0 ? one.dn.toLowerCase() === base : one.dn.toLowerCase().endsWith(base)) && fits(one, parts[6], this.entries))

			this.requests.push({ search: base, scope, found: found.length })
			for (const one of found) {
				const attributes = Object.entries(one.attributes).filter(([name]) => wanted.includes(name.toLowerCase()))

				send(tlv(0x64, tlv(4, one.dn), tlv(0x30, ...attributes.map(([name, values]) => tlv(0x30, tlv(4, name), tlv(0x31, ...values.map((value) => tlv(4, value))))))))
			}
			if (this.change.refer) // behind the entries, as Active Directory says it
				send(tlv(0x73, tlv(4, this.change.refer)))
			return result(0x65, this.change.search ?? 0)
		}
		if (operation.tag === 0x42) // unbind
			return socket.end()
		if (operation.tag === 0x77) // extended: nothing of the kind is spoken here
			return result(0x78, 2)
	}

	async stop() {
		for (const socket of this.sockets)
			socket.destroy()
		await new Promise((done) => this.server.close(done))
	}
}
