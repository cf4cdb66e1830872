/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Where the head of an HTTP/1 message ends, and what it says of the body: Content-Length and Transfer-Encoding.
 * `http1_scan_lines` reads whole lines by words; `http1_step` reads a byte, and keeps how far a name matched instead
 * of text. They come to the same however the bytes are shared out between them.
 */
#pragma once

#include "records.h"
#include "window.h"

enum {
	/* A longer head is not read to its end: HTTP1_TOO_LONG. */
	HTTP1_HEAD_LIMIT = 64 * 1024,
	/* Lines end in a word, five at most: four of a byte each and the empty one that ends the head. */
	HTTP1_ENDS_IN_WORD = 5,
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
#define HTTP1_CHUNKED_REST   WINDOW_WORD('e', 'd', 0, 0, 0, 0, 0, 0)
#define HTTP1_LENGTH_BYTES   15
#define HTTP1_ENCODING_BYTES 18

/* The character of a word that has `byte` before it. */
#define HTTP1_CHARACTER(word, byte) ((uint8_t)((word) >> 8 * ((byte)&7)))

PARSER void http1_grow(struct http1_head *head, uint32_t bytes)
{
	head->size += bytes;
	if (head->size > HTTP1_HEAD_LIMIT)
		head->flags |= HTTP1_TOO_LONG;
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
PARSER void http1_step_name(struct http1_head *head, uint8_t folded)
{
	uint32_t at = head->matched;
	uint64_t word;

	if (head->state == HTTP1_NAME_LENGTH) {
		word = at < 8 ? HTTP1_CONTENT : HTTP1_LENGTH_NAME;
	} else {
		word = at < 8 ? HTTP1_TRANSFER : HTTP1_ENCODING_NAME;
		if (at >= 16)
			word = HTTP1_CHUNKED_VALUE;
	}
	if (folded != HTTP1_CHARACTER(word, at)) {
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

PARSER void http1_step_digits(struct http1_head *head, uint8_t byte, uint32_t is_blank)
{
	if (byte >= '0' && byte <= '9' && head->state != HTTP1_AFTER_DIGITS) {
		head->state = HTTP1_DIGITS;
		head->number = head->number * 10 + (byte - '0');
		if (head->number > HTTP1_BODY_LIMIT)
			http1_refuse_line(head);
	} else if (!is_blank) {
		http1_refuse_line(head);
	} else if (head->state == HTTP1_DIGITS) {
		head->state = HTTP1_AFTER_DIGITS;
	}
}

PARSER void http1_step_codings(struct http1_head *head, uint8_t folded, uint32_t is_blank)
{
	const uint64_t chunked = WINDOW_WORD('c', 'h', 'u', 'n', 'k', 'e', 'd', 0);
	uint8_t matched = head->matched;

	if (is_blank || folded == ',') {
		if (matched == HTTP1_CHUNKED_BYTES)
			head->flags |= HTTP1_CHUNKED;
		head->matched = HTTP1_BETWEEN_CODINGS;
		return;
	}
	if (matched == HTTP1_BETWEEN_CODINGS)
		head->flags &= ~HTTP1_CHUNKED;
	head->matched = matched < HTTP1_CHUNKED_BYTES && folded == HTTP1_CHARACTER(chunked, matched)
				? matched + 1
				: HTTP1_ANOTHER_CODING;
}

/* One byte of the head; nothing once it has ended. A CR within a line counts as a blank. */
PARSER void http1_step(struct http1_head *head, uint8_t byte)
{
	uint32_t is_blank = byte == ' ' || byte == '\t' || byte == '\r';
	uint8_t folded = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;

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
		head->state = byte == '\r'    ? HTTP1_EMPTY
			      : folded == 'c' ? HTTP1_NAME_LENGTH
			      : folded == 't' ? HTTP1_NAME_ENCODING
					      : HTTP1_OTHER;
		break;
	case HTTP1_EMPTY:
		head->state = HTTP1_OTHER;
		break;
	case HTTP1_NAME_LENGTH:
	case HTTP1_NAME_ENCODING:
		http1_step_name(head, folded);
		break;
	case HTTP1_BEFORE_DIGITS:
	case HTTP1_DIGITS:
	case HTTP1_AFTER_DIGITS:
		http1_step_digits(head, byte, is_blank);
		break;
	case HTTP1_CODINGS:
		http1_step_codings(head, folded, is_blank);
		break;
	}
}

/* Up to eight digits, the rest of the word anything: eight digits' value is three multiplications. */
PARSER uint64_t http1_digits(uint64_t word, uint32_t count)
{
	/* The digits to the end, zeros before them. */
	word = (word & WINDOW_EVERY(0x0f)) << 8 * (7 - ((count - 1) & 7));
	word = word * 10 + (word >> 8);
	return ((word & 0x000000ff000000ffULL) * 0x000f424000000064ULL +
		(word >> 16 & 0x000000ff000000ffULL) * 0x0000271000000001ULL) >>
	       32;
}

/* How many digits a word begins with. */
PARSER uint32_t http1_count_digits(uint64_t word)
{
	/* Below '0' the high half differs, above '9' adding six carries into it. */
	uint64_t others = ((word & WINDOW_EVERY(0xf0)) ^ WINDOW_EVERY(0x30)) |
			  (((word & WINDOW_EVERY(0x0f)) + WINDOW_EVERY(0x06)) & WINDOW_EVERY(0x10));

	others = (others | others << 1 | others << 2 | others << 3) & WINDOW_EVERY(0x80);
	/* A 0x10 carried, moved up by three, is 0x80 as well. */
	return others ? window_first_match(others) - 1 : 8;
}

/* What a whole line, or a beginning of it, says of the body. */
enum http1_line {
	/* Nothing. */
	HTTP1_LINE_OTHER,
	/* It was taken into account. */
	HTTP1_LINE_TAKEN,
	/* To be read byte by byte. */
	HTTP1_LINE_UNUSUAL,
};

/* A line that begins at `start` with a 'c' or a 't' and ends behind `end`, its newline's place; of one whose end is
 * not there, `end` is the window's, and `is_whole` 0. */
PARSER uint32_t http1_read_line(struct http1_head *head, const uint8_t *window, uint32_t start, uint32_t end,
				uint32_t is_whole)
{
	uint64_t word;
	uint64_t next;
	uint32_t count;

	/* Verifier: room for all that is read below. The next window begins with this line. */
	if (start > WINDOW_BYTES - 32)
		return HTTP1_LINE_UNUSUAL;
	word = window_word(window, start);
	if (end - start < 16) {
		/* Too short for anything that counts; but not known to be, where more follows. */
		if (!is_whole)
			return HTTP1_LINE_UNUSUAL;
		return (word | HTTP1_CONTENT_FOLD) == HTTP1_CONTENT ? HTTP1_LINE_UNUSUAL : HTTP1_LINE_OTHER;
	}
	next = window_word(window, start + 8);
	if ((word | HTTP1_CONTENT_FOLD) == HTTP1_CONTENT) {
		uint32_t blank;
		uint8_t after;

		if (((next | HTTP1_LENGTH_FOLD) ^ HTTP1_LENGTH_NAME) << 8)
			return HTTP1_LINE_OTHER;
		blank = next >> 56 == ' ';
		next = window_word(window, start + HTTP1_LENGTH_BYTES + blank);
		count = http1_count_digits(next);
		/* Eight digits and more, none, and all that the line's end does not follow. */
		if (!is_whole || !count || count > 7)
			return HTTP1_LINE_UNUSUAL;
		after = next >> 8 * count;
		if (after != '\n' && (after != '\r' || start + HTTP1_LENGTH_BYTES + blank + count + 1 != end))
			return HTTP1_LINE_UNUSUAL;
		http1_take_length(head, http1_digits(next, count));
		return HTTP1_LINE_TAKEN;
	}
	if ((word | HTTP1_TRANSFER_FOLD) != HTTP1_TRANSFER || (next | HTTP1_ENCODING_FOLD) != HTTP1_ENCODING_NAME)
		return HTTP1_LINE_OTHER;
	/* "Transfer-Encoding: chunked" and CRLF, 28 bytes; another way of writing it is rare. */
	if (!is_whole || end - start > 27 || end - start < 26 ||
	    (window_word(window, start + 16) | HTTP1_CHUNKED_FOLD) != HTTP1_CHUNKED_VALUE)
		return HTTP1_LINE_UNUSUAL;
	word = window_word(window, start + 24);
	if ((((word | 0x2020) ^ HTTP1_CHUNKED_REST) & 0xffff) || (end - start == 27 && (uint8_t)(word >> 16) != '\r'))
		return HTTP1_LINE_UNUSUAL;
	head->flags |= HTTP1_ENCODED | HTTP1_CHUNKED;
	return HTTP1_LINE_TAKEN;
}

/* Verifier: in the kernel a function of its own, so that it is read once and not at each place in a window. */
#ifndef HTTP1_READ_LINE
#define HTTP1_READ_LINE http1_read_line
#endif

/* The whole lines that a window begins with, and of the last one what says nothing of the body. How many bytes that
 * was: up to and with the empty line where HTTP1_HEAD_ENDED is set; 0 where the line at hand has to go through
 * http1_step. */
PARSER uint32_t http1_scan_lines(struct http1_head *head, const uint8_t *window, uint32_t length)
{
	uint32_t start = 0;
	uint32_t state = head->state;
	uint32_t is_other = state == HTTP1_OTHER;
	uint32_t at;
	uint32_t count;
	uint8_t first;

	if (length > WINDOW_BYTES)
		length = WINDOW_BYTES;
	if (head->flags & HTTP1_HEAD_ENDED || (state != HTTP1_LINE && state != HTTP1_OTHER))
		return 0;
#pragma clang loop unroll(disable)
	for (at = 0; at < WINDOW_BYTES; at += 8) {
		uint64_t ends;

		if (at >= length)
			break;
		ends = window_matches(window_aligned(window, at), WINDOW_EVERY('\n'));
#pragma clang loop unroll(disable)
		for (count = 0; count < HTTP1_ENDS_IN_WORD; count++) {
			uint32_t next;

			if (!ends)
				break;
			next = at + window_first_match(ends);
			ends &= ends - 1;
			if (next > length)
				break;
			if (!is_other) {
				first = window[start & (WINDOW_BYTES - 1)];
				if (first == '\n' || (first == '\r' && next == start + 2)) {
					head->flags |= HTTP1_HEAD_ENDED;
					start = next;
					goto end;
				}
				first |= 0x20;
				if ((first == 'c' || first == 't') &&
				    HTTP1_READ_LINE(head, window, start, next - 1, 1) == HTTP1_LINE_UNUSUAL)
					goto end;
			}
			is_other = 0;
			start = window_forget(next, window[0]);
		}
	}
	/* The line whose end is not there. */
	if (start < length) {
		if (!is_other) {
			first = window[start & (WINDOW_BYTES - 1)] | 0x20;
			/* A CR, which may be all of a line, is '-' here. */
			if (first != '-' && first != 'c' && first != 't')
				is_other = 1;
			else if (first != '-')
				is_other = HTTP1_READ_LINE(head, window, start, length, 0) == HTTP1_LINE_OTHER;
		}
		if (is_other)
			start = length;
	}
end:
	head->state = is_other ? HTTP1_OTHER : HTTP1_LINE;
	http1_grow(head, start);
	return start;
}

/* As much of a head as a window has, or less where the next one had better begin with the line at hand: `follows` says
 * that the stream goes on behind the window. At least a byte, unless the head has ended. */
PARSER uint32_t http1_scan_head(struct http1_head *head, const uint8_t *window, uint32_t length, uint32_t follows)
{
	uint32_t from = http1_scan_lines(head, window, length);
	uint32_t at;

	if (length > WINDOW_BYTES)
		length = WINDOW_BYTES;
	if (head->flags & HTTP1_HEAD_ENDED || from >= length || (from && follows))
		return from;
#pragma clang loop unroll(disable)
	for (at = 0; at < WINDOW_BYTES; at++) {
		if (at < from)
			continue;
		if (at >= length || head->flags & HTTP1_HEAD_ENDED)
			break;
		http1_step(head, window[at]);
	}
	return window_forget(at, window[0]);
}
