/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_lookup - a unit's registered information found by its credit code (J2: 获取基本信息).
 */
#pragma once

#include "broker/http/request.h"
#include "broker/identity/form.h"

/* Fill the fields of @form that the register knows for @uscc: from the register that real names are verified against, else from the units of the
 * configuration. *@ret_found: it knows the code. */
MUST_USE int unit_lookup(struct request *rq, struct span uscc, const struct form *form, struct form_value *values, bool *ret_found);
