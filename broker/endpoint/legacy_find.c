/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_find.h"

#include "broker/base/hours.h"
#include "broker/identity/document.h"
#include "broker/store/records_account.h"
#include "conf/config_legacy.h"

struct gathering {
	const struct config_legacy_source *source;
	struct legacy_list *list;
};

static int take(const void *record, void *arg)
{
	const struct legacy *row = record;
	struct gathering *g = arg;
	struct legacy_list *list = g->list;

	if (g->source && !span_eq(row->source, g->source->id))
		return 0;
	for (size_t i = 0; i < list->n; i++)
		if (id_eq(list->items[i].row.id, row->id))
			return 0;
	list->has_more |= list->n == LEGACY_FIND_MAX;
	if (list->n == LEGACY_FIND_MAX)
		return TXN_STOP;
	list->items[list->n++] = (struct legacy_found){ .row = *row };
	return 0;
}

static int find(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, uint8_t index, const struct legacy *probe,
		const struct account *account, struct legacy_list *list)
{
	struct gathering g = { source, list };
	size_t before = list->n;

	TRY(record_each(txn, &KIND_LEGACY, index, probe, actor->arena, take, &g));
	for (size_t i = before; i < list->n; i++)
		TRY(legacy_change_state(txn, actor, &list->items[i].row, account, &list->items[i].state, &list->items[i].binding));
	return 0;
}

int legacy_find_phone(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, struct span phone,
		      const struct account *account, struct legacy_list *list)
{
	return phone.n ? find(txn, actor, source, LEGACY_BY_PHONE, &(struct legacy){ .phone = phone }, account, list) : 0;
}

int legacy_find_login(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, struct span login_name,
		      const struct account *account, struct legacy_list *list)
{
	return login_name.n ? find(txn, actor, source, LEGACY_BY_LOGIN, &(struct legacy){ .login_name = login_name }, account, list) : 0;
}

static int find_number(struct txn *txn, const struct unit_actor *actor, struct span number, const struct account *account, struct legacy_list *list)
{
	return find(txn, actor, NULL, LEGACY_BY_ID_NUMBER, &(struct legacy){ .id_number = number }, account, list);
}

/* The index knows whole numbers: of a permit, each that its holder can have had. */
static int find_renewals(struct txn *txn, const struct unit_actor *actor, struct span key, const struct account *account, struct legacy_list *list)
{
	TRY(find_number(txn, actor, key, account, list));
	for (int i = 0; i < 100; i++) {
		char *number = arena_printf(actor->arena, SPAN_FMT "%02d", SPAN_ARG(key), i);

		if (!number)
			return FAULT_MEMORY;
		TRY(find_number(txn, actor, span_of(number), account, list));
	}
	return 0;
}

/* Numbers are equal by chance across types, and rows of a source that does not take documents are not offered. */
static int keep_same(const struct unit_actor *actor, const struct account *account, struct date today, struct legacy_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct legacy *row = &list->items[i].row;
		const struct config_legacy_source *source = config_legacy_source(actor->config, row->source);
		bool same;

		TRY(claim_same_document(account->id_type, account->id_number, row->id_type, row->id_number, today, actor->arena, &same));
		if (same && source && source->methods & 1u << CONFIG_LEGACY_DOCUMENT)
			list->items[n++] = list->items[i];
	}
	list->n = n;
	return 0;
}

int legacy_find_document(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct legacy_list *list)
{
	const struct document_type *type = document_type_of(account->id_type);
	const struct document_context context = { .today = date_of(actor->now, CHINA_MS), .legacy = true };
	struct document document;

	if (account->realname_status != REALNAME_VERIFIED || !type || !account->id_number.n)
		return 0;
	TRY(document_check(type, account->id_number, &context, actor->arena, &document));
	if (document.key.n && document.key.n < document.number.n)
		TRY(find_renewals(txn, actor, document.key, account, list));
	else if (document.key.n && (type->kind == DOCUMENT_HK_MACAU_PERMIT || type->kind == DOCUMENT_TAIWAN_PERMIT))
		TRY(find_renewals(txn, actor, document.key, account, list));
	else
		TRY(find_number(txn, actor, document.number.n ? document.number : account->id_number, account, list));
	return keep_same(actor, account, context.today, list);
}

int legacy_find_type(const struct config_legacy_source *source, struct span type)
{
	for (size_t i = 0; i < source->user_types.n; i++)
		if (span_eq(source->user_types.items[i].id, type))
			return (int)i;
	return -1;
}

int legacy_find_first(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, const struct legacy *row,
		      const struct account *account, bool *ret_has, struct legacy *ret_first)
{
	struct legacy_list *list = arena_new_of(actor->arena, struct legacy_list);
	int type = legacy_find_type(source, row->user_type);

	if (!list)
		return FAULT_MEMORY;
	*ret_has = false;
	TRY(legacy_find_phone(txn, actor, source, row->phone, account, list));
	for (size_t i = 0; i < list->n && !*ret_has; i++) {
		const struct legacy_found *found = &list->items[i];

		*ret_has = claim_is_first(legacy_find_type(source, found->row.user_type), found->state.link, type);
		if (*ret_has)
			*ret_first = found->row;
	}
	return 0;
}
