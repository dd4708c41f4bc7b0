/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/realname_check.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/verify.h"
#include "broker/store/records_account.h"
#include "broker/store/records_review.h"
#include "broker/store/records_system.h"
#include "conf/config.h"

struct check {
	const struct settings *settings;
	const struct unit_actor *actor;
	const struct realname_due *due; /* NULL: the person's own request asks */
	struct realname_asked asked;
	struct verify_request request;
	bool is_mine; /* nobody else asks about this claim */
	struct verify_answer answer;
	struct instant retry_at;
	bool closed;
	int status;
};

/* ---- what to ask */

static struct span copy(struct check *check, const json_t *json, const char *key)
{
	return arena_dup(check->actor->arena, json_get_span(json, key));
}

static int fill_request(struct check *check, const struct account *account, struct span values)
{
	struct verify_request *request = &check->request;
	JSON *json = NULL;

	if (json_read_object(values, &json))
		return FAULT(FAULT_CORRUPT, "a claim that is no object");
	if (account->namespace_ == NAMESPACE_LEGAL)
		*request = (struct verify_request){ .subject = VERIFY_UNIT, .unit_name = copy(check, json, "unit_name"), .uscc = copy(check, json, "uscc"),
						    .name = copy(check, json, "rep_name"), .id_type = copy(check, json, "rep_id_type"),
						    .id_number = copy(check, json, "rep_id_number"), .country = copy(check, json, "rep_country") };
	else if (json_get_span(json, "network_auth").n) /* Decree 173: who comes with it shows no number */
		*request = (struct verify_request){ .subject = VERIFY_NETWORK, .name = SPAN(""), .id_type = SPAN(""), .id_number = SPAN(""),
						    .network_auth = copy(check, json, "network_auth"), .network_pin = copy(check, json, "network_pin"),
						    .network_photo = copy(check, json, "network_photo") };
	else
		*request = (struct verify_request){ .subject = VERIFY_PERSON, .name = copy(check, json, "name"), .id_type = copy(check, json, "id_type"),
						    .id_number = copy(check, json, "id_number"), .country = copy(check, json, "country"),
						    .gender = copy(check, json, "gender"), .ethnic_code = copy(check, json, "ethnic_code") };
	return request->name.p && request->id_type.p && request->id_number.p ? 0 : FAULT_MEMORY;
}

/* One request asks about a claim as it stands; a second one (a double click, another tab) looks on. */
static int claim_it(struct txn *txn, struct check *check, const struct submission *claim)
{
	struct span name = { (const char *)claim->id.b, sizeof claim->id.b };
	struct mark mark = { .id = record_named_id(instant_add(claim->changed_at, MS_DAY), SPAN("realname.check"), name) };
	int result = record_insert(txn, &KIND_MARK, &mark);

	check->is_mine = result == 0;
	return result == ERR_EXISTS ? 0 : result;
}

static struct instant overdue(const struct check *check)
{
	return instant_add(check->actor->now, check->actor->config->http.request_timeout + MS_MINUTE);
}

/* The job takes what is due; what dies now is due again later. */
static int take_due(struct txn *txn, struct check *check, struct account *account)
{
	struct realname_due due;
	int result = record_get(txn, &KIND_REALNAME_DUE, check->due->id, check->actor->arena, &due);

	check->is_mine = false;
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(record_del(txn, &KIND_REALNAME_DUE, due.id));
	if (account->realname_retry_at.ms != record_expiry(due.id).ms)
		return 0; /* of an earlier claim */
	if (account->realname_status == REALNAME_DEFERRED)
		TRY(realname_next(account->realname_status, REALNAME_ON_RETRY, &account->realname_status));
	if (account->realname_status != REALNAME_CHECKING)
		return 0;
	account->realname_retry_at = overdue(check);
	TRY(realname_change_due(txn, account, REALNAME_DUE_CHECK, account->realname_retry_at, due.attempt + 1));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	check->is_mine = true;
	return 0;
}

static int begin(struct txn *txn, void *arg)
{
	struct check *check = arg;
	struct account account;
	struct submission claim;

	check->is_mine = false;
	TRY(record_get(txn, &KIND_ACCOUNT, check->asked.account, check->actor->arena, &account));
	check->status = account.realname_status;
	int result = realname_claim_newest(txn, &account, check->actor->arena, &claim);
	if (result && result != ERR_ABSENT)
		return result;
	if (check->due)
		TRY(take_due(txn, check, &account));
	else if (!result && account.realname_status == REALNAME_CHECKING)
		TRY(claim_it(txn, check, &claim));
	check->is_mine = check->is_mine && !result;
	check->asked.claim = claim.id;
	check->asked.changed_at = claim.changed_at;
	return check->is_mine ? fill_request(check, &account, claim.values) : 0;
}

/* ---- asked */

static int keep(struct txn *txn, void *arg)
{
	struct check *check = arg;

	return realname_change_settle(txn, check->actor, &check->asked, &check->answer, check->retry_at, check->closed, &check->status);
}

static int run(struct check *check, int64_t timeout_ms)
{
	const struct config *config = check->actor->config;
	struct store *store = check->settings->app->store;

	TRY(store_update(store, begin, check));
	if (!check->is_mine)
		return 0;
	check->closed = config->realname.verifiers.n && verify_opens(config, check->actor->now).ms > check->actor->now.ms;
	if (check->closed)
		verify_answer(&check->answer, VERIFY_UNAVAILABLE, "outside its hours");
	else
		TRY(verify_ask(check->settings, &check->request, check->actor->now, timeout_ms, check->actor->arena, &check->answer));
	int64_t pause = realname_pause(check->asked.attempt, config->realname.retry_after, config->realname.retry_most);
	check->retry_at = verify_opens(config, check->closed ? check->actor->now : instant_add(sys_now(), pause));
	return store_update(store, keep, check);
}

int realname_check(const struct settings *settings, const struct unit_actor *actor, struct id account, int64_t timeout_ms, int *ret_status)
{
	struct check check = { .settings = settings, .actor = actor, .asked = { .account = account, .attempt = 1 } };

	TRY(run(&check, timeout_ms));
	*ret_status = check.status;
	return 0;
}

/* ---- the validity of documents */

static int look_at_validity(struct txn *txn, void *arg)
{
	struct check *check = arg;
	const struct realname_due *due = check->due;
	struct account account;
	int result = record_del(txn, &KIND_REALNAME_DUE, due->id);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	result = record_get(txn, &KIND_ACCOUNT, due->account, check->actor->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (account.realname_status != REALNAME_VERIFIED || account.realname_at.ms != due->since.ms)
		return 0; /* verified anew meanwhile */
	if (check->actor->config->realname.expire)
		return realname_change_expire(txn, check->actor, &account);
	return realname_change_due(txn, &account, REALNAME_DUE_EXPIRE, instant_add(check->actor->now, MS_DAY), due->attempt + 1);
}

static int forget(struct txn *txn, void *arg)
{
	int result = record_del(txn, &KIND_REALNAME_DUE, ((struct check *)arg)->due->id);

	return result == ERR_ABSENT ? 0 : result;
}

int realname_check_due(const struct settings *settings, const struct unit_actor *actor, const struct realname_due *due, int64_t timeout_ms)
{
	struct check check = { .settings = settings, .actor = actor, .due = due, .asked = { .account = due->account, .attempt = due->attempt } };

	int result = due->what == REALNAME_DUE_EXPIRE ? store_update(settings->app->store, look_at_validity, &check) : run(&check, timeout_ms);
	return result == ERR_ABSENT ? store_update(settings->app->store, forget, &check) : result; /* the account is gone */
}
