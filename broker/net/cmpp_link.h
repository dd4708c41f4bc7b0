/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmpp_link - the inside of a link, for its own files: cmpp.c connects and keeps time, cmpp_parts.c moves messages between queue, window and doubt,
 * cmpp_receipt.c answers for what is delivered.
 */
#pragma once

#include <pthread.h>

#include "broker/net/cmpp_sending.h"
#include "broker/net/cmpp_stream.h"

#define CMPP_RECEIPTS_MAX 64 /* that nobody knows yet */

struct cmpp_waiting_receipt {
	struct cmpp_message message;
	int64_t since_ms;
	bool was_matched; /* with what is in doubt */
};

struct cmpp_link {
	const struct cmpp_options *options;
	pthread_t thread;
	int wake_fd;

	pthread_mutex_t lock; /* all that follows; never held while the socket or a callback waits */
	pthread_cond_t settled;
	struct cmpp_list queue;    /* to be sent */
	struct cmpp_list doubtful; /* in no connection, and perhaps at the gateway */
	struct cmpp_sending *late; /* over, and who sent it was told that it is in doubt: news */
	struct cmpp_state state;
	bool stops;

	/* the thread's own */
	struct cmpp_stream stream;
	uint32_t sequence;
	struct cmpp_part *window[CMPP_WINDOW_MAX];
	size_t n_window;
	int64_t login_ms, retry_ms, backoff_ms, goodbye_ms;
	bool is_useful; /* this connection has answered to something */
	struct cmpp_waiting_receipt receipts[CMPP_RECEIPTS_MAX];
	size_t n_receipts;
};

/* ---- cmpp_parts.c; the first two under the lock */

/* The gateway cannot be had. What has not left will not leave: another way may be taken. */
void cmpp_parts_fail_queue(struct cmpp_link *link);
/* After a login: what is in doubt has had its time for a receipt, or is too old for anybody. @all: at the end. */
void cmpp_parts_settle_doubts(struct cmpp_link *link, bool all);
/* The connection is gone. What was handed over whole is in doubt; the rest goes back to the head of the queue, in its order. */
void cmpp_parts_hang_up(struct cmpp_link *link);
/* Move what waits into the window. False: the connection is over. */
bool cmpp_parts_fill_window(struct cmpp_link *link);
/* The gateway answered a SUBMIT. */
void cmpp_parts_submitted(struct cmpp_link *link, const struct cmpp_message *message);
/* A receipt that nobody knows, for a phone to which something is on its way that was not answered: the gateway has that. */
void cmpp_parts_settle_by_receipt(struct cmpp_link *link, const struct cmpp_message *message);
/* News of what is over, and was in doubt when its sender was answered. */
void cmpp_parts_tell_late(struct cmpp_link *link);

/* ---- cmpp_receipt.c */

/* Something was delivered: a receipt is told and answered, or waits. */
void cmpp_receipt_take(struct cmpp_link *link, const struct cmpp_message *message);
/* A receipt may be here before who sent the message has written its id down. */
void cmpp_receipt_retry(struct cmpp_link *link);
