/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_legacy.h"

#include "broker/store/record_rows.h"

static const struct field legacy_fields[] = {
	ROW(legacy, 1, imported_at, FIELD_INSTANT, 0),
	ROW(legacy, 2, source, FIELD_TEXT, 0),
	ROW(legacy, 3, batch, FIELD_TEXT, 0),
	ROW(legacy, 4, legacy_id, FIELD_TEXT, 0),
	ROW(legacy, 5, kind, FIELD_TEXT, 0),
	ROW(legacy, 6, login_name, FIELD_TEXT, 0),
	ROW(legacy, 7, user_type, FIELD_TEXT, 0),
	ROW(legacy, 8, name, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy, 9, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy, 10, email, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy, 11, uscc, FIELD_TEXT, 0),
	ROW(legacy, 12, unit_name, FIELD_TEXT, 0),
	ROW(legacy, 13, id_type, FIELD_TEXT, 0),
	ROW(legacy, 14, id_number, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy, 15, scheme, FIELD_TEXT, 0),
	ROW(legacy, 16, salt, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy, 17, digest, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy, 18, phone_confirmed_at, FIELD_INSTANT, 0),
	ROW(legacy, 19, outcome, FIELD_TEXT, 0),
	ROW(legacy, 20, account, FIELD_ID, 0),
	ROW(legacy, 21, why, FIELD_TEXT, 0),
	ROW(legacy, 22, changed_at, FIELD_INSTANT, 0),
	ROW(legacy, 23, hash_gone_at, FIELD_INSTANT, 0),
	ROW(legacy, 24, made_unit, FIELD_ID, 0),
};
static const struct record_index legacy_indexes[] = {
	{ LEGACY_BY_KEY, "key", true, { 2 /* source */, 4 /* legacy_id */ } },
	{ LEGACY_BY_ACCOUNT, "account", false, { 20 /* account */ } },
	{ LEGACY_BY_LOGIN, "login", false, { 6 /* login_name */ } },
	{ LEGACY_BY_PHONE, "phone", false, { 9 /* phone */ } },
	{ LEGACY_BY_USCC, "uscc", false, { 11 /* uscc */ } },
	{ LEGACY_BY_ID_NUMBER, "id_number", false, { 14 /* id_number */ } },
	{ LEGACY_BY_BATCH, "batch", false, { 3 /* batch */ } },
};
const struct kind KIND_LEGACY = KIND(legacy, 0x15, false, legacy_fields, INDEXES(legacy_indexes));

static const struct field legacy_batch_fields[] = {
	ROW(legacy_batch, 1, source, FIELD_TEXT, 0),
	ROW(legacy_batch, 2, name, FIELD_TEXT, 0),
	ROW(legacy_batch, 3, file, FIELD_TEXT, 0),
	ROW(legacy_batch, 4, fingerprint, FIELD_TEXT, 0),
	ROW(legacy_batch, 5, status, FIELD_ENUM, 0),
	ROW(legacy_batch, 6, begun_at, FIELD_INSTANT, 0),
	ROW(legacy_batch, 7, ended_at, FIELD_INSTANT, 0),
	ROW(legacy_batch, 8, size, FIELD_INT, 0),
	ROW(legacy_batch, 9, offset, FIELD_INT, 0),
	ROW(legacy_batch, 10, line, FIELD_INT, 0),
	ROW(legacy_batch, 11, counts, FIELD_TEXT, 0),
	ROW(legacy_batch, 12, taken, FIELD_TEXT, 0),
};
static const struct record_index legacy_batch_indexes[] = {
	{ LEGACY_BATCH_BY_NAME, "name", true, { 2 /* name */ } },
	{ LEGACY_BATCH_BY_FILE, "file", false, { 1 /* source */, 4 /* fingerprint */ } },
};
const struct kind KIND_LEGACY_BATCH = KIND(legacy_batch, 0x2e, false, legacy_batch_fields, INDEXES(legacy_batch_indexes));

static const struct field legacy_event_fields[] = {
	ROW(legacy_event, 1, legacy, FIELD_ID, 0),
	ROW(legacy_event, 2, at, FIELD_INSTANT, 0),
	ROW(legacy_event, 3, what, FIELD_TEXT, 0),
	ROW(legacy_event, 4, method, FIELD_TEXT, 0),
	ROW(legacy_event, 5, account, FIELD_ID, 0),
	ROW(legacy_event, 6, identity, FIELD_ID, 0),
	ROW(legacy_event, 7, actor, FIELD_ID, 0),
	ROW(legacy_event, 8, evidence, FIELD_TEXT, FIELD_SEALED),
	ROW(legacy_event, 9, reason, FIELD_TEXT, 0),
};
static const struct record_index legacy_event_indexes[] = {
	{ LEGACY_EVENT_BY_LEGACY, "legacy", false, { 1 /* legacy */ } },
};
const struct kind KIND_LEGACY_EVENT = KIND(legacy_event, 0x2d, false, legacy_event_fields, INDEXES(legacy_event_indexes));

static const struct field legacy_day_fields[] = {
	ROW(legacy_day, 1, at, FIELD_INSTANT, 0),
	ROW(legacy_day, 2, source, FIELD_TEXT, 0),
	ROW(legacy_day, 3, claimed, FIELD_INT, 0),
	ROW(legacy_day, 4, bound, FIELD_INT, 0),
	ROW(legacy_day, 5, unbound, FIELD_INT, 0),
	ROW(legacy_day, 6, suggested, FIELD_INT, 0),
	ROW(legacy_day, 7, suggestion_ended, FIELD_INT, 0),
	ROW(legacy_day, 8, made_ended, FIELD_INT, 0),
	ROW(legacy_day, 9, disputed, FIELD_INT, 0),
	ROW(legacy_day, 10, refused, FIELD_INT, 0),
	ROW(legacy_day, 11, expired, FIELD_INT, 0),
};
const struct kind KIND_LEGACY_DAY = KIND(legacy_day, 0x33, false, legacy_day_fields, .n_indexes = 0);

static const struct field binding_fields[] = {
	ROW(binding, 1, legacy, FIELD_ID, 0),
	ROW(binding, 2, identity, FIELD_ID, 0),
	ROW(binding, 3, account, FIELD_ID, 0),
	ROW(binding, 4, status, FIELD_ENUM, 0),
	ROW(binding, 5, source, FIELD_TEXT, 0),
	ROW(binding, 6, method, FIELD_TEXT, 0),
	ROW(binding, 7, since, FIELD_INSTANT, 0),
	ROW(binding, 8, level, FIELD_INT, 0),
	ROW(binding, 9, user_type, FIELD_TEXT, 0),
};
static const struct record_index binding_indexes[] = {
	{ BINDING_BY_LEGACY, "legacy", true, { 1 /* legacy */ }, .unless = 4 /* status */, .unless_is = BINDING_ENDED },
	{ BINDING_BY_IDENTITY, "identity", false, { 2 /* identity */ } },
	{ BINDING_BY_ACCOUNT, "account", false, { 3 /* account */ } },
	{ BINDING_BY_SOURCE, "source", false, { 5 /* source */, 4 /* status */ } },
};
const struct kind KIND_BINDING = KIND(binding, 0x16, false, binding_fields, INDEXES(binding_indexes));
