/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload - the page where a person who is logged in gathers the files of a procedure before going on with it.
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config_upload.h"

int endpoint_upload(struct request *rq)
{
	struct files_place place = { .upload = config_upload(app_of(rq)->config, request_path_param(rq, "upload")) };
	struct files_problem problem = { 0 };
	struct interaction interaction;
	struct visitor visitor;

	if (!place.upload)
		return ERR_NOT_FOUND;
	TRY(visit_open(rq, &interaction, &visitor));
	if (!visitor.has_session)
		return 0;
	place.owner = visitor.session.account;
	if (rq->method == METHOD_POST)
		TRY(files_post(rq, &place, &problem));
	if (rq->method == METHOD_POST && !problem.error) {
		struct span url;

		TRY(visit_url(rq, &interaction, arena_cstr(rq->arena, rq->path), &url));
		return reply_redirect(rq, url);
	}
	JSON *data = visit_page(rq, &interaction, &visitor);
	TRY(files_page(rq, &place, &problem, data));
	return reply_page(rq, page_status(problem.error), "upload", data);
}
