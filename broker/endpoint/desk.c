/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/desk.h"

#include "broker/base/url.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "conf/config.h"

#include <stdio.h>

int desk_load(struct txn *txn, struct desk *desk)
{
	TRY(session_load(txn, desk->rq, &desk->visitor));
	if (!desk->visitor.has_session)
		return ERR_LOGIN_REQUIRED;
	return task_person_load(txn, desk->rq, &desk->visitor, &desk->person);
}

int desk_answer(struct request *rq, int result, struct span path)
{
	return result == ERR_LOGIN_REQUIRED ? interaction_login(rq, path) : result;
}

static int load_home(struct txn *txn, void *arg)
{
	return desk_load(txn, arg);
}

int desk_home(struct request *rq, struct span *ret_path)
{
	struct desk desk = { .rq = rq };
	const struct task_rule_person *person = &desk.person.rule;

	*ret_path = (struct span){ NULL, 0 };
	int result = store_view(app_of(rq)->app->store, load_home, &desk);
	if (result)
		return result == ERR_LOGIN_REQUIRED ? 0 : result;
	if (person->n_units || task_rule_has_role_anywhere(person, STAFF_REVIEWER | STAFF_SUPPORT))
		*ret_path = SPAN("/tasks");
	else if (task_rule_has_role(person, STAFF_SECURITY))
		*ret_path = SPAN("/staff");
	else if (task_rule_has_role(person, STAFF_AUDIT))
		*ret_path = SPAN("/audit");
	else if (task_rule_has_role(person, STAFF_OPERATOR))
		*ret_path = SPAN("/console");
	return 0;
}

void desk_add(struct desk *desk, json_t *data)
{
	const struct task_rule_person *person = &desk->person.rule;

	page_set(data, "account_name", facts_shown_name(&desk->visitor.facts.account));
	page_set(data, "logout_url", SPAN("/logout"));
	if (person->n_units || task_rule_has_role_anywhere(person, STAFF_REVIEWER | STAFF_SUPPORT))
		page_set(data, "tasks_url", SPAN("/tasks"));
	if (task_rule_has_role(person, STAFF_SECURITY))
		page_set(data, "staff_url", SPAN("/staff"));
	if (task_rule_has_role(person, STAFF_SUPPORT | STAFF_SECURITY) && app_of(desk->rq)->config->legacy_sources.n)
		page_set(data, "legacy_url", SPAN("/legacy"));
	if (task_rule_has_role(person, STAFF_AUDIT))
		page_set(data, "audit_url", SPAN("/audit"));
	if (task_rule_has_role(person, STAFF_OPERATOR))
		page_set(data, "console_url", SPAN("/console"));
}

int desk_set_account(struct txn *txn, struct request *rq, json_t *data, const char *key, struct id id)
{
	struct account account;

	if (!id_is_set(id))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, id, rq->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	page_set(data, key, facts_shown_name(&account));
	return 0;
}

int desk_query(struct request *rq, const char *path, const struct form_pair *pairs, size_t n, struct span *ret_url)
{
	struct buf buf = buf_new(rq->arena, 128);
	bool first;

	url_open_query(&buf, span_of(path), &first);
	for (size_t i = 0; i < n; i++)
		if (pairs[i].value.n)
			url_add_pair(&buf, &first, pairs[i].name, pairs[i].value);
	return buf_done(&buf, ret_url);
}
