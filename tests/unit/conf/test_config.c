/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "conf/config.h"
#include "conf/config_rows.h"
#include "conf/overlay.h"
#include "tests/unit/conf/printed.h"

#define FILE_NAME "c.yaml"

/* Stand-ins for the providers and gateways of the layers above. */
struct upstream {
	struct span issuer, client_id;
	struct secret client_secret;
};

static const struct option upstream_rows[] = {
	{ "issuer", OPTION_STRING, offsetof(struct upstream, issuer), .doc = "Issuer." },
	{ "client_id", OPTION_STRING, offsetof(struct upstream, client_id), .doc = "Client." },
	{ "client_secret", OPTION_SECRET, offsetof(struct upstream, client_secret), .doc = "Secret." },
	{ 0 },
};

struct outbox {
	struct span file;
};

static const struct option outbox_rows[] = {
	{ "file", OPTION_PATH, offsetof(struct outbox, file), .doc = "File." },
	{ 0 },
};

static const struct option_variant oidc = { "oidc", "OpenID Connect.", upstream_rows, sizeof(struct upstream), NULL };
static const struct option_variant outbox = { "outbox", "A file.", outbox_rows, sizeof(struct outbox), NULL };
static const struct option_variant *const providers[] = { &oidc, NULL }, *const gateways[] = { &outbox, NULL },
	*const verifiers[] = { &outbox, NULL };
static const struct option_registry registries[CONFIG_REGISTRIES] = {
	[CONFIG_PROVIDERS] = { providers }, [CONFIG_SMS_GATEWAYS] = { gateways }, [CONFIG_VERIFIERS] = { verifiers },
};

static int load(const char *path, const char *const *overrides, const struct config **ret_config)
{
	return config_load(&(struct config_sources){ .path = path, .overrides = overrides, .registries = registries }, &problems,
	    ret_config);
}

#define HEAD "issuer: https://id.example.cn\n"
#define CLIENT HEAD "clients:\n- id: c\n  secret: 0123456789abcdef\n"
#define PORTAL CLIENT "  redirect_uris: [https://p.example.cn/cb]\n"
#define PUBLIC HEAD "clients:\n- id: c\n  type: public\n  redirect_uris: [https://p.example.cn/cb]\n"

static const struct {
	const char *name, *text, *want;
} bad[] = {
	{ "an issuer is needed", "language: en\n", "c.yaml:1:1: \"issuer\" is missing\n" },
	{ "an empty file has no issuer", "# nothing\n", "c.yaml: \"issuer\" is missing\n" },
	{ "an issuer is a URL", "issuer: id.example.cn\n",
	  "c.yaml:1:9: \"issuer\" must be a URL such as https://id.example.gov.cn\n" },
	{ "an issuer is https", "issuer: http://id.example.cn\n",
	  "c.yaml:1:9: \"issuer\" must begin with https:// (http only on loopback)\n" },
	{ "hours of real-name verification are two", HEAD "realname:\n  from: 08:00\n",
	  "c.yaml:3:9: \"realname.from\" and \"realname.to\" belong together\n" },
	{ "hours of real-name verification are times of day", HEAD "realname:\n  from: 8:00\n  to: 24:01\n",
	  "c.yaml:3:9: \"realname.from\" must be a time of day such as 08:00\nc.yaml:4:7: \"realname.to\" must be a time of day such as 18:00\n" },
	{ "a verifier is not asked less often than it must be", HEAD "realname:\n  retry_after: 2h\n",
	  "c.yaml:3:16: \"realname.retry_after\" must not exceed \"realname.retry_most\"\n" },
	{ "an issuer has no slash at its end", "issuer: https://id.example.cn/\n",
	  "c.yaml:1:9: \"issuer\" must not end with a slash\n" },
	{ "an issuer has no query", "issuer: https://id.example.cn?a=b\n",
	  "c.yaml:1:9: \"issuer\" must not have a query or a fragment\n" },
	{ "an issuer has no fragment", "issuer: https://id.example.cn#a\n",
	  "c.yaml:1:9: \"issuer\" must not have a query or a fragment\n" },
	{ "demo is for loopback", HEAD "demo: true\n", "c.yaml:2:7: \"demo\" is only for an issuer on loopback\n" },
	{ "data loss is for loopback", HEAD "store: {sync: false}\n",
	  "c.yaml:2:15: \"store.sync: false\" loses acknowledged data; only for an issuer on loopback\n" },
	{ "an address that others reach", HEAD "http: {listen: ['127.0.0.1:1', '0.0.0.0:8400']}\n",
	  "c.yaml:2:32: \"http.listen\": others can reach 0.0.0.0:8400; put nginx in front, or set http.insecure_expose\n" },
	{ "an address twice", HEAD "http: {listen: ['127.0.0.1:1', '127.0.0.1:1']}\n",
	  "c.yaml:2:32: \"http.listen\" names 127.0.0.1:1 twice\n" },
	{ "a certificate without its key", HEAD "http: {tls_cert: x}\n",
	  "c.yaml:2:7: \"http.tls_cert\" and \"http.tls_key\" belong together\n" },
	{ "everyone is no trusted proxy", HEAD "http:\n  trusted_proxies: ['::/0']\n",
	  "c.yaml:3:20: \"http.trusted_proxies\" must not be everyone\n" },
	{ "a JWKS cached for longer than a key is announced", HEAD "keys: {jwks_max_age: 2d}\n",
	  "c.yaml:2:22: \"keys.jwks_max_age\" must not exceed \"keys.publish_ahead\"\n" },
	{ "a session idle for longer than it lasts", HEAD "session:\n  idle: 9h\n",
	  "c.yaml:3:9: \"session.idle\" must not exceed \"session.absolute\"\n" },
	{ "an outbound call longer than its request", HEAD "net: {timeout: 20s}\n",
	  "c.yaml:2:16: \"net.timeout\" must not exceed \"http.request_timeout\"\n" },
	{ "phone login without a gateway", HEAD "login: {phone_otp: true}\n",
	  "c.yaml:2:20: \"login.phone_otp\" needs \"sms.gateway\"\n" },
	{ "a provider's id stands in URLs", HEAD "providers: [{id: Up, type: oidc}]\n",
	  "c.yaml:2:18: the id of a provider is made of a-z, 0-9 and -\n" },
	{ "a provider has a type", HEAD "providers: [{id: up}]\n", "c.yaml:2:13: \"providers[up].type\" is missing\n" },
	{ "a type that is near", HEAD "providers: [{id: up, type: odic}]\n",
	  "c.yaml:2:28: \"providers[up].type\" must be one of oidc, not \"odic\"\n" },
	{ "two clients with one id", CLIENT "  grant_types: [client_credentials]\n- id: c\n  secret: 0123456789abcdef\n  "
	  "grant_types: [client_credentials]\n",
	  "c.yaml:6:7: \"clients\" has two entries with id \"c\" (the other at c.yaml:3:7)\n" },
	{ "an id with a space", HEAD "clients: [{id: a b, secret: 0123456789abcdef, grant_types: [client_credentials]}]\n",
	  "c.yaml:2:16: client \"a b\": the id is made of letters, digits and -._~\n" },
	{ "a near key of a client", PORTAL "  redirect_uri: x\n",
	  "c.yaml:6:3: unknown key \"redirect_uri\" in \"clients[c]\" (did you mean \"redirect_uris\"?)\n" },
	{ "a public client with a secret", PUBLIC "  secret: 0123456789abcdef\n",
	  "c.yaml:6:11: client \"c\": a public client has no secret and no key\n" },
	{ "a public client without PKCE", PUBLIC "  pkce: optional\n",
	  "c.yaml:6:9: client \"c\": PKCE is required of a public client\n" },
	{ "a public client that authenticates", PUBLIC "  auth_methods: [client_secret_basic]\n",
	  "c.yaml:6:17: client \"c\": a public client authenticates with none\n" },
	{ "client credentials of a public client", PUBLIC "  grant_types: [authorization_code, client_credentials]\n",
	  "c.yaml:6:16: client \"c\": client_credentials needs a confidential client (RFC 6749 4.4)\n" },
	{ "a confidential client with nothing to show", HEAD "clients:\n- id: c\n  grant_types: [client_credentials]\n",
	  "c.yaml:3:3: client \"c\": it needs \"secret\", \"secret_file\" or \"secret_hash\"\n" },
	{ "a confidential client with none", PORTAL "  auth_methods: [none, client_secret_basic]\n",
	  "c.yaml:6:17: client \"c\": a confidential client authenticates; \"none\" is for \"type: public\"\n" },
	{ "a short secret", HEAD "clients:\n- id: c\n  secret: 0123456789abcde\n  grant_types: [client_credentials]\n",
	  "c.yaml:4:11: client \"c\": the secret is shorter than 16 bytes\n" },
	{ "private_key_jwt without a key", PORTAL "  auth_methods: [private_key_jwt, client_secret_basic]\n",
	  "c.yaml:6:17: client \"c\": private_key_jwt and \"jwks\" or \"key\" belong together\n" },
	{ "a key that is no key", HEAD "clients: [{id: c, key: x, grant_types: [client_credentials]}]\n",
	  "c.yaml:2:24: client \"c\": \"key\" must be a key in PEM\n" },
	{ "a JWK set that is none", HEAD "clients: [{id: c, jwks: '{}', grant_types: [client_credentials]}]\n",
	  "c.yaml:2:25: client \"c\": \"jwks\" must be a JWK set: {\"keys\": [...]}\n" },
	{ "a JWK set with a private key",
	  HEAD "clients: [{id: c, jwks: '{\"keys\":[{\"d\":\"x\"}]}', grant_types: [client_credentials]}]\n",
	  "c.yaml:2:25: client \"c\": \"jwks\" must hold public keys only\n" },
	{ "a secret hash in capitals", HEAD "clients:\n- id: c\n  secret_hash: "
	  "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n  grant_types: [client_credentials]\n",
	  "c.yaml:4:16: client \"c\": \"secret_hash\" must be SHA-256 in lower-case hex\n" },
	{ "a code flow without a place to return to", CLIENT,
	  "c.yaml:3:3: client \"c\": authorization_code needs \"redirect_uris\"\n" },
	{ "a wildcard in a redirect URI", CLIENT "  redirect_uris:\n  - https://*.example.cn/\n",
	  "c.yaml:6:5: client \"c\": \"https://*.example.cn/\" must not have a wildcard: answers go only to what stands here byte "
	  "for byte\n" },
	{ "a fragment in a redirect URI", CLIENT "  redirect_uris: ['https://p.example.cn/#x']\n",
	  "c.yaml:5:19: client \"c\": \"https://p.example.cn/#x\" must not have a fragment\n" },
	{ "a relative redirect URI", CLIENT "  redirect_uris: [/cb]\n",
	  "c.yaml:5:19: client \"c\": \"/cb\" must be an absolute http or https URL\n" },
	{ "user information in a redirect URI", CLIENT "  redirect_uris: ['https://a@p.example.cn/']\n",
	  "c.yaml:5:19: client \"c\": \"https://a@p.example.cn/\" must be an absolute http or https URL\n" },
	{ "plain http to elsewhere", CLIENT "  redirect_uris: [http://p.example.cn/]\n",
	  "c.yaml:5:19: client \"c\": \"http://p.example.cn/\" must begin with https:// (http only on loopback)\n" },
	{ "http to a name that only begins like loopback", CLIENT "  redirect_uris: [http://127.0.0.1.example.cn/]\n",
	  "c.yaml:5:19: client \"c\": \"http://127.0.0.1.example.cn/\" must begin with https:// (http only on loopback)\n" },
	{ "a scheme of its own is for applications", CLIENT "  redirect_uris: ['cn.example.app:/cb']\n",
	  "c.yaml:5:19: client \"c\": \"cn.example.app:/cb\" must be an absolute http or https URL\n" },
	{ "javascript is no scheme of an application",
	  HEAD "clients:\n- id: c\n  type: public\n  redirect_uris: ['javascript:/x']\n",
	  "c.yaml:5:19: client \"c\": \"javascript:/x\" must be an absolute http or https URL\n" },
	{ "a bad place after logout", PORTAL "  post_logout_redirect_uris: [http://p.example.cn/]\n",
	  "c.yaml:6:31: client \"c\": \"http://p.example.cn/\" must begin with https:// (http only on loopback)\n" },
	{ "a client that is told of logouts in the clear", PORTAL "  backchannel_logout_uri: http://p.example.cn/out\n",
	  "c.yaml:6:27: client \"c\": \"backchannel_logout_uri\" must be an https URL\n" },
	{ "a client that is told of logouts at a fragment (Back-Channel Logout 2.2)", PORTAL "  backchannel_logout_uri: 'https://p.example.cn/out#x'\n",
	  "c.yaml:6:27: client \"c\": \"https://p.example.cn/out#x\" must not have a fragment\n" },
	{ "a service has no sessions that end", CLIENT "  grant_types: [client_credentials]\n  backchannel_logout_uri: https://p.example.cn/out\n",
	  "c.yaml:6:27: client \"c\": \"backchannel_logout_uri\" needs the grant type authorization_code\n" },
	{ "offline access without refresh tokens", PORTAL "  scopes: [openid, offline_access]\n",
	  "c.yaml:6:11: client \"c\": the scope offline_access needs the grant type refresh_token\n" },
	{ "refresh tokens of nobody", CLIENT "  grant_types: [client_credentials, refresh_token]\n",
	  "c.yaml:5:16: client \"c\": refresh_token needs authorization_code\n" },
	{ "a scope with a quote", PORTAL "  scopes: [openid, 'a\"b']\n",
	  "c.yaml:6:11: client \"c\": \"a\"b\" is not a scope (RFC 6749 3.3)\n" },
	{ "a default scope it may not have", PORTAL "  default_scopes: [api]\n",
	  "c.yaml:6:19: client \"c\": \"api\" is not one of its \"scopes\"\n" },
	{ "an algorithm without a key", PORTAL "  id_token_alg: EdDSA\n",
	  "c.yaml:6:17: client \"c\": \"keys.algorithms\" has no EdDSA\n" },
	{ "a grant for no subsystem", PORTAL "  require: {subsystem_grant: true}\n",
	  "c.yaml:6:12: client \"c\": \"subsystem_grant\" needs \"subsystem\"\n" },
	{ "history in a system that nobody knows", PORTAL "  require: {membership_active: true, history_suffices: [old]}\n",
	  "c.yaml:6:12: client \"c\": \"history_suffices\": \"old\" is not one of the \"legacy_sources\"\n" },
	{ "history that spares nothing", PORTAL "  require: {history_suffices: [old]}\nlegacy_sources: [{id: old}]\n",
	  "c.yaml:6:12: client \"c\": \"history_suffices\" spares nobody anything: neither unit nor membership nor grant is required\n" },
	{ "pairwise over several hosts", CLIENT "  redirect_uris: [https://a.cn/, https://b.cn/]\n  subject: pairwise\n",
	  "c.yaml:6:12: client \"c\": pairwise needs \"sector\", since its redirect URIs have several hosts\n" },
	{ "an origin with a path", PORTAL "  cors_origins: [https://p.example.cn/]\n",
	  "c.yaml:6:17: client \"c\": \"https://p.example.cn/\" is not an origin such as https://portal.example.gov.cn\n" },
	{ "a demo secret outside the demonstration",
	  HEAD "clients:\n- id: c\n  secret: demo-portal-secret\n  grant_types: [client_credentials]\n",
	  "c.yaml:4:11: \"secret\" is a published secret of the demonstration; it needs \"demo: true\"\n" },
	{ "a demo secret in a file", HEAD "clients:\n- id: c\n  secret_file: demo-secret\n  grant_types: [client_credentials]\n",
	  "c.yaml:4:16: \"secret\" is a published secret of the demonstration; it needs \"demo: true\"\n" },
	{ "a demo secret of a provider", HEAD "providers:\n- id: up\n  type: oidc\n  client_secret: demo-province-secret\n",
	  "c.yaml:5:18: \"client_secret\" is a published secret of the demonstration; it needs \"demo: true\"\n" },
	{ "the demo key", HEAD "clients:\n- id: c\n  key_file: demo-jwt.pem\n  grant_types: [client_credentials]\n",
	  "c.yaml:4:13: \"key\" is the published key of the demonstration; it needs \"demo: true\"\n" },
	{ "the public half of the demo key in a JWK set", HEAD "clients:\n- id: c\n  jwks: '{\"keys\":[{\"x\":"
	  "\"cbcVswLE2utw4E5aAr_SPKYoMgcRTl7Pvm648kTMAhg\"}]}'\n  grant_types: [client_credentials]\n",
	  "c.yaml:4:9: \"jwks\" is the published key of the demonstration; it needs \"demo: true\"\n" },
	{ "two units with one code", HEAD "units: [{uscc: 91350100M000100Y43, name: a}, {uscc: 91350100M000100Y43, name: b}]\n",
	  "c.yaml:2:53: \"units\" has two entries with uscc \"91350100M000100Y43\" (the other at c.yaml:2:16)\n" },
	{ "what is wrong in rows and between rows, in one run",
	  "issuer: http://id.example.cn\nhttp: {thread: 2}\nlog: {level: loud}\n",
	  "c.yaml:1:9: \"issuer\" must begin with https:// (http only on loopback)\n"
	  "c.yaml:2:8: unknown key \"thread\" in \"http\" (did you mean \"threads\"?)\n"
	  "c.yaml:3:14: \"log.level\" must be one of debug, info, warn, error, not \"loud\"\n" },
};

START_TEST(refuses)
{
	const struct config *config = NULL;
	struct span key;

	printed_begin();
	ck_assert_int_eq(sys_read_file(SOURCE_ROOT "/conf/demo/demo-jwt.pem", 4096, arena, &key), 0);
	printed_in_temporary_directory();
	printed_file("demo-secret", "demo-portal-secret\n", 0600);
	printed_file("demo-jwt.pem", key.p, 0600);
	printed_file(FILE_NAME, bad[_i].text, 0600);
	int result = load(FILE_NAME, NULL, &config);
	ROW_SPAN(bad[_i].name, printed(), span_of(bad[_i].want));
	ROW_INT(bad[_i].name, result, ERR_CONFIG);
	ROW_TRUE("nothing is returned", !config);
	printed_end();
}
END_TEST

static const struct {
	const char *name, *text;
} good[] = {
	{ "an issuer is all that is needed", HEAD },
	{ "http on loopback", "issuer: http://127.0.0.1:8400\n" },
	{ "an issuer with a path", "issuer: https://example.cn/id\n" },
	{ "demo secrets in the demonstration",
	  "issuer: http://localhost:1\ndemo: true\nclients: [{id: c, secret: demo-x, grant_types: "
					       "[client_credentials]}]\n" },
	{ "a reachable address that was asked for", HEAD "http: {listen: ['0.0.0.0:1'], insecure_expose: true}\n" },
	{ "http to loopback", CLIENT "  redirect_uris: ['http://127.0.0.1:3/', 'http://[::1]/cb', 'http://localhost/cb']\n" },
	{ "an application with a scheme of its own",
	  HEAD "clients: [{id: c, type: public, redirect_uris: ['cn.example.app:/cb']}]\n" },
	{ "a confidential client without PKCE", PORTAL "  pkce: optional\n" },
	{ "pairwise with a sector",
	  CLIENT "  redirect_uris: [https://a.cn/, https://b.cn/]\n  subject: pairwise\n  sector: a.cn\n" },
	{ "clients as a map", HEAD "clients:\n  c:\n    secret: 0123456789abcdef\n    redirect_uris: [https://p.example.cn/cb]\n" },
};

START_TEST(accepts)
{
	CONFIG_HELD *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, good[_i].text, 0600);
	int result = load(FILE_NAME, NULL, &config);
	ROW_SPAN(good[_i].name, printed(), SPAN(""));
	ROW_INT(good[_i].name, result, 0);
	printed_end();
}
END_TEST

START_TEST(resolves)
{
	CONFIG_HELD *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, PORTAL "  name: {zh: 门户}\n  tokens: {access_life: 1m}\n- id: b\n  type: public\n  redirect_uris: "
		     "[http://127.0.0.1/]\n", 0600);
	ck_assert_int_eq(load(FILE_NAME, (const char *[]){ "http.threads=3", "clients.c.consent=skip", "http.listen=[unix:/x]",
	    NULL }, &config), 0);
	const struct config_client *client = config_client(config, SPAN("c")), *public = config_client(config, SPAN("b"));
	ROW_TRUE("found", client && public && client != public);
	ROW_TRUE("not found", !config_client(config, SPAN("a")) && !config_client(config, SPAN("")) && !config_client(config,
	    SPAN("cc")));
	ROW_SPAN("one language stands for both", config_text(&client->name, CONFIG_EN), SPAN("门户"));
	ROW_SPAN("no name: the id", config_text(&public->name, CONFIG_ZH_CN), SPAN("b"));
	ROW_INT("own life", client->tokens.access_life, MS_MINUTE);
	ROW_INT("inherited life", client->tokens.id_life, config->tokens.id_life);
	ROW_INT("inherited code life", client->tokens.code_life, MS_MINUTE);
	ROW_INT("methods of a client with a secret", client->auth_methods,
	    1 << CONFIG_AUTH_SECRET_BASIC | 1 << CONFIG_AUTH_SECRET_POST);
	ROW_INT("methods of a public client", public->auth_methods, 1 << CONFIG_AUTH_NONE);
	ROW_SPAN("audience", client->audiences.items[0], SPAN("https://id.example.cn"));
	ROW_SPAN("sector", client->sector, SPAN("p.example.cn"));
	ROW_TRUE("scopes", option_list_has(&client->scopes, SPAN("openid")) && !option_list_has(&client->scopes, SPAN("phone")));
	ROW_INT("override of a number", config->http.threads, 3);
	ROW_INT("override in a list by id", client->consent, CONFIG_CONSENT_SKIP);
	ROW_SPAN("override of a list", config->http.listen.items[0].text, SPAN("unix:/x"));
	ROW_TRUE("threads for hashes are counted", config->workers.password >= 1);
	ROW_TRUE("without a gateway there is no phone login", !config->login.phone_otp);
	printed_end();
}
END_TEST

START_TEST(override_errors)
{
	const struct config *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, HEAD, 0600);
	int result = load(FILE_NAME, (const char *[]){ "http.threads=900", "demo", "log.levl=info", NULL }, &config);
	ROW_INT("refused", result, ERR_CONFIG);
	ROW_SPAN("an override is named as it was given", printed(),
		 SPAN("--set demo: write it as KEY=VALUE\n--set http.threads: \"http.threads\" must be 0 to 64, not \"900\"\n"
		      "--set log.levl: unknown key \"levl\" in \"log\" (did you mean \"level\"?)\n"));
	printed_end();
}
END_TEST

START_TEST(data_directory)
{
	CONFIG_HELD *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	ck_assert_int_eq(sys_make_dir("data"), 0);
	printed_file("data/yimen.yaml", HEAD "data_dir: elsewhere\n", 0600);
	struct config_sources sources = { .data_dir = "data", .registries = registries };
	ck_assert_int_eq(config_load(&sources, &problems, &config), 0);
	ROW_SPAN("--data beats the file", config->data_dir, SPAN("data"));
	printed_end();
}
END_TEST

START_TEST(references)
{
	const struct config *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, PORTAL, 0600);
	ck_assert_int_eq(load(FILE_NAME, NULL, &config), 0);
	printed_end(); /* the configuration does not live in the problems' arena */
	const struct config *second = config_ref(config);
	config_unref(config);
	ROW_SPAN("alive while somebody holds it", config_client(second, SPAN("c"))->secret.bytes, SPAN("0123456789abcdef"));
	config_unref(second);
	config_unref(NULL);
}
END_TEST

START_TEST(warnings)
{
	CONFIG_HELD *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, HEAD "password: {cost_memory: 16MiB}\n", 0600);
	ck_assert_int_eq(load(FILE_NAME, NULL, &config), 0);
	ROW_SPAN("a weak cost is worth a line", printed(),
		 SPAN("c.yaml:2:25: warning: \"password.cost_memory\" should be at least 19MiB with cost_time 2 (OWASP ASVS)\n"));
	printed_end();
}
END_TEST

struct texts {
	struct span found[3];
	const char *last;
};

static int take_text(const struct option *row, const char *path, struct span text, void *arg)
{
	static const char *const wanted[] = { "clients[a.b].name.zh", "legacy_sources.torch.user_types.company.name.zh", "net.ca_file" };
	struct texts *texts = arg;

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (strcmp(path, wanted[i]) == 0)
			texts->found[i] = text;
	ck_assert_msg(!strstr(path, "client_secret"), "a secret is no text: %s", path);
	return texts->last && strcmp(path, texts->last) == 0 ? ERR_BUSY : 0;
}

/* Every text with the path by which versions call it. */
START_TEST(every_text)
{
	const struct config *config = NULL;
	struct texts texts = { .last = NULL };

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, HEAD "providers:\n- {id: p, type: oidc, client_id: app, client_secret: s3cr3t, title: {zh: 甲}}\n"
				"clients:\n- {id: a.b, secret: 0123456789abcdef, redirect_uris: ['https://p.example.cn/cb'], name: {zh: 门户}}\n"
				"legacy_sources:\n- {id: torch, scheme: md5, user_types: [{id: company, name: {zh: 企业}}]}\nnet: {ca_file: ca.pem}\n", 0600);
	int result = load(FILE_NAME, NULL, &config);
	ck_assert_msg(result == 0, SPAN_FMT, SPAN_ARG(printed()));
	ck_assert_int_eq(config_each_text(config, arena, take_text, &texts), 0);
	ROW_SPAN("an id with a dot stands in brackets", texts.found[0], SPAN("门户"));
	ROW_SPAN("objects of objects", texts.found[1], SPAN("企业"));
	ROW_SPAN("a path", texts.found[2], SPAN("ca.pem"));
	texts.last = "net.ca_file";
	ROW_INT("the caller ends it", config_each_text(config, arena, take_text, &texts), ERR_BUSY);
	result = FAULT_MEMORY;
	texts.last = NULL;
	for (unsigned long k = 1; result; k++) {
		arena_fail_at(k);
		result = config_each_text(config, arena, take_text, &texts);
		arena_fail_at(0);
		ck_assert(k < 10000 && (!result || result == FAULT_MEMORY));
	}
	config_unref(config);
	printed_end();
}
END_TEST

START_TEST(memory)
{
	int result = FAULT_MEMORY;

	printed_in_temporary_directory();
	printed_file(FILE_NAME, PORTAL "  name: {zh: x}\nunits: [{uscc: 91350100M000100Y43, name: a}]\n", 0600);
	for (unsigned long k = 1; result; k++) {
		CONFIG_HELD *config = NULL;

		ck_assert_uint_lt(k, 5000);
		printed_begin();
		arena_fail_at(k);
		result = load(FILE_NAME, NULL, &config);
		arena_fail_at(0);
		ROW_TRUE("a failed allocation is a fault", result == FAULT_MEMORY || result == 0);
		printed_end();
	}
}
END_TEST

int main(void)
{
	return suite_run("config", (struct suite_test[]){
		SUITE_LOOP(refuses, ARRAY_LEN(bad)), SUITE_LOOP(accepts, ARRAY_LEN(good)), SUITE_ONCE(resolves),
		    SUITE_ONCE(override_errors),
		SUITE_ONCE(data_directory), SUITE_ONCE(references), SUITE_ONCE(warnings), SUITE_ONCE(every_text), SUITE_ONCE(memory), SUITE_END });
}
