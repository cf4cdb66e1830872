/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * One skb's payload under the tap: where the parser stands in it, and a window of bytes onto it. Payload is never in
 * the part that a program may read directly, so each look is a copy: as few as possible, and never more than
 * WINDOW_BYTES.
 */
#pragma once

#include "exchange.h"

/* Messages, windows of a head and chunks that are read of one skb; what is beyond them is CAUSE_TOO_LONG. */
enum { LIMIT_MESSAGES = 4096 };

/* What the headers say; they lie in the linear part, which may be read directly. */
struct heads {
	uint32_t payload;
	uint32_t sequence;
	uint8_t transport;
};

struct walk {
	struct __sk_buff *skb;
	struct tap *tap;
	/* Of the way that this skb goes. */
	struct reader *reader;
	struct rest *rest;
	/* CLOCK_MONOTONIC: when the skb left, or arrived. 0 until asked for. */
	uint64_t now;
	/* Of the payload, from the network header on. */
	uint32_t position;
	uint32_t end;
	/* The TCP sequence number of `position` 0, should there be one. */
	uint32_t base;
	uint32_t filled;
	bool leaves;
	uint64_t first;
	uint64_t second;
	/* Whose are looked through; NULL where nobody looks. */
	struct window *window;
};

/* CLOCK_MONOTONIC. Egress: the departure that TCP planned, for free. Ingress: the clock. */
static __always_inline uint64_t moment_of(struct __sk_buff *skb, bool leaves)
{
	uint64_t planned = leaves ? skb->tstamp : 0;

	return planned ? planned : bpf_ktime_get_ns();
}

static __always_inline uint64_t now_of(struct walk *walk)
{
	if (!walk->now)
		walk->now = moment_of(walk->skb, walk->leaves);
	return walk->now;
}

/* Loads `length` bytes, from 1 to `limit`, a power of two. Returns how many, 0 where they cannot be read.
 * Verifier: bounded where the compiler does not see it. Behind the call the length is hidden once more: compared with 0
 * in front of it, 6.1 would follow the impossible answer into a read of nothing. */
static __always_inline uint32_t load_some(struct __sk_buff *skb, uint32_t position, void *bytes, uint32_t length,
					  uint32_t limit)
{
	length = (length - 1) & (limit - 1);
	asm volatile("" : "+r"(length));
	length++;
	if (bpf_skb_load_bytes(skb, position, bytes, length))
		return 0;
	asm volatile("" : "+r"(length));
	return length;
}

/* Fills a window with what an skb has from `position` on; the bytes behind are zero. Returns how many there are. */
static __always_inline uint32_t fill(struct window *window, struct __sk_buff *skb, uint32_t position, uint32_t end)
{
	uint32_t length = end - position;

	if (position >= end)
		return 0;
	if (length > WINDOW_BYTES)
		length = WINDOW_BYTES;
	__builtin_memset(window, 0, sizeof(*window));
	return load_some(skb, position, window, length, WINDOW_BYTES);
}

static __always_inline uint32_t look(struct walk *walk)
{
	walk->filled = fill(walk->window, walk->skb, walk->position, walk->end);
	return walk->filled;
}

/* Whether the skb comes from the side that opened the connection, and so asks. */
static __always_inline bool asks_of(const struct tap *tap, bool leaves)
{
	return (tap->direction == DIRECTION_OUTBOUND) == leaves;
}

static __always_inline struct reader *reader_of(struct tap *tap, bool leaves)
{
	return asks_of(tap, leaves) ? &tap->asking : &tap->answering;
}

/* Verifier: from the tap each time, because a field would not fit on the stack. */
static __always_inline bool asks(const struct walk *walk)
{
	return asks_of(walk->tap, walk->leaves);
}

/* Takes up an skb at `position`; `base` is the sequence number of position 0. */
static __always_inline void begin_walk(struct walk *walk, struct __sk_buff *skb, struct tap *tap, uint32_t position,
				       uint32_t base, bool leaves)
{
	walk->skb = skb;
	walk->tap = tap;
	walk->reader = reader_of(tap, leaves);
	walk->rest = asks_of(tap, leaves) ? &tap->asking_rest : &tap->answering_rest;
	walk->now = 0;
	walk->position = position;
	walk->end = skb->len;
	walk->base = base;
	walk->filled = 0;
	walk->window = NULL;
	walk->first = 0;
	walk->second = 0;
	walk->leaves = leaves;
}

/* Bodies are stepped over by so much at most: half of the sequence numbers' circle must stay free. */
enum { BODY_STEP = 1 << 30 };

static __always_inline uint32_t sequence_of(const struct walk *walk)
{
	return walk->base + walk->position;
}

/* Whether the socket has all of this already: bytes sent again. */
static __always_inline bool is_old(const struct walk *walk)
{
	struct bpf_sock *socket = walk->skb->sk;
	struct bpf_tcp_sock *tcp;

	if (!socket)
		return false;
	tcp = bpf_tcp_sock(socket);
	if (!tcp)
		return false;
	if (walk->leaves)
		return (int32_t)(sequence_of(walk) - tcp->snd_nxt) < 0;
	return (int32_t)(walk->base + walk->end - tcp->rcv_nxt) <= 0;
}

enum place {
	/* Nothing of this skb is new to the reader. */
	PLACE_BEHIND,
	/* The walk stands where the reader goes on. */
	PLACE_HERE,
	/* Bytes before this skb were not seen. */
	PLACE_AHEAD,
};

/* Moves the walk to where the reader goes on. */
static __always_inline enum place catch_up(struct walk *walk)
{
	struct reader *reader = walk->reader;
	int32_t ahead;

	if ((int32_t)(walk->base + walk->end - reader->next) <= 0)
		return PLACE_BEHIND;
	ahead = sequence_of(walk) - reader->next;
	if (ahead > 0)
		return PLACE_AHEAD;
	walk->position -= ahead;
	/* A body of more than BODY_STEP goes on; no skb holds a step. */
	if (reader->state == READER_BODY) {
		uint64_t left = walk->rest->head.body;
		uint64_t step = left > BODY_STEP ? BODY_STEP : left;

		reader->next += step;
		walk->rest->head.body = left - step;
		if (left == step)
			reader->state = READER_MESSAGE;
		if (walk->position + step >= walk->end)
			return PLACE_BEHIND;
		walk->position += step;
	}
	return PLACE_HERE;
}

/* An skb that is read message by message; in a structure, because a loop's body is given one. */
struct reading {
	struct __sk_buff *skb;
	struct tap *tap;
	uint32_t position;
	uint32_t base;
	uint32_t end;
	uint32_t way;
};

/* An skb was read as far as it goes: messages beyond LIMIT_MESSAGES were not, and one may go on in the next skb. */
static __always_inline void end_reading(const struct reading *reading)
{
	struct reader *reader = reader_of(reading->tap, reading->way);

	if (reading->position < reading->end) {
		not_understood(reading->tap, CAUSE_TOO_LONG);
		reader->state = READER_LOST;
	}
	if (reader->state == READER_HEAD || reader->state == READER_CHUNKS || reader->state == READER_PREFIX)
		reader->next = reading->base + reading->end;
}
