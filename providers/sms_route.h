/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sms_route - which gateways a message is for, in which order, with which template, and what follows from the outcome of one. Pure rules.
 */
#pragma once

#include "providers/sms.h"

struct config_sms;
struct config_sms_route;

#define SMS_ROUTES_MAX 16

/* Index of @purpose in config_sms_purposes; -1: none of them, and only routes without purposes are for it. */
int sms_route_purpose(struct span purpose);

/* The routes for a message to @phone, in the order in which they are asked: by `order`; those of the same order by lot, @seed deciding, as their
 * weights say. Returns how many, at most SMS_ROUTES_MAX. */
size_t sms_route_plan(const struct config_sms *config, struct span phone, int purpose, uint64_t seed, const struct config_sms_route *ret_plan[SMS_ROUTES_MAX]);

/* The template of @route that fits @message best: one with a code for messages with a code, one without for the others; its code and parameters are
 * filled in, or cleared when there is none. */
MUST_USE int sms_route_template(const struct config_sms_route *route, int purpose, struct arena *arena, struct sms_message *message);

/* Is the next route asked after @outcome of @route? Never after one that may have sent it, unless the route says so: the same message goes out once. */
bool sms_route_goes_on(const struct config_sms_route *route, enum sms_outcome outcome);
