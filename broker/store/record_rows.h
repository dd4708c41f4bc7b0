/* SPDX-License-Identifier: Apache-2.0 */
/* record_rows - how the tables of records_*.c are written: a kind of record with its fields and indexes. */
#pragma once

#include "broker/store/record.h"

#define ROW(record, tag_, member, type_, flags_) \
	{ .tag = (tag_), .name = #member, .type = (type_), .offset = offsetof(struct record, member), .flags = (flags_) }
#define KIND(record, prefix_, expires_, fields_, ...)                                                          \
	{ .prefix = (prefix_), .version = 1, .name = #record, .size = sizeof(struct record), .expires = (expires_), \
	  .fields = (fields_), .n_fields = ARRAY_LEN(fields_), __VA_ARGS__ }
#define INDEXES(rows) .indexes = (rows), .n_indexes = ARRAY_LEN(rows)
/* The members of a struct identity_proof, all but its account: four tags from @tag. */
#define PROOF_ROWS(record, tag, member)                            \
	ROW(record, (tag), member.method, FIELD_TEXT, 0),          \
	ROW(record, (tag) + 1, member.two_factors, FIELD_BOOL, 0), \
	ROW(record, (tag) + 2, member.level, FIELD_INT, 0),        \
	ROW(record, (tag) + 3, member.at, FIELD_INSTANT, 0)
