/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice - what a vendor's error codes mean and what to do about them, in the words of whoever has to do it: one table beside each adapter.
 */
#pragma once

#include "broker/base/base.h"

struct advice {
	const char *code; /* the vendor's; with '*' at the end, every code that begins so; NULL ends the table */
	int outcome;      /* of the adapter's own enum */
	const char *zh, *en; /* a sentence or two: what it means, what to do */
};

/* Is @code what @pattern says: the same, or, where it ends with '*', one that begins so? */
bool advice_fits(struct span pattern, struct span code);
/* The row for @code, the first that fits; NULL when there is none. */
const struct advice *advice_find(const struct advice *table, struct span code);
