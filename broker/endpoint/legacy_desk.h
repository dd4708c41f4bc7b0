/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_desk - what the pages of old accounts at the desk share: who may come in, and how personal data of a row is shown. domain.md 4.4.
 */
#pragma once

#include "broker/endpoint/desk.h"

/* Support and the security administrator of the whole platform, with both factors. ERR_LOGIN_REQUIRED, ERR_FORBIDDEN. */
MUST_USE int legacy_desk_enter(struct txn *txn, struct desk *desk);
/* A login name of a row, masked where it is a phone or a document number. */
MUST_USE int legacy_desk_login(struct request *rq, const struct legacy *row, struct span *ret_text);
