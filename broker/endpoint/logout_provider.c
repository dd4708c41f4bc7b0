/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/logout_provider.h"

#include "broker/base/sys.h"
#include "broker/endpoint/upstream_run.h"
#include "conf/config.h"

#define ATTEMPT_MS (8 * MS_SECOND)

int logout_provider_ask(const struct settings *settings, const struct config_provider *config, const struct logout_notice *notice, struct instant deadline,
			struct arena *arena, struct provider_step *ret_step)
{
	struct upstream_run run;

	if (!logout_notice_wants_provider(config))
		return provider_reject(ret_step, ERR_PROVIDER_UNKNOWN, "the provider is not configured any more");
	TRY(upstream_run_begin(settings, config, arena, sys_now(), deadline, &run));
	char *back = arena_printf(arena, SPAN_FMT "/login/" SPAN_FMT "/left", SPAN_ARG(settings->config->issuer), SPAN_ARG(config->id));
	if (!back)
		return FAULT_MEMORY;
	run.run.return_uri = span_of(back);
	return upstream_run_drive(&run, (struct provider_event){ .type = PROVIDER_LOGOUT, .subject = notice->subject, .sid = notice->sid, .id_token = notice->token },
				  ret_step);
}

int logout_provider_tell(const struct settings *settings, const struct config_provider *provider, const struct logout_notice *notice, struct arena *arena,
			 struct logout_answer *ret_answer)
{
	struct provider_step step;

	TRY(logout_provider_ask(settings, provider, notice, instant_add(sys_now(), ATTEMPT_MS), arena, &step));
	if (step.type == PROVIDER_DONE)
		*ret_answer = (struct logout_answer){ .status = LOGOUT_NOTICE_DONE };
	else if (step.type == PROVIDER_REDIRECT) /* a page of its own, which the person's browser must see with its cookies: nobody else can log out there */
		*ret_answer = (struct logout_answer){ .status = LOGOUT_NOTICE_NEEDS_BROWSER };
	else
		*ret_answer = (struct logout_answer){ .status = LOGOUT_NOTICE_WAITING, .reason = span_of(error_row(step.error)->code),
						      .away = step.error == ERR_PROVIDER_AWAY };
	return 0;
}
