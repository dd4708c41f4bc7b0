/* SPDX-License-Identifier: Apache-2.0 */
/*
 * captcha_check - captchas for a form: shown without a write, accepted once.
 *
 * What the form carries (captcha_id) is sealed: expiry, both answers, bound to the interaction. An answer is used up by a mark in the
 * transaction that it opens the way for.
 */
#pragma once

#include "broker/endpoint/interaction.h"

/* Add "captcha" to a page's data. */
MUST_USE int captcha_check_show(struct request *rq, const struct interaction *interaction, json_t *data);
/* ERR_CAPTCHA unless the parameters captcha and captcha_id fit this interaction and have not expired; a wrong answer uses it up (the
 * question has few of them). *@ret_mark is for captcha_check_use. May commit: not for the loop's thread. */
MUST_USE int captcha_check(struct request *rq, const struct interaction *interaction, struct id *ret_mark);
/* ERR_CAPTCHA when it was used before. A zero @mark (none was asked) is fine. */
MUST_USE int captcha_check_use(struct txn *txn, struct id mark);
