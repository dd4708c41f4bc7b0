/* SPDX-License-Identifier: Apache-2.0 */
/* records_event - what business systems are told, and how far. */
#pragma once

#include "broker/store/record.h"

/* Something that business systems are told. The id is its number in the log (8 bytes, counted in the transaction, so that nobody who reads
 * up to one can miss an earlier one), then zeros. */
struct event {
	struct id id;
	struct instant at;
	struct span type; /* "unit.effective" … */
	struct id identity; /* whom it is about: told as the receiver's own sub; zero: nobody */
	struct span data;   /* members of a JSON object, without its braces */
	struct id other;    /* user.merged, user.split: the identity that came or went */
};

/* How far one webhook has been told. */
struct delivery {
	struct id id;
	struct span webhook; /* its configured id */
	int64_t settled;     /* number of the last event that it has taken, did not want, or that was given up */
	int64_t attempts;    /* at the next one so far */
	struct instant next_at, done_at; /* the next attempt; the last success */
	struct span last_error;
	int64_t given_up;    /* events that it never took */
};

enum {
	DELIVERY_BY_WEBHOOK = 1,
};

extern const struct kind KIND_EVENT, KIND_DELIVERY;
