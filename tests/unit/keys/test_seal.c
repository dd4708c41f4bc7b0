/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/seal.h"
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT "root 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define KEY_A "key aaaaaaaa aes-256-gcm 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"
#define KEY_B "key bbbbbbbb aes-256-gcm 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\n"
#define HEAD "yimen-seal 1\n"

static const struct {
	const char *name;
	struct span text;
	int want;
} files[] = {
	{ "root and a key", SPAN(HEAD ROOT KEY_A), 0 },
	{ "several keys", SPAN(HEAD ROOT KEY_A KEY_B), 0 },
	{ "empty", SPAN(""), FAULT_CORRUPT },
	{ "another version", SPAN("yimen-seal 2\n" ROOT KEY_A), FAULT_CORRUPT },
	{ "no root", SPAN(HEAD KEY_A), FAULT_CORRUPT },
	{ "no key", SPAN(HEAD ROOT), FAULT_CORRUPT },
	{ "an unknown algorithm", SPAN(HEAD ROOT "key aaaaaaaa rot13 2021\n"), FAULT_CORRUPT },
	{ "a short key", SPAN(HEAD ROOT "key aaaaaaaa aes-256-gcm 2021\n"), FAULT_CORRUPT },
	{ "an unknown line", SPAN(HEAD ROOT KEY_A "hello\n"), FAULT_CORRUPT },
	{ "cut off", SPAN(HEAD ROOT "key aaaaaaaa aes-256-gcm 2021222324252627"), FAULT_CORRUPT },
};

START_TEST(key_files)
{
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;

	ROW_INT(files[_i].name, seal_parse(files[_i].text, &ring), files[_i].want);
}
END_TEST

START_TEST(seals_and_opens)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	CLEANUP(seal_cleanup) struct seal_ring *newer = NULL;
	CLEANUP(seal_cleanup) struct seal_ring *other = NULL;
	struct span sealed, again, plain = { 0 };

	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_A), &ring), 0);
	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_A KEY_B), &newer), 0);
	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_B), &other), 0);
	ck_assert_int_eq(seal_bytes(ring, SPAN("account/7/phone"), SPAN("13800138000"), arena, &sealed), 0);
	ck_assert_uint_eq(sealed.n, 11 + SEAL_OVERHEAD);
	ck_assert_ptr_null(memmem(sealed.p, sealed.n, "138001", 6));
	ck_assert_int_eq(seal_bytes(ring, SPAN("account/7/phone"), SPAN("13800138000"), arena, &again), 0);
	ck_assert_msg(!span_eq(sealed, again), "equal texts must not seal equally");

	ck_assert_int_eq(seal_open(newer, SPAN("account/7/phone"), sealed, arena, &plain), 0);
	ROW_SPAN("the older key still opens", plain, SPAN("13800138000"));
	ck_assert_int_eq(seal_open(other, SPAN("account/7/phone"), sealed, arena, &plain), FAULT_CORRUPT);
	ck_assert_int_eq(seal_open(ring, SPAN("account/8/phone"), sealed, arena, &plain), FAULT_CORRUPT);
	ck_assert_int_eq(seal_open(ring, SPAN(""), sealed, arena, &plain), FAULT_CORRUPT);
	char *bytes = arena_cstr(arena, sealed);
	for (size_t i = 0; i < sealed.n; i++) {
		bytes[i] ^= 1;
		ck_assert_int_eq(seal_open(ring, SPAN("account/7/phone"), (struct span){ bytes, sealed.n }, arena, &plain),
			FAULT_CORRUPT);
		bytes[i] ^= 1;
		ck_assert_int_eq(seal_open(ring, SPAN("account/7/phone"), (struct span){ bytes, i }, arena, &plain), FAULT_CORRUPT);
	}
	ck_assert_int_eq(seal_bytes(newer, SPAN("x"), SPAN(""), arena, &sealed), 0);
	ck_assert_int_eq(seal_open(other, SPAN("x"), sealed, arena, &plain), 0); /* the newest seals */
	ck_assert_uint_eq(plain.n, 0);
}
END_TEST

START_TEST(keyed_hashes)
{
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	CLEANUP(seal_cleanup) struct seal_ring *newer = NULL;
	unsigned char a[SEAL_BLIND], b[SEAL_BLIND], c[SEAL_DERIVED], d[SEAL_DERIVED];

	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_A), &ring), 0);
	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_A KEY_B), &newer), 0);
	ck_assert_int_eq(seal_blind(ring, "phone", SPAN("13800138000"), a), 0);
	ck_assert_int_eq(seal_blind(newer, "phone", SPAN("13800138000"), b), 0);
	ck_assert_msg(memcmp(a, b, sizeof a) == 0, "a new sealing key must not change the index");
	ck_assert_int_eq(seal_blind(ring, "id_number", SPAN("13800138000"), b), 0);
	ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
	ck_assert_int_eq(seal_blind(ring, "phon", SPAN("e13800138000"), b), 0);
	ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
	ck_assert_int_eq(seal_derive(ring, "phone", SPAN("13800138000"), c), 0);
	ck_assert_msg(memcmp(a, c, sizeof a) != 0, "indexes and secrets come from different roots");
	ck_assert_int_eq(seal_derive(newer, "phone", SPAN("13800138000"), d), 0);
	ck_assert_int_eq(memcmp(c, d, sizeof c), 0);
}
END_TEST

START_TEST(on_disk)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	CLEANUP(seal_cleanup) struct seal_ring *first = NULL;
	CLEANUP(seal_cleanup) struct seal_ring *second = NULL;
	CLEANUP(seal_cleanup) struct seal_ring *third = NULL;
	char path[64];
	struct span sealed, plain;
	struct stat st;

	snprintf(path, sizeof path, "/tmp/yimen-test-seal-%d", (int)getpid());
	ck_assert_int_eq(seal_rotate(path), ERR_ABSENT);
	ck_assert_int_eq(seal_load(path, &first), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(seal_bytes(first, SPAN("x"), SPAN("y"), arena, &sealed), 0);
	ck_assert_int_eq(seal_rotate(path), 0);
	ck_assert_int_eq(seal_load(path, &second), 0);
	ck_assert_int_eq(seal_open(second, SPAN("x"), sealed, arena, &plain), 0);
	ck_assert_int_eq(seal_bytes(second, SPAN("x"), SPAN("y"), arena, &sealed), 0);
	ck_assert_int_eq(seal_open(first, SPAN("x"), sealed, arena, &plain), FAULT_CORRUPT);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_msg(seal_load(path, &third) == FAULT_CORRUPT, "a file that others may read");
	unlink(path);
}
END_TEST

START_TEST(aliases)
{
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	struct id id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }, alias, other, back;

	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_A), &ring), 0);
	ck_assert_int_eq(seal_alias(ring, "pairwise", SPAN("a.example"), id, &alias), 0);
	ck_assert(!id_eq(alias, id));
	ck_assert_int_eq(seal_alias_open(ring, "pairwise", SPAN("a.example"), alias, &back), 0);
	ck_assert_msg(id_eq(back, id), "an alias leads back");
	ck_assert_int_eq(seal_alias(ring, "pairwise", SPAN("a.example"), id, &other), 0);
	ck_assert_msg(id_eq(other, alias), "equal ids have equal aliases");
	ck_assert_int_eq(seal_alias(ring, "pairwise", SPAN("b.example"), id, &other), 0);
	ck_assert_msg(!id_eq(other, alias), "another scope, another alias");
	ck_assert_int_eq(seal_alias(ring, "other", SPAN("a.example"), id, &other), 0);
	ck_assert_msg(!id_eq(other, alias), "another purpose, another alias");
	ck_assert_int_eq(seal_alias_open(ring, "pairwise", SPAN("b.example"), alias, &back), 0);
	ck_assert_msg(!id_eq(back, id), "another scope does not lead back");
}
END_TEST

START_TEST(without_memory)
{
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	int error = FAULT_MEMORY;

	ck_assert_int_eq(seal_parse(SPAN(HEAD ROOT KEY_A), &ring), 0);
	for (unsigned long k = 1; error; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
		struct span sealed, plain;

		arena_fail_at(k);
		error = seal_bytes(ring, SPAN("x"), SPAN("y"), arena, &sealed);
		if (!error)
			error = seal_open(ring, SPAN("x"), sealed, arena, &plain);
		arena_fail_at(0);
		if (error)
			ck_assert_int_eq(error, FAULT_MEMORY);
		ck_assert(k < 10);
	}
}
END_TEST

int main(void)
{
	return suite_run("keys/seal", (struct suite_test[]){ SUITE_LOOP(key_files, ARRAY_LEN(files)), SUITE_ONCE(seals_and_opens),
	    SUITE_ONCE(keyed_hashes),
							    SUITE_ONCE(on_disk), SUITE_ONCE(aliases), SUITE_ONCE(without_memory), SUITE_END });
}
