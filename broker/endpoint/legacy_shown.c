/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_shown.h"

#include "broker/endpoint/facts.h"
#include "broker/endpoint/page.h"
#include "broker/identity/document.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"

#define PHONE_DIGITS 11

int legacy_shown_login(struct request *rq, const struct legacy *row, struct span *ret_text)
{
	struct span login = row->login_name;

	if (login.n && span_eq(login, row->phone))
		return mask_phone(login, rq->arena, ret_text);
	if (login.n && span_eq(login, row->id_number))
		return mask_document(login, rq->arena, ret_text);
	*ret_text = login;
	return 0;
}

int legacy_shown_account(struct request *rq, const struct account *account, struct span *ret_text)
{
	struct span login = account->login_name, phone, masked;
	size_t before = login.n > PHONE_DIGITS ? login.n - PHONE_DIGITS : 0; /* the prefix that a migration put before it */

	if (!login.n)
		return account->phone.n ? mask_phone(account->phone, rq->arena, ret_text) : mask_name(account->name, rq->arena, ret_text);
	if (span_eq(login, account->id_number))
		return mask_document(login, rq->arena, ret_text);
	int result = normal_phone((struct span){ login.p + before, login.n - before }, rq->arena, &phone);
	if (result < 0)
		return result;
	*ret_text = login;
	if (result)
		return 0;
	TRY(mask_phone(phone, rq->arena, &masked));
	char *text = arena_printf(rq->arena, SPAN_FMT SPAN_FMT, SPAN_ARG(((struct span){ login.p, before })), SPAN_ARG(masked));
	if (!text)
		return FAULT_MEMORY;
	*ret_text = span_of(text);
	return 0;
}

int legacy_shown_actor(struct txn *txn, struct request *rq, struct id id, struct span *ret_text)
{
	struct account account;

	*ret_text = SPAN("");
	int result = id_is_set(id) ? record_get(txn, &KIND_ACCOUNT, id, rq->arena, &account) : ERR_ABSENT;
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (account.namespace_ != NAMESPACE_STAFF)
		return legacy_shown_account(rq, &account, ret_text);
	*ret_text = facts_shown_name(&account);
	return 0;
}

/* Codes by what they mean. */
static struct span word_of(struct request *rq, const char *name, struct span value)
{
	const struct document_type *type = span_is(span_of(name), "id_type") ? document_type_of(value) : NULL;

	return !type ? value : span_of(request_language(rq) == LANGUAGE_EN ? type->en : type->zh);
}

int legacy_shown_evidence(struct request *rq, json_t *item, const char *key, struct span evidence)
{
	JSON *object = NULL;
	json_t *list = json_array(), *value;
	const char *name;

	json_object_set_new(item, key, list);
	if (!list)
		return FAULT_MEMORY;
	if (!evidence.n || json_read_object(evidence, &object))
		return 0;
	json_object_foreach(object, name, value) {
		json_t *fact = json_object();
		char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		page_set(fact, "label", span_of(name));
		page_set(fact, "value", word_of(rq, name, span_of(json_is_string(value) ? json_string_value(value) : text)));
		free(text);
		if (json_array_append_new(list, fact))
			return FAULT_MEMORY;
	}
	return 0;
}
