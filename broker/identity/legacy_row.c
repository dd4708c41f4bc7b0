/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/legacy_row.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "broker/identity/document.h"
#include "broker/identity/normal.h"
#include "broker/identity/uscc.h"
#include "keys/legacy.h"

#define LEGACY_ID_MAX 128
#define TEXT_MAX 512

static const char *const columns[] = {
#define X(name) #name,
	LEGACY_ROW_COLUMNS(X)
#undef X
};

int legacy_row_header(const struct csv_record *record, struct legacy_row_header *ret_header, struct span *ret_column)
{
	struct legacy_row_header header = { .width = record->n };

	for (size_t c = 0; c < ARRAY_LEN(columns); c++)
		header.at[c] = -1;
	for (size_t i = 0; i < record->n; i++) {
		struct span name = span_trim(record->field[i]);
		size_t c = 0;

		while (c < ARRAY_LEN(columns) && !span_eq_nocase(name, span_of(columns[c])))
			c++;
		if (c == ARRAY_LEN(columns) || header.at[c] >= 0) {
			*ret_column = record->field[i];
			return ERR_INVALID;
		}
		header.at[c] = (int)i;
	}
	for (size_t c = LEGACY_ROW_kind; c <= LEGACY_ROW_legacy_id; c++)
		if (header.at[c] < 0) {
			*ret_column = span_of(columns[c]);
			return ERR_INVALID;
		}
	*ret_header = header;
	return 0;
}

void legacy_row_columns(struct csv_record *ret_record)
{
	_Static_assert(ARRAY_LEN(columns) <= CSV_FIELDS_MAX, "a record has room for every column");
	*ret_record = (struct csv_record){ .n = ARRAY_LEN(columns) };
	for (size_t c = 0; c < ARRAY_LEN(columns); c++)
		ret_record->field[c] = span_of(columns[c]);
}

const char *legacy_row_column_name(enum legacy_row_column column)
{
	return (size_t)column < ARRAY_LEN(columns) ? columns[column] : "row";
}

/* A row while it is read: what stands in which column, and the first fault. */
struct reading {
	const struct legacy_row_header *header;
	const struct csv_record *record;
	struct date today;
	struct arena *arena;
	struct legacy_row row;
};

static struct span text_at(const struct reading *rd, enum legacy_row_column column)
{
	int at = rd->header->at[column];

	return at < 0 ? (struct span){ NULL, 0 } : span_trim(rd->record->field[at]);
}

/* As written: white space is part of a salt or a digest as little as of a name, yet a quirk of a salt is the file's to keep. */
static struct span raw_at(const struct reading *rd, enum legacy_row_column column)
{
	int at = rd->header->at[column];

	return at < 0 ? (struct span){ NULL, 0 } : rd->record->field[at];
}

static void drop(struct reading *rd, enum legacy_row_column column)
{
	rd->row.dropped |= 1UL << column;
}

static void refuse(struct reading *rd, const char *reason, enum legacy_row_column culprit)
{
	if (rd->row.reason)
		return;
	rd->row.reason = reason;
	rd->row.culprit = culprit;
}

/* Line breaks, terminals' escapes, and what turns the direction of writing: these texts are read by people who decide whose an account is. */
static bool is_shown_as_written(struct span text)
{
	while (text.n) {
		uint32_t c = encode_utf8_next(&text);

		if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return false;
	}
	return true;
}

static struct span short_text(struct reading *rd, enum legacy_row_column column)
{
	struct span text = text_at(rd, column);

	if (text.n <= TEXT_MAX && is_shown_as_written(text))
		return text;
	drop(rd, column);
	return (struct span){ NULL, 0 };
}

static int read_kind(struct reading *rd)
{
	struct span kind = text_at(rd, LEGACY_ROW_kind);

	rd->row.legacy_id = text_at(rd, LEGACY_ROW_legacy_id);
	if (span_eq_nocase(kind, SPAN("enterprise")))
		rd->row.kind = MIGRATE_ENTERPRISE;
	else if (span_eq_nocase(kind, SPAN("individual")))
		rd->row.kind = MIGRATE_INDIVIDUAL;
	else
		refuse(rd, "kind", LEGACY_ROW_kind);
	if (!rd->row.legacy_id.n || rd->row.legacy_id.n > LEGACY_ID_MAX || !is_shown_as_written(rd->row.legacy_id))
		refuse(rd, "legacy_id", LEGACY_ROW_legacy_id);
	return 0;
}

static int read_texts(struct reading *rd)
{
	rd->row.login_name = short_text(rd, LEGACY_ROW_login_name);
	rd->row.user_type = short_text(rd, LEGACY_ROW_user_type);
	rd->row.name = short_text(rd, LEGACY_ROW_name);
	rd->row.unit_name = short_text(rd, LEGACY_ROW_unit_name);
	return 0;
}

/* The credit code that decides an enterprise's row; on a person's row it is a detail. */
static int read_uscc(struct reading *rd)
{
	bool names = rd->row.kind == MIGRATE_ENTERPRISE, decides = names && !rd->header->claims_only;
	struct span text = text_at(rd, LEGACY_ROW_uscc);
	struct uscc uscc;

	if (!text.n && names)
		text = rd->row.login_name;
	if (!text.n && !decides)
		return 0;
	TRY(uscc_check(text, rd->arena, &uscc));
	if (!uscc.problem)
		rd->row.uscc = uscc.code;
	else if (decides)
		refuse(rd, "uscc", LEGACY_ROW_uscc);
	else if (text_at(rd, LEGACY_ROW_uscc).n)
		drop(rd, LEGACY_ROW_uscc);
	if (names)
		rd->row.key = rd->row.uscc;
	return 0;
}

static int read_phone(struct reading *rd)
{
	bool names = rd->row.kind == MIGRATE_INDIVIDUAL, decides = names && !rd->header->claims_only;
	struct span text = text_at(rd, LEGACY_ROW_phone);

	if (!text.n && names)
		text = rd->row.login_name;
	if (!text.n && !decides)
		return 0;
	int result = normal_phone(text, rd->arena, &rd->row.phone);
	if (result < 0)
		return result;
	if (result && decides)
		refuse(rd, "phone", LEGACY_ROW_phone);
	else if (result && text_at(rd, LEGACY_ROW_phone).n)
		drop(rd, LEGACY_ROW_phone);
	if (names)
		rd->row.key = rd->row.phone;
	return 0;
}

static int read_email(struct reading *rd)
{
	struct span text = text_at(rd, LEGACY_ROW_email), key;

	if (!text.n)
		return 0;
	int result = normal_email(text, rd->arena, &rd->row.email, &key);
	if (result > 0)
		drop(rd, LEGACY_ROW_email);
	return result < 0 ? result : 0;
}

/* Type and number belong together (T2: history is matched by exactly both), so one that is wrong drops the pair. */
static int read_document(struct reading *rd)
{
	struct span code = text_at(rd, LEGACY_ROW_id_type), number = text_at(rd, LEGACY_ROW_id_number);
	const struct document_type *type = document_type_of(code);
	struct document_context context = { .today = rd->today, .min_year = 1850, .legacy = true };
	struct document document = { .problem = DOCUMENT_BAD_EMPTY };

	if (!code.n && !number.n)
		return 0;
	if (type)
		TRY(document_check(type, number, &context, rd->arena, &document));
	/* A foreign passport's country is not among the columns; its number is still what the old system matched by. */
	if (!type || (document.problem && !(document.problem == DOCUMENT_BAD_COUNTRY && type->wants_country &&
		document.number.n))) {
		drop(rd, LEGACY_ROW_id_type);
		drop(rd, LEGACY_ROW_id_number);
		return 0;
	}
	rd->row.id_type = span_of(type->code);
	rd->row.id_number = document.number;
	return 0;
}

static int read_digest(struct reading *rd)
{
	struct legacy_hash hash = { .scheme = text_at(rd, LEGACY_ROW_scheme), .salt = raw_at(rd, LEGACY_ROW_salt),
				    .digest = text_at(rd, LEGACY_ROW_digest) };

	if (!hash.digest.n)
		return 0; /* no password came along: the account is recovered, not logged in to */
	if (!hash.scheme.n)
		hash.scheme = rd->header->default_scheme;
	int result = legacy_check_scheme(hash.scheme, rd->arena);
	if (result == ERR_INVALID)
		refuse(rd, "scheme", LEGACY_ROW_scheme);
	else if (result == 0 && (result = legacy_check(&hash, rd->arena)) == ERR_INVALID)
		refuse(rd, "digest", LEGACY_ROW_digest);
	rd->row.scheme = hash.scheme;
	rd->row.salt = hash.salt;
	rd->row.digest = hash.digest;
	return result < 0 ? result : 0;
}

static bool read_number(struct span text, size_t at, size_t n, uint64_t *ret)
{
	return text.n >= at + n && span_to_u64((struct span){ text.p + at, n }, ret);
}

/* "2021-10-08", "2021-10-08 09:30[:15]", with "T", and "Z" or "+08:00" behind the time; China's time when no zone is told. */
static bool read_time(struct span text, struct instant *ret)
{
	uint64_t year, month, day, hour = 0, minute = 0, second = 0, zone_hour, zone_minute;
	int64_t zone = CHINA_MS;

	if (!read_number(text, 0, 4, &year) || !read_number(text, 5, 2, &month) || !read_number(text, 8, 2, &day) ||
	    text.p[4] != text.p[7] || (text.p[4] != '-' && text.p[4] != '/'))
		return false;
	struct date date = { (int)year, (int)month, (int)day };
	struct span rest = { text.p + 10, text.n - 10 };
	if (rest.n) {
		if ((rest.p[0] != ' ' && rest.p[0] != 'T') || !read_number(rest, 1, 2, &hour) || !read_number(rest, 4, 2,
			&minute) ||
		    rest.p[3] != ':')
			return false;
		rest = (struct span){ rest.p + 6, rest.n - 6 };
		if (rest.n && rest.p[0] == ':') {
			if (!read_number(rest, 1, 2, &second))
				return false;
			rest = (struct span){ rest.p + 3, rest.n - 3 };
		}
	}
	if (span_is(rest, "Z")) {
		zone = 0;
	} else if (rest.n) {
		if (rest.n != 6 || (rest.p[0] != '+' && rest.p[0] != '-') || rest.p[3] != ':' || !read_number(rest, 1, 2,
			&zone_hour) ||
		    !read_number(rest, 4, 2, &zone_minute) || zone_hour > 14 || zone_minute > 59)
			return false;
		zone = (int64_t)zone_hour * MS_HOUR + (int64_t)zone_minute * MS_MINUTE;
		if (rest.p[0] == '-')
			zone = -zone;
	}
	if (!date_is_valid(date) || year < 1970 || hour > 23 || minute > 59 || second > 59)
		return false;
	int64_t of_day = (int64_t)(hour * 3600 + minute * 60 + second) * MS_SECOND;
	ret->ms = date_days(date) * MS_DAY + of_day - zone;
	return true;
}

static int read_confirmation(struct reading *rd)
{
	struct span text = text_at(rd, LEGACY_ROW_phone_confirmed_at);
	struct instant at;

	if (!text.n)
		return 0;
	/* A confirmation in the future is no evidence of anything. */
	if (read_time(text, &at) && (!date_is_set(rd->today) || date_compare(date_of(at, CHINA_MS), rd->today) <= 0))
		rd->row.phone_confirmed_at = at;
	else
		drop(rd, LEGACY_ROW_phone_confirmed_at);
	return 0;
}

int legacy_row_read(const struct legacy_row_header *header, const struct csv_record *record, struct date today,
		    struct arena *arena, struct legacy_row *ret_row)
{
	static int (*const parts[])(struct reading * rd) = { read_kind,  read_texts,    read_uscc,   read_phone,
							     read_email, read_document, read_digest, read_confirmation };
	struct reading rd = { .header = header, .record = record, .today = today, .arena = arena };

	if (record->problem)
		refuse(&rd, csv_problem_name(record->problem), LEGACY_ROW_COLUMN_COUNT);
	else if (record->n != header->width)
		refuse(&rd, "columns", LEGACY_ROW_COLUMN_COUNT);
	for (size_t i = 0; i < ARRAY_LEN(parts) && !rd.row.reason; i++)
		TRY(parts[i](&rd));
	*ret_row = rd.row;
	return 0;
}
