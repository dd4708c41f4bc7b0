/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

static const struct bound {
	int64_t us;
	const char *label; /* seconds */
} bounds[] = {
	{ 50, "0.00005" }, { 100, "0.0001" }, { 250, "0.00025" }, { 500, "0.0005" }, { 1000, "0.001" },  { 2500, "0.0025" },
	{ 5000, "0.005" }, { 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" }, { 100000, "0.1" }, { 250000, "0.25" },
	{ 500000, "0.5" }, { 1000000, "1" },  { 2500000, "2.5" }, { 10000000, "10" },
};

#define CLASSES 5 /* 1xx … 5xx */

/* One thread writes, anyone reads: relaxed loads and stores cost what plain ones do. */
struct series {
	_Atomic uint64_t by_class[CLASSES];
	_Atomic uint64_t buckets[ARRAY_LEN(bounds) + 1];
	_Atomic uint64_t sum_us;
};

struct metrics {
	unsigned threads;
	size_t n; /* routes; series n is for requests without one */
	const char *const *labels;
	struct series **by_thread;
};

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add(_Atomic uint64_t *counter, uint64_t v)
{
	atomic_store_explicit(counter, get(counter) + v, memory_order_relaxed);
}

struct metrics *metrics_new(unsigned threads, const char *const *labels, size_t n)
{
	CLEANUP(metrics_cleanup) struct metrics *metrics = calloc(1, sizeof *metrics);

	if (!metrics || !(metrics->by_thread = calloc(threads, sizeof *metrics->by_thread)))
		return NULL;
	metrics->threads = threads;
	metrics->n = n;
	metrics->labels = labels;
	for (unsigned i = 0; i < threads; i++)
		if (!(metrics->by_thread[i] = calloc(n + 1, sizeof **metrics->by_thread)))
			return NULL;
	struct metrics *ret = metrics;
	metrics = NULL;
	return ret;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (unsigned i = 0; metrics->by_thread && i < metrics->threads; i++)
		free(metrics->by_thread[i]);
	free(metrics->by_thread);
	free(metrics);
}

void metrics_record(struct metrics *metrics, unsigned thread, size_t route, int status, int64_t us)
{
	struct series *series = &metrics->by_thread[thread][route < metrics->n ? route : metrics->n];
	size_t bucket = 0;

	if (status < 100 || status > 599)
		status = 500;
	while (bucket < ARRAY_LEN(bounds) && us > bounds[bucket].us)
		bucket++;
	add(&series->by_class[status / 100 - 1], 1);
	add(&series->buckets[bucket], 1);
	add(&series->sum_us, us > 0 ? (uint64_t)us : 0);
}

/* Rows may share a label (GET and POST of a page): a series is printed once, with its first row. */
static bool is_first(const struct metrics *metrics, size_t route)
{
	for (size_t i = 0; i < route; i++)
		if (strcmp(metrics->labels[i], metrics->labels[route]) == 0)
			return false;
	return true;
}

struct sum {
	uint64_t by_class[CLASSES], buckets[ARRAY_LEN(bounds) + 1], sum_us, n;
};

static struct sum sum_of(const struct metrics *metrics, size_t route)
{
	struct sum sum = { 0 };

	for (size_t r = route; r <= metrics->n; r++) {
		bool is_same = r == route || (r < metrics->n && route < metrics->n &&
					      strcmp(metrics->labels[r], metrics->labels[route]) == 0);

		for (unsigned t = 0; is_same && t < metrics->threads; t++) {
			const struct series *series = &metrics->by_thread[t][r];

			for (size_t i = 0; i < CLASSES; i++)
				sum.by_class[i] += get(&series->by_class[i]);
			for (size_t i = 0; i < ARRAY_LEN(sum.buckets); i++)
				sum.buckets[i] += get(&series->buckets[i]);
			sum.sum_us += get(&series->sum_us);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(sum.buckets); i++)
		sum.n += sum.buckets[i];
	return sum;
}

static void print_seconds(struct buf *out, const char *label, const struct sum *sum)
{
	uint64_t below = 0;

	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		below += sum->buckets[i];
		buf_printf(out, "yimen_http_request_seconds_bucket{route=\"%s\",le=\"%s\"} %llu\n", label, bounds[i].label,
			   (unsigned long long)below);
	}
	buf_printf(out, "yimen_http_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", label, (unsigned long long)sum->n);
	buf_printf(out, "yimen_http_request_seconds_sum{route=\"%s\"} %llu.%06llu\n", label,
		   (unsigned long long)(sum->sum_us / 1000000), (unsigned long long)(sum->sum_us % 1000000));
	buf_printf(out, "yimen_http_request_seconds_count{route=\"%s\"} %llu\n", label, (unsigned long long)sum->n);
}

static void print_routes(const struct metrics *metrics, bool seconds, struct buf *out)
{
	for (size_t r = 0; r <= metrics->n; r++) {
		const char *label = r < metrics->n ? metrics->labels[r] : "none";

		if (r < metrics->n && !is_first(metrics, r))
			continue;
		struct sum sum = sum_of(metrics, r);
		if (sum.n == 0)
			continue;
		if (seconds)
			print_seconds(out, label, &sum);
		for (size_t i = 0; !seconds && i < CLASSES; i++)
			if (sum.by_class[i])
				buf_printf(out, "yimen_http_requests_total{route=\"%s\",status=\"%zuxx\"} %llu\n", label, i + 1,
					   (unsigned long long)sum.by_class[i]);
	}
}

void metrics_print(const struct metrics *metrics, struct buf *out)
{
	buf_str(out, "# HELP yimen_http_requests_total Requests answered.\n# TYPE yimen_http_requests_total counter\n");
	print_routes(metrics, false, out);
	buf_str(out, "# HELP yimen_http_request_seconds Time from the whole request to its answer.\n"
		     "# TYPE yimen_http_request_seconds histogram\n");
	print_routes(metrics, true, out);
}

void metrics_print_sources(const struct metric_source *sources, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (sources[i].help)
			buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", sources[i].name, sources[i].help, sources[i].name,
				   sources[i].is_counter ? "counter" : "gauge");
		if (sources[i].print) {
			sources[i].print(&sources[i], out);
			continue;
		}
		if (sources[i].labels)
			buf_printf(out, "%s{%s} ", sources[i].name, sources[i].labels);
		else
			buf_printf(out, "%s ", sources[i].name);
		buf_i64(out, sources[i].read(sources[i].arg));
		buf_char(out, '\n');
	}
}
