/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity_desk - merges of a person's accounts as staff see them, and take them apart: for every page of the desk that shows whose something is.
 *
 * What a split is, whom clients are told and which events go out is identity_change.h, the same as when the person does it. Here is only who may:
 * with a reason, and by two where `review.four_eyes` has `legacy`, as with a binding; the first one's request is void when the merge ends.
 */
#pragma once

#include "broker/endpoint/desk.h"
#include "broker/endpoint/subject.h"

/* In a snapshot: the accounts that were ever joined with @identity's, as members of the page (web/PAGES.md, `merges` and what stands behind it). None for
 * somebody who never joined any. */
MUST_USE int identity_desk_add(struct txn *txn, struct desk *desk, struct id identity, json_t *data);

struct identity_desk_split {
	struct id identity; /* anyone's of the person */
	struct id part;
	struct span reason;
	struct span phones[SUBJECT_PARTS]; /* out: of the accounts that it concerns */
	size_t n_phones;                   /* 0: another has to agree first */
};
/* In a transaction. ERR_CONFLICT: they are apart already; ERR_FORBIDDEN: whoever asked for it cannot be the second one. */
MUST_USE int identity_desk_split(struct txn *txn, struct desk *desk, struct identity_desk_split *split);
/* When that is durable: the person is told, who may not have asked for it (ASVS 6.3.7). Not on the loop's thread. */
MUST_USE int identity_desk_tell(struct request *rq, const struct identity_desk_split *split);
