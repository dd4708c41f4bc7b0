/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_version - configuration by administrators: numbered versions of the overlay (conf/overlay.h), from draft to active, each with its
 * author, reason and difference. What pages, the REST API and the command line call.
 *
 * A version is edited while it is a draft and never again. It becomes active as a changed file does at SIGHUP: everything is loaded and
 * checked first, then the record is committed, then the settings are swapped; a mistake changes nothing. With `config` in
 * `review.four_eyes` who proposed does not activate, and only people do either. Versions that were active are history and can be made
 * active again as a new one. Everything is in the audit. docs/adr/0015.
 *
 * These functions read files and wait: rows that use them are WORK_FILES; those that test a service, WORK_UPSTREAM.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/store/records_config.h"
#include "conf/overlay.h"

struct config_version_actor {
	const struct request *rq; /* NULL: the operator at the command line */
	struct id account;        /* staff with the role operator; or */
	struct span client;       /* a client of the API; neither: the operator at the command line */
	struct instant now;
};

struct config_version_context {
	struct app *app;       /* the daemon; NULL: there is none, what is activated holds from its next start */
	struct store *store;
	const struct seal_ring *seal;
	const struct config_sources *sources; /* the file; no overlay in it */
	const struct config *config;          /* in force: who needs four eyes, who is told */
	struct arena *arena;                  /* answers live here; needs room for a configuration, CONFIG_VERSION_ARENA: not the request's */
	struct config_version_actor actor;
};
#define CONFIG_VERSION_ARENA ((size_t)64 * 1024 * 1024)

/* From a request of @account (or, zero, of client @client). */
struct config_version_context config_version_context(const struct request *rq, struct id account, struct span client, struct arena *arena);

/* ---- looking */

/* The number of the version in force; 0: the file alone. */
MUST_USE int config_version_active(struct store *store, struct arena *arena, int64_t *ret_number);
/* A version with its tree, in which secrets stand: for the functions here; what is shown goes through overlay_mask. ERR_NOT_FOUND. Number 0 is the file
 * alone: a superseded or active version with an empty tree. */
MUST_USE int config_version_get(struct config_version_context *context, int64_t number, struct config_version *ret_version);

struct config_version_list {
	struct config_version *items; /* without trees; newest first */
	size_t n;
	bool more;
};
/* Versions before number @before (0: from the newest), at most @limit. */
MUST_USE int config_version_history(struct config_version_context *context, int64_t before, size_t limit, struct config_version_list *ret_list);

/* Names for pages and answers: "draft", "proposed", "active", "superseded", "rejected". */
const char *config_version_state_name(int state);

/* File and version @number together, for forms (overlay_fields, overlay_objects). Problems are not reported here. */
struct config_version_view {
	struct config_version version;
	json_t *tree;         /* of the version, with secrets: never shown */
	json_t *file, *whole; /* overlay_sections without and with it */
};
MUST_USE int config_version_view(struct config_version_context *context, int64_t number, struct config_version_view *ret_view);
void config_version_view_free(struct config_version_view *view);

/* What @to says differently from @from. */
MUST_USE int config_version_diff(struct config_version_context *context, int64_t from, int64_t to, struct overlay_changes *ret_changes);

/* What is wrong with it, in sentences. */
struct config_version_problem {
	const char *path;         /* "providers.alipay.app_id"; "" for the whole, or the file */
	const char *zh, *en;
	bool is_warning;
};
struct config_version_problems {
	const struct config_version_problem *items;
	size_t n;
	size_t errors; /* 0: it can be activated */
};
MUST_USE int config_version_validate(struct config_version_context *context, int64_t number, struct config_version_problems *ret_problems);

/* ---- changing. ERR_NOT_FOUND: no such version; ERR_CONFLICT: not in that state (somebody was faster). */

/* A new draft of what is active now. */
MUST_USE int config_version_draft(struct config_version_context *context, struct span reason, int64_t *ret_number);
/* Edit a draft, all of @edits or none. @revision is version.revision as it was shown (-1: whatever it is): ERR_CONFLICT when somebody has edited it
 * meanwhile. Errors of overlay_apply come with the number of the edit in *@ret_failed. */
MUST_USE int config_version_edit(struct config_version_context *context, int64_t number, int64_t revision, const struct overlay_edit *edits, size_t n,
				 size_t *ret_failed);
/* Replace a draft's tree by an imported one (overlay_read_yaml; overlay_unmask has been applied by this function). Problems as validate's. ERR_CONFIG
 * with @ret_problems when references lead nowhere. */
MUST_USE int config_version_import(struct config_version_context *context, int64_t number, int64_t revision, json_t *tree,
				   struct config_version_problems *ret_problems);
MUST_USE int config_version_reason(struct config_version_context *context, int64_t number, struct span reason);
/* Ready to be looked at by another: edits end. Must be without errors: ERR_CONFIG with @ret_problems. @revision: as it was looked at (-1: whatever it
 * is): ERR_CONFLICT when it is another by now. */
MUST_USE int config_version_propose(struct config_version_context *context, int64_t number, int64_t revision, struct config_version_problems *ret_problems);
/* Back to a draft, by whom it is proposed; or rejected for good with a reason (drafts are discarded the same way). */
MUST_USE int config_version_withdraw(struct config_version_context *context, int64_t number);
MUST_USE int config_version_reject(struct config_version_context *context, int64_t number, struct span reason);
/* In force from now on. ERR_CONFIG: it has problems, or what is made of it does; ERR_CONFIG_OUTDATED: another version became active since it was
 * begun, rebase first; ERR_CONFIG_EYES: somebody else must. A draft can be activated at once where no four eyes are asked for. @revision as for propose. */
MUST_USE int config_version_activate(struct config_version_context *context, int64_t number, int64_t revision, struct config_version_problems *ret_problems);
/* Put the draft's changes on top of what is active now; a proposed version becomes a draft again. ERR_CONFLICT with what both changed. */
MUST_USE int config_version_rebase(struct config_version_context *context, int64_t number, struct overlay_changes *ret_conflicts);
/* A new draft with the tree of version @number (0: the file alone), based on what is active now. */
MUST_USE int config_version_rollback(struct config_version_context *context, int64_t number, struct span reason, int64_t *ret_number);
/* Must another person activate what this one proposes? */
bool config_version_needs_eyes(const struct config *config);

/* ---- trying */

/* Ask the service of the object @path ("providers.alipay", "sms", "realname") of version @number whether name, keys and addresses are right. *@ret_reason: a
 * sentence, in English (problem_zh.h). ERR_NOT_FOUND: no such object, or nothing to ask. WORK_UPSTREAM. */
MUST_USE int config_version_test(struct config_version_context *context, int64_t number, struct span path, bool *ret_good, struct span *ret_reason);

/* What would hold with version @number, for tests of other kinds (message_test.h): never put in force, app_settings_release ends it. ERR_CONFIG. */
MUST_USE int config_version_settings(struct config_version_context *context, int64_t number, struct settings **ret_settings);

/* The same for what needs somebody to try it with: "sms", "sms.routes.ID" (a real message goes to @phone), "realname", "realname.verifiers.ID" (the
 * person is asked about). *@ret_reason also says what came of it when it is good. ERR_PHONE, ERR_FIELD_EMPTY; WORK_UPSTREAM. */
struct config_version_probe {
	struct span phone, name, id_number; /* as typed */
	bool english; /* the language of the reason */
};
MUST_USE int config_version_test_with(struct config_version_context *context, int64_t number, struct span path, const struct config_version_probe *probe,
				      bool *ret_good, struct span *ret_reason);

/* What would this person get at this client under this version? Changes nothing. */
struct config_version_trial {
	int error;             /* of the gate: 0, or the first row that holds the person back */
	const char *page;      /* that would resolve it, or NULL */
	struct config_version_hold { /* every row that holds the person back */
		const char *name; /* "the account is not disabled" */
		int error;
	} holds[32];
	size_t n_holds;
	bool consent_needed, second_factor_needed, chooses_unit;
	struct span scopes;    /* that would be granted, space separated */
	struct span claims;    /* JSON object: what the client would be told, as at the userinfo endpoint */
};
/* @scopes: as the client would ask; empty: its default ones. @unit: acted for, or zero. ERR_NOT_FOUND: no such account or client there; ERR_CONFIG: the
 * version does not load. */
MUST_USE int config_version_try(struct config_version_context *context, int64_t number, struct id account, struct id unit, struct span client,
				struct span scopes, struct config_version_trial *ret_trial);

/* ---- for the daemon (broker/daemon.c) */

/* The overlay in force as a source; *@ret_overlay.tree is NULL when there is none, else a reference of the caller's. */
MUST_USE int config_version_overlay(struct store *store, struct arena *arena, struct overlay *ret_overlay);
/* File and active version together, problems printed. ERR_CONFIG: they do not fit, or the file is wrong. */
MUST_USE int config_version_effective(struct store *store, const struct config_sources *sources, const struct config **ret_config);
/* The same takes force (SIGHUP), all or nothing; what only a restart can change keeps its old value and is named in the log. */
MUST_USE int config_version_reload(struct app *app);
