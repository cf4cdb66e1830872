/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Retransmitted segments by kind. Totals come from the socket's own counter; this says why, and counts the SYN-ACKs of
 * handshakes, which no socket has counted yet.
 */
#include "incident.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline uint32_t kind_of(const struct tcp_sock *tp)
{
	uint8_t state = tp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
	uint8_t recovery = BPF_CORE_READ_BITFIELD_PROBED(&tp->inet_conn, icsk_ca_state);

	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV)
		return FLOW_RETRANSMITS_SYN;
	if (recovery == TCP_CA_RECOVERY)
		return FLOW_RETRANSMITS_FAST;
	if (recovery == TCP_CA_LOSS)
		return FLOW_RETRANSMITS_TIMEOUT;
	/* tcp_send_loss_probe() sends before it clears what is pending. */
	if (tp->inet_conn.icsk_pending == ICSK_TIME_LOSS_PROBE)
		return FLOW_RETRANSMITS_LOSS_PROBE;
	return FLOW_RETRANSMITS_OTHER;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(retransmits, struct sock *sk, struct sk_buff *skb)
{
	struct socket_meter *meter = meter_of(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct flow_key key;
	struct flow_row *row;
	struct tcp_skb_cb *control;
	uint16_t segments;

	tally(TALLY_RUNS_RETRANSMITS);
	if (!meter || !tp || !meter->direction)
		return 0;
	flow_of(&key, sk, meter);
	row = metered_row_of(&key, meter);
	if (!row)
		return 0;
	control = (struct tcp_skb_cb *)skb->cb;
	segments = BPF_CORE_READ(control, tcp_gso_segs);
	if (!segments)
		segments = 1;
	row->last_active = bpf_ktime_get_ns();
	add(row, kind_of(tp), segments);
	tell_of_socket(INCIDENT_RETRANSMIT, &key, tp, kind_of(tp), segments, row->last_active);
	return 0;
}

/* The connection is none yet: its addresses are the request's, its socket the listener. */
static __always_inline void tell_of_request(const struct flow_key *key, const struct request_sock *request,
					    uint64_t now)
{
	struct incident_record *record;

	if (!settings.incidents)
		return;
	record = new_incident(INCIDENT_RETRANSMIT, key, now);
	if (!record)
		return;
	local_address(&record->local, &request->__req_common);
	record->local_port = request->__req_common.skc_num;
	record->peer_port = bpf_ntohs(request->__req_common.skc_dport);
	record->reason = FLOW_RETRANSMITS_SYN_ACK;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synack_retransmits, struct sock *sk, struct request_sock *request)
{
	struct socket_meter meter = { .direction = DIRECTION_INBOUND };
	struct listener_row *listener = listener_for(sk, sk->__sk_common.skc_num);
	struct flow_key key;
	struct flow_row *row;

	tally(TALLY_RUNS_SYNACK_RETRANSMITS);
	if (listener)
		meter.command = listener->command;
	meter.port = sk->__sk_common.skc_num;
	flow_of(&key, sk, &meter);
	peer_address(&key.peer, &request->__req_common);
	row = flow_row_of(&key);
	if (!row)
		return 0;
	row->last_active = bpf_ktime_get_ns();
	add(row, FLOW_RETRANSMITS, 1);
	add(row, FLOW_RETRANSMITS_SYN_ACK, 1);
	tell_of_request(&key, request, row->last_active);
	return 0;
}
