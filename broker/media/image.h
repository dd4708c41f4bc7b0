/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image - pictures decoded and written anew, so that what is kept was made by us. Runs in a process of its own: `yimen image`, one a picture,
 * which can read its one socket, write to it, use some memory and a few seconds, and nothing else (keys/sandbox.h).
 *
 * Over the socket: struct image_request, then the picture; the writing side is shut. Back: struct image_reply, then the new picture. Only with exit
 * status 0 is any of it believed. Same machine, same binary: structs as they are.
 */
#pragma once

#include "broker/base/error.h"
#include "broker/media/media.h"

#define IMAGE_SIDE_MAX 16384
#define IMAGE_PIXELS_MAX (UINT64_C(64) * 1024 * 1024)
#define IMAGE_OUT_MAX ((size_t)64 * 1024 * 1024)

struct image_request {
	uint32_t media; /* MEDIA_PNG or MEDIA_JPEG */
	uint32_t size;
};

struct image_reply {
	uint32_t error; /* 0, or ERR_FILE_BROKEN, ERR_FILE_SIZE: more pixels than we decode */
	uint32_t width, height;
	uint32_t size;
};

struct image_limits {
	uint32_t side;
	uint64_t pixels;
	size_t out;
};

/* The result, from malloc. */
struct image {
	unsigned char *bytes;
	size_t n;
	uint32_t width, height;
};

/* ERR_FILE_BROKEN, ERR_FILE_SIZE; FAULT_MEMORY. Nothing of @in survives but the pixels, and of a JPEG which way is up. */
MUST_USE int image_png(struct span in, const struct image_limits *limits, struct image *ret_image);
MUST_USE int image_jpeg(struct span in, const struct image_limits *limits, struct image *ret_image);

/* The process, with its socket at @fd. Returns the exit code. */
int image_main(int fd);
