/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What a TCP packet's headers say when no socket is at hand.
 */
#pragma once

#include "incident.h"

struct packet {
	struct ip_address source;
	struct ip_address target;
	uint16_t source_port;
	uint16_t target_port;
	uint8_t flags;
};

enum {
	TCP_FLAG_SYN = 0x02,
	TCP_FLAG_RST = 0x04,
	TCP_FLAG_ACK = 0x10,
};

struct tcp_head {
	__be16 source;
	__be16 target;
	uint8_t between[9];
	uint8_t flags;
};

static __always_inline bool unreadable(void)
{
	tally(TALLY_UNREADABLE);
	return false;
}

/* Reads the IP and TCP headers; false where the packet is not TCP or its headers cannot be found. */
static __always_inline bool read_packet(struct packet *packet, const struct sk_buff *skb)
{
	uint16_t protocol = bpf_ntohs(skb->protocol);
	const unsigned char *ip = skb->head + skb->network_header;
	struct tcp_head tcp;
	uint8_t first;
	uint32_t length;

	if (protocol != ETH_P_IP && protocol != ETH_P_IPV6)
		return false;
	if (!skb->network_header || skb->network_header == 0xffff)
		return false;
	if (bpf_probe_read_kernel(&first, sizeof(first), ip))
		return unreadable();
	if (protocol == ETH_P_IP) {
		uint8_t header[20];

		if (first >> 4 != 4 || bpf_probe_read_kernel(header, sizeof(header), ip) || header[9] != IPPROTO_TCP)
			return false;
		/* A later fragment has no TCP header. */
		if ((header[6] & 0x1f) || header[7])
			return false;
		length = (first & 15) * 4;
		mapped_ipv4(&packet->source, *(__be32 *)(header + 12));
		mapped_ipv4(&packet->target, *(__be32 *)(header + 16));
	} else {
		__be32 header[10];

		/* Extension headers are not followed: such a packet is none of ours. */
		if (first >> 4 != 6 || bpf_probe_read_kernel(header, sizeof(header), ip) ||
		    ((uint8_t *)header)[6] != IPPROTO_TCP)
			return false;
		length = 40;
		join(&packet->source, header + 2);
		join(&packet->target, header + 6);
	}
	if (bpf_probe_read_kernel(&tcp, sizeof(tcp), ip + length))
		return unreadable();
	packet->source_port = bpf_ntohs(tcp.source);
	packet->target_port = bpf_ntohs(tcp.target);
	packet->flags = tcp.flags;
	return true;
}

/* The server's end as far as one packet tells: the handshake says it, else the lower port is taken for it. */
static __always_inline bool target_is_server(const struct packet *packet)
{
	if (packet->flags & TCP_FLAG_SYN)
		return !(packet->flags & TCP_FLAG_ACK);
	return packet->target_port <= packet->source_port;
}

/* A flow known by addresses alone, seen from the packet's target. */
static __always_inline void key_of_packet(struct symptom_key *key, const struct packet *packet, uint32_t netns)
{
	key->flow.peer = packet->source;
	key->local = packet->target;
	key->flow.netns = netns;
	key->flow.transport = IPPROTO_TCP;
	key->flow.direction = target_is_server(packet) ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	key->flow.port = target_is_server(packet) ? packet->target_port : packet->source_port;
}

static __always_inline void count_symptom(const struct symptom_key *key)
{
	struct symptom_row *row = bpf_map_lookup_elem(&symptoms, key);

	if (!row) {
		/* Young from the start: a silent one may be taken out under the hands of whoever counts in it. */
		struct symptom_row empty = { .last_seen = bpf_ktime_get_ns() };

		bpf_map_update_elem(&symptoms, key, &empty, BPF_NOEXIST);
		row = bpf_map_lookup_elem(&symptoms, key);
		if (!row) {
			tally(TALLY_SYMPTOMS_REFUSED);
			return;
		}
	}
	increase(&row->count, 1);
	row->last_seen = bpf_ktime_get_ns();
}

/* What happened to a packet; `sk` is the socket of `key`, NULL where only the packet's addresses are known. */
static __always_inline void tell_of_packet(uint32_t incident, const struct symptom_key *key,
					   const struct packet *packet, struct sock *sk, uint32_t reason)
{
	struct incident_record *record;
	bool outgoing = false;

	if (!settings.incidents)
		return;
	record = new_incident(incident, &key->flow, bpf_ktime_get_ns());
	if (!record)
		return;
	if (sk) {
		uint16_t port = sk->__sk_common.skc_num;

		/* A closed socket has no port any more, but still its peer's. */
		outgoing = port ? packet->source_port == port && packet->target_port != port
				: packet->target_port == bpf_ntohs(sk->__sk_common.skc_dport);
		/* Verifier: the helper takes no socket that was read from an skb. 0 until somebody asked for the
		 * cookie. */
		record->cookie = sk->__sk_common.skc_cookie.counter;
	}
	record->local = outgoing ? packet->source : packet->target;
	record->local_port = outgoing ? packet->source_port : packet->target_port;
	record->peer_port = outgoing ? packet->target_port : packet->source_port;
	record->outgoing = outgoing;
	record->reason = reason;
	record->tcp_flags = packet->flags;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}
