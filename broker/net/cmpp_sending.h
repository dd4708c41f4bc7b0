/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmpp_sending - a message on its way through a CMPP link: its parts, where each of them is, and what may be said of the whole. Only for
 * the link's own files, under its lock.
 */
#pragma once

#include "broker/net/cmpp.h"

struct cmpp_sending;

struct cmpp_part {
	struct cmpp_part *next; /* in the list that it is in */
	struct cmpp_sending *sending;
	size_t index;
	int sends;
	uint32_t sequence;
	uint64_t end; /* of its frame, in all that was ever written to this connection */
	int64_t sent_ms;
};

struct cmpp_list {
	struct cmpp_part *first, **last;
};

/* One message. Shared by who waits for it and by its parts that are not over. */
struct cmpp_sending {
	int refs;
	int64_t born_ms;
	char key[CMPP_KEY_MAX + 1], number[33];
	struct span phone;
	struct cmpp_segment segments[CMPP_SEGMENTS_MAX];
	struct cmpp_part parts[CMPP_SEGMENTS_MAX];
	size_t n_over;       /* parts about which nothing more will be heard */
	size_t n_left;       /* times that a part was handed to a connection: it is, or may be, at the gateway */
	bool is_unsent, is_refused, is_lost; /* of one part at least */
	bool is_unattended;  /* nobody waits any more */
	struct cmpp_sending *next_late;
	struct cmpp_sent sent;
};

void cmpp_list_init(struct cmpp_list *list);
void cmpp_list_add(struct cmpp_list *list, struct cmpp_part *part);
void cmpp_list_add_first(struct cmpp_list *list, struct cmpp_part *part);
/* All of @from, in its order, behind what is in @to; or before it. */
void cmpp_list_move(struct cmpp_list *to, struct cmpp_list *from);
void cmpp_list_move_first(struct cmpp_list *to, struct cmpp_list *from);
/* NULL when there is none. */
struct cmpp_part *cmpp_list_take(struct cmpp_list *list);

/* Cut and copied, with one reference. ERR_INVALID, ERR_TOO_LARGE (cmpp_cut), FAULT_MEMORY. */
MUST_USE int cmpp_sending_new(struct span key, struct span phone, struct span text, struct instant now, struct cmpp_sending **ret_sending);
void cmpp_sending_release(struct cmpp_sending *sending);
bool cmpp_sending_is_over(const struct cmpp_sending *sending);
/* As far as is known now. */
enum cmpp_outcome cmpp_sending_outcome(const struct cmpp_sending *sending);
