/* SPDX-License-Identifier: Apache-2.0 */
/* config_review - what people decide on, and the staff who decide. */
#pragma once

#include "conf/option.h"

/* What people decide on. In the order of records_review.h's enum task_kind. */
enum config_task { CONFIG_TASK_ACCOUNT, CONFIG_TASK_REALNAME, CONFIG_TASK_UNIT, CONFIG_TASK_MEMBERSHIP, CONFIG_TASK_APPEAL, CONFIG_TASK_LEGACY, CONFIG_TASK_LINK, CONFIG_TASKS };

#define CONFIG_EYES_CONFIG (1u << CONFIG_TASKS) /* of four_eyes: versions of the configuration */

struct config_review {
	int64_t claim;
	int64_t due[CONFIG_TASKS]; /* 0: never */
	uint32_t four_eyes, notify; /* bits 1 << enum config_task; four_eyes also CONFIG_EYES_CONFIG */
};

struct config_staff {
	int64_t factor_tries, factor_window, proof_life, first_password_life;
};
