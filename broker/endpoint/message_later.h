/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_later - a message that no answer waits for: it is sent after the answer, on the bulkhead of messages.
 */
#pragma once

#include "broker/endpoint/message_send.h"

/* Send @message some time soon; where that is a line of a file, at once. 0 also when it finds no place: that goes to the log. FAULT_MEMORY. */
MUST_USE int message_later(struct request *rq, struct sms_message *message);
