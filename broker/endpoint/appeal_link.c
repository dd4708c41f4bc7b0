/* SPDX-License-Identifier: Apache-2.0 */
/*
 * appeal_link - the link that an approved appeal sends, and where it leads: a new password, once.
 *
 * The link is taken apart when it is opened and the ticket only when the password is set: programs that look at links in messages use nothing
 * up, and neither does a password that breaks a rule. The address with the secret in it is left at once.
 */
#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/endpoint/appeal.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/password_set.h"
#include "broker/endpoint/recover.h"
#include "broker/http/reply.h"
#include "broker/identity/mask.h"
#include "broker/store/handle.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define PURPOSE "recover"

enum appeal_state appeal_state_of(const struct request *rq, const struct submission *appeal)
{
	int64_t life = app_of(rq)->config->recovery.appeal.link_life;

	if (appeal->status == SUBMISSION_REJECTED)
		return APPEAL_REJECTED;
	if (appeal->status != SUBMISSION_ACCEPTED)
		return APPEAL_SUBMITTED;
	if (instant_is_set(appeal->done_at))
		return APPEAL_USED;
	return instant_before(rq->now, instant_add(appeal->changed_at, life)) ? APPEAL_APPROVED : APPEAL_EXPIRED;
}

/* ---- sent */

struct sending {
	struct request *rq;
	struct id appeal;
	struct submission submission;
	struct ticket ticket;
	struct span phone;
};

static int drop_ticket(struct txn *txn, struct id ticket)
{
	int result = id_is_set(ticket) ? record_del(txn, &KIND_TICKET, ticket) : 0;

	return result == ERR_ABSENT ? 0 : result;
}

static int keep_ticket(struct txn *txn, void *arg)
{
	struct sending *s = arg;
	struct ticket ticket = s->ticket;

	TRY(record_get(txn, &KIND_SUBMISSION, s->appeal, s->rq->arena, &s->submission));
	if (appeal_state_of(s->rq, &s->submission) != APPEAL_APPROVED)
		return ERR_EXPIRED;
	TRY(appeal_value(&s->submission, "contact_phone", s->rq->arena, &s->phone));
	TRY(drop_ticket(txn, s->submission.ticket));
	ticket.account = s->submission.subject;
	ticket.submission = s->appeal;
	ticket.phone = s->submission.use_phone ? s->phone : SPAN("");
	s->submission.ticket = ticket.id;
	TRY(record_put(txn, &KIND_SUBMISSION, &s->submission));
	return record_insert(txn, &KIND_TICKET, &ticket);
}

int appeal_send_link(struct request *rq, struct id appeal)
{
	const struct config *config = app_of(rq)->config;
	int64_t life = config->recovery.appeal.link_life;
	struct sending s = { .rq = rq, .appeal = appeal, .ticket = { .id = record_expiring_id(instant_add(rq->now, life)), .purpose = SPAN(PURPOSE) } };
	unsigned char hash[HANDLE_HASH];
	struct span secret;
	char key[37];

	TRY(handle_new(PURPOSE, s.ticket.id, rq->arena, &secret, hash));
	s.ticket.secret_hash = (struct span){ (char *)hash, sizeof hash };
	TRY(store_update(app_of(rq)->app->store, keep_ticket, &s));
	char *text = config->language == CONFIG_EN ?
			     arena_printf(rq->arena, "Your appeal was approved. Set a new password here within %d hours: " SPAN_FMT "/recover/link?t=" SPAN_FMT
						     " Tell this link to nobody.",
					  (int)((life + MS_HOUR - 1) / MS_HOUR), SPAN_ARG(config->issuer), SPAN_ARG(secret)) :
			     arena_printf(rq->arena, "您的申诉已通过，请在%d小时内打开链接重置密码：" SPAN_FMT "/recover/link?t=" SPAN_FMT " 请勿将链接告诉他人。",
					  (int)((life + MS_HOUR - 1) / MS_HOUR), SPAN_ARG(config->issuer), SPAN_ARG(secret));
	encode_id(key, s.ticket.id);
	return text ? message_notify_later(rq, s.phone, SPAN("recover-link"), span_of(text), span_of(key)) : FAULT_MEMORY;
}

/* ---- opened */

struct link {
	struct request *rq;
	struct handle handle;
	struct interaction interaction;
	struct ticket ticket;
	struct account account;
	struct form form;
	struct form_value *values;
	struct span hash, old_phone;
	bool is_done;
};

/* Who was closed or locked since gets nothing by a link. */
static int load_ticket(struct txn *txn, struct link *l, struct id id)
{
	int result = record_get_live(txn, &KIND_TICKET, id, l->rq->now, l->rq->arena, &l->ticket);

	if (!result && !span_is(l->ticket.purpose, PURPOSE))
		result = ERR_ABSENT;
	if (!result)
		result = record_get(txn, &KIND_ACCOUNT, l->ticket.account, l->rq->arena, &l->account);
	if (!result && (l->account.status == ACCOUNT_DISABLED || l->account.status == ACCOUNT_CLOSED))
		result = ERR_ABSENT;
	return result == ERR_ABSENT ? ERR_EXPIRED : result;
}

static int open_ticket(struct txn *txn, void *arg)
{
	struct link *l = arg;

	TRY(load_ticket(txn, l, l->handle.id));
	return handle_matches(PURPOSE, &l->handle, l->ticket.secret_hash) ? 0 : ERR_EXPIRED;
}

/* From here on the interaction holds the right, and with it this browser alone. */
static int open_link(struct request *rq)
{
	struct link l = { .rq = rq };
	struct buf draft = buf_new(rq->arena, 64);
	struct span url;
	char id[37];

	int result = handle_parse(request_param(rq, "t"), rq->arena, &l.handle);
	if (!result)
		result = store_view(app_of(rq)->app->store, open_ticket, &l);
	if (result)
		return result < 0 ? result : ERR_EXPIRED;
	TRY(interaction_begin(rq, NULL, &l.interaction));
	encode_id(id, l.handle.id);
	buf_printf(&draft, "{\"ticket\":\"%s\"}", id);
	TRY(buf_done(&draft, &l.interaction.draft));
	l.interaction.stage = RECOVER_LINK;
	TRY(interaction_keep(rq, &l.interaction));
	TRY(interaction_url(rq, "/recover/link", &l.interaction, &url));
	return reply_redirect(rq, url);
}

static int load_in(struct txn *txn, struct link *l)
{
	JSON *draft = NULL;
	struct id id;

	TRY(interaction_load(txn, l->rq, &l->interaction));
	l->is_done = span_eq(l->interaction.stage, RECOVER_DONE);
	if (l->is_done)
		return 0;
	if (!span_eq(l->interaction.stage, RECOVER_LINK) || json_read_object(l->interaction.draft, &draft) ||
	    encode_id_decode(json_get_span(draft, "ticket"), &id))
		return ERR_INTERACTION_EXPIRED;
	return load_ticket(txn, l, id);
}

static int load(struct txn *txn, void *arg)
{
	return load_in(txn, arg);
}

static int page(struct link *l)
{
	struct request *rq = l->rq;
	JSON *data = page_new(rq, &l->interaction);
	struct span masked;

	if (!data)
		return FAULT_MEMORY;
	page_set(data, "login_name", l->account.login_name.n ? l->account.login_name : facts_shown_name(&l->account));
	if (l->ticket.phone.n && !span_eq(l->ticket.phone, l->account.phone)) {
		TRY(mask_phone(l->ticket.phone, rq->arena, &masked));
		page_set(data, "phone_masked", masked);
	}
	TRY(recover_lang(rq, &l->interaction, SPAN(""), data));
	TRY(form_page_add(rq, &l->form, l->values, NULL, data));
	return reply_page(rq, page_status(form_page_error(&l->form, l->values)), "recover-link", data);
}

/* ---- used */

/* The phone that the appeal proved, unless it has become another account's meanwhile. */
static int take_phone(struct txn *txn, struct link *l, bool *ret_kept)
{
	struct account probe = { .namespace_ = l->account.namespace_, .phone = l->ticket.phone }, other;

	*ret_kept = false;
	l->old_phone = SPAN("");
	if (!l->ticket.phone.n || span_eq(l->ticket.phone, l->account.phone))
		return 0;
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, l->rq->arena, &other);
	*ret_kept = result == 0;
	if (result != ERR_ABSENT)
		return result;
	l->old_phone = l->account.phone;
	l->account.phone = l->ticket.phone;
	l->account.phone_confirmed_at = l->rq->now;
	return 0;
}

static int note_use(struct txn *txn, struct link *l)
{
	struct submission appeal;
	int result = record_get(txn, &KIND_SUBMISSION, l->ticket.submission, l->rq->arena, &appeal);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	appeal.done_at = l->rq->now;
	return record_put(txn, &KIND_SUBMISSION, &appeal);
}

static int use(struct txn *txn, void *arg)
{
	struct link *l = arg;
	bool kept;

	TRY(load_in(txn, l));
	if (l->is_done)
		return 0;
	TRY(record_del(txn, &KIND_TICKET, l->ticket.id));
	TRY(take_phone(txn, l, &kept));
	TRY(password_set(txn, l->rq, &l->account, l->hash, "password.recover", SPAN("appeal")));
	TRY(note_use(txn, l));
	l->interaction.stage = RECOVER_DONE;
	l->interaction.draft = kept ? RECOVER_PHONE_KEPT : SPAN("");
	l->interaction.subject = l->account.id;
	return record_put(txn, &KIND_INTERACTION, &l->interaction);
}

static int done(struct link *l)
{
	struct span url;

	TRY(interaction_url(l->rq, "/recover/done", &l->interaction, &url));
	return reply_redirect(l->rq, url);
}

static int set(struct link *l)
{
	struct request *rq = l->rq;
	struct form_context context = form_page_context(rq);

	context.password.login_name = l->account.login_name;
	context.password.phone = l->account.phone;
	int result = form_page_read(rq, &l->form, &context, &l->values);
	if (result)
		return result < 0 ? result : page(l);
	TRY(credentials_hash(app_of(rq)->config, form_text(&l->form, l->values, "password"), rq->arena, &l->hash));
	TRY(store_update(app_of(rq)->app->store, use, l));
	if (!l->is_done) {
		TRY(password_set_notice(rq, l->account.phone, l->ticket.id));
		TRY(password_set_notice(rq, l->old_phone, l->interaction.id)); /* whoever has it now should know */
	}
	return done(l);
}

enum work_class endpoint_recover_link_work(const struct request *rq)
{
	return rq->method == METHOD_GET ? WORK_COMMIT : WORK_PASSWORD;
}

int endpoint_recover_link(struct request *rq)
{
	struct link l = { .rq = rq, .form = form_find(app_of(rq)->config, "recover-link") };

	if (rq->method == METHOD_GET && request_param(rq, "t").n)
		return open_link(rq);
	TRY(store_view(app_of(rq)->app->store, load, &l));
	if (l.is_done)
		return done(&l);
	if (rq->method == METHOD_POST)
		return set(&l);
	TRY(form_page_begin(rq, &l.form, SPAN(""), &l.values));
	return page(&l);
}
