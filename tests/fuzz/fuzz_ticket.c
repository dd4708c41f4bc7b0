/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ticket - the first line is an expression of an operator, the second a template, the rest what a platform answers. Whatever they are: no crash, no fault
 * but of memory; and with that answer in each step of each preset, an identity is what the contract says or there is none.
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"
#include "providers/upstream/ticket.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct provider *ticket(void)
{
	const struct option_variant *const *all = registry_all[CONFIG_PROVIDERS].variants;

	while (strcmp((*all)->name, "ticket") != 0)
		all++;
	return provider_of(*all);
}

static void check(const struct provider_step *step)
{
	const struct provider_identity *identity = &step->identity;

	if (step->type == PROVIDER_REJECT && (!step->reason || step->error <= 0))
		abort();
	if (step->type != PROVIDER_IDENTITY)
		return;
	if (!identity->subject.n || identity->subject.n > 255 || !encode_is_utf8(identity->subject) || identity->acr < 0 || identity->acr > 3 || !identity->claims.n)
		abort();
	if ((identity->acr < 2 || identity->is_legal) && (identity->real_name.n || identity->id_number.n || identity->id_type.n))
		abort();
	if (!identity->is_legal && (identity->uscc.n || identity->unit_name.n))
		abort();
}

static void answer(int preset, struct span ticket_text, struct span reply)
{
	const struct ticket_options options = { .preset = preset, .base_url = SPAN("https://p.example"), .api_url = SPAN("https://p.example"), .app_id = SPAN("a"),
						.secret = { SPAN("0123456789abcdef") }, .gateway_key = SPAN("k"), .gateway_secret = { SPAN("s") } };
	const struct provider *provider = ticket();
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	const struct provider_pair params[] = { { SPAN("ticket"), ticket_text }, { SPAN("ssotoken"), ticket_text }, { SPAN("ticketId"), ticket_text }, { SPAN("code"), ticket_text } };
	struct provider_run run = { .options = &options, .arena = arena, .now = { INT64_C(1704067200000) }, .redirect_uri = SPAN("https://id.example/cb") };
	struct provider_event event = { .type = PROVIDER_CALLBACK, .params = params, .n_params = ARRAY_LEN(params) };
	struct provider_step step;

	for (int i = 0; arena && i < 8; i++) {
		int result = provider_next(provider, &run, &event, &step);

		if (result && result != FAULT_MEMORY)
			abort();
		if (result || step.type != PROVIDER_FETCH)
			return result ? (void)0 : check(&step);
		event = (struct provider_event){ .type = PROVIDER_FETCHED, .status = 200, .content_type = SPAN("application/json"), .body = reply };
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, expression = span_cut(&rest, '\n'), template = span_cut(&rest, '\n'), value;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	struct ticket_names *names = arena ? arena_new_of(arena, struct ticket_names) : NULL;

	if (!names || ticket_names_set(names, SPAN("reply"), rest) || ticket_names_set(names, SPAN("ticket"), expression))
		return 0;
	int result = ticket_compute(names, expression, arena, &value);
	if (result < 0 && result != FAULT_MEMORY)
		abort();
	for (int place = TICKET_IN_URL; place <= TICKET_AS_IS; place++)
		if (ticket_fill(names, template, (enum ticket_place)place, arena, &value) < 0 && !arena)
			abort();
	for (int preset = 1; ticket_preset(preset); preset++)
		answer(preset, template, rest);
	return 0;
}
