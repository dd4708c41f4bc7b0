/* SPDX-License-Identifier: Apache-2.0 */
/* legacy_live_prove - a login beside an old system: who decides in which mode, and what is kept of it. */
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/legacy_live.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "broker/http/workers.h"
#include "conf/config.h"

#include <stdlib.h>
#include <time.h>

#define SHADOW_ARENA ((size_t)2 * 1024 * 1024)

/* ---- beside the login */

/* A comparison on its way; everything that it needs is its own. */
struct shadow {
	struct job job; /* first */
	struct settings *settings;
	struct arena *arena; /* wiped when given back: it holds the password */
	struct legacy_live_who who;
	struct span password;
	bool here;
};

static void shadow_free(struct shadow *shadow)
{
	app_settings_release(shadow->settings);
	arena_free(shadow->arena);
	free(shadow);
}

static enum legacy_live_kind compare(enum legacy_live_answer there, bool here)
{
	if (there == LEGACY_LIVE_NOT_KNOWN)
		return LEGACY_LIVE_UNKNOWN;
	if (there == LEGACY_LIVE_YES)
		return here ? LEGACY_LIVE_BOTH : LEGACY_LIVE_ONLY_THERE;
	return here ? LEGACY_LIVE_ONLY_HERE : LEGACY_LIVE_NEITHER;
}

struct disagreement {
	const struct legacy_live_who *who;
	struct span detail;
};

static int keep_disagreement(struct txn *txn, void *arg)
{
	const struct disagreement *disagreement = arg;

	return audit_write_operator(txn, sys_now(), &(struct audit_event){ .action = "legacy.disagree", .actor = disagreement->who->account,
									   .subject = disagreement->who->legacy.legacy_id, .detail = disagreement->detail });
}

static int judge(struct shadow *shadow)
{
	enum legacy_live_answer there;

	TRY(legacy_live_ask(shadow->settings, &shadow->who, shadow->password, shadow->arena, &there));
	if (there == LEGACY_LIVE_NO_ANSWER)
		return 0;
	enum legacy_live_kind kind = compare(there, shadow->here);
	legacy_live_count(shadow->settings->app->live, shadow->who.legacy.source, kind);
	if (kind == LEGACY_LIVE_BOTH || kind == LEGACY_LIVE_NEITHER)
		return 0;
	char *detail = arena_printf(shadow->arena, SPAN_FMT ": %s", SPAN_ARG(shadow->who.legacy.source), legacy_live_kind_name(kind));
	struct disagreement disagreement = { &shadow->who, span_of(detail) };
	return detail ? store_update(shadow->settings->app->store, keep_disagreement, &disagreement) : FAULT_MEMORY;
}

static void run_shadow(struct job *job, bool expired)
{
	struct shadow *shadow = (struct shadow *)job;
	int result = expired ? 0 : judge(shadow);

	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", "legacy.live"), F_STR("error", error_row(result)->code));
	shadow_free(shadow);
}

static int copy_who(struct shadow *shadow, const struct legacy_live_who *who, struct span password)
{
	const struct config_legacy_source *source = config_legacy_source(shadow->settings->config, who->legacy.source);
	const struct legacy *from = &who->legacy;
	struct legacy *to = &shadow->who.legacy;

	if (!source)
		return ERR_ABSENT; /* a reload took it away just now */
	shadow->who.config = &source->live;
	shadow->who.account = who->account;
	to->source = arena_dup(shadow->arena, from->source);
	to->legacy_id = arena_dup(shadow->arena, from->legacy_id);
	to->login_name = arena_dup(shadow->arena, from->login_name);
	to->user_type = arena_dup(shadow->arena, from->user_type);
	shadow->password = arena_dup(shadow->arena, password);
	return to->source.p && to->legacy_id.p && to->login_name.p && to->user_type.p && shadow->password.p ? 0 : FAULT_MEMORY;
}

void legacy_live_beside(struct request *rq, const struct legacy_live_who *who, struct span password, bool here)
{
	struct app *app = app_of(rq)->app;
	struct shadow *shadow = calloc(1, sizeof *shadow);

	if (!shadow)
		return;
	*shadow = (struct shadow){ .job.run = run_shadow, .settings = app_settings(app), .arena = arena_new(SHADOW_ARENA), .here = here };
	if (!shadow->arena || copy_who(shadow, who, password) || server_later(rq->server, WORK_UPSTREAM, &shadow->job)) {
		legacy_live_count(app->live, who->legacy.source, LEGACY_LIVE_SKIPPED);
		shadow_free(shadow);
	}
}

/* ---- who decides */

struct proof {
	struct request *rq;
	int namespace_;
	struct span login_name, password;
	struct credentials *credentials;
	struct account account;
	struct legacy_live_who who;
};

static int prove_here(void *arg)
{
	struct proof *proof = arg;

	return credentials_prove(proof->rq, proof->namespace_, proof->login_name, proof->password, proof->credentials);
}

static int hash(void *arg)
{
	struct proof *proof = arg;

	return credentials_hash(app_of(proof->rq)->config, proof->password, proof->rq->arena, &proof->credentials->new_hash);
}

static int find(struct txn *txn, void *arg)
{
	struct proof *proof = arg;
	int result = credentials_find(txn, proof->rq, proof->namespace_, proof->login_name, &proof->account);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	return legacy_live_find(txn, app_of(proof->rq)->config, &proof->account, proof->rq->arena, &proof->who);
}

static void pause_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / MS_SECOND, .tv_nsec = ms % MS_SECOND * 1000000L }, NULL);
}

/* Nobody can judge it now. Told for names that nobody knows just as well, or the answer would tell which those are. */
static int away(struct request *rq, unsigned seconds)
{
	reply_retry_after(rq, seconds ? seconds : 1);
	return ERR_LEGACY_AWAY;
}

/* A password that does not fit here, of an account that the old system has no say in, or of none at all: the same answer in the same time. */
static int refuse_alike(struct proof *proof)
{
	const struct settings *settings = app_of(proof->rq);
	const struct config_legacy_sources *sources = &settings->config->legacy_sources;
	bool has_own = proof->account.password.n || proof->account.legacy_digest.n;

	for (size_t i = 0; i < sources->n && !has_own; i++) {
		unsigned seconds = sources->items[i].live.mode == CONFIG_LIVE_MIGRATE ? legacy_live_wait(settings->app->live, sources->items[i].id, proof->rq->now) : 0;

		if (seconds)
			return away(proof->rq, seconds);
	}
	pause_ms(legacy_live_usual_ms(settings->app->live));
	return ERR_CREDENTIALS;
}

static int migrate(struct proof *proof)
{
	const struct settings *settings = app_of(proof->rq);
	enum legacy_live_answer there;

	if (!proof->who.config)
		return refuse_alike(proof);
	TRY(legacy_live_ask(settings, &proof->who, proof->password, proof->rq->arena, &there));
	if (there == LEGACY_LIVE_NO_ANSWER) {
		bool has_own = proof->account.password.n || proof->account.legacy_digest.n;

		return has_own ? ERR_CREDENTIALS : away(proof->rq, legacy_live_wait(settings->app->live, proof->who.legacy.source, sys_now()));
	}
	legacy_live_count(settings->app->live, proof->who.legacy.source, compare(there, false));
	if (there != LEGACY_LIVE_YES)
		return ERR_CREDENTIALS;
	*proof->credentials = (struct credentials){ .account = proof->account, .migrated = true };
	TRY(server_run(proof->rq->server, WORK_PASSWORD, hash, proof));
	legacy_live_count(settings->app->live, proof->who.legacy.source, LEGACY_LIVE_MIGRATED);
	return 0;
}

int legacy_live_prove(struct request *rq, int namespace_, struct span login_name, struct span password, struct credentials *ret_credentials)
{
	const struct settings *settings = app_of(rq);
	bool migrates = legacy_live_has(settings->config, CONFIG_LIVE_MIGRATE);
	struct credentials credentials = { 0 };
	struct proof proof = { .rq = rq, .namespace_ = namespace_, .login_name = login_name, .password = password, .credentials = &credentials };

	if (!settings->app->live || (!migrates && !legacy_live_has(settings->config, CONFIG_LIVE_SHADOW)))
		return credentials_prove(rq, namespace_, login_name, password, ret_credentials);
	/* Where this request may have to wait for an old system it is on the upstream pool, so that a slow one keeps no password thread. */
	int result = migrates ? server_run(rq->server, WORK_PASSWORD, prove_here, &proof) : prove_here(&proof);
	if (result && result != ERR_CREDENTIALS)
		return result;
	TRY(store_view(settings->app->store, find, &proof));
	if (proof.who.config && proof.who.config->mode == CONFIG_LIVE_SHADOW)
		legacy_live_beside(rq, &proof.who, password, result == 0);
	if (result && migrates)
		result = proof.who.config && proof.who.config->mode == CONFIG_LIVE_SHADOW ? refuse_alike(&proof) : migrate(&proof);
	if (!result)
		*ret_credentials = credentials;
	return result;
}

/* ---- what is kept of a password that was taken over */

struct rows {
	struct span source;
	struct legacy row;
};

static int take_row(const void *record, void *arg)
{
	const struct legacy *legacy = record;
	struct rows *rows = arg;

	if (!span_eq(legacy->source, rows->source))
		return 0;
	rows->row = *legacy;
	return TXN_STOP;
}

int legacy_live_note(struct txn *txn, struct request *rq, const struct credentials *credentials)
{
	const struct account *account = &credentials->account;
	struct legacy probe = { .account = account->id };
	struct rows rows = { .source = account_new_import(account) };
	struct unit_actor actor = unit_change_actor(rq, account->id);
	struct legacy_proof proof = { .method = "password" };

	if (!credentials->migrated)
		return 0;
	TRY(record_each(txn, &KIND_LEGACY, LEGACY_BY_ACCOUNT, &probe, rq->arena, take_row, &rows));
	TRY(audit_write(txn, rq, &(struct audit_event){ .action = "legacy.migrate", .actor = account->id, .subject = rows.row.legacy_id, .detail = rows.source }));
	return legacy_change_note(txn, &actor, &rows.row, account, "password_migrated", &proof);
}
