/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/client.h"
#include "keys/jws.h"
#include "tests/unit/oauth/fixture.h"

#define POST_SECRET SPAN("correct-horse-battery-staple-secret")
#define JWT_TYPE SPAN(CLIENT_ASSERTION_TYPE)

static const struct {
	const char *name;
	struct client_presented presented;
	int want; /* of identify, or else of prove */
} rows[] = {
	{ "the right secret by Basic", { .has_basic = true, .basic_id = SPAN("web"),
	  .basic_secret = SPAN("web-secret-0123456789") }, 0 },
	{ "client_id may be repeated in the form",
	  { .has_basic = true, .basic_id = SPAN("web"), .basic_secret = SPAN("web-secret-0123456789"), .client_id = SPAN("web") },
	  0 },
	{ "but not with another value",
	  { .has_basic = true, .basic_id = SPAN("web"), .basic_secret = SPAN("web-secret-0123456789"), .client_id = SPAN("app") },
	  ERR_INVALID_REQUEST },
	{ "a wrong secret of the same length",
	  { .has_basic = true, .basic_id = SPAN("web"), .basic_secret = SPAN("web-secret-0123456780") }, ERR_INVALID_CLIENT },
	{ "a secret that is cut short", { .has_basic = true, .basic_id = SPAN("web"), .basic_secret = SPAN("web-secret") },
	  ERR_INVALID_CLIENT },
	{ "an empty secret", { .has_basic = true, .basic_id = SPAN("web") }, ERR_INVALID_CLIENT },
	{ "an unknown client", { .has_basic = true, .basic_id = SPAN("nobody"), .basic_secret = SPAN("x") }, ERR_INVALID_CLIENT },
	{ "a disabled client", { .has_basic = true, .basic_id = SPAN("off"), .basic_secret = SPAN("off-secret-0123456789") },
	  ERR_INVALID_CLIENT },
	{ "a right secret by a method that was not registered (RFC 6749 2.3.1)",
	  { .client_id = SPAN("web"), .client_secret = SPAN("web-secret-0123456789") }, ERR_INVALID_CLIENT },
	{ "two methods at once (RFC 6749 2.3)",
	  { .has_basic = true, .basic_id = SPAN("web"), .basic_secret = SPAN("web-secret-0123456789"), .client_secret = SPAN("x") },
	  ERR_INVALID_REQUEST },
	{ "a secret beside an assertion",
	  { .client_id = SPAN("post"), .client_secret = POST_SECRET, .assertion = SPAN("a.b.c"), .assertion_type = JWT_TYPE },
	  ERR_INVALID_REQUEST },
	{ "a secret known by its hash only, in the form", { .client_id = SPAN("post"), .client_secret = POST_SECRET }, 0 },
	{ "the hash itself is not the secret",
	  { .client_id = SPAN("post"), .client_secret = SPAN("ed00ad3ab6b84489c110d0670d9fc77510f0e52dc4a6f20459acaddcdcac5ee0") },
	  ERR_INVALID_CLIENT },
	{ "a public client names itself", { .client_id = SPAN("app") }, 0 },
	{ "a public client has no secret to show", { .client_id = SPAN("app"), .client_secret = SPAN("x") }, ERR_INVALID_CLIENT },
	{ "a confidential client must prove itself", { .client_id = SPAN("web") }, ERR_INVALID_CLIENT },
	{ "nobody", { 0 }, ERR_INVALID_CLIENT },
	{ "an assertion without its type", { .assertion = SPAN("a.b.c") }, ERR_INVALID_CLIENT },
	{ "another type of assertion", { .assertion = SPAN("a.b.c"),
	  .assertion_type = SPAN("urn:ietf:params:oauth:client-assertion-type:saml2-bearer") },
	  ERR_INVALID_CLIENT },
	{ "an assertion that is no JWT", { .assertion = SPAN("abc"), .assertion_type = JWT_TYPE }, ERR_INVALID_CLIENT },
	{ "a type without an assertion", { .client_id = SPAN("jwt"), .assertion_type = JWT_TYPE }, ERR_INVALID_CLIENT },
};

static int authenticate(const struct fixture *f, const struct client_presented *presented, const struct jwks *keys,
    struct client_proof *proof)
{
	struct client_claim claim;

	TRY(client_identify(f->config, presented, f->arena, &claim));
	return client_prove(f->config, &claim, keys, NOW, f->arena, proof);
}

START_TEST(authenticates)
{
	FIXTURE f = fixture_make();
	struct client_proof proof = { 0 };

	ROW_INT(rows[_i].name, authenticate(&f, &rows[_i].presented, NULL, &proof), rows[_i].want);
	ROW_TRUE(rows[_i].name, (proof.client != NULL) == (rows[_i].want == 0));
}
END_TEST

/* The key of RFC 7515 A.3, of which the configuration has the public half. */
static const struct span private_jwk = SPAN(
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}");

#define CLAIMS(text) SPAN("{\"iss\":\"jwt\",\"sub\":\"jwt\"," text "}")
static const struct {
	const char *name;
	struct span claims;
	int want;
} assertions[] = {
	{ "for the issuer", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1800000060"), 0 },
	{ "for the token endpoint", CLAIMS("\"aud\":\"https://id.example.cn/token\",\"jti\":\"1\",\"exp\":1800000060"), 0 },
	{ "for a list of just us", CLAIMS("\"aud\":[\"https://id.example.cn\"],\"jti\":\"1\",\"exp\":1800000060"), 0 },
	{ "for us and somebody else",
	  CLAIMS("\"aud\":[\"https://id.example.cn\",\"https://evil.cn\"],\"jti\":\"1\",\"exp\":1800000060"),
	  ERR_INVALID_CLIENT },
	{ "for somebody else", CLAIMS("\"aud\":\"https://evil.cn\",\"jti\":\"1\",\"exp\":1800000060"), ERR_INVALID_CLIENT },
	{ "for a URL that begins like ours", CLAIMS("\"aud\":\"https://id.example.cn.evil.cn\",\"jti\":\"1\",\"exp\":1800000060"),
	  ERR_INVALID_CLIENT },
	{ "for nobody", CLAIMS("\"jti\":\"1\",\"exp\":1800000060"), ERR_INVALID_CLIENT },
	{ "without expiry", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":\"1\""), ERR_INVALID_CLIENT },
	{ "expired", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1799999980"), ERR_INVALID_CLIENT },
	{ "expired less than the clock skew ago", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1799999995"), 0 },
	{ "living longer than assertions may", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1800003600"),
	  ERR_INVALID_CLIENT },
	{ "without jti it could be used again", CLAIMS("\"aud\":\"https://id.example.cn\",\"exp\":1800000060"),
	  ERR_INVALID_CLIENT },
	{ "not valid yet", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1800000060,\"nbf\":1800000050"),
	  ERR_INVALID_CLIENT },
	{ "issued by "
	  "another", SPAN("{\"iss\":\"web\",\"sub\":\"jwt\",\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1800000060}"),
	  ERR_INVALID_CLIENT },
	{ "about another "
	  "client", SPAN("{\"iss\":\"jwt\",\"sub\":\"web\",\"aud\":\"https://id.example.cn\",\"jti\":\"1\",\"exp\":1800000060}"),
	  ERR_INVALID_CLIENT },
	{ "jti is no text", CLAIMS("\"aud\":\"https://id.example.cn\",\"jti\":1,\"exp\":1800000060"), ERR_INVALID_CLIENT },
};

static struct span sign(const struct fixture *f, struct span claims)
{
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct span token;

	ck_assert_int_eq(jwk_parse(private_jwk, &key), 0);
	ck_assert_int_eq(jws_sign(key, ALG_ES256, NULL, claims, f->arena, &token), 0);
	return token;
}

START_TEST(assertion)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "jwt");
	CLEANUP(jwks_cleanup) struct jwks *keys = NULL;
	struct client_proof proof = { 0 };

	ck_assert_int_eq(client_load_keys(&client, &keys), 0);
	struct client_presented presented = { .assertion = sign(&f, assertions[_i].claims), .assertion_type = JWT_TYPE };
	ROW_INT(assertions[_i].name, authenticate(&f, &presented, keys, &proof), assertions[_i].want);
	if (assertions[_i].want)
		return;
	ROW_SPAN(assertions[_i].name, proof.jti, SPAN("1"));
	ROW_TRUE(assertions[_i].name, instant_before(NOW, proof.jti_expiry));
	ROW_INT(assertions[_i].name, authenticate(&f, &presented, NULL, &proof), ERR_INVALID_CLIENT);
	((char *)presented.assertion.p)[presented.assertion.n - 3] ^= 1;
	ROW_INT("an altered signature", authenticate(&f, &presented, keys, &proof), ERR_INVALID_CLIENT);
}
END_TEST

START_TEST(keys_come_from_where_they_were_registered)
{
	FIXTURE f = fixture_make();
	struct jwks *keys = NULL;
	struct config_client web = fixture_client(&f, "web");

	ck_assert_int_eq(client_load_keys(&web, &keys), 0);
	ck_assert_ptr_null(keys);
	ck_assert_ptr_null(client_find(f.config, SPAN("off")));
	ck_assert_ptr_null(client_find(f.config, SPAN("")));
	ck_assert_ptr_null(client_method_name(99));
}
END_TEST

int main(void)
{
	return suite_run("oauth/client", (struct suite_test[]){ SUITE_LOOP(authenticates, ARRAY_LEN(rows)),
								SUITE_LOOP(assertion, ARRAY_LEN(assertions)),
								SUITE_ONCE(keys_come_from_where_they_were_registered), SUITE_END });
}
