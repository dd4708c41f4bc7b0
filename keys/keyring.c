/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/keyring.h"

#include "broker/base/error.h"

static bool is_past(struct instant t, struct instant now)
{
	return instant_is_set(t) && !instant_before(now, t);
}

enum keyring_phase keyring_phase(const struct keyring_key *key, struct instant now)
{
	if (is_past(key->published_until, now))
		return KEYRING_DEAD;
	if (is_past(key->signing_until, now))
		return KEYRING_VERIFYING;
	return instant_before(now, key->signing_from) ? KEYRING_WAITING : KEYRING_SIGNING;
}

bool keyring_is_published(const struct keyring_key *key, struct instant now)
{
	return !instant_before(now, key->published_at) && keyring_phase(key, now) != KEYRING_DEAD;
}

/* @a began, or will begin, to sign after @b; of two that begin together the later record wins, so the order is total. */
static bool is_later(const struct keyring_key *a, const struct keyring_key *b)
{
	return a->signing_from.ms != b->signing_from.ms ? instant_before(b->signing_from, a->signing_from) : a > b;
}

const struct keyring_key *keyring_signer(const struct keyring_key *keys, size_t n, enum alg alg, struct instant now)
{
	const struct keyring_key *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (keys[i].alg == alg && keyring_phase(&keys[i], now) == KEYRING_SIGNING && (!best || is_later(&keys[i], best)))
			best = &keys[i];
	return best;
}

int keyring_check_policy(const struct keyring_policy *policy)
{
	if (policy->rotate_after <= 0 || policy->publish_ahead <= 0 || policy->token_max_life <= 0 || !(policy->algs & ALG_ALL))
		return ERR_CONFIG;
	/* A key would have to be published before its predecessor begins. */
	return policy->publish_ahead < policy->rotate_after ? 0 : ERR_CONFIG;
}

/* The key of @alg that signs last, now or later; NULL when none will. */
static const struct keyring_key *newest(const struct keyring_key *keys, size_t n, enum alg alg, struct instant now)
{
	const struct keyring_key *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (keys[i].alg == alg && keyring_phase(&keys[i], now) <= KEYRING_SIGNING && (!best || is_later(&keys[i], best)))
			best = &keys[i];
	return best;
}

/* Whether @alg needs a new key at @now, and from when on it signs. */
static bool needs_key(const struct keyring_key *keys, size_t n, enum alg alg, const struct keyring_policy *policy,
		      struct instant now, bool force, struct instant *ret_signing_from)
{
	const struct keyring_key *last = newest(keys, n, alg, now);

	/* Nobody can sign: an unknown kid makes a relying party fetch the set again, no signature at all helps nobody. */
	if (!keyring_signer(keys, n, alg, now)) {
		*ret_signing_from = now;
		return true;
	}
	if (keyring_phase(last, now) == KEYRING_WAITING)
		return false; /* the successor is on its way */
	struct instant due = instant_add(last->signing_from, policy->rotate_after);
	struct instant earliest = instant_add(now, policy->publish_ahead);
	if (!force && instant_before(earliest, due))
		return false;
	*ret_signing_from = force || instant_before(due, earliest) ? earliest : due;
	return true;
}

/* When the successor of @key begins: the earliest of those that come after it, planned ones included. Unset: there is none. */
static struct instant successor_from(const struct keyring_key *key, const struct keyring_key *keys, size_t n,
				     const struct keyring_action *made, size_t n_made)
{
	struct instant from = { 0 };

	for (size_t i = 0; i < n; i++)
		if (keys[i].alg == key->alg && is_later(&keys[i], key) &&
		    (!instant_is_set(from) || instant_before(keys[i].signing_from, from)))
			from = keys[i].signing_from;
	for (size_t i = 0; i < n_made; i++) {
		const struct keyring_key *fresh = &made[i].key;

		if (fresh->alg == key->alg && instant_before(key->signing_from, fresh->signing_from) &&
		    (!instant_is_set(from) || instant_before(fresh->signing_from, from)))
			from = fresh->signing_from;
	}
	return from;
}

size_t keyring_plan(const struct keyring_key *keys, size_t n, const struct keyring_policy *policy, struct instant now,
		    unsigned force, struct keyring_action *ret_actions)
{
	size_t made = 0, count;

	/* New keys first: if only half of the plan is carried out, somebody still signs. */
	for (int i = ALG_UNKNOWN + 1; i < ALG_COUNT; i++) {
		struct instant from;

		if ((policy->algs & ALG_BIT(i)) && needs_key(keys, n, (enum alg)i, policy, now, force & ALG_BIT(i), &from))
			ret_actions[made++] = (struct keyring_action){
				.what = KEYRING_GENERATE,
				.key = { .alg = (enum alg)i, .published_at = now, .signing_from = from },
			};
	}
	count = made;
	for (size_t i = 0; i < n; i++) {
		struct keyring_key key = keys[i];

		if (keyring_phase(&key, now) == KEYRING_DEAD) {
			ret_actions[count++] = (struct keyring_action){ .what = KEYRING_DROP, .index = i, .key = key };
			continue;
		}
		if (instant_is_set(key.signing_until))
			continue;
		/* An algorithm that is no longer wanted stops now; another one when its successor begins. */
		struct instant until = policy->algs & ALG_BIT(key.alg) ? successor_from(&keys[i], keys, n, ret_actions, made) : now;
		if (!instant_is_set(until))
			continue;
		key.signing_until = until;
		key.published_until = instant_add(until, policy->token_max_life);
		ret_actions[count++] = (struct keyring_action){ .what = KEYRING_UPDATE, .index = i, .key = key };
	}
	return count;
}
