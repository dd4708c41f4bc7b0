/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl - the library, taken into the process when it is wanted and not when the process starts.
 *
 * It brings some twenty others along (LDAP, Kerberos, SSH …), which every start of supervisor, signer, front and subcommand would pay for and
 * keep in memory, and only a front that asks others has a use for.
 */
#pragma once

#include "broker/base/error.h"

#include <curl/curl.h>

#define LIBCURL_FUNCTIONS(X)                                                                                                            \
	X(global_init) X(easy_init) X(easy_reset) X(easy_setopt) X(easy_perform) X(easy_getinfo) X(easy_cleanup) X(easy_strerror) \
	X(slist_append) X(slist_free_all)

#define LIBCURL_MEMBER(name) __typeof__(curl_##name) *name;
struct libcurl {
	LIBCURL_FUNCTIONS(LIBCURL_MEMBER)
};
#undef LIBCURL_MEMBER

/* From any thread; what it returned once it returns always. FAULT_BUG: this machine has no libcurl, or not the one we were compiled for. */
MUST_USE int libcurl_load(const struct libcurl **ret_libcurl);
