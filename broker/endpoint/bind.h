/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind - the page "bind" (Z2-Z6, T2): a person who is logged in proves that an old account is theirs, by one of several ways.
 *
 * /bind by a code to the old account's phone, /bind/password by its password, /bind/review by a reviewer; rows that fit the verified document are
 * offered on each of them (/bind/document). bind_page.c is what they share: who it is, the forms, what is kept, and how it goes on.
 */
#pragma once

#include "broker/endpoint/files.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/legacy_find.h"

enum bind_way { BIND_SMS, BIND_PASSWORD, BIND_REVIEW };

struct bind {
	struct request *rq;
	enum bind_way way;
	struct interaction interaction;
	struct visitor visitor;
	struct form form;
	struct form_value *values;
	const struct config_legacy_source *source; /* chosen; NULL: none that goes this way */
	struct legacy_list *offers; /* by document */
	int error;                  /* of the page as a whole */
	unsigned wait;
	bool waits;                 /* a reviewer has been asked already */
	struct span blamed, detail; /* the field that @refused stands at, and the detail of its text */
	int refused;                /* what the rules say, found in a transaction that is kept all the same */
};

/* What people call the system with @id and its users of @type: their names, else what they are in the configuration. */
struct span bind_source_name(struct request *rq, struct span id);
struct span bind_type_name(struct request *rq, struct span source, struct span type);
/* May people bind old accounts here at all; is there a source whose rows wait for it (accounts: claim)? */
bool bind_has_source(const struct config *config, const struct account *account);
bool bind_has_claims(const struct config *config, const struct account *account);

/* Who it is, on the way to a business system or of their own accord (then the login has to be fresh). *@ret_answered: the request has been answered. */
MUST_USE int bind_open(struct request *rq, enum bind_way way, struct bind *b, bool *ret_answered);
/* The form as it was posted (or empty), and the source that it names. 0, ERR_FORM. */
MUST_USE int bind_read(struct bind *b);
/* The page's data, all but what the way adds; then reply. */
MUST_USE int bind_data(struct bind *b, const struct form_page_options *options, json_t **ret_data);
MUST_USE int bind_reply(struct bind *b, json_t *data);

/* In a transaction: the person as they are now. ERR_LOGIN_REQUIRED: another, or nobody. */
MUST_USE int bind_person(struct txn *txn, struct bind *b, struct account *ret_account);
/* @row is proved: bound, and where information is to be completed, that is done with it (Z4). What the rules have against it is not the
 * result but in b->refused, so that what was used up stays so. */
MUST_USE int bind_keep(struct txn *txn, struct bind *b, struct account *account, const struct legacy_found *found, const struct legacy_proof *proof);
/* On to where the person was going. */
MUST_USE int bind_done(struct bind *b);
/* Say what b->refused says at its field. */
void bind_blame(struct bind *b);
