/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_view - one old account as the desk sees it, and everything that happened to it: by which rule the import decided, on which facts; every
 * binding, refusal and dispute, when, by whom, on what evidence; what became of the accounts of whoever has it.
 */
#pragma once

#include "broker/endpoint/legacy_desk.h"
#include "broker/store/records_legacy.h"

#define LEGACY_VIEW_ASKED "unbind_asked" /* in the history: one of two wants the binding to end */

struct legacy_view {
	struct desk desk;
	struct txn *txn;
	struct id id;
	struct legacy row;
	struct binding binding; /* in force; id unset: none */
	struct legacy_event asked; /* that its binding be ended; id unset: nobody does */
	json_t *history;           /* NULL: not gathered */
};

/* In a transaction: all but desk and id. ERR_NOT_FOUND. */
MUST_USE int legacy_view_read(struct txn *txn, struct legacy_view *view);
/* Whose identity it is bound to; zero while that is but suggested. */
struct id legacy_view_owner(const struct legacy_view *view);
/* The page, for staff only, with @error about @field (NULL: about the whole); 0: nothing is wrong. */
MUST_USE int legacy_view_show(struct legacy_view *view, int error, const char *field);
