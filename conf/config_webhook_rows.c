/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_rows.h"
#include "conf/config_webhook.h"

static const char *const names[] = {
#define X(name, text) text,
	CONFIG_EVENTS(X)
#undef X
	NULL,
};

const char *config_event_name(enum config_event event)
{
	return names[event];
}

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
const struct option config_webhook_rows[] = {
	ROW(config_webhook, OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Name of the receiver; under it the broker remembers how far it has been told. Never change it."),
	ROW(config_webhook, OPTION_STRING, url, .min = 1, .max = 2048, .flags = OPTION_REQUIRED,
	    .doc = "Where events are posted: https, or http on an address that `net.allow` names."),
	ROW(config_webhook, OPTION_SECRET, secret, .min = 1, .max = 256, .flags = OPTION_REQUIRED,
	    .doc = "Signs each post (Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`). A text `whsec_…` is base64, any other is taken as it "
		   "is. At least 24 bytes, random. Better as `secret_file`."),
	ROW(config_webhook, OPTION_STRING, client, .max = 128,
	    .doc = "The client that receives: people are named by its `sub` (OpenID Connect Core 8). Not set: the public one."),
	ROW(config_webhook, OPTION_SET, events, .values = names, .max = ARRAY_LEN(names) - 1, .doc = "Which events it wants; not set: all."),
	ROW(config_webhook, OPTION_BOOL, enabled, .def = "true", .doc = "false: nothing is posted, and what happens meanwhile waits."),
	{ 0 },
};

const struct option config_event_rows[] = {
	ROW(config_events, OPTION_DURATION, retention, .def = "30d", .min = MS_HOUR, .max = 3650 * MS_DAY,
	    .doc = "How long events are kept, for receivers that are down and for repeating."),
	ROW(config_events, OPTION_DURATION, give_up_after, .def = "3d", .min = MS_SECOND, .max = 3650 * MS_DAY,
	    .doc = "A receiver that refuses an event for this long is not asked to take it again; the next event has its turn."),
	{ 0 },
};
