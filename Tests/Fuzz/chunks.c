/* A chunked body cut anywhere ends where it ends in one piece, and what is skipped was said to be a chunk.
 */
#include "fuzz.h"
#include "http1.h"

enum {
	CUTS = 4,
};

/* Where the body ends, or the data. */
static size_t walk(struct http1_chunks *chunks, const uint8_t *data, size_t size, const uint8_t *cuts)
{
	size_t at = 0;
	uint32_t turn = 0;

	while (at < size && !chunks->flags) {
		uint32_t length = cuts ? cuts[turn++ % CUTS] % WINDOW_BYTES + 1 : WINDOW_BYTES;
		uint64_t left = chunks->left;
		uint64_t skipped;
		uint8_t *window;
		uint32_t read;

		if (length > size - at)
			length = size - at;
		skipped = http1_skip_chunk(chunks, length);
		CHECK(skipped <= length && chunks->left + skipped == left);
		at += skipped;
		length -= skipped;
		if (!length)
			continue;
		window = window_of(data + at, length, 'f');
		read = http1_scan_chunks(chunks, window, length);
		CHECK(read && read <= length);
		at += read;
		free(window);
	}
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http1_chunks whole = {};
	struct http1_chunks cut = {};
	struct http1_chunks bytes = {};
	size_t at = 0;

	if (size < CUTS)
		return 0;
	CHECK(walk(&whole, data + CUTS, size - CUTS, NULL) == walk(&cut, data + CUTS, size - CUTS, data));
	CHECK(!memcmp(&whole, &cut, sizeof(whole)));
	for (data += CUTS, size -= CUTS; at < size && !bytes.flags; at++)
		if (!http1_skip_chunk(&bytes, 1))
			http1_step_chunks(&bytes, data[at]);
	CHECK(!memcmp(&whole, &bytes, sizeof(whole)));
	CHECK(whole.left <= HTTP1_CHUNK_LIMIT || whole.flags & HTTP1_CHUNKS_MALFORMED);
	return 0;
}
