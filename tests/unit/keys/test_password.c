/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/password.h"
#include "tests/unit/suite.h"

static struct arena *arena;

static const struct {
	const char *name, *phc, *password;
	int want;
} verify_rows[] = {
	/* made with the argon2 command of Debian's libargon2, which shares no code with libsodium */
	{ "another implementation's hash verifies",
	  "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$+nHz+IQotvkcLs7ZOe8G0TcmYF5dKCOQ3cCmRE5yBog", "Abc@1234", 0 },
	{ "four lanes verify", "$argon2id$v=19$m=64,t=1,p=4$c29tZXNhbHRzb21lc2FsdA$1nUBsKbPPg4RAEKMEmTggt2JGOdKSPkDR+EFiN1Ij4E",
	  "Abc@1234", 0 },
	{ "a trailing space is another password",
	  "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$+nHz+IQotvkcLs7ZOe8G0TcmYF5dKCOQ3cCmRE5yBog", "Abc@1234 ",
	  ERR_CREDENTIALS },
	{ "case counts", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$+nHz+IQotvkcLs7ZOe8G0TcmYF5dKCOQ3cCmRE5yBog",
	  "abc@1234", ERR_CREDENTIALS },
	{ "a hash that wants 4 GiB is refused before it is computed",
	  "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x", ERR_INVALID },
	{ "a hash that wants a million passes is refused",
	  "$argon2id$v=19$m=64,t=1000000,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x",
	  ERR_INVALID },
	{ "crypt(3) is no PHC string", "$6$saltsalt$x", "x", ERR_INVALID },
	{ "nothing is no PHC string", "", "x", ERR_INVALID },
	{ "an unknown version is refused", "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA", "x", ERR_INVALID },
};

START_TEST(verify)
{
	ROW_INT(verify_rows[_i].name, password_verify(span_of(verify_rows[_i].phc), span_of(verify_rows[_i].password)),
		verify_rows[_i].want);
}
END_TEST

START_TEST(round_trip)
{
	static const char long_one[] = "0123456789012345678901234567890123456789"
				       "0123456789012345678901234567890123456789012345678901234567890123456789";
	static const char *const passwords[] = { "", "Abc@1234", " spaced out ", "密码Aa1", long_one };
	struct span phc, again;

	for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
		ck_assert_int_eq(password_hash(span_of(passwords[i]), PASSWORD_COST_TEST, arena, &phc), 0);
		ck_assert_int_eq(password_hash(span_of(passwords[i]), PASSWORD_COST_TEST, arena, &again), 0);
		ck_assert_msg(!span_eq(phc, again), "two hashes of one password share a salt");
		ck_assert_int_eq(password_verify(phc, span_of(passwords[i])), 0);
		ck_assert_int_eq(password_verify(phc, SPAN("another")), ERR_CREDENTIALS);
		ck_assert(password_is_phc(phc));
	}
	/* a NUL inside does not end the password */
	ck_assert_int_eq(password_hash(SPAN("ab\0cd"), PASSWORD_COST_TEST, arena, &phc), 0);
	ck_assert_int_eq(password_verify(phc, SPAN("ab\0cd")), 0);
	ck_assert_int_eq(password_verify(phc, SPAN("ab")), ERR_CREDENTIALS);
}
END_TEST

START_TEST(rehash)
{
	struct span phc;

	ck_assert_int_eq(password_hash(SPAN("x"), PASSWORD_COST_TEST, arena, &phc), 0);
	ck_assert(!password_needs_rehash(phc, PASSWORD_COST_TEST));
	ck_assert(password_needs_rehash(phc, PASSWORD_COST_DEFAULT));
	ck_assert(password_needs_rehash(SPAN("$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA"), PASSWORD_COST_TEST));
	ck_assert(password_needs_rehash(SPAN("rubbish"), PASSWORD_COST_TEST));
	ck_assert_int_eq(password_hash(SPAN("x"), PASSWORD_COST_DEFAULT, arena, &phc), 0);
	ck_assert(span_starts(phc, SPAN("$argon2id$v=19$m=19456,t=2,p=1$")));
	ck_assert(!password_needs_rehash(phc, PASSWORD_COST_DEFAULT));
}
END_TEST

START_TEST(bounds)
{
	static char huge[PASSWORD_INPUT_MAX + 1];
	struct span phc = { NULL, 0 }, input = { huge, sizeof huge };

	ck_assert_int_eq(password_hash(input, PASSWORD_COST_TEST, arena, &phc), ERR_INVALID);
	ck_assert_int_eq(password_hash(SPAN("x"), (struct password_cost){ 0, 64 }, arena, &phc), ERR_INVALID);
	ck_assert_int_eq(password_hash(SPAN("x"), (struct password_cost){ 1, 7 }, arena, &phc), ERR_INVALID);
	ck_assert_int_eq(password_hash(SPAN("x"), (struct password_cost){ 1, PASSWORD_MEMORY_KIB_MAX + 1 }, arena, &phc),
		ERR_INVALID);
	ck_assert_ptr_null(phc.p);
	ck_assert_int_eq(password_dummy_verify(SPAN("x"), PASSWORD_COST_TEST), ERR_CREDENTIALS);
	ck_assert_int_eq(password_dummy_verify(input, PASSWORD_COST_TEST), ERR_CREDENTIALS);
	arena_fail_at(1);
	ck_assert_int_eq(password_hash(SPAN("x"), PASSWORD_COST_TEST, arena, &phc), FAULT_MEMORY);
	arena_fail_at(0);
}
END_TEST

int main(void)
{
	arena = arena_new(1 << 20);
	int result = suite_run("password", (struct suite_test[]){ SUITE_LOOP(verify, ARRAY_LEN(verify_rows)),
		SUITE_ONCE(round_trip),
								  SUITE_ONCE(rehash), SUITE_ONCE(bounds), SUITE_END });
	arena_free(arena);
	return result;
}
