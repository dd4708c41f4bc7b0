/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_logout - what the dashboard says of ended sessions that upstreams and clients were to be told of, and were not.
 */
#pragma once

#include "broker/endpoint/console.h"

/* The newest ones, by what became of them: "untold" of console->data. @scratch: of what is read in the store. */
MUST_USE int console_logout_add(struct console *console, struct arena *scratch);
