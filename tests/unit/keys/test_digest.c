/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/digest.h"
#include "tests/unit/suite.h"

static void check_hex(const char *name, const unsigned char *got, size_t n, const char *want)
{
	char hex[2 * 256 + 1];

	encode_hex(hex, (struct span){ (const char *)got, n });
	ROW_SPAN(name, span_of(hex), span_of(want));
}

static const struct {
	const char *name;
	enum digest digest;
	struct span text;
	const char *want;
} hashes[] = {
	{ "SHA-256 of abc (FIPS 180-4)", DIGEST_SHA256, SPAN("abc"),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "SHA-256 of nothing", DIGEST_SHA256, SPAN(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "SHA-1 of abc", DIGEST_SHA1, SPAN("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "MD5 of abc (RFC 1321)", DIGEST_MD5, SPAN("abc"), "900150983cd24fb0d6963f7d28e17f72" },
	{ "SM3 of abc (GB/T 32905)", DIGEST_SM3, SPAN("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
	{ "SHA-384 of abc", DIGEST_SHA384, SPAN("abc"),
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ "SHA-512 of abc", DIGEST_SHA512, SPAN("abc"),
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

START_TEST(hash)
{
	unsigned char out[DIGEST_MAX];
	char hex[2 * DIGEST_MAX + 1];
	struct span text = hashes[_i].text;

	ck_assert_int_eq(digest_of(hashes[_i].digest, out, text), 0);
	check_hex(hashes[_i].name, out, digest_row(hashes[_i].digest)->size, hashes[_i].want);
	ck_assert_int_eq(digest_hex(hashes[_i].digest, text, hex), 0);
	ROW_SPAN(hashes[_i].name, span_of(hex), span_of(hashes[_i].want));
	if (text.n) { /* in pieces */
		ck_assert_int_eq(digest_of(hashes[_i].digest, out, ((struct span){ text.p, 1 }), SPAN(""),
			((struct span){ text.p + 1, text.n - 1 })), 0);
		check_hex(hashes[_i].name, out, digest_row(hashes[_i].digest)->size, hashes[_i].want);
	}
}
END_TEST

#define TWENTY "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"

static const struct {
	const char *name;
	enum digest digest;
	struct span key, text;
	const char *want;
} macs[] = {
	{ "RFC 4231 case 1", DIGEST_SHA256, SPAN(TWENTY), SPAN("Hi There"),
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC 4231 case 2", DIGEST_SHA256, SPAN("Jefe"), SPAN("what do ya want for nothing?"),
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC 4231 case 2, SHA-512", DIGEST_SHA512, SPAN("Jefe"), SPAN("what do ya want for nothing?"),
	  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ "RFC 2202 case 2, SHA-1", DIGEST_SHA1, SPAN("Jefe"), SPAN("what do ya want for nothing?"),
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ "HMAC-SM3 (domain.md 4.2)", DIGEST_SM3, SPAN("key"), SPAN("abc"),
		"28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393" },
	{ "a key longer than a block (RFC 2202 case 6)", DIGEST_SHA1,
	  SPAN("\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	       "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"),
	  SPAN("Test Using Larger Than Block-Size Key - Hash Key First"), "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
};

START_TEST(mac)
{
	unsigned char out[DIGEST_MAX];

	ck_assert_int_eq(digest_hmac(macs[_i].digest, macs[_i].key, out, macs[_i].text), 0);
	check_hex(macs[_i].name, out, digest_row(macs[_i].digest)->size, macs[_i].want);
}
END_TEST

START_TEST(derived_keys)
{
	unsigned char out[42];

	/* RFC 5869 A.1 */
	ck_assert_int_eq(digest_hkdf(SPAN(TWENTY "\x0b\x0b"), SPAN("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"),
				     SPAN("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"), out, 42),
			 0);
	check_hex("HKDF", out, 42, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	/* RFC 6070 case 2 */
	ck_assert_int_eq(digest_pbkdf2(DIGEST_SHA1, SPAN("password"), SPAN("salt"), 2, out, 20), 0);
	check_hex("PBKDF2", out, 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
	ck_assert_int_eq(digest_pbkdf2(DIGEST_SHA1, SPAN("password"), SPAN("salt"), 0, out, 20), ERR_INVALID);
}
END_TEST

START_TEST(names)
{
	enum digest digest;

	for (int i = 0; i < DIGEST_COUNT; i++) {
		ck_assert_int_eq(digest_by_name(span_of(digest_row((enum digest)i)->name), &digest), 0);
		ck_assert_int_eq(digest, i);
	}
	ck_assert_int_eq(digest_by_name(SPAN("md4"), &digest), ERR_ABSENT);
}
END_TEST

int main(void)
{
	return suite_run("keys/digest", (struct suite_test[]){ SUITE_LOOP(hash, ARRAY_LEN(hashes)),
	    SUITE_LOOP(mac, ARRAY_LEN(macs)),
							      SUITE_ONCE(derived_keys), SUITE_ONCE(names), SUITE_END });
}
