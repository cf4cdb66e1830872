/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * HTTP/1 under the tap: what happens most in the fewest steps, and everything else by http1_messages.h.
 */
#pragma once

#include "http1_messages.h"

/* A request like the last one, byte for byte, to which the response has come: most are. What the last one was read to
 * be, this one is. Verifier: a function of its own, for the stack. */
static __noinline bool http1_repeats(struct __sk_buff *skb, struct tap *tap, const struct heads *heads, bool leaves)
{
	uint32_t payload = heads->payload;
	uint32_t sequence = heads->sequence;
	uint32_t length = skb->len - payload;
	uint64_t difference = 0;
	struct window window;
	uint64_t now;

	if (length != tap->repeated_length || tap->asking.state != READER_MESSAGE || sequence != tap->asking.next ||
	    tap->asked != tap->answered)
		return false;
	if (!fill(&window, skb, payload, skb->len))
		return false;
#pragma clang loop unroll(full)
	for (int word = 0; word < WINDOW_BYTES / 8; word++)
		difference |= window.words[word] ^ tap->start[word];
	if (difference)
		return false;
	now = moment_of(skb, leaves);
	settle_soon(skb, tap);
	tap->request_began = now;
	tap->operation = tap->repeated_operation;
	tap->asking.next = sequence + length;
	tap->start_of = tap->asked + 1;
	tap->last_way = 1 + leaves;
	*(volatile uint32_t *)&tap->asked = tap->asked + 1;
	return true;
}

/* A response to the only request that is open, or more of its body: most are. */
static __always_inline bool http1_answers_one(struct __sk_buff *skb, struct tap *tap, const struct heads *heads,
					      bool leaves)
{
	uint32_t open = tap->asked - tap->answered;
	uint32_t length = skb->len - heads->payload;
	uint32_t behind = heads->sequence + length;
	bool begins = open == 1;
	uint64_t first[2];
	uint32_t status;
	uint64_t now;

	if (tap->answering.state != READER_LOST || tap->flags & TAP_PIPELINED ||
	    (tap->newest_response && (int32_t)(behind - tap->newest_response) <= 0))
		return false;
	if (begins) {
		if (length < sizeof(first) || tap->pending || tap->start_of != tap->asked ||
		    bpf_skb_load_bytes(skb, heads->payload, first, sizeof(first)))
			return false;
		status = http1_status(first[0], first[1], sizeof(first));
		if (status < 200 || (status < 300 && tap->operation == HTTP_CONNECT))
			return false;
	} else if (open || tap->last_way != 1 + leaves || !tap->answered || !tap->request_began) {
		return false;
	}
	now = moment_of(skb, leaves);
	tap->newest_response = behind;
	tap->last_way = 1 + leaves;
	tap->response_ended = now;
	if (!begins) {
		if (!tap->pending)
			tap->pending = tap->answered << 2 | PENDING_AMENDMENT;
		return true;
	}
	tap->status = status;
	tap->response_began = now;
	*(volatile uint32_t *)&tap->pending = (tap->answered + 1) << 2 | PENDING_RESPONSE;
	*(volatile uint32_t *)&tap->answered = tap->answered + 1;
	return true;
}

static __always_inline bool http1_asks(struct walk *walk)
{
	struct tap *tap = walk->tap;
	struct reader *reader = &tap->asking;

	tap->last_way = 1 + walk->leaves;
	if (reader->state != READER_LOST) {
		enum place place = catch_up(walk);

		if (place == PLACE_BEHIND) {
			/* Once something was missing, a request that comes late may be it. */
			if (tap->flags & TAP_MISSED && begins_request(walk->skb, walk->position) && !is_old(walk))
				not_understood(tap, CAUSE_REORDERED);
			return false;
		}
		/* What is missing may still come; but what begins here as a message is one. */
		if (place == PLACE_AHEAD) {
			if (!begins_request(walk->skb, walk->position))
				return false;
			not_understood(tap, CAUSE_GAP);
			reader->state = READER_LOST;
		}
	}
	return true;
}

static __always_inline bool http1_answers(struct walk *walk)
{
	struct tap *tap = walk->tap;
	struct reader *reader = &tap->answering;
	uint32_t end = walk->base + walk->end;
	bool has_turned = tap->last_way != 1 + walk->leaves;
	bool is_newest = (int32_t)(end - tap->newest_response) > 0 || !tap->newest_response;

	tap->last_way = 1 + walk->leaves;
	/* Bytes that the newest ones overtook are new all the same, unless the socket has them. */
	if (!is_newest && is_old(walk))
		return false;
	if (is_newest)
		tap->newest_response = end;
	if (tap->asked == tap->answered && (reader->state == READER_LOST || reader->state == READER_MESSAGE)) {
		if (has_turned && begins_answer(walk->skb, walk->position)) {
			not_understood(tap, CAUSE_NO_REQUEST);
			return false;
		}
		/* The body of the response that was answered last. */
		if (tap->answered)
			went_on(tap, now_of(walk));
		return false;
	}
	if (reader->state != READER_LOST) {
		enum place place = catch_up(walk);

		/* A body; or what comes before it is missing, and a response begins at the start of an skb. */
		if (place != PLACE_HERE || reader->state == READER_CHUNKS)
			went_on(tap, now_of(walk));
		if (place == PLACE_BEHIND)
			return false;
		/* A response that is missed leaves its request open, and is counted then. */
		if (place == PLACE_AHEAD) {
			tap->flags |= TAP_MISSED;
			reader->state = READER_LOST;
		}
	}
	return true;
}

static __always_inline bool http1_place(struct walk *walk)
{
	return asks(walk) ? http1_asks(walk) : http1_answers(walk);
}

static __always_inline bool http1_soon(struct __sk_buff *skb, struct tap *tap, const struct heads *heads, bool leaves)
{
	return asks_of(tap, leaves) ? http1_repeats(skb, tap, heads, leaves)
				    : http1_answers_one(skb, tap, heads, leaves);
}

static __always_inline bool http1_recognise(struct walk *walk)
{
	if (!asks(walk))
		return begins_answer(walk->skb, walk->position);
	if (!begins_request(walk->skb, walk->position))
		return false;
	/* The first bytes may be too few to tell; what follows does. */
	walk->reader->state = READER_MESSAGE;
	walk->reader->next = sequence_of(walk);
	return true;
}
