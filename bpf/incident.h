/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Single events for the stream of `podglass observe`, under the budget of samples. Where nobody reads them the setting
 * is a constant 0, and the verifier takes the code out: the counts beside them cost the same as ever.
 */
#pragma once

#include "meter.h"

/* A record with everything but the place; NULL where nobody asks, or over the budget, or in a full ring. */
static __always_inline struct incident_record *new_incident(uint32_t incident, const struct flow_key *key, uint64_t now)
{
	struct incident_record *record;

	if (!within_budget(RECORD_INCIDENT, now)) {
		tally(TALLY_INCIDENTS_SAMPLED_OUT);
		return 0;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		tally(TALLY_RING_FULL);
		return 0;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = RECORD_INCIDENT;
	record->incident = incident;
	record->key = *key;
	record->time = now;
	record->count = 1;
	return record;
}

/* What happened to a socket's connection. */
static __always_inline void tell_of_socket(uint32_t incident, const struct flow_key *key, struct tcp_sock *tp,
					   uint32_t reason, uint32_t count, uint64_t now)
{
	struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	struct incident_record *record;

	if (!settings.incidents)
		return;
	record = new_incident(incident, key, now);
	if (!record)
		return;
	local_address(&record->local, &sk->__sk_common);
	/* A closed socket has its port only here. */
	record->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	record->peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record->cookie = cookie_of(sk);
	record->reason = reason;
	record->count = count;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}
