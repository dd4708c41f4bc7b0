// SPDX-License-Identifier: Apache-2.0
// mod_auth_openidc, a relying party and a resource server written in C by others, in an Apache of its own on loopback.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker, CLIENTS, client, freePort, passwordLogin, until } from '../flows/harness.mjs'
import { Page, unescape } from '../flows/browser.mjs'

const MODULES = '/usr/lib/apache2/modules'
const SERVER = ['/usr/sbin/apache2', '/usr/sbin/httpd'].find(existsSync)
const missing = !SERVER ? 'apache2 is not installed (package apache2-bin)'
	: !existsSync(join(MODULES, 'mod_auth_openidc.so')) ? 'mod_auth_openidc is not installed (package libapache2-mod-auth-openidc)' : false
const SECRET = 'a-secret-of-32-characters-long!!'

class Apache {
	static async start(lines, port) {
		const apache = new Apache()

		apache.home = `http://127.0.0.1:${port}`
		apache.dir = mkdtempSync(join(tmpdir(), 'yimen-apache-'))
		chmodSync(apache.dir, 0o755) // started by root it serves as nobody
		for (const place of ['private', 'api', 'bye', 'run'])
			mkdirSync(join(apache.dir, place))
		for (const place of ['private', 'api'])
			writeFileSync(join(apache.dir, place, 'index.shtml'), '<!--#printenv -->\n')
		writeFileSync(join(apache.dir, 'bye', 'index.shtml'), 'bye\n')
		writeFileSync(join(apache.dir, 'apache.conf'), [
			`ServerRoot ${apache.dir}`, `Listen 127.0.0.1:${port}`, 'ServerName 127.0.0.1', `DocumentRoot ${apache.dir}`, `PidFile ${apache.dir}/run/pid`,
			`DefaultRuntimeDir ${apache.dir}/run`, 'Mutex pthread default', `ErrorLog ${apache.dir}/error.log`, 'LogLevel warn auth_openidc:debug',
			...(process.getuid() === 0 ? ['User #65534', 'Group #65534'] : []),
			...['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'mime', 'include', 'headers', 'auth_openidc'].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
			'StartServers 1', 'ServerLimit 1', 'ThreadsPerChild 8', 'MaxRequestWorkers 8', 'TypesConfig /dev/null', 'AddType text/html .shtml', 'AddOutputFilter INCLUDES .shtml',
			'RequestHeader unset Sec-Fetch-Mode early', // node's fetch says that it is no navigation, and gets 401 instead of the redirect
			`<Directory ${apache.dir}>`, 'Options +Includes', 'DirectoryIndex index.shtml', 'Require all granted', '</Directory>', ...lines, '',
		].join('\n'))
		apache.process = spawn(SERVER, ['-f', join(apache.dir, 'apache.conf'), '-D', 'FOREGROUND'], { stdio: ['ignore', 'ignore', 'pipe'] })
		apache.said = ''
		apache.process.stderr.setEncoding('utf8').on('data', (text) => apache.said += text)
		apache.ended = new Promise((done) => apache.process.once('close', done))
		process.on('exit', apache.kill = () => apache.process.kill('SIGTERM'))
		await until(async () => {
			if (apache.process.exitCode !== null)
				throw new Error(`apache2 ended: ${apache.said}${apache.log()}`)
			return fetch(`${apache.home}/bye/`).then((r) => r.ok, () => false)
		}, 'apache2 answers')
		return apache
	}

	log() {
		const file = join(this.dir, 'error.log')

		return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => !/:debug\]/.test(line)).slice(-15).join('\n') : ''
	}

	async stop() {
		process.off('exit', this.kill)
		this.process.kill('SIGTERM')
		await this.ended
		rmSync(this.dir, { recursive: true, force: true })
	}
}

/** Follow every redirect, as a browser does; apache2 uses 302. */
async function visit(person, url, options) {
	for (let hops = 0; hops < 12; hops++) {
		const response = await person.request(url, options)
		const location = response.headers.get('location')

		if (!location) {
			const page = new Page(url, response.status, response.headers, response.body_)
			const form = page.form('form-post')

			if (!form)
				return page
			url = form.action
			options = { method: 'POST', form: form.fields }
			continue
		}
		url = new URL(location, url).href
		options = undefined
	}
	throw new Error(`too many redirects, last ${url}`)
}

/** Fill in the login form of the page and follow. */
function logIn(person, page) {
	const form = page.form('login-password')

	return visit(person, form.action, { method: 'POST', form: { ...form.fields, login_name: 'zhangsan', password: 'Demo@1234' }, headers: { Origin: new URL(page.url).origin } })
}

/** What SSI's printenv shows. */
const environment = (page) => Object.fromEntries([...page.html.matchAll(/^(\w+)=(.*)$/gm)].map((m) => [m[1], unescape(m[2])]))

for (const [name, id, alg, lines, own = { secret: SECRET }] of [
	['client_secret_basic, answer by query', 'apache-basic', 'ES256', ['OIDCProviderTokenEndpointAuth client_secret_basic', 'OIDCResponseMode query']],
	['client_secret_post, answer by form_post, RS256', 'apache-post', 'RS256', ['OIDCProviderTokenEndpointAuth client_secret_post', 'OIDCResponseMode form_post']],
	['a public client with nothing but PKCE', 'apache-public', 'ES256', ['OIDCProviderTokenEndpointAuth none'], { type: 'public' }],
]) {
	test(`mod_auth_openidc, ${name}`, { skip: missing }, async (t) => {
		const port = await freePort()
		const home = `http://127.0.0.1:${port}`
		const broker = await Broker.start({
			keys: { algorithms: ['ES256', 'RS256'] },
			clients: [client(id, { ...own, id_token_alg: alg, redirect_uris: [`${home}/private/callback`], post_logout_redirect_uris: [`${home}/bye/`],
				backchannel_logout_uri: `${home}/private/callback?logout=backchannel` }),
				CLIENTS.rs(), CLIENTS.service()],
		}, [{ login: 'zhangsan', phone: '13800138000', name: '张三' }])
		t.after(() => broker.stop())
		const apache = await Apache.start([
			`OIDCProviderMetadataURL ${broker.issuer}/.well-known/openid-configuration`, `OIDCRedirectURI ${home}/private/callback`, `OIDCClientID ${id}`,
			...(own.secret ? [`OIDCClientSecret ${SECRET}`] : []), 'OIDCPKCEMethod S256', 'OIDCScope "openid profile phone"', `OIDCIDTokenSignedResponseAlg ${alg}`,
			'OIDCRemoteUserClaim preferred_username', 'OIDCCryptoPassphrase only-for-this-test', 'OIDCPassClaimsAs environment', 'OIDCPassRefreshToken On',
			'OIDCCookieSameSite On', ...lines,
			// the metadata, because its options for the endpoints alone take nothing but https
			`OIDCOAuthServerMetadataURL ${broker.issuer}/.well-known/oauth-authorization-server`, 'OIDCOAuthClientID demo-rs', 'OIDCOAuthClientSecret demo-rs-secret',
			'OIDCOAuthRemoteUserClaim client_id',
			'<Location /private>', 'AuthType openid-connect', 'Require valid-user', '</Location>',
			'<Location /api>', 'AuthType oauth20', 'Require claim scope:api.read', '</Location>',
		], port)
		t.after(() => apache.stop())
		const person = broker.browser()

		await t.test('a protected page leads to the login, and back to the page with REMOTE_USER and claims', async () => {
			const page = await visit(person, `${home}/private/?x=1`)

			assert.equal(page.name, 'login', `${page}\n${page.html.slice(0, 400)}\n${apache.log()}`)
			const back = await logIn(person, page)
			const env = environment(back)
			assert.equal(env.REMOTE_USER, 'zhangsan', `${back}\n${back.html.slice(0, 400)}\n${apache.log()}`)
			assert.equal(back.url, `${home}/private/?x=1`)
			assert.equal(env.OIDC_CLAIM_iss, broker.issuer)
			assert.equal(env.OIDC_CLAIM_aud, id)
			assert.equal(env.OIDC_CLAIM_phone_number, '13800138000')
			assert.equal(env.OIDC_CLAIM_user_type, 'natural')
			assert.ok(env.OIDC_CLAIM_sub && env.OIDC_access_token && env.OIDC_refresh_token)
		})

		await t.test('its session goes on without us; without one, ours answers at once', async () => {
			assert.equal(environment(await visit(person, `${home}/private/`)).REMOTE_USER, 'zhangsan')
			person.cookies.delete('mod_auth_openidc_session')
			assert.equal(environment(await visit(person, `${home}/private/`)).REMOTE_USER, 'zhangsan')
		})

		await t.test('it refreshes the access token', async () => {
			const { OIDC_access_token: token } = environment(await visit(person, `${home}/private/`))
			const end = await visit(person, `${home}/private/callback?refresh=${encodeURIComponent(`${home}/private/`)}&access_token=${encodeURIComponent(token)}`)

			assert.equal(end.url, `${home}/private/`, `${end}\n${apache.log()}`)
			assert.notEqual(environment(end).OIDC_access_token, token)
		})

		await t.test('logout ends both sessions and comes back', async () => {
			const end = await visit(person, `${home}/private/callback?logout=${encodeURIComponent(`${home}/bye/`)}`)

			assert.equal(end.url, `${home}/bye/`, `${end}\n${end.html.slice(0, 400)}\n${apache.log()}`)
			assert.equal((await visit(person, `${home}/private/`)).name, 'login')
		})

		await t.test('a person who goes away at our login page gets in later', async () => {
			await visit(person, `${home}/private/`)
			const page = await visit(person, `${home}/private/`)

			assert.equal(environment(await logIn(person, page)).REMOTE_USER, 'zhangsan')
		})

		await t.test('a session that the operator ends here ends its own, by a logout token that it verifies', async () => {
			const env = environment(await visit(person, `${home}/private/`))

			assert.equal(env.REMOTE_USER, 'zhangsan')
			assert.equal(broker.cli('account', 'logout', '--login', 'zhangsan').code, 0)
			await until(() => broker.cli('client', 'notices', '--status', 'waiting').json.notices.length === 0, 'told')
			const { notices } = broker.cli('client', 'notices').json
			assert.ok(notices.length > 1 && notices.every((one) => one.status === 'done'), `${JSON.stringify(notices, null, 1)}\n${apache.log()}`)
			assert.equal((await visit(person, `${home}/private/`)).name, 'login')
		})

		await t.test('as a resource server it takes our access tokens, and no others', async () => {
			const ask = (token) => fetch(`${home}/api/`, { headers: { Authorization: `Bearer ${token}` } })
			const { json } = await broker.client('demo-service').token({ grant_type: 'client_credentials' })
			const good = await ask(json.access_token)

			assert.equal(good.status, 200, apache.log())
			assert.match(await good.text(), /^REMOTE_USER=demo-service$/m)
			assert.equal((await ask('nothing')).status, 401)
			const other = await broker.client('demo-service').token({ grant_type: 'client_credentials', scope: 'api.write' })
			assert.notEqual((await ask(other.json.access_token)).status, 200, 'without the scope')
		})
	})
}
