/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain - why a login went as it did: everything that was noted (trace.h) of the interaction that a reference belongs to, in order, each step with a sentence.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/app.h"
#include "broker/http/catalogue.h"
#include "broker/store/record.h"

/* Members into the open object @out: reference, interaction, client, account, entries: [{at, reference, result, steps: [{what, text, …}]}]. @key: a reference as
 * pages show it, or an interaction as addresses carry it. @texts has the words of errors; NULL: their codes are told. ERR_ABSENT: nothing is known of it, or not any more. */
MUST_USE int explain_write(struct txn *txn, struct span key, const struct catalogue_set *texts, enum language language, struct instant now, struct arena *arena,
			   struct json_writer *out);
