/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/libcurl.h"

#include "broker/base/library.h"

#include <pthread.h>

static struct libcurl libcurl;
static int result;

static int load(void)
{
	void *library;

	TRY(library_open("libcurl.so.4", &library));
#define FIND(name) TRY(library_find(library, "curl_" #name, &libcurl.name));
	LIBCURL_FUNCTIONS(FIND)
#undef FIND
	return libcurl.global_init(CURL_GLOBAL_DEFAULT) ? FAULT(FAULT_BUG, "libcurl does not start") : 0;
}

static void load_once(void)
{
	result = load();
}

int libcurl_load(const struct libcurl **ret_libcurl)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_once);
	if (!result)
		*ret_libcurl = &libcurl;
	return result;
}
