/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * TCP packets that the kernel drops, with its reason (5.17 and later). Runs for drops only, never for a
 * delivered packet.
 */
#include "packet.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline bool key_of_socket(struct symptom_key *key, struct sock *sk, const struct packet *packet)
{
	struct socket_meter *meter;
	uint8_t state;

	if (!sk)
		return false;
	/* Minisockets of the handshake and of TIME_WAIT share only the first part of struct sock. */
	state = sk->__sk_common.skc_state;
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV || !is_tcp(sk))
		return false;
	meter = meter_of(sk);
	if (!meter || !meter->direction)
		return false;
	flow_of(&key->flow, sk, meter);
	if (meter->flags & METER_LISTENER)
		key->flow.peer = packet->source;
	return true;
}

SEC("tp_btf/kfree_skb")
int drops(u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	uint32_t reason = ctx[2];
	struct symptom_key key = { .kind = SYMPTOM_DROP };
	struct packet packet;
	uint16_t protocol;

	if (reason < settings.first_drop_reason || (settings.purge_reason && reason == settings.purge_reason))
		return 0;
	protocol = bpf_ntohs(skb->protocol);
	if (protocol != ETH_P_IP && protocol != ETH_P_IPV6)
		return 0;
	/* The same events as in NodeProbes+Unseen.swift. */
	tally(TALLY_RUNS_DROPS);
	if (!read_packet(&packet, skb))
		return 0;
	key.reason = reason;
	/* Verifier: a socket of either source is told of in its own branch, because the two are pointers of two kinds.
	 */
	if (key_of_socket(&key, skb->sk, &packet)) {
		tell_of_packet(INCIDENT_DROP, &key, &packet, skb->sk, reason);
	} else if (settings.drop_has_socket && key_of_socket(&key, (struct sock *)ctx[3], &packet)) {
		tell_of_packet(INCIDENT_DROP, &key, &packet, (struct sock *)ctx[3], reason);
	} else {
		struct net_device *device = skb->dev;

		key_of_packet(&key, &packet, device ? device->nd_net.net->ns.inum : 0);
		tell_of_packet(INCIDENT_DROP, &key, &packet, 0, reason);
	}
	count_symptom(&key);
	return 0;
}
