/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The compiled eBPF objects, carried inside the program, and what libbpf says while it loads them.
 */
#pragma once

#include <stddef.h>

struct embedded_object {
	const char *name;
	const unsigned char *bytes;
	/* 0 where the object was not compiled: a bare `swift build` without `make bpf`. */
	size_t length;
	/* The same for kernels before 5.12; NULL where there is only the one. */
	const unsigned char *early;
	size_t early_length;
};

/* The objects in the order in which they are loaded; `index` from 0, name NULL at the end. */
struct embedded_object podglass_object(size_t index);

/* Keeps libbpf's warnings to itself (never on stderr, under the screen). */
void podglass_libbpf_quiet(void);

/* The last warning libbpf gave since the last call, without its newline; "" where there was none. */
const char *podglass_libbpf_last_warning(void);
