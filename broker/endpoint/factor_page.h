/* SPDX-License-Identifier: Apache-2.0 */
/*
 * factor_page - what the pages of the second factor have in common: the one between password and session (second_factor.c), and the one of the
 * account (account_factor.c). Templates _factor_enrol.html, _factor_code.html, recovery-codes.html.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/factor.h"
#include "broker/http/request.h"

struct account;
struct interaction;

/* The secret that @account enrols in @interaction, as a picture and to be typed; made when it is not there yet: commits.
 * ERR_INTERACTION_EXPIRED: another account enrols in it. */
MUST_USE int factor_page_enrol(struct request *rq, const struct interaction *interaction, const struct account *account, json_t *data);
/* Does the form's field take a recovery code? Button use-recovery, and what that page sends. */
bool factor_page_recovers(struct request *rq);
/* What is wrong with a form without a code: nothing (0) when it only asks for the other field. */
int factor_page_empty(struct request *rq);
/* Answer with the page that shows @codes, once, and wipe them. The caller has set continue_url. */
MUST_USE int factor_page_codes(struct request *rq, char codes[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT], json_t *data);
