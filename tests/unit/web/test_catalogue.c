/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/http/catalogue.h"
#include "tests/unit/suite.h"
#include "web/asset.h"

#include <unistd.h>

static const struct catalogue_set *load(const char *dir, struct arena *arena, int want)
{
	const struct catalogue_set *set = NULL;
	char problem[256] = "";
	int result = catalogue_set_load(dir, arena, problem, sizeof problem, &set);

	ck_assert_msg(result == want, "%d %s", result, problem);
	return set;
}

START_TEST(every_error_has_a_text)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
	const struct catalogue_set *set = load(NULL, arena, 0);
	const struct error_row *row;
	char key[64];

	for (size_t i = 0; (row = error_at(i)); i++) {
		snprintf(key, sizeof key, "error.%s", row->code);
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			ck_assert_msg(catalogue_text(set, language, span_of(key)).n > 0, "%s: %s", catalogue_tag(language), key);
	}
}
END_TEST

/* The names in braces of a text, in order. */
static void holes(struct span text, char *ret_holes, size_t size)
{
	size_t n = 0;
	bool inside = false;

	for (size_t i = 0; i < text.n && n + 1 < size; i++) {
		inside = text.p[i] == '{' || (inside && i && text.p[i - 1] != '}');
		if (inside)
			ret_holes[n++] = text.p[i];
	}
	ret_holes[n] = 0;
}

static int by_char(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

START_TEST(languages_name_the_same_members)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
	const struct catalogue_set *set = load(NULL, arena, 0);
	const char *key;

	for (size_t i = 0; (key = catalogue_key_at(set, i)); i++) {
		char zh[128], en[128];

		holes(catalogue_text(set, LANGUAGE_ZH, span_of(key)), zh, sizeof zh);
		holes(catalogue_text(set, LANGUAGE_EN, span_of(key)), en, sizeof en);
		qsort(zh, strlen(zh), 1, by_char);
		qsort(en, strlen(en), 1, by_char);
		ck_assert_msg(strcmp(zh, en) == 0, "%s: the languages name other members", key);
	}
	ck_assert_uint_gt(strlen(catalogue_key_at(set, 0)), 0);
}
END_TEST

/* Quoted in the domain's manuals (domain.md M13, T9, T10, T19, Z8): to the letter. */
static const struct {
	const char *name, *key, *text;
} mandated[] = {
	{ "unknown name and wrong password", "error.credentials", "登录名或密码错误" },
	{ "the rule of login names", "error.login_name_rule", "请输入以字母开头的4-30位字母、数字或下划线的组合" },
	{ "the rule of passwords", "error.password_rule", "请输入8-20位大写字母，小写字母，数字和特殊字符其中任意三种" },
	{ "no legal account", "error.field_empty.legal_login_name", "法人账号不能为空" },
	{ "no user account", "error.field_empty.login_name", "用户账号不能为空" },
	{ "no password", "error.field_empty.password", "登录密码不能为空" },
	{ "awaiting review", "pending.heading.pending_review", "等待管理员进行审核" },
	{ "awaiting a grant", "pending.text.grant_required", "需要使用单位法人账号登录系统，对个人用户进行授权，授权成功后即可正常使用系统。" },
	{ "the natural window", "tab.natural", "自然人登录" },
	{ "the legal window", "tab.legal", "法人登录" },
	{ "the phone window", "tab.phone", "手机登录" },
	{ "the registration link", "link.register", "立即注册账号" },
	{ "the recovery link", "link.forgot", "忘记密码" },
};

START_TEST(mandated_texts)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);

	ROW_SPAN(mandated[_i].name, catalogue_text(load(NULL, arena, 0), LANGUAGE_ZH, span_of(mandated[_i].key)),
			span_of(mandated[_i].text));
}
END_TEST

static const struct {
	const char *name, *list;
	int want; /* -1: none */
} negotiations[] = {
	{ "a plain tag", "en", LANGUAGE_EN },
	{ "a region does not matter", "en-GB", LANGUAGE_EN },
	{ "a script does not matter", "zh-Hans-CN", LANGUAGE_ZH },
	{ "capitals do not matter", "EN-us", LANGUAGE_EN },
	{ "ui_locales in order", "fr en zh", LANGUAGE_EN },
	{ "Accept-Language of a Chinese browser", "zh-CN,zh;q=0.9,en;q=0.8", LANGUAGE_ZH },
	{ "the higher weight wins", "zh;q=0.3, en;q=0.8", LANGUAGE_EN },
	{ "blanks around the weight", "zh; q=0.3, en; q=0.8", LANGUAGE_EN },
	{ "weight zero is a refusal", "en;q=0", -1 },
	{ "what we do not have", "fr-FR,de;q=0.5", -1 },
	{ "a longer word is another language", "english", -1 },
	{ "nothing", "", -1 },
	{ "separators only", " ,;, ;q=1,", -1 },
	{ "a weight that is none", "en;q=x", -1 },
};

START_TEST(negotiate)
{
	enum language language = LANGUAGE_COUNT;
	bool found = catalogue_negotiate(span_of(negotiations[_i].list), &language);

	ROW_INT(negotiations[_i].name, found ? (int)language : -1, negotiations[_i].want);
	ck_assert(found || language == LANGUAGE_COUNT);
}
END_TEST

static const struct {
	const char *name, *zh, *en; /* an operator's files; NULL: none */
	int want;
	const char *support; /* service.support in Chinese afterwards */
} overrides[] = {
	{ "an operator's text replaces ours", "{\"service.support\":\"12345\"}", NULL, 0, "12345" },
	{ "a new text in both languages", "{\"scope.x\":\"甲\",\"service.support\":\"1\"}", "{\"scope.x\":\"A\"}", 0, "1" },
	{ "a new text in one language only", "{\"scope.x\":\"甲\"}", NULL, ERR_CONFIG, NULL },
	{ "a new text in the other language only", NULL, "{\"scope.x\":\"A\"}", ERR_CONFIG, NULL },
	{ "a text that is none", "{\"service.support\":1}", NULL, ERR_CONFIG, NULL },
	{ "no JSON", "service", NULL, ERR_CONFIG, NULL },
};

START_TEST(override)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
	char dir[] = "/tmp/yimen-web-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	char *messages = arena_printf(arena, "%s/messages", dir), *zh = arena_printf(arena, "%s/zh-CN.json", messages);
	char *en = arena_printf(arena, "%s/en.json", messages);

	ck_assert_int_eq(sys_make_dir(messages), 0);
	if (overrides[_i].zh)
		ck_assert_int_eq(sys_write_file(zh, 0600, span_of(overrides[_i].zh)), 0);
	if (overrides[_i].en)
		ck_assert_int_eq(sys_write_file(en, 0600, span_of(overrides[_i].en)), 0);
	const struct catalogue_set *set = load(dir, arena, overrides[_i].want);
	unlink(zh);
	unlink(en);
	rmdir(messages);
	rmdir(dir);
	if (set)
		ROW_SPAN(overrides[_i].name, catalogue_text(set, LANGUAGE_ZH, SPAN("service.support")),
				span_of(overrides[_i].support));
}
END_TEST

START_TEST(assets)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
	const struct asset_set *set;

	ck_assert_int_eq(asset_set_load(NULL, arena, &set), 0);
	const struct asset *css = asset_named(set, SPAN("site.css"));
	ck_assert_ptr_nonnull(css);
	ck_assert_str_eq(css->type, "text/css; charset=utf-8");
	ck_assert_uint_eq(strlen(css->path), strlen("/assets/site.0123456789abcdef.css"));
	ck_assert_ptr_eq(asset_find(set, span_of(css->path)), css);
	ck_assert_ptr_null(asset_find(set, SPAN("/assets/site.css")));
	ck_assert_ptr_null(asset_find(set, SPAN("/assets/../messages/en.json")));
	ck_assert_ptr_null(asset_find(set, (struct span){ NULL, 0 }));
	ck_assert_ptr_null(asset_named(set, SPAN("en.json")));
}
END_TEST

START_TEST(no_memory)
{
	int result = FAULT_MEMORY;

	/* Each of the first allocations, then every 29th: the texts are loaded in one loop. */
	for (unsigned long k = 1; result && k < 100000; k += k < 200 ? 1 : 29) {
		struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
		const struct catalogue_set *set;
		const struct asset_set *files;
		char problem[64];

		arena_fail_at(k);
		result = catalogue_set_load(NULL, arena, problem, sizeof problem, &set);
		if (!result)
			result = asset_set_load(NULL, arena, &files);
		arena_fail_at(0);
		ck_assert(result == 0 || result == FAULT_MEMORY);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

int main(void)
{
	return suite_run("catalogue", (struct suite_test[]){
		SUITE_ONCE(every_error_has_a_text), SUITE_ONCE(languages_name_the_same_members),
		SUITE_LOOP(mandated_texts, ARRAY_LEN(mandated)), SUITE_LOOP(negotiate, ARRAY_LEN(negotiations)),
		SUITE_LOOP(override, ARRAY_LEN(overrides)), SUITE_ONCE(assets), SUITE_ONCE(no_memory), SUITE_END });
}
