/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_command - configuration by administrators as commands, JSON in and JSON out: one table for the command line and for the REST API.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/config_version.h"

/* Run the command @name ("edit"). Members of the answer go into the open object @out, also where the result is an error: "problems", "conflicts",
 * "field". @personal: the caller may be told what is known of people (config_version_try's claims with their values).
 * ERR_NOT_FOUND: also no such command. */
MUST_USE int config_command(struct config_version_context *context, const char *name, const json_t *args, bool personal, struct json_writer *out);
