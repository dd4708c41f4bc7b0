/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/interaction.h"

#include "broker/base/encode.h"
#include "broker/base/url.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/store/records_system.h"
#include "conf/config.h"
#include "keys/digest.h"

/* ---- made and found */

static int browser_hash(struct request *rq, struct id id, struct span browser, struct span *ret_hash)
{
	unsigned char *hash = arena_alloc(rq->arena, 32);

	if (!hash || !browser.p)
		return FAULT_MEMORY;
	*ret_hash = (struct span){ (char *)hash, 32 };
	return digest_of(DIGEST_SHA256, hash, SPAN("interaction"), ((struct span){ (const char *)id.b, sizeof id.b }), browser);
}

int interaction_begin(struct request *rq, const struct authorize_request *request, struct interaction *ret_interaction)
{
	struct interaction interaction = { .max_age = -1 };

	if (store_is_full(app_of(rq)->app->store)) /* design.md 5: what is there can still be ended and cleaned up */
		return ERR_FULL;
	interaction.id = record_expiring_id(instant_add(rq->now, app_of(rq)->config->tokens.interaction_life));
	interaction.created_at = rq->now;
	interaction.purpose = request ? SPAN("authorize") : SPAN("account");
	interaction.lang = span_of(request_language(rq) == LANGUAGE_EN ? "en" : "zh-CN");
	if (request)
		authorize_to_interaction(request, &interaction);
	TRY(browser_hash(rq, interaction.id, request_browser(rq), &interaction.secret_hash));
	*ret_interaction = interaction;
	return 0;
}

static int put(struct txn *txn, void *arg)
{
	return record_put(txn, &KIND_INTERACTION, arg);
}

int interaction_keep(struct request *rq, struct interaction *interaction)
{
	return store_update(app_of(rq)->app->store, put, interaction);
}

int interaction_login(struct request *rq, struct span path)
{
	struct interaction interaction;
	struct span url;

	TRY(interaction_begin(rq, NULL, &interaction));
	interaction.return_to = path;
	TRY(interaction_keep(rq, &interaction));
	TRY(interaction_url(rq, "/login", &interaction, &url));
	return reply_redirect(rq, url);
}

int interaction_here(struct request *rq, struct span tab)
{
	struct interaction interaction;
	struct span url;
	char *path = arena_cstr(rq->arena, rq->path);

	if (!path)
		return FAULT_MEMORY;
	TRY(interaction_begin(rq, NULL, &interaction));
	TRY(interaction_keep(rq, &interaction));
	TRY(interaction_tab_url(rq, path, &interaction, tab, &url));
	return reply_redirect(rq, url);
}

int interaction_load(struct txn *txn, struct request *rq, struct interaction *ret_interaction)
{
	struct id id;

	if (encode_base64url_bytes(request_param(rq, "interaction"), (unsigned char *)id.b, sizeof id.b))
		return ERR_INTERACTION_EXPIRED;
	return interaction_load_id(txn, rq, id, ret_interaction);
}

/* ---- over, and the way back. Who comes to a spent interaction (a second tab, the back button) is shown the way to the client that it was
 * for, if this browser is the one that it belonged to. */

static struct id spent_mark(struct id interaction)
{
	return record_named_id(record_expiry(interaction), SPAN("interaction"), (struct span){ (const char *)interaction.b, sizeof interaction.b });
}

/* What stays of @interaction when it is taken, until it would have expired: whose it was, and for whom. */
static int leave_mark(struct txn *txn, struct request *rq, const struct interaction *interaction)
{
	struct buf note = buf_new(rq->arena, 64);
	struct mark mark = { .id = spent_mark(interaction->id) };

	if (!interaction->client_id.n)
		return 0;
	buf_add(&note, interaction->secret_hash);
	buf_add(&note, interaction->client_id);
	TRY(buf_done(&note, &mark.note));
	return record_put(txn, &KIND_MARK, &mark);
}

int interaction_take(struct txn *txn, struct request *rq, struct id id)
{
	struct interaction taken;
	int result = record_take(txn, &KIND_INTERACTION, id, rq->now, rq->arena, &taken);

	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	return leave_mark(txn, rq, &taken);
}

struct dropping {
	struct request *rq;
	const struct interaction *interaction;
};

static int drop_in(struct txn *txn, void *arg)
{
	const struct dropping *dropping = arg;
	int result = record_del(txn, &KIND_INTERACTION, dropping->interaction->id);

	return result ? result == ERR_ABSENT ? 0 : result : leave_mark(txn, dropping->rq, dropping->interaction);
}

int interaction_drop(struct request *rq, const struct interaction *interaction)
{
	return store_update(app_of(rq)->app->store, drop_in, &(struct dropping){ rq, interaction });
}

/* Configured addresses only: the client's own page, or the origin of its redirect URI. */
static struct span client_address(struct request *rq, const struct config_client *client)
{
	struct url url;

	if (client->home.n || !client->redirect_uris.n || url_parse(client->redirect_uris.items[0], &url))
		return client->home;
	return span_of(arena_printf(rq->arena, SPAN_FMT "://" SPAN_FMT "/", SPAN_ARG(url.scheme), SPAN_ARG(url.authority)));
}

/* @id is not alive any more. */
static int show_way_back(struct txn *txn, struct request *rq, struct id id)
{
	struct interaction expired;
	struct span whose, hash, client_id;
	struct mark mark;

	if (!request_has_browser(rq))
		return 0;
	int result = record_get(txn, &KIND_INTERACTION, id, rq->arena, &expired);
	if (!result) {
		whose = expired.secret_hash;
		client_id = expired.client_id;
	} else if (result == ERR_ABSENT) {
		result = record_get(txn, &KIND_MARK, spent_mark(id), rq->arena, &mark);
		if (result || mark.note.n < 32)
			return result == ERR_ABSENT ? 0 : result;
		whose = (struct span){ mark.note.p, 32 };
		client_id = (struct span){ mark.note.p + 32, mark.note.n - 32 };
	} else {
		return result;
	}
	TRY(browser_hash(rq, id, request_browser(rq), &hash));
	const struct config_client *client = secret_eq(hash, whose) ? config_client(app_of(rq)->config, client_id) : NULL;
	if (client && client->enabled)
		reply_way_back(rq, client_address(rq, client));
	return 0;
}

int interaction_load_id(struct txn *txn, struct request *rq, struct id id, struct interaction *ret_interaction)
{
	struct span hash;

	int result = record_get_live(txn, &KIND_INTERACTION, id, rq->now, rq->arena, ret_interaction);
	if (result == ERR_ABSENT) {
		TRY(show_way_back(txn, rq, id));
		return ERR_INTERACTION_EXPIRED;
	}
	TRY(result);
	if (!request_has_browser(rq))
		return ERR_INTERACTION_FOREIGN;
	TRY(browser_hash(rq, id, request_browser(rq), &hash));
	if (!secret_eq(hash, ret_interaction->secret_hash))
		return ERR_INTERACTION_FOREIGN;
	request_prefer_language(rq, ret_interaction->lang);
	return 0;
}

struct opening {
	struct request *rq;
	struct interaction *interaction;
	struct visitor *visitor;
};

static int open_in(struct txn *txn, void *arg)
{
	struct opening *opening = arg;

	TRY(interaction_load(txn, opening->rq, opening->interaction));
	return session_load(txn, opening->rq, opening->visitor);
}

int interaction_open(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor)
{
	struct opening opening = { rq, ret_interaction, ret_visitor };

	return store_view(app_of(rq)->app->store, open_in, &opening);
}

int interaction_text(struct request *rq, struct id id, struct span *ret_text)
{
	struct buf buf = buf_new(rq->arena, 32);

	encode_base64url(&buf, (struct span){ (const char *)id.b, sizeof id.b });
	return buf_done(&buf, ret_text);
}

int interaction_url(struct request *rq, const char *path, const struct interaction *interaction, struct span *ret_url)
{
	struct buf buf = buf_new(rq->arena, 64);

	buf_add(&buf, span_of(path));
	buf_str(&buf, "?interaction=");
	encode_base64url(&buf, (struct span){ (const char *)interaction->id.b, sizeof interaction->id.b });
	return buf_done(&buf, ret_url);
}

int interaction_tab_url(struct request *rq, const char *path, const struct interaction *interaction, struct span tab, struct span *ret_url)
{
	struct span url;

	TRY(interaction_url(rq, path, interaction, &url));
	*ret_url = tab.n ? span_of(arena_printf(rq->arena, SPAN_FMT "&tab=" SPAN_FMT, SPAN_ARG(url), SPAN_ARG(tab))) : url;
	return ret_url->p ? 0 : FAULT_MEMORY;
}

struct span interaction_client_name(struct request *rq, const struct interaction *interaction)
{
	const struct config_client *client = config_client(app_of(rq)->config, interaction->client_id);

	if (!client)
		return (struct span){ NULL, 0 };
	return page_text(rq, &client->name);
}

void interaction_allow_target(struct request *rq, const struct interaction *interaction)
{
	const struct config_client *client = config_client(app_of(rq)->config, interaction->client_id);

	if (interaction->redirect_uri.n)
		reply_allow_form_target(rq, interaction->redirect_uri);
	for (size_t i = 0; client && i < client->onward_origins.n; i++)
		reply_allow_form_target(rq, client->onward_origins.items[i]);
}
