/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_correct.h"

#include "broker/base/json.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"

#define BIT(column) (1UL << LEGACY_ROW_##column)

/* The columns that are kept as they are, in the row and in the record. */
static const struct {
	enum legacy_row_column column;
	size_t row, legacy;
} texts[] = {
#define TEXT(name) { LEGACY_ROW_##name, offsetof(struct legacy_row, name), offsetof(struct legacy, name) }
	TEXT(login_name), TEXT(user_type), TEXT(name), TEXT(phone), TEXT(email), TEXT(uscc), TEXT(unit_name), TEXT(id_type), TEXT(id_number),
#undef TEXT
};

static struct span text_at(const void *record, size_t offset)
{
	return *(const struct span *)((const char *)record + offset);
}

static struct span kind_of(const struct legacy_row *row)
{
	return row->kind == MIGRATE_ENTERPRISE ? SPAN("enterprise") : SPAN("individual");
}

/* A salt of the same account goes with its digest: an empty one says that there is none. */
static bool is_hash_new(const struct legacy_hash *rests, const struct legacy_row *row, struct legacy_judged *judged)
{
	if (!rests->wrapped)
		return !span_eq(rests->scheme, row->scheme) || !span_eq(rests->salt, row->salt) || !span_eq(rests->digest, row->digest);
	if (!judged)
		return false;
	if (judged->is_known && span_eq(judged->wrapped.digest, rests->digest))
		return !judged->is_same;
	*judged = (struct legacy_judged){ .wrapped = *rests, .wants = true };
	return false;
}

int legacy_correct_judge(const struct legacy_row *row, struct legacy_judged *judged, struct arena *arena)
{
	struct legacy_hash hash = legacy_at_rest(row->scheme, row->salt, row->digest);
	int result = 0;

	judged->is_same = false;
	if (hash.wrapped) /* of another installation's store: its own text or nothing */
		judged->is_same = span_eq(hash.digest, judged->wrapped.digest);
	else
		result = legacy_wraps(&judged->wrapped, &hash, arena, &judged->is_same);
	judged->wants = false;
	judged->is_known = true;
	if (result == ERR_INVALID) /* nothing that any password could fit takes the place of what works */
		judged->is_same = true;
	return result < 0 ? result : 0;
}

static int compare_hash(struct txn *txn, const struct legacy *legacy, const struct legacy_row *row, struct legacy_judged *judged, struct arena *arena,
			struct legacy_correction *correction)
{
	struct legacy_hash rests = legacy_at_rest(legacy->scheme, legacy->salt, legacy->digest);
	struct account account;

	if (!row->digest.n || instant_is_set(legacy->hash_gone_at))
		return 0;
	if (!legacy_retract_made_account(legacy)) {
		correction->columns |= is_hash_new(&rests, row, judged) ? BIT(digest) : 0;
		return 0;
	}
	int result = record_get(txn, &KIND_ACCOUNT, legacy->account, arena, &account);
	if (result || account.password.n)
		return result == ERR_ABSENT ? 0 : result;
	rests = legacy_at_rest(account.legacy_scheme, account.legacy_salt, account.legacy_digest);
	correction->columns |= is_hash_new(&rests, row, judged) ? BIT(digest) : 0;
	return 0;
}

int legacy_correct_compare(struct txn *txn, const struct legacy *legacy, const struct legacy_row *row, struct legacy_judged *judged, struct arena *arena,
			   struct legacy_correction *ret_correction)
{
	struct legacy_correction correction = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct span text = text_at(row, texts[i].row);

		if (text.n && !span_eq(text, text_at(legacy, texts[i].legacy)))
			correction.columns |= 1UL << texts[i].column;
	}
	if (!span_eq(kind_of(row), legacy->kind))
		correction.columns |= BIT(kind);
	if (instant_is_set(row->phone_confirmed_at) && row->phone_confirmed_at.ms != legacy->phone_confirmed_at.ms)
		correction.columns |= BIT(phone_confirmed_at);
	TRY(compare_hash(txn, legacy, row, judged, arena, &correction));
	correction.other_key = correction.columns & (BIT(kind) | (row->kind == MIGRATE_ENTERPRISE ? BIT(uscc) : BIT(phone)));
	*ret_correction = correction;
	return 0;
}

void legacy_correct_fill(struct legacy *legacy, const struct legacy_row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct span text = text_at(row, texts[i].row);

		if (text.n)
			*(struct span *)((char *)legacy + texts[i].legacy) = text;
	}
	legacy->kind = kind_of(row);
	if (instant_is_set(row->phone_confirmed_at))
		legacy->phone_confirmed_at = row->phone_confirmed_at;
	if (row->digest.n) {
		legacy->scheme = row->scheme;
		legacy->salt = row->salt;
		legacy->digest = row->digest;
	}
}

int legacy_correct_hash(struct txn *txn, struct legacy *legacy, struct arena *arena)
{
	struct account account;

	if (!legacy_retract_made_account(legacy))
		return 0;
	TRY(record_get(txn, &KIND_ACCOUNT, legacy->account, arena, &account));
	legacy->scheme = account.legacy_scheme;
	legacy->salt = account.legacy_salt;
	legacy->digest = account.legacy_digest;
	return 0;
}

static int adopt_phone(struct txn *txn, const struct legacy *legacy, struct account *account, struct arena *arena)
{
	struct account probe = { .namespace_ = account->namespace_, .phone = legacy->phone }, other;

	if (!legacy->phone.n || !instant_is_set(legacy->phone_confirmed_at))
		return 0;
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, arena, &other);
	if (!result && !id_eq(other.id, account->id))
		return 0; /* somebody else's by now */
	if (result && result != ERR_ABSENT)
		return result;
	account->phone = legacy->phone;
	account->phone_confirmed_at = legacy->phone_confirmed_at;
	return 0;
}

int legacy_correct_keep(struct txn *txn, struct legacy *legacy, const struct legacy_row *row, struct arena *arena)
{
	struct account account;

	legacy_correct_fill(legacy, row);
	if (!legacy_retract_made_account(legacy))
		return record_put(txn, &KIND_LEGACY, legacy);
	legacy->scheme = legacy->salt = legacy->digest = (struct span){ NULL, 0 }; /* the account carries it */
	TRY(record_put(txn, &KIND_LEGACY, legacy));
	TRY(record_get(txn, &KIND_ACCOUNT, legacy->account, arena, &account));
	if (row->name.n)
		account.name = row->name;
	if (row->digest.n) {
		account.legacy_scheme = row->scheme;
		account.legacy_salt = row->salt;
		account.legacy_digest = row->digest;
	}
	TRY(adopt_phone(txn, legacy, &account, arena));
	return record_put(txn, &KIND_ACCOUNT, &account);
}

int legacy_correct_note(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, unsigned long columns, struct span batch)
{
	struct legacy_proof proof = { .method = "import", .reason = batch };
	struct buf buf = buf_new(actor->arena, 64);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_key(&w, "columns");
	json_open(&w, '[');
	for (size_t c = 0; c < LEGACY_ROW_COLUMN_COUNT; c++)
		if (columns & 1UL << c)
			json_str(&w, span_of(legacy_row_column_name((enum legacy_row_column)c)));
	json_close(&w, ']');
	json_close(&w, '}');
	TRY(buf_done(&buf, &proof.evidence));
	return legacy_change_note(txn, actor, legacy, NULL, "corrected", &proof);
}
