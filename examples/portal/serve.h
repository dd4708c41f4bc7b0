/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve - the portal's web server: five addresses, cookies, and the headers that every reply carries.
 */
#pragma once

#include "examples/portal/rp.h"

struct serve;

/* Listens on 127.0.0.1:@port. FAULT_IO when it is taken. @rp must outlive it. */
MUST_USE int serve_start(struct rp *rp, uint16_t port, struct serve **ret_serve);
void serve_stop(struct serve *serve);
