/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_webhook - how far each receiver of events has been told, and telling it again.
 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/store/records_event.h"
#include "conf/config.h"

struct receiver {
	struct admin *admin;
	const struct config_webhook *webhook;
	int64_t newest, from;
	struct delivery delivery;
	bool is_known;
};

static int load(struct txn *txn, void *arg)
{
	struct receiver *place = arg;
	struct delivery probe = { .webhook = place->webhook->id };
	int result = record_find(txn, &KIND_DELIVERY, DELIVERY_BY_WEBHOOK, &probe, place->admin->arena, &place->delivery);

	place->is_known = result == 0;
	if (result && result != ERR_ABSENT)
		return result;
	return event_newest(txn, place->admin->arena, &place->newest);
}

static void write(const struct receiver *place, struct json_writer *out)
{
	json_open(out, '{');
	json_member_str(out, "id", place->webhook->id);
	json_member_str(out, "url", place->webhook->url);
	json_member_bool(out, "enabled", place->webhook->enabled);
	if (place->is_known) {
		json_member_int(out, "settled", place->delivery.settled);
		json_member_int(out, "waiting", place->newest - place->delivery.settled);
		json_member_int(out, "given_up", place->delivery.given_up);
		json_member_int(out, "attempts", place->delivery.attempts);
		json_member_int(out, "next_at", place->delivery.next_at.ms);
		json_member_int(out, "done_at", place->delivery.done_at.ms);
		json_member_str(out, "last_error", place->delivery.last_error);
	}
	json_close(out, '}');
}

int admin_webhook_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	const struct config_webhooks *webhooks = &admin->config->webhooks;

	json_key(out, "webhooks");
	json_open(out, '[');
	for (size_t i = 0; i < webhooks->n; i++) {
		struct receiver place = { .admin = admin, .webhook = &webhooks->items[i] };

		TRY(store_view(admin->store, load, &place));
		write(&place, out);
	}
	json_close(out, ']');
	return 0;
}

static int go_back(struct txn *txn, void *arg)
{
	struct receiver *place = arg;

	TRY(load(txn, arg));
	if (!place->is_known || place->from < 1 || place->from > place->newest)
		return ERR_INVALID;
	place->delivery.settled = place->from - 1;
	place->delivery.attempts = 0;
	place->delivery.next_at = (struct instant){ 0 };
	TRY(record_put(txn, &KIND_DELIVERY, &place->delivery));
	return audit_write_operator(txn, place->admin->now, &(struct audit_event){ .action = "webhook.replay", .subject = place->webhook->id });
}

int admin_webhook_replay(struct admin *admin, const json_t *args, struct json_writer *out)
{
	const struct config_webhooks *webhooks = &admin->config->webhooks;
	struct receiver place = { .admin = admin };
	struct span id = json_get_span(args, "id");

	for (size_t i = 0; i < webhooks->n; i++)
		if (span_eq(webhooks->items[i].id, id))
			place.webhook = &webhooks->items[i];
	json_get_i64(args, "from", &place.from);
	if (!place.webhook) {
		json_member_str(out, "field", SPAN("id"));
		return ERR_ABSENT;
	}
	int result = store_update(admin->store, go_back, &place);
	if (result == ERR_INVALID)
		json_member_str(out, "field", SPAN("from"));
	return result;
}
