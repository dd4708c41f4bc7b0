/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The children of @pid, appended to @pids. */
static size_t children(pid_t pid, pid_t *pids, size_t n)
{
	char path[64], line[4096];
	FILE *f;

	/* The kernel lists a child under the thread that forked it: the main one in every server here. */
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	if (!f)
		return n;
	if (fgets(line, sizeof line, f)) {
		char *p = line, *end;
		for (long child; n < PROCESS_TREE_MAX && (child = strtol(p, &end, 10)) > 0; p = end)
			pids[n++] = (pid_t)child;
	}
	fclose(f);
	return n;
}

static uint64_t anon_kib(pid_t pid)
{
	char path[64], line[256];
	unsigned long kib = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "RssAnon: %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

bool process_cost_add(pid_t root, struct process_cost *cost)
{
	pid_t pids[PROCESS_TREE_MAX] = { root };
	size_t n = 1;
	bool is_there = false;

	for (size_t i = 0; i < n; i++) {
		struct timespec cpu;
		clockid_t clock;

		if (clock_getcpuclockid(pids[i], &clock) || clock_gettime(clock, &cpu))
			continue;
		is_there = is_there || i == 0;
		cost->cpu_ns += (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
		cost->anon_kib += anon_kib(pids[i]);
		cost->processes++;
		n = children(pids[i], pids, n);
	}
	return is_there;
}
