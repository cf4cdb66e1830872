/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Where a chunked body ends (RFC 9112, 7.1). What stands between the chunks is read by bytes; what is in them is
 * skipped by count.
 */
#pragma once

#include "records.h"
#include "window.h"

enum {
	/* More bytes than these between two chunks, or after the last one, are HTTP1_CHUNKS_TOO_LONG. */
	HTTP1_CHUNKS_LIMIT = 64 * 1024,
	/* How many bytes http1_scan_chunks looks at: a chunk's size and the line ends around it. */
	HTTP1_CHUNKS_WINDOW = 16,
};

/* A larger chunk is malformed. */
#define HTTP1_CHUNK_LIMIT 0x0fffffffffffffffULL

enum http1_chunks_flags {
	HTTP1_CHUNKS_ENDED = 1,
	HTTP1_CHUNKS_MALFORMED = 2,
	HTTP1_CHUNKS_TOO_LONG = 4,
};

/* What the next byte is, once `left` is 0. */
enum http1_chunks_state {
	/* The first digit of a size; a body begins here: all zero. */
	HTTP1_CHUNK_SIZE,
	HTTP1_CHUNK_DIGITS,
	/* Behind the size, up to the line's end. */
	HTTP1_CHUNK_EXTENSION,
	/* The line's end behind a chunk. */
	HTTP1_CHUNK_END,
	/* Its LF, behind a CR. */
	HTTP1_CHUNK_FEED,
	/* A trailer's first byte, the byte behind a CR there, any other. */
	HTTP1_TRAILER,
	HTTP1_TRAILER_EMPTY,
	HTTP1_TRAILER_OTHER,
};

/* A chunked body, read so far. Zero is one that begins. */
struct http1_chunks {
	/* Bytes of the chunk at hand that are to be skipped before the next step; while its size is read, the size. */
	uint64_t left;
	/* Bytes since the last chunk. */
	uint32_t between;
	uint8_t state;
	uint8_t flags;
	uint16_t reserved;
};

_Static_assert(sizeof(struct http1_chunks) == 16, "http1_chunks");

/* How many of `length` bytes are the inside of a chunk; they are taken as read. */
PARSER uint64_t http1_skip_chunk(struct http1_chunks *chunks, uint64_t length)
{
	if (chunks->state != HTTP1_CHUNK_END)
		return 0;
	if (length > chunks->left)
		length = chunks->left;
	chunks->left -= length;
	return length;
}

/* Of a hexadecimal digit; 16 for what is none. */
PARSER uint32_t http1_hexadecimal(uint8_t byte)
{
	uint8_t folded = byte | 0x20;

	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10U : 16;
}

PARSER void http1_step_size(struct http1_chunks *chunks, uint8_t byte)
{
	uint32_t digit = http1_hexadecimal(byte);

	if (digit < 16) {
		if (chunks->left > HTTP1_CHUNK_LIMIT >> 4)
			chunks->flags |= HTTP1_CHUNKS_MALFORMED;
		chunks->left = chunks->left << 4 | digit;
		chunks->state = HTTP1_CHUNK_DIGITS;
		return;
	}
	if (chunks->state == HTTP1_CHUNK_SIZE ||
	    (byte != '\r' && byte != '\n' && byte != ';' && byte != ' ' && byte != '\t'))
		chunks->flags |= HTTP1_CHUNKS_MALFORMED;
	chunks->state = HTTP1_CHUNK_EXTENSION;
}

/* A byte that is not inside a chunk; nothing once the body has ended, is malformed or too long. */
PARSER void http1_step_chunks(struct http1_chunks *chunks, uint8_t byte)
{
	if (chunks->flags)
		return;
	if (++chunks->between > HTTP1_CHUNKS_LIMIT)
		chunks->flags |= HTTP1_CHUNKS_TOO_LONG;
	switch (chunks->state) {
	case HTTP1_CHUNK_SIZE:
	case HTTP1_CHUNK_DIGITS:
		http1_step_size(chunks, byte);
		/* fallthrough */
	case HTTP1_CHUNK_EXTENSION:
		if (byte != '\n')
			break;
		if (chunks->left)
			chunks->between = 0;
		chunks->state = chunks->left ? HTTP1_CHUNK_END : HTTP1_TRAILER;
		break;
	case HTTP1_CHUNK_END:
	case HTTP1_CHUNK_FEED:
		if (byte == '\n')
			chunks->state = HTTP1_CHUNK_SIZE;
		else if (byte == '\r' && chunks->state == HTTP1_CHUNK_END)
			chunks->state = HTTP1_CHUNK_FEED;
		else
			chunks->flags |= HTTP1_CHUNKS_MALFORMED;
		break;
	case HTTP1_TRAILER:
	case HTTP1_TRAILER_EMPTY:
		if (byte == '\n')
			chunks->flags |= HTTP1_CHUNKS_ENDED;
		else if (byte == '\r' && chunks->state == HTTP1_TRAILER)
			chunks->state = HTTP1_TRAILER_EMPTY;
		else
			chunks->state = HTTP1_TRAILER_OTHER;
		break;
	case HTTP1_TRAILER_OTHER:
		if (byte == '\n')
			chunks->state = HTTP1_TRAILER;
		break;
	}
}

/* How many bytes of a window stand between chunks, up to HTTP1_CHUNKS_WINDOW; they are taken as read. Then
 * http1_skip_chunk says how many may be skipped, of the window and behind it. */
PARSER uint32_t http1_scan_chunks(struct http1_chunks *chunks, const uint8_t *window, uint32_t length)
{
	uint32_t at;

#pragma clang loop unroll(disable)
	for (at = 0; at < HTTP1_CHUNKS_WINDOW; at++) {
		if (at >= length || chunks->flags || (chunks->state == HTTP1_CHUNK_END && chunks->left))
			break;
		http1_step_chunks(chunks, window[at]);
	}
	return window_forget(at, window[0]);
}
