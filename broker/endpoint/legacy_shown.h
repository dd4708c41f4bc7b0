/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_shown - how the desk says in words which old account it is, whose, and what was proved; personal data masked. domain.md 4.4.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/app.h"

struct account;
struct legacy;

/* A login name of a row, masked where it is a phone or a document number. */
MUST_USE int legacy_shown_login(struct request *rq, const struct legacy *row, struct span *ret_text);
/* What somebody logs in with; masked where it is or ends with a phone, or is a document number. Empty: nothing that may be shown. */
MUST_USE int legacy_shown_account(struct request *rq, const struct account *account, struct span *ret_text);
/* Who did something: staff by their name, anybody else as legacy_shown_account. Empty: nobody, or the account is gone. */
MUST_USE int legacy_shown_actor(struct txn *txn, struct request *rq, struct id account, struct span *ret_text);
/* @key: [{"label", "value"}], what a binding's evidence (JSON, may be empty) says, member by member; labels are texts legacy.fact.<label>. */
MUST_USE int legacy_shown_evidence(struct request *rq, json_t *item, const char *key, struct span evidence);
