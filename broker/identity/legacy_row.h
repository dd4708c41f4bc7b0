/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_row - one imported account: columns by header in any order, read and judged.
 */
#pragma once

#include "broker/identity/csv.h"
#include "broker/identity/date.h"
#include "broker/identity/migrate.h"

/* column, what is wrong with it when it is wrong */
#define LEGACY_ROW_COLUMNS(X)                                                                                       \
	X(kind) X(legacy_id) X(login_name) X(user_type) X(name) X(phone) X(email) X(uscc) X(unit_name) X(id_type)   \
	X(id_number) X(scheme) X(digest) X(salt) X(phone_confirmed_at)

enum legacy_row_column {
#define X(name) LEGACY_ROW_##name,
	LEGACY_ROW_COLUMNS(X) LEGACY_ROW_COLUMN_COUNT
#undef X
};

/* Where each column stands in a record; -1 when the file has not got it. */
struct legacy_row_header {
	int at[LEGACY_ROW_COLUMN_COUNT];
	size_t width;
	bool claims_only;           /* rows make no accounts, so neither credit code nor phone decides. Set by the caller */
	struct span default_scheme; /* for rows with a digest and no scheme; empty: such a row is refused. Set by the caller */
};

/* Read the header. ERR_INVALID when a column is unknown, doubled, or kind or legacy_id is absent; @ret_column names the
 * culprit (borrowed). */
MUST_USE int legacy_row_header(const struct csv_record *record, struct legacy_row_header *ret_header, struct span *ret_column);

/* A header with every column in the order above: of rows whose columns have names (JSON Lines). */
void legacy_row_columns(struct csv_record *ret_record);
const char *legacy_row_column_name(enum legacy_row_column column);

struct legacy_row {
	enum migrate_kind kind;
	struct span legacy_id;  /* as written, outer white space off */
	struct span login_name; /* as written */
	struct span user_type;
	struct span name, unit_name; /* as written */
	struct span phone;      /* normalised, 11 digits */
	struct span email;      /* normalised */
	struct span uscc;       /* normalised, check right */
	struct span id_type, id_number; /* code of document.h; normalised, 15 digits upgraded */
	struct span scheme, digest, salt; /* as written */
	struct instant phone_confirmed_at;
	struct span key;        /* what the decision is about: uscc or phone */
	unsigned long dropped;  /* bit per column whose value was unusable and left out (a warning in the report) */
	/* set instead of the above when the row cannot be imported */
	const char *reason;     /* "uscc", "phone", "kind", "scheme" … : NULL when the row is good */
	enum legacy_row_column culprit;
};

/* Judge @record. What decides (kind, legacy_id, uscc or phone, scheme and digest) must be right, or the row has a reason; the
 * rest is dropped with a bit when wrong. An enterprise's login name that is a credit code serves when the uscc column is empty, a
 * person's that is a phone when phone is. Rows without digest are fine (no password). Spans live in @arena or in the record. 0 or
 * FAULT_MEMORY. */
MUST_USE int legacy_row_read(const struct legacy_row_header *header, const struct csv_record *record, struct date today,
			     struct arena *arena, struct legacy_row *ret_row);
