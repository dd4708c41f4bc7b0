/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_lookup - a unit's registered information found by its credit code (J2: 获取基本信息).
 */
#pragma once

#include "broker/http/request.h"
#include "broker/identity/form.h"

struct unit_lookup {
	struct request *rq;
	struct id account; /* who asks: so often a day (realname.lookups_day) */
};

/* Fill the fields of @form that the register knows for @text, a credit code: from the register that real names are verified against, else from the
 * units of the configuration. ERR_ABSENT: no such code, or nobody knows it; ERR_REGISTER_AWAY: the register does not answer, or nothing that could be
 * trusted; ERR_TOO_MANY. @values are as they were then. Waits for the network or the disk: WORK_UPSTREAM. */
MUST_USE int unit_lookup(const struct unit_lookup *lookup, struct span text, const struct form *form, struct form_value *values);
