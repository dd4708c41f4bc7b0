/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register - one person's registration on its way from the form to the account. register.c asks, register_page.c shows, register_new.c keeps.
 */
#pragma once

#include "broker/endpoint/form_page.h"
#include "broker/endpoint/phone_code.h"
#include "broker/store/records_review.h"

struct config_registration_kind;

/* Who registers: a row for each page. */
struct register_way {
	const char *name;  /* "natural": in texts, audit, account.source */
	const char *path, *page, *form;
	const char *steps[3]; /* texts register.step.…: as the manuals show them, where the operator says nothing; "realname" only where it follows */
	int namespace_;
	bool is_unit, is_expert;
	size_t rules;      /* offset of its struct config_registration_kind */
};

extern const struct register_way register_ways[];
extern const size_t register_ways_n;
const struct config_registration_kind *register_rules(const struct config *config, const struct register_way *way);
/* Is any of them open? Then the login page has a link. */
bool register_is_open(const struct config *config);
/* May somebody register now (T7)? Always, where the hours only put verification off. */
bool register_is_in_hours(const struct config *config, struct instant now);

struct registration {
	struct request *rq;
	const struct register_way *way;
	const struct config_registration_kind *rules;
	struct form form;
	struct form_value *values;
	struct interaction interaction;
	struct visitor visitor;
	struct phone_code code;
	struct id captcha; /* used up by the registration itself, where no code is sent */
	bool sent;         /* a code is on its way */
	int error;         /* of the page as a whole; 0: none, or a field's */
	unsigned wait;
	/* what is kept */
	struct account account;
	struct unit unit;
	struct submission submission;
	struct span claim; /* what is to be verified at once; empty: nothing */
	bool taken_name, taken_phone, taken_uscc;
};

/* Has the phone in the form been proved in this interaction? */
bool register_has_proof(const struct registration *r);
/* Does the form ask for a code from a message? */
bool register_wants_code(const struct registration *r);

/* Where somebody goes on to from a page that followed their registration: the page that says what comes next, or /continue. */
const char *register_onward(const struct interaction *interaction);
/* steps of a page that follows the registration of @account in @interaction, at verification; nothing when none does. */
void register_add_steps(struct request *rq, const struct interaction *interaction, const struct account *account, json_t *data);

/* The page with the form as it stands in @r->values, and what is wrong. */
MUST_USE int register_page(struct registration *r);

/* The records of what was read: account, unit, submission. Hashes the password: only on WORK_PASSWORD. */
MUST_USE int register_new_prepare(struct registration *r);
/* A store_fn over the registration: everything in one transaction, with its audit and event. ERR_CONFLICT when something is taken: taken_… say
 * what. */
int register_new_keep(struct txn *txn, void *arg);
