/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch - what every adapter may add to a request that the broker sends for it.
 */
#pragma once

#include "broker/base/base.h"

#define FETCH_HEADERS_MAX 8

struct fetch_header {
	const char *name;
	struct span value;
};
