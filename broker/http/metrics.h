/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics - counters and histograms per route, kept per thread and added up when read; Prometheus text (exposition format 0.0.4).
 */
#pragma once

#include "broker/base/buf.h"

/* A figure of another part of the process, read when /metrics is asked for. */
struct metric_source {
	const char *name;   /* "yimen_store_records" */
	const char *labels; /* "method=\"otp\"", or NULL */
	const char *help;   /* in the first row of a name; NULL in those with further labels */
	bool is_counter;    /* else a gauge */
	int64_t (*read)(void *arg);
	void *arg;
	void (*print)(const struct metric_source *source, struct buf *out); /* instead of read: lines with labels of its own */
};

struct metrics;

/* For @threads recording threads and @n routes whose labels are @labels (borrowed). */
MUST_USE struct metrics *metrics_new(unsigned threads, const char *const *labels, size_t n);
void metrics_free(struct metrics *metrics);
DEFINE_CLEANUP(struct metrics, metrics_cleanup, metrics_free)
/* One request of route @route (n: no route) answered with @status after @us microseconds; only thread @thread calls with its
 * number. */
void metrics_record(struct metrics *metrics, unsigned thread, size_t route, int status, int64_t us);
void metrics_print(const struct metrics *metrics, struct buf *out);
void metrics_print_sources(const struct metric_source *sources, size_t n, struct buf *out);
