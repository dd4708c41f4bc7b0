/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmpp - a connection to a carrier's gateway that speaks CMPP, kept open by a thread of its own: logs in, keeps alive, comes back.
 *
 * What was handed to the connection when it broke may have been accepted or not, and CMPP has no way to ask. Such a message is in doubt: over the next
 * connection a receipt for it may come, which settles it; when none comes for resend_ms it is sent again, as CMPP has it for what is not answered,
 * once. What had not left this process is no question. The frames are providers/sms/cmpp_wire.h's. domain.md 3.6
 */
#pragma once

#include "conf/address.h"
#include "providers/sms/cmpp_wire.h"

struct cmpp_link;

enum cmpp_news_type {
	CMPP_NEWS_RECEIPT,  /* state */
	CMPP_NEWS_ACCEPTED, /* a message that was in doubt when its sender was answered: the gateway has it under @id */
	CMPP_NEWS_REFUSED,  /* … the gateway said no */
	CMPP_NEWS_LOST,     /* … nobody will ever know */
};

/* What is heard about a message after cmpp_link_send has returned, or may have. */
struct cmpp_news {
	enum cmpp_news_type type;
	const char *key;   /* the sender's; empty for a receipt, which is known by its id */
	uint64_t id;       /* Msg_Id of the part that it is about */
	uint32_t result;   /* REFUSED */
	const char *state; /* RECEIPT: "DELIVRD", "EXPIRED", "UNDELIV", … */
	const char *phone; /* RECEIPT: as the gateway writes it */
};

#define CMPP_WINDOW_MAX 64

struct cmpp_options {
	struct cmpp_account account;
	const char *host;
	uint16_t port;
	size_t window; /* SUBMITs that wait for their answer at the same time, at most CMPP_WINDOW_MAX; carriers allow 16 */
	int64_t connect_ms, answer_ms, keep_alive_ms;
	int64_t resend_ms; /* what is in doubt is sent again when it has had no receipt for that long after a login; more than a second */
	struct address_blocks allow;
	/* Called by the link's thread. False: a receipt for an id that nobody knows (yet), tell it again in a moment; with @last it is the last time. */
	bool (*news)(void *context, const struct cmpp_news *news, bool last);
	void *context;
};

enum cmpp_outcome {
	CMPP_ACCEPTED, /* the gateway has every part: ids */
	CMPP_REFUSED,  /* it said no: result */
	CMPP_UNSENT,   /* nothing of it has left: another way may be taken */
	CMPP_DOUBT,    /* it may have been accepted, and news will come: ids where the gateway answered, 0 where it did not */
};

struct cmpp_sent {
	enum cmpp_outcome outcome;
	uint32_t result;
	size_t n; /* parts */
	uint64_t ids[CMPP_SEGMENTS_MAX];
};

/* @options and what it points to must outlive the link. The connection is opened at once and whenever it is not there. */
MUST_USE int cmpp_link_new(const struct cmpp_options *options, struct cmpp_link **ret_link);
/* Says goodbye to the gateway and ends the thread; who waits in cmpp_link_send is answered. */
void cmpp_link_free(struct cmpp_link *link);
DEFINE_CLEANUP(struct cmpp_link, cmpp_link_cleanup, cmpp_link_free)

#define CMPP_KEY_MAX 63

/* Send @text to @phone and wait, at most @timeout_ms, for what the gateway says; @key is what news will call it. Any thread; blocks. 0 with
 * *@ret_sent; ERR_INVALID, ERR_TOO_LARGE as cmpp_cut; FAULT_MEMORY. Without a connection, and when the last attempt to have one failed a moment ago,
 * UNSENT comes at once. */
MUST_USE int cmpp_link_send(struct cmpp_link *link, struct span key, struct span phone, struct span text, int64_t timeout_ms, struct cmpp_sent *ret_sent);

/* What an administrator wants to see. */
struct cmpp_state {
	bool is_connected;
	int error;              /* of the last attempt that failed: FAULT_…, ERR_ACCESS_DENIED, or ERR_PROVIDER_REJECTED with: */
	uint32_t status;        /* … the gateway's answer to CONNECT */
	uint64_t accepted, refused, lost, receipts, connections;
};
void cmpp_link_state(struct cmpp_link *link, struct cmpp_state *ret_state);
