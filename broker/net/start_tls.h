/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start_tls - the one question that is asked of a directory in the clear: whether TLS may begin. RFC 4511 4.14
 *
 * It is asked here and not by libcurl: that of Debian 12 (7.88) asks, takes the yes, and binds in the clear all the same. Nothing is read past the answer,
 * so that what somebody on the way adds to it becomes a part of the TLS handshake, which it breaks.
 */
#pragma once

#include "broker/base/base.h"

#define START_TLS_MAX 1024 /* bytes of an answer */

/* Ask over the connected socket @fd, which does not block. 0: the next byte is TLS's. FAULT_TIMEOUT, FAULT_UNREACHABLE (also when the answer is no). */
MUST_USE int start_tls_ask(int fd, int64_t until_ms);

/* How long the message is that begins with @bytes, as far as they say: when there are so many, ask again. ERR_MALFORMED */
MUST_USE int start_tls_length(struct span bytes, size_t *ret_n);
/* Is the whole message @bytes a yes? ERR_MALFORMED, ERR_ACCESS_DENIED */
MUST_USE int start_tls_read(struct span bytes);
