/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture - what endpoint functions need, without a server: a temporary store behind the fault engine, a configuration, an app, and requests
 * whose parameters and cookies are given. What a reply sets is read back from it.
 */
#pragma once

#include "broker/endpoint/admin.h"
#include "broker/endpoint/interaction.h"
#include "broker/store/store_fault.h"
#include "tests/unit/endpoint/visit.h"
#include "tests/unit/suite.h"

#define NOW ((struct instant){ INT64_C(1800000000000) })

struct world {
	char dir[64];
	struct arena *arena;
	const struct config *config;
	struct seal_ring *seal;
	struct store *store; /* the fault engine */
	struct app app;
	struct settings settings;
	struct server *server;
	struct instant now;
};

void world_make(struct world *world);
void world_drop(struct world *world);
#define WORLD CLEANUP(world_drop) struct world

/* A first request of a new browser, and its next one. */
struct visit *world_visit(struct world *world, const char *form);
struct visit *world_revisit(struct world *world, const struct visit *earlier, const char *form);

/* Run an admin command; the answer. */
struct span world_admin(struct world *world, const char *request);
/* The same, and it must succeed. */
void world_do(struct world *world, const char *request);
/* The account with that login name. False when there is none. */
bool world_account(struct world *world, int namespace_, const char *login, struct account *ret);
/* How many records of @kind there are, expired or not. */
size_t world_count(struct world *world, const struct kind *kind);
/* Read, write a record. */
int world_get(struct world *world, const struct kind *kind, struct id id, void *ret);
void world_put(struct world *world, const struct kind *kind, const void *record);
/* Fail the @k-th allocation of the update functions to come (0: none): they run on the store's writer thread, whose count is its own. */
void world_fail_updates(struct world *world, unsigned long k);
/* Run the update @fn with its first allocation failing, its second, and so on until it succeeds: each time it must say so and leave nothing behind.
 * At least @at_least of them. */
void world_fail_each(struct world *world, store_fn *fn, void *arg, unsigned long at_least);
/* Run @endpoint with its @k-th allocation failing, or with @in_update that of its transactions: 0, or FAULT_MEMORY. */
int world_fail_once(struct world *world, int (*endpoint)(struct request *), struct visit *visit, bool in_update, unsigned long k);
/* Every index agrees with its records, and the audit chain verifies. */
void world_check(struct world *world);
