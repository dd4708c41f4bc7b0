/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/audit.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/store/records_system.h"

int audit_write(struct txn *txn, const struct request *rq, const struct audit_event *event)
{
	char actor[37] = "", address[CLIENT_ADDRESS_TEXT];

	if (id_is_set(event->actor))
		encode_id(actor, event->actor);
	struct audit record = {
		.id = sys_new_id(rq->now), /* an id is no effect: when the function runs again, the first try was undone */
		.at = rq->now,
		.actor = span_of(actor),
		.action = span_of(event->action),
		.subject = event->subject,
		.client = event->client,
		.address = span_of(client_address_text(&rq->client, address)),
		.reference = span_of(rq->reference),
		.result = event->result ? span_of(error_row(event->result)->code) : SPAN("ok"),
		.detail = event->detail,
	};
	return record_insert(txn, &KIND_AUDIT, &record);
}

int audit_write_operator(struct txn *txn, struct instant now, const struct audit_event *event)
{
	char subject[37] = "";

	if (id_is_set(event->actor))
		encode_id(subject, event->actor);
	struct audit record = {
		.id = sys_new_id(now),
		.at = now,
		.actor = SPAN("operator"),
		.action = span_of(event->action),
		.subject = subject[0] ? span_of(subject) : event->subject,
		.result = SPAN("ok"),
		.detail = event->detail,
	};
	return record_insert(txn, &KIND_AUDIT, &record);
}
