/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_message.h"

#include "broker/store/record_rows.h"

static const struct field text_message_fields[] = {
	ROW(text_message, 1, key, FIELD_TEXT, 0),
	ROW(text_message, 2, phone, FIELD_TEXT, FIELD_SEALED),
	ROW(text_message, 3, purpose, FIELD_TEXT, 0),
	ROW(text_message, 4, status, FIELD_ENUM, 0),
	ROW(text_message, 5, route, FIELD_TEXT, 0),
	ROW(text_message, 6, vendor_id, FIELD_TEXT, 0),
	ROW(text_message, 7, code, FIELD_TEXT, 0),
	ROW(text_message, 8, tried, FIELD_TEXT, 0),
	ROW(text_message, 9, pieces, FIELD_INT, 0),
	ROW(text_message, 10, cost, FIELD_INT, 0),
	ROW(text_message, 11, at, FIELD_INSTANT, 0),
	ROW(text_message, 12, changed_at, FIELD_INSTANT, 0),
};
static const struct record_index text_message_indexes[] = {
	{ TEXT_MESSAGE_BY_KEY, "key", true, { 1 /* key */ } },
	{ TEXT_MESSAGE_BY_RECEIPT, "receipt", false, { 5 /* route */, 6 /* vendor_id */ } },
};
const struct kind KIND_TEXT_MESSAGE = KIND(text_message, 0x41, true, text_message_fields, INDEXES(text_message_indexes));

static const struct field sms_day_fields[] = {
	ROW(sms_day, 1, at, FIELD_INSTANT, 0),
	ROW(sms_day, 2, route, FIELD_TEXT, 0),
	ROW(sms_day, 3, accepted, FIELD_INT, 0),
	ROW(sms_day, 4, delivered, FIELD_INT, 0),
	ROW(sms_day, 5, undelivered, FIELD_INT, 0),
	ROW(sms_day, 6, limited, FIELD_INT, 0),
	ROW(sms_day, 7, refused, FIELD_INT, 0),
	ROW(sms_day, 8, failed, FIELD_INT, 0),
	ROW(sms_day, 9, unknown, FIELD_INT, 0),
	ROW(sms_day, 10, pieces, FIELD_INT, 0),
	ROW(sms_day, 11, cost, FIELD_INT, 0),
};
const struct kind KIND_SMS_DAY = KIND(sms_day, 0x42, false, sms_day_fields, .n_indexes = 0);
