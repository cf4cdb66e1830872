/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The head of an HTTP/1 message by words: whole lines that are written as they usually are. What is not goes through
 * http1_step of http1_head.h; both come to the same.
 */
#pragma once

#include "http1_head.h"

enum {
	/* Lines that end in a word: the last field and the empty line behind it. Where more do, the next window goes
	   on. */
	HTTP1_ENDS_IN_WORD = 2,
	/* Bytes that http1_scan_head reads one by one: of a field that counts. */
	HTTP1_STEPS = 16,
};

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
