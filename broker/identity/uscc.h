/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uscc - unified social credit codes (GB 32100-2015) and organisation codes (GB 11714). domain.md 2.3, 2.4.
 */
#pragma once

#include "broker/base/arena.h"

enum uscc_problem {
	USCC_OK,
	USCC_BAD_EMPTY,
	USCC_BAD_SHAPE,
	USCC_BAD_CHARSET,
	USCC_BAD_ORG_CODE, /* check of GB 11714 inside */
	USCC_BAD_CHECKSUM, /* character 18 */
	USCC_BAD_COUNT,
};
enum uscc_warning { USCC_WARN_CATEGORY = 1, USCC_WARN_REGION = 2 };
/* Tianjin 法人类型: 企业, 机关事业单位, 社会组织; what maps to none of them is OTHER. */
enum uscc_unit_type { USCC_UNIT_OTHER, USCC_UNIT_ENTERPRISE, USCC_UNIT_INSTITUTION, USCC_UNIT_SOCIAL };

struct uscc_category {
	char pair[3]; /* "91" */
	const char *zh, *en;
	enum uscc_unit_type unit_type;
};

struct uscc {
	struct span code; /* normalised, 18 characters */
	enum uscc_problem problem;
	unsigned warnings;
	const struct uscc_category *category; /* NULL with USCC_WARN_CATEGORY */
	struct span region;   /* GB/T 2260, 6 digits, in code */
	struct span org_code; /* GB 11714, 9 characters, in code */
};

/* Judge @text. 0 whenever it could be judged (the answer is ret_uscc->problem), FAULT_MEMORY otherwise. */
MUST_USE int uscc_check(struct span text, struct arena *arena, struct uscc *ret_uscc);
/* Eight or nine characters with or without the dash, normalised by the caller (normal_number drops the dash): is the check
 * right? */
bool uscc_is_org_code(struct span code);
const struct uscc_category *uscc_category_at(size_t i);
