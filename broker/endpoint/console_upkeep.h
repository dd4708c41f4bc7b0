/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_upkeep - what the dashboard says of things that somebody has to renew or pay: certificates, and the months of each SMS gateway.
 */
#pragma once

#include "broker/endpoint/console.h"

/* "certificates", "sms_months" of console->data. @scratch: of what is read in the store. */
MUST_USE int console_upkeep_add(struct console *console, struct arena *scratch);
