// SPDX-License-Identifier: Apache-2.0
// Files that people hand in: taken, judged, decoded and written anew, kept sealed, shown to whom they concern. And everything that is no file.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { Broker, passwordLogin, sleep, until } from './harness.mjs'

const MIB = 1024 * 1024
let broker, browser
before(async () => {
	broker = await Broker.prepare({
		uploads: [{ id: 'papers', slots: [
			{ id: 'licence', title: { zh: '营业执照', en: 'Licence' }, required: true, max_count: 3 },
			{ id: 'photo', title: { zh: '照片', en: 'Photo' }, kinds: ['png', 'jpeg'], max_size: '1MiB', hint: { zh: '图片格式 jpg、png、jpeg', en: 'jpg or png' } },
			{ id: 'promise', title: { zh: '风险承诺书', en: 'Promise' }, template: '风险承诺书.docx' },
		] }],
		http: { request_timeout: '9s' },
	})
	writeFileSync(join(broker.dir, '风险承诺书.docx'), 'a form to fill in')
	for (const login of ['zhangsan', 'lisi'])
		broker.account({ login })
	await broker.run()
	browser = await loggedIn('zhangsan')
})
after(() => broker.stop())

async function loggedIn(login, path = '/uploads/papers') {
	const browser_ = broker.browser()
	const page = await passwordLogin(browser_, await browser_.open(broker.issuer + path), { login })

	assert.equal(page.name, 'upload', `${page}`)
	return browser_
}
const open = (path = '/uploads/papers') => browser.open(broker.issuer + path)
async function send(slot, ...files) {
	return browser.upload(await open(), 'upload', { slot, do: 'upload' }, files)
}
const listed = (page) => [...page.html.matchAll(/<a href="(\/files\/[^"]*)">([^<]*)<\/a>/g)].map(([, url, name]) => ({ url, name }))
async function removeAll() {
	for (let page = await open(); ;) {
		const id = page.html.match(/name="remove" value="([^"]*)"/)?.[1]

		if (!id)
			return page
		page = await browser.upload(page, 'upload', { remove: id })
	}
}
async function fetchFile(url, who = browser) {
	const cookie = [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
	const response = await fetch(broker.issuer + url, { headers: { Cookie: cookie }, redirect: 'manual' })

	return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer().catch(() => Buffer.alloc(0))) }
}
function onDisk() {
	try {
		return readdirSync(join(broker.config.data_dir, 'files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
	} catch {
		return []
	}
}

// ---- files made here

function chunk(type, data) {
	const head = Buffer.alloc(8), sum = Buffer.alloc(4), body = Buffer.concat([Buffer.from(type), data])

	head.writeUInt32BE(data.length)
	head.write(type, 4)
	sum.writeUInt32BE((crc32 ? crc32(body) : slowCrc(body)) >>> 0)
	return Buffer.concat([head, data, sum])
}
function slowCrc(bytes) {
	let crc = 0xffffffff

	for (const byte of bytes) {
		crc ^= byte
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
	}
	return (crc ^ 0xffffffff) >>> 0
}
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** @more: chunks before the picture; @data: instead of the rows. */
function png(width = 4, height = 3, { color = 2, more = [], data, tail = '' } = {}) {
	const head = Buffer.alloc(13)
	const row = width * { 0: 1, 2: 3, 6: 4 }[color] + 1

	head.writeUInt32BE(width)
	head.writeUInt32BE(height, 4)
	head[8] = 8
	head[9] = color
	data ??= deflateSync(Buffer.alloc(row * height, 0).map((_, i) => (i % row ? (i * 7) & 255 : 0)))
	return Buffer.concat([SIGNATURE, chunk('IHDR', head), ...more, chunk('IDAT', data), chunk('IEND', Buffer.alloc(0)), Buffer.from(tail)])
}
const JPEG = Buffer.from('/9j/4AAQSkZJRgABAQAAAQABAAD/4QAuRXhpZgAASUkqAAgAAAABABIBAwABAAAABgAAAAAAAABTRUNSRVQtUExBQ0X//gAbPHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pv/bAEMACAYGBwYFCAcHBwkJCAoMFA0MCwsMGRITDxQdGh8eHRocHCAkLicgIiwjHBwoNyksMDE0NDQfJzk9ODI8LjM0Mv/bAEMBCQkJDAsMGA0NGDIhHCEyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMv/AABEIAAgAEAMBIgACEQEDEQH/xAAfAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgv/xAC1EAACAQMDAgQDBQUEBAAAAX0BAgMABBEFEiExQQYTUWEHInEUMoGRoQgjQrHBFVLR8CQzYnKCCQoWFxgZGiUmJygpKjQ1Njc4OTpDREVGR0hJSlNUVVZXWFlaY2RlZmdoaWpzdHV2d3h5eoOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4eLj5OXm5+jp6vHy8/T19vf4+fr/xAAfAQADAQEBAQEBAQEBAAAAAAAAAQIDBAUGBwgJCgv/xAC1EQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEAAhEDEQA/AMCw8DdP3X6V01h4G6fuv0oornxeY4jucHD+bYrT3j//2Q==', 'base64') // 16 × 8, lying on its side (Exif orientation 6), with a place and a script among its remarks
const pdf = (inside = '') => Buffer.from(`%PDF-1.4\n1 0 obj\n<<>>\nendobj\n${inside}\ntrailer\n<<>>\n%%EOF\n`)
/** Stored entries: [name, bytes, declared size]. */
function zip(entries) {
	const parts = [], directory = []
	let at = 0

	for (const [name, bytes = '', declared = bytes.length] of entries) {
		const local = Buffer.alloc(30), central = Buffer.alloc(46)

		local.write('PK\x03\x04', 'latin1')
		local.writeUInt32LE(bytes.length, 18)
		local.writeUInt32LE(declared, 22)
		local.writeUInt16LE(name.length, 26)
		central.write('PK\x01\x02', 'latin1')
		central.writeUInt32LE(bytes.length, 20)
		central.writeUInt32LE(declared, 24)
		central.writeUInt16LE(name.length, 28)
		central.writeUInt32LE(at, 42)
		directory.push(central, Buffer.from(name))
		parts.push(local, Buffer.from(name), Buffer.from(bytes))
		at += 30 + name.length + bytes.length
	}
	const middle = Buffer.concat(directory), end = Buffer.alloc(22)
	end.write('PK\x05\x06', 'latin1')
	end.writeUInt16LE(entries.length, 8)
	end.writeUInt16LE(entries.length, 10)
	end.writeUInt32LE(middle.length, 12)
	end.writeUInt32LE(at, 16)
	return Buffer.concat([...parts, middle, end])
}
const docx = (...more) => zip([['[Content_Types].xml', '<Types/>'], ['word/document.xml', '<w/>'], ...more])
function doc(stream = 'WordDocument') {
	const bytes = Buffer.alloc(2048)

	Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes)
	bytes.writeUInt16LE(0xfffe, 28)
	bytes.write(stream, 1024, 'utf16le')
	return bytes
}

// ---- what is taken

test('the page names every slot with its limits, and the form to fill in', async () => {
	const page = await open()

	assert.equal(page.text('slot-licence-title').replace(/\s+/g, ''), '营业执照*')
	assert.match(page.html, /png, jpeg, pdf, doc, docx，每个文件大小不超过10 MB，最多5个/)
	assert.match(page.html, /格式 png, jpeg，每个文件大小不超过1 MB/)
	assert.match(page.html, /图片格式 jpg、png、jpeg/)
	const form = await fetchFile(new URL(page.link('template-promise')).pathname)
	assert.equal(form.bytes.toString(), 'a form to fill in')
	assert.match(form.headers.get('content-disposition'), /^attachment; filename="_+\.docx"; filename\*=UTF-8''%E9%A3%8E/)
	assert.equal((await fetchFile('/uploads/papers/licence/template')).status, 404)
	assert.equal((await fetchFile('/uploads/nothing')).status, 404)
})

test('files of every kind are taken, listed with their size, and come back', async () => {
	const files = [['a.pdf', pdf()], ['b.docx', docx()], ['c.doc', doc()]]
	let page = await send('licence', ...files.map(([name, bytes]) => ({ name, bytes })))

	assert.equal(page.error, undefined, `${page}`)
	assert.deepEqual(listed(page).map((file) => file.name), ['a.pdf', 'b.docx', 'c.doc'])
	for (const [i, { url }] of listed(page).entries()) {
		const file = await fetchFile(url)

		assert.deepEqual(file.bytes, files[i][1])
		assert.match(file.headers.get('content-disposition'), new RegExp(`^attachment; filename="${files[i][0]}"`))
		assert.equal(file.headers.get('x-content-type-options'), 'nosniff')
		assert.match(file.headers.get('content-security-policy'), /default-src 'none'; sandbox/)
		assert.equal(file.headers.get('cache-control'), 'no-store')
		assert.equal((await fetchFile(`${url}/preview`)).status, 404, 'only pictures are shown')
	}
	page = await send('licence', { name: 'd.pdf', bytes: pdf() })
	assert.equal(page.error, 'file_count')
	assert.equal(listed(page).length, 3)
	page = await removeAll()
	assert.equal(listed(page).length, 0)
	assert.equal(onDisk().length, 0)
})

test('a picture is written anew: nothing but its pixels is kept', async () => {
	const text = chunk('tEXt', Buffer.from('Comment\0<script>alert(1)</script>'))
	const original = png(5, 4, { more: [text], tail: '<html><script>alert(2)</script>' })
	let page = await send('photo', { name: 'C:\\fakepath\\照片.PNG', bytes: original })

	assert.deepEqual(listed(page).map((file) => file.name), ['照片.png'], `${page}`)
	const kept = await fetchFile(`${listed(page)[0].url}/preview`)
	assert.equal(kept.headers.get('content-type'), 'image/png')
	assert.match(kept.headers.get('content-disposition'), /^inline/)
	assert.match(kept.headers.get('content-security-policy'), /sandbox/)
	assert.ok(!kept.bytes.includes('script'))
	assert.deepEqual(pixels(kept.bytes), pixels(original))
	await removeAll()

	page = await send('photo', { name: 'me.jpeg', bytes: JPEG })
	const photo = await fetchFile(listed(page)[0].url)
	assert.deepEqual(photo.bytes.subarray(0, 3), Buffer.from('ffd8ff', 'hex'))
	assert.ok(!photo.bytes.includes('SECRET') && !photo.bytes.includes('script'))
	assert.ok(photo.bytes.includes(Buffer.from('01120003000000010006', 'hex')), 'which way is up stays')
	await removeAll()

	page = await send('photo', { name: 'really.png', bytes: JPEG })
	assert.equal(listed(page)[0].name, 'really.jpg', 'what a picture is called follows what it is')
	await removeAll()
})

/** Unfiltered bytes of the rows. */
function pixels(bytes) {
	const width = bytes.readUInt32BE(16), height = bytes.readUInt32BE(20), depth = { 0: 1, 2: 3, 4: 2, 6: 4 }[bytes[25]]
	const data = []
	for (let at = 8; at < bytes.length;) {
		const n = bytes.readUInt32BE(at), type = bytes.toString('latin1', at + 4, at + 8)

		if (type === 'IDAT')
			data.push(bytes.subarray(at + 8, at + 8 + n))
		if (type === 'IEND')
			break
		at += 12 + n
	}
	const raw = inflateSync(Buffer.concat(data)), stride = width * depth, out = Buffer.alloc(stride * height)
	for (let y = 0; y < height; y++)
		for (let x = 0; x < stride; x++) {
			const left = x >= depth ? out[y * stride + x - depth] : 0, up = y ? out[(y - 1) * stride + x] : 0
			const corner = x >= depth && y ? out[(y - 1) * stride + x - depth] : 0
			const p = left + up - corner, [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)]
			const paeth = a <= b && a <= c ? left : b <= c ? up : corner

			out[y * stride + x] = raw[y * (stride + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth][raw[y * (stride + 1)]]
		}
	return out
}

test('at rest nothing of it can be read, and what was altered is not shown', async () => {
	const page = await send('licence', { name: 'secret.pdf', bytes: pdf('the secret of 张三 '.repeat(5000)) })
	const { url } = listed(page)[0], [path] = onDisk()

	assert.equal((await fetchFile(url)).status, 200)
	const raw = readFileSync(path)
	assert.ok(!raw.includes('secret of') && !raw.includes('%PDF'))
	assert.equal(statSync(path).mode & 0o077, 0)
	broker.allow(/sealed file was altered|cut off|was altered/)
	raw[200] ^= 1
	writeFileSync(path, raw)
	assert.equal((await fetchFile(url)).status, 500)
	raw[200] ^= 1
	writeFileSync(path, raw.subarray(0, 40000))
	assert.equal((await fetchFile(url)).status, 500)
	writeFileSync(path, raw)
	assert.equal((await fetchFile(url)).status, 200)
	await removeAll()
})

// ---- what is not

const refused = [
	['a picture of 30000 × 30000', 'file_size', 'photo', 'a.png', () => png(30000, 30000, { data: deflateSync(Buffer.alloc(1000)) })],
	['a picture of 16000 × 16000', 'file_size', 'photo', 'a.png', () => png(16000, 16000, { data: deflateSync(Buffer.alloc(1000)) })],
	['a picture that unfolds into more than it has room for', 'file_broken', 'photo', 'a.png', () => png(4, 3, { data: Buffer.concat([deflateSync(Buffer.alloc(200 * MIB)).subarray(0, 100000)]) })],
	['a remark that unfolds into 200 MB', undefined, 'photo', 'a.png', () => png(4, 3, { more: [chunk('zTXt', Buffer.concat([Buffer.from('x\0\0'), deflateSync(Buffer.alloc(200 * MIB))]))] })],
	['a picture that is cut off', 'file_broken', 'photo', 'a.png', () => png(100, 100).subarray(0, 100)],
	['a photo that is cut off', 'file_broken', 'photo', 'a.jpg', () => JPEG.subarray(0, JPEG.length - 60)],
	['a head and rubbish', 'file_broken', 'photo', 'a.jpg', () => Buffer.concat([JPEG.subarray(0, 30), randomBytes(1000)])],
	['a picture where the checksum is wrong', 'file_broken', 'photo', 'a.png', () => { const p = png(); p[p.length - 20] ^= 1; return p }],
	['HTML that calls itself a picture', 'file_type', 'photo', 'a.png', () => '<html><script>alert(1)</script>'],
	['HTML with a PDF behind it', 'file_type', 'licence', 'a.pdf', () => `<html><script>1</script>\n${pdf()}`],
	['a PDF that is cut off', 'file_broken', 'licence', 'a.pdf', () => pdf().subarray(0, 30)],
	['a PDF called a picture', 'file_type', 'licence', 'a.png', () => pdf()],
	['a PDF called a web page', 'file_type', 'licence', 'a.pdf.html', () => pdf()],
	['a picture called a program', 'file_type', 'photo', 'a.png.exe', () => png()],
	['no ending', 'file_type', 'licence', 'noending', () => pdf()],
	['a PDF where pictures belong', 'file_type', 'photo', 'a.pdf', () => pdf()],
	['a program', 'file_type', 'licence', 'a.exe', () => 'MZ\x90\x00'],
	['GIF', 'file_type', 'photo', 'a.gif', () => 'GIF89a'],
	['SVG', 'file_type', 'photo', 'a.svg', () => '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
	['an installer called a letter', 'file_type', 'licence', 'a.doc', () => doc('SummaryInfo')],
	['an archive called a letter', 'file_type', 'licence', 'a.docx', () => zip([['hello.txt', 'x']])],
	['a letter with a macro', 'file_broken', 'licence', 'a.docx', () => docx(['word/vbaProject.bin', 'x'])],
	['a letter that climbs out', 'file_broken', 'licence', 'a.docx', () => docx(['../../etc/passwd', 'x'])],
	['a letter that unfolds into gigabytes', 'file_broken', 'licence', 'a.docx', () => docx(['word/media/a.bin', 'x', 0xfffffff0])],
	['an archive behind a page', 'file_type', 'licence', 'a.docx', () => Buffer.concat([Buffer.from('<html>'), docx()])],
	['something behind an archive', 'file_broken', 'licence', 'a.docx', () => Buffer.concat([docx(), Buffer.from('<html>')])],
	['nothing', 'file_broken', 'licence', 'a.pdf', () => ''],
	['too much', 'file_size', 'photo', 'a.png', () => Buffer.concat([png(), Buffer.alloc(MIB)])],
	['more than 10 MB', 'file_size', 'licence', 'a.pdf', () => Buffer.concat([pdf(), Buffer.alloc(10 * MIB), Buffer.from('%%EOF')])],
]
for (const [name, error, slot, file, make] of refused)
	test(`${error ? 'refused' : 'harmless'}: ${name}`, async () => {
		const page = await send(slot, { name: file, bytes: make() })

		assert.equal(page.error, error, `${page}`)
		if (error) {
			assert.ok(page.has(`slot-${slot}-error`))
			assert.equal(listed(page).length, 0)
		}
		await removeAll()
		assert.equal(onDisk().length, 0)
	})

test('exactly 10 MB is taken, several of them at once', async () => {
	const bytes = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(10 * MIB - 15, 32), Buffer.from('%%EOF\n')])
	const page = await send('licence', { name: 'a.pdf', bytes }, { name: 'b.pdf', bytes }, { name: 'c.pdf', bytes })

	assert.equal(bytes.length, 10 * MIB)
	assert.equal(listed(page).length, 3, `${page}`)
	assert.deepEqual((await fetchFile(listed(page)[2].url)).bytes, bytes)
	await removeAll()
})

test('one bad file among good ones: none is kept, the good ones are asked for again', async () => {
	const page = await send('licence', { name: 'a.pdf', bytes: pdf() }, { name: 'b.pdf', bytes: 'x' })

	assert.equal(page.error, 'file_type')
	assert.match(page.text('slot-licence-error'), /b\.pdf/)
	assert.equal(listed(page).length, 0)
	assert.equal(onDisk().length, 0)
})

test('no file was chosen', async () => {
	assert.equal((await send('licence')).error, 'file_missing')
})

test('an unknown slot, a wrong token, no token', async () => {
	assert.equal((await send('passport', { name: 'a.pdf', bytes: pdf() })).error, 'invalid_request')
	assert.equal((await browser.upload(await open(), 'upload', { slot: 'licence', csrf: 'x' }, [{ name: 'a.pdf', bytes: pdf() }])).error, 'csrf')
	assert.equal((await browser.upload(await open(), 'upload', { slot: 'licence', csrf: null }, [{ name: 'a.pdf', bytes: pdf() }])).error, 'csrf')
	assert.equal(onDisk().length, 0)
})

test('a file where a text belongs', async () => {
	const page = await browser.upload(await open(), 'upload', { slot: null, do: 'upload' }, [{ field: 'slot', name: 'a.pdf', bytes: pdf() }])

	assert.equal(page.error, 'invalid_request')
})

test('what is somebody else\'s does not exist', async () => {
	const page = await send('licence', { name: 'a.pdf', bytes: pdf() })
	const [{ url }] = listed(page), id = url.split('/').pop()
	const other = await loggedIn('lisi')
	const others = await other.open(`${broker.issuer}/uploads/papers`)

	assert.equal(listed(others).length, 0)
	assert.equal((await fetchFile(url, other)).status, 404)
	assert.equal((await fetchFile(`${url}/preview`, other)).status, 404)
	assert.equal((await fetchFile(url, broker.browser())).status, 404)
	assert.equal((await fetchFile(url.replace(/.$/, (c) => (c === '0' ? '1' : '0')))).status, 404)
	assert.equal((await fetchFile('/files/..%2f..%2fstore.key')).status, 404)
	await other.upload(others, 'upload', { remove: id })
	assert.equal((await fetchFile(url)).status, 200, 'and is not removed by others')
	await removeAll()
	assert.equal((await fetchFile(url)).status, 404)
})

test('without a login the page leads to the login and back', async () => {
	const stranger = broker.browser()
	const page = await stranger.open(`${broker.issuer}/uploads/papers`)

	assert.equal(page.name, 'login')
	assert.equal((await passwordLogin(stranger, page, { login: 'lisi' })).name, 'upload')
})

// ---- on the wire

function raw(head, ...parts) {
	const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
	const socket = connect(broker.port, '127.0.0.1')
	let text = ''

	socket.setEncoding('utf8').on('data', (data) => { text += data })
	socket.on('error', () => {})
	const closed = new Promise((done) => socket.on('close', done))
	socket.write(`POST /uploads/papers HTTP/1.1\r\nHost: 127.0.0.1:${broker.port}\r\nOrigin: ${broker.issuer}\r\nCookie: ${cookie}\r\n${head}\r\n\r\n`)
	for (const part of parts)
		socket.write(part)
	return { socket, closed, text: () => text, status: () => Number(text.split(' ')[1]) }
}
const field = (name, value) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const opening = (name, file) => `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\n\r\n`
const FORM = 'Content-Type: multipart/form-data; boundary=b'

async function sendRaw(body, head = `${FORM}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`) {
	const request = raw(head, body)

	await Promise.race([request.closed, sleep(8000)])
	request.socket.destroy()
	return { status: request.status(), error: request.text().match(/data-code="([^"]*)"/)?.[1] }
}

test('bodies that are not one thing only', async () => {
	const csrf = (await open()).form('upload').fields.csrf

	assert.deepEqual(await sendRaw(`${field('csrf', csrf)}${field('csrf', csrf)}--b--\r\n`), { status: 400, error: 'duplicate_parameter' })
	assert.deepEqual(await sendRaw(`${field('csrf', csrf)}${field('slot', 'a')}${field('slot', 'licence')}--b--\r\n`), { status: 400, error: 'duplicate_parameter' })
	assert.deepEqual(await sendRaw(`${field('csrf', csrf)}${field('slot', 'a\0b')}--b--\r\n`), { status: 400, error: 'invalid_request' })
	assert.deepEqual(await sendRaw(`preamble\r\n${field('csrf', csrf)}--b--\r\n`), { status: 400, error: 'malformed' })
	assert.deepEqual(await sendRaw(`${field('csrf', csrf)}`), { status: 400, error: 'malformed' })
	assert.equal((await sendRaw('x', 'Content-Type: multipart/form-data\r\nContent-Length: 1\r\nConnection: close')).error, 'malformed')
	assert.equal((await sendRaw('x', 'Content-Type: multipart/mixed; boundary=b\r\nContent-Length: 1\r\nConnection: close')).error, 'media_type')
	assert.equal((await sendRaw(`${field('csrf', csrf)}${field('slot', 'x'.repeat(70000))}--b--\r\n`)).error, 'too_large')
	assert.equal((await sendRaw('', `${FORM}\r\nContent-Length: 100000000\r\nConnection: close`)).error, 'too_large')
})

test('an upload that is broken off leaves nothing, not even on the disk', async () => {
	const request = raw(`${FORM}\r\nContent-Length: 9000000`, opening('file', 'a.pdf'), Buffer.alloc(3 * MIB, 65))

	await sleep(300)
	request.socket.destroy()
	await sleep(200)
	assert.equal(onDisk().length, 0)
	const front = broker.pid('front')
	const held = () => readdirSync(`/proc/${front}/fd`).map((fd) => {
		try {
			return statSync(`/proc/${front}/fd/${fd}`)
		} catch {
			return null
		}
	}).filter((st) => st?.isFile() && st.nlink === 0 && st.size > MIB)
	await until(() => held().length === 0, 'the scratch file is gone')
})

test('an upload that stops to come is ended', { timeout: 30000 }, async () => {
	const request = raw(`${FORM}\r\nContent-Length: 9000000`, opening('file', 'a.pdf'), Buffer.alloc(100000, 65))
	const begun = Date.now()

	await request.closed
	assert.ok(Date.now() - begun < 15000)
})

test('an upload that goes on slowly may go on longer than a request may take', { timeout: 30000 }, async () => {
	const csrf = (await open()).form('upload').fields.csrf
	const tail = `\r\n${field('csrf', csrf)}${field('slot', 'licence')}${field('do', 'upload')}--b--\r\n`
	const bytes = 12 * 100000, head = opening('file', 'slow.pdf'), first = '%PDF-1.4\n', last = '%%EOF\n'
	const request = raw(`${FORM}\r\nConnection: close\r\nContent-Length: ${head.length + bytes + tail.length}`, head, first)

	for (let i = 0; i < 12; i++) {
		request.socket.write(Buffer.alloc(100000 - (i ? 0 : first.length) - (i === 11 ? last.length : 0), 32))
		await sleep(1000)
	}
	request.socket.write(last + tail)
	await request.closed
	assert.equal(request.status(), 303, request.text().slice(0, 300))
	assert.equal(listed(await removeAllBut()).length, 1)
	await removeAll()
})
const removeAllBut = () => open()

test('memory does not grow with what is uploaded', { timeout: 60000 }, async () => {
	const resident = () => Number(readFileSync(`/proc/${broker.pid('front')}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024
	const bytes = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(9 * MIB, 32), Buffer.from('%%EOF\n')])

	await send('licence', { name: 'a.pdf', bytes })
	await removeAll()
	const start = resident()
	for (let i = 0; i < 5; i++) {
		await send('licence', ...[1, 2, 3].map((n) => ({ name: `${n}.pdf`, bytes })))
		await removeAll()
	}
	// Of 135 MiB. A build with sanitizers keeps what was freed for a while.
	assert.ok(resident() - start < 64, `${start} MB, then ${resident()} MB`)
})

test('every look is in the audit', async () => {
	const page = await send('photo', { name: 'a.png', bytes: png() })

	await fetchFile(listed(page)[0].url)
	await fetchFile(`${listed(page)[0].url}/preview`)
	await removeAll()
	assert.equal(broker.cli('store', 'verify-audit').code, 0)
})
