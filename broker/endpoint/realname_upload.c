/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname_upload - documents for a claimed real name, and the request that a person looks at them (M4, M6).
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/realname_change.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "conf/config_upload.h"

struct handing {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct files_place place;
	struct files_problem problem;
};

/* Attached, claimed, queued: all or nothing. A missing file is a problem of the page. */
static int ask(struct txn *txn, void *arg)
{
	struct handing *h = arg;
	struct request *rq = h->rq;
	struct unit_actor actor = unit_change_actor(rq, h->place.owner);
	struct account account;
	struct submission claim;

	h->problem = (struct files_problem){ 0 };
	TRY(files_check(txn, rq->arena, &h->place, &h->problem));
	if (h->problem.error)
		return 0;
	TRY(record_get(txn, &KIND_ACCOUNT, h->place.owner, rq->arena, &account));
	TRY(realname_claim_newest(txn, &account, rq->arena, &claim));
	TRY(files_attach(txn, rq->arena, &h->place, claim.id));
	return realname_change_review(txn, &actor, &account, &claim);
}

static int show(struct handing *h)
{
	JSON *data = visit_page(h->rq, &h->interaction, &h->visitor);
	struct span url;

	TRY(visit_url(h->rq, &h->interaction, "/realname", &url));
	page_set(data, "back_url", url);
	page_set_true(data, "review");
	TRY(files_page(h->rq, &h->place, &h->problem, data));
	return reply_page(h->rq, page_status(h->problem.error), "upload", data);
}

static int back_to(struct handing *h, const char *path)
{
	struct span url;

	TRY(visit_url(h->rq, &h->interaction, path, &url));
	return reply_redirect(h->rq, url);
}

int endpoint_realname_upload(struct request *rq)
{
	struct handing h = { .rq = rq };
	const struct account *account = &h.visitor.facts.account;

	TRY(visit_open(rq, &h.interaction, &h.visitor));
	if (!h.visitor.has_session)
		return 0;
	if (!realname_change_may_review(app_of(rq)->config, account))
		return back_to(&h, "/realname");
	h.place = (struct files_place){ .upload = config_upload(app_of(rq)->config, span_of(realname_claim_form(account))), .owner = account->id };
	if (!h.place.upload)
		return ERR_CLOSED;
	if (rq->method == METHOD_GET)
		return show(&h);
	TRY(files_post(rq, &h.place, &h.problem));
	if (h.problem.error)
		return show(&h);
	if (!span_is(request_param(rq, "do"), "review"))
		return back_to(&h, "/realname/upload");
	int result = store_update(app_of(rq)->app->store, ask, &h);
	if (result != ERR_CONFLICT) /* a second click: it is asked for already */
		TRY(result);
	return h.problem.error ? show(&h) : back_to(&h, "/realname");
}
