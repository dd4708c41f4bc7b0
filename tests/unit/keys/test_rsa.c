/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as consoles show them, signatures against openssl's, serial numbers against openssl x509 and md5sum. The keys are those of tests/standins/alipay. */
#include "broker/base/buf.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/rsa.h"
#include "tests/unit/suite.h"

#define TEXT                                                                                                                              \
	"app_id=2021000000000001&charset=utf-8&code=4b203fe6c11548bcabd8da5bb087a83b&format=JSON&grant_type=authorization_code&method="  \
	"alipay.system.oauth.token&sign_type=RSA2&timestamp=2027-01-15 16:00:00&version=1.0"
/* openssl dgst -sha256 -sign app.key | base64 */
#define SIGNATURE                                                                                                                         \
	"gzBYCjWghne2ZxXiG2fBnZu9pRzPX/PD1gr1oloSRr6js10bpVfmg5J5zp4BaOnRDMusbaibfazEIkiYa4OwmW7mp2112KYkTcY2FwDQxd0UI9/Saf6xi0axAosxTJUK" \
	"+nmisIicgKJrBEAhGc5mht0tvbuxyvA6FxGD9kzu5ffM7j+3OmLAi6WqeyZ5KFFj6BFWaiFSDXbJFBiBmkvj/LHdOGOFYxPR9Q4fYglIuaAVKkhzQNlOKeN8+b4/VrKM" \
	"n3BxLsr6mX239wfZ4dLSjF+XHXEO9M3nVbI9SOR5vC40vStG78euRP5nytt9iDW9mtyaQ0mrgnYqUnrr+eX0Sw=="

static struct span file(struct arena *arena, const char *name)
{
	char *path = arena_printf(arena, "%s/tests/standins/alipay/%s", SOURCE_ROOT, name);
	struct span text;

	ck_assert_int_eq(sys_read_file(path, 1 << 16, arena, &text), 0);
	return text;
}

/* Without its first and last line; @spaced: with line breaks as they were. */
static struct span bare(struct arena *arena, struct span pem, bool spaced)
{
	struct buf buf = buf_new(arena, pem.n);
	struct span text;

	while (pem.n) {
		struct span line = span_cut(&pem, '\n');

		if (span_starts(line, SPAN("-----")))
			continue;
		buf_add(&buf, line);
		if (spaced)
			buf_str(&buf, "\r\n ");
	}
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	return text;
}

START_TEST(private_keys)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span pem = file(arena, "app.key"), signature;
	const struct span forms[] = { pem, bare(arena, pem, false), bare(arena, pem, true) };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		CLEANUP(jwk_cleanup) struct key *key = NULL;

		ck_assert_int_eq(rsa_private_key(forms[i], arena, &key), 0);
		ck_assert_int_eq(rsa_sign(key, SPAN(TEXT), arena, &signature), 0);
		ROW_SPAN("openssl's signature", signature, SPAN(SIGNATURE));
	}
}
END_TEST

START_TEST(wrong_keys)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span key_pem = file(arena, "app.key"), cert = file(arena, "app.crt");
	struct span half = bare(arena, key_pem, false);
	struct key *key;

	half.n /= 2;
	const struct span no_private[] = { SPAN(""), SPAN("x"), SPAN("MIIB"), half, cert, SPAN("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n") };
	for (size_t i = 0; i < ARRAY_LEN(no_private); i++)
		ROW_INT("no private key", rsa_private_key(no_private[i], arena, &key), ERR_INVALID);
	const struct span no_public[] = { SPAN(""), SPAN("x"), key_pem, bare(arena, key_pem, false), SPAN("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n") };
	for (size_t i = 0; i < ARRAY_LEN(no_public); i++)
		ROW_INT("no public key", rsa_public_key(no_public[i], arena, &key), ERR_INVALID);
}
END_TEST

START_TEST(verify)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	CLEANUP(jwk_cleanup) struct key *ours = NULL;
	CLEANUP(jwk_cleanup) struct key *theirs = NULL;

	ck_assert_int_eq(rsa_public_key(file(arena, "app.crt"), arena, &ours), 0);
	ck_assert_int_eq(rsa_public_key(file(arena, "alipay.crt"), arena, &theirs), 0);
	ck_assert(!ours->is_private);
	ck_assert_int_eq(rsa_verify(ours, SPAN(TEXT), SPAN(SIGNATURE), arena), 0);
	ck_assert_int_eq(rsa_verify(theirs, SPAN(TEXT), SPAN(SIGNATURE), arena), ERR_SIGNATURE);
	ck_assert_int_eq(rsa_verify(ours, SPAN(TEXT " "), SPAN(SIGNATURE), arena), ERR_SIGNATURE);
	static const char *const wrong[] = { "", "AAAA", "not base64!", SIGNATURE "=", SIGNATURE SIGNATURE };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		ROW_INT(wrong[i], rsa_verify(ours, SPAN(TEXT), span_of(wrong[i]), arena), ERR_SIGNATURE);
}
END_TEST

START_TEST(serial_numbers)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span sn;

	ck_assert_int_eq(rsa_certificate_sn(file(arena, "app.crt"), false, arena, &sn), 0);
	ROW_SPAN("an issuer with letters beyond ASCII", sn, SPAN("9337c9222f20e9d82cb66a682aae924d"));
	ck_assert_int_eq(rsa_certificate_sn(file(arena, "root.crt"), true, arena, &sn), 0);
	ROW_SPAN("roots: the one that is not signed with RSA is left out, a comma in a name is escaped", sn,
		 SPAN("59de2cc346afd8ae93b5e3eb81dd3ea6_21e4336b860958cf766427087385bcc8"));
	const struct span none[] = { SPAN(""), SPAN("x"), file(arena, "app.key") };
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		ROW_INT("no certificate", rsa_certificate_sn(none[i], i & 1, arena, &sn), ERR_INVALID);
}
END_TEST

/* For every k the k-th allocation fails. */
START_TEST(memory)
{
	CLEANUP(arena_cleanup) struct arena *files = arena_new(1 << 20);
	struct span pem = bare(files, file(files, "app.key"), false), root = file(files, "root.crt");

	for (unsigned long k = 1; k < 12; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
		CLEANUP(jwk_cleanup) struct key *key = NULL;
		struct span text;

		arena_fail_at(k);
		int result = rsa_private_key(pem, arena, &key);
		if (!result)
			result = rsa_sign(key, SPAN(TEXT), arena, &text);
		if (!result)
			result = rsa_certificate_sn(root, true, arena, &text);
		arena_fail_at(0);
		ck_assert(result == FAULT_MEMORY || (result == 0 && text.n));
	}
}
END_TEST

int main(void)
{
	return suite_run("keys/rsa", (struct suite_test[]){ SUITE_ONCE(private_keys), SUITE_ONCE(wrong_keys), SUITE_ONCE(verify), SUITE_ONCE(serial_numbers), SUITE_ONCE(memory), SUITE_END });
}
