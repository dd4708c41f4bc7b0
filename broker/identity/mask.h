/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask - personal data as it may be shown: in pages, scripts, URLs and cookies alike. domain.md 4.4.
 *
 * Every function returns text in @arena (counting characters, not bytes) or FAULT_MEMORY; input that has not the expected
 * shape is hidden whole.
 */
#pragma once

#include "broker/base/arena.h"

enum mask_style {
	MASK_STRONG,  /* 3****************X */
	MASK_CONFIRM, /* 3***23197402*****X: for the person who confirms */
	MASK_COMMON,  /* 410***********1234 */
};

MUST_USE int mask_name(struct span name, struct arena *arena, struct span *ret_masked);                            /* *大友 */
MUST_USE int mask_id_number(struct span number, enum mask_style style, struct arena *arena, struct span *ret_masked);
MUST_USE int mask_document(struct span number, struct arena *arena, struct span *ret_masked); /* first and last third */
MUST_USE int mask_phone(struct span phone, struct arena *arena, struct span *ret_masked);     /* 137****9050 */
MUST_USE int mask_landline(struct span phone, struct arena *arena, struct span *ret_masked);  /* 0571****8709 */
MUST_USE int mask_email(struct span email, struct arena *arena, struct span *ret_masked);     /* con***@163.com */
MUST_USE int mask_bank_card(struct span card, struct arena *arena, struct span *ret_masked);  /* 622575******1496 */
