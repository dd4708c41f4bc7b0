/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/oauth/fixture.h"

#include "broker/oauth/scope.h"

#include <unistd.h>

static const char yaml[] =
	"issuer: https://id.example.cn\n"
	"keys:\n"
	"  algorithms: [ES256, RS256, EdDSA]\n"
	"clients:\n"
	"  - id: web\n"
	"    name: {zh: 门户}\n"
	"    secret: web-secret-0123456789\n"
	"    auth_methods: [client_secret_basic]\n"
	"    grant_types: [authorization_code, refresh_token]\n"
	"    redirect_uris: ['https://rp.example.cn/cb', 'https://rp.example.cn/cb?tenant=1', 'http://127.0.0.1:9000/cb']\n"
	"    post_logout_redirect_uris: ['https://rp.example.cn/bye']\n"
	"    scopes: [openid, profile, org, phone, offline_access, api.read]\n"
	"    audiences: ['https://api.example.cn', 'https://files.example.cn']\n"
	"  - id: post\n"
	"    name: {zh: 甲}\n"
	"    secret_hash: ed00ad3ab6b84489c110d0670d9fc77510f0e52dc4a6f20459acaddcdcac5ee0\n"
	"    auth_methods: [client_secret_post]\n"
	"    redirect_uris: ['https://post.example.cn/cb']\n"
	"    response_modes: [form_post]\n"
	"    pkce: optional\n"
	"    scopes: [openid]\n"
	"  - id: app\n"
	"    name: {zh: 应用}\n"
	"    type: public\n"
	"    redirect_uris: ['http://127.0.0.1:8499/cb', 'http://[::1]/cb', 'http://localhost:8499/cb', "
	    "'https://app.example.cn/cb']\n"
	"    scopes: [openid, profile]\n"
	"  - id: service\n"
	"    name: {zh: 服务}\n"
	"    secret: service-secret-0123456789\n"
	"    grant_types: [client_credentials]\n"
	"    scopes: [api.read, api.write]\n"
	"    default_scopes: [api.read]\n"
	"  - id: jwt\n"
	"    name: {zh: 丙}\n"
	"    jwks: '{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}'\n"
	"    redirect_uris: ['https://jwt.example.cn/cb']\n"
	"    scopes: [openid]\n"
	"  - id: off\n"
	"    name: {zh: 丁}\n"
	"    enabled: false\n"
	"    secret: off-secret-0123456789\n"
	"    redirect_uris: ['https://off.example.cn/cb']\n"
	"  - id: pair\n"
	"    name: {zh: 戊}\n"
	"    secret: pair-secret-0123456789\n"
	"    subject: pairwise\n"
	"    redirect_uris: ['https://pair.example.cn/cb']\n"
	"    scopes: [openid]\n";

static void write_file(const char *path)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_gt(fputs(yaml, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

struct fixture fixture_make(void)
{
	struct fixture fixture = { 0 };
	char dir[] = "/tmp/yimen-oauth-XXXXXX", path[64], key[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/yimen.yaml", dir);
	snprintf(key, sizeof key, "%s/seal.key", dir);
	write_file(path);
	fixture.arena = arena_new(1 << 20);
	ck_assert_ptr_nonnull(fixture.arena);

	struct problems problems = { .arena = fixture.arena };
	struct config_sources sources = { .path = path };
	int result = config_load(&sources, &problems, &fixture.config);
	if (result)
		problem_print(&problems, stderr);
	else
		result = seal_load(key, &fixture.ring);
	unlink(path);
	unlink(key);
	rmdir(dir);
	ck_assert_int_eq(result, 0);
	return fixture;
}

void fixture_drop(struct fixture *fixture)
{
	config_unref(fixture->config);
	seal_free(fixture->ring);
	arena_free(fixture->arena);
}

struct config_client fixture_client(const struct fixture *fixture, const char *id)
{
	const struct config_client *client = config_client(fixture->config, span_of(id));

	ck_assert_msg(client != NULL, "no client %s", id);
	return *client;
}

struct text_list fixture_list(const struct fixture *fixture, const char *text)
{
	struct text_list list = { 0 };

	ck_assert_int_eq(scope_parse(span_of(text), fixture->arena, &list), 0);
	return list;
}

struct id fixture_id(struct instant at, unsigned char mark)
{
	struct id id = { { 0 } };

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)((uint64_t)at.ms >> (40 - 8 * i));
	memset(id.b + 6, mark, 10);
	return id;
}

struct family fixture_family(const struct fixture *fixture)
{
	return (struct family){
		.id = fixture_id(instant_add(NOW, 30 * MS_DAY), 1),
		.created_at = NOW,
		.client_id = SPAN("web"),
		.redirect_uri = SPAN("https://rp.example.cn/cb"),
		.code_challenge = SPAN("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
		.nonce = SPAN("n-0S6_WzA2Mj"),
		.code_expires_at = instant_add(NOW, MS_MINUTE),
		.redeemed_at = NOW,
		.account = fixture_account().id,
		.identity = fixture_account().identity,
		.session = fixture_session().id,
		.scopes = fixture_list(fixture, "openid profile org"),
		.auth_time = instant_add(NOW, -MS_MINUTE),
		.acr = 2,
		.amr = fixture_list(fixture, "pwd otp"),
		.refresh_n = 1,
		.refreshed_at = NOW,
	};
}

struct session fixture_session(void)
{
	return (struct session){
		.id = fixture_id(instant_add(NOW, 8 * MS_HOUR), 2),
		.account = fixture_account().id,
		.created_at = instant_add(NOW, -MS_MINUTE),
		.auth_time = instant_add(NOW, -MS_MINUTE),
		.last_seen_at = NOW,
		.acr = 2,
	};
}

struct account fixture_account(void)
{
	return (struct account){
		.id = fixture_id((struct instant){ 3 }, 3),
		.identity = fixture_id((struct instant){ 4 }, 4),
		.created_at = instant_add(NOW, -MS_DAY),
		.namespace_ = NAMESPACE_NATURAL,
		.status = ACCOUNT_ACTIVE,
		.login_name = SPAN("zhangsan"),
		.name = SPAN("张三"),
		.phone = SPAN("13800138000"),
	};
}
