/* SPDX-License-Identifier: Apache-2.0 */
/* config_registration - registration, and its terms. */
#pragma once

#include "conf/config_base.h"

enum config_window_mode { CONFIG_WINDOW_CLOSED, CONFIG_WINDOW_DEFER };
struct config_window {
	struct span from, to; /* hours (hours.h), both or neither */
	int mode;             /* enum config_window_mode */
};

enum config_registration_finish { CONFIG_FINISH_AUTO, CONFIG_FINISH_PAGE, CONFIG_FINISH_CONTINUE };
struct config_registration_kind {
	bool open, review, realname;
	int finish;   /* enum config_registration_finish */
	struct config_texts notices, steps;
};

struct config_agreement {
	struct config_text title, text;
	struct span url, version;
};

struct config_registration {
	struct config_registration_kind natural, legal, expert;
	struct config_window window;
	struct config_agreement agreement;
	struct option_list reserved_prefixes;
	int64_t per_address_hour;
};
