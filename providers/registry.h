/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry - every way in that comes with Yimen: one row each. conf reads the rows through option_registry, the broker calls them.
 */
#pragma once

#include "providers/provider.h"
#include "providers/sms.h"
#include "providers/verify.h"

/* For config_sources.registries: CONFIG_REGISTRIES of them. */
extern const struct option_registry registry_all[];
