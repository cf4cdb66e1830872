/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Taking what a row of requests counted, and leaving zero, while the kernel adds to it: atomically, so that nothing is lost
 * and nothing counted twice. For user space only.
 */
#pragma once

#include "records.h"

#ifndef __bpf__

struct taken_bucket {
	uint16_t bucket;
	uint16_t reserved;
	/* Negative where a duration was moved away from it. */
	int32_t count;
};

static inline uint64_t podglass_take(uint64_t *counter)
{
	return __atomic_exchange_n(counter, 0, __ATOMIC_RELAXED);
}

static inline uint32_t podglass_take_short(uint32_t *counter)
{
	return __atomic_exchange_n(counter, 0, __ATOMIC_RELAXED);
}

/* Takes the buckets that are not zero; `taken` has room for HISTOGRAM_BUCKETS. Returns how many there were. */
static inline uint32_t podglass_take_histogram(uint32_t *histogram, struct taken_bucket *taken)
{
	uint32_t count = 0;

	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		if (!__atomic_load_n(&histogram[bucket], __ATOMIC_RELAXED))
			continue;
		taken[count].bucket = bucket;
		taken[count].reserved = 0;
		taken[count].count = (int32_t)__atomic_exchange_n(&histogram[bucket], 0, __ATOMIC_RELAXED);
		count++;
	}
	return count;
}

/* Gives a row to another key: whoever remembers the old one looks its key up again. */
static inline void podglass_raise_generation(struct request_row *row)
{
	__atomic_fetch_add(&row->generation, 1, __ATOMIC_RELEASE);
}

#endif
