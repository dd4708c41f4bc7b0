/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/link_history.h"

#include "broker/endpoint/desk.h"
#include "broker/endpoint/page.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"

struct listing {
	struct txn *txn;
	struct request *rq;
	struct id account;
	bool for_staff;
	json_t *list;
};

/* From what to what, as it was written down: masked names, the provider's own words for its levels, its ids of the person, a reviewer's reason. */
static void set_evidence(json_t *item, const struct link_event *event)
{
	JSON *evidence = NULL;

	if (!event->evidence.n || json_read_object(event->evidence, &evidence))
		return;
	page_set(item, "link_from", json_get_span(evidence, "from"));
	page_set(item, "link_to", json_get_span(evidence, "to"));
}

static int add(const void *record, void *arg)
{
	const struct link_event *event = record;
	struct listing *listing = arg;
	const struct config_provider *provider = config_provider(app_of(listing->rq)->config, event->provider);
	json_t *item;

	if (json_array_size(listing->list) == LINK_HISTORY_MAX)
		return TXN_STOP;
	/* Every item has every member, so that none of the page's shows through (web/PAGES.md). */
	item = json_pack("{s:s, s:s, s:s, s:s, s:s}", "link_from", "", "link_to", "", "link_who", "", "link_at", "", "link_way", "");
	if (json_array_append_new(listing->list, item))
		return FAULT_MEMORY;
	page_set_time(item, "link_at", event->at);
	page_set(item, "link_way", provider ? page_text(listing->rq, &provider->title) : event->provider);
	page_set(item, "link_what", event->what);
	page_set(item, "link_by", !id_is_set(event->actor) ? SPAN("provider") : id_eq(event->actor, event->account) ? SPAN("self") : SPAN("staff"));
	if (!listing->for_staff)
		return 0;
	set_evidence(item, event);
	return desk_set_account(listing->txn, listing->rq, item, "link_who", event->actor);
}

int link_history_add(struct txn *txn, struct request *rq, struct id account, bool for_staff, json_t *data)
{
	struct link_event probe = { .account = account };
	struct listing listing = { txn, rq, account, for_staff, json_array() };

	if (!listing.list || json_object_set_new(data, "link_events", listing.list))
		return FAULT_MEMORY;
	return record_page(txn, &KIND_LINK_EVENT, LINK_EVENT_BY_ACCOUNT, &probe, (struct record_from){ .falling = true }, rq->arena, add, &listing);
}
