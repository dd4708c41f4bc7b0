/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/throttle.h"

#include "broker/store/records_system.h"
#include "keys/seal.h"

static struct instant window_end(const struct throttle *throttle, struct instant now)
{
	return (struct instant){ (now.ms / throttle->window_ms + 1) * throttle->window_ms };
}

/* Phones and addresses do not stand in the store in the clear, not even hashed without a key. */
static int count_id(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now, struct id *ret_id)
{
	unsigned char blind[SEAL_BLIND];

	TRY(seal_blind(store_seal(txn_store(txn)), throttle->name, what, blind));
	*ret_id = record_named_id(window_end(throttle, now), span_of(throttle->name), (struct span){ (char *)blind, sizeof blind });
	return 0;
}

static int read_count(struct txn *txn, struct id id, int64_t *ret_n)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1024);
	struct counter counter = { 0 };

	if (!arena)
		return FAULT_MEMORY;
	int result = record_get(txn, &KIND_COUNTER, id, arena, &counter);
	if (result && result != ERR_ABSENT)
		return result;
	*ret_n = result ? 0 : counter.n;
	return 0;
}

int throttle_count(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now, int64_t *ret_n)
{
	struct id id;

	TRY(count_id(txn, throttle, what, now, &id));
	return read_count(txn, id, ret_n);
}

int throttle_add(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now)
{
	struct counter counter = { 0 };
	int64_t n;

	TRY(count_id(txn, throttle, what, now, &counter.id));
	TRY(read_count(txn, counter.id, &n));
	if (throttle->max && n >= throttle->max)
		return ERR_TOO_MANY;
	counter.n = n + 1;
	return record_put(txn, &KIND_COUNTER, &counter);
}

int throttle_clear(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now)
{
	struct id id;

	TRY(count_id(txn, throttle, what, now, &id));
	int result = record_del(txn, &KIND_COUNTER, id);
	return result == ERR_ABSENT ? 0 : result;
}

int throttle_take_back(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now)
{
	struct counter counter = { 0 };
	int64_t n;

	TRY(count_id(txn, throttle, what, now, &counter.id));
	TRY(read_count(txn, counter.id, &n));
	counter.n = n - 1;
	return n > 0 ? record_put(txn, &KIND_COUNTER, &counter) : 0;
}

unsigned throttle_wait(const struct throttle *throttle, struct instant now)
{
	return (unsigned)((window_end(throttle, now).ms - now.ms + MS_SECOND - 1) / MS_SECOND);
}
