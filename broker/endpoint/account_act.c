/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_act - what a person may do on the pages of their account: end sessions, withdraw consents, take links away.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/account.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/external_link.h"
#include "broker/endpoint/session_end.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"

static int read_subject(struct account_page *page)
{
	return encode_id_decode(page->subject, &page->id) ? ERR_INVALID_REQUEST : 0;
}

static int note(struct txn *txn, const struct account_page *page, const char *action, struct span client)
{
	return audit_write(txn, page->rq, &(struct audit_event){ .action = action, .actor = page->visitor.facts.account.id, .client = client });
}

static bool is_mine(const struct account_page *page, struct id owner)
{
	return id_eq(owner, page->visitor.facts.account.id);
}

/* Gone already is as good as ended; somebody else's is not there. */
static int end_session(struct txn *txn, struct account_page *page)
{
	struct session session;

	TRY(read_subject(page));
	int result = record_get(txn, &KIND_SESSION, page->id, page->rq->arena, &session);
	if (result == ERR_ABSENT || (!result && !is_mine(page, session.account)))
		return 0;
	TRY(result);
	const struct unit_actor actor = unit_change_actor(page->rq, session.account);
	TRY(session_end(txn, &actor, session.id));
	return note(txn, page, "session.end", (struct span){ NULL, 0 });
}

static int end_others(struct txn *txn, struct account_page *page)
{
	const struct unit_actor actor = unit_change_actor(page->rq, page->visitor.session.account);

	TRY(session_end_others(txn, &actor, &page->visitor.session));
	return note(txn, page, "session.end_others", (struct span){ NULL, 0 });
}

/* Offline grants end with it (token_live.c); the record stays and says until when nothing holds. */
static int withdraw(struct txn *txn, struct account_page *page)
{
	struct consent consent;

	TRY(read_subject(page));
	int result = record_get(txn, &KIND_CONSENT, page->id, page->rq->arena, &consent);
	if (result == ERR_ABSENT || (!result && !is_mine(page, consent.account)))
		return 0;
	TRY(result);
	consent.scopes.n = 0;
	consent.not_before = page->rq->now;
	TRY(record_put(txn, &KIND_CONSENT, &consent));
	return note(txn, page, "consent.withdraw", consent.client_id);
}

struct ways {
	const struct config *config;
	struct id but;
	size_t n_links;
};

/* One of a provider that is switched off leads nowhere. */
static int count_link(const void *record, void *arg)
{
	const struct external_link *link = record;
	struct ways *ways = arg;
	const struct config_provider *provider = config_provider(ways->config, link->provider);

	ways->n_links += !id_eq(link->id, ways->but) && provider && provider->enabled;
	return 0;
}

/* The last way in cannot be taken away. */
static int unlink_provider(struct txn *txn, struct account_page *page)
{
	const struct account *account = &page->visitor.facts.account;
	struct external_link link, probe = { .account = account->id };
	struct ways ways = { app_of(page->rq)->config, .n_links = 0 };

	TRY(read_subject(page));
	ways.but = page->id;
	int result = record_get(txn, &KIND_EXTERNAL_LINK, page->id, page->rq->arena, &link);
	if (result == ERR_ABSENT || (!result && !is_mine(page, link.account)))
		return 0;
	TRY(result);
	TRY(record_each(txn, &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_ACCOUNT, &probe, page->rq->arena, count_link, &ways));
	bool has_phone = account->phone.n && app_of(page->rq)->config->login.phone_otp;
	if (!ways.n_links && !has_phone && !account->password.n && !account->legacy_digest.n)
		return ERR_LAST_WAY;
	struct unit_actor actor = unit_change_actor(page->rq, account->id);
	return external_link_end(txn, &actor, &link, SPAN("person"));
}

static const struct account_action actions[] = {
	{ "sessions", "end", end_session },
	{ "sessions", "end_others", end_others },
	{ "consents", "end", withdraw },
	{ "links", "end", unlink_provider },
};

const struct account_action *account_action_of(struct span section, struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (span_is(section, actions[i].section) && span_is(name, actions[i].name))
			return &actions[i];
	return NULL;
}
