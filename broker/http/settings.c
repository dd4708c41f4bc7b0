/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings - what may change while serving, held by whoever began with it.
 */
#include "broker/http/exchange.h"

#include <stdatomic.h>
#include <stdlib.h>

struct settings *settings_new(const struct server_settings *from)
{
	struct settings *settings = calloc(1, sizeof *settings);

	if (settings) {
		settings->now = *from;
		settings->users = 1;
	}
	return settings;
}

struct settings *settings_take(struct settings *settings)
{
	atomic_fetch_add_explicit(&settings->users, 1, memory_order_relaxed);
	return settings;
}

struct settings *settings_take_current(struct server *server)
{
	pthread_mutex_lock(&server->settings_lock);
	struct settings *settings = settings_take(server->settings);
	pthread_mutex_unlock(&server->settings_lock);
	return settings;
}

void settings_drop(struct settings *settings)
{
	if (!settings || atomic_fetch_sub_explicit(&settings->users, 1, memory_order_acq_rel) != 1)
		return;
	if (settings->now.release)
		settings->now.release(settings->now.owner);
	free(settings);
}
