/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The tap's state on a socket, and the rows that requests are counted in. A tap has two halves: what begins a request
 * writes one, what answers writes the other, so that the two ways of a connection may run on two CPUs at once. Requests
 * that are open stand in a queue between them; responses come in the order of requests.
 *
 * An exchange is counted when its response has ended: when the next request begins, when the connection closes, or when
 * the response is silent for a while (`settle_quiet`). If it goes on after that, its duration is amended.
 */
#pragma once

#include "histogram.h"
#include "kernel_window.h"
#include "http1.h"
#include "meter.h"

/* flags of a tap */
enum {
	/* Nothing of ours: an early exit from now on. */
	TAP_OPAQUE = 1,
	/* Open before podglass started. */
	TAP_PARTIAL = 2,
	/* Several requests were open at once: the end of each response is looked for. */
	TAP_PIPELINED = 4,
	/* 101: what follows is another protocol, and the exchange lasts as long as the connection. */
	TAP_UPGRADED = 8,
	/* Messages were missed, or not understood: requests may be open that were answered. */
	TAP_MISSED = 16,
};

enum {
	PENDING_NOTHING,
	/* Answered, not yet counted. */
	PENDING_RESPONSE,
	/* Counted, but its response went on. */
	PENDING_AMENDMENT,
};

enum reader_state {
	/* Nobody knows where the next message begins: at the start of an skb, if it looks like one. */
	READER_LOST,
	/* At `next` a message begins. */
	READER_MESSAGE,
	/* At `next` the rest of a message's first bytes, of which `prefix_length` are in `prefix`. */
	READER_PREFIX,
	/* At `next` a head goes on; a chunked body. */
	READER_HEAD,
	READER_CHUNKS,
	/* At `next` goes on a body that is longer than sequence numbers reach: by `head.body`. */
	READER_BODY,
};

/* Where a parser stands in the bytes of one way. */
struct http1_reader {
	/* TCP sequence number. */
	uint32_t next;
	uint8_t state;
	uint8_t prefix_length;
	/* The head is that of an interim response (1xx). */
	uint8_t interim;
	uint8_t reserved;
};

/* What it keeps of a message that goes on in the next skb. */
struct http1_rest {
	struct http1_head head;
	struct http1_chunks chunks;
	uint64_t prefix[2];
};

/* In the order of use. The two ways of a connection run on two CPUs, mostly, and each line of the cache that both touch
 * is sent to and fro: a request and its response share the first two, of which the first begins eight bytes before. */
struct tap {
	uint8_t flags;
	uint8_t protocol;
	uint8_t direction;
	/* 1 + the way of the last skb: messages begin where it turns. */
	uint8_t last_way;
	/* How many requests began, and how many were answered. */
	uint32_t asked;
	uint32_t answered;
	struct http1_reader asking;
	struct http1_reader answering;
	/* The TCP sequence number behind the newest byte of a response. */
	uint32_t newest_response;
	uint32_t pending;
	/* Where its kind was counted last, 0 before, and what kind that was. */
	uint32_t row;
	uint32_t generation;
	uint16_t row_operation;
	uint16_t row_status;
	uint16_t operation;
	uint16_t status;
	/* The bytes of `start`, where they are a whole request and the next may be the same; and its method. */
	uint16_t repeated_length;
	uint16_t repeated_operation;

	/* The exchange that was answered last, or the request that is open alone: CLOCK_MONOTONIC. */
	uint64_t request_began;
	uint64_t response_began;
	uint64_t response_ended;
	/* The duration that was counted for it. */
	uint64_t told;
	uint64_t cookie;
	/* Which request was alone when it began, counted as `asked` is: `request_began` and `start` are its. */
	uint32_t start_of;
	/* The span of time (SPAN_SHIFT) in which the budget of samples is known to be used up. */
	uint32_t spent;
	/* The server's port. */
	uint16_t port;
	uint8_t start_length;
	/* Where its target begins in `start`; 0 where it does not. */
	uint8_t target_offset;
	uint32_t reserved;
	uint64_t unused;

	uint64_t start[WINDOW_BYTES / 8];

	/* Requests that are open behind another one, by their number. */
	uint64_t began[LIMIT_PIPELINE];
	uint16_t operations[LIMIT_PIPELINE];
	struct http1_rest asking_rest;
	struct http1_rest answering_rest;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tap);
} taps SEC(".maps");

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
	uint32_t extra;
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

static __always_inline void not_understood(struct tap *tap, uint32_t protocol, uint32_t cause)
{
	uint32_t index = protocol * CAUSES + cause;
	uint64_t *count = bpf_map_lookup_elem(&misread, &index);

	tap->flags |= TAP_MISSED;
	if (count)
		__sync_fetch_and_add(count, 1);
}

/* The row of what found no place, by protocol and direction: the first rows of `requests`. */
static __always_inline uint32_t other_row(uint8_t protocol, uint8_t direction)
{
	return (uint32_t)protocol * 3 + direction;
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
	return other_row(key->protocol, key->flow.direction);
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
	if (bucket < HISTOGRAM_BUCKETS)
		__sync_fetch_and_add(&histogram[bucket], amount);
}

/* Adds one exchange to a row. A latency of 0: no response. */
static __always_inline void count_exchange(struct request_row *row, uint64_t latency, uint64_t duration, uint64_t now)
{
	uint32_t bucket;

	row->last_active = now;
	if (!latency) {
		__sync_fetch_and_add(&row->unanswered, 1);
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

/* Whether this CPU may put one more sample into the ring. What failed or was slow has a share of its own. */
static __always_inline bool may_sample(bool is_noteworthy, uint64_t now, uint16_t *flags)
{
	uint32_t zero = 0;
	struct request_budget *budget = bpf_map_lookup_elem(&request_budgets, &zero);

	if (!budget)
		return false;
	if (budget->window != now >> SPAN_SHIFT) {
		budget->window = now >> SPAN_SHIFT;
		budget->used = 0;
		budget->extra = 0;
	}
	if (budget->used < settings.request_samples) {
		budget->used++;
		return true;
	}
	if (!is_noteworthy || budget->extra >= settings.request_samples / 8)
		return false;
	budget->extra++;
	*flags |= RECORD_EXTRA;
	return true;
}

static __always_inline void describe_exchange(struct exchange_record *record, const struct sock *sk, uint64_t cookie,
					      uint64_t began, uint64_t latency, uint64_t duration)
{
	local_address(&record->local, &sk->__sk_common);
	record->cookie = cookie;
	record->began = began;
	record->latency = latency;
	record->duration = duration;
	record->local_port = sk->__sk_common.skc_num;
	record->peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
}

/* The key of an exchange on a TCP socket; false where the socket has no meter. */
static __always_inline bool key_of_exchange(struct request_key *key, const struct sock *sk, struct tap *tap,
					    uint16_t operation, uint16_t status)
{
	struct socket_meter *meter = bpf_sk_storage_get(&meters, (void *)sk, 0, 0);

	if (!meter)
		return false;
	__builtin_memset(key, 0, sizeof(*key));
	flow_of(&key->flow, sk, meter);
	key->operation = operation;
	key->status = status;
	key->protocol = tap->protocol;
	/* A socket that closes has no port any more. */
	if (!key->flow.direction)
		key->flow.direction = tap->direction;
	return true;
}

/* Puts an exchange into the ring with its target, where the budget allows. Returns whether it did, as one of `sampled`.
 * Verifier: a function of its own, for the stack. */
static __noinline bool sample_exchange(struct tap *tap, const struct sock *sk, uint64_t longest, uint64_t latency,
				       uint64_t duration)
{
	uint16_t flags = tap->flags & (TAP_PARTIAL | TAP_MISSED) ? RECORD_PARTIAL : 0;
	struct request_record *record;
	uint64_t now = tap->response_ended;

	if (!may_sample(!latency || tap->status >= 500 || latency >= longest, now, &flags)) {
		tap->spent = now >> SPAN_SHIFT;
		return false;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		tally(TALLY_RING_FULL);
		return false;
	}
	if (!key_of_exchange(&record->exchange.key, sk, tap, tap->operation,
			     latency ? tap->status : STATUS_UNANSWERED)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return false;
	}
	if (tap->told)
		flags |= RECORD_AMENDS;
	record->exchange.kind = RECORD_REQUEST;
	record->exchange.flags = flags;
	record->exchange.length = tap->start_length;
	record->exchange.amended = tap->told;
	describe_exchange(&record->exchange, sk, tap->cookie, tap->request_began, latency, duration);
	record->exchange.target_offset = tap->target_offset;
	for (int word = 0; word < WINDOW_BYTES / 8; word++)
		((uint64_t *)record->start)[word] = tap->start[word];
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return !(flags & (RECORD_EXTRA | RECORD_AMENDS));
}

/* Verifier: a function of its own, for the stack. */
static __noinline uint32_t find_row(struct tap *tap, const struct sock *sk, uint16_t operation, uint16_t status)
{
	struct request_key key;

	if (!key_of_exchange(&key, sk, tap, operation, status))
		return LIMIT_REQUESTS;
	return row_for(&key);
}

/* The row of a kind of exchange on this socket: the one of the last time, mostly. */
static __always_inline struct request_row *row_of_tap(struct tap *tap, const struct sock *sk, uint16_t operation,
						      uint16_t status)
{
	struct request_row *row;
	uint32_t index = tap->row;

	if (tap->row_operation == operation && tap->row_status == status && tap->row) {
		row = bpf_map_lookup_elem(&requests, &index);
		if (row && row->generation == tap->generation)
			return row;
	}
	index = find_row(tap, sk, operation, status);
	row = bpf_map_lookup_elem(&requests, &index);
	if (!row)
		return NULL;
	tap->row = index;
	tap->row_operation = operation;
	tap->row_status = status;
	tap->generation = row->generation;
	return row;
}

/* Counts the exchange that was answered last, or amends its duration. `socket` is what the program got of it.
 * Verifier: a function of its own, for the stack. */
static __noinline void settle(struct tap *tap, void *socket)
{
	uint32_t pending = tap->pending;
	struct request_row *row;
	struct tcp_sock *tp;
	const struct sock *sk;
	uint64_t latency;
	uint64_t duration;

	if (!pending || __sync_val_compare_and_swap(&tap->pending, pending, PENDING_NOTHING) != pending)
		return;
	tp = bpf_skc_to_tcp_sock(socket);
	if (!tp)
		return;
	sk = &tp->inet_conn.icsk_inet.sk;
	row = row_of_tap(tap, sk, tap->operation, tap->status);
	if (!row)
		return;
	latency = tap->response_began - tap->request_began;
	duration = tap->response_ended - tap->request_began;
	/* Clocks of two CPUs; and TCP may plan a departure ahead of time. */
	if ((int64_t)latency <= 0)
		latency = 1;
	if ((int64_t)duration < (int64_t)latency)
		duration = latency;
	if (pending == PENDING_AMENDMENT) {
		__sync_fetch_and_add(&row->amended, 1);
		count_bucket(row->duration, histogram_bucket(tap->told), -1);
		count_bucket(row->duration, histogram_bucket(duration), 1);
		if (duration > row->duration_max)
			raise(&row->duration_max, duration);
		if (tap->start_of == tap->answered)
			sample_exchange(tap, sk, 0, latency, duration);
	} else {
		tap->told = 0;
		/* Only of a request that was alone the start is kept. */
		if (tap->start_of == tap->answered && sample_exchange(tap, sk, row->latency_max, latency, duration))
			__sync_fetch_and_add(&row->sampled, 1);
		count_exchange(row, latency, duration, tap->response_ended);
	}
	tap->told = duration;
}

/* The same for a program on the path of packets.
 * Verifier: read once, and not at each place it is called from. */
__noinline int settle_packet(struct __sk_buff *skb, struct tap *tap)
{
	void *socket = skb->sk;

	if (tap && socket)
		settle(tap, socket);
	return 0;
}

/* The same, where nothing is to be found or told: the row is known, and no sample is due. */
static __always_inline void settle_soon(struct __sk_buff *skb, struct tap *tap)
{
	uint64_t latency = tap->response_began - tap->request_began;
	uint64_t duration = tap->response_ended - tap->request_began;
	struct request_row *row;
	uint32_t index = tap->row;

	if (!tap->pending)
		return;
	if (!index || tap->pending != PENDING_RESPONSE || tap->row_operation != tap->operation ||
	    tap->row_status != tap->status || tap->status >= 500 ||
	    tap->spent != (uint32_t)(tap->response_ended >> SPAN_SHIFT) || (int64_t)latency <= 0 ||
	    (int64_t)duration < (int64_t)latency)
		goto slow;
	row = bpf_map_lookup_elem(&requests, &index);
	if (!row || row->generation != tap->generation || latency >= row->latency_max)
		goto slow;
	if (__sync_val_compare_and_swap(&tap->pending, PENDING_RESPONSE, PENDING_NOTHING) != PENDING_RESPONSE)
		return;
	count_exchange(row, latency, duration, tap->response_ended);
	tap->told = duration;
	return;
slow:
	settle_packet(skb, tap);
}

/* Makes the oldest request that is open the exchange at hand. */
static __always_inline void take_open(struct tap *tap)
{
	uint32_t place = tap->answered & (LIMIT_PIPELINE - 1);

	if (tap->start_of == tap->answered + 1)
		return;
	tap->operation = tap->operations[place];
	tap->request_began = tap->began[place];
}

struct giving_up {
	struct tap *tap;
	const struct sock *sk;
	uint64_t now;
};

static long give_up_one(uint32_t index, struct giving_up *giving_up)
{
	struct tap *tap = giving_up->tap;
	struct request_row *row;

	/* Where a response may have been missed, nobody knows that there was none. */
	if (tap->flags & TAP_MISSED) {
		not_understood(tap, PROTOCOL_HTTP1, CAUSE_GAP);
		tap->answered++;
		return 0;
	}
	take_open(tap);
	row = row_of_tap(tap, giving_up->sk, tap->operation, STATUS_UNANSWERED);
	tap->response_ended = giving_up->now;
	tap->told = 0;
	tap->answered++;
	if (!row)
		return 0;
	if (tap->start_of == tap->answered && sample_exchange(tap, giving_up->sk, 0, 0, 0))
		__sync_fetch_and_add(&row->sampled, 1);
	count_exchange(row, 0, 0, giving_up->now);
	return 0;
}

/* Requests that nobody will answer any more: the connection closed. */
static __always_inline void give_up(struct tap *tap, void *socket, uint64_t now)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(socket);
	struct giving_up giving_up = { .tap = tap, .now = now };
	uint32_t open = tap->asked - tap->answered;

	if (!tp || !open)
		return;
	giving_up.sk = &tp->inet_conn.icsk_inet.sk;
	bpf_loop(open < LIMIT_PIPELINE ? open : LIMIT_PIPELINE, give_up_one, &giving_up, 0);
}
