/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/config_version.h"

#include "broker/base/encode.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/config_version_keep.h"
#include "broker/store/records_account.h"
#include "conf/config.h"

#include <stdlib.h>

struct config_version_context config_version_context(const struct request *rq, struct id account, struct span client, struct arena *arena)
{
	struct app *app = app_of(rq)->app;

	return (struct config_version_context){
		.app = app, .store = app->store, .seal = app->seal, .sources = app->sources, .config = app_of(rq)->config, .arena = arena,
		.actor = { .rq = rq, .account = account, .client = client, .now = rq->now },
	};
}

const char *config_version_state_name(int state)
{
	static const char *const names[] = { [CONFIG_VERSION_DRAFT] = "draft", [CONFIG_VERSION_PROPOSED] = "proposed", [CONFIG_VERSION_ACTIVE] = "active",
					     [CONFIG_VERSION_SUPERSEDED] = "superseded", [CONFIG_VERSION_REJECTED] = "rejected" };

	return state > 0 && (size_t)state < ARRAY_LEN(names) ? names[state] : "";
}

bool config_version_needs_eyes(const struct config *config)
{
	return config->review.four_eyes & CONFIG_EYES_CONFIG;
}

struct id config_version_id(int64_t number)
{
	struct id id = { { 0 } };

	for (int i = 0; i < 8; i++)
		id.b[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
	return id;
}

/* ---- records */

int config_version_load(struct txn *txn, int64_t number, struct arena *arena, struct config_version *ret)
{
	if (number == 0) { /* the file alone has no record */
		*ret = (struct config_version){ .state = CONFIG_VERSION_SUPERSEDED, .tree = SPAN("{\"set\":{},\"removed\":[]}") };
		return 0;
	}
	int result = number < 0 ? ERR_ABSENT : record_get(txn, &KIND_CONFIG_VERSION, config_version_id(number), arena, ret);
	return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
}

int config_version_load_active(struct txn *txn, struct arena *arena, struct config_active *ret)
{
	struct config_active active = { .id = config_version_id(1) };
	int result = record_get(txn, &KIND_CONFIG_ACTIVE, active.id, arena, &active);

	if (result && result != ERR_ABSENT)
		return result;
	*ret = active;
	return 0;
}

struct looking {
	struct arena *arena;
	int64_t number;
	struct config_version version;
	struct config_active active;
};

static int look(struct txn *txn, void *arg)
{
	struct looking *l = arg;

	TRY(config_version_load_active(txn, l->arena, &l->active));
	return l->number < 0 ? 0 : config_version_load(txn, l->number, l->arena, &l->version);
}

int config_version_active(struct store *store, struct arena *arena, int64_t *ret_number)
{
	struct looking l = { .arena = arena, .number = -1 };

	TRY(store_view(store, look, &l));
	*ret_number = l.active.number;
	return 0;
}

int config_version_get(struct config_version_context *context, int64_t number, struct config_version *ret_version)
{
	struct looking l = { .arena = context->arena, .number = number < 0 ? INT64_MAX : number };

	TRY(store_view(context->store, look, &l));
	*ret_version = l.version;
	if (number == 0 && l.active.number == 0)
		ret_version->state = CONFIG_VERSION_ACTIVE;
	return 0;
}

/* Who it is, for the record and for pages. */
int config_version_name(struct txn *txn, const struct config_version_context *context, struct span *ret_name)
{
	const struct config_version_actor *actor = &context->actor;
	struct account account;

	if (id_is_set(actor->account)) {
		TRY(record_get(txn, &KIND_ACCOUNT, actor->account, context->arena, &account));
		*ret_name = account.login_name;
		return 0;
	}
	char *text = actor->client.n ? arena_printf(context->arena, "client:" SPAN_FMT, SPAN_ARG(actor->client)) : arena_printf(context->arena, "operator");
	*ret_name = span_of(text);
	return text ? 0 : FAULT_MEMORY;
}

int config_version_audit(struct txn *txn, const struct config_version_context *context, const char *action, int64_t number, struct span detail)
{
	char subject[32];
	struct audit_event event = { .action = action, .actor = context->actor.account, .client = context->actor.client, .detail = detail };

	snprintf(subject, sizeof subject, "version %lld", (long long)number);
	event.subject = span_of(subject);
	if (context->actor.rq)
		return audit_write(txn, context->actor.rq, &event);
	return audit_write_operator(txn, context->actor.now, &event);
}

struct noting {
	const struct config_version_context *context;
	const char *action;
	int64_t number;
	struct span detail;
};

static int note(struct txn *txn, void *arg)
{
	struct noting *n = arg;

	return config_version_audit(txn, n->context, n->action, n->number, n->detail);
}

int config_version_note(const struct config_version_context *context, const char *action, int64_t number, struct span detail)
{
	return store_update(context->store, note, &(struct noting){ context, action, number, detail });
}

/* ---- a new draft */

struct drafting {
	struct config_version_context *context;
	struct span reason;
	int64_t restores; /* -1: none */
	int64_t number;
};

static int draft(struct txn *txn, void *arg)
{
	struct drafting *d = arg;
	struct config_version_context *c = d->context;
	struct config_version from, version;
	struct config_active active;
	char detail[64];

	TRY(config_version_load_active(txn, c->arena, &active));
	TRY(config_version_load(txn, d->restores >= 0 ? d->restores : active.number, c->arena, &from));
	active.newest++;
	version = (struct config_version){ .id = config_version_id(active.newest), .state = CONFIG_VERSION_DRAFT, .number = active.newest,
					   .parent = active.number, .created_at = c->actor.now, .changed_at = c->actor.now, .author = c->actor.account,
					   .reason = d->reason, .restores = d->restores + 1, .tree = from.tree };
	TRY(config_version_name(txn, c, &version.author_name));
	d->number = active.newest;
	TRY(record_put(txn, &KIND_CONFIG_ACTIVE, &active));
	TRY(record_insert(txn, &KIND_CONFIG_VERSION, &version));
	snprintf(detail, sizeof detail, d->restores >= 0 ? "as version %lld" : "on version %lld", (long long)(d->restores >= 0 ? d->restores : active.number));
	return config_version_audit(txn, c, "config.draft", d->number, span_of(detail));
}

int config_version_draft(struct config_version_context *context, struct span reason, int64_t *ret_number)
{
	struct drafting d = { context, reason, -1, 0 };

	TRY(store_update(context->store, draft, &d));
	*ret_number = d.number;
	return 0;
}

int config_version_rollback(struct config_version_context *context, int64_t number, struct span reason, int64_t *ret_number)
{
	struct drafting d = { context, reason, number < 0 ? INT64_MAX - 1 : number, 0 };

	TRY(store_update(context->store, draft, &d));
	*ret_number = d.number;
	return 0;
}

/* ---- a new tree */

struct keeping {
	struct config_version_context *context;
	int64_t number, revision, parent; /* parent -1: as it was */
	json_t *tree;
	struct span text;
	const char *action;
	struct span detail;
	bool from_proposed;
};

static int keep(struct txn *txn, void *arg)
{
	struct keeping *k = arg;
	struct config_version version;

	TRY(config_version_load(txn, k->number, k->context->arena, &version));
	if (version.state != CONFIG_VERSION_DRAFT && !(k->from_proposed && version.state == CONFIG_VERSION_PROPOSED))
		return ERR_CONFLICT;
	if (k->revision >= 0 && version.revision != k->revision)
		return ERR_CONFLICT;
	version.state = CONFIG_VERSION_DRAFT;
	version.revision++;
	version.changed_at = k->context->actor.now;
	version.tree = k->text;
	if (k->parent >= 0)
		version.parent = k->parent;
	TRY(record_put(txn, &KIND_CONFIG_VERSION, &version));
	return config_version_audit(txn, k->context, k->action, k->number, k->detail);
}

static int keep_tree(struct keeping *k)
{
	char *text = json_dumps(k->tree, JSON_COMPACT);

	if (!text)
		return FAULT_MEMORY;
	k->text = span_of(text);
	int result = k->text.n > OVERLAY_MAX ? ERR_TOO_LARGE : store_update(k->context->store, keep, k);
	explicit_bzero(text, strlen(text));
	free(text);
	return result;
}

/* Paths only: values may be secrets. */
static int write_paths(struct arena *arena, const struct overlay_edit *edits, size_t n, struct span *ret_text)
{
	struct buf buf = buf_new(arena, 128);

	for (size_t i = 0; i < n && buf.n < 400; i++) {
		buf_add(&buf, i ? SPAN(" ") : SPAN(""));
		buf_add(&buf, edits[i].path);
	}
	return buf_done(&buf, ret_text);
}

int config_version_edit(struct config_version_context *context, int64_t number, int64_t revision, const struct overlay_edit *edits, size_t n, size_t *ret_failed)
{
	struct keeping k = { context, number, revision, -1, .action = "config.edit" };
	struct config_version_view view;
	int result = 0;

	*ret_failed = 0;
	TRY(config_version_view(context, number, &view));
	JSON *before = json_incref(view.whole);
	if (revision < 0)
		k.revision = view.version.revision; /* what was read is what is edited */
	for (size_t i = 0; i < n && !result; i++) {
		*ret_failed = i;
		result = overlay_apply(view.tree, view.file, &edits[i], context->sources->registries);
	}
	if (!result)
		result = config_version_guard_secrets(context, &view, before, edits, n);
	if (!result)
		result = write_paths(context->arena, edits, n, &k.detail);
	k.tree = view.tree;
	if (!result)
		result = keep_tree(&k);
	config_version_view_free(&view);
	return result;
}

int config_version_import(struct config_version_context *context, int64_t number, int64_t revision, json_t *tree, struct config_version_problems *ret_problems)
{
	struct keeping k = { context, number, revision, -1, tree, .action = "config.import" };
	struct problems problems = { .arena = context->arena };
	struct config_version_view view;

	*ret_problems = (struct config_version_problems){ NULL, 0, 0 };
	TRY(config_version_view(context, number, &view));
	if (revision < 0)
		k.revision = view.version.revision;
	int result = overlay_unmask(tree, view.tree, view.file, context->sources->registries, &problems);
	JSON *before = json_incref(view.whole);
	if (!result) {
		json_decref(view.tree);
		view.tree = json_incref(tree);
		result = config_version_guard_secrets(context, &view, before, NULL, 0);
	}
	if (!result)
		result = keep_tree(&k);
	else if (result == ERR_CONFIG)
		config_version_tell(&problems, context->arena, ret_problems);
	config_version_view_free(&view);
	return result;
}

int config_version_rebase(struct config_version_context *context, int64_t number, struct overlay_changes *ret_conflicts)
{
	struct keeping k = { context, number, .revision = -1, .action = "config.rebase", .from_proposed = true };
	struct config_version_view mine, base, theirs;
	int64_t active;

	*ret_conflicts = (struct overlay_changes){ NULL, 0 };
	TRY(config_version_active(context->store, context->arena, &active));
	TRY(config_version_view(context, number, &mine));
	int result = config_version_view(context, mine.version.parent, &base);
	if (result) {
		config_version_view_free(&mine);
		return result;
	}
	result = config_version_view(context, active, &theirs);
	if (!result) {
		struct overlay_three three = { base.whole, mine.whole, theirs.whole, theirs.file };

		result = overlay_rebase(&three, theirs.tree, context->sources->registries, context->arena, ret_conflicts);
		JSON *before = json_incref(theirs.whole);
		if (!result)
			result = config_version_guard_secrets(context, &theirs, before, NULL, 0);
		k.tree = theirs.tree;
		k.parent = active;
		k.revision = mine.version.revision;
		if (!result)
			result = keep_tree(&k);
		config_version_view_free(&theirs);
	}
	config_version_view_free(&base);
	config_version_view_free(&mine);
	return result;
}

/* ---- states */

struct moving {
	struct config_version_context *context;
	int64_t number, revision; /* revision -1: whatever it is */
	const char *action;
	unsigned from; /* bits 1 << state */
	int to;
	struct span text; /* reason or answer */
};

static int move(struct txn *txn, void *arg)
{
	struct moving *m = arg;
	struct config_version_context *c = m->context;
	struct config_version version;

	TRY(config_version_load(txn, m->number, c->arena, &version));
	if (!m->number || !(m->from & 1u << version.state) || (m->revision >= 0 && m->revision != version.revision))
		return ERR_CONFLICT;
	if (m->to == CONFIG_VERSION_PROPOSED) {
		version.proposer = c->actor.account;
		version.proposed_at = c->actor.now;
		TRY(config_version_name(txn, c, &version.proposer_name));
	}
	if (m->to == CONFIG_VERSION_REJECTED)
		version.answer = m->text;
	if (!m->to)
		version.reason = m->text;
	else
		version.state = m->to;
	version.changed_at = c->actor.now;
	TRY(record_put(txn, &KIND_CONFIG_VERSION, &version));
	return config_version_audit(txn, c, m->action, m->number, m->text);
}

int config_version_reason(struct config_version_context *context, int64_t number, struct span reason)
{
	return store_update(context->store, move, &(struct moving){ context, number, -1, "config.reason", 1u << CONFIG_VERSION_DRAFT, 0, reason });
}

int config_version_propose(struct config_version_context *context, int64_t number, int64_t revision, struct config_version_problems *ret_problems)
{
	/* Two people: a client's secret is known to one of them. */
	if (config_version_needs_eyes(context->config) && context->actor.client.n)
		return ERR_CONFIG_EYES;
	TRY(config_version_validate(context, number, ret_problems));
	if (ret_problems->errors)
		return ERR_CONFIG;
	return store_update(context->store, move, &(struct moving){ context, number, revision, "config.propose", 1u << CONFIG_VERSION_DRAFT, CONFIG_VERSION_PROPOSED, { NULL, 0 } });
}

int config_version_withdraw(struct config_version_context *context, int64_t number)
{
	return store_update(context->store, move,
			    &(struct moving){ context, number, -1, "config.withdraw", 1u << CONFIG_VERSION_PROPOSED, CONFIG_VERSION_DRAFT, { NULL, 0 } });
}

int config_version_reject(struct config_version_context *context, int64_t number, struct span reason)
{
	return store_update(context->store, move, &(struct moving){ context, number, -1, "config.reject", 1u << CONFIG_VERSION_PROPOSED | 1u << CONFIG_VERSION_DRAFT,
								    CONFIG_VERSION_REJECTED, reason });
}
