/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/handle.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/digest.h"

_Static_assert(sizeof(struct handle) == 32, "a handle is its bytes");

int handle_new(const char *purpose, struct id id, struct arena *arena, struct span *ret_text, unsigned char ret_hash[HANDLE_HASH])
{
	struct handle handle = { .id = id };
	unsigned char hash[HANDLE_HASH];

	sys_random(handle.secret, sizeof handle.secret);
	int rc = handle_hash(purpose, &handle, hash);
	if (!rc)
		rc = handle_text(&handle, arena, ret_text);
	if (!rc)
		memcpy(ret_hash, hash, sizeof hash);
	explicit_bzero(&handle, sizeof handle);
	return rc;
}

int handle_text(const struct handle *handle, struct arena *arena, struct span *ret_text)
{
	struct buf buf = buf_new(arena, HANDLE_TEXT + 1);

	encode_base64url(&buf, (struct span){ (const char *)handle, sizeof *handle });
	return buf_done(&buf, ret_text);
}

int handle_hash(const char *purpose, const struct handle *handle, unsigned char ret_hash[HANDLE_HASH])
{
	/* The terminator goes in: no purpose is the beginning of another. */
	return digest_of(DIGEST_SHA256, ret_hash, { purpose, strlen(purpose) + 1 }, { (const char *)handle, sizeof *handle });
}

int handle_parse(struct span text, struct arena *arena, struct handle *ret_handle)
{
	struct span bytes;

	if (text.n != HANDLE_TEXT)
		return ERR_INVALID;
	TRY(encode_base64url_decode(text, arena, &bytes));
	if (bytes.n != sizeof *ret_handle)
		return ERR_INVALID;
	memcpy(ret_handle, bytes.p, sizeof *ret_handle);
	return 0;
}

bool handle_matches(const char *purpose, const struct handle *handle, struct span stored_hash)
{
	unsigned char hash[HANDLE_HASH];

	return !handle_hash(purpose, handle, hash) && secret_eq((struct span){ (const char *)hash, sizeof hash }, stored_hash);
}
