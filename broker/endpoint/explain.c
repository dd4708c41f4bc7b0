/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/explain.h"

#include "broker/base/encode.h"
#include "broker/store/records_login.h"
#include "conf/problem_zh.h"

#define ENTRIES_MAX 64

/* One sentence a step; {name} is its member, "–" where it has none; what stands in brackets is left out then. */
static const struct {
	const char *what, *text[LANGUAGE_COUNT];
} sentences[] = {
	{ "started", { "前往 {provider}（{type}）：{url}", "sent to {provider} ({type}): {url}" } },
	{ "asked", { "询问 {url}：[状态 {status}，][错误 {error}，]用时 {ms} 毫秒", "asked {url}: [status {status}, ][error {error}, ]{ms} ms" } },
	{ "identity", { "{provider} 确认了身份：标识 {subject}，级别 {level}（acr {acr}）", "{provider} named somebody: subject {subject}, level {level} (acr {acr})" } },
	{ "rejected", { "未能登录：{reason}[ 对方错误码：{upstream_error}]", "not logged in: {reason}[ Its own error: {upstream_error}]" } },
	{ "level_low", { "级别不足：acr {acr}，要求 {min_level}", "level too low: acr {acr}, needed {min_level}" } },
	{ "link", { "该标识已关联账号", "the subject leads to an account" } },
	{ "earlier_link", { "按该平台确认的旧标识找到账号，关联已更新", "found by an earlier subject, as the platform itself says; the link moves along" } },
	{ "no_link", { "该标识尚未关联账号", "the subject leads to no account yet" } },
	{ "creates", { "创建新账号", "a new account is created" } },
	{ "asks", { "需要证明已有账号[：{reason}]", "an existing account has to be proved[: {reason}]" } },
	{ "adds", { "为已登录的账号添加此登录方式", "one more way in for the account that is logged in" } },
	{ "password", { "密码登录失败", "the password did not fit" } },
	{ "otp", { "验证码不正确或已过期", "the code was wrong or too old" } },
	{ "second_factor", { "第二因素不正确", "the second factor was wrong" } },
	{ "proved", { "身份已证明：方式 {method}，acr {acr}", "proved by {method}, acr {acr}" } },
	{ "held", { "被规则拦下：{rule}（{error}），转到 {page}", "held by the rule \"{rule}\" ({error}), led to {page}" } },
	{ "code", { "通过全部规则，已向 {client} 发出授权码及下列声明", "every rule passed: {client} gets a code, and these claims" } },
};

struct telling {
	const struct catalogue_set *texts; /* NULL: codes stay codes */
	enum language language;
	struct arena *arena;
};

/* A code as people read it (error.<code>), a reason in the reader's language; anything else as it is. */
static struct span told(const struct telling *t, const char *name, const char *text)
{
	bool is_code = t->texts && (strcmp(name, "error") == 0 || strcmp(name, "reason") == 0);
	char *key = is_code ? arena_printf(t->arena, "error.%s", text) : NULL;
	struct span words = key ? catalogue_text(t->texts, t->language, span_of(key)) : (struct span){ NULL, 0 };

	if (words.n)
		return words;
	return span_of(t->language == LANGUAGE_ZH && strcmp(name, "reason") == 0 ? problem_zh(text, t->arena) : text);
}

static void add_value(struct buf *out, const struct telling *t, const char *name, const json_t *value)
{
	if (json_is_string(value) && json_string_length(value))
		buf_add(out, told(t, name, json_string_value(value)));
	else if (json_is_integer(value))
		buf_printf(out, "%lld", (long long)json_integer_value(value));
	else
		buf_str(out, "–");
}

/* The name in braces at @text; false when none stands there. */
static bool name_at(const char *text, char name[32])
{
	const char *end = *text == '{' ? strchr(text, '}') : NULL;

	if (!end || end - text > 31)
		return false;
	snprintf(name, 32, "%.*s", (int)(end - text - 1), text + 1);
	return true;
}

static void fill(struct buf *out, const struct telling *t, const char *text, const json_t *step)
{
	char name[32];

	for (; *text; text++) {
		const char *inside = *text == '[' ? strchr(text, '{') : NULL;

		if (inside && name_at(inside, name) && !json_object_get(step, name)) {
			text = strchr(inside, ']');
		} else if (name_at(text, name)) {
			add_value(out, t, name, json_object_get(step, name));
			text = strchr(text, '}');
		} else if (*text != '[' && *text != ']') {
			buf_char(out, *text);
		}
	}
}

static const char *sentence_of(struct span what, enum language language)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (span_is(what, sentences[i].what))
			return sentences[i].text[language];
	return "{what}";
}

static int write_steps(const struct trace *trace, const struct telling *t, struct json_writer *out)
{
	JSON *steps = NULL;
	const json_t *step, *value;
	const char *key;
	size_t i;

	if (json_read(trace->steps, &steps))
		return FAULT(FAULT_CORRUPT, "a trace that is no JSON");
	json_key(out, "steps");
	json_open(out, '[');
	json_array_foreach(steps, i, step) {
		struct buf text = buf_new(t->arena, 128);
		struct span sentence;

		fill(&text, t, sentence_of(json_get_span(step, "what"), t->language), step);
		TRY(buf_done(&text, &sentence));
		json_open(out, '{');
		json_member_str(out, "text", sentence);
		json_object_foreach((json_t *)step, key, value) {
			char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

			if (!dumped)
				return FAULT_MEMORY;
			json_key(out, key);
			json_raw(out, span_of(dumped));
			free(dumped);
		}
		json_close(out, '}');
	}
	json_close(out, ']');
	return 0;
}

struct entries {
	struct trace items[ENTRIES_MAX];
	size_t n;
	bool more;
};

static int take(const void *record, void *arg)
{
	struct entries *entries = arg;

	if (entries->n == ENTRIES_MAX) {
		entries->more = true;
		return TXN_STOP;
	}
	entries->items[entries->n++] = *(const struct trace *)record;
	return 0;
}

/* Their ids rise with the expiry, which is as long after each as it was configured then. */
static int by_time(const void *a, const void *b)
{
	const struct trace *one = a, *other = b;

	return one->at.ms < other->at.ms ? -1 : one->at.ms > other->at.ms;
}

static int find(struct txn *txn, struct span key, struct arena *arena, struct entries *entries)
{
	struct trace probe = { .reference = key };

	if (encode_base64url_bytes(key, (unsigned char *)probe.interaction.b, sizeof probe.interaction.b)) {
		TRY(record_each(txn, &KIND_TRACE, TRACE_BY_REFERENCE, &probe, arena, take, entries));
		if (!entries->n)
			return ERR_ABSENT;
		probe.interaction = entries->items[0].interaction;
		entries->n = 0;
	}
	TRY(record_each(txn, &KIND_TRACE, TRACE_BY_INTERACTION, &probe, arena, take, entries));
	qsort(entries->items, entries->n, sizeof *entries->items, by_time);
	return entries->n ? 0 : ERR_ABSENT;
}

static int write_interaction(const struct trace *trace, struct arena *arena, struct json_writer *out)
{
	struct buf buf = buf_new(arena, 32);
	struct span text;

	encode_base64url(&buf, (struct span){ (const char *)trace->interaction.b, sizeof trace->interaction.b });
	TRY(buf_done(&buf, &text));
	json_member_str(out, "interaction", text);
	return 0;
}

int explain_write(struct txn *txn, struct span key, const struct catalogue_set *texts, enum language language, struct instant now, struct arena *arena,
		  struct json_writer *out)
{
	const struct telling telling = { texts, language, arena };
	struct entries *entries = arena_new_of(arena, struct entries);
	const struct trace *last;

	if (!entries)
		return FAULT_MEMORY;
	TRY(find(txn, key, arena, entries));
	last = &entries->items[entries->n - 1];
	TRY(write_interaction(last, arena, out));
	json_member_str(out, "client", last->client);
	json_member_id(out, "account", last->account);
	json_key(out, "entries");
	json_open(out, '[');
	for (size_t i = 0; i < entries->n; i++) {
		if (record_expiry(entries->items[i].id).ms < now.ms)
			continue;
		json_open(out, '{');
		json_member_time(out, "at", entries->items[i].at);
		json_member_str(out, "reference", entries->items[i].reference);
		json_member_str(out, "result", entries->items[i].result.n ? entries->items[i].result : SPAN("ok"));
		TRY(write_steps(&entries->items[i], &telling, out));
		json_close(out, '}');
	}
	json_close(out, ']');
	if (entries->more)
		json_member_bool(out, "more", true);
	return 0;
}
