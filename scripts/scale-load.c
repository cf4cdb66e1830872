/* The load of `make bench-scale`: makes connections, requests, datagrams and questions over loopback, both ends in one
 * process, in as many processes as wanted, and counts exactly what it did.
 *
 * Each exchange is done to its end before the next begins, with blocking calls: loopback delivers within send(2), so
 * that nothing waits, and at the end nothing is under way. The processes share one page of counters; the first reads
 * words from its input:
 *
 *     go      begin                              says "ready" before, "done" once everything is
 *     rest    what is held falls silent, until the next "go"
 *     report  one line of JSON: what was done    (counters of one end; the other end's are the same, turned around)
 *     stop    end early                          says "done"
 *
 * At the end of its input it goes, and with it the others.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PORT = 9000,
	DNS_PORT = 53,
	/* A port that is nobody's, above those that servers have. */
	UDP_CLIENT_PORT = 40000,
	/* Twice as many descriptors, and some: a process may hold 20,000. */
	HELD_BY_PROCESS = 9000,
	PROCESSES = 4096,
	ASKED_BYTES = 100,
	ANSWERED_BYTES = 200,
	/* Of the connections that are held, so many have an exchange every second. */
	TRICKLE_SHARE = 100,
};

enum stage { STAGE_PREPARE, STAGE_GO, STAGE_REST, STAGE_STOP };

/* What a process did; `asked` and `answered` are payload bytes. */
struct account {
	_Atomic uint64_t opened, closed, asked, answered, requests, datagrams;
	_Atomic int ready, done;
};

struct shared {
	_Atomic int stage;
	struct account accounts[PROCESSES];
};

/* What is wanted, of all processes together. */
static struct {
	const char *mode;
	uint64_t count, rate, connections, peers, paths, statuses;
	uint32_t processes;
	const char *cgroups;
} wanted = { .rate = 1000000000, .connections = 16, .peers = 1, .paths = 1, .statuses = 1, .processes = 2 };

static struct shared *shared;
static struct account *mine;
static uint32_t self;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "scale-load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void pause_for(uint64_t nanoseconds)
{
	struct timespec time = { .tv_sec = (time_t)(nanoseconds / 1000000000),
				 .tv_nsec = (long)(nanoseconds % 1000000000) };

	nanosleep(&time, NULL);
}

static bool is_stopped(void)
{
	return shared->stage == STAGE_STOP;
}

/* The share of this process in `all`. */
static uint64_t share_of(uint64_t all)
{
	return all / wanted.processes + (self < all % wanted.processes);
}

/* Where this process's share begins. */
static uint64_t first_of(uint64_t all)
{
	return all / wanted.processes * self + (self < all % wanted.processes ? self : all % wanted.processes);
}

/* Waits until exchange `index` is due; false where it is not wanted any more. */
static bool is_due(uint64_t index, uint64_t began)
{
	double rate = (double)wanted.rate / wanted.processes;

	for (;;) {
		uint64_t due = began + (uint64_t)((double)index * 1e9 / rate), time;

		if (is_stopped())
			return false;
		/* The clock is not asked for each. */
		if (index % 8)
			return true;
		time = now();
		if (time >= due)
			return true;
		pause_for(due - time < 1000000 ? due - time : 1000000);
	}
}

/* Address `index` of 127.0.0.0/8 from 127.1.0.0 on: sixteen million. */
static struct sockaddr_in loopback(uint64_t index, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(0x7f010000u + (uint32_t)(index % 0xfe0000));
	return address;
}

static int listener_at(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int one = 1, socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(socket_, (struct sockaddr *)&address, sizeof(address)) || listen(socket_, 4096))
		fail("cannot listen");
	return socket_;
}

struct connection {
	int client, server;
};

static struct connection open_connection(int listener, const struct sockaddr_in *to)
{
	struct connection made = { .client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	int one = 1;

	if (made.client < 0)
		fail("cannot make a socket");
	if (connect(made.client, (const struct sockaddr *)to, sizeof(*to)))
		fail("cannot connect");
	made.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (made.server < 0)
		fail("cannot accept");
	setsockopt(made.client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(made.server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	mine->opened++;
	return made;
}

static void receive_all(int socket_, size_t size)
{
	char buffer[4096];

	while (size) {
		ssize_t got = recv(socket_, buffer, size < sizeof(buffer) ? size : sizeof(buffer), 0);

		if (got <= 0)
			fail("cannot receive");
		size -= (size_t)got;
	}
}

static void send_all(int socket_, const char *bytes, size_t size)
{
	if (send(socket_, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
		fail("cannot send");
}

static void exchange(const struct connection *connection, const char *question, size_t asked, const char *answer,
		     size_t answered)
{
	send_all(connection->client, question, asked);
	receive_all(connection->server, asked);
	send_all(connection->server, answer, answered);
	receive_all(connection->client, answered);
	mine->asked += asked;
	mine->answered += answered;
}

/* The client first, and in order. */
static void close_connection(const struct connection *connection)
{
	char byte;

	shutdown(connection->client, SHUT_WR);
	if (recv(connection->server, &byte, 1, 0) != 0)
		fail("no end of the connection");
	close(connection->server);
	if (recv(connection->client, &byte, 1, 0) != 0)
		fail("no end of the connection");
	close(connection->client);
	mine->closed++;
}

static void get_ready(void)
{
	mine->ready = 1;
	/* A thousand that look every millisecond would be a load of their own. */
	while (shared->stage == STAGE_PREPARE)
		pause_for(1000000 + (uint64_t)wanted.processes * 100000);
}

/* Connections that are held: `connections` in all, to as many peers as wanted; a hundredth says something every second.
 */
static void hold(void)
{
	static char question[ASKED_BYTES], answer[ANSWERED_BYTES];
	uint64_t count = share_of(wanted.connections), first = first_of(wanted.connections);
	uint64_t rate = (count + TRICKLE_SHARE - 1) / TRICKLE_SHARE;
	struct connection *held = calloc(count + 1, sizeof(*held));
	uint16_t port = (uint16_t)(PORT + self);
	int listener = listener_at(port);

	if (!held)
		fail("no memory");
	get_ready();
	for (uint64_t index = 0; index < count && !is_stopped(); index++) {
		struct sockaddr_in to = loopback((first + index) % wanted.peers, port);

		held[index] = open_connection(listener, &to);
	}
	mine->done = 1;
	for (uint64_t next = 0; !is_stopped(); pause_for(1000000000 / rate)) {
		if (shared->stage == STAGE_REST)
			continue;
		exchange(&held[next++ % count], question, sizeof(question), answer, sizeof(answer));
	}
}

/* Short connections: `count` of them, each with an exchange. */
static void churn(void)
{
	static char question[ASKED_BYTES], answer[ANSWERED_BYTES];
	uint64_t count = share_of(wanted.count), first = first_of(wanted.count), began;
	uint16_t port = (uint16_t)(PORT + self);
	int listener = listener_at(port);

	get_ready();
	began = now();
	for (uint64_t index = 0; index < count && is_due(index, began); index++) {
		struct sockaddr_in to = loopback((first + index) % wanted.peers, port);
		struct connection connection = open_connection(listener, &to);

		exchange(&connection, question, sizeof(question), answer, sizeof(answer));
		close_connection(&connection);
	}
}

/* A word for a number that looks like no number: what varies is to be found out by its many values. */
static char *put_word(char *to, uint64_t number)
{
	static const char syllables[10][3] = { "ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu" };

	do {
		memcpy(to, syllables[number % 10], 2);
		to += 2;
		number /= 10;
	} while (number);
	return to;
}

static char *put(char *to, const char *text)
{
	size_t size = strlen(text);

	memcpy(to, text, size);
	return to + size;
}

/* Requests on connections that are kept: `count` of them, to `peers` addresses, for `paths` paths, answered with as
 * many statuses as wanted. Request i has peer, status and path i, modulo their numbers. */
static void requests(void)
{
	static const char *const statuses[] = { "200 OK",	"201 Created",	   "202 Accepted",  "301 Moved",
						"400 Bad",	"403 Forbidden",   "404 Not Found", "409 Conflict",
						"500 Internal", "503 Unavailable", "504 Timeout" };
	uint64_t count = share_of(wanted.count), first = first_of(wanted.count), began;
	/* One or more connections a peer. */
	uint64_t connections = share_of(wanted.connections > wanted.peers ? wanted.connections : wanted.peers);
	uint64_t first_peer = first_of(wanted.connections > wanted.peers ? wanted.connections : wanted.peers);
	struct connection *held = calloc(connections + 1, sizeof(*held));
	uint16_t port = (uint16_t)(PORT + self);
	int listener = listener_at(port);

	if (!held || wanted.statuses > sizeof(statuses) / sizeof(statuses[0]))
		fail("no memory");
	get_ready();
	for (uint64_t index = 0; index < connections; index++) {
		struct sockaddr_in to = loopback((first_peer + index) % wanted.peers, port);

		held[index] = open_connection(listener, &to);
	}
	began = now();
	for (uint64_t index = 0; index < count && is_due(index, began); index++) {
		char question[256], answer[256], *end = put(question, "GET /");

		if (wanted.paths > 1)
			end = put_word(put(end, "items/"), (first + index) % wanted.paths);
		end = put(end, " HTTP/1.1\r\nHost: scale\r\nUser-Agent: scale-load\r\n\r\n");
		/* The same connection has all statuses, one after another. */
		int size = snprintf(answer, sizeof(answer), "HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok",
				    statuses[index / connections % wanted.statuses]);

		exchange(&held[index % connections], question, (size_t)(end - question), answer, (size_t)size);
		mine->requests++;
	}
}

static int datagram_socket(uint16_t port, bool shows_address)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int one = 1, size = 4 << 20, socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(socket_, (struct sockaddr *)&address, sizeof(address)))
		fail("cannot open a datagram socket");
	setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (shows_address)
		setsockopt(socket_, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	return socket_;
}

/* Datagrams between `peers` pairs of addresses: both the one they come from and the one they go to are of their own. */
static void datagrams(void)
{
	static char question[ASKED_BYTES];
	uint64_t count = share_of(wanted.count), first = first_of(wanted.count), began;
	uint16_t port = (uint16_t)(PORT + self);
	int server = datagram_socket(port, false);
	int client = datagram_socket((uint16_t)(UDP_CLIENT_PORT + self), false);

	get_ready();
	began = now();
	for (uint64_t index = 0; index < count && is_due(index, began); index++) {
		struct sockaddr_in to = loopback((first + index) % wanted.peers, port);
		struct iovec part = { .iov_base = question, .iov_len = sizeof(question) };
		union {
			struct cmsghdr header;
			char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
		} control = { 0 };
		struct msghdr message = { .msg_name = &to,
					  .msg_namelen = sizeof(to),
					  .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = control.bytes,
					  .msg_controllen = sizeof(control.bytes) };
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		struct in_pktinfo from = { .ipi_spec_dst = to.sin_addr };

		header->cmsg_level = IPPROTO_IP;
		header->cmsg_type = IP_PKTINFO;
		header->cmsg_len = CMSG_LEN(sizeof(from));
		memcpy(CMSG_DATA(header), &from, sizeof(from));
		if (sendmsg(client, &message, 0) != sizeof(question))
			fail("cannot send");
		receive_all(server, sizeof(question));
		mine->datagrams++;
		mine->asked += sizeof(question);
	}
}

/* DNS: `count` questions for `paths` names, all answered with an address. */
static void questions(void)
{
	static const uint8_t tail[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4 };
	uint64_t count = share_of(wanted.count), first = first_of(wanted.count), began;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };
	int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int client = datagram_socket((uint16_t)(UDP_CLIENT_PORT + self), false);

	/* A resolver for each process. */
	to.sin_addr.s_addr = htonl(0x7f000035u + self);
	if (server < 0 || bind(server, (struct sockaddr *)&to, sizeof(to)) ||
	    connect(client, (struct sockaddr *)&to, sizeof(to)))
		fail("cannot open the resolver's socket");
	get_ready();
	began = now();
	for (uint64_t index = 0; index < count && is_due(index, began); index++) {
		uint64_t name = (first + index) % wanted.paths;
		uint8_t message[512] = { (uint8_t)(index >> 8), (uint8_t)index, 1, 0, 0, 1 };
		char *label = (char *)message + 13, *end = put_word(label, name);
		struct sockaddr_in from;
		socklen_t length = sizeof(from);
		struct sockaddr_in address = loopback(name, 0);

		message[12] = (uint8_t)(end - label);
		memcpy(end, "\5scale\4test\0\0\1\0\1", 16);
		end += 16;
		size_t asked = (size_t)(end - (char *)message);

		send_all(client, (char *)message, asked);
		mine->asked += asked;
		if (recvfrom(server, message, sizeof(message), 0, (struct sockaddr *)&from, &length) != (ssize_t)asked)
			fail("cannot receive a question");
		message[2] = 0x81;
		message[3] = 0x80;
		message[7] = 1;
		memcpy(end, tail, sizeof(tail));
		memcpy(end + sizeof(tail), &address.sin_addr, 4);
		size_t answered = asked + sizeof(tail) + 4;

		if (sendto(server, message, answered, 0, (struct sockaddr *)&from, length) != (ssize_t)answered)
			fail("cannot answer");
		receive_all(client, answered);
		mine->answered += answered;
		mine->datagrams += 2;
		mine->requests++;
	}
}

/* A process in each cgroup of a list, which keeps a connection to itself, with a request every second. */
static void pod(void)
{
	static const char question[] = "GET /health HTTP/1.1\r\nHost: scale\r\n\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	struct sockaddr_in to = loopback(self, (uint16_t)(10000 + self));
	int listener = listener_at((uint16_t)(10000 + self));
	struct connection held;

	get_ready();
	/* Not all at once. */
	pause_for((uint64_t)self * 1000000);
	held = open_connection(listener, &to);
	for (int turn = 0; !is_stopped(); turn++) {
		if (shared->stage == STAGE_REST) {
			pause_for(500000000);
			continue;
		}
		exchange(&held, question, sizeof(question) - 1, answer, sizeof(answer) - 1);
		mine->requests++;
		mine->done = 1;
		if (turn % 10 == 9) {
			struct connection brief = open_connection(listener, &to);

			exchange(&brief, question, sizeof(question) - 1, answer, sizeof(answer) - 1);
			mine->requests++;
			close_connection(&brief);
		}
		pause_for(1000000000);
	}
}

/* A process in a cgroup from its birth: to move a thousand would take the kernel minutes. */
static pid_t fork_into(const char *directory)
{
	int cgroup = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args arguments = { .flags = CLONE_INTO_CGROUP,
					.exit_signal = SIGCHLD,
					.cgroup = (uint64_t)cgroup };
	pid_t child;

	if (cgroup < 0)
		fail(directory);
	child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child)
		close(cgroup);
	return child;
}

static void work(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = { { "hold", hold },		  { "churn", churn },	      { "requests", requests },
		      { "datagrams", datagrams }, { "questions", questions }, { "pods", pod } };

	for (size_t index = 0; index < sizeof(modes) / sizeof(modes[0]); index++) {
		if (strcmp(modes[index].name, wanted.mode))
			continue;
		modes[index].run();
		mine->done = 1;
		/* What is open stays open until everybody goes. */
		for (;;)
			pause();
	}
	errno = EINVAL;
	fail(wanted.mode);
}

static bool is_everybody(size_t flag)
{
	for (uint32_t index = 0; index < wanted.processes; index++)
		if (!*(_Atomic int *)((char *)&shared->accounts[index] + flag))
			return false;
	return true;
}

static void report(void)
{
	struct account sum = { 0 };

	for (uint32_t index = 0; index < wanted.processes; index++) {
		const struct account *one = &shared->accounts[index];

		sum.opened += one->opened;
		sum.closed += one->closed;
		sum.asked += one->asked;
		sum.answered += one->answered;
		sum.requests += one->requests;
		sum.datagrams += one->datagrams;
	}
	printf("{\"opened\":%lu,\"closed\":%lu,\"asked\":%lu,\"answered\":%lu,\"requests\":%lu,\"datagrams\":%lu}\n",
	       sum.opened, sum.closed, sum.asked, sum.answered, sum.requests, sum.datagrams);
	fflush(stdout);
}

static void say(const char *word)
{
	puts(word);
	fflush(stdout);
}

static void read_arguments(int count, char **arguments)
{
	const struct {
		const char *name;
		uint64_t *number;
	} numbers[] = { { "count", &wanted.count }, { "rate", &wanted.rate },	{ "connections", &wanted.connections },
			{ "peers", &wanted.peers }, { "paths", &wanted.paths }, { "statuses", &wanted.statuses } };

	if (count < 2) {
		fputs("usage: scale-load MODE [count=N] [rate=N] [connections=N] [peers=N] [paths=N] [statuses=N] "
		      "[processes=N] [cgroups=FILE]\n",
		      stderr);
		exit(64);
	}
	wanted.mode = arguments[1];
	for (int index = 2; index < count; index++) {
		char *value = strchr(arguments[index], '=');

		if (!value)
			exit(64);
		*value++ = 0;
		if (!strcmp(arguments[index], "processes"))
			wanted.processes = (uint32_t)atoi(value);
		if (!strcmp(arguments[index], "cgroups"))
			wanted.cgroups = value;
		for (size_t each = 0; each < sizeof(numbers) / sizeof(numbers[0]); each++)
			if (!strcmp(arguments[index], numbers[each].name))
				*numbers[each].number = strtoull(value, NULL, 10);
	}
	if (!strcmp(wanted.mode, "hold"))
		wanted.processes = (uint32_t)((wanted.connections + HELD_BY_PROCESS - 1) / HELD_BY_PROCESS);
	if (wanted.processes < 1 || wanted.processes > PROCESSES || !wanted.peers || !wanted.paths || !wanted.rate)
		exit(64);
}

int main(int count, char **arguments)
{
	char line[512];
	FILE *cgroups = NULL;
	bool said_done = false, said_ready = false;

	read_arguments(count, arguments);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("no memory");
	if (wanted.cgroups && !(cgroups = fopen(wanted.cgroups, "r")))
		fail(wanted.cgroups);
	for (self = 0; self < wanted.processes; self++) {
		if (cgroups && fgets(line, sizeof(line), cgroups))
			line[strcspn(line, "\n")] = 0;
		pid_t child = cgroups ? fork_into(line) : fork();

		if (child < 0)
			fail("cannot fork");
		if (child == 0) {
			/* Whatever ends the first one ends them all. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			mine = &shared->accounts[self];
			work();
		}
	}
	for (;;) {
		struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

		/* None ends by itself. */
		if (waitpid(-1, NULL, WNOHANG) > 0)
			return 1;

		if (poll(&input, 1, 5) > 0) {
			ssize_t got = read(STDIN_FILENO, line, sizeof(line) - 1);

			if (got <= 0)
				return 0;
			line[got] = 0;
			for (char *word = strtok(line, "\n"); word; word = strtok(NULL, "\n")) {
				if (!strcmp(word, "go"))
					shared->stage = STAGE_GO;
				if (!strcmp(word, "rest"))
					shared->stage = STAGE_REST;
				if (!strcmp(word, "stop"))
					shared->stage = STAGE_STOP;
				if (!strcmp(word, "report"))
					report();
			}
		}
		if (!said_ready && is_everybody(offsetof(struct account, ready))) {
			said_ready = true;
			say("ready");
		}
		if (!said_done && said_ready && is_everybody(offsetof(struct account, done))) {
			said_done = true;
			say("done");
		}
	}
}
