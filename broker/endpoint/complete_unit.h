/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete_unit - what a person gets who completed their information as a unit (Z7): the unit that the form names, founded or joined.
 *
 * Called when the form is taken at its word: at once, or with `completion.review` when the review has passed. Until then no unit exists and
 * nobody is asked. domain.md 1.5
 */
#pragma once

#include "broker/endpoint/unit_change.h"

struct account;

/* @values is what form_json made of the form. A credit code that is not known: the unit is founded, with the account as its administrator. One that
 * is: the account asks to be admitted. Without a code nothing happens. ERR_UNIT_DISSOLVED. */
MUST_USE int complete_unit_join(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct span values);
