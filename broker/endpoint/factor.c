/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/factor.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/store/records_account.h"
#include "broker/store/records_staff.h"
#include "conf/config.h"
#include "keys/totp.h"

/* No I, O, 0, 1: what is read from paper. 32 letters: five bits each. */
static const char recovery_alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

struct search {
	struct factor *factor;
	bool found;
};

static int take_confirmed(const void *record, void *arg)
{
	const struct factor *factor = record;
	struct search *search = arg;

	if (!instant_is_set(factor->confirmed_at))
		return 0;
	*search->factor = *factor;
	search->found = true;
	return TXN_STOP;
}

int factor_find(struct txn *txn, struct arena *arena, struct id account, struct factor *ret_factor)
{
	struct factor probe = { .account = account }, found;
	struct search search = { .factor = &found };

	TRY(record_each(txn, &KIND_FACTOR, FACTOR_BY_ACCOUNT, &probe, arena, take_confirmed, &search));
	if (!search.found)
		return ERR_ABSENT;
	*ret_factor = found;
	return 0;
}

int factor_is_wanted(struct txn *txn, struct arena *arena, struct id account_id, bool *ret_wanted)
{
	struct account account;
	struct factor factor;
	int result = record_get(txn, &KIND_ACCOUNT, account_id, arena, &account);

	*ret_wanted = false;
	if (result)
		return result == ERR_ABSENT ? 0 : result; /* the gate says what is missing */
	if (account.namespace_ == NAMESPACE_STAFF) {
		*ret_wanted = true;
		return 0;
	}
	result = factor_find(txn, arena, account_id, &factor);
	*ret_wanted = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

/* ---- making and removing */

struct gathered {
	struct id ids[16];
	size_t n;
	bool confirmed_too;
};

static int gather(const void *record, void *arg)
{
	const struct factor *factor = record;
	struct gathered *all = arg;

	if (instant_is_set(factor->confirmed_at) && !all->confirmed_too)
		return 0;
	all->ids[all->n++] = factor->id;
	return all->n == ARRAY_LEN(all->ids) ? TXN_STOP : 0;
}

static int drop(struct txn *txn, struct arena *arena, struct id account, bool confirmed_too)
{
	struct factor probe = { .account = account };
	struct gathered all;

	do {
		all = (struct gathered){ .confirmed_too = confirmed_too };
		TRY(record_each(txn, &KIND_FACTOR, FACTOR_BY_ACCOUNT, &probe, arena, gather, &all));
		for (size_t i = 0; i < all.n; i++)
			TRY(record_del(txn, &KIND_FACTOR, all.ids[i]));
	} while (all.n == ARRAY_LEN(all.ids));
	return 0;
}

int factor_reset(struct txn *txn, struct arena *arena, struct id account)
{
	return drop(txn, arena, account, true);
}

int factor_offer(struct txn *txn, struct arena *arena, struct id account, struct id interaction, struct span random, struct instant now,
		 struct factor *ret_factor)
{
	int result = record_get(txn, &KIND_FACTOR, interaction, arena, ret_factor);

	if (result != ERR_ABSENT)
		return result ? result : id_eq(ret_factor->account, account) ? 0 : ERR_INTERACTION_EXPIRED;
	TRY(drop(txn, arena, account, false));
	*ret_factor = (struct factor){ .id = interaction, .account = account, .type = SPAN("totp"), .secret = random, .last_step = -1, .created_at = now };
	return record_insert(txn, &KIND_FACTOR, ret_factor);
}

/* ---- using */

int factor_use(struct txn *txn, struct arena *arena, struct id account, struct span code, struct instant now)
{
	struct factor factor;
	int result = factor_find(txn, arena, account, &factor);

	if (result)
		return result == ERR_ABSENT ? ERR_SECOND_FACTOR : result;
	TRY(totp_check(factor.secret, code, now, factor.last_step, &factor.last_step));
	return record_put(txn, &KIND_FACTOR, &factor);
}

/* Letters and digits, in upper case: "abcde-fghjk" is "ABCDEFGHJK". */
static size_t squeeze(struct span code, char *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < code.n && n < room; i++) {
		char c = code.p[i];

		if (c != '-' && c != ' ')
			out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return n;
}

/* 50 bits of randomness under a key that is not in the store (ASVS 6.5.2). */
static int hash_recovery(const struct seal_ring *seal, struct arena *arena, struct id account, struct span code, struct span *ret_hash)
{
	unsigned char *hash = arena_alloc(arena, SEAL_BLIND);
	char text[sizeof account.b + 16];

	if (!hash)
		return FAULT_MEMORY;
	memcpy(text, account.b, sizeof account.b);
	size_t n = squeeze(code, text + sizeof account.b, sizeof text - sizeof account.b);
	TRY(seal_blind(seal, "recovery-code", (struct span){ text, sizeof account.b + n }, hash));
	explicit_bzero(text, sizeof text);
	*ret_hash = (struct span){ (char *)hash, SEAL_BLIND };
	return 0;
}

int factor_use_recovery(struct txn *txn, const struct seal_ring *seal, struct arena *arena, struct id account, struct span code)
{
	struct factor factor;
	struct span hash;
	int result = factor_find(txn, arena, account, &factor);

	if (result)
		return result == ERR_ABSENT ? ERR_SECOND_FACTOR : result;
	TRY(hash_recovery(seal, arena, account, code, &hash));
	for (size_t i = 0; i < factor.recovery.n; i++)
		if (secret_eq(factor.recovery.items[i], hash)) {
			factor.recovery.items[i] = factor.recovery.items[--factor.recovery.n];
			return record_put(txn, &KIND_FACTOR, &factor);
		}
	return ERR_SECOND_FACTOR;
}

static int hash_all(const struct seal_ring *seal, struct arena *arena, struct id account, const char (*recovery)[FACTOR_RECOVERY_TEXT],
		    struct text_list *ret_hashes)
{
	struct span *hashes = arena_array(arena, struct span, FACTOR_RECOVERY_CODES);

	if (!hashes)
		return FAULT_MEMORY;
	for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++)
		TRY(hash_recovery(seal, arena, account, span_of(recovery[i]), &hashes[i]));
	*ret_hashes = (struct text_list){ hashes, FACTOR_RECOVERY_CODES };
	return 0;
}

int factor_confirm(struct txn *txn, const struct seal_ring *seal, struct arena *arena, struct id account, struct id interaction, struct span code,
		   const char (*recovery)[FACTOR_RECOVERY_TEXT], struct instant now)
{
	struct factor factor;
	int result = record_get(txn, &KIND_FACTOR, interaction, arena, &factor);

	if (result || !id_eq(factor.account, account) || instant_is_set(factor.confirmed_at))
		return result && result != ERR_ABSENT ? result : ERR_INTERACTION_EXPIRED;
	TRY(totp_check(factor.secret, code, now, factor.last_step, &factor.last_step));
	TRY(hash_all(seal, arena, account, recovery, &factor.recovery));
	TRY(drop(txn, arena, account, true));
	factor.id = sys_new_id(now);
	factor.confirmed_at = now;
	return record_insert(txn, &KIND_FACTOR, &factor);
}

int factor_renew(struct txn *txn, const struct seal_ring *seal, struct arena *arena, struct id account, const char (*recovery)[FACTOR_RECOVERY_TEXT])
{
	struct factor factor;

	TRY(factor_find(txn, arena, account, &factor));
	TRY(hash_all(seal, arena, account, recovery, &factor.recovery));
	return record_put(txn, &KIND_FACTOR, &factor);
}

void factor_new_recovery(char ret_codes[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT])
{
	unsigned char random[10];

	for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++) {
		char *p = ret_codes[i];

		sys_random(random, sizeof random);
		for (size_t k = 0; k < sizeof random; k++) {
			if (k == 5)
				*p++ = '-';
			*p++ = recovery_alphabet[random[k] & 31];
		}
		*p = '\0';
	}
	explicit_bzero(random, sizeof random);
}

/* ---- wrong codes */

struct factor_tries factor_tries(const struct config *config, struct id account)
{
	struct factor_tries tries = { .throttle = { "second_factor", config->staff.factor_window, config->staff.factor_tries } };

	encode_id(tries.who, account);
	return tries;
}

int factor_tries_count(struct txn *txn, struct factor_tries *tries, struct instant now)
{
	tries->wait = throttle_wait(&tries->throttle, now);
	TRY(throttle_add(txn, &tries->throttle, span_of(tries->who), now));
	tries->wait = 0;
	return 0;
}

int factor_tries_forget(struct txn *txn, const struct factor_tries *tries, struct instant now)
{
	return throttle_clear(txn, &tries->throttle, span_of(tries->who), now);
}
