#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>
#include <sys/vfs.h>

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

void podglass_release_memory(void)
{
	malloc_trim(0);
}
