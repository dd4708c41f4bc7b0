/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/identity_desk.h"

#include "broker/base/sys.h"
#include "broker/endpoint/identity_change.h"
#include "broker/endpoint/legacy_desk.h"
#include "broker/endpoint/legacy_shown.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/oauth/claims.h"
#include "broker/store/records_account.h"
#include "conf/config.h"

#include <stdlib.h>

#define EVENTS_MAX 128 /* of one person that are shown: the newest of each account */

struct seen {
	struct txn *txn;
	struct desk *desk;
	struct subject_group group; /* those who are one now, the whole first */
	struct span names[SUBJECT_PARTS];
	struct identity_event events[EVENTS_MAX];
	size_t n;
};

static void set_text(json_t *item, const char *key, struct span text)
{
	json_object_set_new(item, key, json_stringn(text.n ? text.p : "", text.n)); /* empty too: what is absent is looked for further out */
}

static int load_group(struct txn *txn, struct id identity, struct arena *arena, struct subject_group *ret_group)
{
	struct id whole;

	TRY(subject_whole_id(txn, identity, arena, &whole));
	return subject_parts(txn, whole, arena, ret_group);
}

/* ---- what an identity is called: what its accounts log in with */

struct naming {
	struct request *rq;
	struct span text;
};

static int add_name(const void *record, void *arg)
{
	struct naming *naming = arg;
	struct span shown;

	TRY(legacy_shown_account(naming->rq, record, &shown));
	if (!shown.n)
		return 0;
	char *text = naming->text.n ? arena_printf(naming->rq->arena, SPAN_FMT ", " SPAN_FMT, SPAN_ARG(naming->text), SPAN_ARG(shown)) : NULL;
	if (naming->text.n && !text)
		return FAULT_MEMORY;
	naming->text = text ? span_of(text) : shown;
	return 0;
}

static int name_of(struct txn *txn, struct request *rq, struct id identity, struct span *ret_name)
{
	struct naming naming = { .rq = rq, .text = SPAN("") };
	struct account probe = { .identity = identity };

	TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &probe, rq->arena, add_name, &naming));
	*ret_name = naming.text.n ? naming.text : SPAN("–");
	return 0;
}

/* ---- history */

static int take_event(const void *record, void *arg)
{
	const struct identity_event *event = record;
	struct seen *seen = arg;

	for (size_t i = 0; i < seen->n; i++)
		if (id_eq(seen->events[i].id, event->id))
			return 0;
	if (seen->n == EVENTS_MAX)
		return TXN_STOP;
	seen->events[seen->n++] = *event;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct identity_event *x = a, *y = b;

	return memcmp(x->id.b, y->id.b, sizeof x->id.b);
}

static int load_events(struct seen *seen)
{
	struct arena *arena = seen->desk->rq->arena;

	for (size_t i = 0; i < seen->group.n; i++) {
		struct identity_event probe = { .whole = seen->group.part[i], .part = seen->group.part[i] };
		struct record_from newest = { .falling = true };

		TRY(record_page(seen->txn, &KIND_IDENTITY_EVENT, IDENTITY_EVENT_BY_WHOLE, &probe, newest, arena, take_event, seen));
		TRY(record_page(seen->txn, &KIND_IDENTITY_EVENT, IDENTITY_EVENT_BY_PART, &probe, newest, arena, take_event, seen));
	}
	qsort(seen->events, seen->n, sizeof seen->events[0], by_id);
	return 0;
}

/* How one side was proved. */
static int add_proof(struct seen *seen, const struct identity_proof *proof, json_t *list)
{
	struct request *rq = seen->desk->rq;
	const struct config_provider *provider = NULL;
	struct span way = proof->method, name;
	json_t *item = json_object();

	if (!item || json_array_append_new(list, item))
		return FAULT_MEMORY;
	if (span_starts(way, SPAN("provider:"))) {
		span_cut(&way, ':');
		provider = config_provider(app_of(rq)->config, way);
		set_text(item, "provider", provider ? page_text(rq, &provider->title) : way);
		way = SPAN("provider");
	}
	TRY(legacy_shown_actor(seen->txn, rq, proof->account, &name));
	set_text(item, "login", name.n ? name : SPAN("–"));
	set_text(item, "way", way.n ? way : SPAN("unknown"));
	json_object_set_new(item, "two_factors", json_boolean(proof->two_factors));
	page_set_int(item, "proof_level", proof->level);
	set_text(item, "proved_at", SPAN(""));
	page_set_time(item, "proved_at", proof->at);
	return 0;
}

static int add_events(struct seen *seen, json_t *list)
{
	struct request *rq = seen->desk->rq;

	for (size_t i = 0; i < seen->n; i++) {
		const struct identity_event *event = &seen->events[i];
		json_t *item = json_object(), *proofs = json_array();
		struct span text;

		if (!item || !proofs || json_array_append_new(list, item) || json_object_set_new(item, "proofs", proofs))
			return FAULT_MEMORY;
		page_set_time(item, "at", event->at);
		set_text(item, "what", event->what);
		TRY(legacy_shown_actor(seen->txn, rq, event->actor, &text));
		set_text(item, "who", text.n ? text : SPAN("–"));
		TRY(name_of(seen->txn, rq, event->whole, &text));
		set_text(item, "whole", text);
		TRY(name_of(seen->txn, rq, event->part, &text));
		set_text(item, "part", text);
		set_text(item, "why", event->reason);
		if (span_eq(event->what, IDENTITY_MERGED)) {
			TRY(add_proof(seen, &event->whole_proof, proofs));
			TRY(add_proof(seen, &event->part_proof, proofs));
		}
	}
	return 0;
}

/* ---- those who are one now, and whom clients are told */

static int take_newest(const void *record, void *arg)
{
	*(struct identity_event *)arg = *(const struct identity_event *)record;
	return TXN_STOP;
}

/* The request that waits for a second person, if any: nothing has happened to @part since. */
static int load_asked(struct txn *txn, struct id part, struct arena *arena, struct identity_event *ret_asked)
{
	struct identity_event probe = { .part = part };

	*ret_asked = (struct identity_event){ 0 };
	TRY(record_page(txn, &KIND_IDENTITY_EVENT, IDENTITY_EVENT_BY_PART, &probe, (struct record_from){ .falling = true }, arena, take_newest, ret_asked));
	if (!span_eq(ret_asked->what, IDENTITY_SPLIT_ASKED))
		*ret_asked = (struct identity_event){ 0 };
	return 0;
}

static int add_parts(struct seen *seen, json_t *data)
{
	struct desk *desk = seen->desk;
	bool two = legacy_desk_four_eyes(desk->rq), may = false;
	struct span chosen = request_param(desk->rq, "subject");
	json_t *list = json_array();

	json_object_set_new(data, "parts", list);
	for (size_t i = 1; i < seen->group.n; i++) {
		json_t *item = json_object();
		struct identity_event asked;
		struct span name;

		if (!item || json_array_append_new(list, item))
			return FAULT_MEMORY;
		TRY(load_asked(seen->txn, seen->group.part[i], desk->rq->arena, &asked));
		TRY(legacy_shown_actor(seen->txn, desk->rq, asked.actor, &name));
		bool mine = two && id_eq(asked.actor, desk->person.rule.account);
		may |= !mine;
		page_set_id(item, "subject", seen->group.part[i]);
		set_text(item, "login", seen->names[i]);
		set_text(item, "asked_by", name);
		set_text(item, "asked_reason", asked.reason);
		json_object_set_new(item, "mine", json_boolean(mine));
		json_object_set_new(item, "chosen", json_boolean(seen->group.n == 2 || span_eq(json_get_span(item, "subject"), chosen)));
	}
	json_object_set_new(data, "can_split", json_boolean(may));
	json_object_set_new(data, "split_two", json_boolean(two));
	return 0;
}

/* What each client was told of each identity, and goes on being told. */
static int add_subs(struct seen *seen, json_t *data)
{
	struct request *rq = seen->desk->rq;
	const struct config_clients *clients = &app_of(rq)->config->clients;
	json_t *list = json_array();
	char sub[CLAIMS_SUB + 1];
	bool was;

	json_object_set_new(data, "subs", list);
	for (size_t c = 0; c < clients->n; c++)
		for (size_t i = 0; i < seen->group.n; i++) {
			const struct config_client *client = &clients->items[c];
			struct span name = page_text(rq, &client->name);
			json_t *item;

			TRY(subject_was_told(seen->txn, client, seen->group.part[i], rq->arena, &was));
			if (!was)
				continue;
			TRY(claims_subject(app_of(rq)->app->seal, client, seen->group.part[i], sub));
			item = json_object();
			if (!item || json_array_append_new(list, item))
				return FAULT_MEMORY;
			set_text(item, "client", name.n ? name : client->id);
			set_text(item, "login", seen->names[i]);
			set_text(item, "sub", span_of(sub));
		}
	return 0;
}

int identity_desk_add(struct txn *txn, struct desk *desk, struct id identity, json_t *data)
{
	struct seen *seen = arena_new_of(desk->rq->arena, struct seen);
	json_t *list = json_array();

	json_object_set_new(data, "merges", list);
	if (!seen || !list)
		return FAULT_MEMORY;
	if (!id_is_set(identity))
		return 0;
	seen->txn = txn;
	seen->desk = desk;
	TRY(load_group(txn, identity, desk->rq->arena, &seen->group));
	TRY(load_events(seen));
	if (!seen->n && seen->group.n == 1)
		return 0;
	page_set_true(data, "joined");
	for (size_t i = 0; i < seen->group.n; i++)
		TRY(name_of(txn, desk->rq, seen->group.part[i], &seen->names[i]));
	TRY(add_events(seen, list));
	TRY(add_parts(seen, data));
	return add_subs(seen, data);
}

/* ---- taken apart */

static int take_phone(const void *record, void *arg)
{
	struct identity_desk_split *split = arg;
	struct span phone = ((const struct account *)record)->phone;

	for (size_t i = 0; i < split->n_phones; i++)
		if (span_eq(split->phones[i], phone))
			return 0;
	if (phone.n && split->n_phones < SUBJECT_PARTS)
		split->phones[split->n_phones++] = phone;
	return 0;
}

int identity_desk_split(struct txn *txn, struct desk *desk, struct identity_desk_split *split)
{
	struct unit_actor actor = unit_change_actor(desk->rq, desk->person.rule.account);
	struct subject_group group;
	struct identity_event asked;
	bool is_part = false;

	split->n_phones = 0;
	TRY(load_group(txn, split->identity, actor.arena, &group));
	for (size_t i = 1; i < group.n; i++)
		is_part |= id_eq(group.part[i], split->part);
	if (!is_part)
		return ERR_CONFLICT;
	if (legacy_desk_four_eyes(desk->rq)) {
		TRY(load_asked(txn, split->part, actor.arena, &asked));
		if (!id_is_set(asked.id))
			return identity_change_ask_split(txn, &actor, split->part, split->reason);
		if (id_eq(asked.actor, actor.account))
			return ERR_FORBIDDEN;
	}
	for (size_t i = 0; i < group.n; i++) {
		struct account probe = { .identity = group.part[i] };

		TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &probe, actor.arena, take_phone, split));
	}
	return identity_change_split(txn, &actor, split->part, split->reason);
}

int identity_desk_tell(struct request *rq, const struct identity_desk_split *split)
{
	for (size_t i = 0; i < split->n_phones; i++)
		TRY(message_notice(rq, split->phones[i], SPAN("您合并的账号已由平台工作人员拆分。如有疑问，请联系平台。"),
				   SPAN("Accounts that you had joined were taken apart by the platform's staff. Please ask the platform if this is wrong."),
				   sys_new_id(rq->now)));
	return 0;
}
