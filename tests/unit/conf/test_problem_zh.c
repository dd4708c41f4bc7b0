/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/problem_zh.h"
#include "tests/unit/suite.h"

static const struct {
	const char *name, *en, *zh;
} rows[] = {
	{ "a sentence as it stands", "no answer", "没有收到回复" },
	{ "what was put in stands in the Chinese sentence", "\"sms.budget.total_day\" must be 0 to 100, not \"-1\"", "sms.budget.total_day 须为 0 至 100，而不是“-1”" },
	{ "the closer row counts", "\"app_id\" needs \"app_secret\"", "填写了“网站应用 AppID”，还须填写“网站应用 AppSecret”" },
	{ "a sentence inside another is told in Chinese too", "The APP Key is not the one of this APP ID (the upstream's error 100009)",
	  "APP Key 与该 APP ID 不符：请在 connect.qq.com“应用管理”核对。（对方错误码：100009）" },
	{ "… and what is wrong with a client", "client \"portal\": \"https://a/*\" must not have a wildcard: answers go only to what stands here byte for byte",
	  "业务系统“portal”：“https://a/*”不能用通配符：只返回到一字不差的地址" },
	{ "… and two deep", "step \"validate\": the variable \"sign\" cannot be computed", "步骤“validate”：变量“sign”无法计算" },
	{ "an upstream's own words stay as they are", "The upstream answered with error 4711: $1 no such thing", "对方返回错误 4711：$1 no such thing。请对照对方的接入文档。" },
	{ "… which may be none", "The upstream answered with error 4711: ", "对方返回错误 4711：。请对照对方的接入文档。" },
	{ "a line of a ticket platform", "steps.validate.url: there is no variable \"tokn\"", "steps.validate.url：没有变量“tokn”" },
	{ "what nobody says stays", "the moon is made of cheese", "the moon is made of cheese" },
	{ "… even when it is nothing", "", "" },
};

START_TEST(told)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 16);

	ROW_SPAN(rows[_i].name, span_of(problem_zh(rows[_i].en, arena)), span_of(rows[_i].zh));
}
END_TEST

/* Hostile words cost no more than their length allows. */
START_TEST(survives_quotes_without_end)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	char text[512];

	memset(text, '"', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	ck_assert_str_eq(problem_zh(text, arena), text);
	for (size_t i = 0; i + 1 < sizeof text; i++)
		text[i] = ": \""[i % 3];
	ck_assert_ptr_nonnull(problem_zh(text, arena));
}
END_TEST

int main(void)
{
	return suite_run("problem_zh", (struct suite_test[]){ SUITE_LOOP(told, ARRAY_LEN(rows)), SUITE_ONCE(survives_quotes_without_end), SUITE_END });
}
