/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_check - the rule of each type of field. Called by form_read alone.
 */
#pragma once

#include "broker/identity/form.h"

struct form_check {
	const struct form *form;
	const struct form_context *context;
	struct arena *arena;
	struct form_value *values; /* one for each row of the form */
};

/* Judge @value: its value, is_asked, error and detail are set. FAULT_MEMORY. */
MUST_USE int form_check_value(struct form_check *check, struct form_value *value);
