/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/carrier.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/message_state.h"
#include "conf/config.h"
#include "providers/sms/cmpp.h"

#include <pthread.h>
#include <stdlib.h>

#define NEWS_ARENA ((size_t)256 * 1024)
#define ID 17 /* of a Msg_Id in hexadecimal, terminated */

/* One connection. Lives for as long as somebody holds it: the table, and who sends. */
struct carrier {
	struct app *app;
	int refs;
	const struct config *config; /* where the texts of peer and options stand */
	struct span route;
	struct cmpp_peer peer;
	struct cmpp_options options;
	struct cmpp_link *link;
	struct arena *arena; /* of the link's thread */
};

struct carriers {
	struct app *app;
	pthread_mutex_t lock;
	struct carrier *items[SMS_ROUTES_MAX];
	size_t n;
};

/* ---- what comes back */

struct news {
	struct carrier *carrier;
	const struct cmpp_news *news;
	const struct config_sms_route *route;
	int result;
};

static struct span id_text(uint64_t id, char out[ID])
{
	snprintf(out, ID, "%016llx", (unsigned long long)id);
	return (struct span){ out, ID - 1 };
}

static int keep_news(struct txn *txn, void *arg)
{
	static const int statuses[] = { [CMPP_NEWS_ACCEPTED] = SMS_STATUS_ACCEPTED, [CMPP_NEWS_REFUSED] = SMS_STATUS_FAILED, [CMPP_NEWS_LOST] = SMS_STATUS_UNKNOWN };
	struct news *n = arg;
	const struct cmpp_news *news = n->news;
	struct instant now = sys_now();
	char id[ID];

	if (news->type == CMPP_NEWS_RECEIPT) {
		struct sms_receipt receipt = { .id = id_text(news->id, id), .phone = span_of(news->phone), .code = span_of(news->state),
					       .delivered = strcmp(news->state, "DELIVRD") == 0 };

		n->result = message_state_receive(txn, n->route, &receipt, now, n->carrier->arena);
	} else {
		n->result = message_state_learn(txn, n->route, span_of(news->key), statuses[news->type], id_text(news->id, id), now, n->carrier->arena);
	}
	return n->result < 0 ? n->result : 0;
}

static bool on_news(void *context, const struct cmpp_news *news, bool last)
{
	struct carrier *carrier = context;
	APP_SETTINGS *settings = app_settings(carrier->app);
	struct news n = { carrier, news, config_sms_route(settings->config, carrier->route), 0 };

	if (!n.route) /* a newer configuration has it no more */
		return true;
	arena_reset(carrier->arena);
	int result = store_update(carrier->app->store, keep_news, &n);
	if (!result && !n.result && news->type == CMPP_NEWS_RECEIPT)
		outlet_count(carrier->app->outlets, strcmp(news->state, "DELIVRD") ? FIGURE_SMS_UNDELIVERED : FIGURE_SMS_DELIVERED, 1);
	if (last && (result || n.result))
		LOG(LOG_INFO, "sms.receipt_of_nobody", F_SPAN("route", carrier->route), F_STR("state", news->state));
	return !result && !n.result;
}

/* ---- connections */

static void release(struct carriers *carriers, struct carrier *carrier)
{
	pthread_mutex_lock(&carriers->lock);
	bool is_last = --carrier->refs == 0;
	pthread_mutex_unlock(&carriers->lock);
	if (!is_last)
		return;
	if (carrier->link)
		cmpp_link_free(carrier->link);
	arena_free(carrier->arena);
	config_unref(carrier->config);
	free(carrier);
}

static int carrier_new(struct app *app, const struct config *config, const struct config_sms_route *route, const struct cmpp_peer *peer,
		       struct carrier **ret_carrier)
{
	struct carrier *carrier = calloc(1, sizeof *carrier);

	if (!carrier)
		return FAULT_MEMORY;
	*carrier = (struct carrier){ .app = app, .refs = 1, .config = config_ref(config), .route = route->id, .peer = *peer, .arena = arena_new(NEWS_ARENA) };
	carrier->options = (struct cmpp_options){ .account = peer->account, .host = peer->host.p, .port = (uint16_t)peer->port, .window = (size_t)peer->window,
						  .connect_ms = config->net.connect_timeout, .answer_ms = peer->answer_timeout,
						  .keep_alive_ms = peer->keep_alive, .resend_ms = peer->resend_after, .allow = config->net.allow,
						  .news = on_news, .context = carrier };
	int result = carrier->arena ? cmpp_link_new(&carrier->options, &carrier->link) : FAULT_MEMORY;
	if (result) {
		arena_free(carrier->arena);
		config_unref(carrier->config);
		free(carrier);
		return result;
	}
	*ret_carrier = carrier;
	return 0;
}

static bool is_same_net(const struct config *a, const struct config *b)
{
	return a->net.timeout == b->net.timeout && a->net.connect_timeout == b->net.connect_timeout && a->net.allow.n == b->net.allow.n &&
	       (!a->net.allow.n || memcmp(a->net.allow.items, b->net.allow.items, a->net.allow.n * sizeof *a->net.allow.items) == 0);
}

static bool is_wanted(const struct carrier *carrier, const struct config *config)
{
	const struct config_sms_route *route = config_sms_route(config, carrier->route);
	struct cmpp_peer peer;

	return route && route->enabled && cmpp_peer_of(&route->gateway, &peer) && cmpp_peer_is_same(&peer, &carrier->peer) && is_same_net(config, carrier->config);
}

/* With a reference; NULL when there is none. */
static struct carrier *take(struct carriers *carriers, struct span route)
{
	struct carrier *found = NULL;

	pthread_mutex_lock(&carriers->lock);
	for (size_t i = 0; i < carriers->n && !found; i++)
		if (span_eq(carriers->items[i]->route, route))
			found = carriers->items[i];
	if (found)
		found->refs++;
	pthread_mutex_unlock(&carriers->lock);
	return found;
}

static void end_unwanted(struct carriers *carriers, const struct config *config)
{
	for (size_t i = carriers->n; i-- > 0;) {
		struct carrier *carrier = carriers->items[i];

		if (config && is_wanted(carrier, config))
			continue;
		pthread_mutex_lock(&carriers->lock);
		carriers->items[i] = carriers->items[--carriers->n];
		pthread_mutex_unlock(&carriers->lock);
		release(carriers, carrier);
	}
}

static int open_wanted(struct carriers *carriers, const struct config *config, const struct config_sms_route *route)
{
	struct cmpp_peer peer;
	struct carrier *carrier;

	if (!route->enabled || !cmpp_peer_of(&route->gateway, &peer))
		return 0;
	carrier = take(carriers, route->id);
	if (carrier) {
		release(carriers, carrier);
		return 0;
	}
	TRY(carrier_new(carriers->app, config, route, &peer, &carrier));
	pthread_mutex_lock(&carriers->lock);
	carriers->items[carriers->n++] = carrier;
	pthread_mutex_unlock(&carriers->lock);
	return 0;
}

int carriers_tend(struct carriers *carriers)
{
	if (!carriers)
		return 0;
	APP_SETTINGS *settings = app_settings(carriers->app);
	const struct config *config = settings->config;

	end_unwanted(carriers, config);
	for (size_t i = 0; i < config->sms.routes.n && carriers->n < SMS_ROUTES_MAX; i++)
		TRY(open_wanted(carriers, config, &config->sms.routes.items[i]));
	return 0;
}

int carriers_new(struct app *app, struct carriers **ret_carriers)
{
	struct carriers *carriers = calloc(1, sizeof *carriers);

	if (!carriers)
		return FAULT_MEMORY;
	carriers->app = app;
	pthread_mutex_init(&carriers->lock, NULL);
	*ret_carriers = carriers;
	return 0;
}

void carriers_free(struct carriers *carriers)
{
	if (!carriers)
		return;
	end_unwanted(carriers, NULL);
	pthread_mutex_destroy(&carriers->lock);
	free(carriers);
}

/* ---- sending */

/* Nothing has left: why is there no connection? */
static int unsent(struct carrier *carrier, struct arena *arena, struct sms_result *ret_result)
{
	static const struct advice unreached = { "", SMS_UNAVAILABLE, "无法连接网关：请检查 host、port、专线或防火墙，以及 net.allow。",
						 "The gateway cannot be reached: look at host, port, the line or firewall, and net.allow." };
	struct cmpp_state state;

	cmpp_link_state(carrier->link, &state);
	if (state.error == ERR_PROVIDER_REJECTED)
		return cmpp_connect_refused(state.status, arena, ret_result);
	*ret_result = (struct sms_result){ .outcome = SMS_UNAVAILABLE, .advice = &unreached };
	return 0;
}

static int judge(struct carrier *carrier, const struct cmpp_sent *sent, struct arena *arena, struct sms_result *ret_result)
{
	char id[ID];

	switch (sent->outcome) {
	case CMPP_ACCEPTED:
		*ret_result = (struct sms_result){ .outcome = SMS_ACCEPTED, .id = arena_dup(arena, id_text(sent->ids[0], id)), .pieces = (int64_t)sent->n };
		return ret_result->id.p ? 0 : FAULT_MEMORY;
	case CMPP_REFUSED:
		return cmpp_submit_refused(sent->result, arena, ret_result);
	case CMPP_UNSENT:
		return unsent(carrier, arena, ret_result);
	case CMPP_DOUBT:
		*ret_result = (struct sms_result){ .outcome = SMS_UNKNOWN };
		return 0;
	}
	return FAULT_BUG;
}

int carrier_submit(struct carriers *carriers, const struct config_sms_route *route, const struct sms_message *message, struct instant deadline,
		   struct arena *arena, struct sms_result *ret_result)
{
	struct carrier *carrier = carriers ? take(carriers, route->id) : NULL;
	struct cmpp_sent sent;

	*ret_result = (struct sms_result){ .outcome = SMS_UNAVAILABLE };
	if (!carrier)
		return 0; /* it is being opened */
	int64_t left = deadline.ms - sys_now().ms, most = carrier->config->net.timeout; /* as of any other call */
	int result = cmpp_link_send(carrier->link, message->key, message->phone, message->text, left < 0 ? 0 : left < most ? left : most, &sent);
	if (!result)
		result = judge(carrier, &sent, arena, ret_result);
	else if (result > 0) /* a text that CMPP cannot carry; the message stays UNAVAILABLE, for another route */
		result = 0;
	release(carriers, carrier);
	return result;
}
