/* SPDX-License-Identifier: Apache-2.0 */
/* config_recovery_rows - "recovery": how people get back into an account whose password they lost (M7-M10, T3). */
#include "conf/config_recovery.h"
#include "conf/config_rows.h"

static const char *const methods[] = { "login_name", "phone", "appeal", NULL };
static const char *const kinds[] = { "natural", "legal", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }

static const struct option appeal_rows[] = {
	ROW(config_appeal, OPTION_SET, kinds, .def = "natural, legal", .values = kinds, .max = 2,
	    .doc = "Who may appeal. Forms `appeal-natural` and `appeal-legal`, uploads of the same names."),
	ROW(config_appeal, OPTION_DURATION, link_life, .def = "1d", .min = MS_MINUTE, .max = 30 * MS_DAY,
	    .doc = "How long the link works that an approved appeal sends to the contact's phone; it works once."),
	ROW(config_appeal, OPTION_INT, per_phone_day, .def = "3", .min = 1, .max = 1000000, .doc = "Appeals that one contact phone may submit in a day."),
	ROW(config_appeal, OPTION_INT, per_address_day, .def = "50", .min = 1, .max = 1000000, .doc = "Appeals that one address may submit in a day."),
	{ 0 },
};

const struct option config_recovery_rows[] = {
	ROW(config_recovery, OPTION_SET, methods, .def = "login_name, phone, appeal", .values = methods, .max = 3,
	    .doc = "Ways back in: `login_name` and the phone behind it, `phone` alone (of units also name and credit code), `appeal` with documents that a "
		   "reviewer looks at."),
	ROW(config_recovery, OPTION_STRING, home, .max = 2048,
	    .doc = "Where the person goes with the new password who did not come from a business system, an http or https URL; not set: the login page."),
	ROW(config_recovery, OPTION_INT, per_name_hour, .def = "20", .min = 1, .max = 1000000,
	    .doc = "Steps of a recovery for one name from one address in an hour. Others, elsewhere, are not locked out by them."),
	ROW(config_recovery, OPTION_INT, per_address_hour, .def = "120", .min = 1, .max = 1000000, .doc = "Steps of recoveries from one address in an hour."),
	{ "appeal", OPTION_GROUP, offsetof(struct config_recovery, appeal), .sub = appeal_rows, .doc = "Appeals (M8, M10)." },
	{ 0 },
};
