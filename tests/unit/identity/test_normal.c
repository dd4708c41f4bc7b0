/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "broker/identity/rules.h"
#include "tests/unit/suite.h"

typedef int (*one_result)(struct span text, struct arena *arena, struct span *ret);

static int email_address(struct span text, struct arena *arena, struct span *ret)
{
	struct span key;

	return normal_email(text, arena, ret, &key);
}

static int email_key(struct span text, struct arena *arena, struct span *ret)
{
	struct span address;

	return normal_email(text, arena, &address, ret);
}

static int strong(struct span number, struct arena *arena, struct span *ret)
{
	return mask_id_number(number, MASK_STRONG, arena, ret);
}

static int confirm(struct span number, struct arena *arena, struct span *ret)
{
	return mask_id_number(number, MASK_CONFIRM, arena, ret);
}

static int common(struct span number, struct arena *arena, struct span *ret)
{
	return mask_id_number(number, MASK_COMMON, arena, ret);
}

#define ZWSP "\xe2\x80\x8b"
#define BOM "\xef\xbb\xbf"
#define RLO "\xe2\x80\xae"

static const struct {
	one_result fn;
	const char *in, *want; /* NULL: refused */
	int error;
} rows[] = {
	{ normal_number, " １２３-45 6x" ZWSP BOM "７", "123456X7" },
	{ normal_number, "　ａｂ　", "AB" },
	{ normal_number, "军字第12号", "军字第12号" },
	{ normal_number, "- -", NULL, ERR_INVALID },
	{ normal_number, "12\x01", NULL, ERR_INVALID },
	{ normal_number, "12\xc0\x80", NULL, ERR_INVALID },
	/* domain.md 2.5 */
	{ normal_phone, "18711111111", "18711111111" },
	{ normal_phone, "+86 187-1111-1111", "18711111111" },
	{ normal_phone, "0086 18711111111", "18711111111" },
	{ normal_phone, "8618711111111", "18711111111" },
	{ normal_phone, "＋８６１８７１１１１１１１１", "18711111111" },
	{ normal_phone, "19912345678", "19912345678" },
	{ normal_phone, "12012345678", NULL, ERR_PHONE },
	{ normal_phone, "1871111111", NULL, ERR_PHONE },
	{ normal_phone, "1410123456789", NULL, ERR_PHONE }, /* IoT, 13 digits */
	{ normal_phone, "+85291234567", NULL, ERR_PHONE },
	{ normal_phone, "1871111111a", NULL, ERR_PHONE },
	{ normal_phone, "", NULL, ERR_PHONE },
	{ normal_login_name, "ZhangSan", "zhangsan" },
	{ normal_login_name, "HJ_91110108MA01ET88XL", "hj_91110108ma01et88xl" },
	{ normal_login_name, "１８７ＡＢ", "187ab" },
	{ normal_login_name, "Straße", "strasse" },
	{ normal_login_name, "张三_1", "张三_1" },
	{ normal_login_name, "", NULL, ERR_LOGIN_NAME_RULE },
	{ normal_login_name, "a b", NULL, ERR_LOGIN_NAME_RULE },
	{ normal_login_name, "a" ZWSP "b", NULL, ERR_LOGIN_NAME_RULE },
	{ normal_login_name, "a" RLO "b", NULL, ERR_LOGIN_NAME_RULE },
	{ normal_login_name, "a\tb", NULL, ERR_LOGIN_NAME_RULE },
	{ normal_login_name, "a\x7f", NULL, ERR_LOGIN_NAME_RULE },
	{ normal_login_name, "!Az_~", "!az_~" },
	{ normal_login_name, "a\xcd\xb8", NULL, ERR_LOGIN_NAME_RULE },		/* U+0378 is unassigned */
	{ normal_login_name, "a\xee\x80\x80", NULL, ERR_LOGIN_NAME_RULE },	/* private use */
	{ normal_login_name, "a\xef\xb8\x8f", NULL, ERR_LOGIN_NAME_RULE },	/* variation selector */
	{ normal_login_name, "a\xc2\xa8", NULL, ERR_LOGIN_NAME_RULE },		/* compatibility mapping makes a space */
	{ normal_login_name, "a\xff", NULL, ERR_LOGIN_NAME_RULE },
	{ email_address, " Zhang.San@Example.COM ", "Zhang.San@example.com" },
	{ email_key, " Zhang.San@Example.COM ", "zhang.san@example.com" },
	{ email_address, "ａ＠ｂ．cn", "a@b.cn" },
	{ email_address, "a+b@x-y.cn", "a+b@x-y.cn" },
	{ email_address, "a@b", NULL, ERR_INVALID },
	{ email_address, "a@b..cn", NULL, ERR_INVALID },
	{ email_address, "a@b.cn.", NULL, ERR_INVALID },
	{ email_address, "@b.cn", NULL, ERR_INVALID },
	{ email_address, "a..b@b.cn", NULL, ERR_INVALID },
	{ email_address, ".a@b.cn", NULL, ERR_INVALID },
	{ email_address, "a b@b.cn", NULL, ERR_INVALID },
	{ email_address, "a@b@c.cn", NULL, ERR_INVALID },
	{ email_address, "a@-b.cn", NULL, ERR_INVALID },
	{ email_address, "a\r\nBcc: x@b.cn", NULL, ERR_INVALID },
	/* domain.md 2.9 */
	{ normal_person_name, "张三", "张三" },
	{ normal_person_name, " 张　三 ", "张三" },
	{ normal_person_name, "阿凡提•买买提", "阿凡提·买买提" },
	{ normal_person_name, "阿凡提・买买提", "阿凡提·买买提" },
	{ normal_person_name, "阿凡提．买买提", "阿凡提·买买提" },
	{ normal_person_name, "阿凡提.买买提", "阿凡提·买买提" },
	{ normal_person_name, "张𠮷", "张𠮷" },
	{ normal_person_name, "㐀𰀀", "㐀𰀀" },
	{ normal_person_name, "John O’Neil-Smith", "John O'Neil-Smith" },
	{ normal_person_name, "Müller  Jürgen", "Müller Jürgen" },
	{ normal_person_name, "\xe2\x80\x80John \xe2\x80\x80", "John" },
	{ normal_person_name, "\xe2\x80\x80.", NULL, ERR_INVALID },
	{ normal_person_name, "张", NULL, ERR_INVALID },
	{ normal_person_name, "张3", NULL, ERR_INVALID },
	{ normal_person_name, "·张三", NULL, ERR_INVALID },
	{ normal_person_name, "张··三", NULL, ERR_INVALID },
	{ normal_person_name, "张三·", NULL, ERR_INVALID },
	{ normal_person_name, "张San", NULL, ERR_INVALID },
	{ normal_person_name, "-", NULL, ERR_INVALID },
	{ normal_person_name, "<b>", NULL, ERR_INVALID },
	{ normal_person_name_key, "John o'Neil", "JOHNO'NEIL" },
	{ normal_person_name_key, "张 三", "张三" },
	{ normal_person_name_key, "阿凡提•买买提", "阿凡提·买买提" },
	{ normal_unit_name_key, "郑州 科技（集团）有限公司", "郑州科技(集团)有限公司" },
	{ normal_unit_name_key, "郑州科技(集团)有限公司", "郑州科技(集团)有限公司" },
	{ normal_unit_name_key, " ", NULL, ERR_INVALID },
	/* domain.md 4.4 */
	{ mask_name, "王大友", "*大友" },
	{ mask_name, "李四", "*四" },
	{ mask_name, "John Smith", "J*** S***" },
	{ mask_name, "", "****" },
	{ strong, "33062319740212345X", "3****************X" },
	{ confirm, "33062319740212345X", "3***23197402*****X" },
	{ common, "410123199001011234", "410***********1234" },
	{ strong, "110101781027002", "1*************2" },
	{ strong, "1234", "****" },
	{ mask_document, "E12345678", "E12***678" },
	{ mask_document, "军字第1234567号", "军字第*****67号" },
	{ mask_document, "12", "**" },
	{ mask_phone, "13712349050", "137****9050" },
	{ mask_phone, "1371234905", "****" },
	{ mask_landline, "057188888709", "0571****8709" },
	{ mask_landline, "0571-88888709", "0571****8709" },
	{ mask_landline, "010-88659000", "010****9000" },
	{ mask_landline, "88659000", "****" },
	{ mask_email, "contact@163.com", "con***@163.com" },
	{ mask_email, "abc@163.com", "abc***@163.com" },
	{ mask_email, "a@163.com", "a***@163.com" },
	{ mask_email, "@163.com", "****" },
	{ mask_email, "abc", "****" },
	{ mask_bank_card, "6225751234561496", "622575******1496" },
	{ mask_bank_card, "622575", "****" },
};

START_TEST(texts)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(32768);
	struct span got = { NULL, 0 };

	ROW_INT(rows[_i].in, rows[_i].fn(span_of(rows[_i].in), arena, &got), rows[_i].error);
	ROW_SPAN(rows[_i].in, got, span_of(rows[_i].want));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	int result = FAULT_MEMORY;

	for (unsigned long k = 1; k < 50 && result; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(32768);
		struct span got = { NULL, 0 };

		arena_fail_at(k);
		result = rows[_i].fn(span_of(rows[_i].in), arena, &got);
		arena_fail_at(0);
		if (result != FAULT_MEMORY) {
			ROW_INT(rows[_i].in, result, rows[_i].error);
			return;
		}
		ROW_TRUE(rows[_i].in, got.p == NULL);
	}
	ck_abort_msg("%s: never ends", rows[_i].in);
}
END_TEST

START_TEST(long_input_is_refused)
{
	static char text[NORMAL_INPUT_MAX + 2];
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	struct span got, in = { text, sizeof text - 1 };

	memset(text, '1', sizeof text - 1);
	ck_assert_int_eq(normal_number(in, arena, &got), ERR_INVALID);
	ck_assert_int_eq(normal_phone(in, arena, &got), ERR_PHONE);
	ck_assert_int_eq(normal_login_name(in, arena, &got), ERR_LOGIN_NAME_RULE);
	ck_assert_int_eq(normal_number(SPAN("1\0002"), arena, &got), ERR_INVALID);
}
END_TEST

static const struct {
	const char *name;
	enum rules_failure want;
} names[] = {
	{ "a123", RULES_OK },
	{ "Zhang_San", RULES_OK },
	{ "hj123", RULES_OK },
	{ "abcdefghijklmnopqrstuvwxyz0123", RULES_OK },
	{ "abcdefghijklmnopqrstuvwxyz01234", RULES_LENGTH },
	{ "1abc", RULES_FIRST },
	{ "_abc", RULES_FIRST },
	{ "ab", RULES_LENGTH },
	{ "abc", RULES_LENGTH },
	{ "HJ_x123", RULES_RESERVED },
	{ "hj_x123", RULES_RESERVED },
	{ "ab-cd", RULES_CHARACTERS },
	{ "张三abc", RULES_CHARACTERS },
	{ "abcd ", RULES_CHARACTERS },
	{ "", RULES_EMPTY },
};

START_TEST(login_names)
{
	ROW_INT(names[_i].name, rules_login_name(span_of(names[_i].name)), names[_i].want);
}
END_TEST

static bool is_breached(struct span password, void *user)
{
	return span_is(password, user);
}

static const struct {
	const char *password;
	enum rules_failure want;
	const char *login_name, *phone;
} passwords[] = {
	{ "Abc12345", RULES_OK },
	{ "Abc@1234", RULES_OK },
	{ "abc12345", RULES_CLASSES },
	{ "ABC12345", RULES_CLASSES },
	{ "Ab1!xyz", RULES_LENGTH },
	{ "Ab1!xyzAb1!xyzAb1!xy", RULES_OK },
	{ "Ab1!xyzAb1!xyzAb1!xyz", RULES_LENGTH },
	{ "Abc @1234", RULES_CHARACTERS },
	{ "Abc\t@1234", RULES_CHARACTERS },
	{ "Abc密1234", RULES_CHARACTERS },
	{ "", RULES_EMPTY },
	{ "xZhangSan1!", RULES_CONTAINS_LOGIN, "zhangsan" },
	{ "xZhangSan1!", RULES_OK, "lisi" },
	{ "Abc@1234", RULES_OK, "abc" }, /* too short a name to count */
	{ "A!18711111111", RULES_OK, NULL, "18711111112" },
	{ "Aa!18711111111", RULES_CONTAINS_PHONE, NULL, "18711111111" },
	{ "P@ssw0rd", RULES_BREACHED },
};

START_TEST(passwords_rule)
{
	struct rules_password rule = { .login_name = span_of(passwords[_i].login_name), .phone = span_of(passwords[_i].phone),
				       .is_breached = is_breached, .user = (char[]){ "P@ssw0rd" } };

	ROW_INT(passwords[_i].password, rules_check_password(span_of(passwords[_i].password), &rule), passwords[_i].want);
	if (passwords[_i].want == RULES_OK)
		ROW_INT(passwords[_i].password, rules_check_password_twice(span_of(passwords[_i].password), SPAN("x"), &rule),
			RULES_MISMATCH);
}
END_TEST

int main(void)
{
	return suite_run("normal", (struct suite_test[]){ SUITE_LOOP(texts, ARRAY_LEN(rows)),
							  SUITE_LOOP(every_allocation_may_fail, ARRAY_LEN(rows)),
							  SUITE_ONCE(long_input_is_refused), SUITE_LOOP(login_names,
							  ARRAY_LEN(names)),
							  SUITE_LOOP(passwords_rule, ARRAY_LEN(passwords)), SUITE_END });
}
