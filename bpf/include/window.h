/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * A window onto a stream of bytes: what the parsers read, eight bytes at a time. Some bytes of payload, followed by
 * at least eight zero bytes, aligned to eight; at most WINDOW_BYTES, so that it fits on the kernel's stack.
 */
#pragma once

#include "request_records.h"

enum {
	/* Bytes of payload that a window holds: a power of two, so that a mask keeps a number of them inside. */
	WINDOW_BYTES = 128,
	/* Zero bytes that follow them. */
	WINDOW_PADDING = 8,
};

#ifdef __bpf__
#define PARSER static inline __attribute__((always_inline))
#else
#define PARSER static inline
#endif

#define WINDOW_EVERY(byte) (0x0101010101010101ULL * (byte))

/* Eight characters as a window's word has them. */
#define WINDOW_WORD(a, b, c, d, e, f, g, h)                                                                     \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 | \
	 (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* The word's first `count` bytes, 0 to 8. */
#define WINDOW_FIRST(count) ((count) < 8 ? (1ULL << 8 * ((count)&7)) - 1 : ~0ULL)

/* The eight bytes at `offset`, a multiple of eight. */
PARSER uint64_t window_aligned(const uint8_t *window, uint32_t offset)
{
#ifdef __bpf__
	return *(const uint64_t *)(window + offset);
#else
	uint64_t word;

	__builtin_memcpy(&word, window + offset, sizeof(word));
	return word;
#endif
}

/* The eight bytes at `offset`, at most WINDOW_BYTES - 1.
 * Verifier: what is read of the stack must be aligned; the mask also bounds what 6.1 has forgotten of `offset`. */
PARSER uint64_t window_word(const uint8_t *window, uint32_t offset)
{
#ifdef __bpf__
	uint32_t shift = 8 * (offset & 7);

	offset &= WINDOW_BYTES - 8;
	return window_aligned(window, offset) >> shift | window_aligned(window, offset + 8) << 1 << (63 - shift);
#else
	return window_aligned(window, offset);
#endif
}

/* The number itself, of which the verifier knows no more than that it fits into a byte: or it would follow each
 * place where a search can end through all that comes after it. `unknown` is any byte it knows nothing of. */
PARSER uint32_t window_forget(uint32_t number, uint8_t unknown)
{
#ifdef __bpf__
	uint64_t value = number & 0xff;
	uint64_t mask = unknown;

	asm volatile("%0 ^= %1\n\t%0 ^= %1" : "+r"(value) : "r"(mask));
	return value;
#else
	(void)unknown;
	return number;
#endif
}

/* Whether any bit of both is set.
 * Verifier: one branch; the compiler would make it one for each. */
PARSER uint32_t window_either(uint64_t one, uint64_t other)
{
	one |= other;
#ifdef __bpf__
	asm volatile("" : "+r"(one));
#endif
	return one != 0;
}

/* Each byte that equals the byte repeated in `pattern` has its highest bit set, no other bit is. */
PARSER uint64_t window_matches(uint64_t word, uint64_t pattern)
{
	word ^= pattern;
	return ~(((word & WINDOW_EVERY(0x7f)) + WINDOW_EVERY(0x7f)) | word | WINDOW_EVERY(0x7f));
}

/* How many bytes lead up to the first one marked, itself included: 1 to 8. */
PARSER uint32_t window_first_match(uint64_t matches)
{
	return (((matches & -matches) - 1) & WINDOW_EVERY(1)) * WINDOW_EVERY(1) >> 56;
}
