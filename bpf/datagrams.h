/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * UDP: bytes and datagrams a flow. There is no connection to say who began: a port below 1024 on one side only is the
 * server's, else one outside of the range that clients are given, else whoever is seen to receive first serves.
 */
#pragma once

#include "dns_tap.h"

enum {
	FIRST_USER_PORT = 1024,
	/* Where clients' ports begin, as Linux gives them out (ip_local_port_range). */
	FIRST_CLIENT_PORT = 32768,
};

struct udp_tap {
	uint64_t cgroup;
	uint64_t cookie;
	/* The socket's own, only while the rest is read from it. */
	uint64_t address;
	struct command_name command;
	uint32_t netns;
	uint8_t direction;
	uint8_t reserved[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct udp_tap);
} udp_taps SEC(".maps");

/* What the headers of a datagram say, from this node's end. */
struct datagram {
	struct ip_address local;
	struct ip_address peer;
	uint16_t local_port;
	uint16_t peer_port;
	uint32_t payload;
};

static __always_inline bool is_server(uint16_t port, uint16_t other, bool leaves)
{
	if ((port < FIRST_USER_PORT) != (other < FIRST_USER_PORT))
		return port < FIRST_USER_PORT;
	if ((port < FIRST_CLIENT_PORT) != (other < FIRST_CLIENT_PORT))
		return port < FIRST_CLIENT_PORT;
	return !leaves;
}

static __always_inline struct udp_tap *new_udp_tap(struct __sk_buff *skb, void *socket, const struct datagram *datagram,
						   bool leaves)
{
	struct udp_tap *tap = bpf_sk_storage_get(&udp_taps, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	struct sock *sk;

	if (!tap) {
		tally(TALLY_TAPS_REFUSED);
		return NULL;
	}
	/* The hook's view of a socket has no network namespace, and there is no other view of an IPv4 one: through a
	 * map the pointer becomes a number, which may be read through. */
	tap->address = (uint64_t)socket;
	sk = (struct sock *)*(volatile uint64_t *)&tap->address;
	tap->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	tap->cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	tap->address = 0;
	tap->cookie = bpf_get_socket_cookie(skb);
	tap->direction =
		is_server(datagram->local_port, datagram->peer_port, leaves) ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	if (tap->cgroup == settings.root_cgroup && leaves) {
		struct task_struct *task = (struct task_struct *)bpf_get_current_task();

		bpf_probe_read_kernel(&tap->command, sizeof(tap->command), &task->comm);
	}
	return tap;
}

/* Verifier: a function of its own, for the stack. */
static __noinline struct flow_row *row_of_datagram(const struct flow_key *key)
{
	return flow_row_of(key);
}

static __always_inline void count_datagram(struct __sk_buff *skb, const struct datagram *datagram, bool leaves)
{
	struct dns_place place = {};
	void *socket = skb->sk;
	struct flow_row *row;
	struct udp_tap *tap;

	if (!socket)
		return;
	tap = bpf_sk_storage_get(&udp_taps, socket, 0, 0);
	if (!tap) {
		tap = new_udp_tap(skb, socket, datagram, leaves);
		if (!tap)
			return;
	}
	place.flow.cgroup = tap->cgroup;
	place.flow.peer = datagram->peer;
	place.flow.command = tap->command;
	place.flow.netns = tap->netns;
	place.flow.port = tap->direction == DIRECTION_INBOUND ? datagram->local_port : datagram->peer_port;
	place.flow.direction = tap->direction;
	place.flow.transport = IPPROTO_UDP;
	row = row_of_datagram(&place.flow);
	if (!row)
		return;
	row->last_active = bpf_ktime_get_coarse_ns();
	if (!row->local.low)
		row->local = datagram->local;
	add(row, leaves ? FLOW_SENT_BYTES : FLOW_RECEIVED_BYTES, skb->len - datagram->payload);
	add(row, leaves ? FLOW_SENT_DATAGRAMS : FLOW_RECEIVED_DATAGRAMS, skb->gso_segs ? skb->gso_segs : 1);
	if (place.flow.port != DNS_PORT)
		return;
	place.local = datagram->local;
	place.cookie = tap->cookie;
	place.local_port = datagram->local_port;
	place.peer_port = datagram->peer_port;
	dns_message(skb, &place, datagram->payload, leaves);
}
