/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_page - the page with the ways in: two passwords tabs, the phone tab, and third-party links (ui-contract.md `login`).
 */
#pragma once

#include "broker/endpoint/interaction.h"

struct login_page {
	const char *tab; /* "natural", "legal", "staff" or "phone" */
	int error;       /* shown in #error; 0: none */
	const char *field; /* the field it belongs to; NULL: none */
	unsigned wait;   /* seconds, where the error speaks of them */
	bool captcha;    /* ask for one */
	bool sent;       /* phone tab: a code is on its way to phone */
	bool link;       /* the page that ties a third-party identity to an account, instead of the login page */
	struct span provider_name, external_name; /* on that page */
	bool can_create;         /* … a new account may be had instead */
	struct span link_reason; /* … why an account has to be proved: code of an error; may be empty */
	struct span login_name, phone; /* what was typed */
};

/* The tab that the parameters ask for: tab, else namespace, else the first that is configured. */
const char *login_page_tab(struct request *rq);
/* The first that is configured, for routes that have none of these parameters. */
const char *login_page_first_tab(struct request *rq);
MUST_USE int login_page_reply(struct request *rq, const struct interaction *interaction, const struct login_page *page);
