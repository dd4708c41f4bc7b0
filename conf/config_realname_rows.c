/* SPDX-License-Identifier: Apache-2.0 */
/* config_realname_rows - the options of complete information and of real-name verification, and the rules between them. */
#include "broker/base/hours.h"
#include "conf/config_rows.h"

static const char *const completion_modes[] = { "off", "optional", "required", NULL };
static const char *const founded[] = { "needs_supplement", "registered", NULL };
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
	ROW(config_completion, OPTION_ENUM, unit_status, .def = "needs_supplement", .values = founded,
	    .doc = "A person who fills in the data of a unit joins it: where the credit code is known, they ask its administrator to be admitted; where it is "
		   "not, the unit is founded and they administer it. With `review` both happen when the review has passed. A founded unit is as good as "
		   "verified (`needs_supplement`), or its real name is still to be verified by an account of its own or the operator (`registered`)."),
	{ 0 },
};

const struct option config_realname_rows[] = {
	{ "verifier", OPTION_VARIANT, offsetof(struct config_realname, verifier), .registry = CONFIG_VERIFIERS,
	  .doc = "Who is asked; its own options stand beside it. Not set: nobody; everybody is reviewed by hand, where `manual` allows it." },
	ROW(config_realname, OPTION_STRING, from, .max = 5,
	    .doc = "The verifier answers from this time of day on, `HH:MM` in China. What comes earlier waits for it (T7). Not set: always."),
	ROW(config_realname, OPTION_STRING, to, .max = 5, .doc = "… and until this time, which is not part of it."),
	ROW(config_realname, OPTION_INT, level, .def = "2", .min = 1, .max = 3,
	    .doc = "Most that a match or an approval is worth: 2 real name, 3 real person. A verifier may say less."),
	ROW(config_realname, OPTION_INT, tries_day, .def = "5", .min = 1, .max = 1000,
	    .doc = "How often one account may have itself verified in a day. Asking costs money and answers questions about others."),
	ROW(config_realname, OPTION_INT, lookups_day, .def = "20", .min = 1, .max = 10000,
	    .doc = "How often one account may have a form filled in from the register by a credit code in a day (J2)."),
	ROW(config_realname, OPTION_DURATION, retry_after, .def = "1m", .min = MS_SECOND, .max = MS_DAY,
	    .doc = "A verifier that did not answer is asked again after this, then after twice as long …"),
	ROW(config_realname, OPTION_DURATION, retry_most, .def = "1h", .min = MS_SECOND, .max = 7 * MS_DAY, .doc = "… but at least this often."),
	ROW(config_realname, OPTION_BOOL, manual, .def = "true",
	    .doc = "Who failed, or has a document that no interface verifies, may hand in documents for review (uploads `realname` and `realname-legal`)."),
	ROW(config_realname, OPTION_BOOL, skip, .def = "true",
	    .doc = "People may go on without (Z10), where the business system lets them."),
	ROW(config_realname, OPTION_BOOL, expire, .def = "false", .doc = "A verification ends with the validity of its document."),
	{ 0 },
};

void config_check_realname(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	const struct config_realname *realname = &config->realname;
	const struct yaml_node *map = yaml_get(root, "realname");
	int minutes;

	if (!map)
		return;
	if (!realname->from.n != !realname->to.n)
		problem_add(problems, yaml_place(map, realname->from.n ? "from" : "to"), "\"realname.from\" and \"realname.to\" belong together");
	if (realname->from.n && !hours_time(realname->from, &minutes))
		problem_add(problems, yaml_place(map, "from"), "\"realname.from\" must be a time of day such as 08:00");
	if (realname->to.n && !hours_time(realname->to, &minutes))
		problem_add(problems, yaml_place(map, "to"), "\"realname.to\" must be a time of day such as 18:00");
	if (realname->retry_after > realname->retry_most)
		problem_add(problems, yaml_place(map, "retry_after"), "\"realname.retry_after\" must not exceed \"realname.retry_most\"");
}
