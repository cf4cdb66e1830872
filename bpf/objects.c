/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#include "objects.h"
#include "records.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#if __has_embed("build/sockets.bpf.o")
static const unsigned char sockets[] = {
#embed "build/sockets.bpf.o"
};
static const unsigned char sweep[] = {
#embed "build/sweep.bpf.o"
};
static const unsigned char discover[] = {
#embed "build/discover.bpf.o"
};
static const unsigned char retransmits[] = {
#embed "build/retransmits.bpf.o"
};
static const unsigned char drops[] = {
#embed "build/drops.bpf.o"
};
static const unsigned char resets[] = {
#embed "build/resets.bpf.o"
};
static const unsigned char requests[] = {
#embed "build/requests.bpf.o"
};
static const unsigned char cgroups[] = {
#embed "build/cgroups.bpf.o"
};
static const unsigned char early_sockets[] = {
#embed "build/early/sockets.bpf.o"
};
static const unsigned char early_sweep[] = {
#embed "build/early/sweep.bpf.o"
};
static const unsigned char early_discover[] = {
#embed "build/early/discover.bpf.o"
};
static const unsigned char early_retransmits[] = {
#embed "build/early/retransmits.bpf.o"
};
static const unsigned char early_drops[] = {
#embed "build/early/drops.bpf.o"
};
static const unsigned char early_resets[] = {
#embed "build/early/resets.bpf.o"
};
/* clang-format off */
#define OBJECT(name) { #name, name, sizeof(name), NULL, 0 }
#define TWO_OBJECTS(name) { #name, name, sizeof(name), early_##name, sizeof(early_##name) }
#else
#define OBJECT(name) { #name, NULL, 0, NULL, 0 }
#define TWO_OBJECTS(name) OBJECT(name)
/* clang-format on */
#endif

static const struct embedded_object objects[] = {
	TWO_OBJECTS(sockets), TWO_OBJECTS(sweep),  TWO_OBJECTS(discover), TWO_OBJECTS(retransmits),
	TWO_OBJECTS(drops),   TWO_OBJECTS(resets), OBJECT(requests),	  OBJECT(cgroups),
};

struct embedded_object podglass_object(size_t index)
{
	if (index < sizeof(objects) / sizeof(objects[0]))
		return objects[index];
	return (struct embedded_object){ NULL, NULL, 0, NULL, 0 };
}

/* One thread loads the probes, so one buffer is enough. */
static char last_warning[512];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[512];

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = 0;
	/* Advice to raise the memlock limit is misleading where the kernel refuses a kind of program. */
	if (strstr(line, "ulimit"))
		return 0;
	memcpy(last_warning, line, sizeof(line));
	return 0;
}

void podglass_libbpf_quiet(void)
{
	libbpf_set_print(keep_warning);
}

const char *podglass_libbpf_last_warning(void)
{
	static char taken[sizeof(last_warning)];

	memcpy(taken, last_warning, sizeof(taken));
	last_warning[0] = 0;
	return taken;
}
