/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry - when the certificates end that the configuration in force names, and telling somebody in time.
 */
#pragma once

#include "broker/endpoint/app.h"

#define EXPIRY_SOON (30 * MS_DAY) /* what ends within this is told */
#define EXPIRY_MAX 64             /* certificates of one list: those that end first */

struct expiry_item {
	const char *option; /* the path of the option that holds or names it: "providers.alipay.app_cert" */
	struct span name;   /* whose it is; may be empty */
	struct instant until;
};

struct expiry {
	struct arena *arena; /* its own */
	struct expiry_item items[EXPIRY_MAX];
	size_t n; /* what ends first stands first */
};

/* Those of @config and of the files that it names, as they are now. What cannot be read is said in the log and left out. FAULT_MEMORY. */
MUST_USE int expiry_new(const struct config *config, struct expiry **ret_expiry);
void expiry_free(struct expiry *expiry);
DEFINE_CLEANUP(struct expiry, expiry_cleanup, expiry_free)

/* Days until @until, rounded down; negative: it has ended. */
int64_t expiry_days(struct instant until, struct instant now);

/* Log and event (certificate.alarm) for each that ends soon or has ended, once a day each, over restarts too. */
MUST_USE int expiry_tell(struct app *app, struct instant now);

/* For /metrics: a line for each option, of what ends first there. */
void expiry_print(const struct expiry *expiry, const char *metric, struct instant now, struct buf *out);
