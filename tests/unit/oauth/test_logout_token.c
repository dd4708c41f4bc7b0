/* SPDX-License-Identifier: Apache-2.0 */
/* Logout tokens: every rule of Back-Channel Logout 1.0 2.4 about what stands in them and what must not; what the signer demands of their beginning. */
#include "broker/base/json.h"
#include "broker/oauth/logout_token.h"
#include "keys/jwt.h"
#include "keys/signer_claims.h"
#include "tests/unit/oauth/fixture.h"

static const struct {
	const char *name;
	struct span sub, sid;
	const char *want;
} rows[] = {
	{ "whose and which", SPAN("S\"1"), SPAN("sid-1"),
	  "{\"iss\":\"https://id.example.cn\",\"exp\":1800000120,\"iat\":1800000000,\"sub\":\"S\\\"1\",\"aud\":\"web\",\"jti\":\"j1\",\"sid\":\"sid-1\","
	  "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}" },
	{ "nobody knows whose: the session says it", { NULL, 0 }, SPAN("sid-1"),
	  "{\"iss\":\"https://id.example.cn\",\"exp\":1800000120,\"iat\":1800000000,\"aud\":\"web\",\"jti\":\"j1\",\"sid\":\"sid-1\","
	  "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}" },
};

static struct logout_token make_token(const struct fixture *f, size_t row)
{
	return (struct logout_token){ .issuer = f->config->issuer, .client_id = SPAN("web"), .sub = rows[row].sub, .sid = rows[row].sid, .jti = SPAN("j1"), .now = NOW };
}

START_TEST(members)
{
	FIXTURE f = fixture_make();
	struct logout_token token = make_token(&f, (size_t)_i);
	struct buf buf = buf_new(f.arena, 256);

	logout_token_write(&buf, &token);
	ck_assert(!buf.failed);
	ROW_SPAN(rows[_i].name, buf_span(&buf), span_of(rows[_i].want));
}
END_TEST

/* As a client would read it (2.6), and as the signer does before it signs. */
START_TEST(read_back)
{
	FIXTURE f = fixture_make();
	struct logout_token token = make_token(&f, 0);
	struct buf buf = buf_new(f.arena, 256), begin = buf_new(f.arena, 64);
	struct jwt_expect expect = { .iss = f.config->issuer, .sole_aud = SPAN("web"), .now = NOW, .max_ahead_ms = 2 * MS_MINUTE, .needs_exp = true, .needs_iat = true };
	JSON *claims = NULL;

	logout_token_write(&buf, &token);
	ck_assert_int_eq(json_read_object(buf_span(&buf), &claims), 0);
	ck_assert_int_eq(jwt_check(claims, &expect), 0);
	ck_assert_ptr_null(json_object_get(claims, "nonce"));
	json_t *event = json_object_get(json_object_get(claims, "events"), "http://schemas.openid.net/event/backchannel-logout");
	ck_assert(json_is_object(event));
	ck_assert_uint_eq(json_object_size(event), 0);
	signer_claims_begin(&begin, f.config->issuer);
	struct signer_rule rule = { .begin = buf_span(&begin), .now = NOW.ms / MS_SECOND, .max_life = signer_claims_max_life(SIGNER_LOGOUT) };
	ck_assert_int_eq(signer_claims_check(buf_span(&buf), &rule), 0);
	ck_assert_str_eq(signer_claims_typ(SIGNER_LOGOUT), "logout+jwt"); /* 2.4: explicit typing is recommended */
}
END_TEST

START_TEST(without_memory)
{
	FIXTURE f = fixture_make();
	struct logout_token token = make_token(&f, 0);

	for (unsigned long k = 1;; k++) {
		struct buf buf;

		arena_fail_at(k);
		buf = buf_new(f.arena, 16);
		logout_token_write(&buf, &token);
		arena_fail_at(0);
		if (!buf.failed) {
			ck_assert_uint_ge(k, 2);
			break;
		}
		ck_assert_uint_lt(k, 20);
	}
}
END_TEST

int main(void)
{
	return suite_run("logout_token", (struct suite_test[]){ SUITE_LOOP(members, ARRAY_LEN(rows)), SUITE_ONCE(read_back), SUITE_ONCE(without_memory), SUITE_END });
}
