/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * An exchange is counted when its response has ended: when the next request begins, when the connection closes, or when
 * the response is silent for a while (`settle_quiet`). If it goes on after that, its duration is amended.
 */
#pragma once

#include "request_rows.h"

static __always_inline void describe_exchange(struct exchange_record *record, const struct sock *sk, uint64_t cookie,
					      uint64_t began, uint64_t latency, uint64_t duration)
{
	local_address(&record->local, &sk->__sk_common);
	record->cookie = cookie;
	record->began = began;
	record->latency = latency;
	record->duration = duration;
	/* At its close a socket has no skc_num any more. */
	record->local_port = bpf_ntohs(((const struct inet_sock *)sk)->inet_sport);
	record->peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
}

/* The key of an exchange on a TCP socket; false where the socket has no meter. */
static __always_inline bool key_of_exchange(struct request_key *key, const struct sock *sk, struct tap *tap,
					    uint16_t operation, uint16_t status)
{
	struct socket_meter *meter = meter_of((void *)sk);

	if (!meter)
		return false;
	__builtin_memset(key, 0, sizeof(*key));
	flow_of(&key->flow, sk, meter);
	key->operation = operation;
	key->status = status;
	key->protocol = tap->protocol;
	/* A meter that was closed says no direction any more. */
	if (!key->flow.direction)
		key->flow.direction = tap->direction;
	return true;
}

/* Puts an exchange into the ring with its target, where the budget allows. Returns whether it did, as one of `sampled`.
 * Verifier: a function of its own, for the stack. */
static __noinline bool sample_exchange(struct tap *tap, const struct sock *sk, struct request_row *row,
				       uint64_t latency, uint64_t duration)
{
	uint16_t flags = tap->flags & (TAP_PARTIAL | TAP_MISSED) ? RECORD_PARTIAL : 0;
	struct request_record *record;
	uint64_t now = tap->response_ended;

	if (!may_sample(row, !latency || tap->status >= 500 || latency >= row->latency_max, now, &flags)) {
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

	if (index && tap->row_operation == operation && tap->row_status == status) {
		row = bpf_map_lookup_elem(&requests, &index);
		if (row && row->generation == tap->generation)
			return row;
	}
	index = find_row(tap, sk, operation, status);
	row = bpf_map_lookup_elem(&requests, &index);
	/* There may be a row of its own the next time. */
	if (!row || index < REQUESTS_OTHER)
		return row;
	tap->row = index;
	tap->row_operation = operation;
	tap->row_status = status;
	tap->generation = row->generation;
	return row;
}

/* Counts the exchange that was answered last, or amends its duration. `socket` is what the program got of it. Somebody
 * else may do so at the same time, and then the next request may begin: what is counted was read before it was claimed.
 * `remembers`: whether the row is kept for the next time, which a program that runs beside the packets' must not. */
static __always_inline void settle(struct tap *tap, void *socket, bool remembers)
{
	uint32_t pending = *(volatile uint32_t *)&tap->pending;
	uint16_t operation = tap->operation;
	uint16_t status = tap->status;
	uint64_t ended = tap->response_ended;
	uint64_t latency = tap->response_began - tap->request_began;
	uint64_t duration = ended - tap->request_began;
	uint64_t told = tap->told;
	bool was_alone = tap->start_of == pending >> 2;
	struct request_row *row;
	struct tcp_sock *tp;
	const struct sock *sk;
	uint32_t index;

	barrier();
	if (!pending || __sync_val_compare_and_swap(&tap->pending, pending, PENDING_NOTHING) != pending)
		return;
	tp = bpf_skc_to_tcp_sock(socket);
	if (!tp)
		return;
	sk = &tp->inet_conn.icsk_inet.sk;
	if (remembers) {
		row = row_of_tap(tap, sk, operation, status);
	} else {
		index = find_row(tap, sk, operation, status);
		row = bpf_map_lookup_elem(&requests, &index);
	}
	if (!row)
		return;
	/* Clocks of two CPUs; and TCP may plan a departure ahead of time. */
	if ((int64_t)latency <= 0)
		latency = 1;
	if ((int64_t)duration < (int64_t)latency)
		duration = latency;
	if ((pending & PENDING_KIND) == PENDING_AMENDMENT) {
		row->last_active = ended;
		increase(&row->amended, 1);
		count_bucket(row->duration, histogram_bucket(told), -1);
		count_bucket(row->duration, histogram_bucket(duration), 1);
		if (duration > row->duration_max)
			raise(&row->duration_max, duration);
		if (was_alone)
			sample_exchange(tap, sk, row, latency, duration);
	} else {
		tap->told = 0;
		/* Only of a request that was alone the start is kept. */
		if (was_alone && sample_exchange(tap, sk, row, latency, duration))
			increase(&row->sampled, 1);
		count_exchange(row, latency, duration, ended);
	}
	tap->told = duration;
}

/* The same for a program on the path of packets.
 * Verifier: read once, and not at each place it is called from. */
__noinline int settle_packet(struct __sk_buff *skb, struct tap *tap)
{
	void *socket = skb->sk;

	if (tap && socket)
		settle(tap, socket, true);
	return 0;
}

/* The same, where nothing is to be found or told: the row is known, and no sample is due. */
static __always_inline void settle_soon(struct __sk_buff *skb, struct tap *tap)
{
	uint32_t pending = tap->pending;
	uint64_t latency = tap->response_began - tap->request_began;
	uint64_t duration = tap->response_ended - tap->request_began;
	struct request_row *row;
	uint32_t index = tap->row;

	if (!pending)
		return;
	if (!index || (pending & PENDING_KIND) != PENDING_RESPONSE || tap->row_operation != tap->operation ||
	    tap->row_status != tap->status || tap->status >= 500 ||
	    tap->spent != (uint32_t)(tap->response_ended >> SPAN_SHIFT) || (int64_t)latency <= 0 ||
	    (int64_t)duration < (int64_t)latency)
		goto slow;
	row = bpf_map_lookup_elem(&requests, &index);
	if (!row || row->generation != tap->generation || latency >= row->latency_max)
		goto slow;
	if (__sync_val_compare_and_swap(&tap->pending, pending, PENDING_NOTHING) != pending)
		return;
	count_exchange(row, latency, duration, tap->response_ended);
	tap->told = duration;
	return;
slow:
	settle_packet(skb, tap);
}

/* Makes the oldest request that is open the exchange at hand; false where there was no place to keep it. */
static __always_inline bool take_open(struct tap *tap)
{
	uint32_t place = tap->answered & (LIMIT_PIPELINE - 1);

	if (tap->start_of == tap->answered + 1)
		return true;
	if (tap->numbers[place] != (uint16_t)(tap->answered + 1))
		return false;
	tap->operation = tap->operations[place];
	tap->request_began = tap->began[place];
	return true;
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
		not_understood(tap, CAUSE_GAP);
		tap->answered++;
		return 0;
	}
	if (!take_open(tap)) {
		tap->answered++;
		return 0;
	}
	row = row_of_tap(tap, giving_up->sk, tap->operation, STATUS_UNANSWERED);
	tap->response_ended = giving_up->now;
	tap->told = 0;
	tap->answered++;
	if (!row)
		return 0;
	if (tap->start_of == tap->answered && sample_exchange(tap, giving_up->sk, row, 0, 0))
		increase(&row->sampled, 1);
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
	bpf_loop(open, give_up_one, &giving_up, 0);
}
