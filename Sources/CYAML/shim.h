#pragma once
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* libyaml keeps a pointer to the text while it parses: a reader owns a copy of it, and its event. */
struct yaml_reader {
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned char *text;
};

typedef struct yaml_reader *yaml_reader_reference;
typedef yaml_char_t *yaml_text_reference;

/* NULL without memory. */
static inline yaml_reader_reference yaml_reader_open(const unsigned char *text, size_t count)
{
	struct yaml_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->text = malloc(count + 1);
	if (!reader->text || !yaml_parser_initialize(&reader->parser)) {
		free(reader->text);
		free(reader);
		return NULL;
	}
	memcpy(reader->text, text, count);
	yaml_parser_set_input_string(&reader->parser, reader->text, count);
	return reader;
}

/* The next event is in `event` until the next call; 0 where the text is no YAML: `parser` says where and why. */
static inline int yaml_reader_next(yaml_reader_reference reader)
{
	yaml_event_delete(&reader->event);
	return yaml_parser_parse(&reader->parser, &reader->event);
}

static inline void yaml_reader_close(yaml_reader_reference reader)
{
	yaml_event_delete(&reader->event);
	yaml_parser_delete(&reader->parser);
	free(reader->text);
	free(reader);
}
