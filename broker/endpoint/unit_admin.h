/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_admin - who administers which unit: its own account, or a person who acts for it as its administrator.
 */
#pragma once

#include "broker/endpoint/session.h"

/* The unit that the person of @visitor administers now; NULL: none. Lives in @visitor. */
const struct unit *unit_admin_of(const struct visitor *visitor);
/* Does the person administer any unit that they could act for? Then the way there is the page that chooses. */
MUST_USE int unit_admin_could(struct txn *txn, struct request *rq, const struct visitor *visitor, bool *ret_could);
