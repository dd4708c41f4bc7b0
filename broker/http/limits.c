/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/limits.h"

#include "broker/base/sys.h"

#include <pthread.h>
#include <stdlib.h>

#define WAYS 8
#define LOCKS 64
#define TOKEN INT64_C(60000) /* a token in the unit of the level: then a millisecond adds per_minute */

struct bucket {
	uint64_t key;  /* 0: unused */
	int64_t level; /* tokens * TOKEN */
	int64_t at_ms; /* of the level */
	int64_t full;  /* level when full, and what a millisecond adds: to judge others' buckets when one must go */
	int64_t gain;
};

struct limits {
	uint64_t seed[2];
	size_t sets; /* a power of two */
	pthread_mutex_t locks[LOCKS];
	struct bucket (*table)[WAYS];
};

struct limits *limits_new(size_t buckets)
{
	struct limits *limits = calloc(1, sizeof *limits);

	if (!limits)
		return NULL;
	for (limits->sets = LOCKS; limits->sets * WAYS < buckets; limits->sets *= 2)
		;
	limits->table = calloc(limits->sets, sizeof *limits->table); /* large: untouched pages cost nothing */
	if (!limits->table) {
		free(limits);
		return NULL;
	}
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&limits->locks[i], NULL);
	sys_random(limits->seed, sizeof limits->seed);
	return limits;
}

void limits_free(struct limits *limits)
{
	if (!limits)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&limits->locks[i]);
	free(limits->table);
	free(limits);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Seeded, so that nobody can aim at another's bucket. A /64 is one household; mapped IPv4 counts whole. */
static uint64_t key_of(const struct limits *limits, enum rate_class rate_class, const struct client_address *client)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	uint64_t high, low;

	memcpy(&high, client->bytes, 8);
	memcpy(&low, client->bytes + 8, 8);
	if (memcmp(client->bytes, mapped, 12) != 0)
		low = client->unix_peer;
	uint64_t key = mix(high ^ limits->seed[0]);
	key = mix(key ^ low ^ limits->seed[1]);
	key = mix(key + (uint64_t)rate_class);
	return key ? key : 1;
}

static int64_t level_at(const struct bucket *bucket, int64_t now_ms)
{
	int64_t passed = now_ms > bucket->at_ms ? now_ms - bucket->at_ms : 0;
	int64_t missing = bucket->full - bucket->level;

	/* compared by division: an old bucket must not overflow */
	return passed > missing / bucket->gain ? bucket->full : bucket->level + passed * bucket->gain;
}

/* The bucket of @key, or the one to be forgotten for it: unused, else nearest to full. */
static struct bucket *find(struct bucket *set, uint64_t key, int64_t now_ms)
{
	struct bucket *victim = NULL;
	int64_t victim_missing = INT64_MAX;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		int64_t missing = set[i].key ? set[i].full - level_at(&set[i], now_ms) : -1;

		if (missing < victim_missing)
			victim = &set[i], victim_missing = missing;
	}
	return victim;
}

int limits_take(struct limits *limits, enum rate_class rate_class, const struct rate *rate, const struct client_address *client,
		struct instant now, unsigned *ret_wait)
{
	if (rate->per_minute == 0)
		return 0;
	uint64_t key = key_of(limits, rate_class, client);
	size_t at = key & (limits->sets - 1);
	pthread_mutex_t *lock = &limits->locks[at % LOCKS];
	int64_t full = (int64_t)(rate->burst ? rate->burst : rate->per_minute) * TOKEN;
	int error = 0;

	pthread_mutex_lock(lock);
	struct bucket *bucket = find(limits->table[at], key, now.ms);
	int64_t level = bucket->key == key ? level_at(bucket, now.ms) : full;
	if (level > full)
		level = full; /* the rate was lowered */
	if (level >= TOKEN) {
		level -= TOKEN;
	} else {
		int64_t wait = (TOKEN - level) / rate->per_minute / MS_SECOND + 1;

		*ret_wait = (unsigned)wait;
		error = ERR_TOO_MANY;
	}
	*bucket = (struct bucket){ .key = key, .level = level, .at_ms = now.ms, .full = full, .gain = rate->per_minute };
	pthread_mutex_unlock(lock);
	return error;
}
