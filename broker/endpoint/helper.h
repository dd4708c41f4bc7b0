/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helper - the front's part in work that a process of its own does: the supervisor, who may execute things, is asked for one (broker/helpers.h).
 */
#pragma once

#include "broker/base/error.h"

#define HELPER_IMAGE 'i' /* `yimen image`: decodes one picture, and ends */
#define HELPER_HASH 'h'  /* `yimen hash`: computes password hashes until its socket is closed */

/* Our end of its socket, where reading and writing last @wait_s seconds at most, and one that tells its wait status (int), or ends without one
 * when nothing was started. The caller closes both. FAULT_IO. */
MUST_USE int helper_ask(int helper_fd, char kind, int wait_s, int *ret_data, int *ret_status);
