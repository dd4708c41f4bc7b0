/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldap - people of a directory: what the files ldap*.c share. ldap.c is the provider, ldap_text.c writes questions and reads answers, ldap_group.c finds out
 * whether somebody is a member of a group. Only for them.
 */
#pragma once

#include "providers/provider.h"

#define LDAP_ATTRIBUTES_MAX 4
#define LDAP_GROUPS_MAX 64 /* of one person, with those that these are in */

enum ldap_group_rule { LDAP_MEMBER_OF, LDAP_IN_CHAIN, LDAP_SEARCH };

struct ldap_options {
	struct span url, bind_dn;
	struct secret bind_password;
	struct span base_dn, filter, issuer;
	struct span subject_attribute, name_attribute, phone_attribute, email_attribute;
	struct span group, group_base;
	int group_rule; /* enum ldap_group_rule */
	int64_t level;
};

/* ---- ldap_text.c: RFC 4515, RFC 4516, and how libcurl prints entries */

/* @pattern with each {login} replaced by @login, which can be nothing but a value there. */
MUST_USE int ldap_text_filter(struct span pattern, struct span login, struct arena *arena, struct span *ret_filter);
/* "(name=value)"; @rule: ":1.2.3:" between name and '=', or "". */
void ldap_text_add_test(struct buf *buf, const char *name, const char *rule, struct span value);
/* FETCH: the search of @scope below @dn, asked by the application's account. @attributes: those wanted, commas between; "1.1" is none. */
MUST_USE int ldap_text_search(const struct ldap_options *o, struct span dn, struct span attributes, const char *scope, struct span filter, struct arena *arena,
	struct provider_step *step);

struct ldap_entry {
	struct span dn;
	struct {
		struct span name, value;
		bool again; /* it has several values */
	} wanted[LDAP_ATTRIBUTES_MAX];
	size_t entries;
};
/* The first entry of @body with the values that are wanted, and how many entries there are. ERR_MALFORMED. */
MUST_USE int ldap_text_entries(struct span body, struct ldap_entry *entry, struct arena *arena);
/* The name of the next entry of *@body; false at the end. */
bool ldap_text_next_name(struct span *body, struct span *ret_dn);
/* Are these the same name, whatever the case and the spaces behind commas? */
bool ldap_text_is_same_name(struct span a, struct span b);
/* One line of text? */
bool ldap_text_is_text(struct span value);

/* ---- ldap_group.c */

struct ldap_groups {
	struct span names[LDAP_GROUPS_MAX]; /* the person, then the groups found so far */
	size_t n, asked;                    /* those before @asked have been asked about */
	int questions;
};

/* Begin with the entry @dn, and FETCH whether it is in o->group. */
MUST_USE int ldap_group_begin(const struct ldap_options *o, struct ldap_groups *groups, struct span dn, struct arena *arena, struct provider_step *step);
/* The answer is @body. *@ret_member, or FETCH again (step->type), or neither: it is not. */
MUST_USE int ldap_group_take(const struct ldap_options *o, struct ldap_groups *groups, struct span body, struct arena *arena, struct provider_step *step, bool *ret_member);
