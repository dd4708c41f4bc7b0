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

bool acr_of_upstream(struct span platform, struct span level, enum acr *ret_acr)
{
	for (size_t i = 0; i < ARRAY_LEN(upstream); i++)
		if (span_is(platform, upstream[i].platform) && span_is(level, upstream[i].level)) {
			*ret_acr = upstream[i].acr;
			return true;
		}
	return false;
}
