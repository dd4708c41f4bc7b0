/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket - the platforms of provinces and cities that send a person back with a ticket, described by configuration alone (domain.md 3.8, archetype B).
 *
 * login address → ticket → one or more signed questions (steps) → identity. Everything that differs between platforms is text: templates with ${name},
 * expressions (keys/expr.h) and lists. A preset is such texts for one platform; what the configuration says goes before what the preset says.
 * docs/ticket.md explains it to whoever adds a platform. Only for the files ticket*.c.
 */
#pragma once

#include "keys/expr_eval.h"
#include "providers/provider.h"

#define TICKET_NAMES_MAX 128
#define TICKET_STEPS_MAX 6

struct ticket_options {
	int preset; /* of ticket_preset_names */
	struct span base_url, api_url, app_id, gateway_key;
	struct secret secret, gateway_secret;
	struct option_list constants;
	struct span issuer, login_url, mobile_login_url;
	struct option_list ticket_parameters;
	struct span state_parameter;
	struct option_objects steps; /* struct ticket_step */
	struct option_list identity;
	struct span level_up_url, logout_url;
};

enum ticket_method { TICKET_POST, TICKET_GET };

struct ticket_step {
	struct span name;
	int method;
	struct span url;
	struct option_list set, form;
	struct span body, content_type;
	struct option_list sign, headers;
	struct span outcome;
	struct option_list good, ticket_errors, key_errors;
	struct option_list take, same;
};

/* The variables of a run, in the order in which they became known. */
struct ticket_names {
	struct expr_named items[TICKET_NAMES_MAX];
	size_t n;
};

/* ---- ticket_options.c */

extern const struct option ticket_rows[];
/* What holds: each row of @options or, where it says nothing, of its preset. Constants are the exception, ticket_names_constants knows both. */
struct ticket_options ticket_plan(const struct ticket_options *options);
/* Variant's check: every text is read and every name in it must be known. */
void ticket_check(const void *options, const struct yaml_node *map, struct problems *problems);

/* ---- ticket_identity.c */

/* Fill @ret_identity from the lines of plan->identity. ERR_INVALID: *@ret_why says in a sentence what is wrong with the answer; faults. */
MUST_USE int ticket_identify(struct ticket_names *names, const struct ticket_options *plan, struct arena *arena, struct provider_identity *ret_identity,
	const char **ret_why);
/* Fields that nobody knows, and a subject that is missing. */
void ticket_check_identity(const struct ticket_options *plan, struct place place, struct problems *problems);

/* ---- ticket_preset.c */

extern const char *const ticket_preset_names[];
/* NULL: none. */
const struct ticket_options *ticket_preset(int preset);

/* ---- ticket_names.c: variables, and texts made of them */

/* "name = rest" cut in two; false when it is no such line. */
bool ticket_assignment(struct span line, struct span *ret_name, struct span *ret_rest);
/* FAULT_BUG past TICKET_NAMES_MAX, which the check keeps from happening. */
MUST_USE int ticket_names_set(struct ticket_names *names, struct span name, struct span value);
/* What is known before anything was asked: settings, constants, times, what the broker hands in. */
MUST_USE int ticket_names_begin(struct ticket_names *names, const struct provider_run *run, const struct ticket_options *own,
	const struct ticket_options *plan);
/* Is it one of the settings, which the operator alone decides? Its value, for the check. */
bool ticket_names_setting(struct span name, const struct ticket_options *plan, struct span *ret_value);

/* Compute @expression. ERR_INVALID as in expr_eval. */
MUST_USE int ticket_compute(const struct ticket_names *names, struct span expression, struct arena *arena, struct span *ret_value);
/* Compute the lines "name = expression" in order, each known to the next. ERR_INVALID; *@ret_name is the one that failed. */
MUST_USE int ticket_assign(struct ticket_names *names, const struct option_list *lines, struct arena *arena, struct span *ret_name);

enum ticket_place { TICKET_IN_URL, TICKET_IN_JSON, TICKET_AS_IS };

/* Called for each ${name} or ${name|filter} of a template; return nonzero to end. */
typedef int ticket_each_fn(void *arg, struct span text, struct span name, struct span filter);
/* Walk @template: text, then the variable after it (@name is empty at the end). ERR_INVALID for a ${ without }. */
MUST_USE int ticket_each(struct span template, ticket_each_fn *each, void *arg);
/* Values are percent-encoded in addresses and escaped in JSON, unless a filter says otherwise: json, uri, raw. */
MUST_USE int ticket_fill(const struct ticket_names *names, struct span template, enum ticket_place place, struct arena *arena, struct span *ret_text);
