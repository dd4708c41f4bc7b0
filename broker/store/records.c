/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records.h"

#define ROW(record, tag_, member, type_, flags_) \
	{ .tag = (tag_), .name = #member, .type = (type_), .offset = offsetof(struct record, member), .flags = (flags_) }
#define KIND(record, prefix_, expires_, fields_, ...)                                                          \
	{ .prefix = (prefix_), .version = 1, .name = #record, .size = sizeof(struct record), .expires = (expires_), \
	  .fields = (fields_), .n_fields = ARRAY_LEN(fields_), __VA_ARGS__ }
#define INDEXES(rows) .indexes = (rows), .n_indexes = ARRAY_LEN(rows)

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

static const struct field told_fields[] = {
	ROW(told, 1, at, FIELD_INSTANT, 0),
};
const struct kind KIND_TOLD = KIND(told, 0x34, false, told_fields, .n_indexes = 0);

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

static const struct field external_link_fields[] = {
	ROW(external_link, 1, provider, FIELD_TEXT, 0),
	ROW(external_link, 2, issuer, FIELD_TEXT, 0),
	ROW(external_link, 3, subject, FIELD_TEXT, 0),
	ROW(external_link, 4, account, FIELD_ID, 0),
	ROW(external_link, 5, created_at, FIELD_INSTANT, 0),
	ROW(external_link, 6, last_login_at, FIELD_INSTANT, 0),
	ROW(external_link, 7, display_name, FIELD_TEXT, FIELD_SEALED),
	ROW(external_link, 8, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(external_link, 9, email, FIELD_TEXT, FIELD_SEALED),
	ROW(external_link, 10, level, FIELD_TEXT, 0),
	ROW(external_link, 11, method, FIELD_TEXT, 0),
	ROW(external_link, 12, acr, FIELD_INT, 0),
	ROW(external_link, 13, changed_at, FIELD_INSTANT, 0),
};
static const struct record_index external_link_indexes[] = {
	{ EXTERNAL_LINK_BY_SUBJECT, "subject", true, { 1 /* provider */, 2 /* issuer */, 3 /* subject */ } },
	{ EXTERNAL_LINK_BY_ACCOUNT, "account", false, { 4 /* account */ } },
};
const struct kind KIND_EXTERNAL_LINK = KIND(external_link, 0x17, false, external_link_fields, INDEXES(external_link_indexes));

static const struct field link_event_fields[] = {
	ROW(link_event, 1, link, FIELD_ID, 0),
	ROW(link_event, 2, account, FIELD_ID, 0),
	ROW(link_event, 3, at, FIELD_INSTANT, 0),
	ROW(link_event, 4, what, FIELD_TEXT, 0),
	ROW(link_event, 5, provider, FIELD_TEXT, 0),
	ROW(link_event, 6, actor, FIELD_ID, 0),
	ROW(link_event, 7, evidence, FIELD_TEXT, FIELD_SEALED),
};
static const struct record_index link_event_indexes[] = {
	{ LINK_EVENT_BY_LINK, "link", false, { 1 /* link */ } },
	{ LINK_EVENT_BY_ACCOUNT, "account", false, { 2 /* account */ } },
};
const struct kind KIND_LINK_EVENT = KIND(link_event, 0x3b, false, link_event_fields, INDEXES(link_event_indexes));

static const struct field session_fields[] = {
	ROW(session, 1, secret_hash, FIELD_TEXT, 0),
	ROW(session, 2, account, FIELD_ID, 0),
	ROW(session, 3, created_at, FIELD_INSTANT, 0),
	ROW(session, 4, auth_time, FIELD_INSTANT, 0),
	ROW(session, 5, last_seen_at, FIELD_INSTANT, 0),
	ROW(session, 6, amr, FIELD_LIST, 0),
	ROW(session, 7, acr, FIELD_INT, 0),
	ROW(session, 8, method, FIELD_TEXT, 0),
	ROW(session, 9, acting_unit, FIELD_ID, 0),
	ROW(session, 10, address, FIELD_TEXT, 0),
	ROW(session, 11, user_agent, FIELD_TEXT, 0),
	ROW(session, 12, clients, FIELD_LIST, 0),
	ROW(session, 13, continued_by, FIELD_ID, 0),
	ROW(session, 14, first, FIELD_ID, 0),
	ROW(session, 15, provider, FIELD_TEXT, 0),
	ROW(session, 16, link, FIELD_ID, 0),
	ROW(session, 17, upstream_sid, FIELD_TEXT, FIELD_SEALED),
	ROW(session, 18, upstream_token, FIELD_TEXT, FIELD_SEALED),
};
static const struct record_index session_indexes[] = {
	{ SESSION_BY_ACCOUNT, "account", false, { 2 /* account */ } },
	{ SESSION_BY_UPSTREAM, "upstream", false, { 15 /* provider */, 17 /* upstream_sid */ } },
};
const struct kind KIND_SESSION = KIND(session, 0x20, true, session_fields, INDEXES(session_indexes));

static const struct field interaction_fields[] = {
	ROW(interaction, 1, secret_hash, FIELD_TEXT, 0),
	ROW(interaction, 2, created_at, FIELD_INSTANT, 0),
	ROW(interaction, 3, client_id, FIELD_TEXT, 0),
	ROW(interaction, 4, redirect_uri, FIELD_TEXT, 0),
	ROW(interaction, 5, response_mode, FIELD_TEXT, 0),
	ROW(interaction, 6, state, FIELD_TEXT, 0),
	ROW(interaction, 7, nonce, FIELD_TEXT, 0),
	ROW(interaction, 8, code_challenge, FIELD_TEXT, 0),
	ROW(interaction, 9, scopes, FIELD_LIST, 0),
	ROW(interaction, 10, acr_values, FIELD_LIST, 0),
	ROW(interaction, 11, ui_locales, FIELD_LIST, 0),
	ROW(interaction, 12, resources, FIELD_LIST, 0),
	ROW(interaction, 13, prompt, FIELD_TEXT, 0),
	ROW(interaction, 14, max_age, FIELD_INT, 0),
	ROW(interaction, 15, login_hint, FIELD_TEXT, FIELD_SEALED),
	ROW(interaction, 16, lang, FIELD_TEXT, 0),
	ROW(interaction, 17, account, FIELD_ID, 0),
	ROW(interaction, 18, session, FIELD_ID, 0),
	ROW(interaction, 19, reauthenticated, FIELD_BOOL, 0),
	ROW(interaction, 20, account_chosen, FIELD_BOOL, 0),
	ROW(interaction, 21, consented, FIELD_BOOL, 0),
	ROW(interaction, 22, otp, FIELD_ID, 0),
	ROW(interaction, 23, hint_sub, FIELD_TEXT, 0),
	ROW(interaction, 24, link, FIELD_ID, 0),
	ROW(interaction, 25, candidates, FIELD_LIST, 0),
	ROW(interaction, 26, method, FIELD_TEXT, 0),
	ROW(interaction, 27, failures, FIELD_INT, 0),
	ROW(interaction, 28, purpose, FIELD_TEXT, 0),
	ROW(interaction, 29, last_phone, FIELD_TEXT, FIELD_SEALED),
	ROW(interaction, 30, return_to, FIELD_TEXT, 0),
	ROW(interaction, 31, stage, FIELD_TEXT, 0),
	ROW(interaction, 32, draft, FIELD_TEXT, FIELD_SEALED),
	ROW(interaction, 33, subject, FIELD_ID, 0),
	ROW(interaction, 34, proof_amr, FIELD_LIST, 0),
	ROW(interaction, 35, acting_chosen, FIELD_BOOL, 0),
	ROW(interaction, 36, proof_at, FIELD_INSTANT, 0),
	ROW(interaction, 37, proof_acr, FIELD_INT, 0),
	ROW(interaction, 38, proved_phone, FIELD_TEXT, FIELD_SEALED),
	ROW(interaction, 39, proof_upstream, FIELD_TEXT, FIELD_SEALED),
	ROW(interaction, 40, links, FIELD_ID, 0),
	ROW(interaction, 41, held, FIELD_TEXT, 0),
};
const struct kind KIND_INTERACTION = KIND(interaction, 0x21, true, interaction_fields, .n_indexes = 0);

static const struct field family_fields[] = {
	ROW(family, 1, created_at, FIELD_INSTANT, 0),
	ROW(family, 2, client_id, FIELD_TEXT, 0),
	ROW(family, 3, redirect_uri, FIELD_TEXT, 0),
	ROW(family, 4, code_challenge, FIELD_TEXT, 0),
	ROW(family, 5, nonce, FIELD_TEXT, 0),
	ROW(family, 6, code_hash, FIELD_TEXT, 0),
	ROW(family, 7, code_expires_at, FIELD_INSTANT, 0),
	ROW(family, 8, redeemed_at, FIELD_INSTANT, 0),
	ROW(family, 9, account, FIELD_ID, 0),
	ROW(family, 10, identity, FIELD_ID, 0),
	ROW(family, 11, session, FIELD_ID, 0),
	ROW(family, 12, unit, FIELD_ID, 0),
	ROW(family, 13, scopes, FIELD_LIST, 0),
	ROW(family, 14, resources, FIELD_LIST, 0),
	ROW(family, 15, auth_time, FIELD_INSTANT, 0),
	ROW(family, 16, acr, FIELD_INT, 0),
	ROW(family, 17, amr, FIELD_LIST, 0),
	ROW(family, 18, offline, FIELD_BOOL, 0),
	ROW(family, 19, revoked, FIELD_BOOL, 0),
	ROW(family, 20, refresh_n, FIELD_INT, 0),
	ROW(family, 21, refreshed_at, FIELD_INSTANT, 0),
	ROW(family, 22, sector, FIELD_TEXT, 0),
	ROW(family, 23, session_first, FIELD_ID, 0),
};
/* Behind all other kinds: of these there are most, they come in order of time, and LMDB fills pages only where it appends. */
const struct kind KIND_FAMILY = KIND(family, 0x40, true, family_fields, .n_indexes = 0);

static const struct field consent_fields[] = {
	ROW(consent, 1, account, FIELD_ID, 0),
	ROW(consent, 2, client_id, FIELD_TEXT, 0),
	ROW(consent, 3, scopes, FIELD_LIST, 0),
	ROW(consent, 4, granted_at, FIELD_INSTANT, 0),
	ROW(consent, 5, not_before, FIELD_INSTANT, 0),
};
static const struct record_index consent_indexes[] = {
	{ CONSENT_BY_CLIENT, "client", true, { 1 /* account */, 2 /* client_id */ } },
	{ CONSENT_BY_ACCOUNT, "account", false, { 1 /* account */ } },
};
const struct kind KIND_CONSENT = KIND(consent, 0x18, false, consent_fields, INDEXES(consent_indexes));

static const struct field upstream_state_fields[] = {
	ROW(upstream_state, 1, secret_hash, FIELD_TEXT, 0),
	ROW(upstream_state, 2, interaction, FIELD_ID, 0),
	ROW(upstream_state, 3, provider, FIELD_TEXT, 0),
	ROW(upstream_state, 4, nonce, FIELD_TEXT, 0),
	ROW(upstream_state, 5, verifier, FIELD_TEXT, FIELD_SEALED),
	ROW(upstream_state, 6, redirect_uri, FIELD_TEXT, 0),
	ROW(upstream_state, 7, ties, FIELD_BOOL, 0),
};
const struct kind KIND_UPSTREAM_STATE = KIND(upstream_state, 0x23, true, upstream_state_fields, .n_indexes = 0);

static const struct field upstream_post_fields[] = {
	ROW(upstream_post, 1, secret_hash, FIELD_TEXT, 0),
	ROW(upstream_post, 2, provider, FIELD_TEXT, 0),
	ROW(upstream_post, 3, text, FIELD_TEXT, FIELD_SEALED),
};
const struct kind KIND_UPSTREAM_POST = KIND(upstream_post, 0x3a, true, upstream_post_fields, .n_indexes = 0);

static const struct field upstream_notice_fields[] = {
	ROW(upstream_notice, 1, provider, FIELD_TEXT, 0),
	ROW(upstream_notice, 2, subject, FIELD_TEXT, FIELD_SEALED),
	ROW(upstream_notice, 3, sid, FIELD_TEXT, FIELD_SEALED),
	ROW(upstream_notice, 4, token, FIELD_TEXT, FIELD_SEALED),
	ROW(upstream_notice, 5, account, FIELD_ID, 0),
	ROW(upstream_notice, 6, status, FIELD_ENUM, 0),
	ROW(upstream_notice, 7, created_at, FIELD_INSTANT, 0),
	ROW(upstream_notice, 8, next_at, FIELD_INSTANT, 0),
	ROW(upstream_notice, 9, done_at, FIELD_INSTANT, 0),
	ROW(upstream_notice, 10, attempts, FIELD_INT, 0),
	ROW(upstream_notice, 11, last_error, FIELD_TEXT, 0),
	ROW(upstream_notice, 12, onward, FIELD_TEXT, FIELD_SEALED),
};
static const struct record_index upstream_notice_indexes[] = {
	{ UPSTREAM_NOTICE_BY_STATUS, "status", false, { 6 /* status */ } },
};
const struct kind KIND_UPSTREAM_NOTICE = KIND(upstream_notice, 0x3d, true, upstream_notice_fields, INDEXES(upstream_notice_indexes));

static const struct field trace_fields[] = {
	ROW(trace, 1, interaction, FIELD_ID, 0),
	ROW(trace, 2, reference, FIELD_TEXT, 0),
	ROW(trace, 3, at, FIELD_INSTANT, 0),
	ROW(trace, 4, account, FIELD_ID, 0),
	ROW(trace, 5, client, FIELD_TEXT, 0),
	ROW(trace, 6, result, FIELD_TEXT, 0),
	ROW(trace, 7, steps, FIELD_TEXT, FIELD_SEALED),
};
static const struct record_index trace_indexes[] = {
	{ TRACE_BY_REFERENCE, "reference", false, { 2 /* reference */ } },
	{ TRACE_BY_INTERACTION, "interaction", false, { 1 /* interaction */ } },
};
const struct kind KIND_TRACE = KIND(trace, 0x3c, true, trace_fields, INDEXES(trace_indexes));

static const struct field pending_link_fields[] = {
	ROW(pending_link, 1, interaction, FIELD_ID, 0),
	ROW(pending_link, 2, provider, FIELD_TEXT, 0),
	ROW(pending_link, 3, issuer, FIELD_TEXT, 0),
	ROW(pending_link, 4, subject, FIELD_TEXT, 0),
	ROW(pending_link, 5, display_name, FIELD_TEXT, FIELD_SEALED),
	ROW(pending_link, 6, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(pending_link, 7, claims, FIELD_TEXT, FIELD_SEALED),
	ROW(pending_link, 8, acr, FIELD_INT, 0),
	ROW(pending_link, 9, identity, FIELD_TEXT, FIELD_SEALED),
	ROW(pending_link, 10, reason, FIELD_TEXT, 0),
};
const struct kind KIND_PENDING_LINK = KIND(pending_link, 0x24, true, pending_link_fields, .n_indexes = 0);

static const struct field otp_fields[] = {
	ROW(otp, 1, purpose, FIELD_TEXT, 0),
	ROW(otp, 2, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(otp, 3, code_mac, FIELD_TEXT, 0),
	ROW(otp, 4, interaction, FIELD_ID, 0),
	ROW(otp, 5, tries_left, FIELD_INT, 0),
	ROW(otp, 6, sent_at, FIELD_INSTANT, 0),
	ROW(otp, 7, namespace_, FIELD_ENUM, 0),
};
const struct kind KIND_OTP = KIND(otp, 0x25, true, otp_fields, .n_indexes = 0);

static const struct field counter_fields[] = {
	ROW(counter, 1, n, FIELD_INT, 0),
};
const struct kind KIND_COUNTER = KIND(counter, 0x27, true, counter_fields, .n_indexes = 0);

static const struct field mark_fields[] = {
	ROW(mark, 1, note, FIELD_TEXT, 0),
};
const struct kind KIND_MARK = KIND(mark, 0x28, true, mark_fields, .n_indexes = 0);

static const struct field unit_gram_fields[] = {
	ROW(unit_gram, 1, unit, FIELD_ID, 0),
};
const struct kind KIND_UNIT_GRAM = KIND(unit_gram, 0x19, false, unit_gram_fields, .n_indexes = 0);

static const struct field submission_fields[] = {
	ROW(submission, 1, owner, FIELD_ID, 0),
	ROW(submission, 2, subject, FIELD_ID, 0),
	ROW(submission, 3, form, FIELD_TEXT, 0),
	ROW(submission, 4, values, FIELD_TEXT, FIELD_SEALED),
	ROW(submission, 5, status, FIELD_ENUM, 0),
	ROW(submission, 6, created_at, FIELD_INSTANT, 0),
	ROW(submission, 7, changed_at, FIELD_INSTANT, 0),
	ROW(submission, 8, reason, FIELD_TEXT, 0),
	ROW(submission, 9, receipt, FIELD_TEXT, 0),
	ROW(submission, 10, ticket, FIELD_ID, 0),
	ROW(submission, 11, use_phone, FIELD_BOOL, 0),
	ROW(submission, 12, done_at, FIELD_INSTANT, 0),
	ROW(submission, 13, row, FIELD_ID, 0),
	ROW(submission, 14, loser, FIELD_ID, 0),
};
static const struct record_index submission_indexes[] = {
	{ SUBMISSION_BY_SUBJECT, "subject", false, { 2 /* subject */, 3 /* form */ } },
	{ SUBMISSION_BY_OWNER, "owner", false, { 1 /* owner */ } },
	{ SUBMISSION_BY_RECEIPT, "receipt", true, { 9 /* receipt */ } },
};
const struct kind KIND_SUBMISSION = KIND(submission, 0x1a, false, submission_fields, INDEXES(submission_indexes));

static const struct field task_fields[] = {
	ROW(task, 1, created_at, FIELD_INSTANT, 0),
	ROW(task, 2, kind, FIELD_ENUM, 0),
	ROW(task, 3, status, FIELD_ENUM, 0),
	ROW(task, 4, queue, FIELD_TEXT, 0),
	ROW(task, 5, subject, FIELD_ID, 0),
	ROW(task, 6, account, FIELD_ID, 0),
	ROW(task, 7, submission, FIELD_ID, 0),
	ROW(task, 8, title, FIELD_TEXT, FIELD_SEALED),
	ROW(task, 9, claimed_by, FIELD_ID, 0),
	ROW(task, 10, claimed_until, FIELD_INSTANT, 0),
	ROW(task, 11, first_by, FIELD_ID, 0),
	ROW(task, 12, first_at, FIELD_INSTANT, 0),
	ROW(task, 13, decided_by, FIELD_ID, 0),
	ROW(task, 14, decided_at, FIELD_INSTANT, 0),
	ROW(task, 15, reason, FIELD_TEXT, 0),
	ROW(task, 16, note, FIELD_TEXT, 0),
};
static const struct record_index task_indexes[] = {
	{ TASK_BY_QUEUE, "queue", false, { 4 /* queue */, 3 /* status */ } },
	{ TASK_BY_SUBJECT, "subject", false, { 5 /* subject */ } },
	{ TASK_BY_ACCOUNT, "account", false, { 6 /* account */ } },
	{ TASK_BY_CLAIM, "claim", false, { 9 /* claimed_by */ } },
	{ TASK_BY_STATUS, "status", false, { 3 /* status */ } },
	{ TASK_BY_KIND, "kind", false, { 2 /* kind */, 3 /* status */ } },
	{ TASK_BY_QUEUE_KIND, "queue_kind", false, { 4 /* queue */, 2 /* kind */, 3 /* status */ } },
};
const struct kind KIND_TASK = KIND(task, 0x1b, false, task_fields, INDEXES(task_indexes));

static const struct field upload_fields[] = {
	ROW(upload, 1, owner, FIELD_ID, 0),
	ROW(upload, 2, interaction, FIELD_ID, 0),
	ROW(upload, 3, submission, FIELD_ID, 0),
	ROW(upload, 4, slot, FIELD_TEXT, 0),
	ROW(upload, 5, name, FIELD_TEXT, FIELD_SEALED),
	ROW(upload, 6, type, FIELD_TEXT, 0),
	ROW(upload, 7, size, FIELD_INT, 0),
	ROW(upload, 8, sha256, FIELD_TEXT, 0),
	ROW(upload, 9, created_at, FIELD_INSTANT, 0),
	ROW(upload, 10, purge_at, FIELD_INSTANT, 0),
	ROW(upload, 11, use, FIELD_TEXT, 0),
};
static const struct record_index upload_indexes[] = {
	{ UPLOAD_BY_SUBMISSION, "submission", false, { 3 /* submission */ } },
	{ UPLOAD_BY_OWNER, "owner", false, { 1 /* owner */ } },
	{ UPLOAD_BY_INTERACTION, "interaction", false, { 2 /* interaction */ } },
};
const struct kind KIND_UPLOAD = KIND(upload, 0x1c, false, upload_fields, INDEXES(upload_indexes));

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

static const struct field event_fields[] = {
	ROW(event, 1, at, FIELD_INSTANT, 0),
	ROW(event, 2, type, FIELD_TEXT, 0),
	ROW(event, 3, identity, FIELD_ID, 0),
	ROW(event, 4, data, FIELD_TEXT, FIELD_SEALED),
	ROW(event, 5, other, FIELD_ID, 0),
};
const struct kind KIND_EVENT = KIND(event, 0x29, false, event_fields, .n_indexes = 0);

static const struct field delivery_fields[] = {
	ROW(delivery, 1, webhook, FIELD_TEXT, 0),
	ROW(delivery, 2, settled, FIELD_INT, 0),
	ROW(delivery, 3, attempts, FIELD_INT, 0),
	ROW(delivery, 4, next_at, FIELD_INSTANT, 0),
	ROW(delivery, 5, done_at, FIELD_INSTANT, 0),
	ROW(delivery, 6, last_error, FIELD_TEXT, 0),
	ROW(delivery, 7, given_up, FIELD_INT, 0),
};
static const struct record_index delivery_indexes[] = {
	{ DELIVERY_BY_WEBHOOK, "webhook", true, { 1 /* webhook */ } },
};
const struct kind KIND_DELIVERY = KIND(delivery, 0x1f, false, delivery_fields, INDEXES(delivery_indexes));

static const struct field realname_due_fields[] = {
	ROW(realname_due, 1, account, FIELD_ID, 0),
	ROW(realname_due, 2, what, FIELD_ENUM, 0),
	ROW(realname_due, 3, attempt, FIELD_INT, 0),
	ROW(realname_due, 4, since, FIELD_INSTANT, 0),
};
const struct kind KIND_REALNAME_DUE = KIND(realname_due, 0x2c, false, realname_due_fields, .n_indexes = 0);

static const struct field ticket_fields[] = {
	ROW(ticket, 1, secret_hash, FIELD_TEXT, 0),
	ROW(ticket, 2, purpose, FIELD_TEXT, 0),
	ROW(ticket, 3, account, FIELD_ID, 0),
	ROW(ticket, 4, submission, FIELD_ID, 0),
	ROW(ticket, 5, phone, FIELD_TEXT, FIELD_SEALED),
};
const struct kind KIND_TICKET = KIND(ticket, 0x2a, true, ticket_fields, .n_indexes = 0);

static const struct field pseudonym_fields[] = {
	ROW(pseudonym, 1, account, FIELD_ID, 0),
	ROW(pseudonym, 2, at, FIELD_INSTANT, 0),
};
const struct kind KIND_PSEUDONYM = KIND(pseudonym, 0x2b, false, pseudonym_fields, .n_indexes = 0);

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

static const struct field config_version_fields[] = {
	ROW(config_version, 1, state, FIELD_ENUM, 0),
	ROW(config_version, 2, number, FIELD_INT, 0),
	ROW(config_version, 3, parent, FIELD_INT, 0),
	ROW(config_version, 4, revision, FIELD_INT, 0),
	ROW(config_version, 5, created_at, FIELD_INSTANT, 0),
	ROW(config_version, 6, changed_at, FIELD_INSTANT, 0),
	ROW(config_version, 7, proposed_at, FIELD_INSTANT, 0),
	ROW(config_version, 8, activated_at, FIELD_INSTANT, 0),
	ROW(config_version, 9, author, FIELD_ID, 0),
	ROW(config_version, 10, proposer, FIELD_ID, 0),
	ROW(config_version, 11, activator, FIELD_ID, 0),
	ROW(config_version, 12, author_name, FIELD_TEXT, 0),
	ROW(config_version, 13, proposer_name, FIELD_TEXT, 0),
	ROW(config_version, 14, activator_name, FIELD_TEXT, 0),
	ROW(config_version, 15, reason, FIELD_TEXT, 0),
	ROW(config_version, 16, answer, FIELD_TEXT, 0),
	ROW(config_version, 17, restores, FIELD_INT, 0),
	ROW(config_version, 18, tree, FIELD_TEXT, FIELD_SEALED),
};
const struct kind KIND_CONFIG_VERSION = KIND(config_version, 0x3e, false, config_version_fields, .n_indexes = 0);

static const struct field config_active_fields[] = {
	ROW(config_active, 1, number, FIELD_INT, 0),
	ROW(config_active, 2, newest, FIELD_INT, 0),
	ROW(config_active, 3, since, FIELD_INSTANT, 0),
};
const struct kind KIND_CONFIG_ACTIVE = KIND(config_active, 0x3f, false, config_active_fields, .n_indexes = 0);

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

static const struct field text_message_fields[] = {
	ROW(text_message, 1, key, FIELD_TEXT, 0),
	ROW(text_message, 2, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(text_message, 3, purpose, FIELD_TEXT, 0),
	ROW(text_message, 4, status, FIELD_ENUM, 0),
	ROW(text_message, 5, route, FIELD_TEXT, 0),
	ROW(text_message, 6, vendor_id, FIELD_TEXT, 0),
	ROW(text_message, 7, code, FIELD_TEXT, 0),
	ROW(text_message, 8, tried, FIELD_TEXT, 0),
	ROW(text_message, 9, pieces, FIELD_INT, 0),
	ROW(text_message, 10, cost, FIELD_INT, 0),
	ROW(text_message, 11, at, FIELD_INSTANT, 0),
	ROW(text_message, 12, changed_at, FIELD_INSTANT, 0),
};
static const struct record_index text_message_indexes[] = {
	{ TEXT_MESSAGE_BY_KEY, "key", true, { 1 /* key */ } },
	{ TEXT_MESSAGE_BY_RECEIPT, "receipt", false, { 5 /* route */, 6 /* vendor_id */ } },
};
const struct kind KIND_TEXT_MESSAGE = KIND(text_message, 0x41, true, text_message_fields, INDEXES(text_message_indexes));

static const struct field sms_day_fields[] = {
	ROW(sms_day, 1, at, FIELD_INSTANT, 0),
	ROW(sms_day, 2, route, FIELD_TEXT, 0),
	ROW(sms_day, 3, accepted, FIELD_INT, 0),
	ROW(sms_day, 4, delivered, FIELD_INT, 0),
	ROW(sms_day, 5, undelivered, FIELD_INT, 0),
	ROW(sms_day, 6, limited, FIELD_INT, 0),
	ROW(sms_day, 7, refused, FIELD_INT, 0),
	ROW(sms_day, 8, failed, FIELD_INT, 0),
	ROW(sms_day, 9, unknown, FIELD_INT, 0),
	ROW(sms_day, 10, pieces, FIELD_INT, 0),
	ROW(sms_day, 11, cost, FIELD_INT, 0),
};
const struct kind KIND_SMS_DAY = KIND(sms_day, 0x42, false, sms_day_fields, .n_indexes = 0);

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

const struct kind *const records_all[] = {
	&KIND_ACCOUNT,
	&KIND_IDENTITY,
	&KIND_TOLD,
	&KIND_UNIT,
	&KIND_UNIT_GRAM,
	&KIND_MEMBERSHIP,
	&KIND_GRANT,
	&KIND_LEGACY,
	&KIND_LEGACY_BATCH,
	&KIND_LEGACY_DAY,
	&KIND_LEGACY_EVENT,
	&KIND_BINDING,
	&KIND_EXTERNAL_LINK,
	&KIND_LINK_EVENT,
	&KIND_SESSION,
	&KIND_INTERACTION,
	&KIND_FAMILY,
	&KIND_CONSENT,
	&KIND_UPSTREAM_STATE,
	&KIND_UPSTREAM_POST,
	&KIND_UPSTREAM_NOTICE,
	&KIND_TRACE,
	&KIND_PENDING_LINK,
	&KIND_OTP,
	&KIND_COUNTER,
	&KIND_MARK,
	&KIND_SUBMISSION,
	&KIND_TASK,
	&KIND_UPLOAD,
	&KIND_APPOINTMENT,
	&KIND_FACTOR,
	&KIND_EVENT,
	&KIND_DELIVERY,
	&KIND_REALNAME_DUE,
	&KIND_TICKET,
	&KIND_PSEUDONYM,
	&KIND_SIGNING_KEY,
	&KIND_AUDIT,
	&KIND_CONFIG_VERSION,
	&KIND_CONFIG_ACTIVE,
	&KIND_FIGURES_HOUR,
	&KIND_META,
	&KIND_TEXT_MESSAGE,
	&KIND_SMS_DAY,
	&KIND_VERIFIED,
	NULL,
};
