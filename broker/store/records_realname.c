/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_realname.h"

#include "broker/store/record_rows.h"

static const struct field realname_due_fields[] = {
	ROW(realname_due, 1, account, FIELD_ID, 0),
	ROW(realname_due, 2, what, FIELD_ENUM, 0),
	ROW(realname_due, 3, attempt, FIELD_INT, 0),
	ROW(realname_due, 4, since, FIELD_INSTANT, 0),
};
const struct kind KIND_REALNAME_DUE = KIND(realname_due, 0x2c, false, realname_due_fields, .n_indexes = 0);

static const struct field verified_fields[] = {
	ROW(verified, 1, claim, FIELD_TEXT, 0),
	ROW(verified, 2, verifier, FIELD_TEXT, 0),
	ROW(verified, 3, method, FIELD_TEXT, 0),
	ROW(verified, 4, evidence, FIELD_TEXT, 0),
	ROW(verified, 5, level, FIELD_INT, 0),
};
static const struct record_index verified_indexes[] = {
	{ VERIFIED_BY_CLAIM, "claim", true, { 1 /* claim */ } },
};
const struct kind KIND_VERIFIED = KIND(verified, 0x43, true, verified_fields, INDEXES(verified_indexes));
