/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * DNS under the tap, over UDP and TCP. A server's socket serves many, and a resolver's asks many: what waits for an
 * answer is kept by (socket, peer, id), not on the socket. What nobody answers is taken out by user space, and counted
 * as unanswered.
 */
#pragma once

#include "dns.h"
#include "walk.h"

enum {
	DNS_PORT = 53,
	/* Before a message over TCP: its length. */
	DNS_LENGTH_BYTES = 2,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LIMIT_QUESTIONS);
	__type(key, struct question_key);
	__type(value, struct question_row);
} questions SEC(".maps");

/* Between whom a message goes. */
struct dns_place {
	struct flow_key flow;
	struct ip_address local;
	uint64_t cookie;
	uint16_t local_port;
	uint16_t peer_port;
	uint16_t is_partial;
	uint16_t rcode;
	/* CLOCK_MONOTONIC: when it left or arrived. */
	uint64_t now;
};

/* The type of the question that begins at `position`; -1 where there is none. Label by label: most names have few.
 * Verifier: a function of its own, read once. */
__noinline int dns_type_at(struct __sk_buff *skb, uint32_t position)
{
	uint8_t type[2];
	uint8_t label;

#pragma clang loop unroll(disable)
	for (int count = 0; count < DNS_LABELS; count++) {
		if (bpf_skb_load_bytes(skb, position, &label, sizeof(label)) || label > DNS_LABEL_BYTES)
			return -1;
		position += 1 + label;
		if (!label)
			return bpf_skb_load_bytes(skb, position, type, sizeof(type)) ? -1 : dns_number(type);
	}
	return -1;
}

static __always_inline bool sample_answer(struct __sk_buff *skb, uint32_t position, const struct dns_place *place,
					  struct request_row *row, const struct request_key *key, uint64_t began,
					  uint64_t latency)
{
	uint32_t length = skb->len - position;
	struct answer_record *record;
	uint16_t flags = place->is_partial ? RECORD_PARTIAL : 0;

	if (!may_sample(row, key->status, place->now, &flags))
		return false;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		tally(TALLY_RING_FULL);
		return false;
	}
	if (length > LIMIT_ANSWER_BYTES) {
		length = LIMIT_ANSWER_BYTES;
		flags |= RECORD_CUT;
	}
	record->exchange.kind = RECORD_ANSWER;
	record->exchange.flags = flags;
	record->exchange.length = length;
	record->exchange.key = *key;
	record->exchange.local = place->local;
	record->exchange.cookie = place->cookie;
	record->exchange.began = began;
	record->exchange.latency = latency;
	record->exchange.duration = latency;
	record->exchange.amended = 0;
	record->exchange.local_port = place->local_port;
	record->exchange.peer_port = place->peer_port;
	record->exchange.target_offset = 0;
	/* Verifier: from 1 to LIMIT_ANSWER_BYTES. */
	length = (length - 1) & (LIMIT_ANSWER_BYTES - 1);
	asm volatile("" : "+r"(length));
	length++;
	if (bpf_skb_load_bytes(skb, position, record->message, length))
		record->exchange.length = 0;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return !(flags & RECORD_EXTRA);
}

static __noinline void dns_answered(struct __sk_buff *skb, uint32_t position, const struct dns_place *place,
				    const struct question_row *question)
{
	struct request_key key = {
		.flow = question->flow,
		.operation = question->type,
		.status = place->rcode,
		.protocol = PROTOCOL_DNS,
	};
	uint64_t latency = place->now - question->began;
	uint32_t index = row_for(&key);
	struct request_row *row = bpf_map_lookup_elem(&requests, &index);

	if (!row)
		return;
	if ((int64_t)latency <= 0)
		latency = 1;
	if (sample_answer(skb, position, place, row, &key, question->began, latency))
		increase(&row->sampled, 1);
	count_exchange(row, latency, latency, place->now);
}

static __noinline void dns_asked(struct __sk_buff *skb, uint32_t position, const struct dns_place *place,
				 const struct question_key *key)
{
	struct question_row question = {
		.flow = place->flow,
		.began = place->now,
	};
	int type = dns_type_at(skb, position + DNS_HEADER_BYTES);

	if (type < 0) {
		count_misread(PROTOCOL_DNS, CAUSE_MALFORMED);
		return;
	}
	question.type = type;
	/* Asked again with the same id it is the same question. */
	if (bpf_map_update_elem(&questions, key, &question, BPF_NOEXIST) && !bpf_map_lookup_elem(&questions, key))
		tally(TALLY_QUESTIONS_REFUSED);
}

/* A message whose header begins at `position`. `way` is 1 where it leaves. */
__noinline int dns_message(struct __sk_buff *skb, struct dns_place *place, uint32_t position, uint32_t way)
{
	uint8_t bytes[DNS_HEADER_BYTES];
	struct question_key key = {};
	struct question_row *question;
	struct dns_header_view header;
	bool asks;

	if (!place)
		return 0;
	if (bpf_skb_load_bytes(skb, position, bytes, sizeof(bytes))) {
		count_misread(PROTOCOL_DNS, CAUSE_MALFORMED);
		return 0;
	}
	header = dns_header(bytes);
	asks = (place->flow.direction == DIRECTION_OUTBOUND) == way;
	/* A query goes to the server, an answer comes from it. */
	if (!dns_plausible(&header) || !dns_is_response(&header) != asks) {
		count_misread(PROTOCOL_DNS, CAUSE_MALFORMED);
		return 0;
	}
	place->now = moment_of(skb, way);
	key.cookie = place->cookie;
	key.peer = place->flow.peer;
	key.peer_port = place->peer_port;
	key.id = header.id;
	if (asks) {
		dns_asked(skb, position, place, &key);
		return 0;
	}
	question = bpf_map_lookup_elem(&questions, &key);
	if (!question) {
		count_misread(PROTOCOL_DNS, CAUSE_NO_REQUEST);
		return 0;
	}
	place->rcode = dns_rcode(&header);
	dns_answered(skb, position, place, question);
	bpf_map_delete_elem(&questions, &key);
	return 0;
}

/* A message over TCP, at its length or, in READER_PREFIX, behind it. Returns where the next one begins. */
__noinline uint32_t dns_read(struct __sk_buff *skb, struct tap *tap, uint32_t position, uint32_t base, uint32_t way)
{
	struct dns_place place = {};
	struct reader *reader;
	struct rest *rest;
	struct socket_meter *meter;
	struct tcp_sock *tp;
	uint8_t bytes[DNS_LENGTH_BYTES];
	void *socket = skb->sk;
	uint32_t length;
	const struct sock *sk;
	bool asks;

	if (!tap || !socket)
		return ~0u;
	asks = asks_of(tap, way);
	reader = asks ? &tap->asking : &tap->answering;
	rest = asks ? &tap->asking_rest : &tap->answering_rest;
	if (reader->state == READER_PREFIX) {
		length = rest->prefix[0];
	} else {
		if (bpf_skb_load_bytes(skb, position, bytes, sizeof(bytes))) {
			/* A length of which only a byte is there: nobody sends that. */
			count_misread(PROTOCOL_DNS, CAUSE_MALFORMED);
			reader->state = READER_LOST;
			return ~0u;
		}
		length = dns_number(bytes);
		position += DNS_LENGTH_BYTES;
		if (position >= skb->len) {
			rest->prefix[0] = length;
			reader->state = READER_PREFIX;
			reader->next = base + position;
			return ~0u;
		}
	}
	reader->state = READER_MESSAGE;
	reader->next = base + position + length;
	meter = meter_of(socket);
	tp = bpf_skc_to_tcp_sock(socket);
	if (!tp || !meter)
		return ~0u;
	sk = &tp->inet_conn.icsk_inet.sk;
	flow_of(&place.flow, sk, meter);
	local_address(&place.local, &sk->__sk_common);
	place.cookie = tap->cookie;
	place.local_port = sk->__sk_common.skc_num;
	place.peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
	place.is_partial = tap->flags & TAP_PARTIAL;
	dns_message(skb, &place, position, way);
	return position + length;
}

static __always_inline bool dns_place(struct walk *walk)
{
	enum place place;

	if (walk->reader->state == READER_LOST)
		return !is_old(walk);
	place = catch_up(walk);
	if (place == PLACE_AHEAD) {
		count_misread(PROTOCOL_DNS, CAUSE_GAP);
		walk->reader->state = READER_LOST;
	}
	return place != PLACE_BEHIND;
}

static __always_inline bool dns_recognise(struct walk *walk)
{
	uint8_t bytes[DNS_LENGTH_BYTES + DNS_HEADER_BYTES];
	struct dns_header_view header;

	if (walk->tap->port != DNS_PORT)
		return false;
	/* A length alone tells nothing, but on this port there is nothing else. */
	if (walk->end - walk->position == DNS_LENGTH_BYTES)
		return true;
	if (bpf_skb_load_bytes(walk->skb, walk->position, bytes, sizeof(bytes)))
		return false;
	header = dns_header(bytes + DNS_LENGTH_BYTES);
	return dns_plausible(&header) && !dns_is_response(&header) == asks(walk);
}
