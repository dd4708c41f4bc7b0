/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/base/url.h"
#include "broker/http/cookie.h"
#include "broker/http/csrf.h"
#include "broker/http/exchange.h"
#include "broker/http/template.h"

#include <stdio.h>
#include <stdlib.h>

#define LANG_COOKIE_AGE (365 * MS_DAY / MS_SECOND)

#define EXPOSED_HEADERS "WWW-Authenticate, X-Request-Id, Retry-After, DPoP-Nonce"

enum when { ALWAYS = 1, HTTPS = 2, PAGE = 4, NO_PAGE = 8 };

/* The security headers, all of them. Content-Security-Policy of pages is built per reply: its form-action varies. */
static const struct fixed_header {
	const char *name, *value;
	unsigned when;
} fixed_headers[] = {
	{ "X-Content-Type-Options", "nosniff", ALWAYS },
	{ "Strict-Transport-Security", "max-age=63072000; includeSubDomains", HTTPS },
	{ "Referrer-Policy", "no-referrer", ALWAYS }, /* on a redirect too: addresses carry interactions and codes */
	{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", NO_PAGE },
	{ "X-Frame-Options", "DENY", PAGE },
	{ "Cross-Origin-Opener-Policy", "same-origin", PAGE },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()", PAGE },
};

bool reply_is_header_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] == 0x7f)
			return false;
	return true;
}

void reply_forget(struct exchange *ex)
{
	struct answer *answer = &ex->answer;

	if (answer->shared)
		static_reply_drop(answer->shared);
	else if (answer->response)
		microhttpd.destroy_response(answer->response);
	answer->shared = NULL;
	answer->response = NULL;
	answer->status = 0;
}

bool reply_add_fixed(struct MHD_Response *response, bool https, bool is_page)
{
	unsigned now = ALWAYS | (https ? HTTPS : 0) | (is_page ? PAGE : NO_PAGE);

	for (size_t i = 0; i < ARRAY_LEN(fixed_headers); i++)
		if ((fixed_headers[i].when & now) &&
		    !microhttpd.add_response_header(response, fixed_headers[i].name, fixed_headers[i].value))
			return false;
	return true;
}

static bool add_variable(struct exchange *ex, struct MHD_Response *response)
{
	const struct answer *answer = &ex->answer;
	char seconds[16];

	for (const struct extra_header *h = answer->headers; h; h = h->next)
		if (!microhttpd.add_response_header(response, h->name, h->value))
			return false;
	if (ex->rq.route && ex->rq.route->cors && request_header(&ex->rq, "Origin").p &&
	    (!microhttpd.add_response_header(response, "Access-Control-Allow-Origin", "*") ||
	     !microhttpd.add_response_header(response, "Access-Control-Expose-Headers", EXPOSED_HEADERS)))
		return false;
	if (answer->retry_after) {
		snprintf(seconds, sizeof seconds, "%u", answer->retry_after);
		if (!microhttpd.add_response_header(response, "Retry-After", seconds))
			return false;
	}
	if (ex->must_close && !microhttpd.add_response_header(response, "Connection", "close"))
		return false;
	return microhttpd.add_response_header(response, "X-Request-Id", ex->rq.reference);
}

#define STREAM_BLOCK ((size_t)32 * 1024)

struct stream {
	struct reply_source source;
};

static ssize_t read_stream(void *cls, uint64_t offset, char *out, size_t n)
{
	struct stream *stream = cls;
	size_t got;

	if (offset >= stream->source.size)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (stream->source.read(stream->source.context, offset, out, n, &got) || !got)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return (ssize_t)got;
}

static void free_stream(void *cls)
{
	struct stream *stream = cls;

	stream->source.release(stream->source.context);
	free(stream);
}

/* What a reply is made of. */
struct parts {
	int status;
	const char *type; /* NULL: no body */
	struct span body;
	const char *cache_control; /* NULL: no-store */
	const char *etag;
	const char *csp; /* a page's */
	struct stream *stream; /* instead of @body; taken over */
};

static struct MHD_Response *new_response(struct exchange *ex, const struct parts *parts)
{
	struct MHD_Response *response = NULL;

	if (ex->answer.response)
		ex->answer.failed = FAULT(FAULT_BUG, "a second reply");
	if (!ex->answer.failed && parts->stream)
		response = microhttpd.create_response_from_callback(parts->stream->source.size, STREAM_BLOCK, read_stream, parts->stream, free_stream);
	else if (!ex->answer.failed) /* borrowed: the request's arena outlives the response, see broker/http/loop.c */
		response = microhttpd.create_response_from_buffer(parts->body.n, (void *)(uintptr_t)(parts->body.n ? parts->body.p : ""),
								  MHD_RESPMEM_PERSISTENT);
	if (!response && parts->stream)
		free_stream(parts->stream);
	return response;
}

static int finish(struct request *rq, const struct parts *parts)
{
	struct exchange *ex = exchange_of(rq);

	struct MHD_Response *response = new_response(ex, parts);

	if (!response)
		return ex->answer.failed ? ex->answer.failed : FAULT_MEMORY;
	const char *cache_control = parts->cache_control ? parts->cache_control : "no-store";
	if ((parts->type && !microhttpd.add_response_header(response, "Content-Type", parts->type)) ||
	    !microhttpd.add_response_header(response, "Cache-Control", cache_control) ||
	    (parts->etag && !microhttpd.add_response_header(response, "ETag", parts->etag)) ||
	    (parts->csp && !microhttpd.add_response_header(response, "Content-Security-Policy", parts->csp)) ||
	    !reply_add_fixed(response, rq->server->https, parts->csp != NULL) || !add_variable(ex, response)) {
		microhttpd.destroy_response(response);
		return FAULT_MEMORY;
	}
	ex->answer.response = response;
	ex->answer.status = parts->status;
	return 0;
}

int reply_json(struct request *rq, int status, struct span json)
{
	return finish(rq, &(struct parts){ .status = status, .type = "application/json", .body = json });
}

int reply_stream(struct request *rq, const char *type, const struct reply_source *source)
{
	struct stream *stream = malloc(sizeof *stream);

	if (!stream) {
		source->release(source->context);
		return FAULT_MEMORY;
	}
	stream->source = *source;
	reply_header(rq, "Cross-Origin-Resource-Policy", SPAN("same-origin"));
	return finish(rq, &(struct parts){ .status = 200, .type = type, .stream = stream,
					   .csp = "default-src 'none'; sandbox; frame-ancestors 'none'; form-action 'none'; base-uri 'none'" });
}

int reply_empty(struct request *rq, int status)
{
	return finish(rq, &(struct parts){ .status = status });
}

/* Does If-None-Match name @etag? Weak comparison (RFC 9110 13.1.2). */
static bool is_unchanged(const struct request *rq, const char *etag)
{
	struct span list = request_header(rq, "If-None-Match");

	while (list.p) {
		struct span one = span_trim(span_cut(&list, ','));

		if (span_starts(one, SPAN("W/")))
			one.p += 2, one.n -= 2;
		if (span_is(one, etag) || span_is(one, "*"))
			return true;
	}
	return false;
}

int reply_bytes(struct request *rq, int status, const char *type, struct span bytes, const char *cache_control, const char *etag)
{
	if (etag && status == 200 && is_unchanged(rq, etag))
		return finish(rq, &(struct parts){ .status = 304, .cache_control = cache_control, .etag = etag });
	return finish(rq, &(struct parts){ status, type, bytes, cache_control, etag, NULL });
}

int reply_redirect(struct request *rq, struct span url)
{
	if (url.n == 0 || !reply_is_header_text(url))
		return ERR_INVALID_REQUEST;
	reply_header(rq, "Location", url);
	return finish(rq, &(struct parts){ .status = 303 }); /* never 307: it would repeat a password (RFC 9700 4.12) */
}

void reply_retry_after(struct request *rq, unsigned seconds)
{
	exchange_of(rq)->answer.retry_after = seconds;
}

void reply_header(struct request *rq, const char *name, struct span value)
{
	struct answer *answer = &exchange_of(rq)->answer;
	struct extra_header *header = arena_new_of(rq->arena, struct extra_header);
	char *text = arena_cstr(rq->arena, value);

	if (!header || !text) {
		answer->failed = FAULT_MEMORY;
	} else if (!reply_is_header_text(value)) {
		answer->failed = FAULT(FAULT_BUG, "header %s with bytes that no header may hold", name);
	} else {
		*header = (struct extra_header){ answer->headers, name, text };
		answer->headers = header;
	}
}

void reply_cookie(struct request *rq, struct span name, struct span value, int64_t max_age, unsigned flags)
{
	struct buf text = buf_new(rq->arena, 128);
	struct span done;
	int error = cookie_write(&text, &(struct cookie){ name, value, max_age, flags, rq->server->https });

	if (error)
		exchange_of(rq)->answer.failed = FAULT(FAULT_BUG, "cookie " SPAN_FMT " cannot hold its value", SPAN_ARG(name));
	else if ((error = buf_done(&text, &done)))
		exchange_of(rq)->answer.failed = error;
	else
		reply_header(rq, "Set-Cookie", done);
}

/* The source expression of @url for CSP; empty when it has none that is safe to write. */
static struct span csp_source(struct span url, struct arena *arena)
{
	struct url parsed;
	char *text;

	if (url_parse(url, &parsed) == 0) {
		for (size_t i = 0; i < parsed.authority.n; i++)
			if (strchr(";,'\" ", parsed.authority.p[i]))
				return (struct span){ 0 };
		text = arena_printf(arena, SPAN_FMT "://" SPAN_FMT, SPAN_ARG(parsed.scheme), SPAN_ARG(parsed.authority));
		return span_of(text);
	}
	struct span scheme = span_cut(&url, ':'); /* an app's private scheme (RFC 8252 7.1) */
	for (size_t i = 0; i < scheme.n; i++) {
		bool is_letter = (scheme.p[i] | 0x20) >= 'a' && (scheme.p[i] | 0x20) <= 'z';

		if (!is_letter && (i == 0 || !strchr("0123456789+-.", scheme.p[i])))
			return (struct span){ 0 };
	}
	if (!url.p || scheme.n == 0 || span_eq_nocase(scheme, SPAN("javascript")) || span_eq_nocase(scheme, SPAN("data")))
		return (struct span){ 0 };
	return span_of(arena_printf(arena, SPAN_FMT ":", SPAN_ARG(scheme)));
}

void reply_allow_form_target(struct request *rq, struct span url)
{
	struct answer *answer = &exchange_of(rq)->answer;
	struct span source = csp_source(url, rq->arena);

	if (source.n && answer->n_form_targets < EXCHANGE_FORM_TARGETS_MAX)
		answer->form_targets[answer->n_form_targets++] = source;
}

static int build_csp(struct request *rq, struct span *ret_csp)
{
	const struct answer *answer = &exchange_of(rq)->answer;
	struct buf csp = buf_new(rq->arena, 256);

	buf_str(&csp, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
		      "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
	for (size_t i = 0; i < answer->n_form_targets; i++) {
		buf_char(&csp, ' ');
		buf_add(&csp, answer->form_targets[i]);
	}
	return buf_done(&csp, ret_csp);
}

/* This page in the other language: the path and query with lang exchanged. */
static int add_lang_url(struct request *rq, json_t *data)
{
	enum language other = (request_language(rq) + 1) % LANGUAGE_COUNT;
	struct buf url = buf_new(rq->arena, rq->path.n + rq->query.n + 16);
	struct span text;

	buf_add(&url, rq->path);
	buf_char(&url, '?');
	for (struct span rest = rq->query; rest.p;) {
		struct span pair = span_cut(&rest, '&');

		if (pair.n == 0 || span_is(pair, "lang") || span_starts(pair, SPAN("lang=")))
			continue;
		buf_add(&url, pair);
		buf_char(&url, '&');
	}
	buf_printf(&url, "lang=%s", catalogue_tag(other));
	TRY(buf_done(&url, &text));
	return json_object_set_new(data, "lang_url", json_stringn(text.p, text.n)) ? FAULT_MEMORY : 0;
}

/* The members of every page; those that a handler or the operator set stay. */
static int page_data(struct request *rq, const json_t *own, json_t **ret_data)
{
	struct exchange *ex = exchange_of(rq);
	JSON *data = json_object();
	struct span csrf;

	if (!data)
		return FAULT_MEMORY;
	struct span browser = request_browser(rq);
	if (!browser.p)
		return FAULT_MEMORY;
	TRY(csrf_token(rq->server->options.secret, browser, rq->arena, &csrf));
	if (json_object_set_new(data, "csrf", json_stringn(csrf.p, csrf.n)) ||
	    json_object_set_new(data, "reference", json_string(rq->reference)))
		return FAULT_MEMORY;
	if (rq->method == METHOD_GET)
		TRY(add_lang_url(rq, data));
	json_t *common = ex->settings->now.common[request_language(rq)];
	if ((common && json_object_update(data, common)) ||
	    (own && json_object_update(data, (json_t *)(uintptr_t)own)))
		return FAULT_MEMORY;
	*ret_data = json_incref(data);
	return 0;
}

int reply_page(struct request *rq, int status, const char *page, const json_t *own)
{
	struct exchange *ex = exchange_of(rq);
	struct buf out = buf_new(rq->arena, 8 * 1024);
	JSON *data = NULL;
	struct span html, csp;

	if (!ex->settings->now.templates)
		return FAULT(FAULT_BUG, "page %s without templates", page);
	enum language language = request_language(rq);
	if (ex->language_chosen)
		reply_cookie(rq, rq->server->cookie_lang, span_of(catalogue_tag(language)), LANG_COOKIE_AGE, 0);
	TRY(page_data(rq, own, &data));
	TRY(template_render(ex->settings->now.templates, page, language, data, &out));
	TRY(buf_done(&out, &html));
	TRY(build_csp(rq, &csp));
	return finish(rq, &(struct parts){ status, "text/html; charset=utf-8", html, NULL, NULL, csp.p });
}

int reply_form_post(struct request *rq, struct span url, const struct form_pair *pairs, size_t n)
{
	JSON *data = json_pack("{s:s%,s:[]}", "action", url.p, url.n, "fields");

	if (!data)
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++) {
		json_t *pair = json_pack("{s:s%,s:s%}", "name", pairs[i].name.p, pairs[i].name.n, "value", pairs[i].value.p,
					 pairs[i].value.n);

		if (json_array_append_new(json_object_get(data, "fields"), pair))
			return FAULT_MEMORY;
	}
	reply_allow_form_target(rq, url);
	return reply_page(rq, 200, "form-post", data);
}
