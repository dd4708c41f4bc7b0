/* SPDX-License-Identifier: Apache-2.0 */
/* config_provider - upstream providers. */
#pragma once

#include "conf/config_base.h"

struct config;

enum config_legal_state { CONFIG_LEGAL_REGISTERED, CONFIG_LEGAL_NEEDS_SUPPLEMENT, CONFIG_LEGAL_EFFECTIVE };

struct config_provider {
	struct span id;
	struct option_variant_value type;
	struct config_text title;
	bool enabled, create_account;
	bool legal;      /* its legal persons are legal persons here */
	int legal_state; /* enum config_legal_state: of a unit that it brings */
	bool ask_first;  /* a first login asks whether an account is there already */
	int64_t min_level, calls;
	bool trust_real_name, send_logout;
	struct span password_url;
};

struct config_providers {
	const struct config_provider *items;
	size_t n;
};

/* By its id, in O(log n); NULL when there is none. */
const struct config_provider *config_provider(const struct config *config, struct span id);
