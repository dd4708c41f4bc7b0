/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_send - one text message through the routes of the configuration: which is asked, what follows when it does not take it, and that the same
 * message goes out once. Waits for the network: only where that may happen.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "providers/sms_route.h"

/* What came of it. */
struct message_report {
	enum sms_outcome outcome;
	const struct config_sms_route *route; /* that took it, or was asked last; NULL: none was asked */
	struct sms_result result;             /* of that route */
	const char *reason;                   /* without a route, or one that could not: why, for the log and whoever tests */
	bool was_sent_before;                 /* the same key: nothing was sent now */
	int64_t took_ms;
};

/* Send @message (its random, now, template and parameters are filled in here). 0 whatever came of it, which *@ret_report says; FAULT_ otherwise.
 * @only: this route and no other, however it is doing; for tests. @deadline: when who waits gives up. */
MUST_USE int message_send_out(const struct settings *settings, struct sms_message *message, const struct config_sms_route *only, struct instant deadline,
			      struct arena *arena, struct message_report *ret_report);

/* What a person is told of it: 0 also when nobody knows, since it may arrive; ERR_SMS_LIMIT, ERR_PHONE, ERR_MESSAGE_FAILED. */
int message_send_result(const struct message_report *report);

/* Would nobody have to wait for the first route of @message, since it is a file? */
bool message_send_is_quick(const struct settings *settings, const struct sms_message *message);
/* One line to the file of an SMS_APPEND. */
MUST_USE int message_send_append(struct span path, struct span line);
