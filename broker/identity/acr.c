/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/acr.h"

/* domain.md 3.9 */
static const struct {
	const char *platform, *level;
	enum acr acr;
} upstream[] = {
	{ "zhejiang-person", "1", ACR_PHONE },      { "zhejiang-person", "2", ACR_REAL_NAME },  { "zhejiang-person", "3",
	  ACR_REAL_PERSON },
	{ "zhejiang-legal", "4", ACR_PHONE },       { "zhejiang-legal", "3", ACR_REAL_NAME },   { "zhejiang-legal", "2",
	  ACR_REAL_PERSON },
	{ "zhejiang-legal", "1", ACR_REAL_PERSON }, { "guangdong", "L0", ACR_PHONE },           { "guangdong", "L1",
	  ACR_THIRD_PARTY },
	{ "guangdong", "L2", ACR_REAL_NAME },       { "guangdong", "L3", ACR_REAL_PERSON },
};

enum acr acr_of_session(bool third_party, int realname_level)
{
	if (realname_level >= ACR_REAL_PERSON)
		return ACR_REAL_PERSON;
	if (realname_level == ACR_REAL_NAME)
		return ACR_REAL_NAME;
	return third_party ? ACR_THIRD_PARTY : ACR_PHONE;
}

bool acr_of_upstream(struct span platform, struct span level, enum acr *ret_acr)
{
	for (size_t i = 0; i < ARRAY_LEN(upstream); i++)
		if (span_is(platform, upstream[i].platform) && span_is(level, upstream[i].level)) {
			*ret_acr = upstream[i].acr;
			return true;
		}
	return false;
}

bool acr_of_name(struct span name, enum acr *ret_acr)
{
	if (name.n != 1 || name.p[0] < '0' || name.p[0] > '3')
		return false;
	*ret_acr = (enum acr)(name.p[0] - '0');
	return true;
}

bool acr_satisfies(enum acr have, struct span acr_values)
{
	while (acr_values.p) {
		enum acr wanted;

		if (acr_of_name(span_cut(&acr_values, ' '), &wanted) && have >= wanted)
			return true;
	}
	return false;
}
