// What Glibc's Swift module does not import: epoll, signalfd, timerfd, eventfd, netlink, and the few calls that want
// _GNU_SOURCE (which must not be defined here: the modules would disagree about fd_set). Nothing here keeps state.
#pragma once

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

/* Opens a directory of the cgroup2 tree `tree` by its id (kernfs file handles: FILEID_KERNFS in linux/exportfs.h).
 * Returns a descriptor, or -1 with errno: ESTALE where the cgroup is gone, EPERM without CAP_DAC_READ_SEARCH. */
int podglass_open_cgroup(int tree, unsigned long long id);

/* Moves the calling thread into the network namespace of `descriptor`; 0, or -1 with errno. */
int podglass_enter_netns(int descriptor);

/* 1 where the file system at `path` is cgroup2, else 0. */
int podglass_is_cgroup2(const char *path);

/* Whether a socket is at `path`; then its device and inode, which are the same for each path to it. */
int podglass_is_socket(const char *path, unsigned long long *device, unsigned long long *inode);

/* Gives freed memory back to the kernel: loading leaves some megabytes of the kernel's type information behind. */
void podglass_release_memory(void);

/* Gives back the pages of the program itself, which the kernel maps generously around each page touched: what goes on
 * being run is mapped again at once, from the page cache, and what only the start needed is no longer resident. */
void podglass_release_text(void);

/* Starts `command`, found in PATH, in a session of its own, with /dev/null to read, these two descriptors to write, no
 * other descriptor, no signal blocked. `arguments` and `environment` end with NULL. Returns 0 and its id, else an
 * errno. */
int podglass_spawn(const char *command, char *const arguments[], char *const environment[], int output, int complaints,
		   int *process);

/* A pipe that no other process inherits and whose reading end does not block; 0, or -1 with errno. */
int podglass_pipe(int ends[2]);

/* Leaves the calling thread those capabilities of its own that are in `kept`, a bit a capability, and its bounding set
 * no others where it may (CAP_SETPCAP); nothing is inheritable or ambient. 0, or an errno. Threads made by it begin so.
 */
int podglass_keep_capabilities(unsigned long long kept);

/* No program that this thread starts, nor a thread that it makes, gains a privilege: set-user-ID and file capabilities
 * do nothing. 0, or an errno. */
int podglass_forbid_new_privileges(void);

/* No core of this process is written, and no other process of this user may look into it. 0, or an errno. */
int podglass_forbid_dumps(void);

/* Counts a tracepoint's events on one processor, in all tasks, from now on: `id` is tracefs's, `filter` its language or
 * NULL. `leader` is -1, or the descriptor of that processor's first one, through which all of them are read. Returns a
 * descriptor, or -1 with errno. */
int podglass_count_tracepoint(unsigned long long id, int processor, int leader, const char *filter);

/* Starts a process that keeps CAP_SYS_ADMIN and may do one thing: switch on the kernel's statistics of eBPF programs
 * when it is asked. It ends with this process. Before any thread is started. Returns the socket to ask through, or -1.
 */
int podglass_start_statistics_keeper(int *process);

/* Switches the statistics on while the descriptor that is returned is open: through the keeper's socket, or where that
 * is -1 with the rights of this thread. -1 where that is refused or the keeper is silent. */
int podglass_ask_statistics_keeper(int socket);

/* Starts a model's `command`, found in PATH, in a session of its own, without any capability, with the lowest claim to
 * memory and little to processors; it ends with the thread that starts it. `arguments` and `environment` end with NULL.
 * `ends` become our ends of its standard input, output and error, which do not block. Returns 0 and its id, else an
 * errno.
 */
int podglass_start_model(const char *command, char *const arguments[], char *const environment[], int ends[3],
			 int *process);
