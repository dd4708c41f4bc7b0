/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_staff.h"

#include "broker/store/record_rows.h"

static const struct field appointment_fields[] = {
	ROW(appointment, 1, account, FIELD_ID, 0),
	ROW(appointment, 2, roles, FIELD_INT, 0),
	ROW(appointment, 3, dept, FIELD_TEXT, 0),
	ROW(appointment, 4, since, FIELD_INSTANT, 0),
	ROW(appointment, 5, by, FIELD_ID, 0),
};
static const struct record_index appointment_indexes[] = {
	{ APPOINTMENT_BY_ACCOUNT, "account", false, { 1 /* account */ } },
};
const struct kind KIND_APPOINTMENT = KIND(appointment, 0x1d, false, appointment_fields, INDEXES(appointment_indexes));

static const struct field factor_fields[] = {
	ROW(factor, 1, account, FIELD_ID, 0),
	ROW(factor, 2, type, FIELD_TEXT, 0),
	ROW(factor, 3, secret, FIELD_TEXT, FIELD_SEALED),
	ROW(factor, 4, last_step, FIELD_INT, 0),
	ROW(factor, 5, recovery, FIELD_LIST, 0),
	ROW(factor, 6, created_at, FIELD_INSTANT, 0),
	ROW(factor, 7, confirmed_at, FIELD_INSTANT, 0),
};
static const struct record_index factor_indexes[] = {
	{ FACTOR_BY_ACCOUNT, "account", false, { 1 /* account */ } },
};
const struct kind KIND_FACTOR = KIND(factor, 0x1e, false, factor_fields, INDEXES(factor_indexes));
