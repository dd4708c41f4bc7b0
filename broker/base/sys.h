/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys - the few things that come from outside: time, randomness, whole files.
 *
 * Rules never call these; edges read them once and hand the result in.
 */
#pragma once

#include "broker/base/arena.h"

/* Now, never earlier than an answer given before in this process: a clock that steps back revives nothing. */
struct instant sys_now(void);
/* Never fails: the process aborts when the kernel gives no randomness. */
void sys_random(void *p, size_t n);
/* A fresh time-ordered id (RFC 9562 version 7) for @now; those of one millisecond sort as they were made, 4,096 of them. */
struct id sys_new_id(struct instant now);

/* How many CPUs this process may run on; at least 1. */
size_t sys_cpus(void);
/* The @i-th of the CPUs that this process may run on (taskset, cgroups), counted round; -1 when the kernel does not say. */
int sys_cpu_at(size_t i);

/* Read @path whole, at most @cap bytes. ERR_ABSENT when it does not exist, ERR_TOO_LARGE past the cap, FAULT_IO otherwise. */
MUST_USE int sys_read_file(const char *path, size_t cap, struct arena *arena, struct span *ret_text);
/* The same of what is open already, to its end; @name for the log. */
MUST_USE int sys_read_fd(int fd, const char *name, size_t cap, struct arena *arena, struct span *ret_text);
/* Replace @path by @text: written beside it, synced, renamed, directory synced. */
MUST_USE int sys_write_file(const char *path, unsigned mode, struct span text);
/* Create @path and its parents (mode 0700 for what is new). */
MUST_USE int sys_make_dir(const char *path);

/* All @n bytes, however many calls that takes. False: not all of them, errno of the call that failed (0 at the end of what is read). */
bool sys_read_all(int fd, void *p, size_t n);
bool sys_write_all(int fd, const void *p, size_t n);
/* The same into a socket, which may have been closed at the other end without a signal coming of it. */
bool sys_send_all(int fd, const void *p, size_t n);

void sys_close_fd(int *fd);
#define CLOSE_FD CLEANUP(sys_close_fd)
