#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { FILEID_KERNFS = 0xfe };

int podglass_open_cgroup(int tree, unsigned long long id)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} with;

	memset(&with, 0, sizeof(with));
	with.handle.handle_bytes = sizeof(id);
	with.handle.handle_type = FILEID_KERNFS;
	memcpy(with.handle.f_handle, &id, sizeof(id));
	return open_by_handle_at(tree, &with.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int podglass_enter_netns(int descriptor)
{
	return setns(descriptor, CLONE_NEWNET);
}

int podglass_is_cgroup2(const char *path)
{
	struct statfs status;

	return statfs(path, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

int podglass_is_socket(const char *path, unsigned long long *device, unsigned long long *inode)
{
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
		return 0;
	*device = status.st_dev;
	*inode = status.st_ino;
	return 1;
}

void podglass_release_memory(void)
{
	malloc_trim(0);
}

/* Both are the linker's (ld(1)): from the program's first byte to the last of its text nothing is ever written. */
extern const char __executable_start[];
extern const char etext[];

void podglass_release_text(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)__executable_start + page - 1) & ~(page - 1);
	uintptr_t end = (uintptr_t)etext & ~(page - 1);

	if (end > start)
		madvise((void *)start, end - start, MADV_DONTNEED);
}

int podglass_spawn(const char *command, char *const arguments[], char *const environment[], int output, int complaints,
		   int *process)
{
	const short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int status;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions))
		return ENOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&actions);
		return ENOMEM;
	}
	status = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!status)
		status = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (!status)
		status = posix_spawn_file_actions_adddup2(&actions, complaints, 2);
	if (!status)
		status = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, flags);
	if (!status)
		status = posix_spawnp(process, command, &actions, &attributes, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return status;
}

int podglass_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

int podglass_count_tracepoint(unsigned long long id, int processor, int leader, const char *filter)
{
	struct perf_event_attr attributes;
	int descriptor, error;

	memset(&attributes, 0, sizeof(attributes));
	attributes.type = PERF_TYPE_TRACEPOINT;
	attributes.size = PERF_ATTR_SIZE_VER0;
	attributes.config = id;
	attributes.read_format = PERF_FORMAT_GROUP;
	descriptor = (int)syscall(SYS_perf_event_open, &attributes, -1, processor, leader, PERF_FLAG_FD_CLOEXEC);
	if (descriptor < 0 || !filter || ioctl(descriptor, PERF_EVENT_IOC_SET_FILTER, filter) == 0)
		return descriptor;
	error = errno;
	close(descriptor);
	errno = error;
	return -1;
}
