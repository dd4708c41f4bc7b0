/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_desk - what the pages of old accounts at the desk share: who may come in, and whether one of them is enough.
 */
#pragma once

#include "broker/endpoint/desk.h"

/* Support and the security administrator of the whole platform, with both factors. ERR_LOGIN_REQUIRED, ERR_FORBIDDEN. */
MUST_USE int legacy_desk_enter(struct txn *txn, struct desk *desk);
/* Does what staff undo here take two of them (`review.four_eyes` has `legacy`)? */
bool legacy_desk_four_eyes(const struct request *rq);
