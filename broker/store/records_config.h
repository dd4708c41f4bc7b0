/* SPDX-License-Identifier: Apache-2.0 */
/* records_config - versions of the configuration that administrators made. */
#pragma once

#include "broker/store/record.h"

enum config_version_state { CONFIG_VERSION_DRAFT = 1, CONFIG_VERSION_PROPOSED, CONFIG_VERSION_ACTIVE, CONFIG_VERSION_SUPERSEDED, CONFIG_VERSION_REJECTED };

/* What administrators put on top of the configuration file. The id is its number (8 bytes), then zeros. Edited as a draft, never afterwards. */
struct config_version {
	struct id id;
	int state;          /* enum config_version_state */
	int64_t number, parent; /* parent: the version that was active when it was begun; 0: the file alone */
	int64_t revision;   /* of a draft: counts edits */
	struct instant created_at, changed_at, proposed_at, activated_at;
	struct id author, proposer, activator; /* accounts; zero: see by */
	struct span author_name, proposer_name, activator_name; /* "client:sync", "operator" where no account did it */
	struct span reason; /* why, in the author's words */
	struct span answer; /* why it was rejected */
	int64_t restores;   /* of a rollback: the version whose tree this is, plus one; 0: none */
	struct span tree;   /* conf/overlay.h, JSON; secrets stand in it */
};

/* Which one holds. One record. */
struct config_active {
	struct id id;
	int64_t number; /* 0: the file alone */
	int64_t newest; /* number given out last */
	struct instant since;
};

extern const struct kind KIND_CONFIG_VERSION, KIND_CONFIG_ACTIVE;
