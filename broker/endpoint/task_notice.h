/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_notice - tells the person who asked what was decided, by text message, where the operator wants it (review.notify).
 */
#pragma once

#include "broker/endpoint/app.h"

struct task;

/* After the decision is durable. Waits for the gateway: on WORK_SMS. A message that cannot be sent changes nothing about the decision. */
void task_notice_send(struct request *rq, const struct task *task);
