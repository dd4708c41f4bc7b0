/* SPDX-License-Identifier: Apache-2.0 */
/* config_reference - the option rows as a document (Markdown) or a JSON Schema for editors. @registries as in config_sources. */
#pragma once

#include <stdio.h>

#include "conf/option.h"

enum config_reference_format { CONFIG_REFERENCE_MARKDOWN, CONFIG_REFERENCE_SCHEMA };
void config_reference_print(FILE *out, enum config_reference_format format, const struct option_registry *registries);
/* A JSON Schema (2020-12, as in OpenAPI 3.1) of the sections that administrators manage (conf/overlay.h): objects by id, secrets as references or new. */
void config_reference_sections(FILE *out, const struct option_registry *registries);
