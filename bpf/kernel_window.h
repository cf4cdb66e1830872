/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The window as the verifier wants it: a structure of known size, which a function of its own may be given. Comes before the
 * parsers, and says which of their functions are such.
 */
#pragma once

#include "kernel.h"
#include "window.h"

/* Payload in a row of words, zeros behind it. */
struct window {
	uint64_t words[(WINDOW_BYTES + WINDOW_PADDING) / 8];
};

struct http1_head;

uint32_t read_line(struct http1_head *head, const struct window *window, uint32_t start, uint32_t end, uint32_t is_whole);

#define HTTP1_READ_LINE(head, bytes, start, end, is_whole) \
	read_line(head, (const struct window *)(const void *)(bytes), start, end, is_whole)
