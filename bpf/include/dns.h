/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * DNS (RFC 1035): whether a message is one, what it asks and how it was answered. Pure: the verifier sees what the
 * Swift tests call and fuzz. Names and addresses are read in user space, by dns_answers.h.
 */
#pragma once

#include "records.h"
#include "window.h"

enum {
	DNS_HEADER_BYTES = 12,
	/* A name as it is sent, its root label included, and a label of it. */
	DNS_NAME_BYTES = 255,
	DNS_LABEL_BYTES = 63,
	/* Each label takes two bytes at least. */
	DNS_LABELS = 128,
	/* Records of one section; a message of 64 KiB has no more that say something. */
	DNS_RECORDS = 8192,
};

/* A type that the window does not reach; no query has it. */
enum {
	DNS_TYPE_NONE = 0,
	DNS_TYPE_A = 1,
	DNS_TYPE_AAAA = 28,
};

enum dns_flags {
	DNS_RESPONSE = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_AUTHORITATIVE = 0x0400,
	DNS_TRUNCATED = 0x0200,
	DNS_RECURSION_AVAILABLE = 0x0080,
	/* Always zero. */
	DNS_ZERO = 0x0040,
	DNS_RCODE = 0x000f,
};

/* The header of a message, host order. */
struct dns_header_view {
	uint16_t id;
	uint16_t flags;
	uint16_t questions;
	uint16_t answers;
	uint16_t authorities;
	uint16_t additionals;
};

PARSER uint16_t dns_number(const uint8_t *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

/* Of DNS_HEADER_BYTES. */
PARSER struct dns_header_view dns_header(const uint8_t *bytes)
{
	struct dns_header_view header = {
		.id = dns_number(bytes),
		.flags = dns_number(bytes + 2),
		.questions = dns_number(bytes + 4),
		.answers = dns_number(bytes + 6),
		.authorities = dns_number(bytes + 8),
		.additionals = dns_number(bytes + 10),
	};

	return header;
}

PARSER uint32_t dns_is_response(const struct dns_header_view *header)
{
	return header->flags & DNS_RESPONSE ? 1 : 0;
}

PARSER uint32_t dns_rcode(const struct dns_header_view *header)
{
	return header->flags & DNS_RCODE;
}

/* Whether a header may be a query's or a response's: one question, opcode QUERY, no bit set that must not be, and no
 * more records than are sent. A query brings no answer (IXFR an authority, EDNS, TSIG and SIG(0) an additional each).
 */
PARSER uint32_t dns_plausible(const struct dns_header_view *header)
{
	if (header->flags & (DNS_OPCODE | DNS_ZERO) || header->questions != 1)
		return 0;
	if (header->flags & DNS_RESPONSE)
		/* rcode 11 is DSO's; 12 to 15 nobody has been given. */
		return dns_rcode(header) <= 11 && header->answers <= DNS_RECORDS &&
		       header->authorities <= DNS_RECORDS && header->additionals <= DNS_RECORDS;
	return !(header->flags & (DNS_AUTHORITATIVE | DNS_TRUNCATED | DNS_RECURSION_AVAILABLE | DNS_RCODE)) &&
	       !header->answers && header->authorities <= 1 && header->additionals <= 3;
}

enum dns_walk {
	/* The name ended; `offset` is behind its root label. */
	DNS_WALK_ENDED,
	/* The window ended first; the next one may begin at `offset`, a label's start, perhaps behind this window. */
	DNS_WALK_MORE,
	/* A compressed or unknown label, which no question has, or a longer name than there is. */
	DNS_WALK_MALFORMED,
};

/* Walks the labels of a question's name, which begins at `offset` of the window. */
PARSER uint32_t dns_walk_labels(const uint8_t *window, uint32_t length, uint32_t *offset)
{
	uint32_t from = *offset;
	uint32_t at = from;
	uint32_t result = DNS_WALK_MALFORMED;
	uint32_t label;

	if (length > WINDOW_BYTES)
		length = WINDOW_BYTES;
#pragma clang loop unroll(disable)
	for (label = 0; label < DNS_LABELS; label++) {
		uint8_t bytes;

		/* Verifier: a label begins within the window. */
		if (at >= length || at >= WINDOW_BYTES) {
			result = DNS_WALK_MORE;
			break;
		}
		bytes = window[at];
		if (bytes > DNS_LABEL_BYTES)
			break;
		at = window_forget(at + 1 + bytes, window[0]);
		if (at - from > DNS_NAME_BYTES)
			break;
		if (!bytes) {
			result = DNS_WALK_ENDED;
			break;
		}
	}
	*offset = at;
	return result;
}

/* The type that a question asks for, whose name begins at `offset` of the window, and where the question ends; 0 and
 * DNS_TYPE_NONE where the window does not reach so far, or it is none. */
PARSER uint32_t dns_question_type(const uint8_t *window, uint32_t length, uint32_t offset, uint16_t *type)
{
	uint32_t end = offset;

	*type = DNS_TYPE_NONE;
	if (length > WINDOW_BYTES)
		length = WINDOW_BYTES;
	if (dns_walk_labels(window, length, &end) != DNS_WALK_ENDED)
		return 0;
	/* Verifier: type and class are within the window. */
	if (end + 4 > length || end > WINDOW_BYTES - 4)
		return 0;
	*type = dns_number(window + end);
	return end + 4;
}
