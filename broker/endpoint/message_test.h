/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_test - the console's test button of a gateway: a real message to a number that an administrator types, and in plain words what came of it.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/message_send.h"

/* Send the code 123456 to @phone (normalised) by @route of @settings, which may be those of a draft. It counts against the budgets. Waits: WORK_SMS. */
MUST_USE int message_test(const struct settings *settings, const struct config_sms_route *route, struct span phone, bool english, struct arena *arena,
			  struct message_report *ret_report);

/* Members "outcome", "route", "code" and "message" (the vendor's own), "advice_zh" and "advice_en" (what it means and what to do), "reason",
 * "vendor_id", "took_ms". */
void message_test_write(const struct message_report *report, struct json_writer *out);
