/* A head by words, cut into windows as the first bytes of the data say, comes to the same as by bytes.
 */
#include "fuzz.h"
#include "http1.h"

enum {
	CUTS = 8,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http1_head bytes = {};
	struct http1_head words = {};
	const uint8_t *cuts = data;
	uint32_t end = 0;
	uint32_t at = 0;
	uint32_t turn = 0;

	if (size < CUTS)
		return 0;
	data += CUTS;
	size -= CUTS;
	while (end < size && !(bytes.flags & HTTP1_HEAD_ENDED))
		http1_step(&bytes, data[end++]);
	while (at < size && !(words.flags & HTTP1_HEAD_ENDED)) {
		uint8_t cut = cuts[turn++ % CUTS];
		uint32_t length = size - at;
		uint32_t limit = cut % WINDOW_BYTES + 1;
		uint8_t *window;
		uint32_t read;

		if (length > limit)
			length = limit;
		window = window_of(data + at, length, cut);
		read = http1_scan_head(&words, window, length, cut & 1 && at + length < size);
		CHECK(read && read <= length);
		at += read;
		CHECK(words.size == at);
		free(window);
	}
	CHECK(at == end && bytes.flags == words.flags && bytes.size == words.size && bytes.body == words.body);
	CHECK(!(bytes.flags & HTTP1_HEAD_ENDED) || bytes.state == words.state);
	CHECK(bytes.flags & HTTP1_LENGTH || !bytes.body);
	CHECK(bytes.body <= HTTP1_BODY_LIMIT);
	CHECK(!(bytes.flags & HTTP1_TOO_LONG) == (bytes.size <= HTTP1_HEAD_LIMIT));
	/* Once ended, nothing changes it. */
	words = bytes;
	http1_step(&words, '\n');
	CHECK(!(bytes.flags & HTTP1_HEAD_ENDED) || !memcmp(&words, &bytes, sizeof(words)));
	return 0;
}
