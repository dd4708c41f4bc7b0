/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/event.h"

#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/oauth/claims.h"
#include "broker/store/records_account.h"
#include "broker/store/records_event.h"
#include "broker/store/records_system.h"
#include "conf/config.h"

#define COUNTER SPAN("events")

int64_t event_number(struct id id)
{
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | (unsigned char)id.b[i];
	return (int64_t)number;
}

struct id event_id(int64_t number)
{
	struct id id = { { 0 } };

	for (int i = 0; i < 8; i++)
		id.b[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
	return id;
}

static int find_counter(struct txn *txn, struct arena *arena, struct meta *ret_counter)
{
	struct meta probe = { .name = COUNTER };
	int result = record_find(txn, &KIND_META, META_BY_NAME, &probe, arena, ret_counter);

	if (result == ERR_ABSENT)
		*ret_counter = (struct meta){ .id = { { 'e', 'v', 'e', 'n', 't', 's' } }, .name = COUNTER };
	return result == ERR_ABSENT ? 0 : result;
}

int event_newest(struct txn *txn, struct arena *arena, int64_t *ret_number)
{
	struct meta counter;

	TRY(find_counter(txn, arena, &counter));
	*ret_number = counter.number;
	return 0;
}

static int print_members(const struct event_new *event, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 256);
	struct json_writer w = json_writer(&buf);
	char id[37];

	for (size_t i = 0; i < EVENT_MEMBERS_MAX && event->members[i].name; i++) {
		const struct event_member *member = &event->members[i];

		if (id_is_set(member->id))
			encode_id(id, member->id);
		json_member_str(&w, member->name, id_is_set(member->id) ? span_of(id) : member->text);
	}
	return buf_done(&buf, ret_json);
}

int event_skip(struct txn *txn, struct arena *arena, int64_t n)
{
	struct meta counter;

	TRY(find_counter(txn, arena, &counter));
	counter.number += n;
	return record_put(txn, &KIND_META, &counter);
}

int event_write(struct txn *txn, const struct config *config, struct instant now, struct arena *arena, const struct event_new *event)
{
	struct event record = { .at = now, .type = span_of(config_event_name(event->type)), .identity = event->identity, .other = event->other };
	struct meta counter;

	if (!config->webhooks.n)
		return 0;
	TRY(print_members(event, arena, &record.data));
	TRY(find_counter(txn, arena, &counter));
	counter.number++;
	record.id = event_id(counter.number);
	TRY(record_put(txn, &KIND_META, &counter));
	return record_insert(txn, &KIND_EVENT, &record);
}

int event_write_account(struct txn *txn, const struct config *config, struct instant now, struct arena *arena, enum config_event type,
			const struct account *account)
{
	static const char *const statuses[] = { [ACCOUNT_ACTIVE] = "active", [ACCOUNT_PENDING_REVIEW] = "pending_review", [ACCOUNT_REJECTED] = "rejected",
						[ACCOUNT_DISABLED] = "disabled", [ACCOUNT_CLOSED] = "closed" };
	struct event_new event = { .type = type, .identity = account->identity,
				   .members = { { "user_type", .text = span_of(claims_user_type(account)) },
						{ "account_status", .text = span_of(statuses[account->status]) } } };

	return event_write(txn, config, now, arena, &event);
}
