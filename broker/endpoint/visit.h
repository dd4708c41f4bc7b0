/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visit - pages of somebody who is logged in: who it is, or the way to the login that leads back here.
 */
#pragma once

#include "broker/endpoint/interaction.h"

/* The person of this browser. With an interaction in the parameters (@rq's row knows "interaction"), it is loaded into *@ret_interaction and
 * the page belongs to it; without one *@ret_interaction is empty (its id is zero). Nobody is logged in: the reply has been given, a login
 * that returns to this path, and *@ret_visitor has no session; the caller returns the result. */
MUST_USE int visit_open(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor);
/* The same for what an open browser must not be enough for (ASVS 7.5.1): who did not prove a few minutes ago who they are is sent to do so, too. */
MUST_USE int visit_open_fresh(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor);
/* What the head of every page shows of @visitor: the name, the way to the account (of staff: to the desk) and out. */
void visit_show(json_t *data, const struct visitor *visitor);
/* Page data of such a page: of the interaction where there is one, else action; and visit_show. */
json_t *visit_page(struct request *rq, const struct interaction *interaction, const struct visitor *visitor);
/* Where a page's work is done: on with the interaction, else to @path. */
MUST_USE int visit_done(struct request *rq, struct interaction *interaction, struct span path);
/* The address of another page (a path of ours) in the same interaction, where there is one. */
MUST_USE int visit_url(struct request *rq, const struct interaction *interaction, const char *path, struct span *ret_url);
