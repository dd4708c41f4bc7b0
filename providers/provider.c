/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/provider.h"

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
