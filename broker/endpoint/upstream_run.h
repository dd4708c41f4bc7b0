/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_run - a provider at work: it is asked what to do, what it wants to know is fetched for it, until it is done.
 *
 * The same for a login in a request and for what jobs and administrators ask (logout, password, test).
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/trace.h"
#include "providers/provider.h"

struct config_provider;

struct upstream_run {
	const struct settings *settings;
	const struct config_provider *config;
	struct provider_run run;
	struct instant deadline; /* of all of it, not of each fetch */
	struct gathering *trace; /* where its answers are noted; NULL: nowhere */
	bool away;               /* it was not asked: it hangs, or too many wait for it already */
};

/* A run of @config's provider: redirect_uri and random are set, the rest of run is the caller's. @settings and @arena must outlive it. */
MUST_USE int upstream_run_begin(const struct settings *settings, const struct config_provider *config, struct arena *arena, struct instant now,
				struct instant deadline, struct upstream_run *ret_run);
/* Until the provider is done. What it may not say to @event (or does not understand) becomes REJECT with ERR_PROVIDER_FAILED. */
MUST_USE int upstream_run_drive(struct upstream_run *run, struct provider_event event, struct provider_step *ret_step);
/* Is it left alone at the moment? Nobody is sent there then. */
bool upstream_run_is_away(const struct upstream_run *run);
/* Does it understand @event, one of those after FETCHED? */
bool upstream_run_answers(const struct config_provider *config, enum provider_event_type event);
