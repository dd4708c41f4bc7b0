/* SPDX-License-Identifier: Apache-2.0 */
/* config_mail - electronic mail. */
#pragma once

#include "conf/option.h"

struct config_mail {
	struct span server, user;
	struct secret password;
	struct span from, outbox;
};
