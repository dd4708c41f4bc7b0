/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticker - a background thread that does something again and again, and ends when told.
 */
#pragma once

#include "broker/base/base.h"

struct ticker;
typedef void ticker_fn(struct ticker *ticker, void *arg);

/* Call @fn at once and then @every_ms after its end. @name: at most 15 characters, for tools that show threads. */
MUST_USE int ticker_start(const char *name, int64_t every_ms, ticker_fn *fn, void *arg, struct ticker **ret_ticker);
/* For loops inside @fn. */
bool ticker_is_stopping(struct ticker *ticker);
/* Waits for what runs. NULL is fine. */
void ticker_stop(struct ticker *ticker);
