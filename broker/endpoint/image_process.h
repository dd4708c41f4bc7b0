/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_process - has a picture decoded and written anew by a process of its own (broker/media/image.h), which the supervisor starts (helpers.h).
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/http/part.h"
#include "broker/media/media.h"

struct sealed_file;

/* Write what becomes of @part, a picture of @media, to @into. Waits: for one of @running places, and for the process. ERR_FILE_BROKEN: no picture, or the
 * process did not end well; ERR_FILE_SIZE: too many pixels; ERR_BUSY: no place before @deadline. */
MUST_USE int image_process(const struct app *app, unsigned running, struct instant deadline, const struct http_part *part, enum media media,
			   struct sealed_file *into);
