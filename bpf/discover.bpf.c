/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Sockets that are older than podglass, found once at the start: `listeners_by_file` names those who listen,
 * `old_sockets` (run inside each network namespace) meters what is open, `owners` says which process holds what.
 */
#include "meter.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void owner_of(struct socket_meter *meter, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	meter->pid = task->tgid;
	bpf_probe_read_kernel(&meter->command, sizeof(meter->command), leader->comm);
}

#ifdef EARLY
/* Before 5.11 there is no bpf_sock_from_file: what a file is says its inode. Reads only, and only its address. */
static __always_inline void *socket_in(struct file *file)
{
	struct socket *socket = file->private_data;

	if ((file->f_inode->i_mode & S_IFMT) != S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(socket, sk);
}
#else
SEC("iter/task_file")
int old_listeners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket_meter *meter;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket || !socket->sk)
		return 0;
	sk = socket->sk;
	if (!is_tcp(sk) || sk->__sk_common.skc_state != TCP_LISTEN)
		return 0;
	meter = make_meter(sk);
	if (!meter) {
		tally(TALLY_METERS_REFUSED);
		return 0;
	}
	/* The first holder is the one that opened it; workers come later. */
	if (meter->flags & METER_LISTENER)
		return 0;
	meter->direction = DIRECTION_INBOUND;
	meter->flags = METER_LISTENER;
	meter->port = sk->__sk_common.skc_num;
	meter->drops = sk->sk_drops.counter;
	owner_of(meter, task);
	remember_listener(sk, meter);
	return 0;
}

static __always_inline void *socket_in(struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);

	if (!socket || !socket->sk || !is_tcp(socket->sk))
		return NULL;
	return socket->sk;
}
#endif

SEC("iter/tcp")
int old_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct socket_meter *meter;
	struct tcp_sock *tp;
	struct sock *sk;
	uint8_t state;

	if (!common)
		return 0;
	tp = bpf_skc_to_tcp_sock(common);
	if (!tp)
		return 0;
	sk = &tp->inet_conn.icsk_inet.sk;
	state = sk->__sk_common.skc_state;
	if (state == TCP_CLOSE || state == TCP_SYN_RECV)
		return 0;
	if (meter_of(tp))
		return 0;
	meter = make_meter(tp);
	if (!meter) {
		tally(TALLY_METERS_REFUSED);
		return 0;
	}
	if (state == TCP_LISTEN) {
		meter->direction = DIRECTION_INBOUND;
		meter->port = sk->__sk_common.skc_num;
		meter->drops = sk->sk_drops.counter;
		meter->flags = METER_LISTENER;
		remember_listener(sk, meter);
		return 0;
	}

	/* The iterator shows listeners first, so by now each is known: who talks from a listener's port is a server. */
	struct listener_row *listener = state == TCP_SYN_SENT ? 0 : listener_for(sk, sk->__sk_common.skc_num);

	meter->sent = sent_of(tp);
	meter->sent_before = meter->sent;
	meter->received = tp->bytes_received;
	meter->fin_folded = sk->__sk_common.skc_flags & SOCK_DONE_BIT ? 1 : 0;
	meter->received_before = meter->received - meter->fin_folded;
	meter->retransmits = tp->total_retrans;
	meter->retransmits_before = tp->total_retrans;
	if (listener) {
		meter->direction = DIRECTION_INBOUND;
		meter->port = sk->__sk_common.skc_num;
		meter->pid = listener->pid;
		meter->command = listener->command;
	} else {
		meter->direction = DIRECTION_OUTBOUND;
		meter->port = bpf_ntohs(sk->__sk_common.skc_dport);
	}
	meter->flags = state == TCP_SYN_SENT ? METER_PARTIAL : METER_PARTIAL | METER_ESTABLISHED;
	return 0;
}

SEC("iter/task_file")
int owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket_meter *meter;
	void *sk;

	if (!task || !file)
		return 0;
	sk = socket_in(file);
	if (!sk)
		return 0;
	meter = meter_of(sk);
	/* The first holder of a listener is the one that opened it. */
	if (!meter || (meter->flags & METER_LISTENER && meter->pid))
		return 0;
	/* The name is part of the flow's key where the cgroup says nothing: set once. The process may change. */
	if (meter->command.first)
		meter->pid = task->tgid;
	else
		owner_of(meter, task);
	return 0;
}
