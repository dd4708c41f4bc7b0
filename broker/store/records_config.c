/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records_config.h"

#include "broker/store/record_rows.h"

static const struct field config_version_fields[] = {
	ROW(config_version, 1, state, FIELD_ENUM, 0),
	ROW(config_version, 2, number, FIELD_INT, 0),
	ROW(config_version, 3, parent, FIELD_INT, 0),
	ROW(config_version, 4, revision, FIELD_INT, 0),
	ROW(config_version, 5, created_at, FIELD_INSTANT, 0),
	ROW(config_version, 6, changed_at, FIELD_INSTANT, 0),
	ROW(config_version, 7, proposed_at, FIELD_INSTANT, 0),
	ROW(config_version, 8, activated_at, FIELD_INSTANT, 0),
	ROW(config_version, 9, author, FIELD_ID, 0),
	ROW(config_version, 10, proposer, FIELD_ID, 0),
	ROW(config_version, 11, activator, FIELD_ID, 0),
	ROW(config_version, 12, author_name, FIELD_TEXT, 0),
	ROW(config_version, 13, proposer_name, FIELD_TEXT, 0),
	ROW(config_version, 14, activator_name, FIELD_TEXT, 0),
	ROW(config_version, 15, reason, FIELD_TEXT, 0),
	ROW(config_version, 16, answer, FIELD_TEXT, 0),
	ROW(config_version, 17, restores, FIELD_INT, 0),
	ROW(config_version, 18, tree, FIELD_TEXT, FIELD_SEALED),
};
const struct kind KIND_CONFIG_VERSION = KIND(config_version, 0x3e, false, config_version_fields, .n_indexes = 0);

static const struct field config_active_fields[] = {
	ROW(config_active, 1, number, FIELD_INT, 0),
	ROW(config_active, 2, newest, FIELD_INT, 0),
	ROW(config_active, 3, since, FIELD_INSTANT, 0),
};
const struct kind KIND_CONFIG_ACTIVE = KIND(config_active, 0x3f, false, config_active_fields, .n_indexes = 0);
