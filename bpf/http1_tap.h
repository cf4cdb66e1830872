/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * HTTP/1 under the tap. Requests are read from head to head, so that several in one skb are several, and a body is
 * never taken for a request. Of responses only the status line is read: a response begins where a request waits for
 * one, and what follows is its body. Only where another request waits already (pipelining) or the response is an
 * interim one is its end looked for.
 */
#pragma once

#include "walk.h"

/* The parsers, as functions that the verifier reads once and not at each place they are called from. */
__noinline uint32_t scan_head(struct http1_head *head, const struct window *window, uint32_t length)
{
	return head && window ? http1_scan_lines(head, (const uint8_t *)window->words, length) : 0;
}

__noinline uint32_t scan_chunks(struct http1_chunks *chunks, const struct window *window, uint32_t length)
{
	return chunks && window ? http1_scan_chunks(chunks, (const uint8_t *)window->words, length) : 0;
}

__noinline int step_byte(struct http1_head *head, uint32_t byte)
{
	if (head)
		http1_step(head, byte);
	return 0;
}

__noinline uint32_t method_of(uint64_t first, uint64_t second, uint32_t length)
{
	return http1_method(first, second, length);
}

__noinline uint32_t status_of(uint64_t first, uint64_t second, uint32_t length)
{
	return http1_status(first, second, length);
}

/* Byte by byte up to a line's end: a line that began in an earlier window. Returns how many bytes it read. */
__noinline uint32_t step_line(struct http1_head *head, const struct window *window, uint32_t length)
{
	uint32_t at;

	if (!head || !window)
		return 0;
#pragma clang loop unroll(disable)
	for (at = 0; at < WINDOW_BYTES; at++) {
		if (at >= length)
			break;
		step_byte(head, window->words[at / 8] >> 8 * (at & 7) & 0xff);
		if (head->flags & HTTP1_HEAD_ENDED || head->state == HTTP1_LINE || head->state == HTTP1_OTHER)
			return at + 1;
	}
	return at;
}

/* One window of a head that began in an earlier one. */
static __always_inline void go_on_in_head(struct walk *walk)
{
	uint32_t read;

	if (!look(walk)) {
		walk->position = walk->end;
		return;
	}
	read = scan_head(&walk->rest->head, walk->window, walk->filled);
	if (!read)
		read = step_line(&walk->rest->head, walk->window, walk->filled);
	walk->position += read;
}

/* The body that a message's head announced: where the next message begins. The walk stands behind the head. */
static __always_inline void frame_body(struct walk *walk, const struct http1_head *head, uint32_t body)
{
	struct http1_reader *reader = walk->reader;
	uint64_t length = 0;

	if (head->flags & HTTP1_MALFORMED) {
		not_understood(walk->tap, PROTOCOL_HTTP1, CAUSE_MALFORMED);
		body = HTTP1_BODY_UNKNOWN;
	}
	if (body == HTTP1_BODY_CHUNKED) {
		__builtin_memset(&walk->rest->chunks, 0, sizeof(walk->rest->chunks));
		reader->state = READER_CHUNKS;
		return;
	}
	if (body == HTTP1_BODY_LENGTH) {
		length = head->body;
		if (length > BODY_STEP)
			length = BODY_STEP;
	} else if (body != HTTP1_BODY_NONE) {
		reader->state = READER_LOST;
		walk->position = walk->end;
		return;
	}
	reader->state = READER_MESSAGE;
	if (length && head->body > length) {
		walk->rest->head.body = head->body - length;
		reader->state = READER_BODY;
	}
	reader->next = sequence_of(walk) + length;
	if (length >= walk->end - walk->position)
		walk->position = walk->end;
	else
		walk->position += length;
}

/* A chunk of a body, or what stands between two. */
static __always_inline void go_on_in_chunks(struct walk *walk)
{
	struct http1_reader *reader = walk->reader;

	walk->position += http1_skip_chunk(&walk->rest->chunks, walk->end - walk->position);
	if (!look(walk))
		return;
	walk->position += scan_chunks(&walk->rest->chunks, walk->window, walk->filled);
	if (walk->rest->chunks.flags & HTTP1_CHUNKS_ENDED) {
		reader->next = sequence_of(walk);
		reader->state = READER_MESSAGE;
	} else if (walk->rest->chunks.flags) {
		not_understood(walk->tap, PROTOCOL_HTTP1, CAUSE_MALFORMED);
		reader->state = READER_LOST;
		walk->position = walk->end;
	}
}

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
	if (!open) {
		settle_packet(walk->skb, tap);
		keep_start(tap, walk, offset);
		tap->request_began = now;
		tap->operation = method;
	} else if (open >= LIMIT_PIPELINE && !(tap->flags & TAP_MISSED)) {
		not_understood(tap, PROTOCOL_HTTP1, CAUSE_PIPELINE);
		return;
	} else {
		/* The response to the oldest one was missed, mostly. */
		if (open >= LIMIT_PIPELINE) {
			not_understood(tap, PROTOCOL_HTTP1, CAUSE_GAP);
			*(volatile uint32_t *)&tap->answered = tap->answered + 1;
		}
		tap->flags |= TAP_PIPELINED;
		tap->began[place] = now;
		tap->operations[place] = method;
	}
	*(volatile uint32_t *)&tap->asked = tap->asked + 1;
}

/* The first bytes of a message that do not tell yet what it is. */
static __always_inline void keep_prefix(struct walk *walk, uint32_t known)
{
	struct http1_reader *reader = walk->reader;

	walk->rest->prefix[0] = walk->first;
	walk->rest->prefix[1] = walk->second;
	reader->prefix_length = known;
	reader->state = READER_PREFIX;
	walk->position = walk->end;
}

/* The first sixteen bytes of a message, those included that came in an earlier skb. Returns how many there are. */
static __always_inline uint32_t first_bytes(struct walk *walk)
{
	const struct http1_reader *reader = walk->reader;
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
static __always_inline uint32_t peek(struct walk *walk, uint64_t *first)
{
	uint32_t length = walk->end - walk->position;

	first[0] = 0;
	first[1] = 0;
	if (walk->position >= walk->end)
		return 0;
	if (length > 16)
		length = 16;
	/* Verifier: from 1 to 16. */
	length = (length - 1) & 15;
	asm volatile("" : "+r"(length));
	length++;
	if (bpf_skb_load_bytes(walk->skb, walk->position, first, length))
		return 0;
	return length;
}

static __always_inline bool begins_request(struct walk *walk)
{
	uint64_t first[2];
	uint32_t length = peek(walk, first);

	return length && method_of(first[0], first[1], length) != HTTP_NONE;
}

static __always_inline bool begins_answer(struct walk *walk)
{
	uint64_t first[2];
	uint32_t length = peek(walk, first);

	return length && status_of(first[0], first[1], length) >= 100;
}

/* Behind a head, or still in it: what comes next. */
static __always_inline void after_head(struct walk *walk, const struct http1_head *head, uint32_t body)
{
	if (head->flags & HTTP1_HEAD_ENDED) {
		frame_body(walk, head, body);
	} else if (head->flags & HTTP1_TOO_LONG) {
		not_understood(walk->tap, PROTOCOL_HTTP1, CAUSE_TOO_LONG);
		walk->reader->state = READER_LOST;
		walk->position = walk->end;
	} else {
		walk->reader->state = READER_HEAD;
	}
}

static __always_inline void stop(struct walk *walk, uint8_t state)
{
	walk->reader->state = state;
	walk->position = walk->end;
}

/* A message of the side that asks begins. */
static __always_inline void read_request(struct walk *walk)
{
	struct http1_reader *reader = walk->reader;
	uint32_t known = look(walk) ? first_bytes(walk) : 0;
	uint32_t method = method_of(walk->first, walk->second, known);
	uint32_t prefix = 0;
	uint32_t offset;

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
			not_understood(walk->tap, PROTOCOL_HTTP1, CAUSE_MALFORMED);
		stop(walk, READER_LOST);
		return;
	}
	if (reader->state == READER_LOST && is_old(walk)) {
		stop(walk, READER_LOST);
		return;
	}
	offset = http1_target(method);
	if (reader->state == READER_PREFIX) {
		prefix = reader->prefix_length;
		offset = offset > prefix ? offset - prefix : 0;
	}
	ask(walk, method, offset);
	struct http1_head head = { .state = prefix ? HTTP1_OTHER : HTTP1_LINE, .size = prefix };

	walk->position += scan_head(&head, walk->window, walk->filled);
	if (!(head.flags & HTTP1_HEAD_ENDED))
		walk->rest->head = head;
	/* A head alone. Should it announce a body, there is a `next` that no repetition begins at. */
	if (head.flags & HTTP1_HEAD_ENDED && walk->position == walk->end && !prefix &&
	    walk->tap->start_of == walk->tap->asked) {
		walk->tap->repeated_operation = method;
		walk->tap->repeated_length = walk->filled;
	}
	after_head(walk, &head, http1_body_of_request(&head));
}

/* A response begins, to the oldest request that is open. */
static __always_inline void answer(struct walk *walk, uint32_t status)
{
	struct tap *tap = walk->tap;
	uint64_t now = now_of(walk);

	settle_packet(walk->skb, tap);
	take_open(tap);
	tap->status = status;
	tap->response_began = now;
	tap->response_ended = now;
	*(volatile uint32_t *)&tap->answered = tap->answered + 1;
	tap->pending = PENDING_RESPONSE;
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
	struct http1_reader *reader = walk->reader;
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
			not_understood(tap, PROTOCOL_HTTP1, CAUSE_MALFORMED);
		else if (tap->pending == PENDING_RESPONSE)
			tap->response_ended = now_of(walk);
		reader->state = READER_LOST;
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
		stop(walk, READER_LOST);
		return;
	}
	/* Nobody waits behind it: whatever follows is its body. */
	if (status >= 200 && tap->asked == tap->answered && !(tap->flags & TAP_PIPELINED)) {
		stop(walk, READER_LOST);
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
	bool asks;

	if (!tap)
		return ~0u;
	begin_walk(&walk, skb, tap, position, base, way);
	walk.window = &window;
	asks = (tap->direction == DIRECTION_OUTBOUND) == way;
	walk.reader = asks ? &tap->asking : &tap->answering;
	walk.rest = asks ? &tap->asking_rest : &tap->answering_rest;
	switch (walk.reader->state) {
	case READER_CHUNKS:
		go_on_in_chunks(&walk);
		break;
	case READER_HEAD:
		go_on_in_head(&walk);
		after_head(&walk, &walk.rest->head,
			   asks ? http1_body_of_request(&walk.rest->head) : body_of_answer(&walk));
		break;
	default:
		if (asks)
			read_request(&walk);
		else
			read_answer(&walk);
	}
	return walk.position;
}

static long read_on(uint32_t index, struct reading *reading)
{
	reading->position = http1_read(reading->skb, reading->tap, reading->position, reading->base, reading->way);
	return reading->position >= reading->end;
}

/* Reads an skb to its end. */
static __always_inline void read_all(struct walk *walk)
{
	struct http1_reader *reader = walk->reader;
	struct reading reading = {
		.skb = walk->skb,
		.tap = walk->tap,
		.position = walk->position,
		.base = walk->base,
		.end = walk->end,
		.way = walk->leaves,
	};

	/* One message, mostly. */
	reading.position = http1_read(reading.skb, reading.tap, reading.position, reading.base, reading.way);
	if (reading.position < reading.end)
		bpf_loop(LIMIT_MESSAGES, read_on, &reading, 0);
	if (reader->state == READER_HEAD || reader->state == READER_CHUNKS || reader->state == READER_PREFIX)
		reader->next = walk->base + walk->end;
}

/* A request like the last one, byte for byte, to which the response has come: most are. What the last one was read to
 * be, this one is. Verifier: a function of its own, for the stack. */
static __noinline bool http1_repeats(struct __sk_buff *skb, struct tap *tap, const struct heads *heads, bool leaves)
{
	uint32_t payload = heads->payload;
	uint32_t sequence = heads->sequence;
	uint32_t length = skb->len - payload;
	uint64_t difference = 0;
	struct window window;
	uint64_t now = 0;

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
	if (leaves)
		now = skb->tstamp;
	if (!now)
		now = bpf_ktime_get_ns();
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
static __always_inline bool http1_answers_one(struct __sk_buff *skb, struct tap *tap, uint32_t payload,
					      uint32_t sequence, bool leaves)
{
	uint32_t open = tap->asked - tap->answered;
	uint32_t length = skb->len - payload;
	bool begins = open == 1;
	uint64_t first[2];
	uint32_t status;
	uint64_t now = 0;

	if (tap->answering.state != READER_LOST || tap->flags & TAP_PIPELINED ||
	    (tap->newest_response && (int32_t)(sequence + length - tap->newest_response) <= 0))
		return false;
	if (begins) {
		if (length < sizeof(first) || tap->pending || tap->start_of != tap->asked ||
		    bpf_skb_load_bytes(skb, payload, first, sizeof(first)))
			return false;
		status = http1_status(first[0], first[1], sizeof(first));
		if (status < 200 || (status < 300 && tap->operation == HTTP_CONNECT))
			return false;
	} else if (open || tap->last_way != 1 + leaves || !tap->answered) {
		return false;
	}
	if (leaves)
		now = skb->tstamp;
	if (!now)
		now = bpf_ktime_get_ns();
	tap->newest_response = sequence + length;
	tap->last_way = 1 + leaves;
	tap->response_ended = now;
	if (!begins) {
		if (!tap->pending)
			tap->pending = PENDING_AMENDMENT;
		return true;
	}
	tap->status = status;
	tap->response_began = now;
	*(volatile uint32_t *)&tap->answered = tap->answered + 1;
	tap->pending = PENDING_RESPONSE;
	return true;
}

static __always_inline void http1_asks(struct walk *walk)
{
	struct tap *tap = walk->tap;
	struct http1_reader *reader = &tap->asking;

	walk->reader = reader;
	walk->rest = &tap->asking_rest;
	tap->last_way = 1 + walk->leaves;
	if (reader->state != READER_LOST) {
		enum place place = catch_up(walk);

		if (place == PLACE_BEHIND) {
			/* Once something was missing, a request that comes late may be it. */
			if (tap->flags & TAP_MISSED && begins_request(walk) && !is_old(walk))
				not_understood(tap, PROTOCOL_HTTP1, CAUSE_REORDERED);
			return;
		}
		/* What is missing may still come; but what begins here as a message is one. */
		if (place == PLACE_AHEAD) {
			if (!begins_request(walk))
				return;
			not_understood(tap, PROTOCOL_HTTP1, CAUSE_GAP);
			reader->state = READER_LOST;
		}
	}
	read_all(walk);
}

static __always_inline void http1_answers(struct walk *walk)
{
	struct tap *tap = walk->tap;
	struct http1_reader *reader = &tap->answering;
	uint32_t end = walk->base + walk->end;
	bool has_turned = tap->last_way != 1 + walk->leaves;
	bool is_newest = (int32_t)(end - tap->newest_response) > 0 || !tap->newest_response;

	walk->reader = reader;
	walk->rest = &tap->answering_rest;
	tap->last_way = 1 + walk->leaves;
	/* Bytes that the newest ones overtook are new all the same, unless the socket has them. */
	if (!is_newest && is_old(walk))
		return;
	if (is_newest)
		tap->newest_response = end;
	if (tap->asked == tap->answered && (reader->state == READER_LOST || reader->state == READER_MESSAGE)) {
		if (has_turned && begins_answer(walk)) {
			not_understood(tap, PROTOCOL_HTTP1, CAUSE_NO_REQUEST);
			return;
		}
		/* The body of the response that was answered last. */
		if (tap->answered) {
			tap->response_ended = now_of(walk);
			if (!tap->pending)
				tap->pending = PENDING_AMENDMENT;
		}
		return;
	}
	if (reader->state != READER_LOST) {
		enum place place = catch_up(walk);

		/* A body; or what comes before it is missing, and a response begins at the start of an skb. */
		if (place != PLACE_HERE && tap->pending == PENDING_RESPONSE)
			tap->response_ended = now_of(walk);
		if (place == PLACE_BEHIND)
			return;
		/* A response that is missed leaves its request open, and is counted then. */
		if (place == PLACE_AHEAD) {
			tap->flags |= TAP_MISSED;
			reader->state = READER_LOST;
		}
	}
	read_all(walk);
}

static __always_inline bool http1_recognise(struct walk *walk, bool asks)
{
	struct http1_reader *reader = &walk->tap->asking;

	walk->reader = reader;
	if (!asks)
		return begins_answer(walk);
	if (!begins_request(walk))
		return false;
	/* The first bytes may be too few to tell; what follows does. */
	reader->state = READER_MESSAGE;
	reader->next = sequence_of(walk);
	return true;
}
