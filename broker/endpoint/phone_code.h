/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phone_code - a code sent to a phone and typed into a page: one way to send and to try, for every page that proves a phone.
 *
 * Sending costs money and annoys people: captcha, limits, then the message. A code is bound to phone, purpose and interaction; it is used up by
 * success and by the last wrong try; another one, for whatever purpose, ends it. Pages of somebody who is logged in begin an interaction of
 * their own (interaction_begin(rq, NULL, …)) for this. domain.md 3.6 (Abuse), ASVS 6.5, 6.6
 */
#pragma once

#include "broker/endpoint/interaction.h"
#include "broker/endpoint/throttle.h"

#define PHONE_CODE_LIMITS 6

/* What the message says it is for, and what a code is good for. */
#define PHONE_CODE_LOGIN SPAN("login")
#define PHONE_CODE_REGISTER SPAN("register")
#define PHONE_CODE_BIND SPAN("bind")
#define PHONE_CODE_RECOVER SPAN("recover")
#define PHONE_CODE_CHANGE SPAN("change")
#define PHONE_CODE_APPEAL SPAN("appeal")
#define PHONE_CODE_EMAIL SPAN("email")

/* One request's dealings with a phone. Set up by phone_code_begin; the rest is phone_code.c's, but for what is said to be read. */
struct phone_code {
	struct request *rq;
	struct span purpose;
	struct span phone;    /* as phone_code_begin normalised it; an e-mail address where by_mail says so */
	bool by_mail;
	/* set by the caller: nobody may learn whether the phone fits. Both: the message is handed over after the answer, or, where it does not fit,
	 * nothing is; everything else is the same. */
	bool discreet, pretend;
	/* set by the caller: a captcha was solved on the page before, which left this stage in the interaction: it stands for the first message, and the
	 * stage becomes @then */
	struct span excuse, then;
	unsigned wait;        /* to be read: seconds until another may be asked for, after ERR_SMS_LIMIT and phone_code_pending */
	struct throttle limits[PHONE_CODE_LIMITS];
	struct span counted[PHONE_CODE_LIMITS];
	int64_t sent_to_address;
	struct id captcha;
	struct otp otp;
	struct span code;
};

/* @typed may be empty (a page that is shown for the first time). 0, ERR_PHONE when it is no mobile number (the rest is set up all the same, with
 * an empty phone), FAULT_MEMORY. */
MUST_USE int phone_code_begin(struct request *rq, struct span purpose, struct span typed, struct phone_code *ret_code);
/* The same for an e-mail address. ERR_EMAIL. */
MUST_USE int phone_code_begin_mail(struct request *rq, struct span purpose, struct span typed, struct phone_code *ret_code);
/* In the snapshot that loads the page: how many this address has asked for. */
MUST_USE int phone_code_load(struct txn *txn, struct phone_code *code);
/* In that snapshot too, where a page is opened or loaded again: the code that was sent in @interaction for this purpose and still works.
 * Sets phone and wait; *@ret_sent false: there is none. */
MUST_USE int phone_code_pending(struct txn *txn, struct phone_code *code, const struct interaction *interaction, bool *ret_sent);
/* After that: does sending want a captcha? Then the page calls captcha_check_show. */
bool phone_code_wants_captcha(const struct phone_code *code);
/* Check the captcha where one is wanted, count, keep the code in the interaction and send it. ERR_CAPTCHA, ERR_SMS_LIMIT (wait is set),
 * ERR_MESSAGE_FAILED: belong to the page. Commits, and waits for the gateway: only on WORK_SMS. *@interaction is as the store has it then;
 * @draft (a JSON object, or empty) becomes its draft. */
MUST_USE int phone_code_send(struct phone_code *code, struct interaction *interaction, struct span draft);
/* In a transaction, which must be committed: one try is used up whatever comes of it. @interaction was loaded in it. *@ret_error: 0 when
 * @typed is the code, ERR_OTP, or ERR_OTP_EXPIRED (none waits for this phone and purpose, it is too late, or too many tries). */
MUST_USE int phone_code_try(struct txn *txn, struct phone_code *code, const struct interaction *interaction, struct span typed, int *ret_error);
/* expires_minutes, phone_masked and wait of a page that says that a code is on its way. */
MUST_USE int phone_code_show(struct phone_code *code, json_t *data);
