// The demonstration: a recording of a real run of the laboratory, embedded. `make demo-recording` makes it anew.
#pragma once

#include <stddef.h>

const unsigned char *podglass_demo_bytes(void);
size_t podglass_demo_length(void);
