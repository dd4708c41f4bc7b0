/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_upstream.h"

#include "broker/store/record_rows.h"

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

static const struct field logout_notice_fields[] = {
	ROW(logout_notice, 1, provider, FIELD_TEXT, 0),
	ROW(logout_notice, 2, subject, FIELD_TEXT, FIELD_SEALED),
	ROW(logout_notice, 3, sid, FIELD_TEXT, FIELD_SEALED),
	ROW(logout_notice, 4, token, FIELD_TEXT, FIELD_SEALED),
	ROW(logout_notice, 5, account, FIELD_ID, 0),
	ROW(logout_notice, 6, status, FIELD_ENUM, 0),
	ROW(logout_notice, 7, created_at, FIELD_INSTANT, 0),
	ROW(logout_notice, 8, next_at, FIELD_INSTANT, 0),
	ROW(logout_notice, 9, done_at, FIELD_INSTANT, 0),
	ROW(logout_notice, 10, attempts, FIELD_INT, 0),
	ROW(logout_notice, 11, last_error, FIELD_TEXT, 0),
	ROW(logout_notice, 12, onward, FIELD_TEXT, FIELD_SEALED),
	ROW(logout_notice, 13, client, FIELD_TEXT, 0),
	ROW(logout_notice, 14, identity, FIELD_ID, 0),
	ROW(logout_notice, 15, session, FIELD_ID, 0),
	ROW(logout_notice, 16, away, FIELD_BOOL, 0),
};
static const struct record_index logout_notice_indexes[] = {
	{ LOGOUT_NOTICE_BY_STATUS, "status", false, { 6 /* status */ } },
	{ LOGOUT_NOTICE_BY_PROVIDER, "provider", false, { 6 /* status */, 1 /* provider */ } },
	{ LOGOUT_NOTICE_BY_CLIENT, "client", false, { 6 /* status */, 13 /* client */ } },
};
const struct kind KIND_LOGOUT_NOTICE = KIND(logout_notice, 0x3d, true, logout_notice_fields, INDEXES(logout_notice_indexes));

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
	ROW(pending_link, 11, link, FIELD_ID, 0),
};
const struct kind KIND_PENDING_LINK = KIND(pending_link, 0x24, true, pending_link_fields, .n_indexes = 0);
