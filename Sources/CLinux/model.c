/* Starts the process of a model: a program that somebody else wrote and that is handed names and figures of the node.
 * It gets three pipes and nothing else of podglass: no descriptor, no capability, no terminal.
 *
 * A fork, because posix_spawn(3) can neither tie the child's life to the parent's nor take its rights. It copies the
 * page tables, some milliseconds, at most a dozen times an hour; between it and the program's start only what
 * signal-safety(7) allows is called, and prctl, setpriority and closefrom, which are single calls of the kernel.
 */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDS = 4, REPORT = 3, ABOVE_ENDS = 16, NICENESS = 10 };

static void close_all(int pipes[ENDS][2])
{
	for (int end = 0; end < ENDS; end++) {
		for (int side = 0; side < 2; side++) {
			if (pipes[end][side] >= 0)
				close(pipes[end][side]);
		}
	}
}

/* 0, or an errno. */
static int give_up_rights(pid_t parent)
{
	const struct rlimit no_core = { 0, 0 };
	int first = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	int error;

	/* Where memory runs out, this process goes first. */
	if (first >= 0) {
		if (write(first, "1000", 4) < 0)
			errno = 0;
		close(first);
	}
	setrlimit(RLIMIT_CORE, &no_core);
	setpriority(PRIO_PROCESS, 0, NICENESS);
	error = podglass_forbid_new_privileges();
	if (!error)
		error = podglass_keep_capabilities(0);
	if (error)
		return error;
	/* Last: a change of rights forgets it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return errno;
	return getppid() == parent ? 0 : ESRCH;
}

/* In the child. */
_Noreturn static void become(const char *command, char *const arguments[], char *const environment[],
			     const int ends[ENDS], pid_t parent)
{
	int moved[ENDS];
	sigset_t none;
	int error;

	/* Out of the way of 0 to 3, which they become. */
	for (int end = 0; end < ENDS; end++)
		moved[end] = fcntl(ends[end], F_DUPFD_CLOEXEC, ABOVE_ENDS);
	for (int end = 0; end < REPORT; end++) {
		if (moved[end] < 0 || dup2(moved[end], end) < 0)
			_exit(127);
	}
	if (dup3(moved[REPORT], REPORT, O_CLOEXEC) < 0)
		_exit(127);
	closefrom(ENDS);
	/* A session and a group of its own: what a terminal sends to podglass is not for it, and what it starts ends
	 * with it. */
	setsid();
	error = give_up_rights(parent);
	if (!error) {
		for (int number = 1; number < NSIG; number++)
			signal(number, SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execvpe(command, arguments, environment);
		error = errno;
	}
	if (write(REPORT, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int podglass_start_model(const char *command, char *const arguments[], char *const environment[], int ends[3],
			 int *process)
{
	/* The fourth tells why the program could not be started; it closes by itself when it was. */
	int pipes[ENDS][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	const int own[3] = { 1, 0, 0 };
	pid_t parent = getpid();
	int error = 0;
	ssize_t count;
	pid_t child;

	for (int end = 0; end < ENDS; end++) {
		if (pipe2(pipes[end], O_CLOEXEC)) {
			error = errno;
			close_all(pipes);
			return error;
		}
	}
	for (int end = 0; end < 3; end++)
		fcntl(pipes[end][own[end]], F_SETFL, O_NONBLOCK);
	child = fork();
	if (child == 0) {
		const int others[ENDS] = { pipes[0][0], pipes[1][1], pipes[2][1], pipes[REPORT][1] };

		become(command, arguments, environment, others, parent);
	}
	if (child < 0) {
		error = errno;
		close_all(pipes);
		return error;
	}
	close(pipes[REPORT][1]);
	pipes[REPORT][1] = -1;
	do {
		count = read(pipes[REPORT][0], &error, sizeof(error));
	} while (count < 0 && errno == EINTR);
	if (count != 0) {
		if (count != sizeof(error))
			error = EIO;
		close_all(pipes);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		return error;
	}
	close(pipes[REPORT][0]);
	for (int end = 0; end < 3; end++) {
		close(pipes[end][!own[end]]);
		ends[end] = pipes[end][own[end]];
	}
	*process = child;
	return 0;
}
