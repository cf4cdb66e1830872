/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The request tap: sees what the wire sees of every socket, recognises the protocol of a connection from its first
 * bytes, and counts each request with its latency at the moment its response has ended. It is a verdict hook that has
 * no verdict: every program is made by TAP, whose only return is 1.
 */
#include "http1_tap.h"
#include "datagrams.h"

char LICENSE[] SEC("license") = "GPL";

enum {
	IPV4_HEAD = 20,
	IPV6_HEAD = 40,
	UDP_HEAD = 8,
	TCP_HEAD = 20,
};

static __always_inline bool read_heads(struct heads *heads, struct __sk_buff *skb)
{
	const uint8_t *data = (const uint8_t *)(long)skb->data;
	const uint8_t *end = (const uint8_t *)(long)skb->data_end;
	uint32_t offset;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (data + IPV4_HEAD + UDP_HEAD > end)
			return false;
		heads->transport = data[9];
		/* A later fragment has no transport header. */
		if ((data[6] & 0x1f) || data[7])
			return false;
		offset = (data[0] & 15) * 4;
		if (offset < IPV4_HEAD)
			return false;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if (data + IPV6_HEAD + UDP_HEAD > end)
			return false;
		heads->transport = data[6];
		offset = IPV6_HEAD;
	} else {
		return false;
	}
	if (heads->transport == IPPROTO_TCP) {
		const uint8_t *tcp = data + offset;

		if (tcp + TCP_HEAD > end)
			return false;
		heads->payload = offset + (tcp[12] >> 4) * 4;
		heads->sequence = bpf_ntohl(*(const uint32_t *)(tcp + 4));
		return true;
	}
	heads->payload = offset + UDP_HEAD;
	return heads->transport == IPPROTO_UDP;
}

static __always_inline struct tap *new_tap(struct __sk_buff *skb, void *socket)
{
	struct socket_meter *meter = meter_of(socket);
	struct tap *tap;

	/* Data that completes a handshake is seen with the listener. */
	if (!meter || !meter->direction || meter->flags & METER_LISTENER)
		return NULL;
	tap = bpf_sk_storage_get(&taps, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!tap) {
		tally(TALLY_TAPS_REFUSED);
		return NULL;
	}
	tap->direction = meter->direction;
	tap->port = meter->port;
	tap->cookie = bpf_get_socket_cookie(skb);
	if (meter->flags & METER_PARTIAL)
		tap->flags = TAP_PARTIAL;
	return tap;
}

/* The table of parsers, a line each, in the order of asking. NAME_recognise says by the first bytes whether a
 * connection is its, NAME_place moves to where an skb of one is to be read from, or says that it is not, and NAME_read
 * reads a message there and returns where the walk stands then. */
#define PARSERS(parser) parser(PROTOCOL_HTTP1, http1) parser(PROTOCOL_DNS, dns)

/* Verifier: functions of their own, read once. `way` is 1 where the skb leaves. */
__noinline int recognise(struct __sk_buff *skb, struct tap *tap, uint32_t payload, uint32_t base, uint32_t way)
{
	struct walk walk;

	if (!tap)
		return 0;
	/* Messages begin where the way turns. */
	if (tap->last_way == 1 + way)
		return 0;
	begin_walk(&walk, skb, tap, payload, base, way);
#define RECOGNISE(number, name)         \
	if (name##_recognise(&walk)) {  \
		tap->protocol = number; \
		return 0;               \
	}
	PARSERS(RECOGNISE)
	/* A connection whose beginning was seen begins with what it is; in an older one a message may begin later. */
	if (!(tap->flags & TAP_PARTIAL))
		tap->flags |= TAP_OPAQUE;
	else
		tap->last_way = 1 + way;
	return 0;
}

/* Verifier: the place is found in a function of its own, which is left before anything is read: for the stack. */
#define READER(number, name)                                                                                     \
	__noinline uint32_t name##_find(struct __sk_buff *skb, struct tap *tap, uint32_t payload, uint32_t base, \
					uint32_t way)                                                            \
	{                                                                                                        \
		struct walk walk;                                                                                \
                                                                                                                 \
		if (!tap)                                                                                        \
			return ~0u;                                                                              \
		begin_walk(&walk, skb, tap, payload, base, way);                                                 \
		return name##_place(&walk) ? walk.position : ~0u;                                                \
	}                                                                                                        \
                                                                                                                 \
	static long name##_read_on(uint32_t index, struct reading *reading)                                      \
	{                                                                                                        \
		reading->position =                                                                              \
			name##_read(reading->skb, reading->tap, reading->position, reading->base, reading->way); \
		return reading->position >= reading->end;                                                        \
	}                                                                                                        \
                                                                                                                 \
	static __always_inline void name##_read_all(struct reading *reading)                                     \
	{                                                                                                        \
		reading->position =                                                                              \
			name##_find(reading->skb, reading->tap, reading->position, reading->base, reading->way); \
		if (reading->position >= reading->end)                                                           \
			return;                                                                                  \
		/* One message, mostly. */                                                                       \
		if (!name##_read_on(0, reading))                                                                 \
			bpf_loop(LIMIT_MESSAGES, name##_read_on, reading, 0);                                    \
		end_reading(reading);                                                                            \
	}
PARSERS(READER)

static __always_inline void tap_tcp(struct __sk_buff *skb, const struct heads *heads, bool leaves)
{
	void *socket = skb->sk;
	struct reading reading;
	struct tap *tap;

	if (!socket)
		return;
	tap = bpf_sk_storage_get(&taps, socket, 0, 0);
	if (!tap) {
		tap = new_tap(skb, socket);
		if (!tap)
			return;
	}
	if (tap->flags & TAP_OPAQUE)
		return;
	reading.skb = skb;
	reading.tap = tap;
	reading.position = heads->payload;
	reading.base = heads->sequence - heads->payload;
	reading.end = skb->len;
	reading.way = leaves;
	if (!tap->protocol)
		recognise(skb, tap, reading.position, reading.base, leaves);
	/* What happens most first, and in the fewest steps. */
	if (tap->protocol == PROTOCOL_HTTP1 && http1_soon(skb, tap, heads, leaves))
		return;
	switch (tap->protocol) {
#define READ(number, name)                 \
	case number:                       \
		name##_read_all(&reading); \
		break;
		PARSERS(READ)
	}
}

static __always_inline void join_unaligned(struct ip_address *address, const uint8_t *bytes)
{
	const uint32_t *words = (const uint32_t *)bytes;

	address->high = (uint64_t)words[1] << 32 | words[0];
	address->low = (uint64_t)words[3] << 32 | words[2];
}

/* A connected socket knows whom it talks to; in the header of what leaves may stand what NAT made of it. */
static __always_inline void peer_of_socket(struct datagram *datagram, struct __sk_buff *skb)
{
	struct bpf_sock *socket = skb->sk;

	if (!socket || !socket->dst_port)
		return;
	if (socket->family == AF_INET) {
		mapped_ipv4(&datagram->peer, socket->dst_ip4);
	} else {
		datagram->peer.high = (uint64_t)socket->dst_ip6[1] << 32 | socket->dst_ip6[0];
		datagram->peer.low = (uint64_t)socket->dst_ip6[3] << 32 | socket->dst_ip6[2];
	}
	datagram->peer_port = bpf_ntohs(socket->dst_port);
}

/* Verifier: a function of its own, for the stack. */
static __noinline void tap_udp(struct __sk_buff *skb, bool leaves)
{
	const uint8_t *data = (const uint8_t *)(long)skb->data;
	const uint8_t *end = (const uint8_t *)(long)skb->data_end;
	struct datagram datagram = {};
	struct ip_address source;
	struct ip_address target;
	const uint8_t *udp;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (data + IPV4_HEAD > end)
			return;
		mapped_ipv4(&source, *(const uint32_t *)(data + 12));
		mapped_ipv4(&target, *(const uint32_t *)(data + 16));
		datagram.payload = (data[0] & 15) * 4;
	} else {
		if (data + IPV6_HEAD > end)
			return;
		join_unaligned(&source, data + 8);
		join_unaligned(&target, data + 24);
		datagram.payload = IPV6_HEAD;
	}
	udp = data + datagram.payload;
	if (udp + UDP_HEAD > end)
		return;
	datagram.payload += UDP_HEAD;
	datagram.local = leaves ? source : target;
	datagram.peer = leaves ? target : source;
	datagram.local_port = bpf_ntohs(*(const uint16_t *)(udp + (leaves ? 0 : 2)));
	datagram.peer_port = bpf_ntohs(*(const uint16_t *)(udp + (leaves ? 2 : 0)));
	peer_of_socket(&datagram, skb);
	count_datagram(skb, &datagram, leaves);
}

/* Every program on the path of packets: whatever it finds, its verdict is 1. */
#define TAP(name, direction, leaves)                  \
	SEC("cgroup_skb/" direction)                  \
	int name(struct __sk_buff *skb)               \
	{                                             \
		struct heads heads = {};              \
                                                      \
		if (!read_heads(&heads, skb))         \
			return 1;                     \
		if (heads.transport == IPPROTO_UDP)   \
			tap_udp(skb, leaves);         \
		else if (heads.payload < skb->len)    \
			tap_tcp(skb, &heads, leaves); \
		return 1;                             \
	}

TAP(requests_egress, "egress", true)
TAP(requests_ingress, "ingress", false)

/* A connection that closes: what was answered is counted, what was not is unanswered. May run twice: without a tap
 * there is nothing to do. Verifier: a function of its own, for two programs. */
static __noinline int end_of_connection(struct sock *sk)
{
	struct tap *tap = bpf_sk_storage_get(&taps, sk, 0, 0);
	uint64_t now;

	if (!tap)
		return 0;
	if (tap->protocol == PROTOCOL_HTTP1) {
		now = bpf_ktime_get_ns();
		/* An upgraded connection is one exchange as long as it lasts. */
		if (tap->flags & TAP_UPGRADED) {
			tap->response_ended = now;
			if (!tap->pending)
				tap->pending = tap->answered << 2 | PENDING_AMENDMENT;
		}
		settle(tap, sk, true);
		give_up(tap, sk, now);
	}
	/* A socket may be connected anew. */
	bpf_sk_storage_delete(&taps, sk);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(requests_closed, struct sock *sk, int before, int after)
{
	if (after == TCP_CLOSE && is_tcp(sk))
		end_of_connection(sk);
	return 0;
}

/* As sockets_again: sees what an interrupt kept from the program above. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(requests_closed_again, struct sock *sk, int before, int after)
{
	if (after == TCP_CLOSE && is_tcp(sk))
		end_of_connection(sk);
	return 0;
}

/* Silent for so long, a response has ended, nanoseconds. */
enum { QUIET = 200000000 };

/* Once an interval: counts exchanges whose response ended without anything after it. */
SEC("iter/bpf_sk_storage_map")
int settle_quiet(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct tap *tap = ctx->value;
	struct sock *sk = ctx->sk;
	uint64_t now;

	if (!sk || !tap || !tap->pending)
		return 0;
	now = bpf_ktime_get_ns();
	if ((int64_t)(now - tap->response_ended) > QUIET)
		settle(tap, sk, false);
	return 0;
}
