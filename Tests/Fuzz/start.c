/* A message's first bytes: what they are called does not depend on how many of them are there, and a target lies within
 * its window.
 */
#include "fuzz.h"
#include "http1.h"

static uint32_t method_of(const uint8_t *data, uint32_t length)
{
	uint64_t words[2] = {};

	memcpy(words, data, length);
	return http1_method(words[0], words[1], length);
}

static uint32_t status_of(const uint8_t *data, uint32_t length)
{
	uint64_t words[2] = {};

	memcpy(words, data, length);
	return http1_status(words[0], words[1], length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t length = size < HTTP1_START_BYTES ? size : HTTP1_START_BYTES;
	uint32_t method = method_of(data, length);
	uint32_t status = status_of(data, length);
	uint32_t known;
	uint8_t *window;

	CHECK(method <= HTTP1_UNDECIDED && (status <= 1 || (status >= 100 && status <= 599)));
	CHECK(method == HTTP_NONE || method == HTTP1_UNDECIDED || status == 0);
	CHECK(length || (method == HTTP1_UNDECIDED && status == HTTP1_UNDECIDED_STATUS));
	for (known = 0; known < length; known++) {
		uint32_t earlier = method_of(data, known);
		uint32_t earlier_status = status_of(data, known);

		/* What was decided stays. */
		CHECK(earlier == HTTP1_UNDECIDED || earlier == method || memchr(data, 0, length));
		/* A byte behind the digits may still break a status. */
		CHECK(earlier_status == HTTP1_UNDECIDED_STATUS || earlier_status == status || (known == 12 && !status));
	}
	length = size < WINDOW_BYTES ? size : WINDOW_BYTES;
	window = window_of(data, length, 'x');
	for (method = HTTP_GET; method < HTTP_METHODS; method++) {
		uint32_t offset = http1_target(method);
		uint32_t bytes = http1_target_length(window, length, offset);
		uint32_t at;

		CHECK(offset >= 4 && offset <= 10 && (!bytes || offset + bytes <= length));
		for (at = 0; at < bytes; at++)
			CHECK(window[offset + at] > ' ');
		CHECK(offset + bytes >= length || window[offset + bytes] <= ' ');
	}
	free(window);
	return 0;
}
