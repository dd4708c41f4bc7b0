/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_export - everything that is kept of a person, as one JSON document for them to take away (PIPL 45).
 */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/oauth/claims.h"
#include "broker/store/records_review.h"
#include "broker/store/records_staff.h"
#include "broker/store/records_upstream.h"

struct export {
	struct request *rq;
	struct visitor visitor;
	struct txn *txn;
	struct buf buf;
	struct json_writer w;
};

static void open_list(struct export *e, const char *name)
{
	json_key(&e->w, name);
	json_open(&e->w, '[');
}

static int write_session(const void *record, void *arg)
{
	const struct session *session = record;
	struct json_writer *w = &((struct export *)arg)->w;

	if (id_is_set(session->continued_by))
		return 0;
	json_open(w, '{');
	json_member_time(w, "created_at", session->created_at);
	json_member_time(w, "last_seen_at", session->last_seen_at);
	json_member_str(w, "method", session->method);
	json_member_str(w, "address", session->address);
	json_member_str(w, "user_agent", session->user_agent);
	json_close(w, '}');
	return 0;
}

static int write_consent(const void *record, void *arg)
{
	const struct consent *consent = record;
	struct json_writer *w = &((struct export *)arg)->w;

	json_open(w, '{');
	json_member_str(w, "client", consent->client_id);
	json_key(w, "scopes");
	json_open(w, '[');
	for (size_t i = 0; i < consent->scopes.n; i++)
		json_str(w, consent->scopes.items[i]);
	json_close(w, ']');
	json_member_time(w, "granted_at", consent->granted_at);
	json_close(w, '}');
	return 0;
}

static int write_link(const void *record, void *arg)
{
	const struct external_link *link = record;
	struct json_writer *w = &((struct export *)arg)->w;

	json_open(w, '{');
	json_member_str(w, "provider", link->provider);
	json_member_str(w, "issuer", link->issuer);
	json_member_str(w, "subject", link->subject);
	json_member_str(w, "name", link->display_name);
	json_member_time(w, "created_at", link->created_at);
	json_close(w, '}');
	return 0;
}

static int write_membership(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct json_writer *w = &((struct export *)arg)->w;

	json_open(w, '{');
	json_member_id(w, "unit", membership->unit);
	json_member_time(w, "since", membership->since);
	json_close(w, '}');
	return 0;
}

static int write_submission(const void *record, void *arg)
{
	const struct submission *submission = record;
	struct json_writer *w = &((struct export *)arg)->w;

	json_open(w, '{');
	json_member_str(w, "form", submission->form);
	json_member_time(w, "changed_at", submission->changed_at);
	if (submission->values.n) {
		json_key(w, "values");
		json_raw(w, submission->values);
	}
	json_close(w, '}');
	return 0;
}

static int write_upload(const void *record, void *arg)
{
	const struct upload *upload = record;
	struct json_writer *w = &((struct export *)arg)->w;

	json_open(w, '{');
	json_member_str(w, "slot", upload->slot);
	json_member_str(w, "name", upload->name);
	json_member_str(w, "type", upload->type);
	json_member_int(w, "size", upload->size);
	json_member_time(w, "created_at", upload->created_at);
	json_close(w, '}');
	return 0;
}

/* That there is one, not what it is: the secret is the phone's, and a copy would be another phone. */
static int write_factor(const void *record, void *arg)
{
	const struct factor *factor = record;
	struct json_writer *w = &((struct export *)arg)->w;

	if (!instant_is_set(factor->confirmed_at))
		return 0;
	json_open(w, '{');
	json_member_str(w, "type", factor->type);
	json_member_time(w, "since", factor->confirmed_at);
	json_close(w, '}');
	return 0;
}

static void write_account(struct export *e)
{
	const struct account *account = &e->visitor.facts.account;
	struct json_writer *w = &e->w;

	json_key(w, "account");
	json_open(w, '{');
	json_member_id(w, "id", account->id);
	json_member_str(w, "user_type", span_of(claims_user_type(account)));
	json_member_str(w, "login_name", account->login_name);
	json_member_str(w, "name", account->name);
	json_member_str(w, "phone", account->phone);
	json_member_time(w, "phone_confirmed_at", account->phone_confirmed_at);
	json_member_str(w, "email", account->email);
	json_member_str(w, "id_type", account->id_type);
	json_member_str(w, "id_number", account->id_number);
	json_member_str(w, "gender", account->gender);
	json_member_str(w, "ethnic_code", account->ethnic_code);
	json_member_str(w, "realname_method", account->realname_method);
	json_member_time(w, "realname_at", account->realname_at);
	json_member_str(w, "source", account->source);
	json_member_time(w, "created_at", account->created_at);
	json_member_time(w, "agreed_at", account->agreed_at);
	json_member_str(w, "agreed_version", account->agreed_version);
	json_close(w, '}');
}

/* What hangs on the account, by index: one row a list. */
static int write_lists(struct txn *txn, struct export *e)
{
	const struct id id = e->visitor.facts.account.id;
	const struct session session = { .account = id };
	const struct consent consent = { .account = id };
	const struct external_link link = { .account = id };
	const struct membership membership = { .account = id };
	const struct submission submission = { .owner = id };
	const struct upload upload = { .owner = id };
	const struct factor factor = { .account = id };
	const struct {
		const char *name;
		const struct kind *kind;
		uint8_t index;
		const void *probe;
		record_fn *write;
	} lists[] = {
		{ "sessions", &KIND_SESSION, SESSION_BY_ACCOUNT, &session, write_session },
		{ "consents", &KIND_CONSENT, CONSENT_BY_ACCOUNT, &consent, write_consent },
		{ "links", &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_ACCOUNT, &link, write_link },
		{ "memberships", &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &membership, write_membership },
		{ "submissions", &KIND_SUBMISSION, SUBMISSION_BY_OWNER, &submission, write_submission },
		{ "second_factors", &KIND_FACTOR, FACTOR_BY_ACCOUNT, &factor, write_factor },
		{ "files", &KIND_UPLOAD, UPLOAD_BY_OWNER, &upload, write_upload },
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		open_list(e, lists[i].name);
		TRY(record_each(txn, lists[i].kind, lists[i].index, lists[i].probe, e->rq->arena, lists[i].write, e));
		json_close(&e->w, ']');
	}
	return 0;
}

static int gather(struct txn *txn, void *arg)
{
	struct export *e = arg;

	e->buf = buf_new(e->rq->arena, 4096); /* here, since it may run again */
	e->w = json_writer(&e->buf);
	json_open(&e->w, '{');
	write_account(e);
	TRY(write_lists(txn, e));
	json_close(&e->w, '}');
	return audit_write(txn, e->rq, &(struct audit_event){ .action = "account.export", .actor = e->visitor.facts.account.id });
}

int endpoint_account_export(struct request *rq)
{
	struct export e = { .rq = rq };
	struct interaction interaction;
	struct span json;

	TRY(visit_open_fresh(rq, &interaction, &e.visitor));
	if (!e.visitor.has_session)
		return 0;
	TRY(store_update(app_of(rq)->app->store, gather, &e));
	TRY(buf_done(&e.buf, &json));
	reply_header(rq, "Content-Disposition", SPAN("attachment; filename=\"account.json\""));
	return reply_json(rq, 200, json);
}
