/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/library.h"

#include "broker/base/error.h"

#include <dlfcn.h>

int library_open(const char *soname, void **ret_library)
{
	void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL); /* lazily, as they are bound when a process starts with them */

	if (!library)
		return FAULT(FAULT_BUG, "%s", dlerror());
	*ret_library = library;
	return 0;
}

int library_find(void *library, const char *name, void *ret_function)
{
	void *function = dlsym(library, name);

	if (!function)
		return FAULT(FAULT_BUG, "%s", dlerror());
	memcpy(ret_function, &function, sizeof function);
	return 0;
}
