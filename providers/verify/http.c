/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - a verifier behind an HTTP interface: signed requests, signed answers.
 *
 * POST of {"version":1,"subject":"person"|"unit"|"unit_facts",…}, signed as providers/signed_json.h says. The payload of the answer is {"nonce":ours,
 * "timestamp":seconds,"result":"match"|"mismatch"|"unavailable"|"not_checkable","level":2,"method":"population","reference":"…"}; of "unit_facts", where a
 * match is a code that it knows, also "facts":{"name":"…","type":"enterprise",…}. docs/verifier.md
 */
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "providers/signed_json.h"
#include "providers/verify.h"

#define WORD_MAX 64
#define FACTS_MAX 32
#define FACT_MAX 1000 /* bytes */

enum { WITH_SHA256, WITH_SM3 };

struct http_options {
	struct span url, key_id;
	struct secret secret;
	int algorithm;
	bool units, facts;
};

static const char *const algorithms[] = { "HMAC-SHA256", "HMAC-SM3", NULL };

static const struct option rows[] = {
	{ .key = "url", .type = OPTION_STRING, .offset = offsetof(struct http_options, url), .max = 2048, .flags = OPTION_REQUIRED,
	  .doc = "Where the verifier is asked (https; http only on loopback)." },
	{ .key = "key_id", .type = OPTION_STRING, .offset = offsetof(struct http_options, key_id), .def = "yimen", .min = 1, .max = WORD_MAX,
	  .doc = "Which key signs, as the verifier knows it." },
	{ .key = "secret", .type = OPTION_SECRET, .offset = offsetof(struct http_options, secret), .min = 16, .max = 256, .flags = OPTION_REQUIRED,
	  .doc = "Signs questions and answers." },
	{ .key = "algorithm", .type = OPTION_ENUM, .offset = offsetof(struct http_options, algorithm), .def = "HMAC-SHA256", .values = algorithms,
	  .doc = "How they are signed." },
	{ .key = "verifies_units", .type = OPTION_BOOL, .offset = offsetof(struct http_options, units), .def = "true",
	  .doc = "false: it knows people only; units are reviewed by hand." },
	{ .key = "describes_units", .type = OPTION_BOOL, .offset = offsetof(struct http_options, facts), .def = "true",
	  .doc = "false: it is not asked what is registered of a unit; forms are not filled in from it (J2)." },
	{ .key = NULL },
};

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct http_options *http = options;
	struct url url;

	if (http->url.n && url_parse_secure(http->url, &url))
		problem_add(problems, yaml_place(map, "url"), "\"url\" must begin with https:// (http only on loopback)");
	for (size_t i = 0; i < http->key_id.n; i++)
		if (http->key_id.p[i] <= ' ' || http->key_id.p[i] == '"' || http->key_id.p[i] == '\\' || http->key_id.p[i] > '~')
			problem_add(problems, yaml_place(map, "key_id"), "\"key_id\" is made of printable characters without quotes");
}

static struct signed_json signed_with(const struct http_options *http, const struct verify_request *request)
{
	return (struct signed_json){ .key_id = http->key_id, .secret = http->secret.bytes, .nonce = request->nonce, .now = request->now,
				     .digest = http->algorithm == WITH_SM3 ? DIGEST_SM3 : DIGEST_SHA256 };
}

static int write_body(const struct verify_request *request, struct arena *arena, struct span *ret_body)
{
	struct buf buf = buf_new(arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_int(&w, "version", 1);
	json_member_str(&w, "subject", span_of(verify_subject_name(request->subject)));
	json_member_str(&w, "unit_name", request->unit_name);
	json_member_str(&w, "uscc", request->uscc);
	json_member_str(&w, "name", request->name);
	json_member_str(&w, "id_type", request->id_type);
	json_member_str(&w, "id_number", request->id_number);
	json_member_str(&w, "country", request->country);
	json_member_str(&w, "gender", request->gender);
	json_member_str(&w, "ethnic_code", request->ethnic_code);
	json_close(&w, '}');
	return buf_done(&buf, ret_body);
}

static int http_ask(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask)
{
	const struct http_options *http = options;
	struct verify_ask ask = { .type = VERIFY_FETCH, .fetch = { .url = http->url, .content_type = SPAN("application/json") } };
	struct signed_json with = signed_with(http, request);

	if ((request->subject == VERIFY_UNIT && !http->units) || (request->subject == VERIFY_UNIT_FACTS && !http->facts) || request->subject == VERIFY_NETWORK) {
		*ret_ask = (struct verify_ask){ .type = VERIFY_CANNOT };
		return 0;
	}
	TRY(write_body(request, arena, &ask.fetch.body));
	TRY(signed_json_authorization(&with, ask.fetch.body, arena, &ask.fetch.authorization));
	*ret_ask = ask;
	return 0;
}

/* One line of text, by a name that a column may have. */
static bool is_fact(const char *name, struct span text)
{
	if (!name[0] || strlen(name) > WORD_MAX || !text.p || text.n > FACT_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	return true;
}

/* All of them, or none. ERR_INVALID: what is there are no facts, or those of another unit. */
static int read_facts(const struct verify_request *request, const json_t *payload, struct arena *arena, struct verify_answer *answer)
{
	json_t *facts = json_object_get(payload, "facts"), *value;
	struct span uscc = json_get_span(facts, "uscc");
	const char *name;
	size_t n = json_object_size(facts);

	if (!n || n > FACTS_MAX || (uscc.p && !span_eq(uscc, request->uscc)))
		return ERR_INVALID;
	struct verify_cell *cells = arena_array(arena, struct verify_cell, n);
	if (!cells)
		return FAULT_MEMORY;
	json_object_foreach(facts, name, value) {
		struct verify_cell *cell = &cells[answer->n_facts++];

		if (!is_fact(name, json_get_span(facts, name)))
			return ERR_INVALID;
		*cell = (struct verify_cell){ arena_dup(arena, span_of(name)), arena_dup(arena, json_get_span(facts, name)) };
		if (!cell->column.p || !cell->value.p)
			return FAULT_MEMORY;
	}
	answer->facts = cells;
	return 0;
}

static int judge(const struct verify_request *request, const json_t *payload, struct arena *arena, struct verify_answer *ret_answer)
{
	static const enum verify_outcome outcomes[] = { VERIFY_MATCH, VERIFY_MISMATCH, VERIFY_UNAVAILABLE, VERIFY_NOT_CHECKABLE };
	struct span result = json_get_span(payload, "result");
	int64_t level = 0;

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		if (!span_is(result, verify_outcome_name(outcomes[i])))
			continue;
		verify_answer(ret_answer, outcomes[i], "the verifier said so");
		if (json_get_i64(payload, "level", &level) && level >= 0 && level <= 3)
			ret_answer->level = level;
		ret_answer->method = arena_dup(arena, verify_word(json_get_span(payload, "method")));
		ret_answer->evidence = arena_dup(arena, verify_word(json_get_span(payload, "reference")));
		if (!ret_answer->method.p || !ret_answer->evidence.p)
			return FAULT_MEMORY;
		int wrong = request->subject == VERIFY_UNIT_FACTS && outcomes[i] == VERIFY_MATCH ? read_facts(request, payload, arena, ret_answer) : 0;
		return wrong > 0 ? verify_answer(ret_answer, VERIFY_UNAVAILABLE, "facts that are none") : wrong;
	}
	return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "a result that means nothing");
}

static int http_read(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
		     struct verify_answer *ret_answer)
{
	struct signed_json with = signed_with(options, request);
	JSON *payload = NULL;
	const char *why;

	if (reply->error || reply->status != 200)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, reply->error ? "no answer" : "a status that is not 200");
	int result = signed_json_open(&with, reply->body, arena, &payload, &why);
	if (result == ERR_SIGNATURE)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, why);
	return result ? result : judge(request, payload, arena, ret_answer);
}

extern const struct verifier verify_http;
const struct verifier verify_http = {
	.variant = { .name = "http", .doc = "An HTTP interface with signed questions and answers.", .table = rows, .size = sizeof(struct http_options),
		     .check = check },
	.ask = http_ask,
	.read = http_read,
};
