/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules - what a NEW login name and a NEW password must be (T9, T10, domain.md 2.10). Never applied at login: imported names
 * may begin with a digit, imported passwords may be weak until they are changed.
 */
#pragma once

#include "broker/base/base.h"

enum rules_failure {
	RULES_OK,
	RULES_EMPTY,          /* error.field_empty */
	RULES_LENGTH,
	RULES_CHARACTERS,     /* outside the alphabet; white space or control in a password */
	RULES_FIRST,          /* a login name begins with a letter */
	RULES_RESERVED,       /* begins with HJ_ (any case): names that migrations give */
	RULES_CLASSES,        /* fewer than three classes */
	RULES_CONTAINS_LOGIN,
	RULES_CONTAINS_PHONE,
	RULES_CONTAINS_WORD,  /* a word of the service (ASVS 6.2.11) */
	RULES_BREACHED,
	RULES_MISMATCH,       /* the repetition differs */
	RULES_COUNT,
};

#define RULES_RESERVED_PREFIX "HJ_"

struct rules_password {
	size_t min, max;      /* bytes; 0 means 8 and 20 (T10) */
	unsigned min_classes; /* 0 means 3 */
	struct span login_name, phone; /* what it must not contain (without case); empty: not asked */
	const struct span *words;      /* and these */
	size_t n_words;
	/* Whether the password is in the breach list; NULL: no list. */
	bool (*is_breached)(struct span password, void *user);
	void *user;
};

enum rules_failure rules_login_name(struct span login_name);
enum rules_failure rules_check_password(struct span password, const struct rules_password *rule);
/* @again is what was typed the second time. */
enum rules_failure rules_check_password_twice(struct span password, struct span again, const struct rules_password *rule);
/* Whether @login_name begins with the reserved prefix, in any case. */
bool rules_is_reserved(struct span login_name);
/* "empty", "length" …; catalogue key "rule." + name. "ok" for RULES_OK. */
const char *rules_failure_name(enum rules_failure failure);
