/* SPDX-License-Identifier: Apache-2.0 */
/* Every sample page in every language against ui-contract: ids, names, and what must not be there. argv[1]: this folder. */
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/http/template.h"
#include "tests/unit/suite.h"

#include <unistd.h>

static const char *folder;

struct bench {
	struct arena *arena;
	struct template_set *set;
	json_t *samples;
};

static struct bench set_up(void)
{
	struct bench b = { .arena = arena_new(64 << 20) };
	struct template_problem problem;
	struct span text;

	ck_assert_msg(template_set_load(NULL, &problem, &b.set) == 0, "%s", problem.text);
	ck_assert_int_eq(sys_read_file(arena_printf(b.arena, "%s/samples.json", folder), 1 << 20, b.arena, &text), 0);
	ck_assert_int_eq(json_read(text, &b.samples), 0);
	return b;
}

static void tear_down(struct bench *b)
{
	json_decref(b->samples);
	template_set_free(b->set);
	arena_free(b->arena);
}

static char *render(struct bench *b, const char *file, enum language language)
{
	size_t i;
	json_t *sample;

	json_array_foreach(b->samples, i, sample) {
		if (!span_is(json_get_span(sample, "file"), file))
			continue;
		struct buf out = buf_new(b->arena, 16384);
		struct span html;

		ck_assert_int_eq(template_render(b->set, json_string_value(json_object_get(sample, "page")), language,
						 json_object_get(sample, "data"), &out), 0);
		ck_assert_int_eq(buf_done(&out, &html), 0);
		return arena_cstr(b->arena, html);
	}
	ck_abort_msg("no sample %s", file);
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* No id twice in one page. */
static void check_ids(const char *file, const char *html)
{
	for (const char *at = html; (at = strstr(at, " id=\"")); at++) {
		const char *end = strchr(at + 5, '"') + 1;
		char id[96];

		ck_assert_uint_lt((size_t)(end - at), sizeof id);
		memcpy(id, at, (size_t)(end - at));
		id[end - at] = 0;
		ck_assert_msg(count(html, id) == 1, "%s:%s twice", file, id);
	}
}

START_TEST(what_every_page_has)
{
	struct bench b = set_up();
	json_t *sample;
	size_t i;

	json_array_foreach(b.samples, i, sample) {
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *file = json_string_value(json_object_get(sample, "file"));
			const char *html = render(&b, file, language);
			char opening[64], page[64];

			snprintf(opening, sizeof opening, "<!DOCTYPE html>\n<html lang=\"%s\">", catalogue_tag(language));
			snprintf(page, sizeof page, "<main id=\"main\" data-page=\"%s\"", json_string_value(json_object_get(sample,
					"page")));
			ck_assert_msg(strncmp(html, opening, strlen(opening)) == 0, "%s", file);
			ck_assert_msg(count(html, page) == 1 && count(html, "<h1>") == 1 && count(html, "id=\"lang\"") == 1, "%s",
					file);
			ck_assert_msg(count(html, " style=") == 0 && count(html, "<style") == 0 && count(html, " onclick") == 0,
					"%s", file);
			ck_assert_msg(count(html, "{{") == 0 && count(html, "action=\"#\"") == 0, "%s", file);
			ck_assert_msg(count(html, "<script") == count(html, "<script src=\"/assets/"), "%s", file);
			check_ids(file, html);
			/* Each form of ours that may change something carries the token; the one that goes to a business system must not. */
			bool is_foreign = strcmp(file, "form-post") == 0;
			ck_assert_msg(count(html, "name=\"csrf\"") == (is_foreign ? 0 : count(html, "<form ") - count(html, " method=\"get\"")), "%s", file);
		}
	}
	tear_down(&b);
}
END_TEST

START_TEST(every_page_has_a_sample_and_a_title)
{
	struct bench b = set_up();
	const char *page;

	for (size_t i = 0; (page = template_page_at(b.set, i)); i++) {
		char key[64];
		json_t *sample;
		size_t k;
		bool found = false;

		json_array_foreach(b.samples, k, sample)
			found = found || span_is(json_get_span(sample, "page"), page);
		ck_assert_msg(found, "no sample of %s", page);
		snprintf(key, sizeof key, "title.%s", page);
		ck_assert_msg(catalogue_text(template_set_catalogues(b.set), LANGUAGE_ZH, span_of(key)).n, "no text %s", key);
	}
	ck_assert_int_eq(template_render(b.set, "nobody", LANGUAGE_EN, NULL, &(struct buf){ 0 }), FAULT_BUG);
	tear_down(&b);
}
END_TEST

static const struct {
	const char *name, *file, *text; /* an operator's file */
	int want;
	const char *says; /* the problem, or what the page "logged-out" contains */
} overrides[] = {
	{ "an operator's page", "templates/logged-out.html", "<h1>{{t:cancel}}</h1>", 0, "<h1>Cancel</h1>" },
	{ "an operator's stylesheet has its own address", "assets/site.css", "body {}", 0, "/assets/site.a9b342a0ff2b8953.css" },
	{ "an operator's text", "messages/en.json", "{\"service.name\":\"A & B\"}", 0, "A &amp; B" },
	{ "a page that could be written into", "templates/logged-out.html", "\n<a onclick=\"{{x}}\">", ERR_CONFIG,
	  "logged-out.html:2: a hole in an event handler" },
	{ "a partial that could be", "templates/_error.html", "<script>{{x}}</script>", ERR_CONFIG,
	  "_error.html:1: a hole in <script> or <style>" },
	{ "texts that are none", "messages/en.json", "[]", ERR_CONFIG, "messages/en.json: not one JSON object with each key once" },
};

START_TEST(override)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(1 << 20);
	struct template_set *set CLEANUP(template_set_cleanup) = NULL;
	struct template_problem problem;
	struct buf out = buf_new(arena, 4096);
	struct span html = { NULL, 0 };
	char dir[] = "/tmp/yimen-web-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	char *path = arena_printf(arena, "%s/%s", dir, overrides[_i].file), *folder_of = arena_cstr(arena, span_of(path));

	*strrchr(folder_of, '/') = 0;
	ck_assert_int_eq(sys_make_dir(folder_of), 0);
	ck_assert_int_eq(sys_write_file(path, 0600, span_of(overrides[_i].text)), 0);
	int result = template_set_load(dir, &problem, &set);

	unlink(path);
	rmdir(folder_of);
	rmdir(dir);
	ROW_INT(overrides[_i].name, result, overrides[_i].want);
	if (result) {
		ck_assert_str_eq(problem.text, overrides[_i].says);
		return;
	}
	ck_assert_int_eq(template_render(set, "logged-out", LANGUAGE_EN, NULL, &out), 0);
	ck_assert_int_eq(buf_done(&out, &html), 0);
	ck_assert_msg(strstr(html.p, overrides[_i].says) != NULL, "%s: %s", overrides[_i].name, html.p);
}
END_TEST

START_TEST(no_memory)
{
	int result = FAULT_MEMORY;

	/* Every allocation would be some thousand loads; these steps visit every kind. */
	for (unsigned long k = 1; result && k < 100000; k += k < 1000 ? 13 : 97) {
		struct template_set *set CLEANUP(template_set_cleanup) = NULL;
		struct template_problem problem;

		arena_fail_at(k);
		result = template_set_load(NULL, &problem, &set);
		arena_fail_at(0);
		ck_assert_msg(result == 0 || (result == FAULT_MEMORY && !set), "allocation %lu: %d %s", k, result, problem.text);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

static const struct {
	const char *name, *file, *has; /* the text; '!' before it: must not be there */
} rows[] = {
	{ "the login form", "login-natural", "<form id=\"login-password\" method=\"post\" action=\"/login\">" },
	{ "the natural namespace", "login-natural", "name=\"namespace\" value=\"natural\"" },
	{ "the legal namespace", "login-wrong", "name=\"namespace\" value=\"legal\"" },
	{ "the staff namespace", "login-staff", "name=\"namespace\" value=\"staff\"" },
	{ "the interaction", "login-natural", "<input type=\"hidden\" name=\"interaction\" value=\"i-1\">" },
	{ "the login name", "login-natural", "<input id=\"login_name\" name=\"login_name\" value=\"\"" },
	{ "a hint for password managers: name", "login-natural", "autocomplete=\"username\"" },
	{ "a hint for password managers: password", "login-natural", "autocomplete=\"current-password\"" },
	{ "the password's field", "login-natural", "<input id=\"password\" name=\"password\" type=\"password\"" },
	{ "its button", "login-natural", "id=\"submit-password\"" },
	{ "tab natural is a link", "login-natural",
	  "<a id=\"tab-natural\" aria-current=\"page\" href=\"?interaction=i-1&amp;tab=natural\">" },
	{ "tab legal is a link", "login-natural", "<a id=\"tab-legal\" href=\"?interaction=i-1&amp;tab=legal\">" },
	{ "tab phone is a link", "login-natural", "<a id=\"tab-phone\" href=\"?interaction=i-1&amp;tab=phone\">" },
	{ "the language link keeps the page", "login-natural", "href=\"?interaction=i-1&amp;tab=natural&amp;lang=" },
	{ "registration", "login-natural", "<a id=\"link-register\" href=\"/register?interaction=i-1\">" },
	{ "recovery", "login-natural", "id=\"link-forgot\"" },
	{ "look-up", "login-natural", "id=\"link-lookup\"" },
	{ "no links that data does not have", "login-plain", "!id=\"link-" },
	{ "a third party", "login-natural",
	  "<a id=\"provider-province\" class=\"provider\" href=\"/provider/province?interaction=i-1\">" },
	{ "no captcha unless asked", "login-natural", "!captcha" },
	{ "the captcha's field", "login-wrong", "<input id=\"captcha\" name=\"captcha\"" },
	{ "the captcha's alternative", "login-wrong", "id=\"captcha-alternative\"" },
	{ "the captcha's picture", "login-wrong", "<img id=\"captcha-image\"" },
	{ "no picture without a font", "login-phone-sent", "!captcha-image" },
	{ "the failure", "login-wrong",
	  "<div id=\"error\" class=\"notice notice-error\" role=\"alert\" data-code=\"credentials\">" },
	{ "its reference", "login-wrong", "<code id=\"reference\">7f3a-91c2-44d0</code>" },
	{ "what was typed comes back", "login-wrong", "value=\"HJ_91110108MA01ET88XL\"" },
	{ "a wrong field is marked", "login-empty", "aria-invalid=\"true\" aria-describedby=\"login_name-error\"" },
	{ "and says why", "login-empty", "<p class=\"field-error\" id=\"password-error\">" },
	{ "asking for a code", "login-phone", "<form id=\"otp-send\"" },
	{ "by the second button's name", "login-phone", "id=\"submit-send\" name=\"do\" value=\"send\"" },
	{ "no code form before", "login-phone", "!otp-verify" },
	{ "the phone's hint", "login-phone", "autocomplete=\"tel\"" },
	{ "giving the code", "login-phone-sent", "<form id=\"otp-verify\"" },
	{ "the code's hint", "login-phone-sent", "autocomplete=\"one-time-code\"" },
	{ "its button", "login-phone-sent", "id=\"submit-code\"" },
	{ "the wait until another code", "login-phone-sent", "data-wait=\"60\"" },
	{ "choosing", "choose-account", "<form id=\"choose-account\"" },
	{ "an account", "choose-account", "<input type=\"radio\" name=\"account\" value=\"2\"" },
	{ "its button", "choose-account", "id=\"submit-account\"" },
	{ "consent", "consent", "<form id=\"consent\"" },
	{ "allowing", "consent", "id=\"allow\" name=\"decision\" value=\"allow\"" },
	{ "denying", "consent", "id=\"deny\" name=\"decision\" value=\"deny\"" },
	{ "leaving", "logout", "<form id=\"logout\"" },
	{ "confirming", "logout", "id=\"confirm-logout\"" },
	{ "hidden members are escaped", "logout", "name=\"state\" value=\"a&amp;b\"" },
	{ "an error", "error", "<div id=\"error\" role=\"alert\" data-code=\"redirect_uri\">" },
	{ "the error's reference", "error", "id=\"reference\"" },
	{ "support", "error", "<p id=\"support\">服务热线：12345（8:00–18:00）</p>" },
	{ "the response to a business system", "form-post", "action=\"https://kj.example.gov.cn/callback\"" },
	{ "is escaped", "form-post", "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"" },
	{ "has a button", "form-post", "id=\"submit-form-post\"" },
	{ "creating an account for a third party's user", "link", "name=\"do\" value=\"create\"" },
	{ "a search", "lookup", "<form id=\"lookup\" method=\"post\" action=\"/lookup\"" },
	{ "for an enterprise or a person", "lookup", "name=\"kind\" value=\"individual\"" },
	{ "by its key", "lookup", "<input id=\"key\" name=\"key\"" },
	{ "its button", "lookup", "id=\"submit-lookup\"" },
	{ "its answer", "lookup-e4", "id=\"result\" class=\"found\" data-case=\"E4\"" },
	{ "an account that is used no longer has no name", "lookup-moved", "!login-name" },
	{ "linking one", "link", "name=\"do\" value=\"link\"" },
};

START_TEST(contract)
{
	struct bench b = set_up();
	const char *has = rows[_i].has;
	bool wanted = has[0] != '!';

	for (int language = 0; language < LANGUAGE_COUNT; language++)
		ck_assert_msg((strstr(render(&b, rows[_i].file, language), has + !wanted) != NULL) == wanted, "%s: %s",
				rows[_i].name, has);
	tear_down(&b);
}
END_TEST

int main(int argc, char **argv)
{
	folder = argc > 1 ? argv[1] : "tests/unit/web";
	return suite_run("pages", (struct suite_test[]){ SUITE_ONCE(what_every_page_has),
			SUITE_ONCE(every_page_has_a_sample_and_a_title),
							  SUITE_LOOP(contract, ARRAY_LEN(rows)), SUITE_LOOP(override,
									ARRAY_LEN(overrides)), SUITE_ONCE(no_memory), SUITE_END });
}
