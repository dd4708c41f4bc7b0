/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_options - the option rows of a ticket platform, what a preset adds to them, and whether the texts in them can be read. See ticket.h. */
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "providers/upstream/ticket.h"

static const char *const methods[] = { "POST", "GET", NULL };

#define STEP(type_, name, ...) { #name, OPTION_##type_, offsetof(struct ticket_step, name), __VA_ARGS__ }

static const struct option step_rows[] = {
	STEP(STRING, name, .flags = OPTION_REQUIRED | OPTION_UNIQUE, .min = 1, .max = 32, .doc = "What messages call it."),
	STEP(ENUM, method, .def = "POST", .values = methods, .doc = "Method of the question."),
	STEP(STRING, url, .flags = OPTION_REQUIRED, .min = 1, .max = 1024,
	     .doc = "Template of the address, such as `${api_url|raw}/sso/validate`. A value is percent-encoded; `|raw` keeps a setting as it is."),
	STEP(LIST, set, .doc = "Lines `name = expression`, computed in order before the question is written, such as `sign = hex(md5($app_id . $secret . "
			       "$time_beijing))`."),
	STEP(LIST, form, .doc = "Lines `parameter=template` of a form (`application/x-www-form-urlencoded`). Excludes `body`."),
	STEP(STRING, body, .max = 2048, .doc = "Template of the body when it is no form, such as `{\"token\":\"${ticket}\"}`. Values are escaped for JSON strings."),
	STEP(STRING, content_type, .max = 128, .doc = "Of `body`; unset: `application/json`."),
	STEP(LIST, sign, .doc = "Lines `name = expression`, computed when the question is written: they may use `$body`, `$url_path` and `$url_query`, each exactly as sent."),
	STEP(LIST, headers, .max = FETCH_HEADERS_MAX, .doc = "Lines `Name: template`."),
	STEP(STRING, outcome, .max = 512,
	     .doc = "Expression for the platform's own word on whether it worked, such as `at($reply, \"result\")`. Unset: any JSON reply is good."),
	STEP(LIST, good, .doc = "Outcomes that mean success. Unset: any that is not empty."),
	STEP(LIST, ticket_errors, .doc = "Outcomes that mean: name and key are right, the ticket is not. The test button needs them to know that all is well."),
	STEP(LIST, key_errors, .doc = "Outcomes that mean: name, key, signature or address of ours is not accepted."),
	STEP(LIST, take, .doc = "Lines `name = expression` over `$reply`, for the steps after this one and for `identity`."),
	STEP(LIST, same, .doc = "Lines `name = expression`: what the reply says must equal the variable that an earlier step has taken, or the login is refused. For an "
				"id that both steps tell."),
	{ .key = NULL },
};

#define ROW(type_, name, ...) { #name, OPTION_##type_, offsetof(struct ticket_options, name), __VA_ARGS__ }

const struct option ticket_rows[] = {
	ROW(ENUM, preset, .def = "none", .values = ticket_preset_names,
	    .doc = "A platform that is described already: every row below that is not set comes from there. `none`: all is said here (docs/ticket.md)."),
	ROW(STRING, base_url, .max = 256,
	    .doc = "`${base_url}`: where browsers are sent, without a slash at the end. A preset knows it, unless every city has its own."),
	ROW(STRING, api_url, .max = 256,
	    .doc = "`${api_url}`: where the questions go, without a slash at the end; a gateway, often. A preset knows the public one."),
	ROW(STRING, app_id, .max = 256,
	    .doc = "`$app_id`: the name that the platform gave this application when it was registered: servicecode (Zhejiang people), project id (Zhejiang legal "
		   "persons), client_id (Guangdong), appmark (JIS)."),
	ROW(SECRET, secret,
	    .doc = "`$secret`: the key that came with it: servicepwd, project secret, client_secret, appword. Never in an address or log."),
	ROW(STRING, gateway_key, .max = 256, .doc = "`$gateway_key`: the access key of a gateway in front of the platform (Zhejiang IRS: AK), or nothing."),
	ROW(SECRET, gateway_secret, .doc = "`$gateway_secret`: the secret key of that gateway (SK)."),
	ROW(LIST, constants, .doc = "Lines `name = text`: further variables that do not change and are no secrets. Those of a preset may be set anew here."),
	ROW(STRING, issuer, .max = 256,
	    .doc = "Under which name people of this platform are known here. Once people have logged in it must not change, also when addresses do."),
	ROW(STRING, login_url, .max = 1024, .doc = "Template of the address where people log in; may use `${redirect_uri}` and `${state}`."),
	ROW(STRING, mobile_login_url, .max = 1024, .doc = "The same for browsers of phones; unset: the same."),
	ROW(LIST, ticket_parameters, .doc = "Parameters in which the ticket may come back, by query or form. Unset: `ticket`."),
	ROW(STRING, state_parameter, .max = 64,
	    .doc = "Parameter in which our `${state}` comes back: the value itself, or an address in which it stands as `state=`. `cookie`: the platform returns nothing of "
		   "ours, and only the browser's cookie says whose login it is; anything else is safer. Unset: `state`."),
	{ "steps", OPTION_OBJECTS, offsetof(struct ticket_options, steps), .sub = step_rows, .size = sizeof(struct ticket_step),
	  .doc = "What is asked with the ticket, in order. Set here, they replace those of the preset." },
	ROW(LIST, identity,
	    .doc = "Lines `field = expression` over all variables and the last `$reply`. Fields: subject (must be there), name, phone, email, login_name, level, method, acr "
		   "(0 to 3), real_name, id_type, id_number, legal (not empty: a legal person's account), uscc, unit_name, unit_type, region, sid, claims."),
	ROW(STRING, level_up_url, .max = 1024, .doc = "Template of the address where a person raises the level of the account there. Unset: nowhere."),
	ROW(STRING, logout_url, .max = 1024, .doc = "Template of the address that ends the session there and then returns to `${return_uri}`. Unset: there is none."),
	{ .key = NULL },
};

static bool is_unset(const struct option *row, const void *value)
{
	switch (row->type) {
	case OPTION_STRING:
		return !((const struct span *)value)->n;
	case OPTION_LIST:
		return !((const struct option_list *)value)->n;
	case OPTION_OBJECTS:
		return !((const struct option_objects *)value)->n;
	default:
		return false; /* secrets have no preset */
	}
}

struct ticket_options ticket_plan(const struct ticket_options *options)
{
	static const struct span ticket = { "ticket", 6 };
	const struct ticket_options *preset = ticket_preset(options->preset);
	struct ticket_options plan = *options;

	for (const struct option *row = ticket_rows; preset && row->key; row++) {
		size_t size = row->type == OPTION_STRING ? sizeof(struct span) : row->type == OPTION_LIST ? sizeof(struct option_list) : sizeof(struct option_objects);
		char *value = (char *)&plan + row->offset;

		if (is_unset(row, value))
			memcpy(value, (const char *)preset + row->offset, size);
	}
	if (!plan.ticket_parameters.n)
		plan.ticket_parameters = (struct option_list){ &ticket, 1 };
	if (!plan.state_parameter.n)
		plan.state_parameter = SPAN("state");
	return plan;
}

/* ---- is it all readable? */

struct checking {
	struct ticket_options plan;
	const struct yaml_node *map;
	struct problems *problems;
	struct arena *arena;
	struct place place;      /* of the text that is looked at */
	const char *where;       /* and what it is called */
	struct span names[TICKET_NAMES_MAX];
	size_t n;
	struct span missing[8]; /* settings, said once each */
	size_t n_missing;
	bool failed;
	bool as_is, in_quotes; /* of a template: values are not escaped by the place that they stand in; a text of JSON is open */
};

static void complain(struct checking *c, const char *what, struct span detail)
{
	problem_add(c->problems, c->place, "%s: %s \"" SPAN_FMT "\"", c->where, what, SPAN_ARG(detail));
}

static void know(struct checking *c, struct span name)
{
	if (c->n < ARRAY_LEN(c->names))
		c->names[c->n++] = name;
	else if (!c->failed)
		problem_add(c->problems, c->place, "%s: more than %d variables", c->where, TICKET_NAMES_MAX);
	c->failed |= c->n == ARRAY_LEN(c->names);
}

static void check_setting(struct checking *c, struct span name)
{
	for (size_t i = 0; i < c->n_missing; i++)
		if (span_eq(c->missing[i], name))
			return;
	if (c->n_missing < ARRAY_LEN(c->missing))
		c->missing[c->n_missing++] = name;
	problem_add(c->problems, c->map->place, "\"" SPAN_FMT "\" is missing: %s uses it", SPAN_ARG(name), c->where);
}

static void check_name(struct checking *c, struct span name)
{
	struct span value;
	size_t i = 0;

	if (ticket_names_setting(name, &c->plan, &value)) {
		if (!value.n)
			check_setting(c, name);
		return;
	}
	while (i < c->n && !span_eq(c->names[i], name))
		i++;
	if (i == c->n)
		complain(c, "there is no variable", name);
}

static void check_expression(struct checking *c, struct span text)
{
	const struct expr *expr;
	int result = expr_parse(text, EXPR_OF_MESSAGES, c->arena, &expr);

	if (result < 0)
		c->problems->no_memory = true;
	else if (result)
		complain(c, "this is no expression:", text);
	for (int i = 0; !result && i < expr->n; i++)
		if (expr->node[i].op == EXPR_NAME)
			check_name(c, expr->node[i].literal);
}

static void check_assignments(struct checking *c, const struct option_list *lines)
{
	struct span name, expression;

	for (size_t i = 0; i < lines->n; i++) {
		if (!ticket_assignment(lines->items[i], &name, &expression)) {
			complain(c, "a line must be \"name = expression\", not", lines->items[i]);
			continue;
		}
		check_expression(c, expression);
		know(c, name);
	}
}

static int check_variable(void *arg, struct span text, struct span name, struct span filter)
{
	struct checking *c = arg;
	struct span value;

	if (name.n)
		check_name(c, name);
	for (size_t i = 0; i < text.n; i++)
		c->in_quotes ^= text.p[i] == '"' && (i == 0 || text.p[i - 1] != '\\');
	/* A quote in what came from outside would end the text that it stands in. */
	if (c->as_is && c->in_quotes && name.n && !filter.n && !ticket_names_setting(name, &c->plan, &value))
		complain(c, "inside of quotes a value is written ${…|json}, not so:", name);
	if (filter.n && !span_is(filter, "raw") && !span_is(filter, "uri") && !span_is(filter, "json"))
		complain(c, "a value can be written |raw, |uri or |json, not", filter);
	/* What comes from outside may never be an address of its own. */
	if (span_is(filter, "raw") && !ticket_names_setting(name, &c->plan, &value))
		complain(c, "only settings are written |raw, not", name);
	return 0;
}

static void check_template(struct checking *c, struct span text)
{
	c->in_quotes = false;
	if (ticket_each(text, check_variable, c))
		complain(c, "a variable is written ${name}, not so:", text);
}

static void check_address(struct checking *c, struct span text)
{
	struct span value;
	struct url url;

	check_template(c, text);
	if (span_starts(text, SPAN("${base_url|raw}/")))
		value = c->plan.base_url;
	else if (span_starts(text, SPAN("${api_url|raw}/")))
		value = c->plan.api_url;
	else
		value = (struct span){ text.p, text.n > 8 && memchr(text.p + 8, '/', text.n - 8) ? (size_t)((const char *)memchr(text.p + 8, '/', text.n - 8) - text.p) : text.n };
	if (value.n && (url_parse_secure(value, &url) || url.has_query || url.has_fragment))
		complain(c, "an address begins with https://host/ or with a setting that does, not with", value);
}

static void check_lines(struct checking *c, const struct option_list *lines, char between)
{
	c->as_is = true;
	for (size_t i = 0; i < lines->n; i++) {
		struct span rest = lines->items[i], name = span_cut(&rest, between);

		if (!name.n || !rest.p || memchr(name.p, ' ', name.n))
			complain(c, between == ':' ? "a line must be \"Name: value\", not" : "a line must be \"name=value\", not", lines->items[i]);
		else
			check_template(c, rest);
	}
	c->as_is = false;
}

static const char *name_place(struct checking *c, const struct ticket_step *step, const char *key)
{
	char *name = arena_printf(c->arena, "steps[" SPAN_FMT "].%s", SPAN_ARG(step->name), key);

	return name ? name : key;
}

static void check_step(struct checking *c, const struct ticket_step *step, const struct yaml_node *node)
{
#define AT(key) (c->place = node ? yaml_place(node, key) : c->map->place, c->where = name_place(c, step, key))
	AT("set");
	check_assignments(c, &step->set);
	AT("url");
	check_address(c, step->url);
	AT("form");
	check_lines(c, &step->form, '=');
	AT("body");
	check_template(c, step->body);
	if (step->body.n && step->form.n)
		complain(c, "a question has a form or a body, not both:", step->body);
	if (step->method == TICKET_GET && (step->body.n || step->form.n))
		complain(c, "a GET has no body:", step->name);
	AT("sign");
	know(c, SPAN("body"));
	know(c, SPAN("url_path"));
	know(c, SPAN("url_query"));
	check_assignments(c, &step->sign);
	AT("headers");
	check_lines(c, &step->headers, ':');
	know(c, SPAN("reply"));
	AT("outcome");
	if (step->outcome.n)
		check_expression(c, step->outcome);
	AT("take");
	check_assignments(c, &step->take);
	AT("same");
	for (size_t i = 0; i < step->same.n; i++) {
		struct span name, expression;

		if (!ticket_assignment(step->same.items[i], &name, &expression)) {
			complain(c, "a line must be \"name = expression\", not", step->same.items[i]);
			continue;
		}
		check_name(c, name);
		check_expression(c, expression);
	}
#undef AT
}

static void check_steps(struct checking *c)
{
	const struct yaml_node *list = yaml_get(c->map, "steps"), *node = list ? list->first : NULL;
	const struct ticket_step *steps = c->plan.steps.items;

	if (!c->plan.steps.n || c->plan.steps.n > TICKET_STEPS_MAX)
		problem_add(c->problems, yaml_place(c->map, "steps"), "a ticket platform has 1 to %d steps", TICKET_STEPS_MAX);
	for (size_t i = 0; i < c->plan.steps.n; i++, node = node ? node->next : NULL)
		check_step(c, &steps[i], node);
}

static void begin_names(struct checking *c, const struct ticket_options *own)
{
	const struct provider_run run = { .arena = c->arena, .now = { MS_DAY } };
	struct ticket_names *names = arena_new_of(c->arena, struct ticket_names);

	if (!names || own->constants.n > 32 || ticket_names_begin(names, &run, own, &c->plan)) {
		problem_add(c->problems, c->place, "more constants than can be kept");
		return;
	}
	for (size_t i = 0; i < names->n; i++)
		know(c, names->items[i].name);
}

static void check_constants(struct checking *c, const struct ticket_options *own)
{
	struct span name, value;

	c->place = yaml_place(c->map, "constants");
	c->where = "constants";
	for (size_t i = 0; i < own->constants.n; i++)
		if (!ticket_assignment(own->constants.items[i], &name, &value))
			complain(c, "a line must be \"name = text\", not", own->constants.items[i]);
		else if (ticket_names_setting(name, &c->plan, &value))
			complain(c, "this is a row of its own:", name);
}

void ticket_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	struct checking *c = arena ? arena_new_of(arena, struct checking) : NULL;

	if (!c) {
		problems->no_memory = true;
		return;
	}
	*c = (struct checking){ .plan = ticket_plan(options), .map = map, .problems = problems, .arena = arena };
	check_constants(c, options);
	begin_names(c, options);
#define AT(key) (c->place = yaml_place(map, c->where = key))
	if (!c->plan.issuer.n)
		problem_add(problems, map->place, "\"issuer\" is missing: without a preset it has to be chosen");
	if (!c->plan.login_url.n)
		problem_add(problems, map->place, "\"login_url\" is missing");
	else
		AT("login_url"), check_address(c, c->plan.login_url);
	if (c->plan.mobile_login_url.n)
		AT("mobile_login_url"), check_address(c, c->plan.mobile_login_url);
	if (c->plan.level_up_url.n)
		AT("level_up_url"), check_address(c, c->plan.level_up_url);
	if (c->plan.logout_url.n)
		AT("logout_url"), check_address(c, c->plan.logout_url);
	know(c, SPAN("ticket"));
	check_steps(c);
	AT("identity");
	check_assignments(c, &c->plan.identity);
#undef AT
	ticket_check_identity(&c->plan, yaml_place(map, "identity"), problems);
}
