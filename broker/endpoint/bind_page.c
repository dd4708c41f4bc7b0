/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/bind.h"

#include "broker/base/encode.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/identity/mask.h"
#include "conf/config.h"

static const struct way {
	const char *name, *path, *form;
	enum config_legacy_method method;
} ways[] = {
	[BIND_SMS] = { "sms", "/bind", "bind-sms", CONFIG_LEGACY_SMS },
	[BIND_PASSWORD] = { "password", "/bind/password", "bind-password", CONFIG_LEGACY_PASSWORD },
	[BIND_REVIEW] = { "review", "/bind/review", "bind-review", CONFIG_LEGACY_REVIEW },
};

static bool goes(const struct config_legacy_source *source, enum config_legacy_method method)
{
	return source->methods >> method & 1;
}

struct span bind_source_name(struct request *rq, struct span id)
{
	const struct config_legacy_source *source = config_legacy_source(app_of(rq)->config, id);
	struct span name = source ? page_text(rq, &source->name) : (struct span){ NULL, 0 };

	return name.n ? name : id;
}

struct span bind_type_name(struct request *rq, struct span id, struct span type)
{
	const struct config_legacy_source *source = config_legacy_source(app_of(rq)->config, id);
	int i = source ? legacy_find_type(source, type) : -1;
	struct span name = i < 0 ? (struct span){ NULL, 0 } : page_text(rq, &source->user_types.items[i].name);

	return name.n ? name : type;
}

bool bind_has_source(const struct config *config, const struct account *account)
{
	return account->namespace_ != NAMESPACE_STAFF && config->legacy_sources.n;
}

bool bind_has_claims(const struct config *config, const struct account *account)
{
	for (size_t i = 0; i < config->legacy_sources.n; i++)
		if (config->legacy_sources.items[i].accounts == CONFIG_LEGACY_CLAIM)
			return account->namespace_ != NAMESPACE_STAFF;
	return false;
}

/* ---- who */

static int load_offers(struct txn *txn, void *arg)
{
	struct bind *b = arg;
	const struct account *account = &b->visitor.facts.account;
	struct unit_actor actor = unit_change_actor(b->rq, account->id);

	b->offers->n = 0;
	return legacy_find_document(txn, &actor, account, b->offers);
}

int bind_open(struct request *rq, enum bind_way way, struct bind *b, bool *ret_answered)
{
	*b = (struct bind){ .rq = rq, .way = way, .offers = arena_new_of(rq->arena, struct legacy_list) };
	*ret_answered = true;
	if (!b->offers)
		return FAULT_MEMORY;
	TRY(visit_open(rq, &b->interaction, &b->visitor));
	if (!b->visitor.has_session)
		return 0;
	if (!bind_has_source(app_of(rq)->config, &b->visitor.facts.account))
		return ERR_NOT_FOUND;
	if (!b->interaction.client_id.n) { /* of their own accord: an open browser is not enough (ASVS 7.5.1) */
		TRY(visit_open_fresh(rq, &b->interaction, &b->visitor));
		if (!b->visitor.has_session)
			return 0;
	}
	if (!id_is_set(b->interaction.id))
		return interaction_here(rq, SPAN(""));
	*ret_answered = false;
	return store_view(app_of(rq)->app->store, load_offers, b);
}

/* ---- the form: what there is to choose of */

static bool has_choice(const struct config_form_choice *items, size_t n, struct span value)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(items[i].value, value))
			return true;
	return false;
}

static int lay_choices(struct bind *b, struct config_form_choices *sources, struct config_form_choices *types)
{
	const struct config_legacy_sources *all = &app_of(b->rq)->config->legacy_sources;
	size_t cap = 1, n = 0, n_types = 0;

	for (size_t i = 0; i < all->n; i++)
		cap += 1 + all->items[i].user_types.n;
	struct config_form_choice *from = arena_array(b->rq->arena, struct config_form_choice, cap), *of = arena_array(b->rq->arena, struct config_form_choice, cap);
	if (!from || !of)
		return FAULT_MEMORY;
	for (size_t i = 0; i < all->n; i++) {
		const struct config_legacy_source *source = &all->items[i];

		if (!goes(source, ways[b->way].method))
			continue;
		from[n++] = (struct config_form_choice){ .value = source->id, .text = source->name };
		for (size_t k = 0; k < source->user_types.n; k++)
			if (!has_choice(of, n_types, source->user_types.items[k].id))
				of[n_types++] = (struct config_form_choice){ .value = source->user_types.items[k].id, .text = source->user_types.items[k].name };
	}
	*sources = (struct config_form_choices){ from, n };
	*types = (struct config_form_choices){ of, n_types };
	return 0;
}

/* One source, or none with kinds of users: nobody is asked. */
static int make_form(struct bind *b)
{
	struct config_form_choices sources, types;
	struct form form = form_find(app_of(b->rq)->config, ways[b->way].form);
	struct config_form_row *rows = arena_array(b->rq->arena, struct config_form_row, form.n ? form.n : 1);
	size_t n = 0;

	if (!rows)
		return FAULT_MEMORY;
	TRY(lay_choices(b, &sources, &types));
	b->source = sources.n ? config_legacy_source(app_of(b->rq)->config, sources.items[0].value) : NULL;
	for (size_t i = 0; i < form.n; i++) {
		bool is_source = span_is(form.rows[i].name, "source"), is_type = span_is(form.rows[i].name, "user_type");

		if ((is_source && sources.n < 2) || (is_type && !types.n))
			continue;
		rows[n] = form.rows[i];
		if (is_source || is_type)
			rows[n].choices = is_source ? sources : types;
		n++;
	}
	b->form = (struct form){ form.name, rows, n };
	return 0;
}

int bind_read(struct bind *b)
{
	struct form_context context = form_page_context(b->rq);

	TRY(make_form(b));
	if (b->rq->method == METHOD_GET)
		return form_page_begin(b->rq, &b->form, (struct span){ NULL, 0 }, &b->values);
	int result = form_page_read(b->rq, &b->form, &context, &b->values);
	if (result < 0)
		return result;
	struct span chosen = form_text(&b->form, b->values, "source");
	if (chosen.n)
		b->source = config_legacy_source(app_of(b->rq)->config, chosen);
	return b->source ? result : ERR_NOT_FOUND;
}

/* ---- the page */

/* A row as its owner recognises it, and nobody else learns from it. */
static int add_offer(struct bind *b, const struct legacy_found *found, json_t *list)
{
	struct span person = { NULL, 0 };
	json_t *item = json_object();
	char id[37];

	if (!item || json_array_append_new(list, item))
		return FAULT_MEMORY;
	encode_id(id, found->row.id);
	page_set(item, "row", span_of(id));
	page_set(item, "system", bind_source_name(b->rq, found->row.source));
	if (found->row.name.n)
		TRY(mask_name(found->row.name, b->rq->arena, &person));
	page_set(item, "login", found->row.login_name.n ? found->row.login_name : SPAN("–"));
	page_set(item, "person", person.n ? person : SPAN("–"));
	json_object_set_new(item, "unit", json_stringn(found->row.unit_name.n ? found->row.unit_name.p : "", found->row.unit_name.n));
	json_object_set_new(item, "mine", json_boolean(found->state.link == CLAIM_BOUND));
	json_object_set_new(item, "taken", json_boolean(found->state.link == CLAIM_BOUND_OTHER));
	return 0;
}

static int add_ways(struct bind *b, json_t *data)
{
	const struct config_legacy_sources *all = &app_of(b->rq)->config->legacy_sources;
	json_t *list = json_array();
	bool has_document = false;

	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		bool offered = false;
		struct span url;

		for (size_t i = 0; i < all->n; i++)
			offered |= goes(&all->items[i], ways[w].method);
		if (!offered)
			continue;
		json_t *item = json_object();
		if (!item || json_array_append_new(list, item))
			return FAULT_MEMORY;
		TRY(visit_url(b->rq, &b->interaction, ways[w].path, &url));
		page_set(item, "way", span_of(ways[w].name));
		page_set(item, "url", url);
		json_object_set_new(item, "chosen", json_boolean(w == b->way));
	}
	for (size_t i = 0; i < all->n; i++)
		has_document |= goes(&all->items[i], CONFIG_LEGACY_DOCUMENT);
	json_object_set_new(data, "ways", list);
	if (has_document && b->visitor.facts.account.realname_status != REALNAME_VERIFIED) {
		struct span url;

		TRY(visit_url(b->rq, &b->interaction, "/realname", &url));
		page_set(data, "realname_url", url);
	} else if (has_document && !b->offers->n) {
		page_set_true(data, "no_history");
	}
	return 0;
}

int bind_data(struct bind *b, const struct form_page_options *options, json_t **ret_data)
{
	JSON *data = visit_page(b->rq, &b->interaction, &b->visitor);
	json_t *offers = json_array();
	struct span url;

	json_object_set_new(data, "offers", offers);
	for (size_t i = 0; i < b->offers->n; i++)
		TRY(add_offer(b, &b->offers->items[i], offers));
	TRY(add_ways(b, data));
	page_set(data, "document_action", SPAN("/bind/document"));
	page_set(data, "way", span_of(ways[b->way].name));
	if (b->interaction.client_id.n) {
		TRY(visit_url(b->rq, &b->interaction, "/continue", &url));
		page_set(data, "back_url", url);
	} else {
		page_set(data, "back_url", SPAN("/account/bindings"));
	}
	if (b->refused == ERR_LEGACY_TAKEN && b->source && goes(b->source, CONFIG_LEGACY_REVIEW)) {
		TRY(visit_url(b->rq, &b->interaction, "/bind/review", &url));
		page_set(data, "dispute_url", url);
	}
	if (b->source) {
		page_set_true(data, "has_form");
		TRY(form_page_add(b->rq, &b->form, b->values, options, data));
	}
	if (b->error)
		page_set_error(data, b->error, b->wait);
	*ret_data = json_incref(data);
	return 0;
}

int bind_reply(struct bind *b, json_t *data)
{
	int error = b->error ? b->error : b->source ? form_page_error(&b->form, b->values) : 0;

	return reply_page(b->rq, page_status(error), "bind", data);
}

void bind_blame(struct bind *b)
{
	const char *field = b->refused == ERR_LEGACY_FIRST && form_row(&b->form, "user_type") ? "user_type" : b->way == BIND_SMS ? "phone" : b->refused == ERR_CREDENTIALS ? "password_old" : "known_login";
	const char *detail = b->detail.n ? arena_cstr(b->rq->arena, b->detail) : NULL;

	if (!form_row(&b->form, field))
		b->error = b->refused;
	else
		form_set_error(&b->form, b->values, field, b->refused, detail);
}

/* ---- kept */

int bind_person(struct txn *txn, struct bind *b, struct account *ret_account)
{
	struct visitor now;

	TRY(session_load(txn, b->rq, &now));
	if (!now.has_session || !id_eq(now.session.account, b->visitor.session.account))
		return ERR_LOGIN_REQUIRED;
	*ret_account = now.facts.account;
	return 0;
}

int bind_keep(struct txn *txn, struct bind *b, struct account *account, const struct legacy_found *found, const struct legacy_proof *proof)
{
	struct unit_actor actor = unit_change_actor(b->rq, account->id);
	const struct config_legacy_source *source = config_legacy_source(app_of(b->rq)->config, found->row.source);
	struct legacy first;
	bool has_first = false;
	int result = 0;

	if (found->state.link != CLAIM_BOUND)
		TRY(legacy_find_first(txn, &actor, source, &found->row, account, &has_first, &first));
	if (has_first) { /* Z6, whichever way the proof was given */
		b->detail = first.user_type;
		result = ERR_LEGACY_FIRST;
	} else {
		result = legacy_change_bind(txn, &actor, &found->row, account, proof);
	}
	b->refused = result;
	if (result == ERR_LEGACY_FIRST || result == ERR_LEGACY_TAKEN || result == ERR_LEGACY_LIMIT) {
		struct legacy_proof refused = *proof;

		refused.reason = span_of(error_row(result)->code);
		return legacy_change_note(txn, &actor, &found->row, account, "refused", &refused);
	}
	TRY(result);
	return legacy_owner_complete(txn, &actor, account, &found->row);
}

int bind_done(struct bind *b)
{
	if (!b->interaction.client_id.n && !b->interaction.return_to.n)
		return reply_redirect(b->rq, SPAN("/account/bindings"));
	return visit_done(b->rq, &b->interaction, SPAN("/account/bindings"));
}
