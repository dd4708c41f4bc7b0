/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply_error - errors in the style of their row: page, OAuth JSON, bearer challenge, plain JSON.
 */
#include "broker/base/json.h"
#include "broker/http/exchange.h"
#include "broker/http/template.h"

#include <stdio.h>

/* error_description holds printable ASCII without quotes (RFC 6749 5.2) and is for developers: the English text, when it is fit. */
static struct span description(struct request *rq, const struct error_row *row)
{
	const struct template_set *set = exchange_of(rq)->settings->now.templates;
	char key[64];
	struct span text = { 0 };

	snprintf(key, sizeof key, "error.%s", row->code);
	if (set)
		text = catalogue_text(template_set_catalogues(set), LANGUAGE_EN, span_of(key));
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e || strchr("\"\\{}", text.p[i]))
			text.n = 0;
	return text.n ? text : span_of(row->code);
}

static int reply_oauth(struct request *rq, const struct error_row *row)
{
	struct buf out = buf_new(rq->arena, 256);
	struct json_writer w = json_writer(&out);
	struct span json;

	json_open(&w, '{');
	json_member_str(&w, "error", span_of(row->oauth));
	json_member_str(&w, "error_description", description(rq, row));
	json_member_str(&w, "reference", span_of(rq->reference));
	json_close(&w, '}');
	TRY(buf_done(&out, &json));
	return reply_json(rq, row->status, json);
}

static int reply_plain(struct request *rq, const struct error_row *row)
{
	struct buf out = buf_new(rq->arena, 128);
	struct json_writer w = json_writer(&out);
	struct span json;

	json_open(&w, '{');
	json_member_str(&w, "error", span_of(row->code));
	json_member_str(&w, "reference", span_of(rq->reference));
	json_close(&w, '}');
	TRY(buf_done(&out, &json));
	return reply_json(rq, row->status, json);
}

/* RFC 6749 5.2 for clients, RFC 6750 3 for bearers; a request without credentials gets no error code (RFC 6750 3.1). */
static int add_challenge(struct request *rq, const struct error_row *row)
{
	struct span realm = server_issuer(rq->server);
	char *text;

	if (rq->route->errors != ERRORS_BEARER)
		text = arena_printf(rq->arena, "Basic realm=\"" SPAN_FMT "\", charset=\"UTF-8\"", SPAN_ARG(realm));
	else if (!request_has_authorization(rq))
		text = arena_printf(rq->arena, "Bearer realm=\"" SPAN_FMT "\"", SPAN_ARG(realm));
	else
		text = arena_printf(rq->arena, "Bearer realm=\"" SPAN_FMT "\", error=\"%s\"", SPAN_ARG(realm), row->oauth);
	if (!text)
		return FAULT_MEMORY;
	reply_header(rq, "WWW-Authenticate", span_of(text));
	return 0;
}

void reply_way_back(struct request *rq, struct span url)
{
	exchange_of(rq)->answer.way_back = url;
}

int reply_error_page(struct request *rq, int error, const json_t *more)
{
	const struct error_row *row = error_row(error);
	JSON *data = json_pack("{s:{s:s}}", "error", "code", row->code);

	if (!data)
		return FAULT_MEMORY;
	json_t *own = more ? json_object_get(more, "error") : NULL;
	if (own && json_object_update_missing(json_object_get(data, "error"), own))
		return FAULT_MEMORY;
	if (more && json_object_update_missing(data, (json_t *)(uintptr_t)more))
		return FAULT_MEMORY;
	struct span back = exchange_of(rq)->answer.way_back;
	if (back.n && !json_object_get(data, "return_url") && json_object_set_new(data, "return_url", json_stringn(back.p, back.n)))
		return FAULT_MEMORY;
	return reply_page(rq, row->status, "error", data);
}

static int reply_text(struct request *rq, const struct error_row *row)
{
	const char *text = arena_printf(rq->arena, "%s\nreference: %s\n", row->code, rq->reference);

	return text ? reply_bytes(rq, row->status, "text/plain; charset=utf-8", span_of(text), NULL, NULL) : FAULT_MEMORY;
}

static int in_style(struct request *rq, int error)
{
	const struct error_row *row = error_row(error);
	enum error_style style = rq->route ? rq->route->errors : ERRORS_PAGE;

	/* a proxy, a probe or a program asked for what is no route: a page would not help it */
	if (!rq->route) {
		struct span accepted = request_header(rq, "Accept");

		style = accepted.n && memmem(accepted.p, accepted.n, "text/html", 9) ? ERRORS_PAGE : ERRORS_PLAIN_JSON;
	}
	if (row->status == 401 && (style == ERRORS_OAUTH || style == ERRORS_BEARER))
		TRY(add_challenge(rq, row));
	else if (row->status == 403 && style == ERRORS_BEARER)
		TRY(add_challenge(rq, row));
	switch (style) {
	case ERRORS_OAUTH:
	case ERRORS_BEARER:
		return reply_oauth(rq, row);
	case ERRORS_PLAIN_JSON:
		return reply_plain(rq, row);
	case ERRORS_PAGE:
		break;
	}
	return exchange_of(rq)->settings->now.templates ? reply_error_page(rq, error, NULL) : reply_text(rq, row);
}

int reply_error(struct request *rq, int error)
{
	struct exchange *ex = exchange_of(rq);
	int status = error_row(error)->status;

	if (ex->answer.response) /* a handler that replied and then failed */
		reply_forget(ex);
	ex->answer.failed = 0;
	if ((status == 503 || status == 429) && !ex->answer.retry_after)
		ex->answer.retry_after = 1;
	if (in_style(rq, error) == 0)
		return 0;
	ex->answer.failed = 0;
	if (reply_text(rq, error_row(error)) == 0)
		return 0;
	ex->answer.status = status; /* no memory: the loop sends an empty body */
	return 0;
}
