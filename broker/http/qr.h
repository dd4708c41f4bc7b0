/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qr - a text as a QR code, drawn as the path of an SVG that the page holds itself: no image to fetch, nothing for the content security policy
 * to allow. ISO/IEC 18004; the code itself is libqrencode's.
 */
#pragma once

#include "broker/base/arena.h"

#define QR_QUIET 4 /* modules of white around it that readers need (ISO/IEC 18004 9.1) */

struct qr {
	struct span path; /* attribute d: the dark modules, one unit each */
	int size;         /* side of the square with the quiet zone: viewBox "0 0 size size" */
};

/* ERR_TOO_LARGE past what a code holds. */
MUST_USE int qr_draw(struct span text, struct arena *arena, struct qr *ret_qr);
