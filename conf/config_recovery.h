/* SPDX-License-Identifier: Apache-2.0 */
/* config_recovery - recovery and appeals. */
#pragma once

#include "conf/option.h"

/* M7-M10, T3 */
enum config_recovery_method { CONFIG_RECOVERY_LOGIN_NAME, CONFIG_RECOVERY_PHONE, CONFIG_RECOVERY_APPEAL };
enum config_appeal_kind { CONFIG_APPEAL_NATURAL, CONFIG_APPEAL_LEGAL };
struct config_appeal {
	uint32_t kinds; /* bits 1 << enum config_appeal_kind */
	int64_t link_life, per_phone_day, per_address_day;
};

struct config_recovery {
	uint32_t methods; /* bits 1 << enum config_recovery_method */
	struct span home;
	int64_t per_name_hour, per_address_hour;
	struct config_appeal appeal;
};
