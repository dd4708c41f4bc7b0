/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/settings.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/expiry.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/oauth/client.h"
#include "broker/oauth/metadata.h"
#include "conf/config.h"

#include <stdatomic.h>
#include <stdlib.h>

static int load_templates(struct settings *settings)
{
	const struct span dir = settings->config->branding.templates_dir;
	struct template_problem problem = { "" };
	int result = template_set_load(dir.n ? dir.p : NULL, &problem, &settings->templates);

	if (result)
		LOG(LOG_ERROR, "settings.templates", F_STR("problem", problem.text));
	return result;
}

static int load_net(struct settings *settings)
{
	const struct config_net *net = &settings->config->net;

	settings->net_options = (struct net_options){ .allow = net->allow, .timeout_ms = net->timeout, .connect_timeout_ms = net->connect_timeout,
						      .max_body = (size_t)net->max_body, .ca_file = net->ca_file.n ? net->ca_file.p : NULL };
	return net_new(&settings->net_options, &settings->net);
}

static int load_client_keys(struct settings *settings)
{
	const struct config_clients *clients = &settings->config->clients;

	settings->client_keys = calloc(clients->n + 1, sizeof *settings->client_keys);
	if (!settings->client_keys)
		return FAULT_MEMORY;
	for (size_t i = 0; i < clients->n; i++) {
		int result = client_load_keys(&clients->items[i], &settings->client_keys[i]);

		if (result > 0) {
			LOG(LOG_ERROR, "settings.client_keys", F_SPAN("client", clients->items[i].id), F_STR("problem", "its key or key set cannot be used"));
			return ERR_CONFIG;
		}
		TRY(result);
	}
	return 0;
}

static void set_phones(json_t *data, const struct config_phones *phones, int language)
{
	json_t *list = json_array();

	for (size_t i = 0; i < phones->n; i++) {
		json_t *item = json_pack("{s:s}", "phone_label", "");

		page_set(item, "phone_label", config_text(&phones->items[i].label, language));
		page_set(item, "phone_number", phones->items[i].number);
		json_array_append_new(list, item);
	}
	json_object_set_new(data, "support_phones", list);
}

static void load_common(struct settings *settings)
{
	const struct config *config = settings->config;

	for (int i = 0; i < LANGUAGE_COUNT; i++) {
		int language = page_config_language((enum language)i);

		settings->common[i] = json_object();
		page_set(settings->common[i], "service_name", config_text(&config->branding.name, language));
		page_set(settings->common[i], "support", config_text(&config->support.text, language));
		page_set(settings->common[i], "support_phone", config->support.phone);
		set_phones(settings->common[i], &config->support.phones, language);
		page_set(settings->common[i], "support_url", config->support.url);
		page_set(settings->common[i], "record", config_text(&config->branding.footer, language));
	}
}

int settings_load(struct app *app, const struct config *config, struct settings **ret_settings)
{
	struct settings *settings = calloc(1, sizeof *settings);

	if (!settings)
		return FAULT_MEMORY;
	atomic_init(&settings->refs, 1);
	settings->app = app;
	settings->config = config_ref(config);
	int result = load_templates(settings);
	if (!result)
		result = load_net(settings);
	if (!result)
		result = load_client_keys(settings);
	if (!result)
		result = expiry_new(config, &settings->expiry);
	if (result) {
		app_settings_release(settings);
		return result;
	}
	load_common(settings);
	*ret_settings = settings;
	return 0;
}

static void release(void *owner)
{
	app_settings_release(owner);
}

struct server_settings settings_for_server(struct settings *settings)
{
	const struct config_http *http = &settings->config->http;

	atomic_fetch_add_explicit(&settings->refs, 1, memory_order_relaxed);
	return (struct server_settings){
		.app = settings,
		.templates = settings->templates,
		.common = { settings->common[LANGUAGE_ZH], settings->common[LANGUAGE_EN] },
		.trusted_proxies = http->trusted_proxies,
		.rates = { [RATE_PAGE] = { (unsigned)http->rate_page, 0 }, [RATE_LOGIN] = { (unsigned)http->rate_login, 0 } },
		.language = settings->config->language == CONFIG_EN ? LANGUAGE_EN : LANGUAGE_ZH,
		.access_log = http->access_log,
		.release = release,
		.owner = settings,
	};
}

int settings_publish(struct app *app, const struct settings *settings)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	struct span json;

	if (!arena)
		return FAULT_MEMORY;
	TRY(metadata_write(settings->config, arena, &json));
	return static_slot_set(app->discovery, settings->config->issuer, "application/json", json, "public, max-age=300", true);
}

int settings_prepare(struct app *app, const struct config *config, struct settings **ret_settings)
{
	if (!span_eq(config->issuer, app->settings->config->issuer)) { /* the signer would refuse every token */
		LOG(LOG_ERROR, "settings.issuer", F_STR("problem", "another issuer needs a restart"));
		return ERR_CONFIG;
	}
	return settings_load(app, config, ret_settings);
}

static void name_restarts(const struct app *app, const struct config *config)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	const char *names[16];
	size_t n = arena ? config_restart_changes(app->settings->config, config, arena, names, ARRAY_LEN(names)) : 0;

	for (size_t i = 0; i < n && i < ARRAY_LEN(names); i++)
		LOG(LOG_WARN, "reload.needs_restart", F_STR("option", names[i]));
}

void settings_take_force(struct app *app, struct settings *settings)
{
	const struct config *config = settings->config;

	name_restarts(app, config);
	app_swap_settings(app, settings);
	struct server_settings server = settings_for_server(settings);
	int result = server_reload(app->server, &server);
	if (result)
		app_settings_release(settings); /* the server's hold */
	log_configure((enum log_level)config->log.level, "front");
	if (result || settings_publish(app, settings) || admin_sync_units(app->store, config, sys_now()) || app->rotate(app, sys_now(), 0))
		LOG(LOG_ERROR, "reload.incomplete", F_STR("problem", "see the fault before this line"));
	LOG(LOG_INFO, "reload.done", F_SPAN("issuer", config->issuer));
}
