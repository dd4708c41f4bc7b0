/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/identity_change.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/subject.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "conf/config.h"

/* ---- old accounts */

#define BINDINGS_MAX 64

struct bindings {
	struct binding item[BINDINGS_MAX];
	size_t n;
};

static int take_binding(const void *record, void *arg)
{
	struct bindings *bindings = arg;

	if (bindings->n == BINDINGS_MAX)
		return ERR_TOO_MANY;
	bindings->item[bindings->n++] = *(const struct binding *)record;
	return 0;
}

static int load_bindings(struct txn *txn, struct id identity, struct arena *arena, struct bindings *bindings)
{
	struct binding probe = { .identity = identity };

	return record_each(txn, &KIND_BINDING, BINDING_BY_IDENTITY, &probe, arena, take_binding, bindings);
}

static bool is_within_limits(const struct config *config, const struct bindings *bindings)
{
	for (size_t i = 0; i < config->legacy_sources.n; i++) {
		int64_t held = 0;

		for (size_t k = 0; k < bindings->n; k++)
			held += bindings->item[k].status == BINDING_BOUND && span_eq(bindings->item[k].source, config->legacy_sources.items[i].id);
		if (held > config->legacy_sources.items[i].per_identity)
			return false;
	}
	return true;
}

static int move_bindings(struct txn *txn, struct bindings *bindings, struct id to)
{
	for (size_t i = 0; i < bindings->n; i++) {
		if (id_eq(bindings->item[i].identity, to))
			continue;
		bindings->item[i].identity = to;
		TRY(record_put(txn, &KIND_BINDING, &bindings->item[i]));
	}
	return 0;
}

/* ---- */

static int note(struct txn *txn, const struct unit_actor *actor, const char *action, struct identity_event *event)
{
	char of[37], with[37];
	struct audit_event audit = { .action = action, .actor = actor->account, .subject = { of, 36 }, .detail = { with, 36 } };

	event->id = sys_new_id(actor->now);
	event->at = actor->now;
	event->actor = actor->account;
	TRY(record_insert(txn, &KIND_IDENTITY_EVENT, event));
	encode_id(of, event->part);
	encode_id(with, event->whole);
	if (event->reason.n) {
		char *detail = arena_printf(actor->arena, "%s " SPAN_FMT, with, SPAN_ARG(event->reason));

		if (!detail)
			return FAULT_MEMORY;
		audit.detail = span_of(detail);
	}
	return actor->rq ? audit_write(txn, actor->rq, &audit) : audit_write_operator(txn, actor->now, &audit);
}

static int announce(struct txn *txn, const struct unit_actor *actor, enum config_event type, const struct identity_event *event)
{
	return event_write(txn, actor->config, actor->now, actor->arena,
			   &(struct event_new){ .type = type, .identity = event->whole, .other = event->part });
}

/* By what was verified of both: another document or another name is another person. */
static bool are_two_persons(const struct account *a, const struct account *b)
{
	if (a->namespace_ != NAMESPACE_NATURAL || b->namespace_ != NAMESPACE_NATURAL)
		return true;
	if (a->realname_status != REALNAME_VERIFIED || b->realname_status != REALNAME_VERIFIED)
		return false;
	return (a->id_number.n && b->id_number.n && !span_eq(a->id_number, b->id_number)) || !span_eq(a->name, b->name);
}

int identity_change_merge(struct txn *txn, const struct unit_actor *actor, const struct identity_side *whole, const struct identity_side *part)
{
	struct identity_event event = { .what = IDENTITY_MERGED, .whole_proof = whole->proof, .part_proof = part->proof };
	struct identity into, from;
	struct subject_group group;
	struct bindings bindings = { .n = 0 };
	struct id top, bottom;

	if (are_two_persons(whole->account, part->account))
		return ERR_MERGE_PERSONS;
	TRY(record_get(txn, &KIND_IDENTITY, whole->account->identity, actor->arena, &into));
	TRY(record_get(txn, &KIND_IDENTITY, part->account->identity, actor->arena, &from));
	TRY(subject_whole(txn, &into, actor->arena, &top));
	TRY(subject_whole(txn, &from, actor->arena, &bottom));
	if (id_eq(top, bottom))
		return ERR_MERGE_SAME;
	TRY(record_get(txn, &KIND_IDENTITY, top, actor->arena, &into));
	TRY(record_get(txn, &KIND_IDENTITY, bottom, actor->arena, &from));
	TRY(load_bindings(txn, top, actor->arena, &bindings));
	TRY(load_bindings(txn, bottom, actor->arena, &bindings));
	if (!is_within_limits(actor->config, &bindings))
		return ERR_MERGE_LEGACY;
	into.has_parts = true;
	from.merged_into = into.id;
	from.merged_at = actor->now;
	TRY(record_put(txn, &KIND_IDENTITY, &into));
	TRY(record_put(txn, &KIND_IDENTITY, &from));
	TRY(subject_parts(txn, top, actor->arena, &group)); /* not more than can be read back */
	TRY(move_bindings(txn, &bindings, top));
	event.whole = top;
	event.part = bottom;
	TRY(note(txn, actor, "identity.merge", &event));
	return announce(txn, actor, CONFIG_EVENT_USER_MERGED, &event);
}

/* Of @all, those whose account belongs to @group. */
static int choose_bindings(struct txn *txn, const struct subject_group *group, struct arena *arena, struct bindings *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct account account;
		bool in_group = false;
		int result = record_get(txn, &KIND_ACCOUNT, all->item[i].account, arena, &account);

		if (result && result != ERR_ABSENT)
			return result;
		for (size_t k = 0; !result && k < group->n; k++)
			in_group |= id_eq(group->part[k], account.identity);
		if (in_group)
			all->item[n++] = all->item[i];
	}
	all->n = n;
	return 0;
}

int identity_change_ask_split(struct txn *txn, const struct unit_actor *actor, struct id part, struct span reason)
{
	struct identity_event event = { .what = IDENTITY_SPLIT_ASKED, .part = part, .reason = reason };
	struct identity from;

	TRY(record_get(txn, &KIND_IDENTITY, part, actor->arena, &from));
	if (!id_is_set(from.merged_into))
		return ERR_CONFLICT;
	TRY(subject_whole(txn, &from, actor->arena, &event.whole));
	return note(txn, actor, "identity.split_asked", &event);
}

int identity_change_split(struct txn *txn, const struct unit_actor *actor, struct id part, struct span reason)
{
	struct identity_event event = { .what = IDENTITY_SPLIT, .part = part, .reason = reason };
	struct identity from, into;
	struct subject_group group;
	struct bindings bindings = { .n = 0 };

	TRY(record_get(txn, &KIND_IDENTITY, part, actor->arena, &from));
	if (!id_is_set(from.merged_into))
		return ERR_CONFLICT;
	TRY(subject_whole(txn, &from, actor->arena, &event.whole));
	TRY(record_get(txn, &KIND_IDENTITY, from.merged_into, actor->arena, &into));
	from.merged_into = (struct id){ { 0 } };
	TRY(record_put(txn, &KIND_IDENTITY, &from));
	TRY(subject_parts(txn, into.id, actor->arena, &group));
	into.has_parts = group.n > 1;
	TRY(record_put(txn, &KIND_IDENTITY, &into));
	TRY(subject_parts(txn, part, actor->arena, &group));
	TRY(load_bindings(txn, event.whole, actor->arena, &bindings));
	TRY(choose_bindings(txn, &group, actor->arena, &bindings));
	TRY(move_bindings(txn, &bindings, part));
	TRY(note(txn, actor, "identity.split", &event));
	return announce(txn, actor, CONFIG_EVENT_USER_SPLIT, &event);
}
