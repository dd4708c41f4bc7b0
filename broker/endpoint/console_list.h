/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_list - the objects of a section, and the beginning of another.
 */
#pragma once

#include "broker/endpoint/console_form.h"

MUST_USE int console_list(struct console *console, const struct console_spot *spot);
