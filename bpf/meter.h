/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The socket's meter: naming a socket's flow, and folding what the kernel counted since the last time into its row.
 *
 * A sweep and a closing socket may fold the same meter at the same moment on two CPUs, so what was folded only ever
 * advances, by compare and exchange: no byte is counted twice, none is lost.
 */
#pragma once

#include "maps.h"

static __always_inline void mapped_ipv4(struct ip_address *address, __be32 ipv4)
{
	address->high = 0;
	address->low = (uint64_t)ipv4 << 32 | bpf_htonl(0x0000ffff);
}

static __always_inline void join(struct ip_address *address, const __be32 *words)
{
	address->high = (uint64_t)words[1] << 32 | words[0];
	address->low = (uint64_t)words[3] << 32 | words[2];
}

static __always_inline void peer_address(struct ip_address *address, const struct sock_common *common)
{
	if (common->skc_family == AF_INET6) {
		__be32 words[4] = { common->skc_v6_daddr.in6_u.u6_addr32[0], common->skc_v6_daddr.in6_u.u6_addr32[1],
				    common->skc_v6_daddr.in6_u.u6_addr32[2], common->skc_v6_daddr.in6_u.u6_addr32[3] };
		join(address, words);
	} else {
		mapped_ipv4(address, common->skc_daddr);
	}
}

static __always_inline void local_address(struct ip_address *address, const struct sock_common *common)
{
	if (common->skc_family == AF_INET6) {
		__be32 words[4] = { common->skc_v6_rcv_saddr.in6_u.u6_addr32[0],
				    common->skc_v6_rcv_saddr.in6_u.u6_addr32[1],
				    common->skc_v6_rcv_saddr.in6_u.u6_addr32[2],
				    common->skc_v6_rcv_saddr.in6_u.u6_addr32[3] };
		join(address, words);
	} else {
		mapped_ipv4(address, common->skc_rcv_saddr);
	}
}

static __always_inline uint64_t cgroup_of(const struct sock *sk)
{
	struct sock_cgroup_data___until_5_14 *early = (void *)&sk->sk_cgrp_data;
	uint64_t value;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return sk->sk_cgrp_data.cgroup->kn->id;
	value = BPF_CORE_READ(early, val);
	if (!value || value & 3)
		return settings.root_cgroup;
	return BPF_CORE_READ((struct cgroup *)value, kn, id);
}

static __always_inline uint32_t netns_of(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

static __always_inline bool is_tcp(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

static __always_inline void current_owner(struct socket_meter *meter)
{
	meter->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&meter->command, sizeof(meter->command));
}

static __always_inline void flow_of(struct flow_key *key, const struct sock *sk, const struct socket_meter *meter)
{
	key->cgroup = cgroup_of(sk);
	key->netns = netns_of(sk);
	peer_address(&key->peer, &sk->__sk_common);
	key->port = meter->port;
	key->direction = meter->direction;
	key->transport = IPPROTO_TCP;
	if (key->cgroup == settings.root_cgroup) {
		key->command = meter->command;
	} else {
		key->command.first = 0;
		key->command.second = 0;
	}
}

/* Of each processor a row in which nothing was counted, to copy from. Verifier: on the stack it would take half of what
 * 6.1 leaves to a chain of calls. Whoever interrupts writes the same into it: the time. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct flow_row);
} empty_rows SEC(".maps");

/* The row of a flow, made where there is none; NULL where there is no place. */
static __always_inline struct flow_row *own_row_of(const struct flow_key *key)
{
	struct flow_row *row = bpf_map_lookup_elem(&flows, key);
	struct flow_row *empty;
	uint32_t zero = 0;

	if (row)
		return row;
	empty = bpf_map_lookup_elem(&empty_rows, &zero);
	if (empty) {
		/* Young from the start: a silent one may be taken out under the hands of whoever adds to it. */
		empty->last_active = bpf_ktime_get_ns();
		bpf_map_update_elem(&flows, key, empty, BPF_NOEXIST);
	}
	return bpf_map_lookup_elem(&flows, key);
}

static __always_inline struct flow_row *other_row_of(const struct flow_key *key)
{
	uint32_t other = key->direction == DIRECTION_INBOUND ? 1 : 2;

	return bpf_map_lookup_elem(&other_flows, &other);
}

/* As own_row_of, or `~other` where there is no place: for what has no meter. */
static __always_inline struct flow_row *flow_row_of(const struct flow_key *key)
{
	struct flow_row *row = own_row_of(key);

	if (row)
		return row;
	tally(TALLY_FLOWS_REFUSED);
	return other_row_of(key);
}

/* The same for a connection: one that was counted in `~other` stays there until it closes, whatever becomes free
 * meanwhile. It would close where it never opened. */
static __always_inline struct flow_row *metered_row_of(const struct flow_key *key, struct socket_meter *meter)
{
	struct flow_row *row;

	if (meter->flags & METER_OTHER)
		return other_row_of(key);
	row = own_row_of(key);
	if (row)
		return row;
	/* Of one that has closed nothing but a reset follows. */
	if (meter->flags || meter->started)
		meter->flags |= METER_OTHER;
	tally(TALLY_FLOWS_REFUSED);
	return other_row_of(key);
}

static __always_inline void add(struct flow_row *row, uint32_t counter, uint64_t value)
{
	if (counter < FLOW_COUNTERS)
		increase(&row->counters[counter], value);
}

#ifdef EARLY
/* Moves *folded up to `now` and returns by how much. Nobody else folds meanwhile (maps.h). */
static __always_inline uint64_t advance(uint64_t *folded, uint64_t now)
{
	uint64_t before = *folded;

	if (now <= before)
		return 0;
	*folded = now;
	return now - before;
}

static __always_inline uint32_t advance_short(uint32_t *folded, uint32_t now)
{
	uint32_t before = *folded;

	if ((int)(now - before) <= 0)
		return 0;
	*folded = now;
	return now - before;
}

static __always_inline bool set_once(uint32_t *flag)
{
	if (*flag)
		return false;
	*flag = 1;
	return true;
}
#else
/* Moves *folded up to `now` and returns by how much; 0 where someone else did or nothing is new. */
static __always_inline uint64_t advance(uint64_t *folded, uint64_t now)
{
	for (int attempt = 0; attempt < LIMIT_RETRIES; attempt++) {
		uint64_t before = *(volatile uint64_t *)folded;

		if (now <= before)
			return 0;
		if (__sync_val_compare_and_swap(folded, before, now) == before)
			return now - before;
	}
	tally(TALLY_CONTENDED);
	return 0;
}

static __always_inline uint32_t advance_short(uint32_t *folded, uint32_t now)
{
	for (int attempt = 0; attempt < LIMIT_RETRIES; attempt++) {
		uint32_t before = *(volatile uint32_t *)folded;

		if ((int)(now - before) <= 0)
			return 0;
		if (__sync_val_compare_and_swap(folded, before, now) == before)
			return now - before;
	}
	tally(TALLY_CONTENDED);
	return 0;
}

static __always_inline bool set_once(uint32_t *flag)
{
	return !*flag && __sync_val_compare_and_swap(flag, 0, 1) == 0;
}
#endif

/* Payload bytes sent, each once. bytes_sent is read first: a retransmission between the two reads then makes the result
 * too small for a moment, which the next fold mends; too large could not be mended. */
static __always_inline uint64_t sent_of(const struct tcp_sock *tp)
{
	uint64_t all = *(volatile const __u64 *)&tp->bytes_sent;
	uint64_t again = *(volatile const __u64 *)&tp->bytes_retrans;

	return all > again ? all - again : 0;
}

/* What happened on the socket since the last fold goes into its flow's row. Returns whether anything did. */
static __always_inline bool fold(const struct tcp_sock *tp, struct socket_meter *meter, struct flow_row *row)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	uint64_t sent = advance(&meter->sent, sent_of(tp));
	uint64_t received = advance(&meter->received, tp->bytes_received);
	uint32_t retransmits = advance_short(&meter->retransmits, tp->total_retrans);

	if (sent)
		add(row, FLOW_SENT_BYTES, sent);
	if (received)
		add(row, FLOW_RECEIVED_BYTES, received);
	if (retransmits)
		add(row, FLOW_RETRANSMITS, retransmits);
	/* The kernel counts the peer's FIN as a received byte; tcp_fin() alone sets SOCK_DONE. */
	if (sk->__sk_common.skc_flags & SOCK_DONE_BIT && set_once(&meter->fin_folded))
		add(row, FLOW_RECEIVED_BYTES, -1);
	return sent || received || retransmits;
}

/* Whose children a listener's connections are: looked up by its exact address, then by the wildcards. */
static __always_inline struct listener_row *listener_for(const struct sock *sk, uint16_t port)
{
	struct listener_key key = {};
	struct listener_row *row;

	local_address(&key.address, &sk->__sk_common);
	key.netns = netns_of(sk);
	key.port = port;
	row = bpf_map_lookup_elem(&listeners, &key);
	if (row)
		return row;
	mapped_ipv4(&key.address, 0);
	row = bpf_map_lookup_elem(&listeners, &key);
	if (row)
		return row;
	key.address.high = 0;
	key.address.low = 0;
	return bpf_map_lookup_elem(&listeners, &key);
}

static __always_inline void remember_listener(const struct sock *sk, const struct socket_meter *meter)
{
	struct listener_key key = {};
	struct listener_row *row;

	local_address(&key.address, &sk->__sk_common);
	key.netns = netns_of(sk);
	key.port = sk->__sk_common.skc_num;
	if (!key.port)
		return;
	row = bpf_map_lookup_elem(&listeners, &key);
	if (!row) {
		struct listener_row empty = { .cgroup = cgroup_of(sk) };

		bpf_map_update_elem(&listeners, &key, &empty, BPF_NOEXIST);
		row = bpf_map_lookup_elem(&listeners, &key);
		if (!row) {
			tally(TALLY_LISTENERS_REFUSED);
			return;
		}
	}
	row->cgroup = cgroup_of(sk);
	if (meter->pid) {
		row->pid = meter->pid;
		row->command = meter->command;
	}
}

static __always_inline void describe(struct connection_record *record, const struct tcp_sock *tp,
				     const struct socket_meter *meter)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	uint64_t sent = sent_of(tp);
	uint64_t received = tp->bytes_received;
	uint64_t not_counted = meter->received_before + meter->fin_folded;

	record->pid = meter->pid;
	local_address(&record->local, &sk->__sk_common);
	record->established = meter->established;
	record->seen = bpf_ktime_get_ns();
	record->sent_bytes = sent > meter->sent_before ? sent - meter->sent_before : 0;
	/* The FIN may have been taken off before its byte is seen here. */
	record->received_bytes = received > not_counted ? received - not_counted : 0;
	record->retransmits = tp->total_retrans - meter->retransmits_before;
	record->rtt = tp->srtt_us >> 3;
	record->congestion_window = tp->snd_cwnd;
	record->send_window = tp->snd_wnd;
	record->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	record->peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record->state = sk->__sk_common.skc_state;
	record->partial = meter->flags & METER_PARTIAL ? 1 : 0;
	record->reserved = 0;
}
