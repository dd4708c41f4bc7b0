/* SPDX-License-Identifier: Apache-2.0 */
/* variant - a gateway or verifier by its name, its options read from YAML by its own rows. */
#pragma once

#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"
#include "tests/unit/suite.h"

struct variant {
	struct option_variant_value value;
	struct problems problems;
};

/* The test fails when @yaml is not good. */
const void *variant_options(enum config_registry registry, const char *name, const char *yaml, struct arena *arena);
/* What is wrong with it, as one text; "" for nothing. */
const char *variant_problem(enum config_registry registry, const char *name, const char *yaml, struct arena *arena);
const struct option_variant *variant_named(enum config_registry registry, const char *name);
