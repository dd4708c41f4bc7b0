/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common_password - passwords that everybody tries first (OWASP ASVS 6.2.4): common beginnings with common endings.
 *
 * Lists of leaked passwords are mostly lower-case; of those that satisfy T10 (three classes), almost all are a word or a walk over the keyboard,
 * perhaps capitalised, with a year or a few digits behind it. That is kept as two short lists instead of thousands of entries.
 */
#pragma once

#include "broker/base/base.h"

/* A rules_password.is_breached; @user is not used. */
bool common_password_is(struct span password, void *user);
