/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library - shared libraries that a process takes in when it wants them and not when it starts.
 *
 * For those that bring many others along and serve one process of the three: every start would pay for them, and every process keep them.
 */
#pragma once

#include "broker/base/base.h"

/* Take in @soname, for good. FAULT_BUG: this machine does not have it. */
MUST_USE int library_open(const char *soname, void **ret_library);

/* The function @name of @library, stored in the pointer to a function that @ret_function points to. FAULT_BUG: it has none. */
MUST_USE int library_find(void *library, const char *name, void *ret_function);
