/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Every socket carries its own meter: born when it connects or is accepted, folded a last time when it closes.
 * Observes connections opened, established, refused, timed out, closed; connect times; the handshake's RTT.
 */
#include "incident.h"

char LICENSE[] SEC("license") = "GPL";

/* Written by the process once it has looked for what is older. */
struct start start;

static __always_inline void sample_timing(const struct flow_key *key, uint64_t nanoseconds, uint64_t now)
{
	struct timing_record *record;

	if (!within_budget(RECORD_TIMING, now)) {
		tally(TALLY_TIMINGS_SAMPLED_OUT);
		return;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		tally(TALLY_RING_FULL);
		return;
	}
	record->kind = RECORD_TIMING;
	record->reserved = 0;
	record->key = *key;
	record->nanoseconds = nanoseconds;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

static __always_inline void sample_close(const struct tcp_sock *tp, const struct sock *sk,
					 const struct socket_meter *meter, const struct flow_key *key, uint64_t now)
{
	struct connection_record *record;

	if (!within_budget(RECORD_CLOSED, now)) {
		tally(TALLY_CLOSES_SAMPLED_OUT);
		return;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		tally(TALLY_RING_FULL);
		return;
	}
	record->kind = RECORD_CLOSED;
	record->key = *key;
	describe(record, tp, meter);
	record->cookie = cookie_of((void *)sk);
	record->state = TCP_CLOSE;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

static __always_inline void connecting(struct sock *sk)
{
	struct socket_meter *meter = make_meter(sk);

	if (!meter) {
		tally(TALLY_METERS_REFUSED);
		return;
	}
	if (meter->started)
		return;
	/* A socket that is connected anew starts from nothing, and so do the kernel's counters (tcp_disconnect). */
	clear_meter(meter);
	meter->direction = DIRECTION_OUTBOUND;
	meter->port = bpf_ntohs(sk->__sk_common.skc_dport);
	meter->started = bpf_ktime_get_ns();
	current_owner(meter);
}

static __always_inline void listening(struct sock *sk)
{
	struct socket_meter *meter = make_meter(sk);

	if (!meter) {
		tally(TALLY_METERS_REFUSED);
		return;
	}
	if (meter->flags & METER_LISTENER)
		return;
	clear_meter(meter);
	meter->direction = DIRECTION_INBOUND;
	meter->flags = METER_LISTENER;
	meter->port = sk->__sk_common.skc_num;
	meter->drops = sk->sk_drops.counter;
	current_owner(meter);
	remember_listener(sk, meter);
}

static __always_inline void established(struct sock *sk, int before)
{
	uint64_t now = bpf_ktime_get_ns();
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct socket_meter *meter;
	struct flow_key key;
	struct flow_row *row;

	if (!tp)
		return;
	meter = make_meter(sk);
	if (!meter) {
		tally(TALLY_METERS_REFUSED);
		return;
	}
	/* Where the SYN went unseen (bpf_trace_run leaves a program out that runs already), it is made up for here. */
	if (!meter->direction && before == TCP_SYN_SENT) {
		meter->direction = DIRECTION_OUTBOUND;
		meter->port = bpf_ntohs(sk->__sk_common.skc_dport);
		current_owner(meter);
	} else if (!meter->direction) {
		struct listener_row *listener = listener_for(sk, sk->__sk_common.skc_num);

		meter->direction = DIRECTION_INBOUND;
		meter->port = sk->__sk_common.skc_num;
		/* tcp_create_openreq_child: the SYN-ACKs sent again, which their own tracepoint counted already. */
		meter->retransmits = tp->total_retrans;
		meter->retransmits_before = tp->total_retrans;
		if (listener) {
			meter->pid = listener->pid;
			meter->command = listener->command;
		}
	}
	if (meter->flags & METER_ESTABLISHED)
		return;
	meter->flags |= METER_ESTABLISHED;
	meter->established = now;
	flow_of(&key, sk, meter);
	row = metered_row_of(&key, meter);
	if (!row)
		return;
	row->last_active = now;
	local_address(&row->local, &sk->__sk_common);
	add(row, FLOW_OPENED, 1);
	tell_of_socket(INCIDENT_OPENED, &key, tp, 0, 1, now);
	if (meter->direction == DIRECTION_OUTBOUND && meter->started) {
		add(row, FLOW_CONNECT_NANOSECONDS, now - meter->started);
		add(row, FLOW_CONNECTS, 1);
		sample_timing(&key, now - meter->started, now);
	} else if (meter->direction == DIRECTION_INBOUND && tp->srtt_us) {
		uint64_t round_trip = (uint64_t)(tp->srtt_us >> 3) * 1000;

		add(row, FLOW_HANDSHAKE_NANOSECONDS, round_trip);
		add(row, FLOW_HANDSHAKES, 1);
		sample_timing(&key, round_trip, now);
	}
}

/* Whether a socket in this state has been in ESTABLISHED. */
static __always_inline bool was_established(int state)
{
	return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 ||
	       state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK || state == TCP_CLOSING;
}

static __always_inline void closed(struct sock *sk, int before)
{
	struct socket_meter *meter = meter_of(sk);
	uint64_t now = bpf_ktime_get_ns();
	struct tcp_sock *tp;
	struct flow_key key;
	struct flow_row *row;

	if (!meter) {
		/* Now it has one: it is counted once, whoever runs next. */
		if (start.is_over && was_established(before) && make_meter(sk))
			tally(TALLY_CONNECTIONS_UNSEEN);
		return;
	}
	if (meter->flags & METER_LISTENER) {
		/* The port is no longer in the socket (kernel: inet_put_port). */
		struct listener_row *listener = listener_for(sk, meter->port);

		if (listener) {
			listener->drops += (uint32_t)(sk->sk_drops.counter - meter->drops);
			listener->queue = 0;
			/* No pass has this number soon: the next collection sees that nobody swept the listener. */
			if (!listener->pass)
				listener->pass = ~0u;
		}
		meter->flags = 0;
		return;
	}
	/* Neither open nor opening: closed already. */
	if (!meter->flags && !meter->started)
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || !meter->direction)
		return;
	flow_of(&key, sk, meter);
	row = metered_row_of(&key, meter);
	if (!row)
		return;
	fold(tp, meter, row);
	row->last_active = now;
	if (meter->flags & METER_ESTABLISHED) {
		if (meter->flags & METER_PARTIAL && !(meter->flags & METER_ADOPTED))
			add(row, FLOW_ADOPTED, 1);
		add(row, FLOW_CLOSED, 1);
		/* So that a flow of short connections has a round-trip time, too: no sweep may ever meet them. */
		if (tp->srtt_us) {
			add(row, FLOW_CLOSED_RTT_MICROSECONDS, tp->srtt_us >> 3);
			add(row, FLOW_CLOSED_RTTS, 1);
		}
		sample_close(tp, sk, meter, &key, now);
	} else if (meter->started) {
		int error = sk->sk_err;
		uint32_t failure = error == ECONNREFUSED ? FLOW_REFUSED
				   : error == ETIMEDOUT	 ? FLOW_TIMED_OUT
							 : FLOW_FAILED;

		add(row, failure, 1);
		tell_of_socket(INCIDENT_FAILED, &key, tp, failure, 1, now);
	}
	/* The meter stays for a reset that may follow; it only no longer counts as open. */
	meter->flags = 0;
	meter->started = 0;
}

/* Once for every change: what it finds done it leaves alone, so that it may run twice. */
static __always_inline void changed(struct sock *sk, int before, int state)
{
	if (!is_tcp(sk))
		return;
	switch (state) {
	case TCP_SYN_SENT:
		connecting(sk);
		break;
	case TCP_LISTEN:
		listening(sk);
		break;
	case TCP_ESTABLISHED:
		established(sk, before);
		break;
	case TCP_CLOSE:
		closed(sk, before);
		break;
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(sockets, struct sock *sk, int before, int after)
{
	changed(sk, before, after);
	return 0;
}

/* The kernel leaves a program out that an interrupt finds running on its CPU (bpf_trace_run: recursion_misses), and a
 * connection that closes within such an interrupt would stay open here forever. This one runs after `sockets`, for the
 * same change: never are both running when the interrupt comes, so one of them sees it. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(sockets_again, struct sock *sk, int before, int after)
{
	changed(sk, before, after);
	return 0;
}

#ifdef EARLY
/* The last that is heard of a socket: its address may be another's next. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(sockets_gone, struct sock *sk)
{
	uint64_t address = (uint64_t)sk;

	bpf_map_delete_elem(&meters, &address);
	return 0;
}
#endif
