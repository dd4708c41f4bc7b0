/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_fault - an engine for tests that wraps another and fails on command: the k-th call of chosen functions, a commit that
 * fails, a commit whose answer is lost, update functions that run twice.
 */
#pragma once

#include "broker/store/store.h"

enum store_fault_op {
	STORE_FAULT_VIEW = 1,
	STORE_FAULT_UPDATE = 2, /* before the function runs */
	STORE_FAULT_GET = 4,
	STORE_FAULT_PUT = 8,
	STORE_FAULT_DEL = 16,
	STORE_FAULT_SCAN = 32,
	STORE_FAULT_COMMIT = 64, /* the function ran, nothing was kept, the store is broken (E6) */
	STORE_FAULT_LOST = 128,  /* it was kept, but the caller hears the fault and the store is broken (E6) */
	STORE_FAULT_ANY = 255,
};

/* Wrap @inner, which belongs to the new store from then on. */
MUST_USE int store_fault_open(struct store *inner, struct store **ret_store);
/* The @k-th call from now on (1 is the next) of one of @ops answers @fault, once. 0 disarms. A store that an earlier fault
 * broke works again, as after a restart. */
void store_fault_arm(struct store *store, unsigned ops, unsigned long k, int fault);
/* Has the armed fault been given? A loop over every k ends when it was not. */
bool store_fault_fired(struct store *store);
/* Run every update function once for nothing before the run that counts. */
void store_fault_run_twice(struct store *store, bool on);
