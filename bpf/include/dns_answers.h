/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The question's name as text, and the addresses of an answer (RFC 1035, 3596). For user space: the kernel hands the
 * message over. What a message claims is checked against its length; a truncated one gives what it holds whole.
 */
#pragma once

#include "dns.h"

enum {
	/* A name's text with its zero byte: each byte but the labels' lengths may take four characters. */
	DNS_TEXT_BYTES = 1024,
	/* A, AAAA and the records between them, of a class that is IN. */
	DNS_CLASS_IN = 1,
	/* A pointer to another place in the message. */
	DNS_POINTER = 0xc0,
};

/* Where the answers of a message are read; made by dns_answers_begin. */
struct dns_answers {
	/* Where the next record begins. */
	uint32_t offset;
	/* Records that are left, as the header claims. */
	uint32_t left;
};

struct dns_answer {
	struct ip_address address;
	uint32_t seconds;
	uint32_t reserved;
};

/* How many bytes `byte` takes in a name's text, which it is put into: itself, or \DDD where it is a dot, a backslash
 * or outside printable ASCII. */
PARSER uint32_t dns_put_byte(char *text, uint8_t byte)
{
	if (byte > ' ' && byte < 0x7f && byte != '.' && byte != '\\') {
		text[0] = byte;
		return 1;
	}
	text[0] = '\\';
	text[1] = '0' + byte / 100;
	text[2] = '0' + byte / 10 % 10;
	text[3] = '0' + byte % 10;
	return 4;
}

/* The name of the question as text, "example.org" or "." for the root, zero at its end. Returns where the question's
 * type begins; 0 and an empty text where the message holds no whole name. `text` has DNS_TEXT_BYTES. */
PARSER uint32_t dns_read_name(const uint8_t *message, uint32_t length, char *text)
{
	uint32_t at = DNS_HEADER_BYTES;
	uint32_t end = 0;

	text[0] = 0;
	while (at < length && at - DNS_HEADER_BYTES < DNS_NAME_BYTES) {
		uint32_t label = message[at++];

		if (!label) {
			if (!end)
				text[end++] = '.';
			text[end] = 0;
			return at;
		}
		if (label > DNS_LABEL_BYTES || label > length - at || at - DNS_HEADER_BYTES + label >= DNS_NAME_BYTES)
			break;
		if (end)
			text[end++] = '.';
		while (label--)
			end += dns_put_byte(text + end, message[at++]);
	}
	text[0] = 0;
	return 0;
}

/* Where a name ends that may be compressed; 0 where it is none or not there. What a pointer leads to is not followed:
 * whose record it is does not matter here. */
PARSER uint32_t dns_skip_name(const uint8_t *message, uint32_t length, uint32_t at)
{
	uint32_t from = at;

	while (at < length && at - from < DNS_NAME_BYTES) {
		uint32_t label = message[at];

		if (label >= DNS_POINTER)
			return length - at >= 2 ? at + 2 : 0;
		at++;
		if (!label)
			return at;
		if (label > DNS_LABEL_BYTES || label > length - at)
			return 0;
		at += label;
	}
	return 0;
}

/* The answers of a response; none where it is not one. */
PARSER struct dns_answers dns_answers_begin(const uint8_t *message, uint32_t length)
{
	struct dns_answers answers = {};
	struct dns_header_view header;
	uint32_t question;

	if (length < DNS_HEADER_BYTES)
		return answers;
	header = dns_header(message);
	if (!dns_is_response(&header) || !dns_plausible(&header))
		return answers;
	question = dns_skip_name(message, length, DNS_HEADER_BYTES);
	if (!question || length - question < 4)
		return answers;
	answers.offset = question + 4;
	answers.left = header.answers;
	return answers;
}

PARSER uint64_t dns_bytes(const uint8_t *bytes, uint32_t count)
{
	uint64_t number = 0;

	while (count--)
		number = number << 8 | *bytes++;
	return number;
}

/* The address as its bytes are sent; `high` and `low` hold them in their order in memory. */
PARSER struct ip_address dns_address(const uint8_t *bytes, uint32_t count)
{
	uint8_t address[16] = { [10] = 0xff, [11] = 0xff };
	struct ip_address result;

	__builtin_memcpy(address + 16 - count, bytes, count);
	__builtin_memcpy(&result, address, sizeof(result));
	return result;
}

/* The next address among the answers: 1 and `answer`, or 0 at the end, which is also where the message breaks off. Any
 * A and AAAA counts, whoever it is of: a chain of CNAMEs leads to it. */
PARSER uint32_t dns_next_answer(struct dns_answers *answers, const uint8_t *message, uint32_t length,
				struct dns_answer *answer)
{
	while (answers->left) {
		uint32_t at = dns_skip_name(message, length, answers->offset);
		uint32_t bytes;
		uint16_t type;

		if (!at || length - at < 10)
			break;
		bytes = dns_number(message + at + 8);
		if (length - at - 10 < bytes)
			break;
		answers->left--;
		answers->offset = at + 10 + bytes;
		type = dns_number(message + at);
		if (dns_number(message + at + 2) != DNS_CLASS_IN ||
		    !((type == DNS_TYPE_A && bytes == 4) || (type == DNS_TYPE_AAAA && bytes == 16)))
			continue;
		answer->address = dns_address(message + at + 10, bytes);
		answer->seconds = dns_bytes(message + at + 4, 4);
		/* A larger one is zero (RFC 2181, 8). */
		if (answer->seconds >> 31)
			answer->seconds = 0;
		answer->reserved = 0;
		return 1;
	}
	answers->left = 0;
	return 0;
}
