/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/signed_http.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "broker/base/url.h"
#include "keys/digest.h"

#include <time.h>

static const char *const contents[] = { "json", "form", NULL };
static const char *const algorithms[] = { "HMAC-SHA256", "HMAC-SM3", "HMAC-SHA1", "SHA256", "SM3", "MD5", "none", NULL };
static const struct {
	enum digest digest;
	bool is_hmac;
} signing[] = { { DIGEST_SHA256, true }, { DIGEST_SM3, true }, { DIGEST_SHA1, true }, { DIGEST_SHA256, false }, { DIGEST_SM3, false }, { DIGEST_MD5, false } };
enum { SIGN_NOTHING = ARRAY_LEN(signing) };
enum { HEX, HEX_UPPER, BASE64, BASE64URL };
static const char *const encodings[] = { "hex", "HEX", "base64", "base64url", NULL };

#define AT(member) offsetof(struct signed_http, member)
const struct option signed_http_rows[] = {
	{ .key = "url", .type = OPTION_STRING, .offset = AT(url), .max = 2048, .flags = OPTION_REQUIRED,
	  .doc = "Where requests are posted (https; http only on loopback)." },
	{ .key = "content", .type = OPTION_ENUM, .offset = AT(content), .def = "json", .values = contents,
	  .doc = "What the body is: values are quoted as `json` strings, or encoded for a `form`." },
	{ .key = "headers", .type = OPTION_LIST, .offset = AT(headers), .max = FETCH_HEADERS_MAX,
	  .doc = "Further headers, `Name: value`; with placeholders, `{sign}` among them." },
	{ .key = "key_id", .type = OPTION_STRING, .offset = AT(key_id), .max = 256, .doc = "Who we are over there; `{key_id}`." },
	{ .key = "secret", .type = OPTION_SECRET, .offset = AT(secret), .max = 512,
	  .doc = "Key of the HMAC. With a plain hash it stands where `sign_over` says `{secret}`. Better as `secret_file`." },
	{ .key = "sign_with", .type = OPTION_ENUM, .offset = AT(algorithm), .def = "HMAC-SHA256", .values = algorithms, .doc = "How `{sign}` is computed." },
	{ .key = "sign_as", .type = OPTION_ENUM, .offset = AT(encoding), .def = "hex", .values = encodings, .doc = "… and written." },
	{ .key = "sign_over", .type = OPTION_STRING, .offset = AT(sign_over), .def = "{timestamp}{n}{nonce}{n}{body}", .max = 1024,
	  .doc = "What is signed; `{n}` is a line break. `{body}` is the body as sent, `{body_sha256}` its SHA-256 in hex." },
	{ .key = NULL },
};

/* ---- templates */

/* Known everywhere, in this order in `struct filled`. */
static const char *const common[] = { "key_id", "timestamp", "timestamp_ms", "time", "date", "nonce", "sign", "body", "body_sha256", "secret", "n", NULL };
enum { F_KEY_ID, F_TIMESTAMP, F_TIMESTAMP_MS, F_TIME, F_DATE, F_NONCE, F_SIGN, F_BODY, F_BODY_SHA256, F_SECRET, F_LINE, F_COMMON };

/* The next "{word}" in *@rest: what stands before it is *@ret_before. False: no more, and *@ret_before is all that was left. */
static bool next_placeholder(struct span *rest, struct span *ret_before, struct span *ret_word)
{
	for (size_t i = 0; i < rest->n; i++) {
		size_t j = i + 1;

		if (rest->p[i] != '{')
			continue;
		while (j < rest->n && ((rest->p[j] >= 'a' && rest->p[j] <= 'z') || rest->p[j] == '_' || (rest->p[j] >= '0' && rest->p[j] <= '9')))
			j++;
		if (j == i + 1 || j >= rest->n || rest->p[j] != '}')
			continue;
		*ret_before = (struct span){ rest->p, i };
		*ret_word = (struct span){ rest->p + i + 1, j - i - 1 };
		*rest = (struct span){ rest->p + j + 1, rest->n - j - 1 };
		return true;
	}
	*ret_before = *rest;
	*rest = (struct span){ NULL, 0 };
	return false;
}

static bool has_placeholder(struct span template, const char *name)
{
	struct span before, word;

	while (next_placeholder(&template, &before, &word))
		if (span_is(word, name))
			return true;
	return false;
}

struct filling {
	const struct signed_http_field *fields;
	size_t n;
	struct span common[F_COMMON];
	struct arena *arena;
};

enum quoting { AS_IT_IS, AS_JSON, AS_FORM };

static void add_quoted(struct buf *buf, const struct signed_http_field *field, enum quoting quoting, struct arena *arena)
{
	struct buf quoted = buf_new(arena, field->value.n + 8);
	struct json_writer w = json_writer(&quoted);

	switch (quoting) {
	case AS_FORM:
		encode_percent(buf, field->value);
		return;
	case AS_JSON:
		if (field->is_json)
			break;
		json_str(&w, field->value);
		if (quoted.failed || quoted.n < 2)
			buf->failed = true;
		else
			buf_add(buf, (struct span){ quoted.p + 1, quoted.n - 2 }); /* the quotation marks stand in the template */
		return;
	case AS_IT_IS:
		break;
	}
	buf_add(buf, field->value);
}

static int fill(const struct filling *with, struct span template, enum quoting quoting, struct span *ret_text)
{
	struct buf buf = buf_new(with->arena, template.n + 256);
	struct span before, word;
	bool more;

	do {
		struct signed_http_field field = { .name = NULL };

		more = next_placeholder(&template, &before, &word);
		buf_add(&buf, before);
		for (size_t i = 0; more && i < with->n; i++)
			if (span_is(word, with->fields[i].name))
				field = with->fields[i];
		for (size_t i = 0; more && !field.name && i < F_COMMON; i++)
			if (span_is(word, common[i]))
				field = (struct signed_http_field){ .name = common[i], .value = with->common[i] };
		if (field.name)
			add_quoted(&buf, &field, quoting, with->arena);
	} while (more);
	return buf_done(&buf, ret_text);
}

/* ---- the request */

static int fill_times(struct filling *with, struct instant now)
{
	time_t seconds = (time_t)(now.ms / MS_SECOND), china = (time_t)((now.ms + CHINA_MS) / MS_SECOND);
	char local[16], date[40];
	struct tm tm;

	gmtime_r(&china, &tm);
	strftime(local, sizeof local, "%Y%m%d%H%M%S", &tm);
	gmtime_r(&seconds, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	with->common[F_TIMESTAMP] = span_of(arena_printf(with->arena, "%lld", (long long)(now.ms / MS_SECOND)));
	with->common[F_TIMESTAMP_MS] = span_of(arena_printf(with->arena, "%lld", (long long)now.ms));
	with->common[F_TIME] = arena_dup(with->arena, span_of(local));
	with->common[F_DATE] = arena_dup(with->arena, span_of(date));
	for (size_t i = F_TIMESTAMP; i <= F_DATE; i++)
		if (!with->common[i].p)
			return FAULT_MEMORY;
	return 0;
}

static int write_hash(enum digest digest, const unsigned char *bytes, int encoding, struct arena *arena, struct span *ret_text)
{
	struct span raw = { (const char *)bytes, digest_row(digest)->size };
	struct buf buf = buf_new(arena, 2 * DIGEST_MAX + 1);
	char hex[2 * DIGEST_MAX + 1];

	switch (encoding) {
	case BASE64:
		encode_base64(&buf, raw);
		break;
	case BASE64URL:
		encode_base64url(&buf, raw);
		break;
	default:
		encode_hex(hex, raw);
		for (char *c = hex; encoding == HEX_UPPER && *c; c++)
			*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
		buf_add(&buf, span_of(hex));
	}
	return buf_done(&buf, ret_text);
}

static int sign(struct filling *with, const struct signed_http *http)
{
	unsigned char bytes[DIGEST_MAX];
	struct span text;

	if (http->algorithm == SIGN_NOTHING)
		return 0;
	TRY(fill(with, http->sign_over, AS_IT_IS, &text));
	enum digest digest = signing[http->algorithm].digest;
	TRY(signing[http->algorithm].is_hmac ? digest_hmac(digest, http->secret.bytes, bytes, text) : digest_of(digest, bytes, text));
	return write_hash(digest, bytes, http->encoding, with->arena, &with->common[F_SIGN]);
}

static int fill_body(struct filling *with, const struct signed_http *http, struct span template)
{
	unsigned char hash[DIGEST_MAX];

	TRY(fill(with, template, http->content == SIGNED_HTTP_FORM ? AS_FORM : AS_JSON, &with->common[F_BODY]));
	TRY(digest_of(DIGEST_SHA256, hash, with->common[F_BODY]));
	return write_hash(DIGEST_SHA256, hash, HEX, with->arena, &with->common[F_BODY_SHA256]);
}

static int fill_headers(const struct filling *with, const struct signed_http *http, struct fetch_request *request)
{
	for (size_t i = 0; i < http->headers.n && i < FETCH_HEADERS_MAX; i++) {
		struct span value = http->headers.items[i], name = span_trim(span_cut(&value, ':'));
		struct fetch_header *header = &request->headers[request->n_headers++];

		header->name = arena_cstr(with->arena, name);
		if (!header->name)
			return FAULT_MEMORY;
		TRY(fill(with, span_trim(value), AS_IT_IS, &header->value));
	}
	return 0;
}

int signed_http_fill(const struct signed_http *http, struct span url, struct span body, const struct signed_http_field *fields, size_t n, struct span nonce,
		     struct instant now, struct arena *arena, struct fetch_request *ret_request)
{
	struct filling with = { .fields = fields, .n = n, .arena = arena };
	struct fetch_request request = { .content_type = http->content == SIGNED_HTTP_FORM ? SPAN("application/x-www-form-urlencoded") :
													 SPAN("application/json; charset=utf-8") };

	with.common[F_KEY_ID] = http->key_id;
	with.common[F_NONCE] = nonce;
	with.common[F_LINE] = SPAN("\n");
	TRY(fill_times(&with, now));
	/* A body that holds the signature cannot be signed itself (signed_http_check). */
	bool sign_first = has_placeholder(body, "sign");
	if (!sign_first)
		TRY(fill_body(&with, http, body));
	with.common[F_SECRET] = http->secret.bytes;
	TRY(sign(&with, http));
	with.common[F_SECRET] = (struct span){ NULL, 0 };
	if (sign_first)
		TRY(fill_body(&with, http, body));
	request.body = with.common[F_BODY];
	TRY(fill_headers(&with, http, &request));
	TRY(fill(&with, url, AS_FORM, &request.url));
	*ret_request = request;
	return 0;
}

/* ---- checked when the configuration is read */

static bool is_in(struct span word, const char *const *names)
{
	for (; *names; names++)
		if (span_is(word, *names))
			return true;
	return false;
}

void signed_http_check_template(struct span template, const char *const *names, const char *key, const struct yaml_node *map, struct problems *problems)
{
	struct span before, word;

	while (next_placeholder(&template, &before, &word))
		if (!is_in(word, names) && !is_in(word, common))
			problem_add(problems, yaml_place(map, key), "\"%s\": nobody knows {" SPAN_FMT "}", key, SPAN_ARG(word));
}

void signed_http_check(const struct signed_http *http, const char *const *names, const struct yaml_node *map, struct problems *problems)
{
	struct url url;

	if (!http->url.n)
		return; /* missing, and reported */
	if (url_parse_secure(http->url, &url))
		problem_add(problems, yaml_place(map, "url"), "\"url\" must begin with https:// (http only on loopback)");
	for (size_t i = 0; i < http->headers.n; i++) {
		struct span value = http->headers.items[i], name = span_cut(&value, ':');

		if (!value.p || !name.n)
			problem_add(problems, yaml_place(map, "headers"), "a header is written as \"Name: value\"");
		else
			signed_http_check_template(value, names, "headers", map, problems);
	}
	signed_http_check_template(http->sign_over, names, "sign_over", map, problems);
	if (http->algorithm != SIGN_NOTHING && !http->secret.bytes.n)
		problem_add(problems, yaml_place(map, "secret"), "\"secret\" is missing (or say \"sign_with: none\")");
	if (http->algorithm != SIGN_NOTHING && !signing[http->algorithm].is_hmac && !has_placeholder(http->sign_over, "secret"))
		problem_add(problems, yaml_place(map, "sign_over"), "\"sign_over\" must hold {secret}: a hash without one proves nothing");
}
