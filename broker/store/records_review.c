/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_review.h"

#include "broker/store/record_rows.h"

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

static const struct field ticket_fields[] = {
	ROW(ticket, 1, secret_hash, FIELD_TEXT, 0),
	ROW(ticket, 2, purpose, FIELD_TEXT, 0),
	ROW(ticket, 3, account, FIELD_ID, 0),
	ROW(ticket, 4, submission, FIELD_ID, 0),
	ROW(ticket, 5, phone, FIELD_TEXT, FIELD_SEALED),
	PROOF_ROWS(ticket, 6, proof),
};
const struct kind KIND_TICKET = KIND(ticket, 0x2a, true, ticket_fields, .n_indexes = 0);
