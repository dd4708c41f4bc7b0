/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_account.h"

#include "broker/store/record_rows.h"

static const struct field account_fields[] = {
	ROW(account, 1, created_at, FIELD_INSTANT, 0),
	ROW(account, 2, namespace_, FIELD_ENUM, 0),
	ROW(account, 3, status, FIELD_ENUM, 0),
	ROW(account, 4, roles, FIELD_INT, 0),
	ROW(account, 5, login_name, FIELD_TEXT, 0),
	ROW(account, 6, login_key, FIELD_TEXT, 0),
	ROW(account, 7, identity, FIELD_ID, 0),
	ROW(account, 8, unit, FIELD_ID, 0),
	ROW(account, 9, name, FIELD_TEXT, FIELD_SEALED),
	ROW(account, 10, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(account, 11, phone_confirmed_at, FIELD_INSTANT, 0),
	ROW(account, 12, email, FIELD_TEXT, FIELD_SEALED),
	ROW(account, 13, id_type, FIELD_TEXT, 0),
	ROW(account, 14, id_number, FIELD_TEXT, FIELD_SEALED),
	ROW(account, 15, gender, FIELD_TEXT, 0),
	ROW(account, 16, ethnic_code, FIELD_TEXT, 0),
	ROW(account, 17, realname_status, FIELD_ENUM, 0),
	ROW(account, 18, realname_level, FIELD_INT, 0),
	ROW(account, 19, realname_method, FIELD_TEXT, 0),
	ROW(account, 20, realname_at, FIELD_INSTANT, 0),
	ROW(account, 21, password, FIELD_TEXT, 0),
	ROW(account, 22, password_changed_at, FIELD_INSTANT, 0),
	ROW(account, 23, legacy_scheme, FIELD_TEXT, 0),
	ROW(account, 24, legacy_salt, FIELD_TEXT, FIELD_SEALED),
	ROW(account, 25, legacy_digest, FIELD_TEXT, FIELD_SEALED),
	ROW(account, 26, not_before, FIELD_INSTANT, 0),
	ROW(account, 27, source, FIELD_TEXT, 0),
	ROW(account, 28, id_valid_from, FIELD_TEXT, 0),
	ROW(account, 29, id_valid_to, FIELD_TEXT, 0),
	ROW(account, 30, country, FIELD_TEXT, 0),
	ROW(account, 31, realname_failures, FIELD_INT, 0),
	ROW(account, 32, realname_reason, FIELD_TEXT, 0),
	ROW(account, 33, realname_retry_at, FIELD_INSTANT, 0),
	ROW(account, 34, profile, FIELD_ENUM, 0),
	ROW(account, 35, apply_type, FIELD_TEXT, 0),
	ROW(account, 36, review_reason, FIELD_TEXT, 0),
	ROW(account, 37, agreed_at, FIELD_INSTANT, 0),
	ROW(account, 38, agreed_version, FIELD_TEXT, 0),
	ROW(account, 39, closed_at, FIELD_INSTANT, 0),
	ROW(account, 40, password_until, FIELD_INSTANT, 0),
	ROW(account, 41, claimed_at, FIELD_INSTANT, 0),
	ROW(account, 42, network_id, FIELD_TEXT, FIELD_SEALED),
};
static const struct record_index account_indexes[] = {
	{ ACCOUNT_BY_LOGIN, "login", true, { 2 /* namespace_ */, 6 /* login_key */ } },
	{ ACCOUNT_BY_PHONE, "phone", true, { 2 /* namespace_ */, 10 /* phone */ } },
	{ ACCOUNT_BY_EMAIL, "email", true, { 2 /* namespace_ */, 12 /* email */ } },
	{ ACCOUNT_BY_ID_NUMBER, "id_number", true, { 2 /* namespace_ */, 14 /* id_number */ } },
	{ ACCOUNT_BY_IDENTITY, "identity", false, { 7 /* identity */ } },
	{ ACCOUNT_BY_UNIT, "unit", false, { 8 /* unit */ } },
	{ ACCOUNT_BY_NETWORK_ID, "network_id", true, { 2 /* namespace_ */, 42 /* network_id */ } },
};
const struct kind KIND_ACCOUNT = KIND(account, 0x10, false, account_fields, INDEXES(account_indexes));

static const struct field identity_fields[] = {
	ROW(identity, 1, created_at, FIELD_INSTANT, 0),
	ROW(identity, 2, merged_into, FIELD_ID, 0),
	ROW(identity, 3, merged_at, FIELD_INSTANT, 0),
	ROW(identity, 4, has_parts, FIELD_BOOL, 0),
};
static const struct record_index identity_indexes[] = {
	{ IDENTITY_BY_WHOLE, "whole", false, { 2 /* merged_into */ } },
};
const struct kind KIND_IDENTITY = KIND(identity, 0x11, false, identity_fields, INDEXES(identity_indexes));

static const struct field identity_event_fields[] = {
	ROW(identity_event, 1, whole, FIELD_ID, 0),
	ROW(identity_event, 2, part, FIELD_ID, 0),
	ROW(identity_event, 3, at, FIELD_INSTANT, 0),
	ROW(identity_event, 4, what, FIELD_TEXT, 0),
	ROW(identity_event, 5, actor, FIELD_ID, 0),
	ROW(identity_event, 6, reason, FIELD_TEXT, 0),
	ROW(identity_event, 7, whole_proof.account, FIELD_ID, 0),
	PROOF_ROWS(identity_event, 8, whole_proof),
	ROW(identity_event, 12, part_proof.account, FIELD_ID, 0),
	PROOF_ROWS(identity_event, 13, part_proof),
};
static const struct record_index identity_event_indexes[] = {
	{ IDENTITY_EVENT_BY_WHOLE, "whole", false, { 1 /* whole */ } },
	{ IDENTITY_EVENT_BY_PART, "part", false, { 2 /* part */ } },
};
const struct kind KIND_IDENTITY_EVENT = KIND(identity_event, 0x35, false, identity_event_fields, INDEXES(identity_event_indexes));

static const struct field told_fields[] = {
	ROW(told, 1, at, FIELD_INSTANT, 0),
};
const struct kind KIND_TOLD = KIND(told, 0x34, false, told_fields, .n_indexes = 0);

static const struct field pseudonym_fields[] = {
	ROW(pseudonym, 1, account, FIELD_ID, 0),
	ROW(pseudonym, 2, at, FIELD_INSTANT, 0),
};
const struct kind KIND_PSEUDONYM = KIND(pseudonym, 0x2b, false, pseudonym_fields, .n_indexes = 0);
