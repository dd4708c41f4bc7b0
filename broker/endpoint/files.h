/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - what people hand in: taken from a form, kept sealed beside the store, shown to those who may see it.
 *
 * A file begins loose: it belongs to a place (who hands in, for which procedure) and is purged after files.loose_life. files_attach makes it
 * part of a submission in the transaction that submits. Which slots a procedure has is configuration (config_upload, config_slot).
 *
 * A page with files has a row with
 *	.body = BODY_MULTIPART, .body_max = FILES_BODY_MAX, .classify = files_work, and FILES_PARAMS and "do" among its parameters
 *	(form_page_params has them),
 * a form with enctype="multipart/form-data" in which {{>uploads}} stands, and a handler that, at each POST, calls files_post first. If it reports a
 * problem, or files_posted says that the person was busy with files, the page is shown again (files_page); else it goes on: files that were chosen
 * when another button was pressed have been taken too. Text fields come with the same POST, so nothing that was typed is lost.
 * ASVS 5.0 5.2, 5.3; security.md rule 11
 */
#pragma once

#include "broker/endpoint/session.h"

struct config_upload;

#define FILES_BODY_MAX ((size_t)64 * 1024 * 1024)
#define FILES_PARAMS \
	{ "slot", PARAM_FORM, 32 }, { "file", PARAM_FILE | PARAM_MANY }, { "remove", PARAM_FORM, 36 }
/* WORK_FILES for what brings a body (it waits for the disk and for the process that decodes images), else WORK_COMMIT. */
enum work_class files_work(const struct request *rq);

/* Who hands in, and for what. */
struct files_place {
	const struct config_upload *upload; /* config_upload(config, SPAN("unit-supplement")) */
	struct id owner;                    /* the account; zero: nobody is logged in (appeals), and then */
	struct id interaction;              /* whose browser may see and remove them */
};

/* What was wrong, for the page. */
struct files_problem {
	int error;        /* 0: nothing. ERR_FILE_TYPE, _SIZE, _COUNT, _BROKEN, _MISSING */
	struct span slot; /* where */
	struct span file; /* which, as the person named it; may be empty */
};

/* Take the files of this POST into the slot that it names (the only one where there is one), or remove the file that it names. All files or none:
 * with a problem nothing is kept. The result is 0 also with a problem; anything else is a failure. *@ret_problem is written always. */
MUST_USE int files_post(struct request *rq, const struct files_place *place, struct files_problem *ret_problem);
/* Did this POST press submit-upload or a file's button to remove it? Then the page is shown again, instead of going on. */
bool files_posted(const struct request *rq);
/* What {{>uploads}} shows: `uploads`, and `error` where @problem (may be NULL) has one. Opens a snapshot of its own. */
MUST_USE int files_page(struct request *rq, const struct files_place *place, const struct files_problem *problem, json_t *data);

/* ---- in the transaction that submits or decides */

/* Every required slot has a file? *@ret_problem says which has none. */
MUST_USE int files_check(struct txn *txn, struct arena *arena, const struct files_place *place, struct files_problem *ret_problem);
/* The loose files of @place become part of @submission. */
MUST_USE int files_attach(struct txn *txn, struct arena *arena, const struct files_place *place, struct id submission);
/* The files of a rejected @submission become loose files of @place again, so that the person replaces what was wrong and submits anew. */
MUST_USE int files_take_back(struct txn *txn, struct arena *arena, struct id submission, const struct files_place *place, struct instant now,
			     int64_t life);
/* The files of @submission are purged at @when (rejected for good, appeal decided); zero: kept as long as the submission. */
MUST_USE int files_keep_until(struct txn *txn, struct arena *arena, struct id submission, struct instant when);

/* ---- for whoever decides */

/* `documents` of @data: [{"name","slot_title","type","size","url","preview_url"}] of @submission, for {{>documents}}; preview_url only for images.
 * The addresses name @task: who may see that (task_may_see) may see the files, when they are asked for. Each look is audited. */
MUST_USE int files_documents(struct txn *txn, struct request *rq, struct id submission, struct id task, json_t *data);
