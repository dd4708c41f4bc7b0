/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "broker/http/cookie.h"
#include "broker/http/exchange.h"
#include "broker/http/form_data.h"

#include <assert.h>

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static const struct param_value *find_param(const struct request *rq, const char *name)
{
	const struct params *params = &exchange_of(rq)->params;
	size_t i = params_index(params->specs, span_of(name));

	assert(i != PARAMS_NONE && "a parameter that the row does not name");
	return i == PARAMS_NONE || !params->values ? NULL : &params->values[i];
}

struct span request_param(const struct request *rq, const char *name)
{
	const struct param_value *value = find_param(rq, name);

	if (value && value->n)
		return value->many[0];
	return value && value->one.n ? value->one : (struct span){ 0 };
}

size_t request_params(const struct request *rq, const char *name, const struct span **ret_values)
{
	const struct param_value *value = find_param(rq, name);

	*ret_values = value ? value->many : NULL;
	return value ? value->n : 0;
}

size_t request_files(const struct request *rq, const char *name, const struct http_part **ret_parts)
{
	const struct exchange *ex = exchange_of(rq);
	size_t param = params_index(ex->params.specs, span_of(name)), n = 0;

	assert(param != PARAMS_NONE && ex->params.specs[param].flags & PARAM_FILE);
	*ret_parts = NULL;
	for (const struct form_file *file = ex->form ? ex->form->files : NULL; file; file = file->next)
		n += file->param == param;
	struct http_part *parts = n ? arena_array(rq->arena, struct http_part, n) : NULL;
	if (!parts)
		return 0; /* without memory a file is as if it had not come: the page says that it is missing */
	n = 0;
	for (const struct form_file *file = ex->form->files; file; file = file->next)
		if (file->param == param)
			parts[n++] = file->part;
	*ret_parts = parts;
	return n;
}

struct span request_path_param(const struct request *rq, const char *name)
{
	const struct path_params *params = &exchange_of(rq)->match.params;

	for (size_t i = 0; i < params->n; i++)
		if (span_is(params->names[i], name))
			return params->values[i];
	return (struct span){ 0 };
}

struct span request_header(const struct request *rq, const char *name)
{
	const struct exchange *ex = exchange_of(rq);
	struct span wanted = span_of(name), found = { 0 };

	for (size_t i = 0; i < ex->raw.n; i++) {
		if (!span_eq_nocase(ex->headers[i].name, wanted))
			continue;
		if (found.p)
			return (struct span){ 0 };
		found = ex->headers[i].value;
	}
	return found;
}

struct span request_cookie(const struct request *rq, struct span name)
{
	const struct exchange *ex = exchange_of(rq);

	return cookie_find(ex->headers, ex->raw.n, name);
}

/* What stands behind "Scheme " in Authorization; NULL pointer for another scheme. Schemes have no case (RFC 9110 11.1). */
static struct span authorization(const struct request *rq, struct span scheme)
{
	struct span rest = request_header(rq, "Authorization");
	struct span got = span_cut(&rest, ' ');

	return rest.p && span_eq_nocase(got, scheme) ? span_trim(rest) : (struct span){ 0 };
}

bool request_has_authorization(const struct request *rq)
{
	return request_header(rq, "Authorization").p != NULL;
}

int request_basic_credentials(const struct request *rq, struct span *ret_id, struct span *ret_secret)
{
	struct span text = authorization(rq, SPAN("Basic"));
	struct span pair, id, secret = { NULL, 0 };
	int error;

	if (!text.p)
		return ERR_ABSENT;
	error = encode_base64_decode(text, rq->arena, &pair);
	if (!error) {
		id = span_cut(&pair, ':');
		secret = pair;
		error = secret.p ? encode_percent_decode(id, true, rq->arena, &id) : ERR_INVALID;
	}
	if (!error)
		error = encode_percent_decode(secret, true, rq->arena, &secret);
	if (error)
		return error > 0 ? ERR_INVALID_CLIENT : error;
	if (id.n == 0 || !encode_is_utf8(id) || !encode_is_utf8(secret))
		return ERR_INVALID_CLIENT;
	*ret_id = id;
	*ret_secret = secret;
	return 0;
}

int request_bearer(const struct request *rq, struct span *ret_token)
{
	struct span token = authorization(rq, SPAN("Bearer"));
	size_t i = 0;

	if (!token.p)
		return ERR_ABSENT;
	while (i < token.n && (is_alnum(token.p[i]) || (token.p[i] && strchr("-._~+/", token.p[i]))))
		i++;
	if (i == 0)
		return ERR_INVALID_TOKEN;
	while (i < token.n && token.p[i] == '=') /* b64token: RFC 6750 2.1 */
		i++;
	if (i != token.n)
		return ERR_INVALID_TOKEN;
	*ret_token = token;
	return 0;
}

enum language request_language(struct request *rq)
{
	struct exchange *ex = exchange_of(rq);
	enum language language = 0;

	if (ex->has_language)
		return ex->language;
	struct span cookie = request_cookie(rq, rq->server->cookie_lang), accepted = request_header(rq, "Accept-Language");
	ex->language_chosen = ex->params.lang.n && catalogue_negotiate(ex->params.lang, &language);
	ex->language_kept = !ex->language_chosen && cookie.n && catalogue_negotiate(cookie, &language);
	if (!ex->language_chosen && !ex->language_kept && !(ex->params.ui_locales.n && catalogue_negotiate(ex->params.ui_locales, &language)) &&
	    !(accepted.n && catalogue_negotiate(accepted, &language)))
		language = ex->settings->now.language;
	ex->language = language;
	ex->has_language = true;
	return language;
}

void request_prefer_language(struct request *rq, struct span tag)
{
	struct exchange *ex = exchange_of(rq);

	request_language(rq);
	if (!ex->language_chosen && !ex->language_kept)
		(void)(tag.n && catalogue_negotiate(tag, &ex->language));
}

static bool is_browser(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n == BROWSER_SIZE;
}

bool request_has_browser(const struct request *rq)
{
	const struct exchange *ex = exchange_of(rq);

	if (ex->browser[0])
		return !ex->browser_is_new;
	return is_browser(request_cookie(rq, rq->server->cookie_browser));
}

struct span request_browser(struct request *rq)
{
	struct exchange *ex = exchange_of(rq);

	if (!ex->browser[0]) {
		struct span brought = request_cookie(rq, rq->server->cookie_browser);

		if (is_browser(brought)) {
			memcpy(ex->browser, brought.p, BROWSER_SIZE);
		} else {
			struct buf text = buf_new(rq->arena, BROWSER_SIZE + 2);
			unsigned char bits[16];
			struct span made;

			sys_random(bits, sizeof bits);
			encode_base64url(&text, (struct span){ (const char *)bits, sizeof bits });
			if (buf_done(&text, &made))
				return (struct span){ 0 };
			memcpy(ex->browser, made.p, BROWSER_SIZE);
			ex->browser_is_new = true;
			reply_cookie(rq, rq->server->cookie_browser, made, 0, 0);
		}
	}
	return (struct span){ ex->browser, BROWSER_SIZE };
}
