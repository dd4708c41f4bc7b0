/* SPDX-License-Identifier: Apache-2.0 */
/* cmpp - a carrier's own gateway, over CMPP 2.0 or 3.0. domain.md 3.6 */
#include "providers/sms/cmpp.h"

#include "broker/base/error.h"

static const char *const versions[] = { "2.0", "3.0", NULL };

struct cmpp_options {
	struct cmpp_peer peer;
	struct secret secret;
	int version;
};

#define ROW(kind, name, field, ...) { .key = name, .type = kind, .offset = offsetof(struct cmpp_options, field), __VA_ARGS__ }

static const struct option rows[] = {
	ROW(OPTION_STRING, "host", peer.host, .min = 1, .max = 253, .flags = OPTION_REQUIRED,
	    .doc = "The gateway's address, from the carrier's letter of access. It knows ours and lets no other in. A private one must stand in `net.allow`."),
	ROW(OPTION_INT, "port", peer.port, .def = "7890", .min = 1, .max = 65535, .doc = "Its port."),
	ROW(OPTION_ENUM, "version", version, .def = "2.0", .values = versions, .doc = "Of CMPP, as the carrier says."),
	ROW(OPTION_STRING, "source_addr", peer.account.source_addr, .min = 1, .max = 6, .flags = OPTION_REQUIRED, .doc = "SP_Id, the name of the login: six digits."),
	ROW(OPTION_SECRET, "secret", secret, .min = 1, .max = 64, .flags = OPTION_REQUIRED, .doc = "Shared secret of the login. Better as `secret_file`."),
	ROW(OPTION_STRING, "source_number", peer.account.source_number, .min = 1, .max = 21, .flags = OPTION_REQUIRED,
	    .doc = "Src_Id: the number that phones show as the sender (`10690001`)."),
	ROW(OPTION_STRING, "service_id", peer.account.service_id, .max = 10, .doc = "Service_Id, where the carrier has given one."),
	ROW(OPTION_STRING, "fee_type", peer.account.fee_type, .def = "01", .max = 2, .doc = "FeeType; `01`: free for who gets it."),
	ROW(OPTION_STRING, "fee_code", peer.account.fee_code, .def = "000000", .max = 6, .doc = "FeeCode."),
	ROW(OPTION_INT, "window", peer.window, .def = "16", .min = 1, .max = 64, .doc = "Messages that may wait for their answer at the same time."),
	ROW(OPTION_DURATION, "answer_timeout", peer.answer_timeout, .def = "30s", .min = MS_SECOND, .max = 5 * MS_MINUTE,
	    .doc = "A gateway that has not answered for so long is left, and connected to again."),
	ROW(OPTION_DURATION, "keep_alive", peer.keep_alive, .def = "60s", .min = MS_SECOND, .max = MS_HOUR, .doc = "Silence after which it is tested."),
	ROW(OPTION_DURATION, "resend_after", peer.resend_after, .def = "10s", .min = 2 * MS_SECOND, .max = 5 * MS_MINUTE,
	    .doc = "A message that was in a connection as it broke may be at the gateway or not. It is sent again when the next connection has brought no receipt for it "
		   "for so long, at most twice."),
	{ .key = NULL },
};

bool cmpp_peer_is_same(const struct cmpp_peer *a, const struct cmpp_peer *b)
{
	const struct cmpp_account *x = &a->account, *y = &b->account;

	return span_eq(a->host, b->host) && a->port == b->port && a->window == b->window && a->answer_timeout == b->answer_timeout &&
	       a->keep_alive == b->keep_alive && a->resend_after == b->resend_after && x->version == y->version && span_eq(x->source_addr, y->source_addr) &&
	       secret_eq(x->secret, y->secret) && span_eq(x->service_id, y->service_id) && span_eq(x->source_number, y->source_number) &&
	       span_eq(x->fee_type, y->fee_type) && span_eq(x->fee_code, y->fee_code);
}

/* ---- the numbers. CMPP 3.0 7.4.1.2, 7.4.3.2 */

static const struct advice connect_statuses[] = {
	{ "1", SMS_UNAVAILABLE, "网关认为消息结构有误：请核对 version 与运营商一致。", "The gateway finds the frame malformed: is `version` the one that the carrier runs?" },
	{ "2", SMS_UNAVAILABLE, "源地址非法：请核对 source_addr（SP_Id），并请运营商登记本机出口地址。",
	  "The gateway does not know this `source_addr` (SP_Id), or not from this address: the carrier lists the addresses that may connect." },
	{ "3", SMS_UNAVAILABLE, "认证失败：密码（secret）不正确，或两端时钟不一致。", "The secret is wrong, or the clocks differ: the digest is over secret and time." },
	{ "4", SMS_UNAVAILABLE, "网关不支持该版本：请修改 version。", "The gateway does not speak this `version`." },
	{ "*", SMS_UNAVAILABLE, "网关拒绝登录，请向运营商查询该错误码。", "The gateway refuses the login: the carrier knows what this number means there." },
	{ NULL },
};

static const struct advice submit_results[] = {
	{ "1", SMS_UNAVAILABLE, "消息结构错误：请核对 version。", "Malformed: is `version` the one that the carrier runs?" },
	{ "5", SMS_UNAVAILABLE, "资费代码错误：请核对 fee_code、fee_type。", "`fee_code` or `fee_type` is wrong." },
	{ "6", SMS_UNAVAILABLE, "超过最大信息长度。", "The text is too long." },
	{ "7", SMS_UNAVAILABLE, "业务代码错误：请核对 service_id。", "`service_id` is wrong." },
	{ "8", SMS_UNAVAILABLE, "流量控制：超过合同约定的每秒条数。", "Flow control: more messages a second than the contract allows." },
	{ "9", SMS_REFUSED, "本网关不负责该号码。", "This gateway does not serve the number." },
	{ "10", SMS_UNAVAILABLE, "源号码（Src_Id）错误：请核对 source_number。", "`source_number` (Src_Id) is wrong." },
	{ "11", SMS_UNAVAILABLE, "Msg_src 错误：请核对 source_addr。", "`source_addr` (Msg_src) is wrong." },
	{ "12", SMS_UNAVAILABLE, "被计费号码错误。", "Fee_terminal_Id is wrong." },
	{ "13", SMS_REFUSED, "接收号码错误。", "The receiver's number is wrong." },
	{ "*", SMS_UNAVAILABLE, "网关拒绝了短信，请向运营商查询该错误码。", "The gateway refused: the carrier knows what this number means there." },
	{ NULL },
};

static int by_number(const struct advice *table, uint32_t number, struct arena *arena, struct sms_result *ret_result)
{
	char *code = arena_printf(arena, "%u", number);

	if (!code)
		return FAULT_MEMORY;
	*ret_result = sms_result_by_code(table, span_of(code), (struct span){ NULL, 0 }, SMS_UNAVAILABLE);
	return 0;
}

int cmpp_submit_refused(uint32_t result, struct arena *arena, struct sms_result *ret_result)
{
	return by_number(submit_results, result, arena, ret_result);
}

int cmpp_connect_refused(uint32_t status, struct arena *arena, struct sms_result *ret_result)
{
	return by_number(connect_statuses, status, arena, ret_result);
}

bool cmpp_peer_of(const struct option_variant_value *gateway, struct cmpp_peer *ret_peer)
{
	const struct cmpp_options *cmpp = gateway->options;

	if (gateway->variant != &sms_cmpp.variant)
		return false;
	*ret_peer = cmpp->peer;
	ret_peer->account.version = cmpp->version ? CMPP_30 : CMPP_20;
	ret_peer->account.secret = cmpp->secret.bytes;
	return true;
}

static int deliver(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery)
{
	*ret_delivery = (struct sms_delivery){ .type = SMS_SUBMIT };
	return 0;
}

const struct sms_gateway sms_cmpp = {
	.variant = { .name = "cmpp", .doc = "A carrier's own gateway over CMPP (中国移动等运营商直连).", .table = rows, .size = sizeof(struct cmpp_options) },
	.deliver = deliver,
};
