/* SPDX-License-Identifier: Apache-2.0 */
/* config_realname_rows - the options of complete information and of real-name verification, and the rules between them. */
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "conf/config.h"
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

static const struct option verifier_rows[] = {
	ROW(config_verifier, OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Names it in figures and logs: lower-case letters, digits, `-`."),
	{ "verifier", OPTION_VARIANT, offsetof(struct config_verifier, verifier), .flags = OPTION_REQUIRED, .registry = CONFIG_VERIFIERS,
	  .doc = "Who is asked; its own options stand beside it." },
	ROW(config_verifier, OPTION_BOOL, enabled, .def = "true", .doc = "false: it is not asked."),
	ROW(config_verifier, OPTION_STRING, from, .max = 5, .doc = "It answers from this time of day on, `HH:MM` in China (T7). Not set: always."),
	ROW(config_verifier, OPTION_STRING, to, .max = 5, .doc = "… and until this time, which is not part of it."),
	ROW(config_verifier, OPTION_INT, per_day, .max = 100000000, .doc = "Most questions to it in a day; then the next one is asked. 0: unlimited."),
	ROW(config_verifier, OPTION_INT, level, .max = 3, .doc = "Most that its match is worth; 0: as `realname.level`."),
	ROW(config_verifier, OPTION_DURATION, remember, .def = "0", .max = 366 * MS_DAY,
	    .doc = "For so long it is remembered (as a keyed hash) that a claim matched, and the very same claim costs no second question. Mismatches are never "
		   "remembered. 0: not at all."),
	{ 0 },
};

static const struct option breaker_rows[] = {
	ROW(config_breaker, OPTION_INT, failures, .def = "5", .min = 1, .max = 1000, .doc = "After so many failures in a row nobody waits for a verifier any more."),
	ROW(config_breaker, OPTION_DURATION, pause, .def = "30s", .min = 100, .max = MS_HOUR, .doc = "After this one question tries it again; when that fails, after twice as long …"),
	ROW(config_breaker, OPTION_DURATION, pause_most, .def = "5m", .min = 100, .max = MS_DAY, .doc = "… but at least this often."),
	{ 0 },
};

const struct option config_realname_rows[] = {
	{ "verifier", OPTION_VARIANT, offsetof(struct config_realname, verifier), .registry = CONFIG_VERIFIERS,
	  .doc = "Who is asked; its own options stand beside it. Not set, and no `verifiers`: nobody; everybody is reviewed by hand, where `manual` allows it." },
	{ "verifiers", OPTION_OBJECTS, offsetof(struct config_realname, verifiers), .sub = verifier_rows, .size = sizeof(struct config_verifier),
	  .doc = "Several instead of one, in their order: the next is asked when one cannot be reached, is closed or used up, or does not know; what one denies is final." },
	{ "breaker", OPTION_GROUP, offsetof(struct config_realname, breaker), .sub = breaker_rows, .doc = "When a verifier that fails is left alone." },
	ROW(config_realname, OPTION_STRING, from, .max = 5,
	    .doc = "Verifiers are asked from this time of day on, `HH:MM` in China. What comes earlier waits for it (T7). Not set: always."),
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

/* One verifier is a list of one. Its hours stay those of `realname`. */
int config_resolve_realname(struct config_realname *realname, struct arena *arena)
{
	if (!realname->verifier.variant || realname->verifiers.n)
		return 0;
	struct config_verifier *verifier = arena_new_of(arena, struct config_verifier);
	if (!verifier)
		return FAULT_MEMORY;
	*verifier = (struct config_verifier){ .id = SPAN("default"), .verifier = realname->verifier, .enabled = true };
	realname->verifiers.items = verifier;
	realname->verifiers.n = 1;
	return 0;
}

static void check_hours(struct span from, struct span to, const char *name, const struct yaml_node *map, struct problems *problems)
{
	int minutes;

	if (!from.n != !to.n)
		problem_add(problems, yaml_place(map, from.n ? "from" : "to"), "\"%s.from\" and \"%s.to\" belong together", name, name);
	if (from.n && !hours_time(from, &minutes))
		problem_add(problems, yaml_place(map, "from"), "\"%s.from\" must be a time of day such as 08:00", name);
	if (to.n && !hours_time(to, &minutes))
		problem_add(problems, yaml_place(map, "to"), "\"%s.to\" must be a time of day such as 18:00", name);
}

static void check_verifier(const struct config_verifier *verifier, const struct yaml_node *map, struct problems *problems)
{
	check_hours(verifier->from, verifier->to, "realname.verifiers", map, problems);
	for (size_t i = 0; i < verifier->id.n; i++)
		if (!((verifier->id.p[i] >= 'a' && verifier->id.p[i] <= 'z') || (verifier->id.p[i] >= '0' && verifier->id.p[i] <= '9') || verifier->id.p[i] == '-')) {
			problem_add(problems, yaml_place(map, "id"), "\"id\" of a verifier is made of lower-case letters, digits and \"-\"");
			break;
		}
}

void config_check_realname(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	const struct config_realname *realname = &config->realname;
	const struct yaml_node *map = yaml_get(root, "realname"), *list = map ? yaml_get(map, "verifiers") : NULL;
	const struct yaml_node *item = list ? list->first : NULL;

	if (!map)
		return;
	check_hours(realname->from, realname->to, "realname", map, problems);
	if (list && !list->is_empty && yaml_get(map, "verifier"))
		problem_add(problems, yaml_place(map, "verifier"), "\"realname.verifier\" and \"realname.verifiers\" exclude each other: make the verifier one of the list");
	for (size_t i = 0; item && i < realname->verifiers.n; i++, item = item->next)
		if (item->type == YAML_MAP)
			check_verifier(&realname->verifiers.items[i], item, problems);
	if (realname->retry_after > realname->retry_most)
		problem_add(problems, yaml_place(map, "retry_after"), "\"realname.retry_after\" must not exceed \"realname.retry_most\"");
	if (realname->breaker.pause > realname->breaker.pause_most)
		problem_add(problems, map->place, "\"realname.breaker.pause\" must not exceed \"realname.breaker.pause_most\"");
}
