/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * HTTP/1.0 and 1.1 (RFC 9112): the method or the status a message begins with, its target, and how its body is framed.
 * Where its head ends is found by http1_lines.h, where a chunked body ends by http1_chunks.h. Pure: the verifier sees
 * what the Swift tests call and fuzz.
 */
#pragma once

#include "records.h"
#include "window.h"
#include "http1_head.h"
#include "http1_lines.h"
#include "http1_chunks.h"

/* The order of `ProtocolFacts.httpMethods` in Sources/Aggregation. */
enum http_method {
	HTTP_NONE,
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_CONNECT,
	HTTP_OPTIONS,
	HTTP_TRACE,
	HTTP_PATCH,
	HTTP_PROPFIND,
	HTTP_PROPPATCH,
	HTTP_MKCOL,
	HTTP_COPY,
	HTTP_MOVE,
	HTTP_LOCK,
	HTTP_UNLOCK,
	HTTP_REPORT,
	HTTP_SEARCH,
	HTTP_PURGE,
	HTTP_QUERY,
	HTTP_METHODS,
	/* The bytes at hand may become a request line. */
	HTTP1_UNDECIDED = HTTP_METHODS,
};

enum {
	/* http1_status: the bytes at hand may become a status line. */
	HTTP1_UNDECIDED_STATUS = 1,
	/* The longest that is looked at to tell what a message is: "PROPPATCH " and "http", rounded up. */
	HTTP1_START_BYTES = 16,
};

/* How the end of a message's body is found. */
enum http1_body {
	HTTP1_BODY_NONE,
	/* After `body` bytes of http1_head. */
	HTTP1_BODY_LENGTH,
	/* By http1_chunks. */
	HTTP1_BODY_CHUNKED,
	/* With the connection. */
	HTTP1_BODY_CLOSE,
	/* Nobody can tell: a request whose last transfer coding is not chunked. */
	HTTP1_BODY_UNKNOWN,
};

/* Bytes of a method's name less three, three bits each. */
#define HTTP1_NAME_BYTES(method, bytes) (((bytes)-3ULL) << 3 * (method))
#define HTTP1_NAMES                                                                                                   \
	(HTTP1_NAME_BYTES(HTTP_GET, 3) | HTTP1_NAME_BYTES(HTTP_HEAD, 4) | HTTP1_NAME_BYTES(HTTP_POST, 4) |            \
	 HTTP1_NAME_BYTES(HTTP_PUT, 3) | HTTP1_NAME_BYTES(HTTP_DELETE, 6) | HTTP1_NAME_BYTES(HTTP_CONNECT, 7) |       \
	 HTTP1_NAME_BYTES(HTTP_OPTIONS, 7) | HTTP1_NAME_BYTES(HTTP_TRACE, 5) | HTTP1_NAME_BYTES(HTTP_PATCH, 5) |      \
	 HTTP1_NAME_BYTES(HTTP_PROPFIND, 8) | HTTP1_NAME_BYTES(HTTP_PROPPATCH, 9) | HTTP1_NAME_BYTES(HTTP_MKCOL, 5) | \
	 HTTP1_NAME_BYTES(HTTP_COPY, 4) | HTTP1_NAME_BYTES(HTTP_MOVE, 4) | HTTP1_NAME_BYTES(HTTP_LOCK, 4) |           \
	 HTTP1_NAME_BYTES(HTTP_UNLOCK, 6) | HTTP1_NAME_BYTES(HTTP_REPORT, 6) | HTTP1_NAME_BYTES(HTTP_SEARCH, 6) |     \
	 HTTP1_NAME_BYTES(HTTP_PURGE, 5) | HTTP1_NAME_BYTES(HTTP_QUERY, 5))

_Static_assert(HTTP_METHODS * 3 <= 64, "HTTP1_NAMES");

/* Where the target of a request with this method begins in its line: behind the name and one space. */
PARSER uint32_t http1_target(uint32_t method)
{
	return ((HTTP1_NAMES >> 3 * (method & 31)) & 7) + 4;
}

/* The names that a request line may begin with, each with its space, the frequent ones first. */
#define HTTP1_EACH_METHOD(is)                                                  \
	is(GET, 4, WINDOW_WORD('G', 'E', 'T', ' ', 0, 0, 0, 0));               \
	is(POST, 5, WINDOW_WORD('P', 'O', 'S', 'T', ' ', 0, 0, 0));            \
	is(PUT, 4, WINDOW_WORD('P', 'U', 'T', ' ', 0, 0, 0, 0));               \
	is(HEAD, 5, WINDOW_WORD('H', 'E', 'A', 'D', ' ', 0, 0, 0));            \
	is(DELETE, 7, WINDOW_WORD('D', 'E', 'L', 'E', 'T', 'E', ' ', 0));      \
	is(PATCH, 6, WINDOW_WORD('P', 'A', 'T', 'C', 'H', ' ', 0, 0));         \
	is(OPTIONS, 8, WINDOW_WORD('O', 'P', 'T', 'I', 'O', 'N', 'S', ' '));   \
	is(CONNECT, 8, WINDOW_WORD('C', 'O', 'N', 'N', 'E', 'C', 'T', ' '));   \
	is(TRACE, 6, WINDOW_WORD('T', 'R', 'A', 'C', 'E', ' ', 0, 0));         \
	is(QUERY, 6, WINDOW_WORD('Q', 'U', 'E', 'R', 'Y', ' ', 0, 0));         \
	is(PROPFIND, 8, WINDOW_WORD('P', 'R', 'O', 'P', 'F', 'I', 'N', 'D'));  \
	is(PROPPATCH, 8, WINDOW_WORD('P', 'R', 'O', 'P', 'P', 'A', 'T', 'C')); \
	is(REPORT, 7, WINDOW_WORD('R', 'E', 'P', 'O', 'R', 'T', ' ', 0));      \
	is(SEARCH, 7, WINDOW_WORD('S', 'E', 'A', 'R', 'C', 'H', ' ', 0));      \
	is(PURGE, 6, WINDOW_WORD('P', 'U', 'R', 'G', 'E', ' ', 0, 0));         \
	is(MKCOL, 6, WINDOW_WORD('M', 'K', 'C', 'O', 'L', ' ', 0, 0));         \
	is(COPY, 5, WINDOW_WORD('C', 'O', 'P', 'Y', ' ', 0, 0, 0));            \
	is(MOVE, 5, WINDOW_WORD('M', 'O', 'V', 'E', ' ', 0, 0, 0));            \
	is(LOCK, 5, WINDOW_WORD('L', 'O', 'C', 'K', ' ', 0, 0, 0));            \
	is(UNLOCK, 7, WINDOW_WORD('U', 'N', 'L', 'O', 'C', 'K', ' ', 0))

/* The method whose name, as far as the first eight bytes have it, is at the beginning; HTTP_NONE. */
PARSER uint32_t http1_method_name(uint64_t first)
{
#define HTTP1_IS(method, bytes, word)                \
	if ((first & WINDOW_FIRST(bytes)) == (word)) \
	return HTTP_##method
	HTTP1_EACH_METHOD(HTTP1_IS);
#undef HTTP1_IS
	return HTTP_NONE;
}

/* Whether fewer bytes than a name has are the beginning of one. */
PARSER uint32_t http1_begins_method(uint64_t first, uint32_t length)
{
#define HTTP1_BEGINS(method, bytes, word)                                         \
	if (length < (bytes) && !((first ^ (word)) & ((1ULL << 8 * length) - 1))) \
	return 1
	if (length >= 8)
		return 0;
	HTTP1_EACH_METHOD(HTTP1_BEGINS);
#undef HTTP1_BEGINS
	return 0;
}

/* What may begin a target: a path, an asterisk, "http" of an absolute one; at CONNECT a host. Redis' and memcached's
 * commands are words too, so a word alone is none. `known` bytes of `rest` are there, the others 0. */
PARSER uint32_t http1_begins_target(uint32_t method, uint64_t rest, uint32_t known)
{
	uint64_t mask = WINDOW_FIRST(4) & WINDOW_FIRST(known);
	uint8_t byte = rest;

	if (byte == '/')
		return method == HTTP_CONNECT ? (uint32_t)HTTP_NONE : method;
	if (!known)
		return HTTP1_UNDECIDED;
	if (method == HTTP_CONNECT) {
		uint8_t folded = byte | 0x20;

		return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9') || byte == '[' ? method
												       : HTTP_NONE;
	}
	if (byte == '*')
		return method;
	if (((rest | 0x20202020) ^ WINDOW_WORD('h', 't', 't', 'p', 0, 0, 0, 0)) & mask)
		return HTTP_NONE;
	return known < 4 ? HTTP1_UNDECIDED : method;
}

PARSER uint32_t http1_request_line(uint64_t first, uint64_t second, uint32_t length)
{
	uint32_t method = http1_method_name(first);
	uint32_t target;

	if (length > HTTP1_START_BYTES)
		length = HTTP1_START_BYTES;
	if (method == HTTP_NONE)
		return http1_begins_method(first, length) ? HTTP1_UNDECIDED : HTTP_NONE;
	/* The names longer than a word: the rest of them. */
	if (method == HTTP_PROPFIND || method == HTTP_PROPPATCH) {
		uint64_t name = method == HTTP_PROPFIND ? ' ' : 'H' | ' ' << 8;
		uint32_t bytes = method == HTTP_PROPFIND ? 1 : 2;
		uint32_t known = length - 8 < bytes ? length - 8 : bytes;

		if ((second ^ name) & WINDOW_FIRST(known))
			return HTTP_NONE;
		if (known < bytes)
			return HTTP1_UNDECIDED;
		return http1_begins_target(method, second >> 8 * bytes, length - 8 - bytes);
	}
	target = http1_target(method);
	if (target >= 8)
		return http1_begins_target(method, second, length - 8);
	return http1_begins_target(method, first >> 8 * target | second << 8 * (8 - target), length - target);
}

/* The method of the request line that a message's first sixteen bytes begin; HTTP_NONE where they begin none,
 * HTTP1_UNDECIDED where more bytes must tell. Only `length` of them are there, the others are 0. */
PARSER uint32_t http1_method(uint64_t first, uint64_t second, uint32_t length)
{
	return window_forget(http1_request_line(first, second, length), first);
}

/* How long the target that begins at `offset` is: up to a space, a line's end or another control character, which
 * none may hold, or to the window's end. `offset` is what http1_target gave. */
PARSER uint32_t http1_target_length(const uint8_t *window, uint32_t length, uint32_t offset)
{
	uint32_t end = length;
	uint32_t at;

	if (length > WINDOW_BYTES)
		end = length = WINDOW_BYTES;
#pragma clang loop unroll(disable)
	for (at = 0; at < WINDOW_BYTES; at += 8) {
		uint64_t word;
		uint64_t stops;

		if (at >= length)
			break;
		word = window_aligned(window, at);
		/* What comes before the target stops nothing. */
		if (at < offset)
			word |= WINDOW_FIRST(offset - at);
		stops = (word - WINDOW_EVERY(0x21)) & ~word & WINDOW_EVERY(0x80);
		if (!stops)
			continue;
		end = at + window_first_match(stops) - 1;
		break;
	}
	end = window_forget(end, window[0]);
	if (end > length)
		end = length;
	return end > offset ? end - offset : 0;
}

/* Whether one digit of a status, where it is known, may stand there. */
#define HTTP1_DIGIT(word, byte, least, most) \
	((uint32_t)(uint8_t)((word) >> 8 * (byte)) - (least) <= (uint32_t)((most) - (least)))

/* The status of the status line that a message's first sixteen bytes begin, 100 to 599; 0 where they begin none,
 * HTTP1_UNDECIDED_STATUS where more bytes must tell. Only `length` of them are there, the others are 0. */
PARSER uint32_t http1_status(uint64_t first, uint64_t second, uint32_t length)
{
	const uint64_t version = WINDOW_WORD('H', 'T', 'T', 'P', '/', '1', '.', '0');
	/* '0' and '1' differ in this bit only. */
	const uint64_t minor = 1ULL << 56;
	uint8_t after = second >> 32;

	if (length >= 12) {
		if (((first ^ version) & ~minor) || (uint8_t)second != ' ')
			return 0;
		if (!HTTP1_DIGIT(second, 1, '1', '5') || !HTTP1_DIGIT(second, 2, '0', '9') ||
		    !HTTP1_DIGIT(second, 3, '0', '9'))
			return 0;
		if (length > 12 && after != ' ' && after != '\r' && after != '\n')
			return 0;
		return (uint8_t)(second >> 8) * 100U + (uint8_t)(second >> 16) * 10U + (uint8_t)(second >> 24) -
		       '0' * 111U;
	}
	if ((first ^ version) & ~minor & WINDOW_FIRST(length))
		return 0;
	if ((length > 8 && (uint8_t)second != ' ') || (length > 9 && !HTTP1_DIGIT(second, 1, '1', '5')) ||
	    (length > 10 && !HTTP1_DIGIT(second, 2, '0', '9')))
		return 0;
	return HTTP1_UNDECIDED_STATUS;
}

/* How the body of a request is framed, once its head has ended (RFC 9112, 6.3). */
PARSER uint32_t http1_body_of_request(const struct http1_head *head)
{
	if (head->flags & HTTP1_ENCODED)
		return head->flags & HTTP1_CHUNKED ? HTTP1_BODY_CHUNKED : HTTP1_BODY_UNKNOWN;
	return head->flags & HTTP1_LENGTH && head->body ? HTTP1_BODY_LENGTH : HTTP1_BODY_NONE;
}

/* How the body of a response to `method` is framed, once its head has ended. After 1xx other than 101 another
 * response follows; after 101, and after 2xx to CONNECT, the connection is no longer HTTP's. */
PARSER uint32_t http1_body_of_response(uint32_t method, uint32_t status, const struct http1_head *head)
{
	if (method == HTTP_HEAD || status < 200 || status == 204 || status == 304)
		return HTTP1_BODY_NONE;
	if (method == HTTP_CONNECT && status < 300)
		return HTTP1_BODY_NONE;
	if (head->flags & HTTP1_ENCODED)
		return head->flags & HTTP1_CHUNKED ? HTTP1_BODY_CHUNKED : HTTP1_BODY_CLOSE;
	if (head->flags & HTTP1_LENGTH)
		return head->body ? HTTP1_BODY_LENGTH : HTTP1_BODY_NONE;
	return HTTP1_BODY_CLOSE;
}
