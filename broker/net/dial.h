/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial - a TCP connection to a host, under the address guard of net.h and a deadline. For protocols that libcurl does not speak.
 */
#pragma once

#include "conf/address.h"

#include <sys/socket.h>

/* A connected socket that does not block, to an address that the guard has seen. FAULT_TIMEOUT, FAULT_UNREACHABLE. */
MUST_USE int dial_address(const struct sockaddr *address, socklen_t size, int64_t until_ms, int *ret_fd);

/* A connected socket that does not block. Names are resolved first, which takes as long as the system's resolver takes. ERR_ACCESS_DENIED: every
 * address is one that the guard refuses; FAULT_TIMEOUT, FAULT_UNREACHABLE. @host is terminated. */
MUST_USE int dial_tcp(const char *host, uint16_t port, const struct address_blocks *allow, int64_t timeout_ms, int *ret_fd);
