/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/seal.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/crypto.h"
#include "keys/digest.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>

/*
 * The file: "yimen-seal 1", then "root <hex>", then one line a sealing key, oldest first: "key <id> aes-256-gcm <hex>".
 * Sealed bytes: format (1), key id (4), nonce (12), ciphertext, tag (16). Format 1 is AES-256-GCM; another algorithm gets another
 * number and its own word in the key's line.
 */
#define FILE_MAX 16384
#define HEAD "yimen-seal 1"
#define CIPHER "aes-256-gcm"
#define FORMAT_AES256GCM 1
#define KEYS_MAX 64
#define KEY 32
#define ID 4
#define NONCE 12
#define TAG 16
#define PREFIX (1 + ID + NONCE)

static_assert(SEAL_OVERHEAD == PREFIX + TAG, "what the header promises");

struct seal_key {
	unsigned char id[ID];
	unsigned char key[KEY];
};

struct seal_ring {
	size_t n;
	struct seal_key keys[KEYS_MAX];
	unsigned char blind[KEY], derive[KEY]; /* roots of the two families of keyed hashes */
};

static struct span bytes_of(const unsigned char *p, size_t n)
{
	return (struct span){ (const char *)p, n };
}

/* Keys in the file are never used as they are: each use has its own key (RFC 5869). */
static int sub_key(const unsigned char secret[KEY], struct span use, unsigned char ret_key[KEY])
{
	return digest_hkdf(bytes_of(secret, KEY), (struct span){ NULL, 0 }, use, ret_key, KEY);
}

static int read_hex(struct span text, size_t n, unsigned char *ret)
{
	return text.n == 2 * n && encode_hex_decode(text, ret) == 0 ? 0 : FAULT(FAULT_CORRUPT, "seal key file: bad hex");
}

static int read_line(struct span line, struct seal_ring *ring)
{
	unsigned char secret[KEY];
	struct span word = span_cut(&line, ' ');
	int error;

	if (span_is(word, "root")) {
		error = read_hex(line, KEY, secret);
		if (!error)
			error = sub_key(secret, SPAN("yimen blind"), ring->blind);
		if (!error)
			error = sub_key(secret, SPAN("yimen derive"), ring->derive);
	} else if (span_is(word, "key") && ring->n < KEYS_MAX) {
		struct seal_key *key = &ring->keys[ring->n];

		error = read_hex(span_cut(&line, ' '), ID, key->id);
		if (!error && !span_is(span_cut(&line, ' '), CIPHER))
			error = FAULT(FAULT_CORRUPT, "seal key file: unknown algorithm");
		if (!error)
			error = read_hex(line, KEY, secret);
		if (!error)
			error = sub_key(secret, SPAN("yimen seal " CIPHER), key->key);
		if (!error)
			ring->n++;
	} else {
		error = FAULT(FAULT_CORRUPT, "seal key file: unknown line");
	}
	explicit_bzero(secret, sizeof secret);
	return error;
}

int seal_parse(struct span text, struct seal_ring **ret_ring)
{
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	static const unsigned char none[KEY];

	if (!span_is(span_cut(&text, '\n'), HEAD))
		return FAULT(FAULT_CORRUPT, "not a seal key file");
	ring = calloc(1, sizeof *ring);
	if (!ring)
		return FAULT_MEMORY;
	while (text.n)
		TRY(read_line(span_cut(&text, '\n'), ring));
	if (!ring->n || memcmp(ring->blind, none, KEY) == 0)
		return FAULT(FAULT_CORRUPT, "seal key file without root or key");
	*ret_ring = ring;
	ring = NULL;
	return 0;
}

static void add_key_line(struct buf *text)
{
	unsigned char id[ID], secret[KEY];
	char hex[2 * KEY + 1];

	sys_random(id, sizeof id);
	sys_random(secret, sizeof secret);
	encode_hex(hex, bytes_of(id, sizeof id));
	buf_printf(text, "key %s " CIPHER " ", hex);
	encode_hex(hex, bytes_of(secret, sizeof secret));
	buf_printf(text, "%s\n", hex);
	explicit_bzero(secret, sizeof secret);
	explicit_bzero(hex, sizeof hex);
}

static int create(const char *path, struct arena *arena, struct span *ret_text)
{
	struct buf text = buf_new(arena, 512);
	unsigned char root[KEY];
	char hex[2 * KEY + 1];

	sys_random(root, sizeof root);
	encode_hex(hex, bytes_of(root, sizeof root));
	buf_printf(&text, HEAD "\nroot %s\n", hex);
	explicit_bzero(root, sizeof root);
	explicit_bzero(hex, sizeof hex);
	add_key_line(&text);
	TRY(buf_done(&text, ret_text));
	return sys_write_file(path, 0600, *ret_text);
}

static int read_own_file(const char *path, struct arena *arena, struct span *ret_text)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? ERR_ABSENT : FAULT(FAULT_IO, "stat %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077))
		return FAULT(FAULT_CORRUPT, "%s must be a file that only its owner may read (mode 0600)", path);
	int error = sys_read_file(path, FILE_MAX, arena, ret_text);
	return error == ERR_TOO_LARGE ? FAULT(FAULT_CORRUPT, "%s is too large", path) : error;
}

int seal_load(const char *path, struct seal_ring **ret_ring)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(2 * FILE_MAX);
	struct span text;

	if (!arena)
		return FAULT_MEMORY;
	int error = read_own_file(path, arena, &text);
	if (error == ERR_ABSENT)
		error = create(path, arena, &text);
	return error ? error : seal_parse(text, ret_ring);
}

int seal_rotate(const char *path)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 * FILE_MAX);
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	struct span old, fresh;

	if (!arena)
		return FAULT_MEMORY;
	TRY(read_own_file(path, arena, &old));
	TRY(seal_parse(old, &ring)); /* never add to a file that is not ours */
	if (ring->n == KEYS_MAX)
		return ERR_FULL;
	struct buf text = buf_new(arena, old.n + 256);
	buf_add(&text, old);
	add_key_line(&text);
	TRY(buf_done(&text, &fresh));
	return sys_write_file(path, 0600, fresh);
}

void seal_free(struct seal_ring *ring)
{
	if (!ring)
		return;
	explicit_bzero(ring, sizeof *ring);
	free(ring);
}

int seal_bytes(const struct seal_ring *ring, struct span aad, struct span plain, struct arena *arena, struct span *ret_sealed)
{
	const struct seal_key *key = &ring->keys[ring->n - 1];
	EVP_CIPHER_CTX *ctx = crypto_cipher_ctx();
	int n = 0, rest = 0;

	if (plain.n > INT_MAX - SEAL_OVERHEAD || aad.n > INT_MAX)
		return ERR_TOO_LARGE;
	unsigned char *out = arena_alloc(arena, plain.n + SEAL_OVERHEAD);
	if (!ctx || !out)
		return FAULT_MEMORY;
	out[0] = FORMAT_AES256GCM;
	memcpy(out + 1, key->id, ID);
	/* Random nonces: 2^32 messages under one key stay below the bound of SP 800-38D 8.3. */
	sys_random(out + 1 + ID, NONCE);
	/* Format and key id are authenticated too: they stand in front of the caller's data. */
	if (!EVP_EncryptInit_ex2(ctx, crypto_aes256gcm(), key->key, out + 1 + ID, NULL) ||
	    !EVP_EncryptUpdate(ctx, NULL, &n, out, 1 + ID) ||
	    (aad.n && !EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)aad.p, (int)aad.n)) ||
	    (plain.n && !EVP_EncryptUpdate(ctx, out + PREFIX, &n, (const unsigned char *)plain.p, (int)plain.n)) ||
	    !EVP_EncryptFinal_ex(ctx, out + PREFIX + plain.n, &rest) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + PREFIX + plain.n))
		return CRYPTO_FAULT("seal");
	*ret_sealed = bytes_of(out, plain.n + SEAL_OVERHEAD);
	return 0;
}

static const struct seal_key *find(const struct seal_ring *ring, const unsigned char *id)
{
	for (size_t i = ring->n; i-- > 0;)
		if (memcmp(ring->keys[i].id, id, ID) == 0)
			return &ring->keys[i];
	return NULL;
}

int seal_open(const struct seal_ring *ring, struct span aad, struct span sealed, struct arena *arena, struct span *ret_plain)
{
	const unsigned char *in = (const unsigned char *)sealed.p;
	EVP_CIPHER_CTX *ctx = crypto_cipher_ctx();
	const struct seal_key *key;
	unsigned char tag[TAG];
	int n = 0, rest = 0;

	if (sealed.n < SEAL_OVERHEAD || sealed.n > INT_MAX || aad.n > INT_MAX || in[0] != FORMAT_AES256GCM ||
	    !(key = find(ring, in + 1)))
		return FAULT(FAULT_CORRUPT, "sealed bytes of an unknown form or key");
	size_t size = sealed.n - SEAL_OVERHEAD;
	unsigned char *out = arena_alloc(arena, size + 1);
	if (!ctx || !out)
		return FAULT_MEMORY;
	memcpy(tag, in + PREFIX + size, TAG);
	if (!EVP_DecryptInit_ex2(ctx, crypto_aes256gcm(), key->key, in + 1 + ID, NULL) ||
	    !EVP_DecryptUpdate(ctx, NULL, &n, in, 1 + ID) ||
	    (aad.n && !EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)aad.p, (int)aad.n)) ||
	    (size && !EVP_DecryptUpdate(ctx, out, &n, in + PREFIX, (int)size)) ||
		!EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag))
		return CRYPTO_FAULT("unseal");
	if (EVP_DecryptFinal_ex(ctx, out + size, &rest) != 1) {
		explicit_bzero(out, size);
		return FAULT(FAULT_CORRUPT, "sealed bytes were altered or belong elsewhere");
	}
	*ret_plain = bytes_of(out, size);
	return 0;
}

/* Two steps, so that neither a domain nor a value can imitate another: HMAC(HMAC(root, domain), value). */
static int keyed(const unsigned char root[KEY], const char *domain, struct span value, unsigned char ret[KEY])
{
	unsigned char key[KEY];
	int error = digest_hmac(DIGEST_SHA256, bytes_of(root, KEY), key, span_of(domain));

	if (!error)
		error = digest_hmac(DIGEST_SHA256, bytes_of(key, KEY), ret, value);
	explicit_bzero(key, sizeof key);
	return error;
}

int seal_blind(const struct seal_ring *ring, const char *domain, struct span value, unsigned char ret_index[SEAL_BLIND])
{
	unsigned char mac[KEY];

	TRY(keyed(ring->blind, domain, value, mac));
	memcpy(ret_index, mac, SEAL_BLIND);
	return 0;
}

int seal_derive(const struct seal_ring *ring, const char *purpose, struct span input, unsigned char ret_secret[SEAL_DERIVED])
{
	return keyed(ring->derive, purpose, input, ret_secret);
}

static int turn(const struct seal_ring *ring, const char *purpose, struct span scope, struct id in, bool encrypt, struct id *ret_out)
{
	EVP_CIPHER_CTX *ctx = crypto_cipher_ctx();
	unsigned char key[SEAL_DERIVED];
	struct id out;
	int n = 0;

	if (!ctx)
		return FAULT_MEMORY;
	TRY(seal_derive(ring, purpose, scope, key));
	bool good = EVP_CipherInit_ex2(ctx, crypto_aes256ecb(), key, NULL, encrypt, NULL) && EVP_CIPHER_CTX_set_padding(ctx, 0) &&
		    EVP_CipherUpdate(ctx, (unsigned char *)out.b, &n, (const unsigned char *)in.b, sizeof in.b) && n == sizeof in.b;
	explicit_bzero(key, sizeof key);
	if (!good)
		return CRYPTO_FAULT("alias");
	*ret_out = out;
	return 0;
}

int seal_alias(const struct seal_ring *ring, const char *purpose, struct span scope, struct id id, struct id *ret_alias)
{
	return turn(ring, purpose, scope, id, true, ret_alias);
}

int seal_alias_open(const struct seal_ring *ring, const char *purpose, struct span scope, struct id alias, struct id *ret_id)
{
	return turn(ring, purpose, scope, alias, false, ret_id);
}
