/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/jws.h"
#include "tests/unit/keys/vectors.h"
#include "tests/unit/suite.h"

/* headers that are not in the RFCs are written as JSON and encoded by the test */
static const struct {
	const char *name, *jwk, *token;
	unsigned algs;
	const char *typ;
	int want;
} rows[] = {
	{ "RFC 7515 A.2, RS256", RSA_A2, JWS_A2, ALG_ALL, NULL, 0 },
	{ "RFC 7515 A.3, ES256", EC_A3, JWS_A3, ALG_ALL, NULL, 0 },
	{ "RFC 8037 A.4, EdDSA", OKP_8037, INPUT_8037 "." SIGNATURE_8037, ALG_ALL, NULL, 0 },
	{ "RFC 7520 4.1, RS256 with kid", RSA_7520, JWS_7520_RS256, ALG_ALL, NULL, 0 },
	{ "npm jose, PS256", RSA_JOSE, JWS_JOSE_PS256, ALG_ALL, NULL, 0 },
	{ "npm jose, ES256 with typ", EC_JOSE, JWS_JOSE_ES256, ALG_ALL, "at+jwt", 0 },
	{ "typ is compared without case", EC_JOSE, JWS_JOSE_ES256, ALG_ALL, "AT+JWT", 0 },
	{ "another typ", EC_JOSE, JWS_JOSE_ES256, ALG_ALL, "JWT", ERR_INVALID },
	{ "typ required and absent", EC_A3, JWS_A3, ALG_ALL, "JWT", ERR_INVALID },
	{ "an algorithm that is not expected", EC_A3, JWS_A3, ALG_BIT(ALG_RS256), NULL, ERR_INVALID },
	{ "no algorithm is expected", EC_A3, JWS_A3, 0, NULL, ERR_INVALID },
	{ "RS256 with an EC key", EC_A3, JWS_A2, ALG_ALL, NULL, ERR_ABSENT },
	{ "ES256 with an RSA key", RSA_A2, JWS_A3, ALG_ALL, NULL, ERR_ABSENT },
	{ "another key of the same kind", EC_JOSE, JWS_A3, ALG_ALL, NULL, ERR_SIGNATURE },
	{ "another RSA key", RSA_A2, JWS_JOSE_PS256, ALG_ALL, NULL, ERR_SIGNATURE },
	{ "alg none without signature (RFC 7515 A.5)", EC_A3, "eyJhbGciOiJub25lIn0." PAYLOAD_A ".", ALG_ALL, NULL, ERR_MALFORMED },
	{ "alg none with a signature", EC_A3, "eyJhbGciOiJub25lIn0." PAYLOAD_A "." SIGNATURE_A3, ALG_ALL, NULL, ERR_INVALID },
	{ "HS256 keyed with a public key", RSA_A2, "eyJhbGciOiJIUzI1NiJ9." PAYLOAD_A ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		ALG_ALL, NULL,
	  ERR_INVALID },
	{ "empty", EC_A3, "", ALG_ALL, NULL, ERR_MALFORMED },
	{ "two parts", EC_A3, "eyJhbGciOiJFUzI1NiJ9." PAYLOAD_A, ALG_ALL, NULL, ERR_MALFORMED },
	{ "four parts", EC_A3, JWS_A3 ".AA", ALG_ALL, NULL, ERR_MALFORMED },
	{ "five parts, a JWE", EC_A3, "e30.AA.AA.AA.AA", ALG_ALL, NULL, ERR_MALFORMED },
	{ "an empty header", EC_A3, "." PAYLOAD_A "." SIGNATURE_A3, ALG_ALL, NULL, ERR_MALFORMED },
	{ "an empty payload", EC_A3, "eyJhbGciOiJFUzI1NiJ9.." SIGNATURE_A3, ALG_ALL, NULL, ERR_MALFORMED },
	{ "padding", EC_A3, JWS_A3 "==", ALG_ALL, NULL, ERR_MALFORMED },
	{ "a trailing newline", EC_A3, JWS_A3 "\n", ALG_ALL, NULL, ERR_MALFORMED },
	{ "a leading space", EC_A3, " " JWS_A3, ALG_ALL, NULL, ERR_MALFORMED },
	{ "trailing bits of the signature set", EC_A3,
	  "eyJhbGciOiJFUzI1NiJ9." PAYLOAD_A ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1R", ALG_ALL, NULL,
	  ERR_MALFORMED },
	{ "a short signature", EC_A3,
	  "eyJhbGciOiJFUzI1NiJ9." PAYLOAD_A ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU",
		ALG_ALL, NULL,
	  ERR_SIGNATURE },
	{ "a long signature", EC_A3, JWS_A3 "AAAA", ALG_ALL, NULL, ERR_SIGNATURE },
	{ "r and s zero", EC_A3,
	  "eyJhbGciOiJFUzI1NiJ9." PAYLOAD_A ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ALG_ALL, NULL,
	  ERR_SIGNATURE },
	{ "another payload", EC_A3, "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ." SIGNATURE_A3, ALG_ALL, NULL, ERR_SIGNATURE },
	{ "a header that is not JSON", EC_A3, "AAAA.AAAA.AAAA", ALG_ALL, NULL, ERR_MALFORMED },
	{ "a header that is an array", EC_A3, "W10.AAAA.AAAA", ALG_ALL, NULL, ERR_MALFORMED },
};

static struct jwks *set_of(const char *jwk)
{
	struct jwks *set = NULL;
	struct key *key = NULL;

	ck_assert_int_eq(jwks_new(&set), 0);
	ck_assert_int_eq(jwk_parse(span_of(jwk), &key), 0);
	ck_assert_int_eq(jwks_add(set, key), 0);
	return set;
}

START_TEST(verify)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	CLEANUP(jwks_cleanup) struct jwks *set = set_of(rows[_i].jwk);
	struct jws_expect expect = { .algs = rows[_i].algs, .typ = rows[_i].typ };
	struct jws jws = { 0 };

	ROW_INT(rows[_i].name, jws_verify(set, &expect, span_of(rows[_i].token), arena, &jws), rows[_i].want);
	ROW_TRUE(rows[_i].name, rows[_i].want == 0 ? jws.payload.n > 0 : jws.payload.p == NULL);
}
END_TEST

static const struct {
	const char *name, *header;
	int want;
} headers[] = {
	{ "just alg", "{\"alg\":\"ES256\"}", 0 },
	{ "unknown members are ignored",
		"{\"alg\":\"ES256\",\"x\":1,\"jku\":\"https://evil.example\",\"jwk\":{},\"x5u\":\"https://evil.example\"}", 0 },
	{ "application/ may stand before typ", "{\"alg\":\"ES256\",\"typ\":\"application/JWT\"}", 0 },
	{ "crit", "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}", ERR_INVALID },
	{ "an empty crit", "{\"alg\":\"ES256\",\"crit\":[]}", ERR_INVALID },
	{ "b64", "{\"alg\":\"ES256\",\"b64\":false}", ERR_INVALID },
	{ "alg twice", "{\"alg\":\"ES256\",\"alg\":\"ES256\"}", ERR_MALFORMED },
	{ "alg twice, once escaped", "{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}", ERR_MALFORMED },
	{ "no alg", "{\"typ\":\"JWT\"}", ERR_MALFORMED },
	{ "alg is a number", "{\"alg\":1}", ERR_MALFORMED },
	{ "alg in lower case", "{\"alg\":\"es256\"}", ERR_INVALID },
	{ "alg with a space", "{\"alg\":\"ES256 \"}", ERR_INVALID },
	{ "kid is a number", "{\"alg\":\"ES256\",\"kid\":1}", ERR_MALFORMED },
	{ "typ is an array", "{\"alg\":\"ES256\",\"typ\":[\"JWT\"]}", ERR_MALFORMED },
	{ "data after the object", "{\"alg\":\"ES256\"}{}", ERR_MALFORMED },
};

/* The same good key signs each header, so only the header can be the reason. */
START_TEST(header)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct buf token = buf_new(arena, 512);
	unsigned char signature[ALG_SIGNATURE_MAX];
	struct span text;
	struct jws jws;
	size_t n;

	ck_assert_int_eq(jwk_parse(SPAN(EC_A3_PRIVATE), &key), 0);
	encode_base64url(&token, span_of(headers[_i].header));
	buf_str(&token, ".e30");
	ck_assert_int_eq(alg_sign(key, ALG_ES256, buf_span(&token), signature, &n), 0);
	ck_assert_uint_eq(n, 64);
	buf_char(&token, '.');
	encode_base64url(&token, (struct span){ (char *)signature, n });
	ck_assert_int_eq(buf_done(&token, &text), 0);
	ROW_INT(headers[_i].name, jws_verify_with(key, &(struct jws_expect){ .algs = ALG_ALL }, text, arena, &jws),
		headers[_i].want);
}
END_TEST

START_TEST(eddsa_is_deterministic)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	unsigned char signature[ALG_SIGNATURE_MAX];
	struct buf buf = buf_new(arena, 128);
	size_t n;

	ck_assert_int_eq(jwk_parse(SPAN(OKP_8037_PRIVATE), &key), 0);
	ck_assert_int_eq(alg_sign(key, ALG_EDDSA, SPAN(INPUT_8037), signature, &n), 0);
	encode_base64url(&buf, (struct span){ (char *)signature, n });
	ROW_SPAN("RFC 8037 A.4", buf_span(&buf), SPAN(SIGNATURE_8037));
}
END_TEST

/* Every algorithm signs, verifies, and notices any changed byte of the token. */
START_TEST(round_trip)
{
	enum alg alg = (enum alg)(_i + 1);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8 * 1024 * 1024);
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct jws_expect expect = { .algs = ALG_BIT(alg), .typ = "at+jwt" };
	struct span token;
	struct jws jws;
	struct jws_peek peek;

	ck_assert_int_eq(jwk_generate(alg, &key), 0);
	for (int i = 0; i < 40; i++) { /* ECDSA: so often that leading zeros of r and s happen now and then */
		ck_assert_int_eq(jws_sign(key, alg, "at+jwt", SPAN("{\"iss\":\"https://i\",\"sub\":\"s\"}"), arena, &token), 0);
		ck_assert_int_eq(jws_verify_with(key, &expect, token, arena, &jws), 0);
	}
	ROW_SPAN("kid", jws.kid, jwk_kid(key));
	ck_assert_int_eq(jws_peek(token, arena, &peek), 0);
	ROW_SPAN("iss", peek.iss, SPAN("https://i"));
	ROW_SPAN("sub", peek.sub, SPAN("s"));
	ck_assert_int_eq(peek.alg, alg);
	char *bytes = arena_cstr(arena, token);
	for (size_t i = 0; i < token.n; i += 7) {
		bytes[i] ^= 1;
		ck_assert_int_ne(jws_verify_with(key, &expect, (struct span){ bytes, token.n }, arena, &jws), 0);
		bytes[i] ^= 1;
	}
	for (int other = 1; other < ALG_COUNT; other++)
		if (other != (int)alg)
			ck_assert_int_eq(jws_sign(key, (enum alg)other, NULL, SPAN("{}"), arena, &token), ERR_INVALID);
}
END_TEST

START_TEST(public_keys_do_not_sign)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct span token;

	ck_assert_int_eq(jwk_parse(SPAN(EC_A3), &key), 0);
	ck_assert_int_eq(jws_sign(key, ALG_ES256, NULL, SPAN("{}"), arena, &token), ERR_INVALID);
}
END_TEST

START_TEST(without_memory)
{
	CLEANUP(jwks_cleanup) struct jwks *set = set_of(EC_JOSE);
	int error = FAULT_MEMORY;

	for (unsigned long k = 1; error; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
		struct jws jws;

		arena_fail_at(k);
		error = jws_verify(set, &(struct jws_expect){ .algs = ALG_ALL }, SPAN(JWS_JOSE_ES256), arena, &jws);
		arena_fail_at(0);
		if (error)
			ck_assert_int_eq(error, FAULT_MEMORY);
		ck_assert(k < 100);
	}
}
END_TEST

int main(void)
{
	return suite_run("keys/jws", (struct suite_test[]){ SUITE_LOOP(verify, ARRAY_LEN(rows)),
	    SUITE_LOOP(header, ARRAY_LEN(headers)),
							   SUITE_ONCE(eddsa_is_deterministic),
								SUITE_LOOP(round_trip, ALG_COUNT - 1),
							   SUITE_ONCE(public_keys_do_not_sign), SUITE_ONCE(without_memory),
								SUITE_END });
}
