/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/microhttpd.h"

#include "broker/base/library.h"

#include <pthread.h>

struct microhttpd microhttpd;
static int result;

static int load(void)
{
	void *library;

	TRY(library_open("libmicrohttpd.so.12", &library));
#define FIND(name) TRY(library_find(library, "MHD_" #name, &microhttpd.name));
	MICROHTTPD_FUNCTIONS(FIND)
#undef FIND
	return 0;
}

static void load_once(void)
{
	result = load();
}

int microhttpd_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_once);
	return result;
}
