/* SPDX-License-Identifier: Apache-2.0 */
/* test_handle - what clients hold: one text for one handle, one purpose for one handle. */
#include "broker/base/error.h"
#include "broker/store/handle.h"
#include "tests/unit/suite.h"

static struct span span_hash(const unsigned char hash[HANDLE_HASH])
{
	return (struct span){ (const char *)hash, HANDLE_HASH };
}

START_TEST(a_handle_is_known_by_its_hash)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	unsigned char hash[HANDLE_HASH], other[HANDLE_HASH];
	struct id id = { { 1, 2, 3, 15 } };
	struct span text, again;
	struct handle handle;

	ROW_INT("new", handle_new("code", id, arena, &text, hash), 0);
	ROW_INT("its length", text.n, HANDLE_TEXT);
	ROW_INT("parse", handle_parse(text, arena, &handle), 0);
	ROW_TRUE("the id is in it", id_eq(handle.id, id));
	ROW_TRUE("it matches", handle_matches("code", &handle, span_hash(hash)));
	ROW_TRUE("another purpose does not", !handle_matches("cod", &handle, span_hash(hash)));
	ROW_TRUE("another purpose does not", !handle_matches("session", &handle, span_hash(hash)));
	ROW_TRUE("a shorter hash does not", !handle_matches("code", &handle, (struct span){ (char *)hash, HANDLE_HASH - 1 }));
	ROW_TRUE("no hash does not", !handle_matches("code", &handle, (struct span){ 0 }));
	ROW_INT("printed again", handle_text(&handle, arena, &again), 0);
	ROW_SPAN("printed again", again, text);
	handle.id.b[0] ^= 1;
	ROW_TRUE("another id with the same secret does not", !handle_matches("code", &handle, span_hash(hash)));
	handle.id.b[0] ^= 1;
	handle.secret[15] ^= 1;
	ROW_TRUE("another secret does not", !handle_matches("code", &handle, span_hash(hash)));
	ROW_INT("new", handle_new("code", id, arena, &again, other), 0);
	ROW_TRUE("secrets are fresh", !span_eq(text, again) && memcmp(hash, other, sizeof hash) != 0);
}
END_TEST

/* SHA-256("code" 00 | 00 01 … 1f), computed with sha256sum(1). */
START_TEST(the_hash_is_the_documented_one)
{
	static const unsigned char want[] = {
		0x26, 0xb4, 0x6a, 0xe0, 0x85, 0x20, 0x15, 0xdc, 0xf1, 0x93, 0x4f, 0xdc, 0xf2, 0x0b, 0x64, 0x81,
		0x31, 0x4d, 0xf1, 0x2a, 0xc0, 0xd6, 0xf0, 0xb5, 0x73, 0xb8, 0x6d, 0x33, 0xa8, 0xcd, 0xbe, 0x8d,
	};
	unsigned char hash[HANDLE_HASH];
	struct handle handle;

	for (unsigned char i = 0; i < 32; i++)
		(i < 16 ? handle.id.b : handle.secret)[i % 16] = i;
	ROW_INT("hash", handle_hash("code", &handle, hash), 0);
	ROW_INT("hash", memcmp(hash, want, sizeof want), 0);
}
END_TEST

static const struct {
	const char *name, *text;
	int want;
} parse_rows[] = {
	{ "43 characters", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", 0 },
	{ "nothing", "", ERR_INVALID },
	{ "42 characters", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh", ERR_INVALID },
	{ "44 characters", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A", ERR_INVALID },
	{ "padding", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ERR_INVALID },
	{ "bits past the end", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", ERR_INVALID },
	{ "the other alphabet", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd+/8", ERR_INVALID },
	{ "a space", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh ", ERR_INVALID },
};

START_TEST(one_text_for_one_handle)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct handle handle;

	ROW_INT(parse_rows[_i].name, handle_parse(span_of(parse_rows[_i].text), arena, &handle), parse_rows[_i].want);
}
END_TEST

START_TEST(no_memory_is_a_fault)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	unsigned char hash[HANDLE_HASH];
	unsigned long k = 0;
	struct span text;
	int rc;

	do {
		arena_fail_at(++k);
		rc = handle_new("code", (struct id){ { 1 } }, arena, &text, hash);
		arena_fail_at(0);
		ROW_TRUE("new", rc == 0 || rc == FAULT_MEMORY);
	} while (rc);
	ROW_TRUE("it allocates", k > 1);
}
END_TEST

int main(void)
{
	return suite_run("store/handle", (struct suite_test[]){
						 SUITE_ONCE(a_handle_is_known_by_its_hash),
						 SUITE_ONCE(the_hash_is_the_documented_one),
						 SUITE_LOOP(one_text_for_one_handle, ARRAY_LEN(parse_rows)),
						 SUITE_ONCE(no_memory_is_a_fault),
						 SUITE_END,
					 });
}
