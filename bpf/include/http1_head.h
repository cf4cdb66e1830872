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
	/* Lines that end in a word: the last field and the empty line behind it. Where more do, the next window goes
	   on. */
	HTTP1_ENDS_IN_WORD = 2,
	/* Bytes that http1_scan_head reads one by one: of a field that counts. */
	HTTP1_STEPS = 16,
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

enum {
	/* No line: behind every window. */
	HTTP1_NOWHERE = 255,
	/* Where a line that counts may begin: room for all that is read of it. */
	HTTP1_LAST_LINE = WINDOW_BYTES - 32,
};

/* Whether the line that begins at `start` is of Content-Length, of Transfer-Encoding. What follows a line matches
 * nothing: no name holds a newline. */
PARSER uint32_t http1_is_length(const uint8_t *window, uint32_t start)
{
	uint64_t word = window_word(window, start);
	uint64_t next = window_word(window, start + 8);

	word = (word | HTTP1_CONTENT_FOLD) ^ HTTP1_CONTENT;
	next = ((next | HTTP1_LENGTH_FOLD) ^ HTTP1_LENGTH_NAME) << 8;
	return !window_either(word, next);
}

PARSER uint32_t http1_is_encoding(const uint8_t *window, uint32_t start)
{
	uint64_t word = window_word(window, start);
	uint64_t next = window_word(window, start + 8);

	word = (word | HTTP1_TRANSFER_FOLD) ^ HTTP1_TRANSFER;
	next = (next | HTTP1_ENCODING_FOLD) ^ HTTP1_ENCODING_NAME;
	return !window_either(word, next);
}

/* Whether the line that begins at `start` is "Content-Length: 123456" as it is usually written, six digits at most. */
PARSER uint32_t http1_usual_length(const uint8_t *window, uint32_t start, uint64_t *length)
{
	uint32_t count;
	uint32_t after;
	uint64_t word;

	if (start > HTTP1_LAST_LINE)
		return 0;
	start += HTTP1_LENGTH_BYTES;
	start += window[start] == ' ';
	word = window_word(window, start);
	count = http1_count_digits(word);
	if (count - 1 >= 6)
		return 0;
	after = word >> 8 * (count & 7);
	*length = http1_digits(word, count);
	return (after & 0xff) == '\n' || (after & 0xffff) == ('\r' | '\n' << 8);
}

/* Whether the line that begins at `start` is "Transfer-Encoding: chunked" as it is usually written. */
PARSER uint32_t http1_usual_encoding(const uint8_t *window, uint32_t start)
{
	uint64_t word;
	uint32_t rest;

	if (start > HTTP1_LAST_LINE)
		return 0;
	word = window_word(window, start + 16);
	rest = window_word(window, start + 24);
	rest = (rest | 0x2020) ^ ('e' | 'd' << 8);
	return (word | HTTP1_CHUNKED_FOLD) == HTTP1_CHUNKED_VALUE && (rest == ('\r' << 16 | (uint32_t)'\n'
												    << 24) ||
								      (rest & 0xffffff) == '\n' << 16);
}

/* The whole lines that a window begins with, and of the last one what says nothing of the body. How many bytes that
 * was: up to and with the empty line where HTTP1_HEAD_ENDED is set; 0 where the line at hand has to go through
 * http1_step.
 * Verifier: lines that count are remembered and read behind the loop, which would else be walked once for each way
 * such a line can be written. */
PARSER uint32_t http1_scan_lines(struct http1_head *head, const uint8_t *window, uint32_t length)
{
	uint8_t unknown = window[0];
	uint32_t start = window_forget(0, unknown);
	uint32_t is_other = window_forget(head->state == HTTP1_OTHER, unknown);
	uint32_t content = window_forget(HTTP1_NOWHERE, unknown);
	uint32_t transfer = window_forget(HTTP1_NOWHERE, unknown);
	uint32_t stop = HTTP1_NOWHERE;
	uint32_t ended = 0;
	uint64_t number = 0;
	uint32_t at;
	uint32_t count;
	uint8_t first;

	/* Verifier: of one kind, not of two. */
	length = window_forget(length > WINDOW_BYTES ? WINDOW_BYTES : length, unknown);
	if (head->flags & HTTP1_HEAD_ENDED || (head->state != HTTP1_LINE && head->state != HTTP1_OTHER))
		return 0;
#pragma clang loop unroll(disable)
	for (at = 0; at < WINDOW_BYTES; at += 8) {
		uint64_t ends;

		if (at >= length)
			break;
		ends = window_matches(window_aligned(window, at), WINDOW_EVERY('\n'));
#pragma clang loop unroll(disable)
		for (count = 0; ends; count++) {
			uint32_t next = at + window_first_match(ends);

			if (count == HTTP1_ENDS_IN_WORD)
				goto end;
			ends &= ends - 1;
			if (!is_other) {
				/* Verifier: a line begins within the window. */
				if (start >= WINDOW_BYTES)
					return 0;
				first = window[start];
				if (first == '\n' || (first == '\r' && next == start + 2)) {
					start = window_forget(next, unknown);
					ended = HTTP1_HEAD_ENDED;
					goto end;
				}
				first |= 0x20;
				if (first == 'c' || first == 't') {
					if (start > HTTP1_LAST_LINE)
						goto end;
					/* The second one of a window: the next begins with it. */
					if (first == 'c' && http1_is_length(window, start)) {
						if (content != HTTP1_NOWHERE)
							goto end;
						content = window_forget(start, unknown);
					}
					if (first == 't' && http1_is_encoding(window, start)) {
						if (transfer != HTTP1_NOWHERE)
							goto end;
						transfer = window_forget(start, unknown);
					}
				}
			}
			is_other = 0;
			start = window_forget(next, unknown);
		}
	}
	/* Verifier: wherever the loop was left. */
	length = window_forget(length, unknown);
	start = window_forget(start, unknown);
	is_other = window_forget(is_other, unknown);
	/* The line whose end is not there. */
	if (start < length && start < WINDOW_BYTES) {
		if (!is_other) {
			first = window[start] | 0x20;
			/* A CR, which may be all of a line, is '-' here. */
			if (first != 'c' && first != 't')
				is_other = first != '-';
			else if (length - start >= 16 && start <= HTTP1_LAST_LINE)
				is_other = !(first == 'c' ? http1_is_length(window, start)
							  : http1_is_encoding(window, start));
		}
		if (is_other)
			start = length;
	}
end:
	start = window_forget(start, unknown);
	is_other = window_forget(is_other, unknown);
	content = window_forget(content, unknown);
	transfer = window_forget(transfer, unknown);
	if (content != HTTP1_NOWHERE && !http1_usual_length(window, content, &number))
		stop = content;
	if (transfer < stop && !http1_usual_encoding(window, transfer))
		stop = transfer;
	if (content < stop)
		http1_take_length(head, number);
	if (transfer < stop)
		head->flags |= HTTP1_ENCODED | HTTP1_CHUNKED;
	if (stop != HTTP1_NOWHERE) {
		start = stop;
		is_other = 0;
		ended = 0;
	}
	start = window_forget(start, unknown);
	head->flags |= ended;
	head->state = is_other ? HTTP1_OTHER : HTTP1_LINE;
	http1_grow(head, start);
	return start;
}

/* As much of a head as a window has, or less where the next one had better begin with the line at hand: `follows` says
 * that the stream goes on behind the window. Then the next window is to begin behind the bytes that were read, which
 * are some unless the head had ended. */
PARSER uint32_t http1_scan_head(struct http1_head *head, const uint8_t *window, uint32_t length, uint32_t follows)
{
	uint32_t at = http1_scan_lines(head, window, length);
	uint32_t count;

	if (head->flags & HTTP1_HEAD_ENDED || (at && follows))
		return at;
	at = window_forget(at, window[0]);
	length = window_forget(length > WINDOW_BYTES ? WINDOW_BYTES : length, window[0]);
#pragma clang loop unroll(disable)
	for (count = 0; count < HTTP1_STEPS; count++) {
		/* Verifier: within the window. */
		if (at >= length || at >= WINDOW_BYTES || head->flags & HTTP1_HEAD_ENDED)
			break;
		http1_step(head, window[at]);
		at = window_forget(at + 1, window[0]);
	}
	return at;
}
