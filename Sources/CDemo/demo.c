#pragma clang diagnostic ignored "-Wc23-extensions"

#include "CDemo.h"

#if __has_embed("demo.podglass")
static const unsigned char bytes[] = {
#embed "demo.podglass"
};
#else
static const unsigned char bytes[1];
#endif

const unsigned char *podglass_demo_bytes(void)
{
	return bytes;
}

size_t podglass_demo_length(void)
{
	return sizeof(bytes);
}
