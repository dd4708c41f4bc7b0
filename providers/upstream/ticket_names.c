/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_names - the variables of a run, and the texts made of them: see ticket.h. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "providers/upstream/ticket.h"

#include <stdio.h>
#include <time.h>

static const struct {
	const char *name;
	size_t offset; /* of a span, or of a struct secret, which is one */
} settings[] = {
	{ "base_url", offsetof(struct ticket_options, base_url) },
	{ "api_url", offsetof(struct ticket_options, api_url) },
	{ "app_id", offsetof(struct ticket_options, app_id) },
	{ "secret", offsetof(struct ticket_options, secret.bytes) },
	{ "gateway_key", offsetof(struct ticket_options, gateway_key) },
	{ "gateway_secret", offsetof(struct ticket_options, gateway_secret.bytes) },
};

static struct span setting(const struct ticket_options *plan, size_t i)
{
	return *(const struct span *)(const void *)((const char *)plan + settings[i].offset);
}

bool ticket_names_setting(struct span name, const struct ticket_options *plan, struct span *ret_value)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (span_is(name, settings[i].name)) {
			*ret_value = setting(plan, i);
			return true;
		}
	return false;
}

bool ticket_assignment(struct span line, struct span *ret_name, struct span *ret_rest)
{
	struct span rest = line, name = span_trim(span_cut(&rest, '='));

	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= 'a' && name.p[i] <= 'z') && !(name.p[i] >= '0' && name.p[i] <= '9') && name.p[i] != '_')
			return false;
	if (!name.n || !rest.p)
		return false;
	*ret_name = name;
	*ret_rest = span_trim(rest);
	return true;
}

int ticket_names_set(struct ticket_names *names, struct span name, struct span value)
{
	if (names->n == ARRAY_LEN(names->items))
		return FAULT(FAULT_BUG, "more names than the check lets pass");
	names->items[names->n++] = (struct expr_named){ name, value };
	return 0;
}

static struct tm time_at(struct instant now, int64_t ahead)
{
	time_t seconds = (time_t)((now.ms + ahead) / MS_SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return tm;
}

/* How platforms write the time; all of them are known under these names. */
static int set_times(struct ticket_names *names, struct instant now, struct arena *arena)
{
	const struct tm utc = time_at(now, 0), beijing = time_at(now, CHINA_MS);
	char *text = arena_alloc(arena, 5 * 40);

	if (!text)
		return FAULT_MEMORY;
#define SET(i, name, tm, format) \
	TRY(ticket_names_set(names, SPAN(name), (struct span){ text + 40 * (i), strftime(text + 40 * (i), 40, format, tm) }))
	SET(0, "time_beijing", &beijing, "%Y%m%d%H%M%S");
	SET(1, "time_beijing_text", &beijing, "%Y-%m-%d %H:%M:%S");
	SET(2, "time_http", &utc, "%a, %d %b %Y %H:%M:%S GMT"); /* RFC 9110 5.6.7, which is RFC 1123's; the daemon runs in the locale C */
	SET(3, "time_iso", &utc, "%Y-%m-%dT%H:%M:%SZ");
#undef SET
	char *ms = text + 160;
	size_t n = (size_t)snprintf(ms, 40, "%lld", (long long)now.ms);
	TRY(ticket_names_set(names, SPAN("time_ms"), (struct span){ ms, n }));
	return ticket_names_set(names, SPAN("time_seconds"), (struct span){ ms, n > 3 ? n - 3 : n });
}

static int set_constants(struct ticket_names *names, const struct option_list *lines)
{
	struct span name, value;

	for (size_t i = 0; i < lines->n; i++)
		if (ticket_assignment(lines->items[i], &name, &value))
			TRY(ticket_names_set(names, name, value));
	return 0;
}

int ticket_names_begin(struct ticket_names *names, const struct provider_run *run, const struct ticket_options *own, const struct ticket_options *plan)
{
	const struct ticket_options *preset = ticket_preset(own->preset);

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		TRY(ticket_names_set(names, span_of(settings[i].name), setting(plan, i)));
	if (preset)
		TRY(set_constants(names, &preset->constants));
	TRY(set_constants(names, &own->constants));
	TRY(set_times(names, run->now, run->arena));
	TRY(ticket_names_set(names, SPAN("redirect_uri"), run->redirect_uri));
	TRY(ticket_names_set(names, SPAN("return_uri"), run->return_uri));
	TRY(ticket_names_set(names, SPAN("state"), run->state));
	TRY(ticket_names_set(names, SPAN("random"), run->random));
	return ticket_names_set(names, SPAN("language"), run->language);
}

int ticket_compute(const struct ticket_names *names, struct span expression, struct arena *arena, struct span *ret_value)
{
	const struct expr_vars vars = { .named = names->items, .n_named = names->n };
	const struct expr *expr;

	TRY(expr_parse(expression, EXPR_OF_MESSAGES, arena, &expr));
	return expr_eval(expr, &vars, arena, ret_value);
}

int ticket_assign(struct ticket_names *names, const struct option_list *lines, struct arena *arena, struct span *ret_name)
{
	struct span expression, value;

	for (size_t i = 0; i < lines->n; i++) {
		if (!ticket_assignment(lines->items[i], ret_name, &expression))
			return FAULT(FAULT_BUG, "a line that the check has passed");
		TRY(ticket_compute(names, expression, arena, &value));
		TRY(ticket_names_set(names, *ret_name, value));
	}
	return 0;
}

int ticket_each(struct span template, ticket_each_fn *each, void *arg)
{
	while (template.n) {
		const char *open = memmem(template.p, template.n, "${", 2);
		struct span text = { template.p, open ? (size_t)(open - template.p) : template.n };

		if (!open)
			return each(arg, text, (struct span){ 0 }, (struct span){ 0 });
		const char *close = memchr(open, '}', template.n - text.n);
		if (!close)
			return ERR_INVALID;
		struct span filter = { open + 2, (size_t)(close - open) - 2 }, name = span_cut(&filter, '|');
		if (!name.n)
			return ERR_INVALID;
		TRY(each(arg, text, name, filter));
		template = (struct span){ close + 1, template.n - text.n - (size_t)(close + 1 - open) };
	}
	return 0;
}

struct filling {
	const struct ticket_names *names;
	enum ticket_place place;
	struct arena *arena;
	struct buf buf;
};

static int fill_one(void *arg, struct span text, struct span name, struct span filter)
{
	struct filling *filling = arg;
	struct span value = { 0 };
	const struct expr_named *found = NULL;

	buf_add(&filling->buf, text);
	if (!name.n)
		return 0;
	for (size_t i = filling->names->n; i-- > 0 && !found;)
		if (span_eq(filling->names->items[i].name, name))
			found = &filling->names->items[i];
	if (!found)
		return ERR_INVALID;
	value = found->value;
	if (span_is(filter, "uri") || (!filter.n && filling->place == TICKET_IN_URL)) {
		encode_percent(&filling->buf, value);
	} else if (span_is(filter, "json") || (!filter.n && filling->place == TICKET_IN_JSON)) {
		const struct span part[3] = { value }; /* all three may be read, whatever the operation */
		struct span escaped;

		TRY(expr_reply_apply(EXPR_JSON, part, filling->arena, &escaped));
		buf_add(&filling->buf, escaped);
	} else {
		buf_add(&filling->buf, value);
	}
	return 0;
}

int ticket_fill(const struct ticket_names *names, struct span template, enum ticket_place place, struct arena *arena, struct span *ret_text)
{
	struct filling filling = { names, place, arena, buf_new(arena, template.n + 128) };

	TRY(ticket_each(template, fill_one, &filling));
	return buf_done(&filling.buf, ret_text);
}
