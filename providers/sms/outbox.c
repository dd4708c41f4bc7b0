/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox - the gateway that needs no account anywhere: each message becomes one JSON line of a file. For demos, tests and first steps.
 */
#include "broker/base/json.h"
#include "providers/sms.h"

struct outbox_options {
	struct span file;
};

static const struct option rows[] = {
	{ .key = "file", .type = OPTION_PATH, .offset = offsetof(struct outbox_options, file), .flags = OPTION_REQUIRED,
	  .doc = "Where messages go, one JSON object a line with `phone`, `code`, `purpose`, `text` and `time` (milliseconds)." },
	{ .key = NULL },
};

static int outbox_deliver(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery)
{
	const struct outbox_options *outbox = options;
	struct buf line = buf_new(arena, 256);
	struct json_writer w = json_writer(&line);

	json_open(&w, '{');
	json_member_int(&w, "time", message->now.ms);
	json_member_str(&w, "phone", message->phone);
	json_member_str(&w, "purpose", message->purpose);
	json_member_str(&w, message->is_captcha ? "captcha" : "code", message->code);
	json_member_str(&w, "key", message->key);
	json_member_str(&w, "text", message->text);
	json_close(&w, '}');
	buf_char(&line, '\n');
	*ret_delivery = (struct sms_delivery){ .type = SMS_APPEND, .path = outbox->file };
	return buf_done(&line, &ret_delivery->line);
}

extern const struct sms_gateway sms_outbox;
const struct sms_gateway sms_outbox = {
	.variant = { .name = "outbox", .doc = "A file instead of a carrier.", .table = rows, .size = sizeof(struct outbox_options) },
	.deliver = outbox_deliver,
	.is_quick = true,
};
