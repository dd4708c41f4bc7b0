/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message_send.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/carrier.h"
#include "broker/endpoint/message_state.h"
#include "broker/endpoint/tally.h"
#include "conf/config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define NONCE 16

struct sending {
	const struct settings *settings;
	struct sms_message *message;
	struct arena *arena;
	struct instant deadline;
	bool is_test;
	bool cannot; /* the last route has no way to send it */
	int purpose;
	struct message_reserved reserved;
	struct message_try tries[SMS_ROUTES_MAX];
	size_t n_tries;
	struct message_report report;
	int64_t pieces;
};

/* One write of one line with O_APPEND: lines of several threads do not mix. */
int message_send_append(struct span path, struct span line)
{
	CLOSE_FD int fd = open(path.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line.p, line.n) != (ssize_t)line.n)
		return FAULT(FAULT_IO, "outbox " SPAN_FMT ": %s", SPAN_ARG(path), strerror(errno));
	return 0;
}

/* ---- one route */

static int fill(struct sending *s, const struct config_sms_route *route)
{
	unsigned char bytes[NONCE];
	char *text = arena_alloc(s->arena, 2 * NONCE + 1);

	if (!text)
		return FAULT_MEMORY;
	sys_random(bytes, sizeof bytes);
	encode_hex(text, (struct span){ (char *)bytes, sizeof bytes });
	s->message->random = span_of(text);
	return sms_route_template(route, s->purpose, s->arena, s->message);
}

/* What never left may go another way; what left and got no answer is judged by the gateway, mostly as unknown. */
static int fetch(struct sending *s, const struct config_sms_route *route, const struct sms_delivery *delivery)
{
	static const struct advice unreached = { "", SMS_UNAVAILABLE, "无法连接：请检查接口地址、网络、防火墙和 net.allow。",
						 "It cannot be reached: look at the address, the network, the firewall and net.allow." };
	static const struct advice forbidden = { "", SMS_UNAVAILABLE, "没有访问该地址：它不是公网地址。确需访问时，请在服务器的配置文件 net.allow 中列出。",
						 "The address was not asked: it is no public one. Where that is meant, name it in net.allow of the configuration file." };
	struct net *net = s->settings->net;
	bool sent = false;
	struct net_request request = net_request_of(&delivery->fetch);
	struct net_reply got = { 0 };

	request.once = true;
	request.sent = &sent;
	request.has_timeout = true;
	request.timeout_ms = s->deadline.ms - sys_now().ms;
	int result = net_fetch(net, &request, s->message->now, s->arena, &got);
	if (result == FAULT_MEMORY && !sent)
		return result;
	if (result && !sent) {
		s->report.result = (struct sms_result){ .outcome = SMS_UNAVAILABLE, .advice = result == ERR_ACCESS_DENIED ? &forbidden : &unreached };
		s->report.reason = error_row(result)->name;
		return 0;
	}
	const struct sms_reply reply = { .error = result, .status = got.status, .body = got.body };
	return sms_gateway_of(route->gateway.variant)->read(route->gateway.options, &reply, s->arena, &s->report.result);
}

static int deliver(struct sending *s, const struct config_sms_route *route)
{
	const struct sms_gateway *gateway = sms_gateway_of(route->gateway.variant);
	struct sms_delivery delivery;

	s->cannot = false;
	s->report.reason = NULL;
	s->report.result = (struct sms_result){ .outcome = SMS_ACCEPTED };
	TRY(fill(s, route));
	TRY(gateway->deliver(route->gateway.options, s->message, s->arena, &delivery));
	switch (delivery.type) {
	case SMS_FETCH:
		return fetch(s, route, &delivery);
	case SMS_APPEND:
		if (message_send_append(delivery.path, delivery.line))
			s->report.result.outcome = SMS_UNAVAILABLE;
		return 0;
	case SMS_SUBMIT:
		return carrier_submit(s->settings->app->carriers, route, s->message, s->deadline, s->arena, &s->report.result);
	case SMS_CANNOT:
		s->cannot = true;
		s->report.result.outcome = SMS_UNAVAILABLE;
		s->report.reason = delivery.reason;
		return 0;
	}
	return FAULT_BUG;
}

static void log_try(const struct sending *s, const struct config_sms_route *route, int64_t ms)
{
	const struct message_report *report = &s->report;

	LOG(report->outcome == SMS_ACCEPTED ? LOG_INFO : LOG_WARN, "sms.sent", F_SPAN("route", route->id), F_STR("gateway", route->gateway.variant->name),
	    F_SPAN("purpose", s->message->purpose), F_STR("outcome", sms_outcome_name(report->outcome)), F_SPAN("code", report->result.code),
	    F_SPAN("vendor_id", report->result.id), F_STR("reason", report->reason ? report->reason : ""), F_INT("ms", ms));
}

/* A gateway that answers works, whatever it says: only one that people wait for in vain is left alone. */
static enum outlet_end end_of(const struct sending *s, int result)
{
	enum sms_outcome outcome = s->report.result.outcome;

	if (result || s->cannot)
		return OUTLET_NOT_REACHED;
	return (outcome == SMS_UNAVAILABLE || outcome == SMS_UNKNOWN) && !s->report.result.code.n ? OUTLET_FAILED : OUTLET_OK;
}

/* What is tried out is nobody's way yet: a wrong draft does not close a working route, and an open breaker keeps nobody from mending it. */
static struct outlets *outlets_of(const struct sending *s)
{
	return s->is_test ? NULL : s->settings->app->outlets;
}

static int ask(struct sending *s, const struct config_sms_route *route)
{
	struct instant begun = sys_now();

	s->message->now = begun;
	int result = deliver(s, route);
	struct instant end = sys_now();
	enum sms_outcome outcome = result ? SMS_UNKNOWN : s->report.result.outcome;

	outlet_leave(outlets_of(s), OUTLET_SMS, route->id, &s->settings->config->sms.breaker, end_of(s, result), end);
	s->report.route = route;
	s->report.outcome = outcome;
	s->tries[s->n_tries++] = (struct message_try){ route, outcome };
	if (!result)
		log_try(s, route, end.ms - begun.ms);
	return result;
}

/* ---- all of them */

static int reserve(struct txn *txn, void *arg)
{
	struct sending *s = arg;

	return message_state_reserve(txn, s->settings->config, s->message, s->arena, &s->reserved);
}

static int settle(struct txn *txn, void *arg)
{
	struct sending *s = arg;

	return message_state_settle(txn, s->reserved.sms.id, s->tries, s->n_tries, &s->report.result, s->pieces, sys_now(), s->arena);
}

static void raise_alarm(const struct sending *s)
{
	struct outlets *outlets = s->settings->app->outlets;

	if (s->reserved.alarm) {
		LOG(LOG_WARN, "sms.burst", F_STR("what", s->reserved.alarm), F_INT("limit", s->reserved.limit), F_STR("used_up", s->reserved.over ? "true" : "false"));
		outlet_count(outlets, FIGURE_SMS_ALARMS, 1);
	}
	if (s->reserved.over)
		outlet_count(outlets, FIGURE_SMS_OVER_BUDGET, 1);
}

/* What the message with the same key had come to. */
static void tell_again(struct sending *s)
{
	static const enum sms_outcome outcomes[] = { [SMS_STATUS_SENDING] = SMS_UNKNOWN, [SMS_STATUS_ACCEPTED] = SMS_ACCEPTED,
						     [SMS_STATUS_DELIVERED] = SMS_ACCEPTED, [SMS_STATUS_FAILED] = SMS_UNAVAILABLE, [SMS_STATUS_UNKNOWN] = SMS_UNKNOWN };
	int status = s->reserved.sms.status;

	s->report.was_sent_before = true;
	s->report.outcome = status > 0 && status < (int)ARRAY_LEN(outcomes) ? outcomes[status] : SMS_UNKNOWN;
}

static void count_figures(struct sending *s)
{
	static const enum outlet_figure figures[] = { [SMS_ACCEPTED] = FIGURE_SMS_ACCEPTED, [SMS_LIMITED] = FIGURE_SMS_LIMITED, [SMS_REFUSED] = FIGURE_SMS_REFUSED,
						      [SMS_UNAVAILABLE] = FIGURE_SMS_UNAVAILABLE, [SMS_UNKNOWN] = FIGURE_SMS_UNKNOWN };
	struct outlets *outlets = s->settings->app->outlets;

	outlet_count(outlets, figures[s->report.outcome], 1);
	if (s->n_tries > 1)
		outlet_count(outlets, FIGURE_SMS_FAILOVERS, (int64_t)s->n_tries - 1);
	if (s->report.outcome != SMS_ACCEPTED)
		return;
	outlet_count(outlets, FIGURE_SMS_PIECES, s->pieces);
	outlet_count(outlets, FIGURE_SMS_COST, s->pieces * s->report.route->price);
}

static int ask_all(struct sending *s, const struct config_sms_route *const *plan, size_t n)
{
	bool perhaps = false;

	for (size_t i = 0; i < n; i++) {
		if (!outlet_enter(outlets_of(s), OUTLET_SMS, plan[i]->id, sys_now()))
			continue;
		TRY(ask(s, plan[i]));
		perhaps |= s->report.outcome == SMS_UNKNOWN;
		if (s->is_test || !sms_route_goes_on(plan[i], s->report.outcome))
			break;
	}
	if (!s->report.route)
		s->report.reason = n ? "every route is left alone for now, since it failed" : "no route is for this message";
	/* A later route that did not take it does not undo that an earlier one may have. */
	if (perhaps && s->report.outcome == SMS_UNAVAILABLE)
		s->report.outcome = SMS_UNKNOWN;
	return 0;
}

int message_send_out(const struct settings *settings, struct sms_message *message, const struct config_sms_route *only, struct instant deadline,
		     struct arena *arena, struct message_report *ret_report)
{
	const struct config_sms_route *plan[SMS_ROUTES_MAX] = { only };
	struct sending s = { .settings = settings, .message = message, .arena = arena, .deadline = deadline, .is_test = only != NULL,
			     .purpose = sms_route_purpose(message->purpose), .report = { .outcome = SMS_UNAVAILABLE } };
	struct store *store = settings->app->store;
	struct instant begun = sys_now();
	uint64_t seed;

	sys_random(&seed, sizeof seed);
	size_t n = only ? 1 : sms_route_plan(&settings->config->sms, message->phone, s.purpose, seed, plan);
	TRY(store_update(store, reserve, &s));
	raise_alarm(&s);
	if (s.reserved.over) {
		s.report.outcome = SMS_LIMITED;
		s.report.reason = s.reserved.over;
	} else if (!s.reserved.is_new) {
		tell_again(&s);
	} else {
		int result = ask_all(&s, plan, n);

		s.pieces = s.report.result.pieces ? s.report.result.pieces : sms_pieces(message->text);
		int kept = store_update(store, settle, &s); /* also when memory gave out on the way */
		TRY(result);
		TRY(kept);
		count_figures(&s);
		if (s.report.route && !s.is_test)
			tally_note(TALLY_SMS, s.report.route->id, !message_send_result(&s.report), 0);
	}
	if (!s.report.route && !s.report.was_sent_before)
		LOG(LOG_WARN, "sms.unsent", F_SPAN("purpose", message->purpose), F_STR("reason", s.report.reason ? s.report.reason : ""));
	s.report.took_ms = sys_now().ms - begun.ms;
	*ret_report = s.report;
	return 0;
}

int message_send_result(const struct message_report *report)
{
	static const int results[] = { [SMS_ACCEPTED] = 0, [SMS_UNKNOWN] = 0, [SMS_LIMITED] = ERR_SMS_LIMIT, [SMS_REFUSED] = ERR_PHONE,
				       [SMS_UNAVAILABLE] = ERR_MESSAGE_FAILED };

	return results[report->outcome];
}

bool message_send_is_quick(const struct settings *settings, const struct sms_message *message)
{
	const struct config_sms_route *plan[SMS_ROUTES_MAX];
	size_t n = sms_route_plan(&settings->config->sms, message->phone, sms_route_purpose(message->purpose), 0, plan);

	for (size_t i = 0; i < n; i++)
		if (!sms_gateway_of(plan[i]->gateway.variant)->is_quick)
			return false;
	return true;
}
