/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records - every kind of record that Yimen keeps. The words are those of design.md 3 and of the glossary in docs/TOUR.md.
 *
 * Each area has a header and a file of tables; whoever works with one area includes that header alone.
 * Adding a field: append it to the struct and to the table beside it under a new tag. Never reuse a tag or a prefix.
 */
#pragma once

#include "broker/store/records_account.h"
#include "broker/store/records_config.h"
#include "broker/store/records_event.h"
#include "broker/store/records_legacy.h"
#include "broker/store/records_login.h"
#include "broker/store/records_message.h"
#include "broker/store/records_realname.h"
#include "broker/store/records_review.h"
#include "broker/store/records_staff.h"
#include "broker/store/records_system.h"
#include "broker/store/records_unit.h"
#include "broker/store/records_upstream.h"

/* Every kind, NULL at the end: sweeps, checks and completeness tests walk it. */
extern const struct kind *const records_all[];
