/* A DNS message: the kernel's walk and user space's reading of the name agree, a name is always terminated and
 * printable, and the answers come to an end.
 */
#include "fuzz.h"
#include "dns_answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t length = size < WINDOW_BYTES ? size : WINDOW_BYTES;
	char *text = malloc(DNS_TEXT_BYTES);
	struct dns_answers answers;
	struct dns_answer answer;
	uint8_t *window;
	uint8_t *message;
	uint32_t end;
	uint32_t question;
	uint32_t count = 0;
	uint16_t type;
	uint32_t at;

	if (size < DNS_HEADER_BYTES || size > 65535) {
		free(text);
		return 0;
	}
	message = malloc(size);
	CHECK(text && message);
	memcpy(message, data, size);
	memset(text, 'x', DNS_TEXT_BYTES);
	end = dns_read_name(message, size, text);
	CHECK(memchr(text, 0, DNS_TEXT_BYTES) && end <= size && end <= DNS_HEADER_BYTES + DNS_NAME_BYTES);
	CHECK(!end == !text[0]);
	for (at = 0; text[at]; at++)
		CHECK(text[at] > ' ' && text[at] < 0x7f);
	window = window_of(data, length, 1);
	question = dns_question_type(window, length, DNS_HEADER_BYTES, &type);
	CHECK(question <= length);
	if (question)
		CHECK(end && question == end + 4 && type == dns_number(data + end));
	else
		CHECK(!type && (!end || end + 4 > length));
	answers = dns_answers_begin(message, size);
	while (dns_next_answer(&answers, message, size, &answer)) {
		count++;
		CHECK(answers.offset <= size && !(answer.seconds >> 31));
	}
	/* An answer has 15 bytes at least. */
	CHECK(count <= size / 15 && !dns_next_answer(&answers, message, size, &answer));
	free(window);
	free(message);
	free(text);
	return 0;
}
