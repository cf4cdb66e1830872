/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The messages of HTTP/1, one after the other. Requests are read from head to head, so that several in one skb are
 * several, and a body is never taken for a request. Of responses only the status line is read: a response begins where
 * a request waits for one, and what follows is its body. Only where another request waits already (pipelining) or the
 * response is an interim one is its end looked for.
 */
#pragma once

#include "http1_framing.h"

/* The window is the start of the request that begins. */
static __always_inline void keep_start(struct tap *tap, const struct walk *walk, uint32_t offset)
{
	for (int word = 0; word < WINDOW_BYTES / 8; word++)
		tap->start[word] = walk->window->words[word];
	tap->start_length = walk->filled;
	tap->target_offset = offset;
	tap->start_of = tap->asked + 1;
}

/* A request begins. `offset` of its target in the window; 0 where it is not there. */
static __always_inline void ask(struct walk *walk, uint32_t method, uint32_t offset)
{
	struct tap *tap = walk->tap;
	uint32_t open = tap->asked - tap->answered;
	uint64_t now = now_of(walk);
	uint32_t place = tap->asked & (LIMIT_PIPELINE - 1);

	tap->repeated_length = 0;
	/* Who never asked twice at once waited for a response that was missed. */
	if (open && tap->flags & TAP_MISSED && !(tap->flags & TAP_PIPELINED)) {
		not_understood(tap, CAUSE_GAP);
		*(volatile uint32_t *)&tap->answered = tap->asked;
		open = 0;
	}
	if (!open) {
		settle_packet(walk->skb, tap);
		keep_start(tap, walk, offset);
		tap->request_began = now;
		tap->operation = method;
	} else {
		tap->flags |= TAP_PIPELINED;
		/* Where there is no place for it, its response is no exchange. */
		if (open >= LIMIT_PIPELINE) {
			not_understood(tap, CAUSE_PIPELINE);
		} else {
			tap->began[place] = now;
			tap->operations[place] = method;
			tap->numbers[place] = tap->asked + 1;
		}
	}
	*(volatile uint32_t *)&tap->asked = tap->asked + 1;
}

/* The first bytes of a message that do not tell yet what it is. */
static __always_inline void keep_prefix(struct walk *walk, uint32_t known)
{
	struct reader *reader = walk->reader;

	walk->rest->prefix[0] = walk->first;
	walk->rest->prefix[1] = walk->second;
	reader->prefix_length = known;
	reader->state = READER_PREFIX;
	walk->position = walk->end;
}

/* The first sixteen bytes of a message, those included that came in an earlier skb. Returns how many there are. */
static __always_inline uint32_t first_bytes(struct walk *walk)
{
	const struct reader *reader = walk->reader;
	uint32_t before = reader->prefix_length & 15;
	uint32_t shift = 8 * (before & 7);
	uint64_t first = walk->window->words[0];
	uint64_t second = walk->window->words[1];

	walk->first = first;
	walk->second = second;
	if (reader->state != READER_PREFIX || !before)
		return walk->filled;
	if (before < 8) {
		walk->first = walk->rest->prefix[0] | first << shift;
		walk->second = first >> 1 >> (63 - shift) | second << shift;
	} else {
		walk->first = walk->rest->prefix[0];
		walk->second = walk->rest->prefix[1] | first << shift;
	}
	return walk->filled + before;
}

/* Only the first bytes, for what may be none of ours. */
static __always_inline uint32_t peek(struct __sk_buff *skb, uint32_t position, uint64_t *first)
{
	uint32_t length = skb->len - position;

	first[0] = 0;
	first[1] = 0;
	if (position >= skb->len)
		return 0;
	if (length > 16)
		length = 16;
	return load_some(skb, position, first, length, 16);
}

/* Verifier: functions of their own, for the stack. */
__noinline int begins_request(struct __sk_buff *skb, uint32_t position)
{
	uint64_t first[2];
	uint32_t length = peek(skb, position, first);

	return length && method_of(first[0], first[1], length) != HTTP_NONE;
}

__noinline int begins_answer(struct __sk_buff *skb, uint32_t position)
{
	uint64_t first[2];
	uint32_t length = peek(skb, position, first);

	return length && status_of(first[0], first[1], length) >= 100;
}

/* A message of the side that asks begins. */
static __always_inline void read_request(struct walk *walk)
{
	struct reader *reader = walk->reader;
	uint32_t known = look(walk) ? first_bytes(walk) : 0;
	uint32_t method = method_of(walk->first, walk->second, known);
	struct http1_head *head = &walk->rest->head;
	uint32_t prefix = 0;
	uint32_t offset;
	uint32_t body;

	if (method == HTTP1_UNDECIDED && known < HTTP1_START_BYTES && reader->state != READER_LOST) {
		keep_prefix(walk, known);
		return;
	}
	/* An empty line before a request is to be ignored (RFC 9112, 2.2). */
	if (reader->state == READER_MESSAGE &&
	    ((uint8_t)walk->first == '\n' || (uint16_t)walk->first == ('\r' | '\n' << 8))) {
		walk->position += (uint8_t)walk->first == '\n' ? 1 : 2;
		reader->next = sequence_of(walk);
		return;
	}
	if (method == HTTP_NONE || method >= HTTP_METHODS) {
		if (reader->state != READER_LOST)
			not_understood(walk->tap, CAUSE_MALFORMED);
		lose(walk);
		return;
	}
	if (reader->state == READER_LOST && is_old(walk)) {
		lose(walk);
		return;
	}
	offset = http1_target(method);
	if (reader->state == READER_PREFIX) {
		prefix = reader->prefix_length;
		offset = offset > prefix ? offset - prefix : 0;
	}
	ask(walk, method, offset);
	__builtin_memset(head, 0, sizeof(*head));
	head->state = prefix ? HTTP1_OTHER : HTTP1_LINE;
	head->size = prefix;
	walk->position += scan_head(head, walk->window, walk->filled);
	body = http1_body_of_request(head);
	/* A head alone: what comes next may be the same. */
	if (head->flags & HTTP1_HEAD_ENDED && !(head->flags & HTTP1_MALFORMED) && body == HTTP1_BODY_NONE &&
	    walk->position == walk->end && !prefix && walk->tap->start_of == walk->tap->asked) {
		walk->tap->repeated_operation = method;
		walk->tap->repeated_length = walk->filled;
	}
	after_head(walk, head, body);
}

/* A response begins, to the oldest request that is open. */
static __always_inline void answer(struct walk *walk, uint32_t status)
{
	struct tap *tap = walk->tap;
	uint64_t now = now_of(walk);

	settle_packet(walk->skb, tap);
	if (!take_open(tap)) {
		tap->operation = HTTP_NONE;
		tap->request_began = 0;
		*(volatile uint32_t *)&tap->answered = tap->answered + 1;
		return;
	}
	tap->status = status;
	tap->response_began = now;
	tap->response_ended = now;
	*(volatile uint32_t *)&tap->pending = (tap->answered + 1) << 2 | PENDING_RESPONSE;
	*(volatile uint32_t *)&tap->answered = tap->answered + 1;
}

/* The response that was answered last goes on.
 * Verifier: a function of its own, for the stack. */
__noinline int went_on(struct tap *tap, uint64_t now)
{
	/* A request that is alone has taken its place, or there was none for it. */
	if (!tap || !tap->request_began || tap->start_of == tap->answered + 1)
		return 0;
	tap->response_ended = now;
	if (!tap->pending)
		tap->pending = tap->answered << 2 | PENDING_AMENDMENT;
	return 0;
}

/* Where in the window a status line may begin; behind what cannot be part of one where there is none. */
__noinline uint32_t find_status(const struct window *window, uint32_t length)
{
	uint32_t at;

	if (!window)
		return WINDOW_BYTES;
#pragma clang loop unroll(disable)
	for (at = 1; at < WINDOW_BYTES; at++) {
		if (at >= length)
			break;
		if (!((window_word((const uint8_t *)window->words, at) ^
		       WINDOW_WORD('H', 'T', 'T', 'P', '/', '1', '.', 0))
		      << 8))
			return at;
	}
	return length > 8 ? length - 7 : length;
}

/* A message of the side that answers begins. */
static __always_inline void read_answer(struct walk *walk)
{
	struct reader *reader = walk->reader;
	struct tap *tap = walk->tap;
	uint32_t known;
	uint32_t status;

	if (tap->asked == tap->answered) {
		walk->position = walk->end;
		return;
	}
	known = look(walk) ? first_bytes(walk) : 0;
	status = status_of(walk->first, walk->second, known);
	if (status == HTTP1_UNDECIDED_STATUS && known < HTTP1_START_BYTES) {
		keep_prefix(walk, known);
		return;
	}
	if (status < 100) {
		/* The body of the response before, or nothing that HTTP knows. */
		if (reader->state != READER_LOST)
			not_understood(tap, CAUSE_MALFORMED);
		else
			went_on(tap, now_of(walk));
		reader->state = READER_LOST;
		/* A body while a request waits: more than one was open, and where it ends nobody knows. */
		if (tap->answered)
			tap->flags |= TAP_PIPELINED;
		/* Among several responses the next one may begin anywhere. */
		if (tap->flags & TAP_PIPELINED && walk->filled)
			walk->position += find_status(walk->window, walk->filled);
		else
			walk->position = walk->end;
		return;
	}
	if (status >= 200 || status == 101)
		answer(walk, status);
	if (status == 101 || (status >= 200 && status < 300 && tap->operation == HTTP_CONNECT)) {
		tap->flags |= TAP_UPGRADED | TAP_OPAQUE;
		lose(walk);
		return;
	}
	/* Nobody waits behind it: whatever follows is its body. */
	if (status >= 200 && tap->asked == tap->answered && !(tap->flags & TAP_PIPELINED)) {
		lose(walk);
		return;
	}
	/* An interim response, or one that another follows: where does it end? */
	__builtin_memset(&walk->rest->head, 0, sizeof(walk->rest->head));
	if (reader->state == READER_PREFIX) {
		walk->rest->head.state = HTTP1_OTHER;
		walk->rest->head.size = reader->prefix_length;
	}
	reader->interim = status < 200;
	reader->state = READER_HEAD;
}

static __always_inline uint32_t body_of_answer(const struct walk *walk)
{
	const struct tap *tap = walk->tap;

	if (walk->reader->interim)
		return HTTP1_BODY_NONE;
	return http1_body_of_response(tap->operation, tap->status, &walk->rest->head);
}

/* A message of one way, or a window more of one.
 * Verifier: a function of its own, read once. Returns where the walk stands then. */
__noinline uint32_t http1_read(struct __sk_buff *skb, struct tap *tap, uint32_t position, uint32_t base, uint32_t way)
{
	struct window window;
	struct walk walk;

	if (!tap)
		return ~0u;
	begin_walk(&walk, skb, tap, position, base, way);
	walk.window = &window;
	switch (walk.reader->state) {
	case READER_CHUNKS:
		go_on_in_chunks(&walk);
		break;
	case READER_HEAD:
		go_on_in_head(&walk);
		after_head(&walk, &walk.rest->head,
			   asks(&walk) ? http1_body_of_request(&walk.rest->head) : body_of_answer(&walk));
		break;
	default:
		if (asks(&walk))
			read_request(&walk);
		else
			read_answer(&walk);
	}
	return walk.position;
}
