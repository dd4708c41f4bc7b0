/* SPDX-License-Identifier: Apache-2.0 */
/* What another platform's verified name is worth here: taken, raised, nothing new, or a contradiction that is never taken over. */
#include "broker/identity/vouch.h"
#include "broker/store/records_account.h"
#include "tests/unit/suite.h"

#define ZHANG "11010519491231002X"
#define LI "440524188001010014"

static const struct {
	const char *name;
	int status;
	const char *ours, *our_type, *our_number;
	int64_t our_level;
	const char *theirs, *their_type, *their_number;
	int64_t level;
	enum vouch want;
} rows[] = {
	{ "an unverified account takes it", REALNAME_NONE, "x", "", "", 0, "张三", "111", ZHANG, 2, VOUCH_TAKE },
	{ "also without a number", REALNAME_NONE, "", "", "", 0, "张三", "", "", 2, VOUCH_TAKE },
	{ "while a verifier is asked", REALNAME_CHECKING, "", "", "", 0, "张三", "111", ZHANG, 3, VOUCH_TAKE },
	{ "level 1 verifies nobody", REALNAME_NONE, "", "", "", 0, "张三", "111", ZHANG, 1, VOUCH_NOTHING },
	{ "no name, nothing", REALNAME_NONE, "", "", "", 0, "", "111", ZHANG, 3, VOUCH_NOTHING },
	{ "the same person again", REALNAME_VERIFIED, "张三", "111", ZHANG, 2, "张三", "111", ZHANG, 2, VOUCH_NOTHING },
	{ "the same person at a higher level", REALNAME_VERIFIED, "张三", "111", ZHANG, 2, "张三", "111", ZHANG, 3, VOUCH_RAISE },
	{ "the same person at a lower level", REALNAME_VERIFIED, "张三", "111", ZHANG, 3, "张三", "111", ZHANG, 2, VOUCH_NOTHING },
	{ "another number is another person", REALNAME_VERIFIED, "张三", "111", ZHANG, 2, "张三", "111", LI, 3, VOUCH_CONFLICT },
	{ "also when ours has expired", REALNAME_EXPIRED, "张三", "111", ZHANG, 2, "张三", "111", LI, 3, VOUCH_CONFLICT },
	{ "an expired name is verified anew", REALNAME_EXPIRED, "张三", "111", ZHANG, 2, "张三", "111", ZHANG, 2, VOUCH_TAKE },
	{ "a new name under the same number is the same person", REALNAME_VERIFIED, "张三", "111", ZHANG, 2, "张山", "111", ZHANG, 2, VOUCH_NOTHING },
	{ "another name, and no number to compare", REALNAME_VERIFIED, "张三", "", "", 2, "李四", "111", LI, 3, VOUCH_CONFLICT },
	{ "another name beside a document of another type", REALNAME_VERIFIED, "张三", "414", "E12345678", 2, "李四", "111", LI, 3, VOUCH_CONFLICT },
	{ "the same name beside a document of another type", REALNAME_VERIFIED, "张三", "414", "E12345678", 2, "张三", "111", ZHANG, 3, VOUCH_RAISE },
};

START_TEST(decides)
{
	struct account account = { .realname_status = rows[_i].status, .name = span_of(rows[_i].ours), .id_type = span_of(rows[_i].our_type),
				   .id_number = span_of(rows[_i].our_number), .realname_level = rows[_i].our_level };
	struct vouch_word word = { span_of(rows[_i].theirs), span_of(rows[_i].their_type), span_of(rows[_i].their_number), rows[_i].level };

	ROW_INT(rows[_i].name, vouch_decide(&account, &word), rows[_i].want);
}
END_TEST

static const struct {
	const char *name, *type, *number, *want_type, *want;
} numbers[] = {
	{ "a resident's number", "111", ZHANG, "111", ZHANG },
	{ "no type told: a resident's", "", ZHANG, "111", ZHANG },
	{ "a wrong check character is no number", "111", "110105194912310021", "", "" },
	{ "a masked number is none", "111", "1101**********002X", "", "" },
	{ "an unknown type", "zz", ZHANG, "", "" },
	{ "nothing", "111", "", "", "" },
};

START_TEST(reads)
{
	struct arena *arena = arena_new(64 * 1024);
	struct vouch_word word = { SPAN(" 张三 "), span_of(numbers[_i].type), span_of(numbers[_i].number), 2 }, got;

	ROW_INT(numbers[_i].name, vouch_read(&word, (struct date){ 2026, 11, 22 }, arena, &got), 0);
	ROW_SPAN(numbers[_i].name, got.real_name, SPAN("张三"));
	ROW_SPAN(numbers[_i].name, got.id_type, span_of(numbers[_i].want_type));
	ROW_SPAN(numbers[_i].name, got.id_number, span_of(numbers[_i].want));
	arena_free(arena);
}
END_TEST

int main(void)
{
	return suite_run("vouch", (struct suite_test[]){ SUITE_LOOP(decides, ARRAY_LEN(rows)), SUITE_LOOP(reads, ARRAY_LEN(numbers)), SUITE_END });
}
