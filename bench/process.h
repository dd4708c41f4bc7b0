/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process - what a server costs: CPU time and anonymous memory, summed over a process and all its descendants.
 */
#pragma once

#include "broker/base/base.h"

#include <sys/types.h>

#define PROCESS_TREE_MAX 64

struct process_cost {
	uint64_t cpu_ns;   /* user and system time since each process began; exact, not in clock ticks */
	uint64_t anon_kib; /* RssAnon: page cache of mapped files is not in it */
	size_t processes;
};

/* Add the tree below @root (itself included) to *@cost. False when it is gone. */
bool process_cost_add(pid_t root, struct process_cost *cost);
