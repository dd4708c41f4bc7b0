/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acr - how sure we are of who somebody is: our four levels, and those of the platforms. domain.md 3.9.
 */
#pragma once

#include "broker/base/base.h"

enum acr {
	ACR_PHONE = 0,       /* phone only */
	ACR_THIRD_PARTY = 1, /* a third-party account (Alipay, WeChat) */
	ACR_REAL_NAME = 2,   /* population database or approved documents */
	ACR_REAL_PERSON = 3, /* face, counter, bank card, certificate, e-licence */
};

/* Map @level of @platform ("zhejiang-person", "zhejiang-legal", "guangdong") to ours. False when either is unknown: treat as
 * ACR_PHONE. */
MUST_USE bool acr_of_upstream(struct span platform, struct span level, enum acr *ret_acr);
