/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_unit.h"

#include "broker/store/record_rows.h"

static const struct field unit_fields[] = {
	ROW(unit, 1, created_at, FIELD_INSTANT, 0),
	ROW(unit, 2, uscc, FIELD_TEXT, 0),
	ROW(unit, 3, name, FIELD_TEXT, 0),
	ROW(unit, 4, type, FIELD_TEXT, 0),
	ROW(unit, 5, status, FIELD_ENUM, 0),
	ROW(unit, 6, dept_id, FIELD_TEXT, 0),
	ROW(unit, 7, region, FIELD_TEXT, 0),
	ROW(unit, 8, rep_name, FIELD_TEXT, FIELD_SEALED),
	ROW(unit, 9, rep_id_type, FIELD_TEXT, 0),
	ROW(unit, 10, rep_id_number, FIELD_TEXT, FIELD_SEALED),
	ROW(unit, 11, rep_phone, FIELD_TEXT, FIELD_SEALED),
	ROW(unit, 12, submission, FIELD_ID, 0),
	ROW(unit, 13, reason, FIELD_TEXT, 0),
	ROW(unit, 14, since, FIELD_INSTANT, 0),
	ROW(unit, 15, not_before, FIELD_INSTANT, 0),
	ROW(unit, 16, in_force, FIELD_BOOL, 0),
};
static const struct record_index unit_indexes[] = {
	{ UNIT_BY_USCC, "uscc", true, { 2 /* uscc */ } },
	{ UNIT_BY_DEPT, "dept", false, { 6 /* dept_id */, 5 /* status */ } },
};
const struct kind KIND_UNIT = KIND(unit, 0x12, false, unit_fields, INDEXES(unit_indexes));

static const struct field unit_gram_fields[] = {
	ROW(unit_gram, 1, unit, FIELD_ID, 0),
};
const struct kind KIND_UNIT_GRAM = KIND(unit_gram, 0x19, false, unit_gram_fields, .n_indexes = 0);

static const struct field membership_fields[] = {
	ROW(membership, 1, account, FIELD_ID, 0),
	ROW(membership, 2, unit, FIELD_ID, 0),
	ROW(membership, 3, role, FIELD_ENUM, 0),
	ROW(membership, 4, status, FIELD_ENUM, 0),
	ROW(membership, 5, since, FIELD_INSTANT, 0),
	ROW(membership, 6, decided_by, FIELD_ID, 0),
	ROW(membership, 7, reason, FIELD_TEXT, 0),
	ROW(membership, 8, offered_by, FIELD_ID, 0),
};
static const struct record_index membership_indexes[] = {
	{ MEMBERSHIP_BY_ACCOUNT, "account", false, { 1 /* account */ } },
	{ MEMBERSHIP_BY_UNIT, "unit", false, { 2 /* unit */, 4 /* status */ } },
	{ MEMBERSHIP_BY_PAIR, "pair", true, { 1 /* account */, 2 /* unit */ } },
	{ MEMBERSHIP_BY_ROLE, "role", false, { 2 /* unit */, 4 /* status */, 3 /* role */ } },
};
const struct kind KIND_MEMBERSHIP = KIND(membership, 0x13, false, membership_fields, INDEXES(membership_indexes));

static const struct field grant_fields[] = {
	ROW(grant, 1, account, FIELD_ID, 0),
	ROW(grant, 2, unit, FIELD_ID, 0),
	ROW(grant, 3, subsystem, FIELD_TEXT, 0),
	ROW(grant, 4, status, FIELD_ENUM, 0),
	ROW(grant, 5, since, FIELD_INSTANT, 0),
};
static const struct record_index grant_indexes[] = {
	{ GRANT_BY_ACCOUNT, "account", false, { 1 /* account */ } },
};
const struct kind KIND_GRANT = KIND(grant, 0x14, false, grant_fields, INDEXES(grant_indexes));
