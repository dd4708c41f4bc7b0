/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record - typed records over ordered keys. A kind is declared once, as a table of fields and indexes; the codec, reading of older
 * versions, unique and secondary indexes, sealing of personal fields, and expiry all come from that table.
 *
 * Every record is keyed by a struct id. Kinds with `expires` have ids whose first six bytes are the absolute expiry in milliseconds
 * (record_expiring_id): time-ordered keys cost a tenth of random ones (performance.md) and expiry is a cut at the left end.
 *
 * Stored form: version byte, then (tag, length, bytes) for each field that is not empty, tags rising. Unknown tags are skipped,
 * absent ones are zero (record_codec.h). An index entry is STORE_PREFIX_INDEX, kind, index, field values (record_index.h).
 */
#pragma once

#include "broker/store/store.h"

struct text_list {
	struct span *items;
	size_t n;
};

enum field_type {
	FIELD_ID,      /* struct id */
	FIELD_INSTANT, /* struct instant */
	FIELD_INT,     /* int64_t */
	FIELD_ENUM,    /* int (an enum) */
	FIELD_BOOL,    /* bool */
	FIELD_TEXT,    /* struct span: text or bytes */
	FIELD_LIST,    /* struct text_list */
};

enum { FIELD_SEALED = 1 }; /* only FIELD_TEXT: rests encrypted, bound to kind, record and field */

struct field {
	uint8_t tag; /* from 1; never reused within a kind */
	const char *name;
	enum field_type type;
	size_t offset;
	unsigned flags;
};

/* An index over up to three fields, in order. A record in which one of them is empty (no text, zero id) is not in the index. Sealed
 * fields enter as a blind value (keyed hash). A record whose field @unless holds @unless_is is not in the index either: what is over
does not stand in the way of what comes after it. */
struct record_index {
	uint8_t tag;
	const char *name;
	bool unique;
	uint8_t fields[3]; /* field tags; 0 ends */
	uint8_t unless;    /* tag of a FIELD_ENUM; 0: none */
	int unless_is;
};

struct kind {
	uint8_t prefix; /* first key byte; never reused */
	uint8_t version;
	const char *name;
	size_t size; /* of the struct; its first member is `struct id id` */
	bool expires;
	const struct field *fields;
	size_t n_fields;
	const struct record_index *indexes;
	size_t n_indexes;
};

/* An id for a record that expires at @expiry: expiry, two bytes of a faster clock, eight random bytes. It is no
 * secret: what must not be guessed has its own (handle.h). */
struct id record_expiring_id(struct instant expiry);
/* The same with ten bytes of a hash of @name and @value instead: for counters and marks that are found by what they count. */
struct id record_named_id(struct instant expiry, struct span name, struct span value);
struct instant record_expiry(struct id id);

/* @ret_record is a struct of the kind; its texts live in @arena. ERR_ABSENT. */
MUST_USE int record_get(struct txn *txn, const struct kind *kind, struct id id, struct arena *arena, void *ret_record);
/* The same; an expired record is ERR_ABSENT. */
MUST_USE int record_get_live(struct txn *txn, const struct kind *kind, struct id id, struct instant now, struct arena *arena,
			     void *ret_record);
/* Insert or replace. ERR_CONFLICT when another record holds a unique index value. */
MUST_USE int record_put(struct txn *txn, const struct kind *kind, const void *record);
/* ERR_EXISTS when the id is taken. */
MUST_USE int record_insert(struct txn *txn, const struct kind *kind, const void *record);
MUST_USE int record_del(struct txn *txn, const struct kind *kind, struct id id);
/* Get and delete in one step: what single use is made of. ERR_ABSENT also when it has expired at @now. */
MUST_USE int record_take(struct txn *txn, const struct kind *kind, struct id id, struct instant now, struct arena *arena,
			 void *ret_record);

/* The record whose index fields equal those of @probe. ERR_ABSENT. @index_tag names a unique index. */
MUST_USE int record_find(struct txn *txn, const struct kind *kind, uint8_t index_tag, const void *probe, struct arena *arena,
			 void *ret_record);

/* @fn gets each record (decoded into memory of @arena) in id order: 0 goes on, TXN_STOP ends well. It may not write. */
typedef int record_fn(const void *record, void *arg);
MUST_USE int record_each(struct txn *txn, const struct kind *kind, uint8_t index_tag, const void *probe, struct arena *arena,
			 record_fn *fn, void *arg);
MUST_USE int record_scan(struct txn *txn, const struct kind *kind, struct id from, struct arena *arena, record_fn *fn, void *arg);

/* A page of a long list: records after @at in rising order of their ids, or before it in falling order; zero @at: from that order's beginning. */
struct record_from {
	struct id at;
	bool falling;
};
/* record_each (@index_tag, which must not be unique) or record_scan (0; @probe is not looked at), beginning there and in either order: a page
 * costs what it shows, however long the list is. */
MUST_USE int record_page(struct txn *txn, const struct kind *kind, uint8_t index_tag, const void *probe, struct record_from from,
			 struct arena *arena, record_fn *fn, void *arg);

/* Delete up to @max expired records of a kind with `expires`, with their index entries. */
MUST_USE int record_sweep(struct txn *txn, const struct kind *kind, struct instant now, size_t max, size_t *ret_n);
/* Recompute every index of @kind and compare: for tests, kill loops and `yimen store check`. ERR_CONFLICT with the text in the log.
 * @arena is scratch: it is reset for every record. */
MUST_USE int record_check(struct txn *txn, const struct kind *kind, struct arena *arena);
