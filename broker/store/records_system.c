/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_system.h"

#include "broker/store/record_rows.h"

static const struct field counter_fields[] = {
	ROW(counter, 1, n, FIELD_INT, 0),
};
const struct kind KIND_COUNTER = KIND(counter, 0x27, true, counter_fields, .n_indexes = 0);

static const struct field mark_fields[] = {
	ROW(mark, 1, note, FIELD_TEXT, 0),
};
const struct kind KIND_MARK = KIND(mark, 0x28, true, mark_fields, .n_indexes = 0);

static const struct field signing_key_fields[] = {
	ROW(signing_key, 1, kid, FIELD_TEXT, 0),
	ROW(signing_key, 2, alg, FIELD_TEXT, 0),
	ROW(signing_key, 3, public_jwk, FIELD_TEXT, 0),
	ROW(signing_key, 4, sealed_private, FIELD_TEXT, 0),
	ROW(signing_key, 5, created_at, FIELD_INSTANT, 0),
	ROW(signing_key, 6, publish_at, FIELD_INSTANT, 0),
	ROW(signing_key, 7, sign_from, FIELD_INSTANT, 0),
	ROW(signing_key, 8, sign_until, FIELD_INSTANT, 0),
	ROW(signing_key, 9, publish_until, FIELD_INSTANT, 0),
};
const struct kind KIND_SIGNING_KEY = KIND(signing_key, 0x30, false, signing_key_fields, .n_indexes = 0);

static const struct field audit_fields[] = {
	ROW(audit, 1, at, FIELD_INSTANT, 0),
	ROW(audit, 2, actor, FIELD_TEXT, 0),
	ROW(audit, 3, action, FIELD_TEXT, 0),
	ROW(audit, 4, subject, FIELD_TEXT, 0),
	ROW(audit, 5, client, FIELD_TEXT, 0),
	ROW(audit, 6, address, FIELD_TEXT, 0),
	ROW(audit, 7, reference, FIELD_TEXT, 0),
	ROW(audit, 8, result, FIELD_TEXT, 0),
	ROW(audit, 9, detail, FIELD_TEXT, 0),
};
static const struct record_index audit_indexes[] = {
	{ AUDIT_BY_ACTOR, "actor", false, { 2 /* actor */ } },
};
const struct kind KIND_AUDIT = KIND(audit, 0x31, false, audit_fields, INDEXES(audit_indexes));

static const struct field figures_hour_fields[] = {
	ROW(figures_hour, 1, at, FIELD_INSTANT, 0),
	ROW(figures_hour, 2, through, FIELD_ID, 0),
	ROW(figures_hour, 3, figures, FIELD_TEXT, 0),
};
const struct kind KIND_FIGURES_HOUR = KIND(figures_hour, 0x48, true, figures_hour_fields, .n_indexes = 0);

static const struct field meta_fields[] = {
	ROW(meta, 1, name, FIELD_TEXT, 0),
	ROW(meta, 2, value, FIELD_TEXT, 0),
	ROW(meta, 3, number, FIELD_INT, 0),
};
static const struct record_index meta_indexes[] = {
	{ META_BY_NAME, "name", true, { 1 /* name */ } },
};
const struct kind KIND_META = KIND(meta, 0x32, false, meta_fields, INDEXES(meta_indexes));
