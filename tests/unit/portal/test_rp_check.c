/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the integration guide: whoever copies it copies these. */
#include "broker/base/error.h"
#include "examples/portal/rp_check.h"
#include "keys/jws.h"
#include "tests/unit/suite.h"

#define NOW INT64_C(1700000000)
#define ISSUER "https://id.example"
/* OpenID Connect Core 1.0 A.3: an access token and its at_hash */
#define ACCESS_TOKEN "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
#define GOOD "\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"n\""

static const struct rp rp = { .issuer = SPAN(ISSUER), .client_id = SPAN("portal") };
static const struct rp_attempt attempt = { .state = "state", .nonce = "n" };

static const struct {
	const char *name, *payload;
	enum { OURS, UNKNOWN_KEY, SAME_KID } signed_by;
	int want;
} tokens[] = {
	{ "a good token", "{" GOOD "}", OURS, 0 },
	{ "with the hash of the access token", "{" GOOD ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}", OURS, 0 },
	{ "the hash of another access token", "{" GOOD ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RA\"}", OURS, ERR_INVALID_TOKEN },
	{ "an at_hash that is no text", "{" GOOD ",\"at_hash\":1}", OURS, ERR_INVALID_TOKEN },
	{ "by a key that the issuer does not publish", "{" GOOD "}", UNKNOWN_KEY, ERR_ABSENT },
	{ "by another key under a published name", "{" GOOD "}", SAME_KID, ERR_SIGNATURE },
	{ "another issuer", "{\"iss\":\"https://evil\",\"sub\":\"s\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"n\"}", OURS, ERR_INVALID },
	{ "for another client", "{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"other\",\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"n\"}", OURS, ERR_INVALID },
	{ "for us and for another", "{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":[\"portal\",\"x\"],\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"n\"}", OURS,
	  ERR_INVALID },
	{ "expired", "{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"portal\",\"iat\":1699990000,\"exp\":1699999000,\"nonce\":\"n\"}", OURS, ERR_EXPIRED },
	{ "without exp", "{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"portal\",\"iat\":1700000000,\"nonce\":\"n\"}", OURS, ERR_INVALID },
	{ "without nonce", "{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000300}", OURS, ERR_INVALID_TOKEN },
	{ "the nonce of another attempt", "{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"m\"}", OURS,
	  ERR_INVALID_TOKEN },
	{ "about nobody", "{\"iss\":\"https://id.example\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"n\"}", OURS, ERR_INVALID_TOKEN },
	{ "an array", "[]", OURS, ERR_MALFORMED },
};

START_TEST(id_tokens)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	CLEANUP(jwk_cleanup) struct key *other = NULL;
	CLEANUP(jwks_cleanup) struct jwks *keys = NULL;
	struct key *ours = NULL;
	struct span token;
	JSON *claims = NULL;

	ck_assert(jwk_generate(ALG_ES256, &ours) == 0 && jwk_generate(ALG_ES256, &other) == 0);
	ck_assert(jwks_new(&keys) == 0 && jwks_add(keys, ours) == 0);
	ours->has_kid = true;
	if (tokens[_i].signed_by == SAME_KID)
		memcpy(other->kid, ours->kid, sizeof other->kid);
	ck_assert_int_eq(jws_sign(tokens[_i].signed_by == OURS ? ours : other, ALG_ES256, "JWT", span_of(tokens[_i].payload), arena, &token), 0);
	ROW_INT(tokens[_i].name,
		rp_check_id_token(&rp, &attempt, keys, token, SPAN(ACCESS_TOKEN), (struct instant){ NOW * MS_SECOND }, arena, &claims), tokens[_i].want);
	ROW_TRUE(tokens[_i].name, (claims != NULL) == (tokens[_i].want == 0));
}
END_TEST

#define ENDED "\"iss\":\"https://id.example\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000120,\"jti\":\"j\",\"sid\":\"s1\""
#define EVENT "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"

static const struct {
	const char *name, *typ, *payload;
	int want;
} ends[] = {
	{ "a logout token", "logout+jwt", "{" ENDED "," EVENT "}", 0 },
	{ "an ID token", "JWT", "{" ENDED "," EVENT "}", ERR_INVALID },
	{ "about something else", "logout+jwt", "{" ENDED ",\"events\":{\"https://example/other\":{}}}", ERR_INVALID_TOKEN },
	{ "about nothing", "logout+jwt", "{" ENDED "}", ERR_INVALID_TOKEN },
	{ "with a nonce", "logout+jwt", "{" ENDED "," EVENT ",\"nonce\":\"n\"}", ERR_INVALID_TOKEN },
	{ "of no session", "logout+jwt", "{\"iss\":\"https://id.example\",\"aud\":\"portal\",\"iat\":1700000000,\"exp\":1700000120," EVENT "}", ERR_INVALID_TOKEN },
	{ "for another client", "logout+jwt", "{\"iss\":\"https://id.example\",\"aud\":\"x\",\"iat\":1700000000,\"exp\":1700000120,\"sid\":\"s1\"," EVENT "}", ERR_INVALID },
	{ "expired", "logout+jwt", "{\"iss\":\"https://id.example\",\"aud\":\"portal\",\"iat\":1699990000,\"exp\":1699999000,\"sid\":\"s1\"," EVENT "}", ERR_EXPIRED },
};

START_TEST(logout_tokens)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	CLEANUP(jwks_cleanup) struct jwks *keys = NULL;
	struct key *ours = NULL;
	struct span token, sid = { NULL, 0 };

	ck_assert_int_eq(jwk_generate(ALG_ES256, &ours), 0);
	ck_assert(jwks_new(&keys) == 0 && jwks_add(keys, ours) == 0);
	ours->has_kid = true;
	ck_assert_int_eq(jws_sign(ours, ALG_ES256, ends[_i].typ, span_of(ends[_i].payload), arena, &token), 0);
	ROW_INT(ends[_i].name, rp_check_logout_token(&rp, keys, token, (struct instant){ NOW * MS_SECOND }, arena, &sid), ends[_i].want);
	ROW_SPAN(ends[_i].name, sid, ends[_i].want ? SPAN("") : SPAN("s1"));
}
END_TEST

static const struct {
	const char *name;
	struct rp_answer answer;
	bool iss_promised;
	int want;
} answers[] = {
	{ "a code", { .state = SPAN("state"), .code = SPAN("c"), .iss = SPAN(ISSUER) }, true, 0 },
	{ "a code of an issuer that never names itself", { .state = SPAN("state"), .code = SPAN("c") }, false, 0 },
	{ "no issuer though it was promised", { .state = SPAN("state"), .code = SPAN("c") }, true, ERR_INVALID_TOKEN },
	{ "another issuer (mix-up)", { .state = SPAN("state"), .code = SPAN("c"), .iss = SPAN("https://evil") }, false, ERR_INVALID_TOKEN },
	{ "an error of another issuer", { .state = SPAN("state"), .error = SPAN("access_denied"), .iss = SPAN("https://evil") }, true, ERR_INVALID_TOKEN },
	{ "another state", { .state = SPAN("statf"), .code = SPAN("c"), .iss = SPAN(ISSUER) }, true, ERR_INTERACTION_FOREIGN },
	{ "no state", { .code = SPAN("c"), .iss = SPAN(ISSUER) }, true, ERR_INTERACTION_FOREIGN },
	{ "an error", { .state = SPAN("state"), .error = SPAN("access_denied"), .iss = SPAN(ISSUER) }, true, ERR_ACCESS_DENIED },
	{ "an error beside a code", { .state = SPAN("state"), .error = SPAN("x"), .code = SPAN("c"), .iss = SPAN(ISSUER) }, true, ERR_ACCESS_DENIED },
	{ "neither", { .state = SPAN("state"), .iss = SPAN(ISSUER) }, true, ERR_INVALID_REQUEST },
};

START_TEST(answers_are_judged)
{
	ROW_INT(answers[_i].name, rp_check_answer(&rp, &attempt, &answers[_i].answer, answers[_i].iss_promised), answers[_i].want);
}
END_TEST

int main(void)
{
	return suite_run("portal/rp_check", (struct suite_test[]){ SUITE_LOOP(id_tokens, ARRAY_LEN(tokens)),
								   SUITE_LOOP(logout_tokens, ARRAY_LEN(ends)),
								   SUITE_LOOP(answers_are_judged, ARRAY_LEN(answers)), SUITE_END });
}
