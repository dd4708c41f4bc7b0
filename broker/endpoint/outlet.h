/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet - how the gateways, verifiers and providers that we ask are doing, as this process has seen it: a circuit breaker each, and figures. What has to
 * outlive the process stands in records (message_state.h).
 */
#pragma once

#include "broker/base/breaker.h"

struct config_breaker;
struct outlets;

enum outlet_kind { OUTLET_SMS, OUTLET_VERIFIER, OUTLET_PROVIDER };
enum outlet_end {
	OUTLET_OK,
	OUTLET_FAILED,
	OUTLET_NOT_REACHED, /* it was not asked in the end */
};

#define OUTLET_FIGURES(X)                                                                                                                       \
	X(SMS_ACCEPTED, "yimen_sms_messages_total", "outcome=\"accepted\"", "Text messages by what became of them.")                            \
	X(SMS_LIMITED, "yimen_sms_messages_total", "outcome=\"limited\"", NULL)                                                                 \
	X(SMS_REFUSED, "yimen_sms_messages_total", "outcome=\"refused\"", NULL)                                                                 \
	X(SMS_UNAVAILABLE, "yimen_sms_messages_total", "outcome=\"failed\"", NULL)                                                              \
	X(SMS_UNKNOWN, "yimen_sms_messages_total", "outcome=\"unknown\"", NULL)                                                                 \
	X(SMS_OVER_BUDGET, "yimen_sms_messages_total", "outcome=\"over_budget\"", NULL)                                                         \
	X(SMS_DELIVERED, "yimen_sms_receipts_total", "state=\"delivered\"", "Receipts of carriers.")                                            \
	X(SMS_UNDELIVERED, "yimen_sms_receipts_total", "state=\"failed\"", NULL)                                                                \
	X(SMS_FAILOVERS, "yimen_sms_failovers_total", NULL, "Messages that a route did not take and the next was asked for.")                   \
	X(SMS_PIECES, "yimen_sms_pieces_total", NULL, "Pieces of text messages that carriers bill.")                                            \
	X(SMS_COST, "yimen_sms_cost_mils_total", NULL, "What they cost, in thousandths of a yuan, where prices are configured.")                \
	X(SMS_ALARMS, "yimen_sms_alarms_total", NULL, "Bursts of messages, and budgets that were used up.")                                     \
	X(VERIFY_MATCH, "yimen_verify_answers_total", "outcome=\"match\"", "Answers of real-name verifiers.")                                   \
	X(VERIFY_MISMATCH, "yimen_verify_answers_total", "outcome=\"mismatch\"", NULL)                                                          \
	X(VERIFY_UNAVAILABLE, "yimen_verify_answers_total", "outcome=\"unavailable\"", NULL)                                                    \
	X(VERIFY_NOT_CHECKABLE, "yimen_verify_answers_total", "outcome=\"not_checkable\"", NULL)                                                \
	X(VERIFY_REMEMBERED, "yimen_verify_remembered_total", NULL, "Matches that a verifier was not asked about again.")

enum outlet_figure {
#define X(name, metric, labels, help) FIGURE_##name,
	OUTLET_FIGURES(X)
#undef X
	OUTLET_FIGURES_N
};

MUST_USE int outlets_new(struct outlets **ret_outlets);
void outlets_free(struct outlets *outlets);

/* May @id be asked? NULL outlets: everything may (tests, the command line). Every true is followed by one outlet_leave. */
bool outlet_enter(struct outlets *outlets, enum outlet_kind kind, struct span id, struct instant now);
/* The same where at most @most may be on their way at a time: what hangs holds no more than its share of the threads. */
bool outlet_enter_few(struct outlets *outlets, enum outlet_kind kind, struct span id, int64_t most, struct instant now);
void outlet_leave(struct outlets *outlets, enum outlet_kind kind, struct span id, const struct config_breaker *rule, enum outlet_end end, struct instant now);

void outlet_count(struct outlets *outlets, enum outlet_figure figure, int64_t n);
int64_t outlet_figure(struct outlets *outlets, enum outlet_figure figure);
/* How many are left alone at @now. */
int64_t outlet_open(struct outlets *outlets, struct instant now);

/* How one is doing, for the dashboard. False: it was never asked. */
struct outlet_state {
	int64_t asked, failed, refused; /* since the start; refused: while too many were on their way, or it was left alone */
	int64_t running;                /* on their way */
	bool is_open;
	struct instant open_until, last_ok, last_failed;
};
bool outlet_state(struct outlets *outlets, enum outlet_kind kind, struct span id, struct instant now, struct outlet_state *ret_state);
