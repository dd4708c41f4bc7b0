/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed_file - bytes of any length at rest: sealed in chunks under a key of their own, read from any place, never half believed.
 *
 * Each chunk is AES-256-GCM under its number and whether it is the last, so that chunks cannot be moved, left out or cut off (the STREAM
 * construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). The file's key stands sealed at its head (seal.h), bound to what the caller
 * says the file is. A scratch file has no head: its key is in this process only. One thread at a time works on one. NIST SP 800-38D
 */
#pragma once

#include "keys/seal.h"

#define SEALED_FILE_CHUNK ((size_t)32 * 1024)

struct sealed_file;

/* For bytes that nobody needs after this process: up to a chunk in memory, more in a file without a name in @dir (kept, borrowed). */
MUST_USE int sealed_file_scratch(const char *dir, struct sealed_file **ret_file);
/* Write to the empty file behind @fd, which it takes over, also on failure. @aad: what it is (a record's id). */
MUST_USE int sealed_file_create(const struct seal_ring *ring, struct span aad, int fd, struct sealed_file **ret_file);
/* Read what was finished. FAULT_CORRUPT when the head was altered, belongs elsewhere or its key is gone. Takes over @fd, also on failure. */
MUST_USE int sealed_file_open(const struct seal_ring *ring, struct span aad, int fd, struct sealed_file **ret_file);
/* Closes, and wipes the key. */
void sealed_file_free(struct sealed_file *file);
DEFINE_CLEANUP(struct sealed_file, sealed_file_cleanup, sealed_file_free)

/* Append. FAULT_IO. A scratch file can be written and read in turn. */
MUST_USE int sealed_file_write(struct sealed_file *file, struct span bytes);
/* The last chunk is written and everything is on disk. @ret_sha256: of what was written, 32 bytes; may be NULL. */
MUST_USE int sealed_file_finish(struct sealed_file *file, unsigned char *ret_sha256);
/* Of what was written. */
uint64_t sealed_file_size(const struct sealed_file *file);
/* Up to @n bytes from @offset on, at least one unless it is the end. FAULT_CORRUPT when the chunk was altered or the file cut off. */
MUST_USE int sealed_file_read(struct sealed_file *file, uint64_t offset, char *out, size_t n, size_t *ret_n);
