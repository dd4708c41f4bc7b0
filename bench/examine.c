/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examine - what a script takes out of an answer, and whether the answer is what it should be.
 *
 * Status and captures are looked at every time, the rest on a sample: parsing JSON 100,000 times a second would measure the
 * generator.
 */
#include "bench/load.h"
#include "broker/base/json.h"

#include <stdlib.h>

#define SAMPLE_FIRST 64
#define SAMPLE_EVERY 64

bool examine_set(struct span *value, struct span s)
{
	char *copy = malloc(s.n + 1);

	if (!copy)
		return false;
	memcpy(copy, s.n ? s.p : "", s.n);
	copy[s.n] = 0;
	free((char *)value->p);
	*value = (struct span){ copy, s.n };
	return true;
}

void examine_bad(struct load *load, const char *why, const struct reply *reply)
{
	if (!load->bad++ && reply)
		snprintf(load->first_bad, sizeof load->first_bad, "%s: %d %.*s %.*s", why, reply->status,
		         (int)(reply->location.n < 160 ? reply->location.n : 160), reply->location.n ? reply->location.p : "",
		         (int)(reply->body.n < 300 ? reply->body.n : 300), reply->body.n ? reply->body.p : "");
	else if (load->bad == 1)
		snprintf(load->first_bad, sizeof load->first_bad, "%s", why);
}

/* Replace by @s without HTML's &amp;; no other reference occurs in a URL or a token. */
static bool set_unescaped(struct span *value, struct span s)
{
	char *copy = malloc(s.n + 1);
	size_t n = 0;

	if (!copy)
		return false;
	for (size_t i = 0; i < s.n; i += s.n - i >= 5 && !memcmp(s.p + i, "&amp;", 5) ? 5 : 1)
		copy[n++] = s.p[i];
	copy[n] = 0;
	free((char *)value->p);
	*value = (struct span){ copy, n };
	return true;
}

static bool capture(struct span *value, const struct rule *rule, const struct reply *reply)
{
	struct span found;

	switch (rule->kind) {
	case CAPTURE_JSON:
		return reply_json_string(reply->body, rule->key, &found) && examine_set(value, found);
	case CAPTURE_QUERY:
		return reply_query(reply->location, rule->key, &found) && examine_set(value, found);
	case CAPTURE_LOCATION:
		return reply->location.p && examine_set(value, reply_path(reply->location));
	case CAPTURE_FIELD:
		return reply_field(reply->body, rule->key, &found) && set_unescaped(value, found);
	case CAPTURE_ACTION:
		return reply_action(reply->body, rule->key, &found) && set_unescaped(value, reply_path(found));
	default:
		return true;
	}
}

static bool json_prints(const json_t *value, struct span want)
{
	char *text;
	bool same;

	if (!value || !want.n)
		return value;
	if (json_is_string(value))
		return span_is(want, json_string_value(value));
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	same = text && span_is(want, text);
	free(text);
	return same;
}

/* Keep at most LOAD_TOKENS_MAX, spread over the run. */
static bool keep_token(struct load *load, const json_t *value)
{
	size_t i = load->tokens_seen < LOAD_TOKENS_MAX ? load->tokens_seen : (size_t)random() % (load->tokens_seen + 1);

	if (!json_is_string(value))
		return false;
	load->tokens_seen++;
	if (i < LOAD_TOKENS_MAX) {
		free(load->tokens[i]);
		load->tokens[i] = strdup(json_string_value(value));
	}
	return true;
}

static bool sets_cookie(const struct reply *reply, struct span prefix)
{
	struct span value;
	size_t at = 0;

	while (reply_header(reply, "set-cookie", &at, &value))
		if (span_starts(value, prefix))
			return true;
	return false;
}

static bool check(struct load *load, const struct rule *rule, const struct reply *reply, const json_t *json)
{
	switch (rule->kind) {
	case CHECK_JSON:
		return json_prints(json_object_get(json, rule->key.p), rule->value);
	case CHECK_JWT:
		return keep_token(load, json_object_get(json, rule->key.p));
	case CHECK_CONTAINS:
		return reply->body.n && memmem(reply->body.p, reply->body.n, rule->key.p, rule->key.n);
	case CHECK_COOKIE:
		return sets_cookie(reply, rule->key);
	default:
		return true;
	}
}

static bool check_sample(struct load *load, const struct step *step, const struct reply *reply)
{
	JSON *json = NULL;

	load->checked++;
	for (size_t i = 0; i < step->rules_n; i++) {
		const struct rule *rule = &step->rules[i];

		if ((rule->kind == CHECK_JSON || rule->kind == CHECK_JWT) && !json && json_read_object(reply->body, &json)) {
			examine_bad(load, "body is not a JSON object", reply);
			return false;
		}
		if (!check(load, rule, reply, json)) {
			examine_bad(load, rule->key.p, reply);
			return false;
		}
	}
	return true;
}

static void keep_cookies(struct connection *c, const struct reply *reply)
{
	struct span value;
	size_t at = 0, i;

	while (reply_header(reply, "set-cookie", &at, &value)) {
		struct span pair = span_cut(&value, ';'), rest = pair, name = span_cut(&rest, '=');

		for (i = 0; i < c->cookies_n; i++) {
			struct span other = c->cookies[i];
			if (span_eq(span_cut(&other, '='), name))
				break;
		}
		if (i == LOAD_COOKIES_MAX)
			continue;
		c->cookies_n += i == c->cookies_n;
		(void)examine_set(&c->cookies[i], pair);
	}
}

bool examine_reply(struct load *load, struct connection *c, const struct reply *reply)
{
	const struct step *step = &load->script->steps[c->step];
	bool expected = false;

	for (size_t i = 0; i < step->status_n; i++)
		expected |= reply->status == step->status[i];
	if (!expected) {
		examine_bad(load, "status", reply);
		return false;
	}
	if (load->script->has_jar)
		keep_cookies(c, reply);
	for (size_t i = 0; i < step->rules_n; i++) {
		if (!capture(&c->values[step->rules[i].var], &step->rules[i], reply)) {
			examine_bad(load, "nothing to capture", reply);
			return false;
		}
	}
	if (load->replies < SAMPLE_FIRST || load->replies % SAMPLE_EVERY == 0)
		return check_sample(load, step, reply);
	return true;
}
