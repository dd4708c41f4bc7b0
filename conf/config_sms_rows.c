/* SPDX-License-Identifier: Apache-2.0 */
/* config_sms_rows - the options of delivery by text message: one gateway, or routes over several; templates, budgets; and the rules between them. */
#include "broker/base/error.h"
#include "conf/config.h"
#include "conf/config_rows.h"

#define X(name, text) [CONFIG_SMS_##name] = text,
const char *const config_sms_purposes[] = { CONFIG_SMS_PURPOSE_LIST(X) NULL };
#undef X
static const char *const languages[] = { "any", "zh", "en", NULL };
static const char *const fields[] = { "code", "minutes", "text", "signature", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }

static const struct option template_rows[] = {
	ROW(config_sms_template, OPTION_STRING, code, .min = 1, .max = 64, .flags = OPTION_REQUIRED,
	    .doc = "The carrier's template: `SMS_123456789` (Aliyun), `1234567` (Tencent). Its console lists them with their texts."),
	ROW(config_sms_template, OPTION_SET, purposes, .values = config_sms_purposes, .max = CONFIG_SMS_PURPOSES,
	    .doc = "Which messages it is for; not set: every one that it fits (with a code, or without)."),
	ROW(config_sms_template, OPTION_ENUM, language, .def = "any", .values = languages, .doc = "In which language its text is."),
	ROW(config_sms_template, OPTION_LIST, params, .def = "code", .max = 8,
	    .doc = "Its parameters in their order, by the names that they have there; `NAME=VALUE` where ours is another. Values: `code`, `minutes` (how long it is "
		   "valid), `text` (of a notice), `signature`. Aliyun goes by names (`[code, min=minutes]`), Tencent by order."),
	{ 0 },
};

#define GATEWAY_ROWS(owner)                                                                                                                        \
	{ "templates", OPTION_OBJECTS, offsetof(struct owner, templates), .sub = template_rows, .size = sizeof(struct config_sms_template),         \
	  .doc = "Approved templates, for carriers that send no other texts." },                                                                     \
	ROW(owner, OPTION_INT, price, .max = 100000, .doc = "What a piece of a message costs, in thousandths of a yuan (45 is 4.5 fen), for the counters of cost."), \
	ROW(owner, OPTION_SECRET, receipt_secret, .min = 16, .max = 128,                                                                          \
	    .doc = "Receipts are taken at `/sms/receipt/ROUTE?key=SECRET` (`default` where there is one gateway). At least 16 random characters; give that "  \
		   "address to the carrier as the one for delivery reports. Not set: none are taken.")

static const struct option route_rows[] = {
	ROW(config_sms_route, OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Names it in figures, logs and the address of its receipts: lower-case letters, digits, `-`."),
	{ "gateway", OPTION_VARIANT, offsetof(struct config_sms_route, gateway), .flags = OPTION_REQUIRED, .registry = CONFIG_SMS_GATEWAYS,
	  .doc = "Who delivers; its own options stand beside it." },
	ROW(config_sms_route, OPTION_BOOL, enabled, .def = "true", .doc = "false: nothing is sent this way."),
	ROW(config_sms_route, OPTION_INT, order, .def = "10", .max = 1000, .doc = "Lower ones are asked first, the next when they fail."),
	ROW(config_sms_route, OPTION_INT, weight, .def = "1", .min = 1, .max = 1000, .doc = "Routes of the same order share messages in this proportion."),
	ROW(config_sms_route, OPTION_LIST, prefixes, .max = 1000, .doc = "Only for numbers that begin so (`139`, `1380013`). Not set: all."),
	ROW(config_sms_route, OPTION_SET, purposes, .values = config_sms_purposes, .max = CONFIG_SMS_PURPOSES, .doc = "Only for such messages. Not set: all."),
	ROW(config_sms_route, OPTION_BOOL, resend_unknown, .def = "false",
	    .doc = "true: also when nobody knows whether a message went out (the gateway did not answer) the next route sends it: it may arrive twice, and costs twice."),
	GATEWAY_ROWS(config_sms_route),
	{ 0 },
};

static const struct option budget_rows[] = {
	ROW(config_sms_budget, OPTION_INT, per_phone_day, .def = "40", .max = 100000, .doc = "Messages of every kind to one phone in a day; 0: unlimited."),
	ROW(config_sms_budget, OPTION_INT, per_segment_hour, .def = "500", .max = 1000000,
	    .doc = "… to the numbers of one segment (the first seven digits) in an hour: bombing goes through ranges."),
	ROW(config_sms_budget, OPTION_INT, total_hour, .def = "20000", .max = 10000000, .doc = "… in all in an hour."),
	ROW(config_sms_budget, OPTION_INT, total_day, .def = "100000", .max = 100000000, .doc = "… in all in a day: the most that a day can cost."),
	ROW(config_sms_budget, OPTION_INT, alarm_minute, .def = "200", .max = 1000000,
	    .doc = "More than so many in a minute raise an alarm: log `sms.burst`, metric `yimen_sms_alarms_total`, event `sms.alarm`. 0: never. A budget that is "
		   "used up raises one, too."),
	ROW(config_sms_budget, OPTION_INT, alarm_segment_hour, .def = "100", .max = 1000000, .doc = "… and more than so many to one segment in an hour."),
	{ 0 },
};

static const struct option breaker_rows[] = {
	ROW(config_breaker, OPTION_INT, failures, .def = "5", .min = 1, .max = 1000, .doc = "After so many failures in a row nobody waits for it any more."),
	ROW(config_breaker, OPTION_DURATION, pause, .def = "30s", .min = 100, .max = MS_HOUR,
	    .doc = "After this one message tries it again; when that fails, after twice as long …"),
	ROW(config_breaker, OPTION_DURATION, pause_most, .def = "5m", .min = 100, .max = MS_DAY, .doc = "… but at least this often."),
	{ 0 },
};

const struct option config_sms_rows[] = {
	{ "gateway", OPTION_VARIANT, offsetof(struct config_sms, gateway), .registry = CONFIG_SMS_GATEWAYS,
	  .doc = "Who delivers messages; its own options stand beside it. Not set, and no `routes`: no messages and no phone login." },
	{ "signature", OPTION_GROUP, offsetof(struct config_sms, signature), .sub = config_text_rows,
	  .doc = "Signature at the start of a message, registered with the carrier (without 【】)." },
	{ "routes", OPTION_OBJECTS, offsetof(struct config_sms, routes), .sub = route_rows, .size = sizeof(struct config_sms_route),
	  .doc = "Several gateways instead of one: `sms.md` says which is asked when." },
	GATEWAY_ROWS(config_sms),
	{ "budget", OPTION_GROUP, offsetof(struct config_sms, budget), .sub = budget_rows, .doc = "Limits on messages of every kind; those on codes stand in `otp`." },
	{ "breaker", OPTION_GROUP, offsetof(struct config_sms, breaker), .sub = breaker_rows, .doc = "When a gateway that fails is left alone." },
	ROW(config_sms, OPTION_DURATION, retention, .def = "30d", .min = MS_HOUR, .max = 366 * MS_DAY,
	    .doc = "How long it is known what became of a message (the phone rests sealed)."),
	{ 0 },
};

/* One gateway is one route. */
int config_resolve_sms(struct config_sms *sms, struct arena *arena)
{
	if (!sms->gateway.variant || sms->routes.n)
		return 0;
	struct config_sms_route *route = arena_new_of(arena, struct config_sms_route);
	if (!route)
		return FAULT_MEMORY;
	*route = (struct config_sms_route){ .id = SPAN("default"), .gateway = sms->gateway, .enabled = true, .weight = 1, .templates = sms->templates,
					    .price = sms->price, .receipt_secret = sms->receipt_secret };
	sms->routes.items = route;
	sms->routes.n = 1;
	return 0;
}

static void check_templates(const struct config_sms_templates *templates, const struct yaml_node *map, struct problems *problems)
{
	for (size_t i = 0; i < templates->n; i++)
		for (size_t j = 0; j < templates->items[i].params.n; j++) {
			struct span value = templates->items[i].params.items[j], name = span_cut(&value, '=');
			bool known = false;

			value = value.p ? value : name;
			for (const char *const *field = fields; *field; field++)
				known |= span_is(value, *field);
			if (!known || !name.n)
				problem_add(problems, yaml_place(map, "templates"), "\"params\": \"" SPAN_FMT "\" is none of code, minutes, text, signature", SPAN_ARG(value));
		}
}

static void check_route(const struct config_sms_route *route, const struct yaml_node *map, struct problems *problems)
{
	for (size_t i = 0; i < route->id.n; i++)
		if (!((route->id.p[i] >= 'a' && route->id.p[i] <= 'z') || (route->id.p[i] >= '0' && route->id.p[i] <= '9') || route->id.p[i] == '-')) {
			problem_add(problems, yaml_place(map, "id"), "\"id\" of a route is made of lower-case letters, digits and \"-\"");
			break;
		}
	for (size_t i = 0; i < route->prefixes.n; i++)
		if (strspn(route->prefixes.items[i].p, "0123456789") != route->prefixes.items[i].n || route->prefixes.items[i].n > 11)
			problem_add(problems, yaml_place(map, "prefixes"), "\"" SPAN_FMT "\" is not the beginning of a phone number", SPAN_ARG(route->prefixes.items[i]));
	check_templates(&route->templates, map, problems);
}

void config_check_sms(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	const struct config_sms *sms = &config->sms;
	const struct yaml_node *map = yaml_get(root, "sms"), *routes = map ? yaml_get(map, "routes") : NULL;
	const struct yaml_node *item = routes ? routes->first : NULL;

	if (!map)
		return;
	if (routes && !routes->is_empty && yaml_get(map, "gateway"))
		problem_add(problems, yaml_place(map, "gateway"), "\"sms.gateway\" and \"sms.routes\" exclude each other: make the gateway a route");
	check_templates(&sms->templates, map, problems);
	for (size_t i = 0; item && i < sms->routes.n; i++, item = item->next)
		if (item->type == YAML_MAP)
			check_route(&sms->routes.items[i], item, problems);
	if (sms->breaker.pause > sms->breaker.pause_most)
		problem_add(problems, map->place, "\"sms.breaker.pause\" must not exceed \"sms.breaker.pause_most\"");
}

const struct config_sms_route *config_sms_route(const struct config *config, struct span id)
{
	for (size_t i = 0; i < config->sms.routes.n; i++)
		if (span_eq(config->sms.routes.items[i].id, id))
			return &config->sms.routes.items[i];
	return NULL;
}
