/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The maps that probes share. Each object declares them; Probes creates each once and gives the others the same map.
 */
#pragma once

#include "kernel.h"

/* flags of a socket_meter */
enum {
	METER_ESTABLISHED = 1,
	METER_LISTENER = 2,
	/* Open before podglass started. */
	METER_PARTIAL = 4,
	/* Of those: counted in its flow's FLOW_ADOPTED. */
	METER_ADOPTED = 8,
	/* Its flow found no place: it is counted in `~other` until it closes, whatever becomes free meanwhile. */
	METER_OTHER = 16,
};

/* What a socket carries: who it is, and what was already folded into its flow. Never leaves the kernel. */
struct socket_meter {
	/* Folded so far: raw values of tcp_sock, only ever growing. */
	uint64_t sent;
	uint64_t received;
	/* What they were when podglass first saw the socket. */
	uint64_t sent_before;
	uint64_t received_before;
	/* CLOCK_MONOTONIC; 0 where it is older than podglass. */
	uint64_t started;
	uint64_t established;
	struct command_name command;
	uint32_t retransmits;
	uint32_t retransmits_before;
	/* 1 once the FIN, which the kernel counts as a received byte, was taken off again. */
	uint32_t fin_folded;
	uint32_t drops;
	uint32_t pid;
	uint16_t port;
	uint8_t direction;
	uint8_t flags;
#ifdef EARLY
	/* What the socket is called, in place of its cookie. */
	uint64_t identity;
#endif
};

#ifdef EARLY
/* Before Linux 5.12 a tracepoint's program can neither hang a meter on a socket nor ask for its cookie, nor compare and
 * exchange: every object but `requests` is compiled for them, too, with the meters in a table by the socket's address
 * (docs/decisions/early-kernels.md). The sockets are then visited with their hash bucket or themselves locked, and a
 * closing socket has left its bucket before it is told of: nobody else folds the same meter. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LIMIT_EARLY_METERS);
	__type(key, uint64_t);
	__type(value, struct socket_meter);
} meters SEC(".maps");

static __always_inline struct socket_meter *meter_of(void *sk)
{
	uint64_t address = (uint64_t)sk;

	return bpf_map_lookup_elem(&meters, &address);
}

static __always_inline struct socket_meter *make_meter(void *sk)
{
	struct socket_meter *meter = meter_of(sk);
	struct socket_meter empty = {};
	uint64_t address = (uint64_t)sk;

	if (meter)
		return meter;
	empty.identity = (uint64_t)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	bpf_map_update_elem(&meters, &address, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(&meters, &address);
}

static __always_inline void clear_meter(struct socket_meter *meter)
{
	uint64_t identity = meter->identity;

	__builtin_memset(meter, 0, sizeof(*meter));
	meter->identity = identity;
}

static __always_inline uint64_t cookie_of(void *sk)
{
	struct socket_meter *meter = meter_of(sk);

	return meter ? meter->identity : 0;
}
#else
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_meter);
} meters SEC(".maps");

static __always_inline struct socket_meter *meter_of(void *sk)
{
	return bpf_sk_storage_get(&meters, sk, 0, 0);
}

static __always_inline struct socket_meter *make_meter(void *sk)
{
	return bpf_sk_storage_get(&meters, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
}

static __always_inline void clear_meter(struct socket_meter *meter)
{
	__builtin_memset(meter, 0, sizeof(*meter));
}

static __always_inline uint64_t cookie_of(void *sk)
{
	return bpf_get_socket_cookie(sk);
}
#endif

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LIMIT_FLOWS);
	__type(key, struct flow_key);
	__type(value, struct flow_row);
} flows SEC(".maps");

/* Flows that found no place in `flows`, summed: inbound in row 1, outbound in row 2. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, uint32_t);
	__type(value, struct flow_row);
} other_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LIMIT_SYMPTOMS);
	__type(key, struct symptom_key);
	__type(value, struct symptom_row);
} symptoms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LIMIT_LISTENERS);
	__type(key, struct listener_key);
	__type(value, struct listener_row);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LIMIT_RING_BYTES);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TALLIES);
	__type(key, uint32_t);
	__type(value, uint64_t);
} tallies SEC(".maps");

/* How many samples this CPU put into the ring in the running second, by kind (enum record_kind). */
struct budget {
	uint64_t second;
	uint32_t used[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct budget);
} budgets SEC(".maps");

const volatile struct settings settings;

static __always_inline void tally(uint32_t what)
{
	uint64_t *count = bpf_map_lookup_elem(&tallies, &what);

	/* A program of the same CPU may interrupt. */
	if (count)
		increase(count, 1);
}

/* Whether this CPU may put another sample of the kind into the ring; the caller counts what it may not. */
static __always_inline bool within_budget(uint32_t kind, uint64_t now)
{
	uint32_t zero = 0;
	struct budget *budget = bpf_map_lookup_elem(&budgets, &zero);

	if (!budget || kind >= sizeof(budget->used) / sizeof(budget->used[0]))
		return false;
	/* 2^30 ns: a second, near enough, without a division. */
	if (budget->second != now >> 30) {
		budget->second = now >> 30;
		__builtin_memset(budget->used, 0, sizeof(budget->used));
	}
	if (budget->used[kind] >= LIMIT_SAMPLES_PER_SECOND)
		return false;
	budget->used[kind]++;
	return true;
}
