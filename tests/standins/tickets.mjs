// SPDX-License-Identifier: Apache-2.0
// tickets - what the stand-ins of ticket platforms share: tickets that work once, hashes as they write them, and who is known there.
import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { PEOPLE, Standin, walk } from './standin.mjs'
import { uscc } from '../flows/uscc.mjs'

export const md5 = (text) => createHash('md5').update(text).digest('hex')
export const hmac = (secret, text, encoding) => createHmac('sha256', secret).update(text).digest(encoding)
export const sm3 = (text) => createHash('sm3').update(text).digest('hex').toUpperCase()
export function aesEcbHex(key, text) {
	const cipher = createCipheriv('aes-128-ecb', key, null)

	return cipher.update(text, 'utf8', 'hex') + cipher.final('hex')
}

/** What a platform knows beyond PEOPLE: the same two people, with documents and units. */
export const FILES = {
	lisi: { ...PEOPLE.lisi, id: '00000000000000000000000000000001', number: '110101199003070636', unit: '嘉兴甲科技有限公司', region: '330402' },
	wangwu: { ...PEOPLE.wangwu, id: '00000000000000000000000000000002', number: '110101199003070716', unit: '嘉兴乙科技有限公司', region: '330402' },
}
/** A credit code that no other platform of a suite has: units are one for all. */
export const code = (platform, person) => uscc('330402', `MA${platform}${person === 'lisi' ? '001' : '002'}`)

const beijing = (time) => {
	const t = time?.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/)

	return t ? Date.parse(`${t[1]}-${t[2]}-${t[3]}T${t[4]}:${t[5]}:${t[6]}+08:00`) : NaN
}

export class TicketPlatform extends Standin {
	constructor(options) {
		super(options)
		this.people = FILES
	}

	/** "yyyyMMddHHmmss" of now in China, give or take five minutes. */
	isNow(time) {
		return Math.abs(beijing(time) - Date.now()) < 300_000
	}

	/** A page at @path where somebody logs in; @back(call's query, ticket) → where to, for who agrees. Who refuses stays. */
	entrance(path, back) {
		this.page(`GET ${path}`, (call) => this.form(path, { asked: JSON.stringify(call.query) }))
		this.page(`POST ${path}`, (call) => {
			const asked = JSON.parse(call.form.asked)

			if (call.form.do === 'refuse')
				return { body: '<!doctype html><main id="main" data-page="refused"><h1>已取消</h1></main>' }
			return back(asked, this.code(call.form.person, asked))
		})
	}

	/** The registered address with @params, as a redirect. */
	sendBack(params, address = this.registered) {
		const url = new URL(address)

		for (const [key, value] of Object.entries({ ...params, ...this.change.callback }))
			if (value !== undefined && value !== null)
				url.searchParams.set(key, value)
		return { redirect: url.href }
	}

	/** The same as a form that posts itself. */
	postBack(params, address = this.registered) {
		const fields = Object.entries({ ...params, ...this.change.callback }).filter(([, value]) => value !== undefined && value !== null)
			.map(([key, value]) => `<input type="hidden" name="${key}" value="${value}">`).join('')

		return { body: `<!doctype html><html lang="zh-CN"><head><title>跳转</title></head><body><main id="main" data-page="posting"><form id="post-back" method="post" action="${address.replaceAll('&', '&amp;')}">${fields}
<button type="submit">继续</button></form></main><script>document.getElementById('post-back').submit()</script></body></html>` }
	}
}

/** Through the page and the form that posts itself. */
export async function walkPost(browser, page, how) {
	const posting = await walk(browser, page, how)

	return posting.name === 'posting' ? browser.submit(posting, 'post-back') : posting
}
