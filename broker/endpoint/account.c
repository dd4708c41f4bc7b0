/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account - /account and what stands beside it: who I am here, where I am logged in, whom I allowed what, what happened.
 */
#include "broker/endpoint/account.h"

#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/identity/mask.h"
#include "broker/oauth/claims.h"

static const struct account_section sections[] = {
	{ "profile", "/account", NULL },
	{ "sessions", "/account/sessions", account_load_sessions },
	{ "consents", "/account/consents", account_load_consents },
	{ "links", "/account/links", account_load_links },
	{ "bindings", "/account/bindings", account_load_bindings },
	{ "units", "/account/units", account_load_units },
	{ "audit", "/account/audit", account_load_audit },
};

static const struct account_section *section_of(struct span path)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (span_is(path, sections[i].path))
			return &sections[i];
	return NULL;
}

/* ---- shown */

void account_add_side(const struct interaction *interaction, const struct account *account, json_t *data)
{
	if (interaction->client_id.n)
		return;
	page_set_true(data, "has_side");
	if (account->namespace_ == NAMESPACE_NATURAL)
		page_set_true(data, "is_person");
	if (account->password.n || account->legacy_digest.n)
		page_set_true(data, "has_password");
}

static int add_profile(struct account_page *page)
{
	static const char *const badges[] = { [REALNAME_NONE] = "none", [REALNAME_CHECKING] = "checking", [REALNAME_FAILED] = "failed", [REALNAME_DEFERRED] = "deferred",
					      [REALNAME_MANUAL_PENDING] = "manual_pending", [REALNAME_VERIFIED] = "verified", [REALNAME_EXPIRED] = "expired" };
	const struct facts *facts = &page->visitor.facts;
	const struct account *account = &facts->account;
	struct arena *arena = page->rq->arena;
	struct span text;

	page_set(page->data, "kind", span_of(claims_user_type(account)));
	page_set(page->data, "login_name", account->login_name);
	page_set(page->data, "name", account->name);
	page_set(page->data, "realname", span_of(badges[account->realname_status]));
	if (account->phone.n) {
		TRY(mask_phone(account->phone, arena, &text));
		page_set(page->data, "phone_masked", text);
	}
	if (account->email.n) {
		TRY(mask_email(account->email, arena, &text));
		page_set(page->data, "email_masked", text);
	}
	if (account->id_number.n) {
		TRY(mask_id_number(account->id_number, MASK_STRONG, arena, &text));
		page_set(page->data, "id_number_masked", text);
	}
	if (facts->has_unit)
		page_set(page->data, "unit_name", facts->unit.name);
	if (account->email.n || message_has_mail(app_of(page->rq)->config))
		page_set_true(page->data, "has_mail");
	account_add_side(&page->interaction, account, page->data);
	return 0;
}

static int load(struct txn *txn, void *arg)
{
	struct account_page *page = arg;
	const struct account_section *section = section_of(page->rq->path);

	page->txn = txn;
	return section->load ? section->load(txn, page) : 0;
}

int account_reply(struct account_page *page, const struct account_section *section, int error)
{
	JSON *data = visit_page(page->rq, &page->interaction, &page->visitor);

	page->data = data;
	page->items = json_array();
	page_set(data, "section", span_of(section->name));
	if (!section->load)
		page_set_true(data, "is_profile");
	json_object_set_new(data, "items", page->items);
	TRY(add_profile(page));
	TRY(store_view(app_of(page->rq)->app->store, load, page));
	if (error)
		page_set_error(data, error, 0);
	return reply_page(page->rq, page_status(error), "account", data);
}

/* Staff have a desk instead. */
static int open_page(struct request *rq, struct account_page *page)
{
	*page = (struct account_page){ .rq = rq };
	TRY(visit_open(rq, &page->interaction, &page->visitor));
	if (page->visitor.has_session && page->visitor.facts.account.namespace_ == NAMESPACE_STAFF)
		return ERR_FORBIDDEN;
	return 0;
}

/* ---- done */

struct doing {
	struct account_page *page;
	const struct account_action *action;
};

static int act(struct txn *txn, void *arg)
{
	struct doing *doing = arg;
	struct visitor now;

	/* What was seen when the page was opened may be over: the session above all. */
	TRY(session_load(txn, doing->page->rq, &now));
	if (!now.has_session || !id_eq(now.session.id, doing->page->visitor.session.id))
		return ERR_LOGIN_REQUIRED;
	doing->page->visitor = now;
	return doing->action->act(txn, doing->page);
}

/* What a way to another page and back ended with (account_link.c): errors that have a text for it. */
static int problem_of(struct span code)
{
	static const int known[] = { ERR_LINK_TAKEN, ERR_LINK_KIND, ERR_LINK_CONFLICT, ERR_LEVEL_LOW, ERR_PROVIDER_DENIED, ERR_PROVIDER_FAILED,
				     ERR_PROVIDER_REJECTED, ERR_PROVIDER_AWAY, ERR_DISABLED, ERR_ID_NUMBER_TAKEN };

	for (size_t i = 0; code.n && i < ARRAY_LEN(known); i++)
		if (span_is(code, error_row(known[i])->code))
			return known[i];
	return 0;
}

int endpoint_account(struct request *rq)
{
	const struct account_section *section = section_of(rq->path);
	struct account_page page;

	if (!section)
		return ERR_NOT_FOUND;
	TRY(open_page(rq, &page));
	if (!page.visitor.has_session)
		return 0; /* on the way to the login */
	if (rq->method == METHOD_GET)
		return account_reply(&page, section, problem_of(request_param(rq, "problem")));
	struct doing doing = { &page, account_action_of(span_of(section->name), request_param(rq, "do")) };
	if (!doing.action)
		return ERR_INVALID_REQUEST;
	page.subject = request_param(rq, "subject");
	int result = store_update(app_of(rq)->app->store, act, &doing);
	if (result > 0 && result != ERR_LOGIN_REQUIRED)
		return account_reply(&page, section, result);
	if (result < 0)
		return result;
	return reply_redirect(rq, span_of(section->path));
}

/* J9: another account takes this one's place when it has logged in; until then nothing has changed. */
int endpoint_account_switch(struct request *rq)
{
	struct interaction interaction;

	TRY(interaction_begin(rq, NULL, &interaction));
	interaction.prompt = SPAN("login");
	interaction.return_to = SPAN("/account");
	return interaction_advance(rq, &interaction, false);
}
