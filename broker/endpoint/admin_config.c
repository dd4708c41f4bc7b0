/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_config - configuration by administrators from the command line.
 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/config_command.h"
#include "conf/config.h"

/* args: "do" names the command of config_command.h, the rest is its own. */
int admin_config(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct config_version_context context = { .app = admin->app, .store = admin->store, .seal = admin->seal, .sources = admin->sources,
						  .config = admin->config, .arena = admin->arena, .actor = { .now = admin->now } };
	char name[32];
	struct span wanted = json_get_span(args, "do");

	if (!wanted.n || wanted.n >= sizeof name)
		return ERR_INVALID_REQUEST;
	memcpy(name, wanted.p, wanted.n);
	name[wanted.n] = '\0';
	if (span_is(wanted, "validate") && admin->sources->path) /* with which file; API clients need not know where it lies */
		json_member_str(out, "file", span_of(admin->sources->path));
	return config_command(&context, name, args, true, out);
}
