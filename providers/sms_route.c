/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/sms_route.h"

#include "broker/base/error.h"
#include "conf/config_sms.h"

int sms_route_purpose(struct span purpose)
{
	for (int i = 0; i < CONFIG_SMS_PURPOSES; i++)
		if (span_is(purpose, config_sms_purposes[i]))
			return i;
	return -1;
}

static bool has_purpose(uint32_t set, int purpose)
{
	return !set || (purpose >= 0 && set & 1u << purpose);
}

static bool is_for(const struct config_sms_route *route, struct span phone, int purpose)
{
	if (!route->enabled || !has_purpose(route->purposes, purpose))
		return false;
	for (size_t i = 0; i < route->prefixes.n; i++)
		if (span_starts(phone, route->prefixes.items[i]))
			return true;
	return route->prefixes.n == 0;
}

static uint64_t next_lot(uint64_t *seed)
{
	/* splitmix64: a lot, no secret */
	uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Put one of plan[from..n), all of the lowest order there, at @from: by lot, as their weights say. */
static void draw(const struct config_sms_route **plan, size_t from, size_t n, uint64_t *seed)
{
	int64_t lowest = plan[from]->order, total = 0;
	size_t chosen = from;

	for (size_t i = from; i < n; i++)
		lowest = plan[i]->order < lowest ? plan[i]->order : lowest;
	for (size_t i = from; i < n; i++)
		total += plan[i]->order == lowest ? plan[i]->weight : 0;
	int64_t lot = total > 0 ? (int64_t)(next_lot(seed) % (uint64_t)total) : 0;
	for (size_t i = from; i < n; i++) {
		if (plan[i]->order != lowest)
			continue;
		chosen = i;
		lot -= plan[i]->weight;
		if (lot < 0)
			break;
	}
	const struct config_sms_route *route = plan[chosen];
	memmove(plan + from + 1, plan + from, (chosen - from) * sizeof(const struct config_sms_route *));
	plan[from] = route;
}

size_t sms_route_plan(const struct config_sms *config, struct span phone, int purpose, uint64_t seed, const struct config_sms_route *ret_plan[SMS_ROUTES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < config->routes.n && n < SMS_ROUTES_MAX; i++)
		if (is_for(&config->routes.items[i], phone, purpose))
			ret_plan[n++] = &config->routes.items[i];
	for (size_t i = 0; i + 1 < n; i++)
		draw(ret_plan, i, n, &seed);
	return n;
}

/* ---- templates */

static void split(struct span param, struct span *ret_name, struct span *ret_value)
{
	struct span value = param, name = span_cut(&value, '=');

	*ret_name = name;
	*ret_value = value.p ? value : name;
}

static bool takes_code(const struct config_sms_template *template)
{
	struct span name, value;

	for (size_t i = 0; i < template->params.n; i++) {
		split(template->params.items[i], &name, &value);
		if (span_is(value, "code"))
			return true;
	}
	return false;
}

/* 0: not at all; the purpose counts for more than the language. */
static int fits(const struct config_sms_template *template, const struct sms_message *message, int purpose)
{
	bool is_english = span_is(message->language, "en");

	if (takes_code(template) != (message->code.n > 0) || !has_purpose(template->purposes, purpose))
		return 0;
	if (template->language != CONFIG_SMS_ANY && (template->language == CONFIG_SMS_EN) != is_english)
		return 0;
	return 1 + (template->purposes ? 2 : 0) + (template->language != CONFIG_SMS_ANY ? 1 : 0);
}

static int value_of(const struct sms_message *message, struct span field, struct arena *arena, struct span *ret_value)
{
	if (span_is(field, "minutes")) {
		*ret_value = span_of(arena_printf(arena, "%d", (int)message->minutes));
		return ret_value->p ? 0 : FAULT_MEMORY;
	}
	*ret_value = span_is(field, "code") ? message->code : span_is(field, "signature") ? message->signature : message->body;
	return 0;
}

int sms_route_template(const struct config_sms_route *route, int purpose, struct arena *arena, struct sms_message *message)
{
	const struct config_sms_template *best = NULL;
	int most = 0;

	message->template_code = (struct span){ NULL, 0 };
	message->n_params = 0;
	for (size_t i = 0; i < route->templates.n; i++) {
		int worth = fits(&route->templates.items[i], message, purpose);

		if (worth > most) {
			most = worth;
			best = &route->templates.items[i];
		}
	}
	if (!best)
		return 0;
	message->template_code = best->code;
	for (size_t i = 0; i < best->params.n && i < SMS_PARAMS_MAX; i++) {
		struct sms_param *param = &message->params[message->n_params++];
		struct span field;

		split(best->params.items[i], &param->name, &field);
		TRY(value_of(message, field, arena, &param->value));
	}
	return 0;
}

bool sms_route_goes_on(const struct config_sms_route *route, enum sms_outcome outcome)
{
	return outcome == SMS_UNAVAILABLE || (outcome == SMS_UNKNOWN && route->resend_unknown);
}
