/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/visit.h"

#include "broker/endpoint/page.h"
#include "broker/http/reply.h"

#define FRESH (5 * MS_MINUTE)

struct opening {
	struct request *rq;
	struct interaction *interaction;
	struct visitor *visitor;
};

static int load(struct txn *txn, void *arg)
{
	struct opening *opening = arg;

	if (request_param(opening->rq, "interaction").n)
		TRY(interaction_load(txn, opening->rq, opening->interaction));
	return session_load_whole(txn, opening->rq, opening->visitor);
}

/* Back to this page, with what it was asked; a form that came too late is asked for again. */
static int return_path(struct request *rq, struct span *ret_path)
{
	struct buf buf = buf_new(rq->arena, 128);

	buf_add(&buf, rq->path);
	if (rq->method == METHOD_GET && rq->query.n) {
		buf_char(&buf, '?');
		buf_add(&buf, rq->query);
	}
	return buf_done(&buf, ret_path);
}

static int send_to_login(struct request *rq, struct span prompt)
{
	struct interaction interaction;

	TRY(interaction_begin(rq, NULL, &interaction));
	TRY(return_path(rq, &interaction.return_to));
	interaction.prompt = prompt;
	return interaction_advance(rq, &interaction, false);
}

int visit_open(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor)
{
	struct opening opening = { rq, ret_interaction, ret_visitor };

	*ret_interaction = (struct interaction){ 0 };
	*ret_visitor = (struct visitor){ 0 };
	TRY(store_view(app_of(rq)->app->store, load, &opening));
	if (ret_visitor->has_session)
		return 0;
	/* One that this page has begun for its own sake leads nowhere after the login. */
	bool leads_on = id_is_set(ret_interaction->id) && (ret_interaction->client_id.n || ret_interaction->return_to.n);
	return leads_on ? interaction_advance(rq, ret_interaction, true) : send_to_login(rq, SPAN(""));
}

int visit_open_fresh(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor)
{
	TRY(visit_open(rq, ret_interaction, ret_visitor));
	if (!ret_visitor->has_session || rq->now.ms - ret_visitor->session.auth_time.ms <= FRESH)
		return 0;
	ret_visitor->has_session = false;
	return send_to_login(rq, SPAN("login"));
}

void visit_show(json_t *data, const struct visitor *visitor)
{
	const struct account *account = &visitor->facts.account;

	if (!visitor->has_session)
		return;
	page_set(data, "account_name", facts_shown_name(account));
	page_set(data, "account_url", account->namespace_ == NAMESPACE_STAFF ? SPAN("/") : SPAN("/account"));
	page_set(data, "logout_url", SPAN("/logout"));
}

json_t *visit_page(struct request *rq, const struct interaction *interaction, const struct visitor *visitor)
{
	json_t *data = id_is_set(interaction->id) ? page_new(rq, interaction) : json_object();

	page_set(data, "action", rq->path);
	visit_show(data, visitor);
	return data;
}

int visit_done(struct request *rq, struct interaction *interaction, struct span path)
{
	return id_is_set(interaction->id) ? interaction_advance(rq, interaction, true) : reply_redirect(rq, path);
}

int visit_url(struct request *rq, const struct interaction *interaction, const char *path, struct span *ret_url)
{
	if (id_is_set(interaction->id))
		return interaction_url(rq, path, interaction, ret_url);
	*ret_url = span_of(path);
	return 0;
}
