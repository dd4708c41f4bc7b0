// SPDX-License-Identifier: Apache-2.0
// Old accounts in Chromium, in both languages, wide and on a phone: the look-up and its window for portals, binding with its refusals, the page of a
// unit, and the desk with a claim, a dispute and a binding that two people end. No barrier that axe-core calls serious, nothing that scrolls sideways,
// no Chinese in English. Screenshots of all are left in out/.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, PASSWORD, USCC, passwordLogin, until } from '../flows/harness.mjs'
import { Staff } from '../flows/totp.mjs'
import { NARROW, Visitor, launch } from './surf.mjs'

const OLD = 'Old@1234', WIDE = { width: 1440, height: 900 }
const digest = createHash('md5').update(`${OLD}s`).digest('hex')
const HEADER = 'kind,legacy_id,login_name,user_type,name,phone,uscc,unit_name,digest,salt\n'
const row = (r) => [r.kind ?? 'individual', r.id, r.login ?? r.id, r.type ?? '', r.name ?? 'Old User', r.phone ?? '', r.uscc ?? '', '', digest, 's'].join(',') + '\n'
const LANGUAGES = { zh: 'zh-CN', en: 'en' }

let broker, chrome
const desks = {}
before(async () => {
	broker = await Broker.prepare({
		clients: [CLIENTS.public()], login: { namespaces: ['natural', 'legal', 'staff'], captcha_after: 100, tries: 100 },
		branding: { name: { zh: '一门统一身份认证', en: 'Yimen unified identity' } },
		completion: { mode: 'required' }, registration: { natural: { open: true }, legal: { open: true } },
		units: [{ uscc: USCC, name: 'Demo Technology Ltd', status: 'effective' }],
		review: { four_eyes: ['legacy'] },
		legacy_sources: [
			{ id: 'zzkj', name: { zh: '原科技业务管理系统', en: 'Former science system' }, scheme: 'hex(md5(p.s))', accounts: 'claim', sms_alone: 'allow',
				user_types: [{ id: 'expert', name: { zh: '专家用户', en: 'Expert' } }, { id: 'declarer', name: { zh: '申报用户', en: 'Declarer' } }] },
			{ id: 'torch', name: { zh: '火炬中心', en: 'Torch Center' }, scheme: 'hex(md5(p.s))', complete: true },
		],
	})
	broker.account({ login: 'unit_boss', namespace: 'legal', unit: USCC })
	for (const [name, role] of [['reviewer', 'reviewer'], ['support', 'support'], ['support2', 'support']])
		desks[name] = Staff.create(broker, `desk_${name}`, role)
	await broker.run()
	for (const [name, one] of Object.entries(desks))
		desks[name] = (await one.at(`${broker.issuer}/login?tab=staff`)).browser
	load('torch', [{ id: 'p1', login: '13900000001', phone: '13900000001' }])
	chrome = await launch()
})
after(async () => {
	await chrome.close()
	await broker.stop()
})

function load(source, rows) {
	const file = join(broker.dir, `rows-${Math.random()}.csv`)

	writeFileSync(file, HEADER + rows.map(row).join(''))
	const result = broker.cli('legacy', 'import', '--source', source, file)
	assert.equal(result.code, 0, result.err + result.out)
}

async function check(visitor, name) {
	if (name.startsWith('en-')) {
		const said = await visitor.page.evaluate(() => [document.title, document.body.innerText, ...[...document.querySelectorAll('[placeholder],[aria-label]')]
			.map((one) => `${one.placeholder ?? ''} ${one.getAttribute('aria-label') ?? ''}`)].join('\n'))
		assert.doesNotMatch(said.replaceAll('中文', ''), /[　-鿿＀-￯]/, `${name} says in Chinese`)
		assert.doesNotMatch(said, /\b(form|field|error|bind|legacy|lookup|unit_legacy|legacy_task|task)\.[a-z_]+/, `${name}: a text has no text`)
	}
	await visitor.shot(`legacy-${name}-wide`)
	assert.deepEqual(await visitor.barriers(), [], name)
	await visitor.page.setViewportSize(NARROW)
	await visitor.shot(`legacy-${name}-narrow`)
	assert.ok(await visitor.scrollsSideways() <= 0, `${name} scrolls sideways at 360 px`)
	await visitor.page.setViewportSize(WIDE)
}

/** Whoever is logged in in @browser (none: nobody), at Chromium. */
const as = (browser, language, walk) => Visitor.with(chrome, { language: LANGUAGES[language] }, async (visitor) => {
	visitor.context.setDefaultTimeout(8000)
	if (browser)
		await visitor.context.addCookies([...browser.cookies].map(([name, value]) => ({ name, value, url: broker.issuer })))
	await walk(visitor)
})
const captcha = () => broker.outbox().filter((line) => line.captcha).at(-1).captcha
async function person(login, more = {}) {
	const browser = broker.browser()

	broker.account({ login, ...more })
	await passwordLogin(browser, await browser.open(broker.client('demo-public').request().url), { login })
	return browser
}
async function choose(visitor, values) {
	for (const [name, value] of Object.entries(values)) {
		const field = visitor.page.locator(`main [name="${name}"]`).first()
		const kind = await field.evaluate((one) => one.tagName === 'SELECT' ? 'select' : one.type)

		if (kind === 'select')
			await field.selectOption(value)
		else if (kind === 'radio')
			await visitor.page.locator(`main [name="${name}"][value="${value}"]`).check()
		else
			await field.fill(value)
	}
}
async function record(visitor, q) {
	await visitor.open(`${broker.issuer}/legacy`)
	await visitor.fill('q', q)
	await visitor.click('submit-search')
	await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('main a[href^="/legacy/"]').first().click()])
	await visitor.at('legacy-record')
}
async function task(visitor, title) {
	await visitor.open(`${broker.issuer}/tasks`)
	await Promise.all([visitor.page.waitForEvent('domcontentloaded'), visitor.page.locator('#tasks a', { hasText: title }).first().click()])
	await visitor.at('task')
	if (await visitor.has('claim'))
		await visitor.click('claim')
}

for (const lang of Object.keys(LANGUAGES)) {
	const n = lang === 'zh' ? 1 : 2, name = (what) => `${lang}-${what}`

	test(`${lang}: the look-up, as a page and as the window that a portal opens`, () => as(null, lang, async (visitor) => {
		for (const [path, what] of [['/lookup', 'lookup'], ['/lookup/window', 'window']]) {
			await visitor.open(broker.issuer + path)
			await visitor.at('lookup')
			await check(visitor, name(what))
			await visitor.page.locator('[type="submit"]').last().click()
			await visitor.page.waitForLoadState()
			await check(visitor, name(`${what}-empty`))
			for (const [kind, key] of [['individual', '13900000001'], ['individual', '13900000009'], ['enterprise', '91110108MA01ET88XL']]) {
				await visitor.open(broker.issuer + path)
				await choose(visitor, { kind, key, captcha: captcha() })
				await visitor.page.locator('form#lookup [type="submit"]').first().click()
				await visitor.page.waitForSelector('#result')
				await check(visitor, name(`${what}-${kind}-${key.slice(-2)}`))
			}
		}
		await visitor.page.setViewportSize({ width: 480, height: 560 })
		await visitor.shot(`legacy-${name('window-small')}`)
	}))

	test(`${lang}: binding: by the phone with its refusals, by password, disputed, and what is bound`, async () => {
		const phone = `1370000010${n}`

		load('zzkj', [{ id: `e${n}`, type: 'expert', phone }, { id: `d${n}`, type: 'declarer', phone }, { id: `t${n}`, type: 'expert' }, { id: `w${n}`, type: 'expert' }])
		const holder = await person(`holder_${lang}`)
		assert.ok((await holder.submit(await holder.open(`${broker.issuer}/bind/password`), 'bind', { known_login: `t${n}`, password_old: OLD, source: 'zzkj', user_type: 'expert' })).status < 400)
		await as(await person(`binder_${lang}`, { name: 'New User' }), lang, async (visitor) => {
			await visitor.open(broker.client('demo-public').request().url)
			await visitor.at('complete')
			await check(visitor, name('complete'))
			await visitor.click('go-bind')
			await visitor.at('bind')
			await check(visitor, name('bind'))
			const source = async () => await visitor.page.locator('main [name="source"]').count() ? { source: 'zzkj' } : {}
			const send = async (values) => {
				await choose(visitor, { ...await source(), ...values, captcha: captcha() })
				await visitor.click('submit-send')
			}
			await send({ user_type: 'declarer', phone: '13799999999' })
			await check(visitor, name('bind-unknown'))
			await send({ user_type: 'declarer', phone })
			await check(visitor, name('bind-expert-first'))
			await visitor.click('way-password')
			await check(visitor, name('bind-password'))
			await choose(visitor, { ...await source(), known_login: `t${n}`, password_old: OLD })
			await visitor.click('submit-bind')
			assert.ok(await visitor.has('go-dispute'))
			await check(visitor, name('bind-taken'))
			await visitor.click('go-dispute')
			await check(visitor, name('bind-review'))
			await choose(visitor, { ...await source(), user_type: 'expert', known_login: `t${n}`, reason: 'It is mine' })
			await visitor.click('submit-bind')
			assert.ok(await visitor.has('waits'))
			await check(visitor, name('bind-waits'))
			await visitor.click('way-sms')
			await send({ user_type: 'expert', phone })
			await until(() => broker.outbox().some((line) => line.phone?.endsWith(phone) && line.code), 'the code')
			await check(visitor, name('bind-sent'))
			await visitor.fill('code', broker.code(phone))
			await visitor.click('submit-bind').catch(() => {}) /* on to a client where nothing listens */
			await visitor.open(`${broker.issuer}/account/bindings`)
			assert.match(await visitor.page.locator('main').innerText(), new RegExp(`e${n}`))
			await check(visitor, name('bindings'))
		})
	})

	test(`${lang}: a unit sees what carries its code, page by page, confirms and disputes`, async () => {
		const boss = broker.browser()

		load('zzkj', Array.from({ length: 12 }, (_, i) => ({ kind: 'enterprise', id: `u${n}x${i}`, type: 'declarer', uscc: USCC })))
		for (const i of [0, 1]) {
			const holder = await person(`unit_holder_${lang}${i}`, { name: 'Some Body' })
			await holder.submit(await holder.open(`${broker.issuer}/bind/password`), 'bind', { known_login: `u${n}x${i}`, password_old: OLD, source: 'zzkj', user_type: 'declarer' })
		}
		await passwordLogin(boss, await boss.open(`${broker.issuer}/account`), { login: 'unit_boss', namespace: 'legal' })
		await as(boss, lang, async (visitor) => {
			await visitor.open(`${broker.issuer}/unit/legacy`)
			await visitor.at('unit-legacy')
			await check(visitor, name('unit'))
			const forms = visitor.page.locator('form[id^="row-"]')
			const first = visitor.page.locator('li', { hasText: `u${n}x0` }).locator('form')
			if (!await first.count())
				await visitor.click('next')
			await Promise.all([visitor.page.waitForEvent('domcontentloaded'), first.locator('button[value="confirm"]').click()])
			await Promise.all([visitor.page.waitForEvent('domcontentloaded'), forms.last().locator('button[value="dispute"]').click()])
			assert.ok(await visitor.has('error'), 'without a reason')
			await check(visitor, name('unit-reason'))
			await forms.last().locator('input[name="reason"]').fill('Left the unit')
			await Promise.all([visitor.page.waitForEvent('domcontentloaded'), forms.last().locator('button[value="dispute"]').click()])
			await check(visitor, name('unit-disputed'))
			await visitor.open(`${broker.issuer}/members`)
			await check(visitor, name('members'))
		})
	})

	test(`${lang}: the desk: an owner who has joined accounts; two people take them apart`, async () => {
		load('zzkj', [{ id: `m${n}`, type: 'expert' }])
		const merged = await person(`merged_${lang}`, { phone: `1360000000${n}` })
		await merged.submit(await merged.open(`${broker.issuer}/bind/password`), 'bind', { known_login: `m${n}`, password_old: OLD, source: 'zzkj', user_type: 'expert' })
		broker.set(`merged_${lang}`, { 'realname-level': 2, name: 'New User' })
		await broker.client('demo-public').login(merged, { login: (page) => page })
		const other = await person(`joined_${lang}`, { phone: `1360000001${n}` })
		const merge = `${broker.issuer}/account/merge`, { csrf } = (await other.open(merge)).html.match(/name="csrf" value="(?<csrf>[^"]+)"/).groups
		const login = await other.go(merge, { method: 'POST', form: { csrf, do: 'begin' }, headers: { Origin: broker.issuer } })
		await other.submit(await passwordLogin(other, login, { login: `merged_${lang}` }), 'merge', { do: 'merge' })
		await as(desks.support, lang, async (visitor) => {
			await record(visitor, `m${n}`)
			assert.ok(await visitor.has('merges'))
			await check(visitor, name('record-merged'))
			await visitor.click('submit-split')
			assert.equal(await visitor.error(), 'field_empty')
			await check(visitor, name('record-split-reason'))
			await visitor.fill('split_reason', 'Not one person')
			await visitor.click('submit-split')
			assert.ok(!await visitor.has('submit-split'), 'one asks')
			await check(visitor, name('record-split-asked'))
		})
		await as(desks.support2, lang, async (visitor) => {
			await record(visitor, `m${n}`)
			await check(visitor, name('record-split-second'))
			await visitor.fill('split_reason', 'I agree')
			await visitor.click('submit-split')
			assert.ok(await visitor.has('merges') && !await visitor.has('split'))
			await check(visitor, name('record-apart'))
		})
	})

	test(`${lang}: the desk: how far it is, the search, one record and its end by two people; a dispute, a claim by somebody at the limit`, async () => {
		const claimant = await person(`limit_${lang}`, { name: `Limit ${lang}` })

		load('zzkj', [{ id: `l${n}a`, type: 'expert' }, { id: `l${n}b`, type: 'expert' }])
		await claimant.submit(await claimant.open(`${broker.issuer}/bind/password`), 'bind', { known_login: `l${n}a`, password_old: OLD, source: 'zzkj', user_type: 'expert' })
		await claimant.upload(await claimant.open(`${broker.issuer}/bind/review`), 'bind', { source: 'zzkj', user_type: 'expert', known_login: `l${n}b`, phone: '', reason: 'Both are mine' })
		await as(desks.support, lang, async (visitor) => {
			await visitor.open(`${broker.issuer}/legacy`)
			await check(visitor, name('desk'))
			await visitor.fill('q', '13900000001')
			await visitor.click('submit-search')
			await check(visitor, name('desk-found'))
			await visitor.fill('q', 'nobody')
			await visitor.click('submit-search')
			await check(visitor, name('desk-none'))
			await record(visitor, `t${n}`)
			await check(visitor, name('record'))
			await visitor.click('submit-unbind')
			assert.equal(await visitor.error(), 'field_empty')
			await check(visitor, name('record-reason'))
			await visitor.fill('reason', 'Bound by mistake')
			await visitor.click('submit-unbind')
			assert.ok(await visitor.has('asked'))
			assert.ok(await visitor.has('waits') && !await visitor.has('unbind'))
			await check(visitor, name('record-asked'))
		})
		await as(desks.support2, lang, async (visitor) => {
			await record(visitor, `t${n}`)
			await check(visitor, name('record-second'))
			await visitor.fill('reason', 'I agree')
			await visitor.click('submit-unbind')
			assert.equal(await visitor.page.locator('#standing').getAttribute('data-standing'), 'free')
			await check(visitor, name('record-free'))
		})
		await as(desks.reviewer, lang, async (visitor) => {
			await visitor.open(`${broker.issuer}/tasks`)
			await check(visitor, name('tasks'))
			await task(visitor, `Limit ${lang}`)
			await check(visitor, name('task-limit'))
			await visitor.click('submit-decision')
			await check(visitor, name('task-approved-once'))
			await task(visitor, 'Demo Technology')
			await check(visitor, name('task-dispute'))
			await visitor.page.locator('#decision-reject').check()
			await visitor.fill('reason', 'Still there')
			await visitor.click('submit-decision')
			await check(visitor, name('task-rejected'))
		})
	})
}
