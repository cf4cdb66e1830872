/* SPDX-License-Identifier: Apache-2.0
 *
 * What the running kernel's verifier says of each program of the objects named: a line a program, parted by tabs.
 *
 *	object	program	loaded	instructions	processed	peak_states	stack
 *	object	program	refused	errno	the verifier's last words
 *
 * Objects are loaded as podglass loads them, with the settings that ask most (single events are told), and forgotten at
 * once; each program alone, so that each has its line. VERBOSE=NAME writes all that the verifier says of the program of
 * that name to stderr.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"

enum {
	LOG_BYTES = 15 << 20,
	/* include/linux/bpf_verifier.h: BPF_LOG_LEVEL1 and BPF_LOG_STATS */
	LOG_TRACE = 1,
	LOG_STATS = 4,
};

static struct btf *kernel;
/* The first is the cause, what follows are its consequences. */
static char first_warning[1024];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*first_warning)
		vsnprintf(first_warning, sizeof(first_warning), format, arguments);
	return 0;
}

/* The arguments that a tracepoint hands over; -1 where the kernel does not have it. */
static int tracepoint_arguments(const char *name)
{
	char typedef_name[128];
	const struct btf_type *type;
	int id;

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	id = btf__find_by_name_kind(kernel, typedef_name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	type = btf__type_by_id(kernel, id);
	type = btf__type_by_id(kernel, type->type);
	type = btf__type_by_id(kernel, type->type);
	/* The first is the tracepoint's own data. */
	return (int)btf_vlen(type) - 1;
}

/* A drop reason's number; 0 where the kernel has no such reason. */
static uint32_t drop_reason(const char *name)
{
	int id = btf__find_by_name_kind(kernel, "skb_drop_reason", BTF_KIND_ENUM);
	const struct btf_enum *values;
	const struct btf_type *type;

	if (id < 0)
		return 0;
	type = btf__type_by_id(kernel, id);
	values = btf_enum(type);
	for (int index = 0; index < btf_vlen(type); index++) {
		if (!strcmp(btf__name_by_offset(kernel, values[index].name_off), name))
			return (uint32_t)values[index].val;
	}
	return 0;
}

static void configure(struct bpf_object *object)
{
	struct settings settings = {
		.drop_has_socket = tracepoint_arguments("kfree_skb") >= 4,
		.root_cgroup = 1,
		.first_drop_reason = drop_reason("SKB_CONSUMED") + 1,
		.purge_reason = drop_reason("SKB_DROP_REASON_QUEUE_PURGE"),
		.request_samples = LIMIT_REQUEST_SAMPLES / 2,
		.incidents = 1,
	};
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		const char *name = bpf_map__name(map);
		size_t length = strlen(name);
		size_t size = 0;
		const void *memory;

		if (length < 7 || strcmp(name + length - 7, ".rodata"))
			continue;
		memory = bpf_map__initial_value(map, &size);
		if (memory && size >= sizeof(settings))
			memcpy((void *)memory, &settings, sizeof(settings));
	}
}

/* The last `lines` lines before the figures that end a log: why a program was refused. Tabs and newlines would break
 * the line. */
static void print_reason(char *log, int lines)
{
	char *figures = strstr(log, "verification time ");
	char *end;

	if (!figures)
		figures = strstr(log, "processed ");
	end = figures ? figures : log + strlen(log);
	while (end > log && end[-1] == '\n')
		end--;
	*end = 0;
	while (end > log && !(end[-1] == '\n' && !--lines))
		end--;
	for (; *end; end++) {
		if (*end == '\n')
			fputs(" | ", stdout);
		else
			putchar(*end == '\t' ? ' ' : *end);
	}
}

/* "stack depth 96+240": the program's own, and what its functions need. */
static void print_figures(const struct bpf_program *program, const char *log)
{
	const char *processed = strstr(log, "processed ");
	const char *peak = strstr(log, "peak_states ");
	const char *stack = strstr(log, "stack depth ");
	struct bpf_prog_info info = {};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
		info.xlated_prog_len = 0;
	printf("loaded\t%u\t%ld\t%ld\t%.*s", info.xlated_prog_len / 8, processed ? atol(processed + 10) : -1,
	       peak ? atol(peak + 12) : -1, stack ? (int)strcspn(stack + 12, " \n") : 0, stack ? stack + 12 : "");
}

/* Loads the program at `wanted` of an object and no other. Returns whether there is one. */
static bool load(const char *path, const char *name, int wanted, const char *verbose)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program, *chosen = NULL;
	char *log = calloc(1, LOG_BYTES);
	bool is_verbose;
	int index = 0, result;

	if (!object || !log) {
		printf("%s\t-\trefused\t%d\tcannot be opened\n", name, errno);
		free(log);
		return false;
	}
	bpf_object__for_each_program(program, object)
	{
		if (index == wanted)
			chosen = program;
		bpf_program__set_autoload(program, index++ == wanted);
	}
	if (chosen) {
		is_verbose = verbose && !strcmp(verbose, bpf_program__name(chosen));
		bpf_program__set_log_level(chosen, LOG_STATS | (is_verbose ? LOG_TRACE : 0));
		bpf_program__set_log_buf(chosen, log, LOG_BYTES);
		configure(object);
		*first_warning = 0;
		result = bpf_object__load(object);
		if (is_verbose)
			fprintf(stderr, "== %s %s\n%s\n", name, bpf_program__name(chosen), log);
		printf("%s\t%s\t", name, bpf_program__name(chosen));
		if (!result) {
			print_figures(chosen, log);
		} else {
			printf("refused\t%d\t", -result);
			print_reason(*log ? log : first_warning, 3);
		}
		putchar('\n');
		fflush(stdout);
	}
	bpf_object__close(object);
	free(log);
	return chosen;
}

int main(int count, char **paths)
{
	const char *verbose = getenv("VERBOSE");

	libbpf_set_print(keep_warning);
	kernel = btf__load_vmlinux_btf();
	if (!kernel) {
		fprintf(stderr, "complexity: no type information of the kernel: %s\n", strerror(errno));
		return 1;
	}
	for (int argument = 1; argument < count; argument++) {
		const char *slash = strrchr(paths[argument], '/');
		char name[64];
		int index = 0;

		snprintf(name, sizeof(name), "%s", slash ? slash + 1 : paths[argument]);
		name[strcspn(name, ".")] = 0;
		if (strstr(paths[argument], "/early/"))
			strncat(name, " (early)", sizeof(name) - strlen(name) - 1);
		while (load(paths[argument], name, index, verbose))
			index++;
	}
	btf__free(kernel);
	return 0;
}
