/* What the fuzz targets share: a window as the kernel has it, of just its size, so that the sanitizer sees every read
 * that leaves it; and a check that is not compiled away. Each target is a parser of bpf/include; `make fuzz` runs them.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "window.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

/* Up to WINDOW_BYTES of the data; zero bytes behind them, then `rest`, which nobody may depend on. */
static inline uint8_t *window_of(const uint8_t *data, uint32_t length, uint8_t rest)
{
	uint8_t *window = malloc(WINDOW_BYTES + WINDOW_PADDING);
	uint32_t behind = length + WINDOW_PADDING;

	CHECK(window);
	memset(window, 0, WINDOW_BYTES + WINDOW_PADDING);
	memcpy(window, data, length);
	if (behind < WINDOW_BYTES)
		memset(window + behind, rest, WINDOW_BYTES + WINDOW_PADDING - behind);
	return window;
}
