/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The window as the verifier wants it: a structure of known size, which a function of its own may be given.
 */
#pragma once

#include "kernel.h"
#include "window.h"

/* Payload in a row of words, zeros behind it. */
struct window {
	uint64_t words[(WINDOW_BYTES + WINDOW_PADDING) / 8];
};
