/* SPDX-License-Identifier: Apache-2.0 */
/* Names and ends of certificates, against what openssl x509 -subject -dates says of the same (tests/fuzz/seeds/certificate). */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/certificate.h"
#include "tests/unit/suite.h"

#define SEEN_MAX 8

struct seen {
	struct certificate items[SEEN_MAX];
	size_t n, stop_at;
};

static int take(const struct certificate *certificate, void *arg)
{
	struct seen *seen = arg;

	ck_assert_uint_lt(seen->n, SEEN_MAX);
	seen->items[seen->n++] = *certificate;
	return seen->n == seen->stop_at ? ERR_BUSY : 0;
}

static struct span file(struct arena *arena, const char *name)
{
	char *path = arena_printf(arena, "%s/tests/fuzz/seeds/certificate/%s", SOURCE_ROOT, name);
	struct span text;

	ck_assert_int_eq(sys_read_file(path, 1 << 16, arena, &text), 0);
	return text;
}

START_TEST(chain)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct seen seen = { .n = 0 };

	ck_assert(certificate_is_in(file(arena, "chain")));
	ck_assert_int_eq(certificate_each(file(arena, "chain"), arena, take, &seen), 0);
	ck_assert_uint_eq(seen.n, 2);
	ROW_SPAN("the common name, in its own letters", seen.items[0].name, SPAN("登录.example.gov.cn"));
	ROW_INT("from 2025-01-01", seen.items[0].from.ms, INT64_C(1735689600000));
	ROW_INT("until 2027-01-31 23:59:59", seen.items[0].until.ms, INT64_C(1801439999000));
	ROW_SPAN("without one, the organisation", seen.items[1].name, SPAN("Some Bureau"));
	ROW_INT("until 2060-02-29 12:00, which is written with four digits of the year", seen.items[1].until.ms, INT64_C(2845281600000));
}
END_TEST

START_TEST(nameless)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct seen seen = { .n = 0 };

	ck_assert_int_eq(certificate_each(file(arena, "nameless"), arena, take, &seen), 0);
	ck_assert_uint_eq(seen.n, 1);
	ROW_SPAN("no name", seen.items[0].name, SPAN(""));
	ROW_INT("from 1970", seen.items[0].from.ms, 0);
	ROW_INT("until 1999-12-31 23:59:59", seen.items[0].until.ms, INT64_C(946684799000));
}
END_TEST

START_TEST(what_cannot_be_read)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct seen seen = { .n = 0 };

	ROW_INT("a second one that is cut off", certificate_each(file(arena, "broken"), arena, take, &seen), ERR_INVALID);
	ROW_INT("the first was told", seen.n, 1);
	const struct span none[] = { SPAN(""), SPAN("x"), SPAN("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
				     SPAN("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n") };
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		ROW_INT("no certificate", certificate_each(none[i], arena, take, &seen), ERR_INVALID);
	ck_assert(!certificate_is_in(none[0]) && !certificate_is_in(none[1]) && !certificate_is_in(none[3]));
}
END_TEST

START_TEST(the_caller_stops)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct seen seen = { .stop_at = 1 };

	ck_assert_int_eq(certificate_each(file(arena, "chain"), arena, take, &seen), ERR_BUSY);
	ck_assert_uint_eq(seen.n, 1);
}
END_TEST

START_TEST(memory)
{
	CLEANUP(arena_cleanup) struct arena *files = arena_new(1 << 20);
	struct span pem = file(files, "chain");

	for (unsigned long k = 1; k <= 3; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
		struct seen seen = { .n = 0 };

		arena_fail_at(k);
		int result = certificate_each(pem, arena, take, &seen);
		arena_fail_at(0);
		ck_assert_int_eq(result, k < 3 ? FAULT_MEMORY : 0);
	}
}
END_TEST

int main(void)
{
	return suite_run("keys/certificate", (struct suite_test[]){ SUITE_ONCE(chain), SUITE_ONCE(nameless), SUITE_ONCE(what_cannot_be_read),
								    SUITE_ONCE(the_caller_stops), SUITE_ONCE(memory), SUITE_END });
}
