/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_login.h"

#include "broker/store/record_rows.h"

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
