/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/provider.h"

#include "broker/base/error.h"

struct span provider_param(const struct provider_event *event, const char *name)
{
	for (size_t i = 0; i < event->n_params; i++)
		if (span_is(event->params[i].name, name))
			return event->params[i].value;
	return (struct span){ NULL, 0 };
}

int provider_reject(struct provider_step *step, int error, const char *reason)
{
	step->type = PROVIDER_REJECT;
	step->error = error;
	step->reason = reason;
	return 0;
}

int provider_next(const struct provider *provider, struct provider_run *run, const struct provider_event *event, struct provider_step *ret_step)
{
	provider_fn *on = provider->on[event->type];

	if (!on)
		return FAULT_BUG;
	if (!run->memory) {
		run->purpose = event->type;
		run->memory = arena_alloc(run->arena, provider->memory);
		if (!run->memory)
			return FAULT_MEMORY;
		if (provider->begin)
			TRY(provider->begin(run));
	}
	*ret_step = (struct provider_step){ 0 };
	return on(run, event, ret_step);
}
