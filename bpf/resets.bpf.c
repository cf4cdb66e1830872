/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Resets sent and received. A reset for a port on which nobody listens has no socket: it is told by its addresses.
 */
#include "packet.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline bool count_reset(struct sock *sk, uint32_t counter, uint32_t incident)
{
	struct tcp_sock *tp;
	struct socket_meter *meter;
	struct flow_key key;
	struct flow_row *row;
	uint8_t state;

	if (!sk)
		return false;
	state = sk->__sk_common.skc_state;
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV || state == TCP_LISTEN || !is_tcp(sk))
		return false;
	meter = meter_of(sk);
	if (!meter || !meter->direction)
		return false;
	flow_of(&key, sk, meter);
	row = metered_row_of(&key, meter);
	if (!row)
		return true;
	row->last_active = bpf_ktime_get_ns();
	add(row, counter, 1);
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp)
		tell_of_socket(incident, &key, tp, 0, 1, row->last_active);
	return true;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(resets_received, struct sock *sk)
{
	tally(TALLY_RUNS_RESETS_RECEIVED);
	count_reset(sk, FLOW_RESETS_RECEIVED, INCIDENT_RESET_RECEIVED);
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(resets, struct sock *sk, struct sk_buff *skb)
{
	struct symptom_key key = { .kind = SYMPTOM_RESET_SENT };
	struct net_device *device;
	struct packet packet;

	tally(TALLY_RUNS_RESETS);
	if (count_reset(sk, FLOW_RESETS_SENT, INCIDENT_RESET_SENT) || !skb)
		return 0;
	if (!read_packet(&packet, skb))
		return 0;
	device = skb->dev;
	key_of_packet(&key, &packet, device ? device->nd_net.net->ns.inum : 0);
	count_symptom(&key);
	tell_of_packet(INCIDENT_RESET_SENT, &key, &packet, 0, 0);
	return 0;
}
