/* SPDX-License-Identifier: Apache-2.0 */
/* config_realname_rows - the options of complete information and of real-name verification. */
#include "conf/config_rows.h"

static const char *const completion_modes[] = { "off", "optional", "required", NULL };
static const char *const profiles[] = { "individual", "unit", "expert", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }

const struct option config_completion_rows[] = {
	ROW(config_completion, OPTION_ENUM, mode, .def = "off", .values = completion_modes,
	    .doc = "`required`: a natural person's first login leads to the page where they say what they are; later ones skip it. `optional`: the page is "
		   "there, and clients may demand it (`require.complete`)."),
	ROW(config_completion, OPTION_SET, profiles, .def = "individual, unit, expert", .values = profiles, .min = 1, .max = 3,
	    .doc = "What a person may say they are: exactly one of these."),
	ROW(config_completion, OPTION_BOOL, review, .def = "false",
	    .doc = "What was filled in waits for an administrator's review; until then the account is `pending_review`."),
	{ 0 },
};
