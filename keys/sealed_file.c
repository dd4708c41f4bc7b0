/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/sealed_file.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/crypto.h"
#include "keys/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* At the head: "YMF1", then the key as seal_bytes seals it. Then chunks, each with its tag; all but the last are full. */
#define MAGIC "YMF1"
#define KEY 32
#define TAG 16
#define HEAD (sizeof MAGIC - 1 + KEY + SEAL_OVERHEAD)
#define STRIDE (SEALED_FILE_CHUNK + TAG)
#define NO_CHUNK UINT64_MAX

struct sealed_file {
	int fd; /* -1: a scratch file that is small enough */
	const char *dir;
	unsigned char key[KEY];
	size_t head;
	EVP_MD_CTX *hash;  /* of what is written; NULL: nobody asks */
	uint64_t flushed;  /* chunks on disk */
	size_t open_n;     /* bytes of the chunk that is being written */
	bool is_finished;
	uint64_t size;     /* of a finished file */
	uint64_t cached;   /* number of the chunk in plain[1], NO_CHUNK: none */
	size_t cached_n;
	unsigned char plain[2][SEALED_FILE_CHUNK]; /* being written; read last */
	unsigned char sealed[STRIDE];
};

static void nonce_of(uint64_t number, bool is_last, unsigned char nonce[12])
{
	memset(nonce, 0, 12);
	for (int i = 0; i < 8; i++)
		nonce[3 + i] = (unsigned char)(number >> (56 - 8 * i));
	nonce[11] = is_last;
}

static int seal_chunk(struct sealed_file *file, bool is_last)
{
	EVP_CIPHER_CTX *ctx = crypto_cipher_ctx();
	unsigned char nonce[12];
	int n = 0, rest = 0;

	nonce_of(file->flushed, is_last, nonce);
	if (!ctx)
		return FAULT_MEMORY;
	if (!EVP_EncryptInit_ex2(ctx, crypto_aes256gcm(), file->key, nonce, NULL) ||
	    (file->open_n && !EVP_EncryptUpdate(ctx, file->sealed, &n, file->plain[0], (int)file->open_n)) ||
	    !EVP_EncryptFinal_ex(ctx, file->sealed + file->open_n, &rest) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, file->sealed + file->open_n))
		return CRYPTO_FAULT("seal a file");
	return 0;
}

static int write_at(int fd, const unsigned char *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t put = pwrite(fd, p, n, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return FAULT(FAULT_IO, "write a sealed file: %s", strerror(errno));
		p += put, n -= (size_t)put, at += (uint64_t)put;
	}
	return 0;
}

static int read_at(int fd, unsigned char *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t got = pread(fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FAULT(FAULT_IO, "read a sealed file: %s", strerror(errno));
		if (got == 0)
			return FAULT(FAULT_CORRUPT, "a sealed file is cut off");
		p += got, n -= (size_t)got, at += (uint64_t)got;
	}
	return 0;
}

static int flush(struct sealed_file *file, bool is_last)
{
	if (file->fd < 0) { /* never a name: nothing is left behind, whatever happens */
		file->fd = open(file->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (file->fd < 0)
			return FAULT(FAULT_IO, "scratch file in %s: %s", file->dir, strerror(errno));
	}
	TRY(seal_chunk(file, is_last));
	TRY(write_at(file->fd, file->sealed, file->open_n + TAG, file->head + file->flushed * STRIDE));
	file->flushed++;
	file->open_n = 0;
	return 0;
}

static struct sealed_file *new_file(int fd)
{
	struct sealed_file *file = malloc(sizeof *file); /* not wiped: 96 KiB of buffers */

	if (!file) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	memset(file, 0, offsetof(struct sealed_file, plain));
	file->fd = fd;
	file->cached = NO_CHUNK;
	return file;
}

int sealed_file_scratch(const char *dir, struct sealed_file **ret_file)
{
	struct sealed_file *file = new_file(-1);

	if (!file)
		return FAULT_MEMORY;
	file->dir = dir;
	sys_random(file->key, KEY);
	*ret_file = file;
	return 0;
}

int sealed_file_create(const struct seal_ring *ring, struct span aad, int fd, struct sealed_file **ret_file)
{
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = new_file(fd);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1024);
	unsigned char head[HEAD];
	struct span sealed;

	if (!file || !arena)
		return FAULT_MEMORY;
	sys_random(file->key, KEY);
	TRY(crypto_init());
	file->hash = EVP_MD_CTX_new();
	if (!file->hash)
		return FAULT_MEMORY;
	if (!EVP_DigestInit_ex(file->hash, crypto_md(DIGEST_SHA256), NULL))
		return CRYPTO_FAULT("hash a file");
	TRY(seal_bytes(ring, aad, (struct span){ (const char *)file->key, KEY }, arena, &sealed));
	memcpy(head, MAGIC, sizeof MAGIC - 1);
	memcpy(head + sizeof MAGIC - 1, sealed.p, sealed.n);
	TRY(write_at(fd, head, sizeof head, 0));
	file->head = HEAD;
	*ret_file = file;
	file = NULL;
	return 0;
}

int sealed_file_open(const struct seal_ring *ring, struct span aad, int fd, struct sealed_file **ret_file)
{
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = new_file(fd);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1024);
	unsigned char head[HEAD];
	struct span key;
	struct stat st;

	if (!file || !arena)
		return FAULT_MEMORY;
	if (fstat(fd, &st) < 0)
		return FAULT(FAULT_IO, "sealed file: %s", strerror(errno));
	TRY(read_at(fd, head, sizeof head, 0));
	if (memcmp(head, MAGIC, sizeof MAGIC - 1) != 0 || (uint64_t)st.st_size < HEAD + TAG)
		return FAULT(FAULT_CORRUPT, "not a sealed file");
	TRY(seal_open(ring, aad, (struct span){ (const char *)head + sizeof MAGIC - 1, HEAD - sizeof MAGIC + 1 }, arena, &key));
	if (key.n != KEY)
		return FAULT(FAULT_CORRUPT, "not a sealed file");
	memcpy(file->key, key.p, KEY);
	uint64_t body = (uint64_t)st.st_size - HEAD;
	file->head = HEAD;
	file->flushed = (body + STRIDE - 1) / STRIDE;
	if (body - (file->flushed - 1) * STRIDE < TAG)
		return FAULT(FAULT_CORRUPT, "a sealed file is cut off");
	file->size = body - file->flushed * TAG;
	file->is_finished = true;
	*ret_file = file;
	file = NULL;
	return 0;
}

void sealed_file_free(struct sealed_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	EVP_MD_CTX_free(file->hash);
	explicit_bzero(file, sizeof *file);
	free(file);
}

int sealed_file_write(struct sealed_file *file, struct span bytes)
{
	if (file->is_finished)
		return FAULT(FAULT_BUG, "a finished file is not written to");
	if (file->hash && !EVP_DigestUpdate(file->hash, bytes.p, bytes.n))
		return CRYPTO_FAULT("hash a file");
	while (bytes.n) {
		size_t room = SEALED_FILE_CHUNK - file->open_n, n = bytes.n < room ? bytes.n : room;

		if (!room) { /* not before there is more: the last chunk is marked */
			TRY(flush(file, false));
			continue;
		}
		memcpy(file->plain[0] + file->open_n, bytes.p, n);
		file->open_n += n;
		bytes = (struct span){ bytes.p + n, bytes.n - n };
	}
	return 0;
}

int sealed_file_finish(struct sealed_file *file, unsigned char *ret_sha256)
{
	uint64_t size = sealed_file_size(file);

	if (ret_sha256 && (!file->hash || !EVP_DigestFinal_ex(file->hash, ret_sha256, NULL)))
		return CRYPTO_FAULT("hash a file");
	TRY(flush(file, true));
	file->size = size;
	file->is_finished = true;
	return fsync(file->fd) < 0 ? FAULT(FAULT_IO, "sync a sealed file: %s", strerror(errno)) : 0;
}

uint64_t sealed_file_size(const struct sealed_file *file)
{
	return file->is_finished ? file->size : file->flushed * SEALED_FILE_CHUNK + file->open_n;
}

static int load_chunk(struct sealed_file *file, uint64_t number)
{
	bool is_last = file->is_finished && number == file->flushed - 1;
	size_t n = is_last ? (size_t)(file->size - number * SEALED_FILE_CHUNK) : SEALED_FILE_CHUNK;
	EVP_CIPHER_CTX *ctx = crypto_cipher_ctx();
	unsigned char nonce[12];
	int got = 0, rest = 0;

	file->cached = NO_CHUNK;
	TRY(read_at(file->fd, file->sealed, n + TAG, file->head + number * STRIDE));
	nonce_of(number, is_last, nonce);
	if (!ctx)
		return FAULT_MEMORY;
	if (!EVP_DecryptInit_ex2(ctx, crypto_aes256gcm(), file->key, nonce, NULL) ||
	    (n && !EVP_DecryptUpdate(ctx, file->plain[1], &got, file->sealed, (int)n)) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, file->sealed + n))
		return CRYPTO_FAULT("open a file");
	if (EVP_DecryptFinal_ex(ctx, file->plain[1] + n, &rest) != 1)
		return FAULT(FAULT_CORRUPT, "a sealed file was altered or cut off");
	file->cached = number;
	file->cached_n = n;
	return 0;
}

int sealed_file_read(struct sealed_file *file, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	uint64_t number = offset / SEALED_FILE_CHUNK;
	size_t within = (size_t)(offset % SEALED_FILE_CHUNK), there;
	const unsigned char *plain = file->plain[1];

	if (offset >= sealed_file_size(file)) {
		if (file->is_finished && file->size == 0)
			TRY(load_chunk(file, 0)); /* an empty file is only believed when it says so itself */
		*ret_n = 0;
		return 0;
	}
	if (number == file->flushed) { /* not on disk yet */
		plain = file->plain[0];
		there = file->open_n;
	} else {
		if (file->cached != number)
			TRY(load_chunk(file, number));
		there = file->cached_n;
	}
	*ret_n = there - within < n ? there - within : n;
	memcpy(out, plain + within, *ret_n);
	return 0;
}
