/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - what business systems are told (domain.md 1.6): written in the same transaction as the change, posted by broker/job/webhook.
 *
 * Events say what changed and whose it is, never personal data: who wants more asks the directory API, which knows what they may see.
 */
#pragma once

#include "broker/store/record.h"
#include "conf/config_webhook.h"

struct account;
struct config;

#define EVENT_MEMBERS_MAX 8

struct event_member {
	const char *name; /* "unit", "status" … */
	struct span text; /* a member without text is left out */
	struct id id;     /* instead of text */
};

struct event_new {
	enum config_event type;
	struct id identity; /* whom it is about, or zero: each receiver is told the sub that it knows */
	struct id other;    /* a second one, as "other_sub" */
	struct event_member members[EVENT_MEMBERS_MAX]; /* a row without a name ends them */
};

/* Add to the log, unless no webhook is configured at all. */
MUST_USE int event_write(struct txn *txn, const struct config *config, struct instant now, struct arena *arena, const struct event_new *event);

/* The commonest kind: something of @account, with members user_type and account_status. */
MUST_USE int event_write_account(struct txn *txn, const struct config *config, struct instant now, struct arena *arena, enum config_event type,
				 const struct account *account);

/* Numbers count from 1. */
int64_t event_number(struct id id);
struct id event_id(int64_t number);
/* The next events get numbers greater by @n: a restored log has forgotten the newest, and receivers have not. */
MUST_USE int event_skip(struct txn *txn, struct arena *arena, int64_t n);
/* The number of the newest event; 0: none yet. */
MUST_USE int event_newest(struct txn *txn, struct arena *arena, int64_t *ret_number);
