/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/page.h"

#include "broker/base/encode.h"
#include "broker/base/hours.h"

#include <time.h>

int page_config_language(enum language language)
{
	return language == LANGUAGE_EN ? CONFIG_EN : CONFIG_ZH_CN;
}

struct span page_text(struct request *rq, const struct config_text *text)
{
	return config_text(text, page_config_language(request_language(rq)));
}

json_t *page_new(struct request *rq, const struct interaction *interaction)
{
	json_t *data = json_object();
	struct span text;

	if (interaction->redirect_uri.n)
		interaction_allow_target(rq, interaction);
	if (data && !interaction_text(rq, interaction->id, &text))
		page_set(data, "interaction", text);
	page_set(data, "action", rq->path);
	page_set(data, "client_name", interaction_client_name(rq, interaction));
	return data;
}

void page_set(json_t *data, const char *key, struct span value)
{
	if (data && value.n)
		json_object_set_new(data, key, json_stringn(value.p, value.n));
}

void page_set_time(json_t *data, const char *key, struct instant t)
{
	time_t seconds = (time_t)((t.ms + CHINA_MS) / MS_SECOND);
	char text[32];
	struct tm tm;

	if (!instant_is_set(t))
		return;
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", gmtime_r(&seconds, &tm));
	page_set(data, key, span_of(text));
}

void page_set_id(json_t *data, const char *key, struct id id)
{
	char text[37];

	if (!id_is_set(id))
		return;
	encode_id(text, id);
	page_set(data, key, span_of(text));
}

void page_set_int(json_t *data, const char *key, int64_t value)
{
	if (data)
		json_object_set_new(data, key, json_integer(value));
}

void page_set_true(json_t *data, const char *key)
{
	if (data)
		json_object_set_new(data, key, json_true());
}

/* The object at @key, made when it is not there. Borrowed. */
static json_t *child(json_t *data, const char *key)
{
	json_t *object = data ? json_object_get(data, key) : NULL;

	if (object || !data)
		return object;
	json_object_set_new(data, key, json_object());
	return json_object_get(data, key);
}

void page_set_error(json_t *data, int error, unsigned wait)
{
	json_t *object = child(data, "error");

	page_set(object, "code", span_of(error_row(error)->code));
	page_set_int(object, "wait", wait); /* 0 too: another member of that name, further out, would be found */
}

void page_set_field_error(json_t *data, const char *field, int error)
{
	page_set(child(child(data, "errors"), field), "code", span_of(error_row(error)->code));
}

void page_set_value(json_t *data, const char *field, struct span value)
{
	page_set(child(data, "values"), field, value);
}

int page_status(int error)
{
	return error ? error_row(error)->status : 200;
}

bool page_is_inline(int error)
{
	static const int inline_errors[] = { ERR_CREDENTIALS, ERR_LOCKED, ERR_DISABLED, ERR_CAPTCHA, ERR_PHONE, ERR_OTP, ERR_OTP_EXPIRED, ERR_SMS_LIMIT, ERR_MESSAGE_FAILED,
					     ERR_NO_ACCOUNT, ERR_FIELD_EMPTY, ERR_TOO_MANY, ERR_PROVIDER_DENIED, ERR_PROVIDER_FAILED,
					     ERR_PROVIDER_REJECTED, ERR_PROVIDER_UNKNOWN, ERR_PROVIDER_AWAY, ERR_LEVEL_LOW, ERR_LINK_TAKEN, ERR_LINK_KIND,
					     ERR_LINK_CONFLICT, ERR_EXISTS, ERR_UNIT_DISSOLVED };

	for (size_t i = 0; i < ARRAY_LEN(inline_errors); i++)
		if (inline_errors[i] == error)
			return true;
	return false;
}
