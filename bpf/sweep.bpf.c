/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Once per interval over all metered sockets of all network namespaces. `sweep` folds into flows and writes nothing, so
 * that user space reads flows, not sockets. `list` writes the connections of one flow (or all, to a limit) when asked.
 */
#include "meter.h"

char LICENSE[] SEC("license") = "GPL";

struct control control;

static __always_inline void sweep_listener(const struct sock *sk, struct socket_meter *meter)
{
	struct listener_row *row;
	uint32_t drops = sk->sk_drops.counter;

	meter->port = sk->__sk_common.skc_num;
	remember_listener(sk, meter);
	row = listener_for(sk, meter->port);
	if (!row)
		return;
	row->drops += (uint32_t)(drops - meter->drops);
	meter->drops = drops;
	/* Several sockets may share an address (SO_REUSEPORT): their queues add up within a pass. */
	if (row->pass != control.pass) {
		row->pass = control.pass;
		row->queue = 0;
		row->queue_limit = 0;
	}
	row->queue += sk->sk_ack_backlog;
	row->queue_limit += sk->sk_max_ack_backlog;
}

static __always_inline int sweep_socket(struct sock *sk, struct socket_meter *meter)
{
	struct tcp_sock *tp;
	struct flow_key key;
	struct flow_row *row;

	control.meters++;
	if (meter->flags & METER_LISTENER) {
		sweep_listener(sk, meter);
		return 0;
	}
	if (!meter->direction || (!(meter->flags & METER_ESTABLISHED) && !meter->started))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || tp->inet_conn.icsk_inet.sk.__sk_common.skc_state == TCP_CLOSE)
		return 0;
	flow_of(&key, sk, meter);
	row = metered_row_of(&key, meter);
	if (!row)
		return 0;
	if (fold(tp, meter, row))
		row->last_active = bpf_ktime_get_ns();
	if (row->pass != control.pass) {
		row->pass = control.pass;
		row->rtt_sum = 0;
		row->rtt_count = 0;
		row->rtt_max = 0;
		row->zero_windows = 0;
		row->met = 0;
	}
	if (!(meter->flags & METER_ESTABLISHED))
		return 0;
	row->met++;
	/* Only now: who holds a connection older than podglass, and so its flow, was found after the connection was. */
	if (meter->flags & METER_PARTIAL && !(meter->flags & METER_ADOPTED)) {
		meter->flags |= METER_ADOPTED;
		add(row, FLOW_ADOPTED, 1);
		local_address(&row->local, &sk->__sk_common);
	}
	if (tp->srtt_us) {
		uint32_t rtt = tp->srtt_us >> 3;

		row->rtt_sum += rtt;
		row->rtt_count++;
		if (rtt > row->rtt_max)
			row->rtt_max = rtt;
	}
	if (!tp->snd_wnd && tp->write_seq != tp->snd_una)
		row->zero_windows++;
	return 0;
}

static __always_inline bool same_flow(const struct flow_key *left, const struct flow_key *right)
{
	return left->cgroup == right->cgroup && left->netns == right->netns && left->port == right->port &&
	       left->direction == right->direction && left->peer.high == right->peer.high &&
	       left->peer.low == right->peer.low && left->command.first == right->command.first &&
	       left->command.second == right->command.second;
}

static __always_inline int list_socket(struct seq_file *seq, struct sock *sk, struct socket_meter *meter)
{
	struct connection_record record = {};
	struct tcp_sock *tp;

	if (!(meter->flags & METER_ESTABLISHED))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	flow_of(&record.key, sk, meter);
	if (control.only_listed_flow && !same_flow(&record.key, &control.listed_flow))
		return 0;
	if (control.listed >= control.list_limit) {
		tally(TALLY_CONNECTIONS_UNLISTED);
		return 0;
	}
	describe(&record, tp, meter);
	record.cookie = cookie_of(sk);
	if (bpf_seq_write(seq, &record, sizeof(record)))
		return 0;
	control.listed++;
	return 0;
}

#ifdef EARLY
/* Inside each network namespace, one after the other. */
static __always_inline struct sock *sock_of(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct tcp_sock *tp = common ? bpf_skc_to_tcp_sock(common) : NULL;

	return tp ? &tp->inet_conn.icsk_inet.sk : NULL;
}

SEC("iter/tcp")
int sweep(struct bpf_iter__tcp *ctx)
{
	struct sock *sk = sock_of(ctx);
	struct socket_meter *meter = sk ? meter_of(sk) : NULL;

	return meter ? sweep_socket(sk, meter) : 0;
}

SEC("iter/tcp")
int list(struct bpf_iter__tcp *ctx)
{
	struct sock *sk = sock_of(ctx);
	struct socket_meter *meter = sk ? meter_of(sk) : NULL;

	return meter ? list_socket(ctx->meta->seq, sk, meter) : 0;
}
#else
/* Verifier: each pointer of the context is read once; what is read again may be NULL again. */
SEC("iter/bpf_sk_storage_map")
int sweep(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct socket_meter *meter = ctx->value;
	struct sock *sk = ctx->sk;

	return sk && meter ? sweep_socket(sk, meter) : 0;
}

SEC("iter/bpf_sk_storage_map")
int list(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct socket_meter *meter = ctx->value;
	struct sock *sk = ctx->sk;

	return sk && meter ? list_socket(ctx->meta->seq, sk, meter) : 0;
}
#endif
