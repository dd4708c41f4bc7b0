/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/password_set.h"

#include "broker/endpoint/audit.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/session_end.h"

/* Who was locked out and has just shown whose account it is need not wait. */
static int forgive(struct txn *txn, struct request *rq, const struct account *account)
{
	const char *tab = account->namespace_ == NAMESPACE_LEGAL ? "legal" : "natural";
	const struct span names[] = { account->login_key, account->phone };
	struct throttle throttle;
	struct span what;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!names[i].n)
			continue;
		TRY(credentials_attempts(rq, tab, names[i], &throttle, &what));
		TRY(throttle_clear(txn, &throttle, what, rq->now));
	}
	return 0;
}

int password_set(struct txn *txn, struct request *rq, struct account *account, struct span hash, const char *action, struct span detail)
{
	credentials_set(account, hash, rq->now);
	const struct unit_actor actor = unit_change_actor(rq, account->id);
	TRY(session_end_all(txn, &actor, account, rq->now));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(forgive(txn, rq, account));
	TRY(event_write_account(txn, app_of(rq)->config, rq->now, rq->arena, CONFIG_EVENT_PASSWORD_CHANGED, account));
	return audit_write(txn, rq, &(struct audit_event){ .action = action, .actor = account->id, .detail = detail });
}

int password_set_notice(struct request *rq, struct span phone, struct id key)
{
	return message_notice(rq, phone, SPAN("您的账号密码已重新设置。如非本人操作，请立即联系平台。"),
			      SPAN("The password of your account was changed. If it was not you, contact the platform at once."), key);
}
