/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account - the pages on which somebody sees and changes what is theirs: one table of sections, each with what it shows and what may be done.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/visit.h"

struct account_page {
	struct request *rq;
	struct interaction interaction; /* the pages stand alone: only what visit.h needs */
	struct visitor visitor;
	struct txn *txn;
	json_t *data;
	/* what a list gathers */
	json_t *items;
	struct id cursor;
	bool more;
	/* what an action is about */
	struct span subject;
	struct id id;
	bool done;
};

struct account_section {
	const char *name; /* "sessions"; in texts, and nav-<name> of the contract */
	const char *path;
	int (*load)(struct txn *txn, struct account_page *page); /* into page->data; NULL: nothing to read */
};

/* What may be done on a section: "do" of its forms. Runs in the transaction, with its audit. */
struct account_action {
	const char *section, *name;
	int (*act)(struct txn *txn, struct account_page *page);
};
const struct account_action *account_action_of(struct span section, struct span name);

/* account_lists.c: what the sections show */
int account_load_sessions(struct txn *txn, struct account_page *page);
int account_load_consents(struct txn *txn, struct account_page *page);
int account_load_links(struct txn *txn, struct account_page *page);
int account_load_bindings(struct txn *txn, struct account_page *page);
int account_load_units(struct txn *txn, struct account_page *page);
int account_load_audit(struct txn *txn, struct account_page *page);

/* The navigation beside the pages of the account: which links this person has. Not on the way to a business system. */
void account_add_side(const struct interaction *interaction, const struct account *account, json_t *data);
/* The page of @section with @error (0: none). */
MUST_USE int account_reply(struct account_page *page, const struct account_section *section, int error);
