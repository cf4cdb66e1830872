/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Where the messages of HTTP/1 begin and end, window by window, over as many skbs as they take.
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

/* Nobody knows where the next message begins: not in this skb, at least not that can be told. */
static __always_inline void lose(struct walk *walk)
{
	walk->reader->state = READER_LOST;
	walk->position = walk->end;
}

/* The body that a message's head announced: where the next message begins. The walk stands behind the head. */
static __always_inline void frame_body(struct walk *walk, const struct http1_head *head, uint32_t body)
{
	struct reader *reader = walk->reader;
	uint64_t length = 0;

	if (head->flags & HTTP1_MALFORMED) {
		not_understood(walk->tap, CAUSE_MALFORMED);
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
		lose(walk);
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
	struct reader *reader = walk->reader;

	walk->position += http1_skip_chunk(&walk->rest->chunks, walk->end - walk->position);
	if (!look(walk))
		return;
	walk->position += scan_chunks(&walk->rest->chunks, walk->window, walk->filled);
	if (walk->rest->chunks.flags & HTTP1_CHUNKS_ENDED) {
		reader->next = sequence_of(walk);
		reader->state = READER_MESSAGE;
	} else if (walk->rest->chunks.flags) {
		not_understood(walk->tap, CAUSE_MALFORMED);
		lose(walk);
	}
}

/* Behind a head, or still in it: what comes next. */
static __always_inline void after_head(struct walk *walk, const struct http1_head *head, uint32_t body)
{
	if (head->flags & HTTP1_HEAD_ENDED) {
		frame_body(walk, head, body);
	} else if (head->flags & HTTP1_TOO_LONG) {
		not_understood(walk->tap, CAUSE_TOO_LONG);
		lose(walk);
	} else {
		walk->reader->state = READER_HEAD;
	}
}
