/* What a thread may do, and the one process that keeps the right to switch on the kernel's statistics of eBPF programs.
 */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Capabilities of later kernels are beyond the two words of version 3 of the call, too. */
enum { MOST_CAPABILITIES = 64 };

static int write_capabilities(unsigned long long kept)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return errno;
	for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
		data[word].permitted &= (uint32_t)(kept >> 32 * word);
		data[word].effective = data[word].permitted;
		data[word].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? errno : 0;
}

int podglass_keep_capabilities(unsigned long long kept)
{
	/* First: it takes CAP_SETPCAP, which may be among those that go. Without it nothing is lost: what no_new_privs
	 * forbids cannot be gained from this set either. */
	for (int capability = 0; capability < MOST_CAPABILITIES; capability++) {
		if (!(kept >> capability & 1) && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return write_capabilities(kept);
}

int podglass_forbid_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? errno : 0;
}

int podglass_forbid_dumps(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? errno : 0;
}

static int enable_statistics(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.enable_stats.type = BPF_STATS_RUN_TIME;
	return (int)syscall(SYS_bpf, BPF_ENABLE_STATS, &attributes, sizeof(attributes));
}

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Leaves the keeper what its loop does: read, switch on, send, close, end. Everything else ends it. */
static void confine(void)
{
#ifdef OWN_ARCHITECTURE
	enum { KILL = 13, ALLOW = 12 };
	static struct sock_filter program[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		/* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 0, KILL - 2),
		/* 2 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, ALLOW - 4, 0),
		/* 4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, ALLOW - 5, 0),
		/* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, ALLOW - 6, 0),
		/* 6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, ALLOW - 7, 0),
		/* 7 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, ALLOW - 8, 0),
		/* 8 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, KILL - 9),
		/* The command, in the lower half of the first argument. */
		/* 9 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		/* 10 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_ENABLE_STATS, ALLOW - 11, 0),
		/* 11 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		/* 12 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		/* 13 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { sizeof(program) / sizeof(program[0]), program };

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
#endif
}

static void send_descriptor(int socket, int descriptor)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char answer = descriptor < 0 ? '-' : '+';
	struct iovec piece = { &answer, 1 };
	struct msghdr message;

	memset(&message, 0, sizeof(message));
	memset(&control, 0, sizeof(control));
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	if (descriptor >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
	}
	sendmsg(socket, &message, MSG_NOSIGNAL);
}

static void close_all_but(int kept)
{
	if (kept > 0)
		syscall(SYS_close_range, 0, kept - 1, 0);
	if (syscall(SYS_close_range, kept + 1, ~0U, 0) == 0)
		return;
	/* Before Linux 5.9. */
	for (int descriptor = 0; descriptor < 4096; descriptor++) {
		if (descriptor != kept)
			close(descriptor);
	}
}

/* In the child: one thread, none of the parent's descriptors, one capability. Answers each byte with a descriptor that
 * keeps the statistics on while it is open. */
_Noreturn static void keep(int socket, pid_t parent)
{
	char question;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
	/* What a terminal sends to podglass is not for it. */
	setsid();
	prctl(PR_SET_NAME, "podglass-stats", 0, 0, 0);
	close_all_but(socket);
	if (podglass_keep_capabilities(1ULL << CAP_SYS_ADMIN))
		_exit(1);
	confine();
	while (read(socket, &question, 1) == 1) {
		int descriptor = enable_statistics();

		send_descriptor(socket, descriptor);
		if (descriptor >= 0)
			close(descriptor);
	}
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

int podglass_start_statistics_keeper(int *process)
{
	/* A keeper that does not answer is given up after so long: the collector's thread waits for it. */
	const struct timeval patience = { 1, 0 };
	pid_t parent = getpid();
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -1;
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	child = fork();
	if (child == 0)
		keep(ends[1], parent);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return -1;
	}
	*process = child;
	return ends[0];
}

int podglass_ask_statistics_keeper(int socket)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = '?';
	struct iovec piece = { &byte, 1 };
	struct msghdr message;
	int descriptor;

	if (socket < 0)
		return enable_statistics();
	if (send(socket, &byte, 1, MSG_NOSIGNAL) != 1)
		return -1;
	memset(&message, 0, sizeof(message));
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || message.msg_controllen < CMSG_LEN(sizeof(int)) ||
	    control.header.cmsg_level != SOL_SOCKET || control.header.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&descriptor, CMSG_DATA(&control.header), sizeof(int));
	return descriptor;
}
