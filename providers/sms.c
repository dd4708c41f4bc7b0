/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/sms.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

bool sms_is_phone(struct span told, struct span phone)
{
	return told.n >= phone.n && span_eq((struct span){ told.p + told.n - phone.n, phone.n }, phone);
}

const char *sms_outcome_name(enum sms_outcome outcome)
{
	static const char *const names[] = { [SMS_ACCEPTED] = "accepted", [SMS_LIMITED] = "limited", [SMS_REFUSED] = "refused",
					     [SMS_UNAVAILABLE] = "unavailable", [SMS_UNKNOWN] = "unknown" };

	return names[outcome];
}

/* A proxy that says 503 has passed nothing on; of a 502 or 504 nobody knows. */
struct sms_result sms_result_of(const struct sms_reply *reply)
{
	static const struct advice none = { "", SMS_UNKNOWN, "请求已发出，但未收到回复：短信可能已发出。请检查网络与网关状态。",
					    "The request was sent and no reply came: the message may be on its way. Look at the network and at the gateway." };
	static const struct advice foreign = { "", SMS_UNAVAILABLE, "回复不是该服务商的接口格式：请检查接口地址。",
					       "The reply is not of the interface: check the address." };
	static const struct advice nothing = { "", SMS_UNAVAILABLE, "该地址没有接口（404）：请检查接口地址。", "Nothing is at this address (404): check it." };
	bool is_open = reply->error || reply->status == 500 || reply->status == 502 || reply->status == 504;

	return (struct sms_result){ .outcome = is_open ? SMS_UNKNOWN : SMS_UNAVAILABLE, .advice = reply->error ? &none : reply->status == 404 ? &nothing : &foreign };
}

struct sms_result sms_result_by_code(const struct advice *table, struct span code, struct span message, enum sms_outcome otherwise)
{
	const struct advice *advice = advice_find(table, code);

	return (struct sms_result){ .outcome = advice ? (enum sms_outcome)advice->outcome : otherwise, .code = code, .message = message, .advice = advice };
}

int sms_receipts_open(struct span body, struct arena *arena, json_t **ret_array, struct sms_receipt **ret_receipts, size_t *ret_n)
{
	JSON *json = NULL;

	if (json_read(body, &json) || !json_is_array(json) || json_array_size(json) > SMS_RECEIPTS_MAX)
		return ERR_INVALID;
	struct sms_receipt *receipts = arena_array(arena, struct sms_receipt, json_array_size(json));
	if (!receipts)
		return FAULT_MEMORY;
	*ret_n = json_array_size(json);
	*ret_receipts = receipts;
	*ret_array = json_incref(json);
	return 0;
}

int sms_params_json(const struct sms_message *message, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 128);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	for (size_t i = 0; i < message->n_params; i++) {
		char *name = arena_cstr(arena, message->params[i].name);

		if (!name)
			return FAULT_MEMORY;
		json_key(&w, name);
		json_str(&w, message->params[i].value);
	}
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

/* Characters beyond the basic plane count twice, as UCS-2 (really UTF-16) has them. */
int64_t sms_pieces(struct span text)
{
	int64_t n = 0;

	for (uint32_t c = encode_utf8_next(&text); c; c = encode_utf8_next(&text))
		n += c > 0xffff ? 2 : 1;
	return n <= 70 ? 1 : (n + 66) / 67;
}
