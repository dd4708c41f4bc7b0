/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/libcurl.h"

#include <dlfcn.h>
#include <pthread.h>

#define NAME "libcurl.so.4"

static struct libcurl libcurl;
static int result;

static int find(void *library, const char *name, void *ret_function)
{
	void *function = dlsym(library, name);

	if (!function)
		return FAULT(FAULT_BUG, NAME " has no %s", name);
	memcpy(ret_function, &function, sizeof function);
	return 0;
}

static int load(void)
{
	void *library = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return FAULT(FAULT_BUG, "%s", dlerror());
#define FIND(name) TRY(find(library, "curl_" #name, &libcurl.name));
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
