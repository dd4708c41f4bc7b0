/* SPDX-License-Identifier: Apache-2.0 */
/*
 * country - countries and regions by their ISO 3166-1 alpha-3 code, with the names that a form shows (GB/T 2659, CLDR).
 */
#pragma once

#include "broker/base/base.h"

struct country {
	const char *code; /* "KAZ" */
	const char *zh, *en;
};

/* The @i-th, in the order of the Chinese names; NULL past the end. */
const struct country *country_at(size_t i);
const struct country *country_of(struct span code); /* NULL when there is none */
