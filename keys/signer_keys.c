/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/signer_keys.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "keys/jwk.h"
#include "keys/signer_claims.h"
#include "keys/signer_wire.h"

#include <pthread.h>
#include <stdlib.h>

#define HEADER_MAX 256

/* What sealed keys are bound to: they do not open as anything else that the same key file may seal one day. */
static const struct span seal_place = SPAN("yimen signer key");

struct slot {
	struct key *key;
	enum alg alg;
	size_t header_n[SIGNER_TYP_COUNT];
	char header[SIGNER_TYP_COUNT][HEADER_MAX]; /* base64url of {"alg","kid","typ"} and the dot */
};

struct signer_keys {
	const struct seal_ring *ring;
	pthread_rwlock_t lock;
	size_t n;
	struct slot *slots[SIGNER_KEYS];
};

static void slot_free(struct slot *slot)
{
	if (slot)
		jwk_free(slot->key);
	free(slot);
}

int signer_keys_new(const struct seal_ring *ring, struct signer_keys **ret_keys)
{
	struct signer_keys *keys = calloc(1, sizeof *keys);
	pthread_rwlockattr_t attr;

	if (!keys)
		return FAULT_MEMORY;
	keys->ring = ring;
	/* Signing reads without pause; a key to load must not wait for a pause. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&keys->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	*ret_keys = keys;
	return 0;
}

void signer_keys_free(struct signer_keys *keys)
{
	if (!keys)
		return;
	while (keys->n)
		slot_free(keys->slots[--keys->n]);
	pthread_rwlock_destroy(&keys->lock);
	free(keys);
}

/* Under the lock; keys->n when there is none. */
static size_t find(const struct signer_keys *keys, struct span kid)
{
	size_t i = 0;

	while (i < keys->n && !span_eq(kid, jwk_kid(keys->slots[i]->key)))
		i++;
	return i;
}

static int write_headers(struct slot *slot, struct arena *arena)
{
	for (int typ = 0; typ < SIGNER_TYP_COUNT; typ++) {
		struct buf json = buf_new(arena, 128), text = buf_new(arena, HEADER_MAX);
		struct json_writer w = json_writer(&json);

		json_open(&w, '{');
		json_member_str(&w, "alg", span_of(alg_row(slot->alg)->name));
		json_member_str(&w, "kid", jwk_kid(slot->key));
		json_member_str(&w, "typ", span_of(signer_claims_typ((enum signer_typ)typ)));
		json_close(&w, '}');
		encode_base64url(&text, buf_span(&json));
		buf_char(&text, '.');
		if (json.failed || text.failed)
			return FAULT_MEMORY;
		if (text.n > HEADER_MAX)
			return FAULT(FAULT_BUG, "header too long");
		memcpy(slot->header[typ], text.p, text.n);
		slot->header_n[typ] = text.n;
	}
	return 0;
}

/* Put @key, which becomes ours, among the loaded ones. Loading a key twice changes nothing. */
static int add(struct signer_keys *keys, struct key *key, enum alg alg, struct arena *arena)
{
	struct slot *slot = calloc(1, sizeof *slot);

	if (!slot) {
		jwk_free(key);
		return FAULT_MEMORY;
	}
	slot->key = key;
	slot->alg = alg;
	int error = write_headers(slot, arena);
	if (!error) {
		pthread_rwlock_wrlock(&keys->lock);
		if (find(keys, jwk_kid(key)) == keys->n) {
			if (keys->n < SIGNER_KEYS) {
				keys->slots[keys->n++] = slot;
				slot = NULL;
			} else {
				error = ERR_FULL;
			}
		}
		pthread_rwlock_unlock(&keys->lock);
	}
	slot_free(slot);
	return error;
}

static int seal(const struct signer_keys *keys, const struct key *key, enum alg alg, struct arena *arena, struct span *ret_sealed)
{
	struct buf plain = buf_new(arena, 2048);
	struct secret der;
	struct span text;

	TRY(jwk_to_der(key, arena, &der));
	buf_add(&plain, span_of(alg_row(alg)->name));
	buf_char(&plain, '\n');
	buf_add(&plain, der.bytes);
	TRY(buf_done(&plain, &text));
	return seal_bytes(keys->ring, seal_place, text, arena, ret_sealed);
}

int signer_keys_generate(struct signer_keys *keys, enum alg alg, struct arena *arena, struct signer_made *ret_made)
{
	struct key *key = NULL;
	struct signer_made made;

	TRY(jwk_generate(alg, &key));
	made.kid = arena_dup(arena, jwk_kid(key));
	int error = made.kid.p ? jwk_public_json(key, arena, &made.public_jwk) : FAULT_MEMORY;
	if (!error)
		error = seal(keys, key, alg, arena, &made.sealed);
	if (error) {
		jwk_free(key);
		return error;
	}
	TRY(add(keys, key, alg, arena));
	*ret_made = made;
	return 0;
}

int signer_keys_load(struct signer_keys *keys, struct span sealed, struct arena *arena, struct span *ret_kid)
{
	struct span plain, kid;
	struct key *key;

	TRY(seal_open(keys->ring, seal_place, sealed, arena, &plain));
	enum alg alg = alg_by_name(span_cut(&plain, '\n'));
	int error = alg == ALG_UNKNOWN ? ERR_INVALID : jwk_from_der((struct secret){ plain }, alg, &key);
	if (error)
		return error > 0 ? FAULT(FAULT_CORRUPT, "sealed bytes are no key") : error;
	kid = arena_dup(arena, jwk_kid(key));
	TRY(add(keys, key, alg, arena));
	if (!kid.p)
		return FAULT_MEMORY;
	*ret_kid = kid;
	return 0;
}

int signer_keys_unload(struct signer_keys *keys, struct span kid)
{
	struct slot *slot = NULL;

	pthread_rwlock_wrlock(&keys->lock);
	size_t i = find(keys, kid);
	if (i < keys->n) {
		slot = keys->slots[i];
		keys->slots[i] = keys->slots[--keys->n];
	}
	pthread_rwlock_unlock(&keys->lock);
	slot_free(slot);
	return slot ? 0 : ERR_ABSENT;
}

static int write_token(const struct slot *slot, enum signer_typ typ, struct span payload, char *room, size_t *ret_n)
{
	unsigned char signature[ALG_SIGNATURE_MAX];
	/* No arena: the room is larger than what is written before the check, so it never grows. */
	struct buf token = { .p = room, .cap = SIGNER_WIRE_TOKEN(payload.n) };
	size_t n;

	buf_add(&token, (struct span){ slot->header[typ], slot->header_n[typ] });
	encode_base64url(&token, payload);
	TRY(alg_sign(slot->key, slot->alg, buf_span(&token), signature, &n));
	if (token.n + 2 + (n + 2) / 3 * 4 > token.cap)
		return FAULT(FAULT_BUG, "token too large");
	buf_char(&token, '.');
	encode_base64url(&token, (struct span){ (char *)signature, n });
	*ret_n = token.n;
	return 0;
}

int signer_keys_sign(struct signer_keys *keys, struct span kid, enum signer_typ typ, struct span payload, char *room, size_t *ret_n)
{
	int error = ERR_ABSENT;

	pthread_rwlock_rdlock(&keys->lock);
	size_t i = find(keys, kid);
	if (i < keys->n)
		error = write_token(keys->slots[i], typ, payload, room, ret_n);
	pthread_rwlock_unlock(&keys->lock);
	return error;
}
