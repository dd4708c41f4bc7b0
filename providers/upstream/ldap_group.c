/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldap_group - is somebody a member of a group, or of a group that is? See ldap.h.
 *
 * Active Directory follows groups of groups itself, by a matching rule ([MS-ADTS] 3.1.1.3.4.4.3, LDAP_MATCHING_RULE_IN_CHAIN). Elsewhere the groups that somebody is
 * in are searched, then those that these are in: a few at a time, and not for ever, since groups may hold each other.
 */
#include "broker/base/error.h"
#include "providers/upstream/ldap.h"

#define IN_CHAIN ":1.2.840.113556.1.4.1941:"
#define QUESTIONS_MAX 5 /* one level each, as long as there are few */
#define AT_ONCE 16

static int by_person(const struct ldap_options *o, struct span dn, struct arena *arena, struct provider_step *step)
{
	struct buf buf = buf_new(arena, 256);
	struct span filter;

	ldap_text_add_test(&buf, "memberOf", o->group_rule == LDAP_IN_CHAIN ? IN_CHAIN : "", o->group);
	TRY(buf_done(&buf, &filter));
	return ldap_text_search(o, dn, SPAN("1.1"), "base", filter, arena, step);
}

static int by_groups(const struct ldap_options *o, struct ldap_groups *groups, struct arena *arena, struct provider_step *step)
{
	struct buf buf = buf_new(arena, 512);
	struct span filter;

	buf_str(&buf, "(|");
	for (size_t i = 0; i < AT_ONCE && groups->asked < groups->n; i++, groups->asked++) {
		ldap_text_add_test(&buf, "member", "", groups->names[groups->asked]);
		ldap_text_add_test(&buf, "uniqueMember", "", groups->names[groups->asked]);
	}
	buf_char(&buf, ')');
	TRY(buf_done(&buf, &filter));
	groups->questions++;
	return ldap_text_search(o, o->group_base.n ? o->group_base : o->base_dn, SPAN("1.1"), "sub", filter, arena, step);
}

int ldap_group_begin(const struct ldap_options *o, struct ldap_groups *groups, struct span dn, struct arena *arena, struct provider_step *step)
{
	*groups = (struct ldap_groups){ .names = { dn }, .n = 1 };
	return o->group_rule == LDAP_SEARCH ? by_groups(o, groups, arena, step) : by_person(o, dn, arena, step);
}

static bool is_known(const struct ldap_groups *groups, struct span dn)
{
	for (size_t i = 0; i < groups->n; i++)
		if (ldap_text_is_same_name(groups->names[i], dn))
			return true;
	return false;
}

int ldap_group_take(const struct ldap_options *o, struct ldap_groups *groups, struct span body, struct arena *arena, struct provider_step *step, bool *ret_member)
{
	struct span dn;

	*ret_member = false;
	while (!*ret_member && ldap_text_next_name(&body, &dn)) {
		*ret_member = ldap_text_is_same_name(dn, o->group_rule == LDAP_SEARCH ? o->group : groups->names[0]);
		if (o->group_rule == LDAP_SEARCH && !is_known(groups, dn) && groups->n < LDAP_GROUPS_MAX)
			groups->names[groups->n++] = dn;
	}
	if (*ret_member || o->group_rule != LDAP_SEARCH || groups->asked == groups->n || groups->questions == QUESTIONS_MAX)
		return 0;
	return by_groups(o, groups, arena, step);
}
