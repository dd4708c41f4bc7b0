/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carrier - the connections that are kept to gateways which speak CMPP: one for each such route of the configuration, and what comes back over them.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/net/cmpp.h"
#include "providers/sms.h"

struct carriers;
struct config_sms_route;

MUST_USE int carriers_new(struct app *app, struct carriers **ret_carriers);
/* Ends every connection; waits for them. */
void carriers_free(struct carriers *carriers);
/* Open what the configuration in force has and is not open, end what it has no more. From one thread; an end may take two seconds. */
MUST_USE int carriers_tend(struct carriers *carriers);

/* Send @message over the connection of @route, and wait until @deadline. 0 with *@ret_result; FAULT_MEMORY. */
MUST_USE int carrier_submit(struct carriers *carriers, const struct config_sms_route *route, const struct sms_message *message, struct instant deadline,
			    struct arena *arena, struct sms_result *ret_result);
