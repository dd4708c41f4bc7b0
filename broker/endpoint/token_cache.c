/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/token_cache.h"

#include "keys/digest.h"

#include <pthread.h>
#include <stdlib.h>

#define SHARDS 64
#define WAYS 4
#define KEY 20

/* A prefix of 160 bits: finding a second token with it is out of reach, whoever chooses the tokens. */
struct entry {
	unsigned char key[KEY];
	uint32_t expires; /* seconds; 0: free */
};

struct shard {
	pthread_mutex_t lock;
	struct entry (*sets)[WAYS]; /* its part of @all */
} __attribute__((aligned(64)));

struct token_cache {
	struct shard shards[SHARDS];
	struct entry (*all)[WAYS];
	size_t sets; /* in a shard; a power of two */
};

int token_cache_new(size_t tokens, struct token_cache **ret_cache)
{
	struct token_cache *cache = aligned_alloc(64, sizeof *cache);

	if (!cache)
		return FAULT_MEMORY;
	memset(cache, 0, sizeof *cache);
	for (cache->sets = 1; cache->sets * SHARDS * WAYS < tokens;)
		cache->sets *= 2;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&cache->shards[i].lock, NULL);
	cache->all = calloc(SHARDS * cache->sets, sizeof *cache->all); /* in one piece: pages of it that nobody has touched cost nothing */
	if (!cache->all) {
		token_cache_free(cache);
		return FAULT_MEMORY;
	}
	for (size_t i = 0; i < SHARDS; i++)
		cache->shards[i].sets = cache->all + i * cache->sets;
	*ret_cache = cache;
	return 0;
}

void token_cache_free(struct token_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&cache->shards[i].lock);
	free(cache->all);
	free(cache);
}

struct place {
	struct shard *shard;
	struct entry *set;
	unsigned char key[DIGEST_MAX]; /* the first KEY bytes name the token */
};

static bool find_place(struct token_cache *cache, struct span token, struct place *place)
{
	uint32_t where;

	if (digest_of(DIGEST_SHA256, place->key, token))
		return false;
	memcpy(&where, place->key + KEY, sizeof where); /* bytes that are not in the key */
	place->shard = &cache->shards[where % SHARDS];
	place->set = place->shard->sets[where / SHARDS & (cache->sets - 1)];
	return true;
}

static uint32_t seconds(struct instant at)
{
	return at.ms <= 0 ? 0 : at.ms / MS_SECOND > UINT32_MAX ? UINT32_MAX : (uint32_t)(at.ms / MS_SECOND);
}

bool token_cache_has(struct token_cache *cache, struct span token, struct instant now)
{
	struct place place;
	bool found = false;

	if (!find_place(cache, token, &place))
		return false;
	pthread_mutex_lock(&place.shard->lock);
	for (size_t i = 0; i < WAYS && !found; i++)
		found = place.set[i].expires > seconds(now) && memcmp(place.set[i].key, place.key, KEY) == 0;
	pthread_mutex_unlock(&place.shard->lock);
	return found;
}

void token_cache_add(struct token_cache *cache, struct span token, struct instant expires_at)
{
	struct place place;

	if (!find_place(cache, token, &place))
		return;
	pthread_mutex_lock(&place.shard->lock);
	struct entry *victim = place.set;
	for (size_t i = 0; i < WAYS; i++) {
		if (memcmp(place.set[i].key, place.key, KEY) == 0) {
			victim = &place.set[i];
			break;
		}
		if (place.set[i].expires < victim->expires) /* free ones and the dead come first by themselves */
			victim = &place.set[i];
	}
	memcpy(victim->key, place.key, KEY);
	victim->expires = seconds(expires_at);
	pthread_mutex_unlock(&place.shard->lock);
}

void token_cache_clear(struct token_cache *cache)
{
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&cache->shards[i].lock);
		memset(cache->shards[i].sets, 0, cache->sets * sizeof *cache->shards[i].sets);
		pthread_mutex_unlock(&cache->shards[i].lock);
	}
}
