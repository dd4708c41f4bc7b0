/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/jwks.h"
#include "tests/unit/keys/vectors.h"
#include "tests/unit/suite.h"

#define EC_WITH(extra) "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," extra "}"
#define RSA_E(e) "{\"kty\":\"RSA\",\"n\":\"" RSA_A2_N "\",\"e\":\"" e "\"}"

static const struct {
	const char *name, *jwk;
	int want;
	unsigned algs;
} strangers[] = {
	{ "an EC key signs with ES256", EC_A3, 0, ALG_BIT(ALG_ES256) },
	{ "an RSA key without alg fits RS256 and PS256", RSA_A2, 0, ALG_BIT(ALG_RS256) | ALG_BIT(ALG_PS256) },
	{ "an RSA key with alg fits that one", RSA_7638, 0, ALG_BIT(ALG_RS256) },
	{ "an Ed25519 key", OKP_8037, 0, ALG_BIT(ALG_EDDSA) },
	{ "use sig", EC_WITH("\"use\":\"sig\""), 0, ALG_BIT(ALG_ES256) },
	{ "use enc is not ours", EC_WITH("\"use\":\"enc\""), ERR_INVALID, 0 },
	{ "use must be a string", EC_WITH("\"use\":[\"sig\"]"), ERR_INVALID, 0 },
	{ "key_ops verify", EC_WITH("\"key_ops\":[\"verify\"]"), 0, ALG_BIT(ALG_ES256) },
	{ "key_ops without verify", EC_WITH("\"key_ops\":[\"deriveKey\"]"), ERR_INVALID, 0 },
	{ "private members make it useless", EC_A3_PRIVATE, ERR_INVALID, 0 },
	{ "a secret key", "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMko\"}", ERR_INVALID, 0 },
	{ "an algorithm of another kind of key", EC_WITH("\"alg\":\"RS256\""), ERR_INVALID, 0 },
	{ "an algorithm that we do not have", EC_WITH("\"alg\":\"ES512\""), ERR_INVALID, 0 },
	{ "none is not an algorithm", EC_WITH("\"alg\":\"none\""), ERR_INVALID, 0 },
	{ "an unknown curve", "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}", ERR_INVALID, 0 },
	{ "a point that is not on the curve",
	  "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
	  ERR_INVALID, 0 },
	{ "a short coordinate",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	  ERR_INVALID, 0 },
	{ "padding in base64url", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}",
		ERR_INVALID, 0 },
	{ "exponent 3", RSA_E("Aw"), 0, ALG_BIT(ALG_RS256) | ALG_BIT(ALG_PS256) },
	{ "exponent 1", RSA_E("AQ"), ERR_INVALID, 0 },
	{ "an even exponent", RSA_E("AQAC"), ERR_INVALID, 0 },
	{ "an exponent past 2^32", RSA_E("AQAAAAE"), ERR_INVALID, 0 },
	{ "RSA of 512 bits",
		"{\"kty\":\"RSA\",\"n\":\"vREmVC_gzWd5hSLPZmdAa1Y0QPGVe9Q3qpQV4kGkZk_8Yv8Fz1S6p1sH6bTcUT5Fh7FQpwXGjv0Jkp9Gk5kZVw\",\"e\":\"AQAB\"}",
	  ERR_INVALID, 0 },
	{ "a kid that is a number", EC_WITH("\"kid\":7"), ERR_INVALID, 0 },
	{ "no kty", "{}", ERR_INVALID, 0 },
	{ "not an object", "[]", ERR_INVALID, 0 },
};

START_TEST(stranger)
{
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	JSON *jwk = NULL;

	ck_assert_int_eq(json_read(span_of(strangers[_i].jwk), &jwk), 0);
	ROW_INT(strangers[_i].name, jwk_from_json(jwk, &key), strangers[_i].want);
	if (key)
		ROW_INT(strangers[_i].name, key->algs, strangers[_i].algs);
}
END_TEST

static const struct {
	const char *name, *jwk, *want;
} prints[] = {
	{ "RFC 7638 3.1", RSA_7638, RSA_7638_THUMBPRINT },
	{ "RFC 8037 A.3", OKP_8037, OKP_8037_THUMBPRINT },
	{ "RFC 8037 A.3 from the private key", OKP_8037_PRIVATE, OKP_8037_THUMBPRINT },
	{ "npm jose, RSA", RSA_JOSE, RSA_JOSE_THUMBPRINT },
	{ "npm jose, EC", EC_JOSE, EC_JOSE_THUMBPRINT },
};

START_TEST(thumbprint)
{
	CLEANUP(jwk_cleanup) struct key *key = NULL;

	ROW_INT(prints[_i].name, jwk_parse(span_of(prints[_i].jwk), &key), 0);
	ck_assert_str_eq(key->thumbprint, prints[_i].want);
}
END_TEST

START_TEST(private_keys)
{
	const struct span wrong_pair = SPAN(
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"0uDF0QsMTc1C1NAGyZNWVNknlk4JPdssm_cNVR45YR4\",\"y\":\"klLCqQObtdEgz30p7CTdUiy8uGhnmDuSMMfDYB3b-n8\","
		"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}");
	const struct span wrong_okp = SPAN(
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\":\"AAAAAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
	CLEANUP(jwk_cleanup) struct key *key = NULL;

	ck_assert_int_eq(jwk_parse(wrong_pair, &key), ERR_INVALID);
	ck_assert_int_eq(jwk_parse(wrong_okp, &key), ERR_INVALID);
	ck_assert_int_eq(jwk_parse(SPAN("{"), &key), ERR_MALFORMED);
	ck_assert_int_eq(jwk_parse(SPAN(EC_A3_PRIVATE), &key), 0);
	ck_assert(key->is_private);
	ck_assert(!key->has_kid);
	ck_assert_str_eq(key->kid, key->thumbprint);
}
END_TEST

/* Generate, seal form and back, public form and back. */
START_TEST(round_trip)
{
	enum alg alg = (enum alg)(_i + 1);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	CLEANUP(jwk_cleanup) struct key *again = NULL;
	CLEANUP(jwk_cleanup) struct key *public = NULL;
	struct secret der;
	struct span json;

	ck_assert_int_eq(jwk_generate(alg, &key), 0);
	ck_assert_int_eq(jwk_alg(key, ALG_ALL), alg);
	ck_assert_int_eq(jwk_to_der(key, arena, &der), 0);
	ck_assert_int_eq(jwk_from_der(der, alg, &again), 0);
	ck_assert_str_eq(key->kid, again->kid);
	ck_assert(again->is_private);
	ck_assert_int_eq(jwk_public_json(key, arena, &json), 0);
	ck_assert(!memmem(json.p, json.n, "\"d\"", 3));
	JSON *parsed = NULL;
	ck_assert_int_eq(json_read_object(json, &parsed), 0);
	ck_assert_int_eq(jwk_from_json(parsed, &public), 0);
	ck_assert_str_eq(key->kid, public->kid);
	ck_assert_int_eq(public->algs, ALG_BIT(alg));
	ck_assert_int_eq(jwk_to_der(public, arena, &der), ERR_INVALID);
	der.bytes.n--;
	jwk_free(again);
	again = NULL;
	ck_assert_int_eq(jwk_from_der(der, alg, &again), ERR_INVALID);
}
END_TEST

static const char ec_pem[] = "-----BEGIN PRIVATE KEY-----\n"
			     "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"
			     "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"
			     "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"
			     "-----END PRIVATE KEY-----\n";
static const char ec_public_pem[] = "-----BEGIN PUBLIC KEY-----\n"
				    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
				    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
				    "-----END PUBLIC KEY-----\n";

START_TEST(pem)
{
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	CLEANUP(jwk_cleanup) struct key *public = NULL;
	CLEANUP(jwk_cleanup) struct key *jwk = NULL;

	ck_assert_int_eq(jwk_parse(SPAN(EC_A3), &jwk), 0);
	ck_assert_int_eq(jwk_from_pem(span_of(ec_pem), ALG_UNKNOWN, &key), 0);
	ck_assert_str_eq(key->kid, jwk->kid);
	ck_assert(key->is_private);
	ck_assert_int_eq(jwk_from_pem(span_of(ec_public_pem), ALG_ES256, &public), 0);
	ck_assert_str_eq(public->kid, jwk->kid);
	ck_assert(!public->is_private);
	struct key *none = NULL;
	ck_assert_int_eq(jwk_from_pem(span_of(ec_pem), ALG_RS256, &none), ERR_INVALID);
	ck_assert_int_eq(jwk_from_pem(SPAN("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), ALG_UNKNOWN, &none),
		ERR_INVALID);
	ck_assert_int_eq(jwk_from_pem(SPAN(""), ALG_UNKNOWN, &none), ERR_INVALID);
}
END_TEST

#define SET "{\"keys\":[" RSA_7638 "," EC_A3_PRIVATE ",{\"kty\":\"future\"}," EC_WITH("\"kid\":\"a\"") ",7," OKP_8037 "]}"

static const struct {
	const char *name;
	struct span kid;
	enum alg alg;
	const char *want; /* kid; NULL: nothing */
} lookups[] = {
	{ "by kid and algorithm", SPAN("a"), ALG_ES256, "a" },
	{ "the kid of a key of another kind", SPAN("a"), ALG_RS256, NULL },
	{ "no kid, one key fits", SPAN(""), ALG_RS256, "2011-04-29" },
	{ "an unknown kid, and the key has a name", SPAN("b"), ALG_ES256, NULL },
	{ "an unknown kid, and the one key has no name", SPAN("b"), ALG_EDDSA, OKP_8037_THUMBPRINT },
	{ "by thumbprint", SPAN(RSA_7638_THUMBPRINT), ALG_RS256, "2011-04-29" },
	{ "the key says RS256", SPAN("2011-04-29"), ALG_PS256, NULL },
	{ "an unknown algorithm", SPAN("a"), ALG_UNKNOWN, NULL },
};

START_TEST(lookup)
{
	CLEANUP(jwks_cleanup) struct jwks *set = NULL;
	size_t cursor = 0;

	ck_assert_int_eq(jwks_parse(SPAN(SET), &set), 0);
	ck_assert_int_eq(set->n, 3);
	const struct key *key = jwks_next(set, lookups[_i].kid, lookups[_i].alg, &cursor);
	ROW_SPAN(lookups[_i].name, key ? jwk_kid(key) : SPAN(""), span_of(lookups[_i].want));
	if (key)
		ROW_TRUE(lookups[_i].name, !jwks_next(set, lookups[_i].kid, lookups[_i].alg, &cursor));
}
END_TEST

START_TEST(sets)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	CLEANUP(jwks_cleanup) struct jwks *set = NULL;
	struct buf many = buf_new(arena, 1024);
	struct span text;

	ck_assert_int_eq(jwks_parse(SPAN("{\"keys\":{}}"), &set), ERR_MALFORMED);
	ck_assert_int_eq(jwks_parse(SPAN("[]"), &set), ERR_MALFORMED);
	ck_assert_int_eq(jwks_parse(SPAN("{\"keys\":[],\"keys\":[]}"), &set), ERR_MALFORMED);
	buf_str(&many, "{\"keys\":[0");
	for (int i = 0; i < JWKS_MAX; i++)
		buf_str(&many, ",0");
	buf_str(&many, "]}");
	ck_assert_int_eq(buf_done(&many, &text), 0);
	ck_assert_int_eq(jwks_parse(text, &set), ERR_TOO_LARGE);

	ck_assert_int_eq(jwks_parse(SPAN("{\"keys\":[" EC_JOSE "," EC_WITH("\"kid\":\"x\"") "," EC_WITH("\"kid\":\"x\"") "]}"),
		&set), 0);
	size_t cursor = 0;
	ck_assert_msg(!jwks_next(set, SPAN(""), ALG_ES256, &cursor), "without kid, several fit: none");
	ck_assert(jwks_next(set, SPAN("x"), ALG_ES256, &cursor));
	ck_assert(jwks_next(set, SPAN("x"), ALG_ES256, &cursor));
	ck_assert(!jwks_next(set, SPAN("x"), ALG_ES256, &cursor));

	CLEANUP(jwks_cleanup) struct jwks *again = NULL;
	ck_assert_int_eq(jwks_json(set, arena, &text), 0);
	ck_assert_int_eq(jwks_parse(text, &again), 0);
	ck_assert_int_eq(again->n, 3);
}
END_TEST

/* Whichever allocation fails, the answer is FAULT_MEMORY and nothing leaks. */
START_TEST(without_memory)
{
	int error = FAULT_MEMORY;

	for (unsigned long k = 1; error; k++) {
		CLEANUP(jwk_cleanup) struct key *key = NULL;

		arena_fail_at(k);
		error = jwk_parse(SPAN(RSA_A2), &key);
		arena_fail_at(0);
		if (error)
			ck_assert_int_eq(error, FAULT_MEMORY);
		ck_assert(k < 100);
	}
}
END_TEST

int main(void)
{
	return suite_run("keys/jwk", (struct suite_test[]){ SUITE_LOOP(stranger, ARRAY_LEN(strangers)),
	    SUITE_LOOP(thumbprint, ARRAY_LEN(prints)),
							   SUITE_ONCE(private_keys), SUITE_LOOP(round_trip, ALG_COUNT - 1),
								SUITE_ONCE(pem),
							   SUITE_LOOP(lookup, ARRAY_LEN(lookups)), SUITE_ONCE(sets),
								SUITE_ONCE(without_memory), SUITE_END });
}
