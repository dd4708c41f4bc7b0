/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings - from a configuration to what endpoints work with: templates, outbound HTTP, clients' keys; and to the server's settings.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/http/server.h"

/* Everything derived from @config, of which a reference is taken. ERR_CONFIG with the reason in the log. One reference is the caller's. */
MUST_USE int settings_load(struct app *app, const struct config *config, struct settings **ret_settings);
/* The same for a daemon that runs already: another issuer is refused, too (ERR_CONFIG). */
MUST_USE int settings_prepare(struct app *app, const struct config *config, struct settings **ret_settings);
/* From the next request on. What only a restart can change is named in the log. Takes the reference. One thread at a time. */
void settings_take_force(struct app *app, struct settings *settings);
/* The HTTP server's part. It holds a reference of its own and gives it back through app_settings_release. */
struct server_settings settings_for_server(struct settings *settings);
/* The metadata document that everyone may read. */
MUST_USE int settings_publish(struct app *app, const struct settings *settings);
