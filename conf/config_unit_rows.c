/* SPDX-License-Identifier: Apache-2.0 */
/* config_unit_rows - the options of departments, of how units and their members are admitted, and of subsystems; the tree of departments. */
#include "conf/config.h"
#include "conf/config_rows.h"

static const char *const admissions[] = { "department", "automatic", NULL };
static const char *const searches[] = { "full", "partial", NULL };
static const char *const modes[] = { "approve", "grant", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
#define TEXT(owner, name, text) { #name, OPTION_GROUP, offsetof(struct owner, name), .sub = config_text_rows, .doc = text }

const struct option config_department_rows[] = {
	ROW(config_department, OPTION_STRING, id, .min = 1, .max = 64, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Stands in records and claims (`dept_id`): lower-case letters, digits, `-`, `_`. Never change it."),
	TEXT(config_department, name, "As people choose it: 局级（区县）主管部门."),
	ROW(config_department, OPTION_STRING, parent, .max = 64, .doc = "Id of the department above it; not set: at the top."),
	ROW(config_department, OPTION_STRING, region, .max = 12, .doc = "Region code (GB/T 2260): a unit that chooses it is taken to be there."),
	ROW(config_department, OPTION_BOOL, chosen, .def = "true", .doc = "May units choose it? `false`: it only stands above others."),
	{ 0 },
};

const struct option config_unit_rule_rows[] = {
	ROW(config_unit_rules, OPTION_ENUM, admission, .def = "department", .values = admissions,
	    .doc = "Who makes a unit effective when it has submitted its information: the supervising department that it chose (without `departments`: a "
		   "reviewer of the platform), or nobody."),
	ROW(config_unit_rules, OPTION_BOOL, supplement, .def = "true",
	    .doc = "Must a unit fill in the form `unit-supplement` when its real name is verified? `false`, with `admission: automatic`: it is effective at "
		   "once, and may change its information later."),
	ROW(config_unit_rules, OPTION_BOOL, in_force_during_review, .def = "true",
	    .doc = "An effective unit changes its name, credit code or department: until that is decided it stays usable with what was accepted before. "
		   "`false`: it waits as a new one does."),
	ROW(config_unit_rules, OPTION_ENUM, search, .def = "full", .values = searches,
	    .doc = "How people find the unit that they belong to: by its `full` name or code, or by a part of it."),
	ROW(config_unit_rules, OPTION_INT, search_min, .def = "2", .min = 2, .max = 20, .doc = "With `search: partial`: characters to type at least."),
	ROW(config_unit_rules, OPTION_INT, search_max, .def = "20", .min = 1, .max = 50, .doc = "Units shown at most; who sees that many is asked to type more."),
	{ 0 },
};

const struct option config_membership_rows[] = {
	ROW(config_membership, OPTION_ENUM, mode, .def = "approve", .values = modes,
	    .doc = "`approve`: who is admitted by the unit's administrator may use every subsystem, until one is taken away. `grant`: nothing may be used "
		   "until the administrator grants it; granting admits."),
	ROW(config_membership, OPTION_BOOL, several, .def = "true", .doc = "May a person belong to several units at a time?"),
	{ 0 },
};

const struct option config_subsystem_rows[] = {
	ROW(config_subsystem, OPTION_STRING, id, .min = 1, .max = 64, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "As in `clients[].subsystem` and the claim `subsystems`. Never change it."),
	TEXT(config_subsystem, name, "As the unit's administrator sees it."),
	{ 0 },
};

bool config_is_below(const struct config_departments *departments, struct span dept, struct span above)
{
	/* Not deeper than there are departments: a circle, which config_check refuses, must not hang what asks before. */
	for (size_t depth = 0; depth <= departments->n && dept.n; depth++) {
		const struct config_department *found = config_department(departments, dept);

		if (span_eq(dept, above))
			return true;
		if (!found)
			return false;
		dept = found->parent;
	}
	return false;
}

const struct config_department *config_department(const struct config_departments *departments, struct span id)
{
	for (size_t i = 0; i < departments->n; i++)
		if (span_eq(departments->items[i].id, id))
			return &departments->items[i];
	return NULL;
}

const struct config_subsystem *config_subsystem(const struct config *config, struct span id)
{
	for (size_t i = 0; i < config->subsystems.n; i++)
		if (span_eq(config->subsystems.items[i].id, id))
			return &config->subsystems.items[i];
	return NULL;
}

/* ---- checks */

static bool is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return s.n > 0;
}

static void check_department(const struct config_departments *all, const struct config_department *one, const struct yaml_node *node,
			     struct problems *problems)
{
	const struct config_department *parent = config_department(all, one->parent);

	if (!is_id(one->id))
		problem_add(problems, yaml_place(node, "id"), "the id of a department is made of a-z, 0-9, - and _");
	if (one->parent.n && !parent)
		problem_add(problems, yaml_place(node, "parent"), "there is no department \"" SPAN_FMT "\"", SPAN_ARG(one->parent));
	if (parent && config_is_below(all, one->parent, one->id))
		problem_add(problems, yaml_place(node, "parent"), "department \"" SPAN_FMT "\" stands above itself", SPAN_ARG(one->id));
}

void config_check_units(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	const struct yaml_node *list = yaml_get(root, "departments"), *item = list ? list->first : NULL;

	for (size_t i = 0; i < config->departments.n; i++, item = item ? item->next : NULL)
		if (item)
			check_department(&config->departments, &config->departments.items[i], item, problems);
	if (!config->unit.supplement && config->unit.admission != CONFIG_ADMISSION_AUTOMATIC)
		problem_add(problems, yaml_place(yaml_get(root, "unit"), "supplement"),
			    "without a supplement there is nothing that a department could look at: \"unit.admission\" must be automatic");
	list = yaml_get(root, "clients");
	item = list ? list->first : NULL;
	for (size_t i = 0; i < config->clients.n; i++, item = item ? item->next : NULL) {
		struct span subsystem = config->clients.items[i].subsystem;

		if (item && subsystem.n && config->subsystems.n && !config_subsystem(config, subsystem))
			problem_add(problems, yaml_place(item, "subsystem"), "\"subsystems\" has no \"" SPAN_FMT "\"", SPAN_ARG(subsystem));
	}
}
