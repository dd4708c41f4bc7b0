/* SPDX-License-Identifier: Apache-2.0 */
/* config_branding - how the pages name the platform, and whom people may call. */
#pragma once

#include "conf/config_base.h"

struct config_phone {
	struct span number;
	struct config_text label;
};

struct config_phones {
	const struct config_phone *items;
	size_t n;
};

struct config_support {
	struct config_phones phones;
	struct config_text text;
	struct span phone, url;
};

struct config_branding {
	struct config_text name, footer;
	struct span templates_dir;
};
