/* SPDX-License-Identifier: Apache-2.0 */
/* config_unit - units, departments, members, subsystems. */
#pragma once

#include "conf/config_base.h"

struct config;

enum config_unit_type { CONFIG_UNIT_ENTERPRISE, CONFIG_UNIT_INSTITUTION, CONFIG_UNIT_SOCIAL };
enum config_unit_status { CONFIG_UNIT_PENDING, CONFIG_UNIT_EFFECTIVE, CONFIG_UNIT_SUSPENDED };

struct config_unit {
	struct span uscc, name;
	int type;   /* enum config_unit_type */
	int status; /* enum config_unit_status */
	struct span region, dept;
};

struct config_units {
	const struct config_unit *items;
	size_t n;
};

struct config_department {
	struct span id;
	struct config_text name;
	struct span parent, region;
	bool chosen;
};

struct config_departments {
	const struct config_department *items;
	size_t n;
};

enum config_admission { CONFIG_ADMISSION_DEPARTMENT, CONFIG_ADMISSION_AUTOMATIC };
enum config_unit_search { CONFIG_UNIT_SEARCH_FULL, CONFIG_UNIT_SEARCH_PARTIAL };

struct config_unit_rules {
	int admission; /* enum config_admission */
	bool supplement, in_force_during_review;
	int search; /* enum config_unit_search */
	int64_t search_min, search_max;
};

enum config_membership_mode { CONFIG_MEMBERSHIP_APPROVE, CONFIG_MEMBERSHIP_GRANT };

struct config_membership {
	int mode; /* enum config_membership_mode */
	bool several;
};

struct config_subsystem {
	struct span id;
	struct config_text name;
};

struct config_subsystems {
	const struct config_subsystem *items;
	size_t n;
};

/* By its credit code, in O(log n); NULL when there is none. */
const struct config_unit *config_unit(const struct config *config, struct span uscc);
/* NULL when there is none. */
const struct config_department *config_department(const struct config_departments *departments, struct span id);
const struct config_subsystem *config_subsystem(const struct config *config, struct span id);
/* Is department @dept the same as @above, or somewhere below it? */
bool config_is_below(const struct config_departments *departments, struct span dept, struct span above);
