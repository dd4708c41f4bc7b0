/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part - a file of a multipart body. Its bytes are sealed in a scratch file of the request (keys/sealed_file.h), which goes with the request.
 */
#pragma once

#include "broker/http/request.h"

struct sealed_file;

struct http_part {
	struct span file_name; /* last component, safe to show; empty: no file was chosen */
	struct span type;      /* as claimed: nothing may be decided by it */
	uint64_t size;
	uint64_t offset; /* in @spool, broker/http's own */
	struct sealed_file *spool;
};

/* The files of parameter @name (PARAM_FILE) in order, empty inputs left out; *@ret_parts may be NULL when 0. */
size_t request_files(const struct request *rq, const char *name, const struct http_part **ret_parts);
/* Up to @n bytes from @offset on; *@ret_n is 0 at the end only. */
MUST_USE int http_part_read(const struct http_part *part, uint64_t offset, char *out, size_t n, size_t *ret_n);
