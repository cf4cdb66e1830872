/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Where the head of an HTTP/1 message ends, and what it says of the body: Content-Length and Transfer-Encoding. Byte by
 * byte, and it keeps how far a name matched instead of text: for lines that go on in the next segment, and for what is
 * written in an unusual way. Most of a head goes through http1_lines.h.
 */
#pragma once

#include "records.h"
#include "window.h"

enum {
	/* A longer head is not read to its end: HTTP1_TOO_LONG. */
	HTTP1_HEAD_LIMIT = 64 * 1024,
};

/* A larger Content-Length is malformed. */
#define HTTP1_BODY_LIMIT 0x0fffffffffffffffULL

enum http1_flags {
	HTTP1_HEAD_ENDED = 1,
	/* Content-Length was there; `body` is it. */
	HTTP1_LENGTH = 2,
	/* Transfer-Encoding was there: `body` means nothing. */
	HTTP1_ENCODED = 4,
	/* Its last coding is chunked. */
	HTTP1_CHUNKED = 8,
	/* Content-Length is no number, too large, or two different ones. */
	HTTP1_MALFORMED = 16,
	HTTP1_TOO_LONG = 32,
};

/* What the next byte is, http1_head.state. */
enum http1_state {
	/* A line's first byte. A new head begins here: all zero. */
	HTTP1_LINE,
	/* Behind a CR that was a line's first byte. */
	HTTP1_EMPTY,
	/* Of a line that says nothing of the body. */
	HTTP1_OTHER,
	/* Of "content-length:", "transfer-encoding:" as far as `matched`. */
	HTTP1_NAME_LENGTH,
	HTTP1_NAME_ENCODING,
	/* Before, within and behind the digits. */
	HTTP1_BEFORE_DIGITS,
	HTTP1_DIGITS,
	HTTP1_AFTER_DIGITS,
	/* Of a list of codings; `matched` of "chunked", HTTP1_ANOTHER_CODING, or between two. */
	HTTP1_CODINGS,
};

enum {
	HTTP1_BETWEEN_CODINGS = 0,
	HTTP1_CHUNKED_BYTES = 7,
	HTTP1_ANOTHER_CODING = 255,
};

/* A head, read so far. Zero is one that begins. */
struct http1_head {
	/* Content-Length. */
	uint64_t body;
	/* The one that is being read. */
	uint64_t number;
	/* Bytes of the head. */
	uint32_t size;
	uint8_t state;
	uint8_t matched;
	uint8_t flags;
	uint8_t reserved;
};

_Static_assert(sizeof(struct http1_head) == 24, "http1_head");

/* Letters in either case; a letter's other case differs in one bit, which no other byte shares with it. */
#define HTTP1_CONTENT	     WINDOW_WORD('c', 'o', 'n', 't', 'e', 'n', 't', '-')
#define HTTP1_CONTENT_FOLD   WINDOW_WORD(32, 32, 32, 32, 32, 32, 32, 0)
#define HTTP1_LENGTH_NAME    WINDOW_WORD('l', 'e', 'n', 'g', 't', 'h', ':', 0)
#define HTTP1_LENGTH_FOLD    WINDOW_WORD(32, 32, 32, 32, 32, 32, 0, 0)
#define HTTP1_TRANSFER	     WINDOW_WORD('t', 'r', 'a', 'n', 's', 'f', 'e', 'r')
#define HTTP1_TRANSFER_FOLD  WINDOW_WORD(32, 32, 32, 32, 32, 32, 32, 32)
#define HTTP1_ENCODING_NAME  WINDOW_WORD('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n')
#define HTTP1_ENCODING_FOLD  WINDOW_WORD(0, 32, 32, 32, 32, 32, 32, 32)
#define HTTP1_CHUNKED_VALUE  WINDOW_WORD('g', ':', ' ', 'c', 'h', 'u', 'n', 'k')
#define HTTP1_CHUNKED_FOLD   WINDOW_WORD(32, 0, 0, 32, 32, 32, 32, 32)
#define HTTP1_LENGTH_BYTES   15
#define HTTP1_ENCODING_BYTES 18

/* The character of a word that has `byte` before it. */
#define HTTP1_CHARACTER(word, byte) ((uint8_t)((word) >> 8 * ((byte)&7)))

PARSER void http1_grow(struct http1_head *head, uint32_t bytes)
{
	head->size += bytes;
	/* Verifier: no branch. */
	head->flags |= ((HTTP1_HEAD_LIMIT - head->size) >> 31) * HTTP1_TOO_LONG;
}

PARSER void http1_take_length(struct http1_head *head, uint64_t length)
{
	if (head->flags & HTTP1_LENGTH && head->body != length)
		head->flags |= HTTP1_MALFORMED;
	head->flags |= HTTP1_LENGTH;
	head->body = length;
}

PARSER void http1_refuse_line(struct http1_head *head)
{
	head->flags |= HTTP1_MALFORMED;
	head->state = HTTP1_OTHER;
}

PARSER void http1_end_line(struct http1_head *head)
{
	switch (head->state) {
	case HTTP1_LINE:
	case HTTP1_EMPTY:
		head->flags |= HTTP1_HEAD_ENDED;
		break;
	case HTTP1_BEFORE_DIGITS:
		head->flags |= HTTP1_MALFORMED;
		break;
	case HTTP1_DIGITS:
	case HTTP1_AFTER_DIGITS:
		http1_take_length(head, head->number);
		break;
	case HTTP1_CODINGS:
		if (head->matched == HTTP1_CHUNKED_BYTES)
			head->flags |= HTTP1_CHUNKED;
		break;
	}
	head->state = HTTP1_LINE;
}

/* A byte of the name of a field that matched so far. */
PARSER void http1_step_name(struct http1_head *head, uint8_t byte)
{
	uint32_t at = head->matched;
	uint64_t word = HTTP1_CHUNKED_VALUE;
	uint64_t fold = HTTP1_CHUNKED_FOLD;

	if (head->state == HTTP1_NAME_LENGTH) {
		word = at < 8 ? HTTP1_CONTENT : HTTP1_LENGTH_NAME;
		fold = at < 8 ? HTTP1_CONTENT_FOLD : HTTP1_LENGTH_FOLD;
	} else if (at < 16) {
		word = at < 8 ? HTTP1_TRANSFER : HTTP1_ENCODING_NAME;
		fold = at < 8 ? HTTP1_TRANSFER_FOLD : HTTP1_ENCODING_FOLD;
	}
	if ((byte | HTTP1_CHARACTER(fold, at)) != HTTP1_CHARACTER(word, at)) {
		head->state = HTTP1_OTHER;
		return;
	}
	at++;
	head->matched = at;
	if (head->state == HTTP1_NAME_LENGTH && at == HTTP1_LENGTH_BYTES) {
		head->state = HTTP1_BEFORE_DIGITS;
		head->number = 0;
	} else if (head->state == HTTP1_NAME_ENCODING && at == HTTP1_ENCODING_BYTES) {
		head->state = HTTP1_CODINGS;
		head->matched = HTTP1_BETWEEN_CODINGS;
		head->flags |= HTTP1_ENCODED;
	}
}

PARSER uint32_t http1_is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

PARSER void http1_step_digits(struct http1_head *head, uint8_t byte)
{
	if ((uint8_t)(byte - '0') <= 9 && head->state != HTTP1_AFTER_DIGITS) {
		head->state = HTTP1_DIGITS;
		head->number = head->number * 10 + (byte - '0');
		if (head->number > HTTP1_BODY_LIMIT)
			http1_refuse_line(head);
	} else if (!http1_is_blank(byte)) {
		http1_refuse_line(head);
	} else if (head->state == HTTP1_DIGITS) {
		head->state = HTTP1_AFTER_DIGITS;
	}
}

PARSER void http1_step_codings(struct http1_head *head, uint8_t byte)
{
	const uint64_t chunked = WINDOW_WORD('c', 'h', 'u', 'n', 'k', 'e', 'd', 0);
	uint8_t matched = head->matched;

	if (byte == ',' || http1_is_blank(byte)) {
		if (matched == HTTP1_CHUNKED_BYTES)
			head->flags |= HTTP1_CHUNKED;
		head->matched = HTTP1_BETWEEN_CODINGS;
		return;
	}
	if (matched == HTTP1_BETWEEN_CODINGS)
		head->flags &= ~HTTP1_CHUNKED;
	head->matched = matched < HTTP1_CHUNKED_BYTES && (byte | 0x20) == HTTP1_CHARACTER(chunked, matched)
				? matched + 1
				: HTTP1_ANOTHER_CODING;
}

/* One byte of the head; nothing once it has ended. A CR within a line counts as a blank. */
PARSER void http1_step(struct http1_head *head, uint8_t byte)
{
	if (head->flags & HTTP1_HEAD_ENDED)
		return;
	http1_grow(head, 1);
	if (byte == '\n') {
		http1_end_line(head);
		return;
	}
	switch (head->state) {
	case HTTP1_LINE:
		head->matched = 1;
		head->state = byte == '\r'	     ? HTTP1_EMPTY
			      : (byte | 0x20) == 'c' ? HTTP1_NAME_LENGTH
			      : (byte | 0x20) == 't' ? HTTP1_NAME_ENCODING
						     : HTTP1_OTHER;
		break;
	case HTTP1_EMPTY:
		head->state = HTTP1_OTHER;
		break;
	case HTTP1_NAME_LENGTH:
	case HTTP1_NAME_ENCODING:
		http1_step_name(head, byte);
		break;
	case HTTP1_BEFORE_DIGITS:
	case HTTP1_DIGITS:
	case HTTP1_AFTER_DIGITS:
		http1_step_digits(head, byte);
		break;
	case HTTP1_CODINGS:
		http1_step_codings(head, byte);
		break;
	}
}
