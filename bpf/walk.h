/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * One skb's payload under the tap: where the parser stands in it, and a window of bytes onto it. Payload is never in the part
 * that a program may read directly, so each look is a copy: as few as possible, and never more than WINDOW_BYTES.
 */
#pragma once

#include "exchange.h"

/* Messages in one skb, windows of one head: more than any skb holds (64 KiB and a little). */
enum { LIMIT_MESSAGES = 4096 };

struct walk {
	struct __sk_buff *skb;
	struct tap *tap;
	/* Of the way that this skb goes. */
	struct http1_reader *reader;
	/* The socket's own, to settle with: as the hook gave it. */
	void *socket;
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
	struct window window;
};

/* Egress: the departure that TCP planned, in CLOCK_MONOTONIC and for free. Ingress: the clock. */
static __always_inline uint64_t now_of(struct walk *walk)
{
	if (!walk->now && walk->leaves)
		walk->now = walk->skb->tstamp;
	if (!walk->now)
		walk->now = bpf_ktime_get_ns();
	return walk->now;
}

/* Fills the window from `position` on; the bytes behind are zero. Returns how many there are. */
static __always_inline uint32_t look(struct walk *walk)
{
	uint32_t length = walk->end - walk->position;

	walk->filled = 0;
	if (walk->position >= walk->end)
		return 0;
	if (length > WINDOW_BYTES)
		length = WINDOW_BYTES;
	__builtin_memset(&walk->window, 0, sizeof(walk->window));
	/* Verifier: from 1 to WINDOW_BYTES. */
	length = (length - 1) & (WINDOW_BYTES - 1);
	asm volatile("" : "+r"(length));
	length++;
	if (bpf_skb_load_bytes(walk->skb, walk->position, &walk->window, length))
		return 0;
	walk->filled = length;
	return length;
}

/* Takes up an skb at `position`; `base` is the sequence number of position 0. False without a socket. */
static __always_inline bool begin_walk(struct walk *walk, struct __sk_buff *skb, struct tap *tap, uint32_t position,
				       uint32_t base, bool leaves)
{
	walk->skb = skb;
	walk->tap = tap;
	walk->reader = NULL;
	walk->socket = skb->sk;
	walk->now = 0;
	walk->position = position;
	walk->end = skb->len;
	walk->base = base;
	walk->filled = 0;
	walk->leaves = leaves;
	return walk->socket;
}
