/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/hours.h"
#include "broker/base/url.h"
#include "conf/config.h"
#include "conf/config_rows.h"

/* Every secret under conf/demo begins like this, and tests/unit/conf proves it: published secrets are no secrets. */
static const char demo_prefix[] = "demo-";
/* conf/demo/demo-jwt.pem: the private key, its public half, and its x coordinate in a JWK. */
static const char *const demo_keys[] = {
	"2y7A1uSuaAxRlOSmgqmGnV50EROhRANCAARxtxWzAsTa63DgTloCv9I8pigyBxFO",
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcbcVswLE2utw4E5aAr/SPKYoMgcR",
	"cbcVswLE2utw4E5aAr_SPKYoMgcRTl7Pvm648kTMAhg",
};

struct check {
	const struct config *config;
	const struct yaml_node *root;
	struct problems *problems;
};

/* "group.key", for a place. */
static struct place place_of(const struct check *check, const char *group, const char *key)
{
	const struct yaml_node *map = yaml_get(check->root, group);

	return map ? yaml_place(map, key) : check->root->place;
}

static bool is_made_of(struct span s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] && strchr(extra, s.p[i]))))
			return false;
	return true;
}

static void check_issuer(const struct check *check)
{
	struct span issuer = check->config->issuer;
	struct place place = yaml_place(check->root, "issuer");
	struct url url;

	if (!issuer.n)
		return; /* missing, and reported */
	if (url_parse(issuer, &url)) {
		problem_add(check->problems, place, "\"issuer\" must be a URL such as https://id.example.gov.cn");
		return;
	}
	/* OpenID Connect Discovery 3, RFC 8414 2 */
	if (url.has_query || url.has_fragment)
		problem_add(check->problems, place, "\"issuer\" must not have a query or a fragment");
	if (issuer.p[issuer.n - 1] == '/')
		problem_add(check->problems, place, "\"issuer\" must not end with a slash");
	if (!span_is(url.scheme, "https") && !url.is_loopback)
		problem_add(check->problems, place, "\"issuer\" must begin with https:// (http only on loopback)");
	if (check->config->demo && !url.is_loopback)
		problem_add(check->problems, yaml_place(check->root, "demo"), "\"demo\" is only for an issuer on loopback");
	if (!check->config->store.sync && !url.is_loopback)
		problem_add(check->problems, place_of(check, "store", "sync"),
			    "\"store.sync: false\" loses acknowledged data; only for an issuer on loopback");
}

static void check_http(const struct check *check)
{
	const struct config_http *http = &check->config->http;
	const struct yaml_node *map = yaml_get(check->root, "http"), *listen = map ? yaml_get(map, "listen") : NULL;
	const struct yaml_node *item = listen ? listen->first : NULL;

	for (size_t i = 0; i < http->listen.n; i++, item = item ? item->next : NULL) {
		struct place place = item ? item->place : check->root->place;

		/* libraries.md 0: libmicrohttpd 0.9.75 can be led to read one request as two */
		if (!address_is_local(&http->listen.items[i]) && !http->insecure_expose)
			problem_add(check->problems, place,
				    "\"http.listen\": others can reach %s; put nginx in front, or set http.insecure_expose",
				    http->listen.items[i].text.p);
		for (size_t j = 0; j < i; j++)
			if (span_eq(http->listen.items[i].text, http->listen.items[j].text))
				problem_add(check->problems, place, "\"http.listen\" names %s twice", http->listen.items[i].text.p);
	}
	if (!http->tls_cert.n != !http->tls_key.n)
		problem_add(check->problems, place_of(check, "http", http->tls_cert.n ? "tls_cert_file" : "tls_key_file"),
			    "\"http.tls_cert\" and \"http.tls_key\" belong together");
	for (size_t i = 0; i < http->trusted_proxies.n; i++)
		if (!http->trusted_proxies.items[i].is_unix && http->trusted_proxies.items[i].bits == 0)
			problem_add(check->problems, place_of(check, "http", "trusted_proxies"),
				    "\"http.trusted_proxies\" must not be everyone");
}

static void check_pages(const struct check *check)
{
	struct span link = check->config->support.url;
	struct url url;

	if (link.n && url_parse(link, &url))
		problem_add(check->problems, place_of(check, "support", "url"), "\"support.url\" must be an http or https URL");
}

static void check_password(const struct check *check)
{
	const struct config_password *password = &check->config->password;
	int64_t mib = password->cost_memory / (1024 * 1024);
	/* OWASP ASVS 5.0 appendix C */
	int64_t floor = password->cost_time == 1 ? 46 : password->cost_time == 2 ? 19 : 12;

	if (mib < floor)
		problem_warn(check->problems, place_of(check, "password", "cost_memory"),
			     "\"password.cost_memory\" should be at least %dMiB with cost_time %d (OWASP ASVS)", (int)floor,
			     (int)password->cost_time);
}

/* Pairs of numbers of which the first may not exceed the second. */
static void check_order(const struct check *check)
{
	const struct config *c = check->config;
	const struct {
		const char *group, *key, *other;
		int64_t value, most;
	} rows[] = {
		{ "session", "idle", "session.absolute", c->session.idle, c->session.absolute },
		{ "tokens", "refresh_idle", "tokens.refresh_life", c->tokens.refresh_idle, c->tokens.refresh_life },
		/* a key that signs before every cached JWKS holds it breaks clients */
		{ "keys", "jwks_max_age", "keys.publish_ahead", c->keys.jwks_max_age, c->keys.publish_ahead },
		{ "keys", "publish_ahead", "keys.rotate_after", c->keys.publish_ahead, c->keys.rotate_after },
		{ "net", "connect_timeout", "net.timeout", c->net.connect_timeout, c->net.timeout },
		{ "net", "timeout", "http.request_timeout", c->net.timeout, c->http.request_timeout },
		{ "store", "quota", "store.map_size", c->store.quota, c->store.map_size },
		{ "otp", "per_phone_minute", "otp.per_phone_hour", c->otp.per_phone_minute, c->otp.per_phone_hour },
		{ "otp", "per_phone_hour", "otp.per_phone_day", c->otp.per_phone_hour, c->otp.per_phone_day },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].value > rows[i].most)
			problem_add(check->problems, place_of(check, rows[i].group, rows[i].key),
			    "\"%s.%s\" must not exceed \"%s\"",
				    rows[i].group, rows[i].key, rows[i].other);
}

/* Passwords are posted to it. */
static void check_live(const struct check *check, const struct config_live *live, const struct yaml_node *map)
{
	struct place place = map ? yaml_place(map, "url") : check->root->place;
	struct url url;

	if (live->url.n && url_parse_secure(live->url, &url))
		problem_add(check->problems, place, "\"live.url\" must begin with https:// (http only on loopback)");
	for (size_t i = 0; i < live->key_id.n; i++)
		if (live->key_id.p[i] <= ' ' || live->key_id.p[i] == '"' || live->key_id.p[i] == '\\' || live->key_id.p[i] > '~')
			problem_add(check->problems, place, "\"live.key_id\" is made of printable characters without quotes");
	if ((live->mode == CONFIG_LIVE_SHADOW || live->mode == CONFIG_LIVE_MIGRATE) && (!live->url.n || !live->secret.bytes.n))
		problem_add(check->problems, place, "\"live\" needs url and secret");
	if (live->timeout > check->config->net.timeout)
		problem_warn(check->problems, place, "\"live.timeout\": \"net.timeout\" is shorter and ends every request");
}

static void check_provider(const struct check *check, const struct config_provider *provider, const struct yaml_node *item)
{
	struct url url;

	if (!is_made_of(provider->id, "-"))
		problem_add(check->problems, yaml_place(item, "id"), "the id of a provider is made of a-z, 0-9 and -");
	if (provider->password_url.n && url_parse_secure(provider->password_url, &url))
		problem_add(check->problems, yaml_place(item, "password_url"), "\"password_url\" must be an https URL (http only on loopback)");
}

/* Ids that become part of URLs, element ids and keys of records. */
static void check_ids(const struct check *check)
{
	const struct config *c = check->config;
	const struct yaml_node *list = yaml_get(check->root, "providers"), *item = list ? list->first : NULL;

	for (size_t i = 0; i < c->providers.n; i++, item = item ? item->next : NULL)
		check_provider(check, &c->providers.items[i], item);
	list = yaml_get(check->root, "legacy_sources");
	item = list ? list->first : NULL;
	for (size_t i = 0; i < c->legacy_sources.n; i++, item = item ? item->next : NULL) {
		check_live(check, &c->legacy_sources.items[i].live, item ? yaml_get(item, "live") : NULL);
		if (!is_made_of(c->legacy_sources.items[i].id, "-_"))
			problem_add(check->problems, yaml_place(item, "id"),
			    "the id of an old system is made of a-z, 0-9, - and _");
	}
}

/* Slots stand in forms, records and addresses. */
static void check_uploads(const struct check *check)
{
	const struct yaml_node *list = yaml_get(check->root, "uploads"), *item = list ? list->first : NULL;

	for (size_t i = 0; i < check->config->uploads.n; i++, item = item ? item->next : NULL) {
		const struct config_upload *upload = &check->config->uploads.items[i];

		if (!is_made_of(upload->id, "-"))
			problem_add(check->problems, yaml_place(item, "id"), "the id of an upload is made of a-z, 0-9 and -");
		for (size_t k = 0; k < upload->slots.n; k++) {
			const struct config_slot *slot = &upload->slots.items[k];

			if (!is_made_of(slot->id, "_"))
				problem_add(check->problems, yaml_place(item, "slots"), "the id of a slot is made of a-z, 0-9 and _");
			if (!slot->title.zh.n)
				problem_add(check->problems, yaml_place(item, "slots"), "slot " SPAN_FMT " needs a title", SPAN_ARG(slot->id));
		}
		if (!upload->slots.n)
			problem_add(check->problems, yaml_place(item, "slots"), "an upload needs slots");
	}
}

static void check_webhooks(const struct check *check)
{
	const struct config_webhooks *webhooks = &check->config->webhooks;
	const struct yaml_node *list = yaml_get(check->root, "webhooks"), *item = list ? list->first : NULL;
	struct url url;

	for (size_t i = 0; i < webhooks->n; i++, item = item ? item->next : NULL) {
		const struct config_webhook *webhook = &webhooks->items[i];

		if (!item || item->type != YAML_MAP)
			continue;
		if (!is_made_of(webhook->id, "-_"))
			problem_add(check->problems, yaml_place(item, "id"), "the id of a webhook is made of a-z, 0-9, - and _");
		if (webhook->url.n && (url_parse_secure(webhook->url, &url) || url.has_fragment))
			problem_add(check->problems, yaml_place(item, "url"), "\"url\" must begin with https:// (http only on loopback)");
		if (webhook->client.n && !config_client(check->config, webhook->client))
			problem_add(check->problems, yaml_place(item, "client"), "there is no client \"" SPAN_FMT "\"", SPAN_ARG(webhook->client));
	}
}

static void check_sms(const struct check *check)
{
	const struct yaml_node *login = yaml_get(check->root, "login"), *sms = yaml_get(check->root, "sms");
	const struct yaml_node *wanted = login ? yaml_get(login, "phone_otp") : NULL;

	if (wanted && span_is(wanted->scalar, "true") && !(sms && (yaml_get(sms, "gateway") || yaml_get(sms, "routes"))))
		problem_add(check->problems, wanted->place, "\"login.phone_otp\" needs \"sms.gateway\"");
	if (check->config->login.phone_otp && check->config->otp.resend_after > check->config->otp.life)
		problem_warn(check->problems, place_of(check, "otp", "resend_after"),
			     "\"otp.resend_after\" is longer than a code lives: people wait without a valid code");
}

static void check_recovery(const struct check *check)
{
	struct span home = check->config->recovery.home;
	struct url url;

	if (home.n && url_parse(home, &url))
		problem_add(check->problems, place_of(check, "recovery", "home"), "\"recovery.home\" must be an http or https URL");
}

static void check_registration(const struct check *check)
{
	const struct config_registration *registration = &check->config->registration;
	const struct config_window *window = &registration->window;
	const struct yaml_node *map = yaml_get(check->root, "registration"), *hours = map ? yaml_get(map, "window") : NULL;
	struct place place = hours ? hours->place : place_of(check, "registration", "window");
	struct hours hours_of_day;
	struct url url;

	if (!window->from.n != !window->to.n)
		problem_add(check->problems, place, "\"registration.window.from\" and \"registration.window.to\" belong together");
	else if (!hours_parse(window->from, window->to, &hours_of_day))
		problem_add(check->problems, place, "\"registration.window\" takes times of the day such as 08:00");
	else if (window->from.n && hours_of_day.from == hours_of_day.to)
		problem_add(check->problems, place, "\"registration.window\" must not begin when it ends");
	if (registration->agreement.url.n && url_parse(registration->agreement.url, &url))
		problem_add(check->problems, place_of(check, "registration", "agreement"),
			    "\"registration.agreement.url\" must be an http or https URL");
	if (check->config->password.min > check->config->password.max)
		problem_add(check->problems, place_of(check, "password", "min"), "\"password.min\" must not exceed \"password.max\"");
}

/* The demonstration's secrets are public; nothing else may rest on them. */
static void check_demo_secret(const struct option *row, void *value, const struct yaml_node *map, void *context)
{
	const struct check *check = context;
	char file_key[80];

	snprintf(file_key, sizeof file_key, "%s_file", row->key);
	if (!map)
		return;
	struct place place = yaml_place(map, yaml_get(map, file_key) ? file_key : row->key);
	if (row->type == OPTION_SECRET) {
		struct span secret = ((const struct secret *)value)->bytes;

		if (span_starts(secret, span_of(demo_prefix)))
			problem_add(check->problems, place,
			    "\"%s\" is a published secret of the demonstration; it needs \"demo: true\"", row->key);
	} else if (row->type == OPTION_STRING && row->flags & OPTION_FILE) {
		const struct span *text = value;

		for (size_t i = 0; i < ARRAY_LEN(demo_keys); i++)
			if (text->n && memmem(text->p, text->n, demo_keys[i], strlen(demo_keys[i])))
				problem_add(check->problems, place,
					    "\"%s\" is the published key of the demonstration; it needs \"demo: true\"", row->key);
	}
}

void config_check(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	struct check check = { config, root, problems };
	const struct yaml_node *list = yaml_get(root, "clients"), *item = list ? list->first : NULL;

	check_issuer(&check);
	check_http(&check);
	check_pages(&check);
	check_password(&check);
	check_order(&check);
	check_sms(&check);
	config_check_sms(config, root, problems);
	check_ids(&check);
	config_check_realname(config, root, problems);
	check_registration(&check);
	check_recovery(&check);
	check_uploads(&check);
	check_webhooks(&check);
	config_check_mail(config, root, problems);
	config_check_units(config, root, problems);
	if (!config->demo)
		option_walk(config_rows, (void *)(uintptr_t)config, root, check_demo_secret, &check);
	for (size_t i = 0; i < config->clients.n; i++, item = item ? item->next : NULL)
		if (item && item->type == YAML_MAP && config->clients.items[i].id.n)
			config_check_client(config, &config->clients.items[i], item, problems);
}
