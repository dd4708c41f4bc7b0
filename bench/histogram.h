/* SPDX-License-Identifier: Apache-2.0 */
/* histogram - durations in nanoseconds, kept to 1.6 % each, in constant space. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_SUB 6 /* 64 buckets an octave */

struct histogram {
	uint64_t count, max;
	uint64_t buckets[(64 - HISTOGRAM_SUB) << HISTOGRAM_SUB];
};

static inline void histogram_add(struct histogram *h, uint64_t ns)
{
	unsigned octave = ns >> HISTOGRAM_SUB ? 63u - (unsigned)__builtin_clzll(ns) - HISTOGRAM_SUB + 1 : 0;
	uint64_t sub = octave ? (ns >> (octave - 1)) & ((1u << HISTOGRAM_SUB) - 1) : ns;

	h->buckets[((uint64_t)octave << HISTOGRAM_SUB) + sub]++;
	h->count++;
	if (ns > h->max)
		h->max = ns;
}

/* The duration that @share (0 to 1) of all stay below, in microseconds. */
static inline double histogram_us(const struct histogram *h, double share)
{
	uint64_t want = (uint64_t)(share * (double)h->count), seen = 0;

	for (size_t i = 0; i < sizeof h->buckets / sizeof *h->buckets; i++) {
		seen += h->buckets[i];
		if (seen > want) {
			uint64_t octave = i >> HISTOGRAM_SUB, sub = i & ((1u << HISTOGRAM_SUB) - 1);
			uint64_t low = octave ? ((sub | 1u << HISTOGRAM_SUB) << (octave - 1)) : sub;
			return (double)low / 1000;
		}
	}
	return (double)h->max / 1000;
}
