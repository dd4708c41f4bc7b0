/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_owner.h"

#include "broker/base/json.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/legacy_find.h"
#include "broker/identity/mask.h"
#include "conf/config.h"

int legacy_owner_complete(struct txn *txn, const struct unit_actor *actor, struct account *account, const struct legacy *row)
{
	const struct config_legacy_source *source = config_legacy_source(actor->config, row->source);
	bool expert = span_is(row->user_type, "expert");

	if (!source || source->accounts != CONFIG_LEGACY_CLAIM || account->namespace_ != NAMESPACE_NATURAL ||
	    (account->profile != PROFILE_NONE && account->status != ACCOUNT_REJECTED))
		return 0;
	account->profile = expert ? PROFILE_EXPERT : span_is(row->kind, "enterprise") ? PROFILE_UNIT : PROFILE_INDIVIDUAL;
	account->roles |= expert ? ACCOUNT_ROLE_EXPERT : ACCOUNT_ROLE_DECLARER;
	if (!account->name.n)
		account->name = row->name;
	if (account->status == ACCOUNT_REJECTED) { /* who was admitted to the old system needs no second admission */
		account->status = ACCOUNT_ACTIVE;
		account->review_reason = (struct span){ NULL, 0 };
	}
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	return event_write_account(txn, actor->config, actor->now, actor->arena, CONFIG_EVENT_USER_CHANGED, account);
}

int legacy_owner_proof(const struct unit_actor *actor, const struct account *account, struct legacy_proof *ret_proof)
{
	struct buf buf = buf_new(actor->arena, 96);
	struct json_writer w = json_writer(&buf);
	struct span masked, evidence;

	TRY(mask_id_number(account->id_number, MASK_STRONG, actor->arena, &masked));
	json_open(&w, '{');
	json_member_str(&w, "id_type", account->id_type);
	json_member_str(&w, "id_number", masked);
	json_close(&w, '}');
	TRY(buf_done(&buf, &evidence));
	*ret_proof = (struct legacy_proof){ .method = "document", .level = account->realname_level, .evidence = evidence };
	return 0;
}

/* One that fits, and no other of its source. */
static bool is_the_only(const struct legacy_list *list, size_t i)
{
	for (size_t k = 0; k < list->n; k++)
		if (k != i && span_eq(list->items[k].row.source, list->items[i].row.source))
			return false;
	return true;
}

static int bind_only(struct txn *txn, const struct unit_actor *actor, struct account *account, const struct legacy_found *found)
{
	const struct config_legacy_source *source = config_legacy_source(actor->config, found->row.source);
	struct legacy_proof proof;
	struct legacy first;
	bool has_first;

	TRY(legacy_owner_proof(actor, account, &proof));
	proof.reason = SPAN("realname_verified");
	TRY(legacy_find_first(txn, actor, source, &found->row, account, &has_first, &first));
	if (has_first)
		return 0;
	int result = legacy_change_bind(txn, actor, &found->row, account, &proof);
	if (result == ERR_LEGACY_TAKEN || result == ERR_LEGACY_LIMIT) {
		proof.reason = span_of(error_row(result)->code);
		return legacy_change_note(txn, actor, &found->row, account, "refused", &proof);
	}
	TRY(result);
	return legacy_owner_complete(txn, actor, account, &found->row);
}

int legacy_owner_verified(struct txn *txn, const struct unit_actor *actor, struct account *account)
{
	struct legacy_list *list;

	if (account->namespace_ != NAMESPACE_NATURAL || !actor->config->legacy_sources.n)
		return 0;
	list = arena_new_of(actor->arena, struct legacy_list);
	if (!list)
		return FAULT_MEMORY;
	TRY(legacy_find_document(txn, actor, account, list));
	for (size_t i = 0; i < list->n && !list->has_more; i++)
		if (list->items[i].state.link != CLAIM_BOUND && list->items[i].state.link != CLAIM_UNUSED && is_the_only(list, i))
			TRY(bind_only(txn, actor, account, &list->items[i]));
	return 0;
}

int legacy_owner_phone(struct txn *txn, const struct request *rq, struct id id)
{
	struct unit_actor actor = unit_change_actor(rq, id);
	struct account account;

	TRY(record_get(txn, &KIND_ACCOUNT, id, rq->arena, &account));
	return legacy_change_proved(txn, &actor, &account, &(struct legacy_proof){ .method = "phone" });
}

int legacy_owner_login(struct txn *txn, const struct request *rq, const struct facts *facts)
{
	const struct account *account = &facts->account;
	struct unit_actor actor = unit_change_actor(rq, account->id);

	if (account->namespace_ != NAMESPACE_LEGAL || account->realname_status != REALNAME_VERIFIED)
		return 0;
	for (size_t i = 0; i < facts->n_bindings; i++)
		if (facts->bindings[i].status == BINDING_SUGGESTED)
			return legacy_change_proved(txn, &actor, account, &(struct legacy_proof){ .method = "unit", .level = account->realname_level });
	return 0;
}
