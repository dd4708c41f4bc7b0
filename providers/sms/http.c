/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - any gateway with an HTTP interface, by configuration alone: body, headers and signature are texts with placeholders (signed_http.h), the
 * reply is JSON, and paths say where the answer stands in it.
 */
#include "broker/base/error.h"
#include "broker/base/json_path.h"
#include "providers/signed_http.h"
#include "providers/sms.h"

struct reply_options {
	struct span path, message, id, pieces;
	struct option_list accepted, limited, refused, unknown;
};

struct receipt_options {
	struct span list, id, phone, state;
	struct option_list delivered;
};

struct http_options {
	struct signed_http request;
	struct span body;
	bool wants_template;
	struct reply_options reply;
	struct receipt_options receipt;
};

#define REPLY(key_, type_, ...) { .key = #key_, .type = type_, .offset = offsetof(struct reply_options, key_), __VA_ARGS__ }
static const struct option reply_rows[] = {
	REPLY(path, OPTION_STRING, .def = "code", .min = 1, .max = 200, .doc = "Where in the JSON reply the result stands: `code`, `data.0.status`."),
	REPLY(accepted, OPTION_LIST, .def = "0", .min = 1, .max = 20, .doc = "What stands there when the message was taken."),
	REPLY(limited, OPTION_LIST, .max = 50, .doc = "… when this number gets no more for now: the person is told to wait, nobody else is asked."),
	REPLY(refused, OPTION_LIST, .max = 50, .doc = "… when this number never gets any: nobody else is asked."),
	REPLY(unknown, OPTION_LIST, .max = 50, .doc = "… when it may have been sent. Anything else means that it was not, and the next route is asked."),
	REPLY(message, OPTION_STRING, .max = 200, .doc = "Where words for people stand, for the log and for tests."),
	REPLY(id, OPTION_STRING, .max = 200, .doc = "Where the gateway's own number of the message stands, which receipts name."),
	REPLY(pieces, OPTION_STRING, .max = 200, .doc = "Where it says how many pieces are billed."),
	{ .key = NULL },
};

#define RECEIPT(key_, type_, ...) { .key = #key_, .type = type_, .offset = offsetof(struct receipt_options, key_), __VA_ARGS__ }
static const struct option receipt_rows[] = {
	RECEIPT(list, OPTION_STRING, .max = 200, .doc = "Where in the JSON that the gateway posts the list of receipts stands; not set: it is the list, or one receipt."),
	RECEIPT(id, OPTION_STRING, .def = "id", .min = 1, .max = 200, .doc = "In a receipt: the gateway's number of the message."),
	RECEIPT(phone, OPTION_STRING, .def = "phone", .max = 200, .doc = "… the phone."),
	RECEIPT(state, OPTION_STRING, .def = "state", .min = 1, .max = 200, .doc = "… what became of it."),
	RECEIPT(delivered, OPTION_LIST, .def = "DELIVRD", .min = 1, .max = 20, .doc = "… and what stands there when it arrived."),
	{ .key = NULL },
};

#define AT(member) offsetof(struct http_options, member)
static const struct option rows[] = {
	{ .key = "request", .type = OPTION_GROUP, .offset = AT(request), .sub = signed_http_rows, .doc = "The request." },
	{ .key = "body", .type = OPTION_STRING, .offset = AT(body), .def = "{\"phone\":\"{phone}\",\"text\":\"{text}\",\"id\":\"{key}\"}", .min = 1, .max = 4000,
	  .doc = "Its body. Placeholders: `{phone}`, `{text}` (with signature), `{content}` (without), `{signature}`, `{code}`, `{minutes}`, `{purpose}`, "
		 "`{language}`, `{key}` (the same for the same message), `{template}`, `{params}` (JSON object), and those of `request`." },
	{ .key = "wants_template", .type = OPTION_BOOL, .offset = AT(wants_template), .def = "false",
	  .doc = "It sends approved templates only: a message without one in `templates` is not for it." },
	{ .key = "reply", .type = OPTION_GROUP, .offset = AT(reply), .sub = reply_rows, .doc = "Its reply." },
	{ .key = "receipt", .type = OPTION_GROUP, .offset = AT(receipt), .sub = receipt_rows, .doc = "The receipts that it posts." },
	{ .key = NULL },
};

static const char *const names[] = { "phone", "text", "content", "signature", "code", "minutes", "purpose", "language", "key", "template", "params", NULL };

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct http_options *http = options;
	const struct yaml_node *request = yaml_get(map, "request");

	signed_http_check_template(http->body, names, "body", map, problems);
	if (!request)
		problem_add(problems, map->place, "\"request\" is missing: \"url\" and how it is signed");
	else
		signed_http_check(&http->request, names, request, problems);
}

static int deliver(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery)
{
	const struct http_options *http = options;
	char *minutes = arena_printf(arena, "%d", (int)message->minutes);
	struct sms_delivery delivery = { .type = SMS_FETCH };
	struct span params;

	if (http->wants_template && !message->template_code.n) {
		*ret_delivery = (struct sms_delivery){ .type = SMS_CANNOT, .reason = "no template for this purpose and language" };
		return 0;
	}
	if (!minutes)
		return FAULT_MEMORY;
	TRY(sms_params_json(message, arena, &params));
	const struct signed_http_field fields[] = {
		{ "phone", message->phone, false }, { "text", message->text, false }, { "content", message->body, false }, { "signature", message->signature, false },
		{ "code", message->code, false }, { "minutes", span_of(minutes), false }, { "purpose", message->purpose, false },
		{ "language", message->language, false }, { "key", message->key, false }, { "template", message->template_code, false }, { "params", params, true },
	};
	TRY(signed_http_fill(&http->request, http->request.url, http->body, fields, ARRAY_LEN(fields), message->random, message->now, arena, &delivery.fetch));
	*ret_delivery = delivery;
	return 0;
}

static enum sms_outcome outcome_of(const struct reply_options *reply, struct span code)
{
	const struct {
		const struct option_list *list;
		enum sms_outcome outcome;
	} lists[] = { { &reply->accepted, SMS_ACCEPTED }, { &reply->limited, SMS_LIMITED }, { &reply->refused, SMS_REFUSED }, { &reply->unknown, SMS_UNKNOWN } };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (option_list_has(lists[i].list, code))
			return lists[i].outcome;
	return SMS_UNAVAILABLE;
}

/* Its codes are its own: where to look. */
static const struct advice *advice_of(enum sms_outcome outcome)
{
	static const struct advice advice[] = {
		[SMS_LIMITED] = { "", SMS_LIMITED, "服务商返回的结果码属于“表示频率受限的值”：稍后再试。", "The code is one of reply.limited: wait." },
		[SMS_REFUSED] = { "", SMS_REFUSED, "服务商返回的结果码属于“表示号码无效的值”：请核对号码。", "The code is one of reply.refused: check the number." },
		[SMS_UNAVAILABLE] = { "", SMS_UNAVAILABLE,
				      "服务商返回的结果码不在“表示成功的值”（reply.accepted）之中：请在其文档中查该码的含义。常见原因是账号、密钥、签名内容、短信签名或模板不正确；若它表示成功，请填入“表示成功的值”。",
				      "The code is none of reply.accepted: look it up in the vendor's documents. Mostly it is the account, the secret, sign_over, the signature or the "
				      "template; if it means yes, add it to reply.accepted." },
		[SMS_UNKNOWN] = { "", SMS_UNKNOWN, "服务商返回的结果码属于“表示结果不明的值”：短信可能已发出。", "The code is one of reply.unknown: the message may be on its way." },
	};

	return outcome == SMS_ACCEPTED ? NULL : &advice[outcome];
}

static int read_reply(const void *options, const struct sms_reply *reply, struct arena *arena, struct sms_result *ret_result)
{
	const struct reply_options *paths = &((const struct http_options *)options)->reply;
	struct span code, message, id, pieces;
	uint64_t n = 0;
	JSON *json = NULL;

	*ret_result = sms_result_of(reply);
	if (reply->error || json_read(reply->body, &json))
		return 0;
	TRY(json_path_text(json, paths->path, arena, &code));
	if (!code.n) {
		static const struct advice elsewhere = { "", SMS_UNAVAILABLE, "回复是 JSON，但“结果码位置”（reply.path）处没有值：请对照服务商文档核对“结果码位置”，并检查接口地址。",
							 "The reply is JSON, but nothing stands at reply.path: compare that with the vendor's documents, and check the address." };

		if (reply->status == 200)
			ret_result->advice = &elsewhere;
		return 0;
	}
	enum sms_outcome outcome = outcome_of(paths, code);
	if (outcome == SMS_ACCEPTED && reply->status / 100 != 2) /* a word of something in between */
		return 0;
	*ret_result = (struct sms_result){ .outcome = outcome, .code = code, .advice = advice_of(outcome) };
	if (paths->message.n) {
		TRY(json_path_text(json, paths->message, arena, &message));
		ret_result->message = message;
	}
	if (paths->id.n) {
		TRY(json_path_text(json, paths->id, arena, &id));
		ret_result->id = id;
	}
	if (paths->pieces.n) {
		TRY(json_path_text(json, paths->pieces, arena, &pieces));
		if (span_to_u64(pieces, &n) && n <= 100)
			ret_result->pieces = (int64_t)n;
	}
	return 0;
}

static int receipts(const void *options, struct span body, struct arena *arena, const struct sms_receipt **ret_receipts, size_t *ret_n)
{
	const struct receipt_options *paths = &((const struct http_options *)options)->receipt;
	JSON *json = NULL;

	if (json_read(body, &json))
		return ERR_INVALID;
	const json_t *list = json_path_get(json, paths->list);
	size_t n = json_is_array(list) ? json_array_size(list) : 1;
	if (!list || n > SMS_RECEIPTS_MAX)
		return ERR_INVALID;
	struct sms_receipt *all = arena_array(arena, struct sms_receipt, n);
	if (!all)
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_is_array(list) ? json_array_get(list, i) : list;

		TRY(json_path_text(item, paths->id, arena, &all[i].id));
		TRY(json_path_text(item, paths->phone, arena, &all[i].phone));
		TRY(json_path_text(item, paths->state, arena, &all[i].code));
		all[i].delivered = all[i].code.n && option_list_has(&paths->delivered, all[i].code);
		if (!all[i].id.n)
			return ERR_INVALID;
	}
	*ret_receipts = all;
	*ret_n = n;
	return 0;
}

extern const struct sms_gateway sms_http;
const struct sms_gateway sms_http = {
	.variant = { .name = "http", .doc = "Any gateway with an HTTP interface, described here: JSON or form, signed.", .table = rows,
		     .size = sizeof(struct http_options), .check = check },
	.deliver = deliver,
	.read = read_reply,
	.receipts = receipts,
	.receipts_taken = "{\"code\":0}",
};
