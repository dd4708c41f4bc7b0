/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_event.h"

#include "broker/store/record_rows.h"

static const struct field event_fields[] = {
	ROW(event, 1, at, FIELD_INSTANT, 0),
	ROW(event, 2, type, FIELD_TEXT, 0),
	ROW(event, 3, identity, FIELD_ID, 0),
	ROW(event, 4, data, FIELD_TEXT, FIELD_SEALED),
	ROW(event, 5, other, FIELD_ID, 0),
};
const struct kind KIND_EVENT = KIND(event, 0x29, false, event_fields, .n_indexes = 0);

static const struct field delivery_fields[] = {
	ROW(delivery, 1, webhook, FIELD_TEXT, 0),
	ROW(delivery, 2, settled, FIELD_INT, 0),
	ROW(delivery, 3, attempts, FIELD_INT, 0),
	ROW(delivery, 4, next_at, FIELD_INSTANT, 0),
	ROW(delivery, 5, done_at, FIELD_INSTANT, 0),
	ROW(delivery, 6, last_error, FIELD_TEXT, 0),
	ROW(delivery, 7, given_up, FIELD_INT, 0),
};
static const struct record_index delivery_indexes[] = {
	{ DELIVERY_BY_WEBHOOK, "webhook", true, { 1 /* webhook */ } },
};
const struct kind KIND_DELIVERY = KIND(delivery, 0x1f, false, delivery_fields, INDEXES(delivery_indexes));
