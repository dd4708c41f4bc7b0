/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart - reads multipart/form-data as it comes, in pieces of any size, and hands on parts. Pure: it keeps nothing but the head of one part.
 *
 * Stricter than the letter of RFC 2046, since two readers of one body must not see two things (ASVS 1.5.3): no preamble, no epilogue, no padding
 * behind delimiters, no nested multiparts, no transfer encodings, no file names in parameters of their own encoding (RFC 7578 4.2), nothing
 * named twice in one head. This is what browsers send. RFC 7578, RFC 2046 5.1, RFC 2183
 */
#pragma once

#include "broker/base/error.h"

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */
#define MULTIPART_HEAD_MAX 2048   /* of one part */
#define MULTIPART_HEADERS_MAX 8
#define MULTIPART_NAME_MAX 64
#define MULTIPART_FILE_NAME_MAX 255
#define MULTIPART_PARTS_MAX 128

/* The head of a part. Spans live until the part's head callback returns. */
struct multipart_head {
	struct span name;
	struct span file_name; /* NULL pointer: a text field. Last component only; empty: no file was chosen */
	struct span type;      /* as claimed; nothing is decided by it */
};

/* Called in order: begin, data (any number of times), end. What one returns ends the reading. */
struct multipart_sink {
	int (*begin)(void *arg, const struct multipart_head *head);
	int (*data)(void *arg, struct span bytes);
	int (*end)(void *arg);
	void *arg;
};

struct multipart {
	struct multipart_sink sink;
	char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
	size_t delimiter_n, matched;
	int state;
	char head[MULTIPART_HEAD_MAX];
	size_t head_n;
	unsigned parts;
};

/* @content_type: the header's value. ERR_MEDIA_TYPE when it is no multipart/form-data, ERR_MALFORMED for a boundary that RFC 2046 does not allow. */
MUST_USE int multipart_init(struct multipart *multipart, struct span content_type, const struct multipart_sink *sink);
/* The next bytes. ERR_MALFORMED, ERR_TOO_LARGE for too long a head or too many parts, or what the sink returned; then it is over. */
MUST_USE int multipart_feed(struct multipart *multipart, struct span bytes);
/* There will be no more bytes. ERR_MALFORMED when the last delimiter has not been seen. */
MUST_USE int multipart_finish(const struct multipart *multipart);

/* A file name as it may be stored and shown: the last component of @text (after / and \), no control characters and none that turn the
 * direction of writing, at most MULTIPART_FILE_NAME_MAX bytes. Writes to @out. ERR_MALFORMED for what is no UTF-8. */
MUST_USE int multipart_file_name(struct span text, char out[MULTIPART_FILE_NAME_MAX + 1], struct span *ret_name);
