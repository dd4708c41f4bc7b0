/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codelist - code lists that forms and upstreams use: sex (GB/T 2261.1), ethnic groups (GB/T 3304). domain.md 2.11.
 */
#pragma once

#include "broker/identity/document.h"

struct codelist_ethnic {
	const char *code;    /* "01" */
	const char *zh;      /* "汉" */
	const char *letters; /* "HA"; "" for 97 and 98 */
};

const struct codelist_ethnic *codelist_ethnic_at(size_t i);
/* "汉", "汉族", "1", "01", "HA": one row. NULL when unknown. */
const struct codelist_ethnic *codelist_ethnic_of(struct span text);
/* "1", "男", "M", "male", "m" …; SEX_UNKNOWN when not understood. */
enum document_sex codelist_sex_of(struct span text);
/* Whether @digits begin with a province code in use (11-15 … 65, 71, 81-83). */
bool codelist_is_province(struct span digits);
/* Whether @code is an ISO 3166 alpha-3 code, or a three-digit numeric one. */
bool codelist_is_country_alpha3(struct span code);
bool codelist_is_country_numeric(struct span code);
