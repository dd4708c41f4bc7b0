/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files_list - which files there are: loose ones of a place, those of a submission; and what happens to them as a whole (files.h).
 */
#pragma once

#include "broker/endpoint/files.h"

struct upload;

struct files_list {
	struct upload *items; /* in the order in which they came */
	size_t n;
};

MUST_USE int files_list_loose(struct txn *txn, struct arena *arena, const struct files_place *place, struct files_list *ret_list);
MUST_USE int files_list_submitted(struct txn *txn, struct arena *arena, struct id submission, struct files_list *ret_list);
