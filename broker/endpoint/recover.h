/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recover - the way back into an account whose password is lost (M7, M9, T3), from page to page: recover.c asks whose, recover_verify.c has it
 * proved and sets the password, recover_link.c does the same for who comes with the link of an approved appeal.
 *
 * Nothing on these pages depends on whether there is such an account until its own phone has shown the code: the name is only written down on
 * the first page; on the second, a code is sent when everything that was typed fits, and the page says the same when nothing was sent. Nobody is
 * logged in by it (ASVS 6.4.3): a second factor is asked for at the login as ever.
 */
#pragma once

#include "broker/endpoint/form_page.h"
#include "broker/endpoint/throttle.h"
#include "conf/config_recovery.h"

/* interaction.stage */
#define RECOVER_NAMED SPAN("recover")      /* a captcha was solved and a name given; no code was asked for yet */
#define RECOVER_SENT SPAN("recover-sent")  /* a code was asked for */
#define RECOVER_LINK SPAN("recover-link")  /* came by an appeal's link; the draft names the ticket */
#define RECOVER_DONE SPAN("recovered")     /* the password is set */
/* interaction.draft at RECOVER_DONE: an appeal's phone could not become the account's, since another account has it meanwhile. */
#define RECOVER_PHONE_KEPT SPAN("{\"phone_kept\":true}")

/* What the first page wrote into interaction.draft. */
struct recover_about {
	bool by_phone, is_legal, is_possible; /* false: of a kind that never recovers here (staff) */
	struct span namespace_, name;         /* as typed */
	json_t *draft;                        /* owner; also what the second page wrote: phone, unit_name, uscc */
};
MUST_USE int recover_about_read(struct request *rq, const struct interaction *interaction, struct recover_about *ret_about);

/* Is this way configured? Is any? Then the login page has a link. */
bool recover_has(const struct request *rq, enum config_recovery_method method);
bool recover_is_open(const struct request *rq);

/* One more step for this name from this address. ERR_TOO_MANY with *@ret_wait. */
MUST_USE int recover_count(struct txn *txn, struct request *rq, struct span namespace_, struct span name, unsigned *ret_wait);

/* This page in the other language, with tab=@tab (lang_url of @data). */
MUST_USE int recover_lang(struct request *rq, const struct interaction *interaction, struct span tab, json_t *data);
/* "natural" or "legal": what the page is for. */
struct span recover_tab(struct request *rq);
