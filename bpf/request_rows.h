/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The rows that requests are counted in: exact, whatever the rate. Samples of single ones go into the ring, under a
 * budget.
 */
#pragma once

#include "histogram.h"
#include "tap.h"

/* Counts and histograms by row; user space maps it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LIMIT_REQUESTS);
	__type(key, uint32_t);
	__type(value, struct request_row);
} requests SEC(".maps");

/* Which row a key has. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LIMIT_REQUESTS);
	__type(key, struct request_key);
	__type(value, uint32_t);
} request_rows SEC(".maps");

/* Rows that have no key; user space fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, LIMIT_REQUESTS);
	__uint(key_size, 0);
	__type(value, uint32_t);
} free_rows SEC(".maps");

/* The budget of samples is for 2^28 ns. */
enum { SPAN_SHIFT = 28 };

struct request_budget {
	uint64_t window;
	uint32_t used;
	uint32_t granted;
	uint32_t extra;
	uint32_t reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct request_budget);
} request_budgets SEC(".maps");

/* What was not understood, by protocol and cause. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, (int)PROTOCOLS *(int)CAUSES);
	__type(key, uint32_t);
	__type(value, uint64_t);
} misread SEC(".maps");

static __always_inline void count_misread(uint32_t protocol, uint32_t cause)
{
	uint32_t index = protocol * CAUSES + cause;
	uint64_t *count = bpf_map_lookup_elem(&misread, &index);

	if (count)
		increase(count, 1);
}

/* The same for a connection whose messages come in order: what it missed has consequences. */
static __always_inline void not_understood(struct tap *tap, uint32_t cause)
{
	tap->flags |= TAP_MISSED;
	count_misread(tap->protocol, cause);
}

/* The row of a key, made where there is none. */
static __always_inline uint32_t row_for(const struct request_key *key)
{
	uint32_t *known = bpf_map_lookup_elem(&request_rows, key);
	uint32_t row;

	if (known)
		return *known;
	if (bpf_map_pop_elem(&free_rows, &row))
		goto other;
	if (!bpf_map_update_elem(&request_rows, key, &row, BPF_NOEXIST))
		return row;
	/* Somebody else made it meanwhile, or there is no memory. */
	bpf_map_push_elem(&free_rows, &row, BPF_ANY);
	known = bpf_map_lookup_elem(&request_rows, key);
	if (known)
		return *known;
other:
	tally(TALLY_REQUESTS_REFUSED);
	return requests_other(key->protocol, key->flow.direction);
}

static __always_inline void raise(uint64_t *maximum, uint64_t value)
{
	for (int attempt = 0; attempt < LIMIT_RETRIES; attempt++) {
		uint64_t before = *(volatile uint64_t *)maximum;

		if (value <= before || __sync_val_compare_and_swap(maximum, before, value) == before)
			return;
	}
}

static __always_inline void count_bucket(uint32_t *histogram, uint32_t bucket, int amount)
{
	uint64_t index = bucket;

	/* Verifier: 6.1 forgets what a bucket can be. Hidden from the compiler, the limit is asked in 64 bits. */
	asm volatile("" : "+r"(index));
	if (index < HISTOGRAM_BUCKETS)
		increase(&histogram[index], amount);
}

/* Adds one exchange to a row. A latency of 0: no response. */
static __always_inline void count_exchange(struct request_row *row, uint64_t latency, uint64_t duration, uint64_t now)
{
	uint32_t bucket;

	row->last_active = now;
	if (!latency) {
		increase(&row->unanswered, 1);
		return;
	}
	bucket = histogram_bucket(latency);
	count_bucket(row->latency, bucket, 1);
	/* Most responses are one skb. */
	if (duration != latency)
		bucket = histogram_bucket(duration);
	count_bucket(row->duration, bucket, 1);
	if (latency > row->latency_max)
		raise(&row->latency_max, latency);
	if (duration > row->duration_max)
		raise(&row->duration_max, duration);
}

/* Whether this CPU may put one more sample into the ring. A busy key may use the budget up: then the others have a
 * share of their own, and so has what failed or was slow. */
static __always_inline bool may_sample(struct request_row *row, bool is_noteworthy, uint64_t now, uint16_t *flags)
{
	uint32_t zero = 0;
	struct request_budget *budget = bpf_map_lookup_elem(&request_budgets, &zero);
	uint64_t span = now >> SPAN_SHIFT;

	if (!budget)
		return false;
	/* Only forward: exchanges are settled a while after they ended. */
	if (span > budget->window) {
		budget->window = span;
		budget->used = 0;
		budget->granted = 0;
		budget->extra = 0;
	} else {
		span = budget->window;
	}
	if (budget->used < settings.request_samples) {
		budget->used++;
		return true;
	}
	if (row->span != (uint32_t)span) {
		row->span = span;
		row->granted = 0;
	}
	if (row->granted < LIMIT_GRANTED_SAMPLES && budget->granted < settings.request_samples / 4) {
		row->granted++;
		budget->granted++;
		return true;
	}
	if (!is_noteworthy || budget->extra >= settings.request_samples / 8)
		return false;
	budget->extra++;
	*flags |= RECORD_EXTRA;
	return true;
}
