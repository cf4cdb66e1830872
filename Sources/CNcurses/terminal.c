// The one C file that knows ncurses. It owns the terminal's state before (termios, and the bytes that leave the
// alternate screen, built before newterm) so that whatever ends the program, the terminal is as it was.
// Limits: one terminal a process, 256 colour pairs (a theme uses about 20), three scalars a cell.
#define _GNU_SOURCE
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR       1

#include "CNcurses.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// Of <term.h>, which defines a macro for every capability (`lines`, `columns`…), only this is needed.
extern int setupterm(const char *term, int descriptor, int *error);

#define MAX_PAIRS     256
#define RESTORE_BYTES 512

struct pair {
	int32_t foreground;
	int32_t background;
};

static struct {
	SCREEN *screen;
	WINDOW *keys; // a pad: reading from it does not refresh the screen
	FILE *input;
	FILE *output;
	int descriptor;
	bool colour;
	int pairs;
	struct pair pair[MAX_PAIRS];
} terminal = { .descriptor = -1 };

// What the crash handler reads: written before `armed` is set, never afterwards.
static volatile sig_atomic_t armed;
static int restore_descriptor = -1;
static struct termios restore_termios;
static char restore_bytes[RESTORE_BYTES];
static size_t restore_length;

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
#define FATAL_SIGNALS (sizeof(fatal_signals) / sizeof(fatal_signals[0]))
static struct sigaction previous[FATAL_SIGNALS];
static char alternate_stack[64 * 1024];

// MARK: the crash handler

static const char *signal_name(int number)
{
	switch (number) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGILL:
		return "SIGILL";
	case SIGFPE:
		return "SIGFPE";
	case SIGABRT:
		return "SIGABRT";
	case SIGTRAP:
		return "SIGTRAP";
	default:
		return "a signal";
	}
}

static void write_all(int descriptor, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t written = write(descriptor, bytes, count);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		bytes += written;
		count -= (size_t)written;
	}
}

// Runs once: SA_RESETHAND has already put the default back, so the signal raised again ends the process with 128+n.
static void crash(int number)
{
	if (armed) {
		armed = 0;
		write_all(restore_descriptor, restore_bytes, restore_length);
		tcsetattr(restore_descriptor, TCSANOW, &restore_termios);
	}
	static const char before[] = "podglass: crashed with ";
	static const char after[] = "; the terminal was restored. Please report this as a bug.\n";
	const char *name = signal_name(number);
	write_all(STDERR_FILENO, before, sizeof(before) - 1);
	write_all(STDERR_FILENO, name, strlen(name));
	write_all(STDERR_FILENO, after, sizeof(after) - 1);
	raise(number);
}

static void add_restore(const char *capability)
{
	const char *bytes = tigetstr(capability);
	if (bytes == NULL || bytes == (const char *)-1)
		return;
	// A padding mark $<n> is an instruction to tputs and not for the terminal.
	for (; *bytes != '\0' && restore_length < RESTORE_BYTES; bytes++) {
		if (bytes[0] == '$' && bytes[1] == '<') {
			const char *end = strchr(bytes, '>');
			if (end != NULL) {
				bytes = end;
				continue;
			}
		}
		restore_bytes[restore_length++] = *bytes;
	}
}

static void arm(int descriptor)
{
	restore_length = 0;
	add_restore("sgr0");
	add_restore("op");
	add_restore("rmkx");
	add_restore("cnorm");
	add_restore("rmcup");
	restore_descriptor = descriptor;
	armed = 1;

	stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof(alternate_stack) };
	sigaltstack(&stack, NULL);
	struct sigaction action = { .sa_handler = crash, .sa_flags = SA_ONSTACK | SA_RESETHAND };
	sigemptyset(&action.sa_mask);
	for (size_t index = 0; index < FATAL_SIGNALS; index++)
		sigaction(fatal_signals[index], &action, &previous[index]);
}

static void disarm(void)
{
	armed = 0;
	for (size_t index = 0; index < FATAL_SIGNALS; index++)
		sigaction(fatal_signals[index], &previous[index], NULL);
}

// MARK: opening and closing

// The user's locale; where it names UTF-8 but is not installed (SSH passes LANG on), the C library's own UTF-8.
static void set_locale(void)
{
	if (setlocale(LC_CTYPE, "") != NULL && podglass_terminal_utf8())
		return;
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	for (size_t index = 0; index < 3; index++) {
		const char *value = getenv(variables[index]);
		if (value == NULL || *value == '\0')
			continue;
		if (strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL)
			setlocale(LC_CTYPE, "C.UTF-8");
		return;
	}
}

static bool open_streams(void)
{
	int input = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (input < 0) {
		if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
			return false;
		input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	}
	int output = input < 0 ? -1 : fcntl(input, F_DUPFD_CLOEXEC, 3);
	terminal.input = input < 0 ? NULL : fdopen(input, "r");
	terminal.output = output < 0 ? NULL : fdopen(output, "w");
	terminal.descriptor = input;
	return terminal.input != NULL && terminal.output != NULL;
}

static void close_streams(void)
{
	if (terminal.input != NULL)
		fclose(terminal.input);
	if (terminal.output != NULL)
		fclose(terminal.output);
	terminal.input = NULL;
	terminal.output = NULL;
	terminal.descriptor = -1;
}

static void set_modes(void)
{
	raw();
	noecho();
	nonl();
	leaveok(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	terminal.keys = newpad(1, 1);
	if (terminal.keys != NULL) {
		keypad(terminal.keys, TRUE);
		nodelay(terminal.keys, TRUE);
	}
	if (terminal.colour && has_colors()) {
		start_color();
		use_default_colors();
	} else {
		terminal.colour = false;
	}
	terminal.pairs = 1;
}

enum podglass_open_result podglass_terminal_open(bool colour)
{
	if (terminal.screen != NULL)
		return PODGLASS_OPENED;
	const char *term = getenv("TERM");
	if (term == NULL || *term == '\0')
		return PODGLASS_TERM_UNSET;
	set_locale();
	if (!open_streams()) {
		close_streams();
		return PODGLASS_NO_TERMINAL;
	}
	enum podglass_open_result result = PODGLASS_OPEN_FAILED;
	int error = 0;
	if (setupterm(term, fileno(terminal.output), &error) != OK) {
		result = PODGLASS_TERM_UNKNOWN;
		goto failed;
	}
	const char *address = tigetstr("cup");
	if (address == NULL || address == (const char *)-1) {
		result = PODGLASS_TERM_DUMB;
		goto failed;
	}
	if (tcgetattr(terminal.descriptor, &restore_termios) != 0)
		goto failed;
	arm(terminal.descriptor);
	terminal.colour = colour;
	terminal.screen = newterm(term, terminal.output, terminal.input);
	if (terminal.screen == NULL) {
		disarm();
		goto failed;
	}
	set_modes();
	podglass_terminal_resize();
	return PODGLASS_OPENED;
failed:
	close_streams();
	return result;
}

void podglass_terminal_close(void)
{
	if (terminal.screen == NULL)
		return;
	endwin();
	disarm();
	tcsetattr(terminal.descriptor, TCSADRAIN, &restore_termios);
	if (terminal.keys != NULL)
		delwin(terminal.keys);
	delscreen(terminal.screen);
	terminal.keys = NULL;
	terminal.screen = NULL;
	close_streams();
}

// MARK: what it is

int podglass_terminal_descriptor(void)
{
	return terminal.descriptor;
}

bool podglass_terminal_alive(void)
{
	struct termios ignored;
	struct pollfd poller = { .fd = terminal.descriptor, .events = POLLIN };
	if (terminal.descriptor < 0 || tcgetattr(terminal.descriptor, &ignored) != 0)
		return false;
	return poll(&poller, 1, 0) < 0 || (poller.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

int podglass_terminal_colours(void)
{
	return terminal.colour ? COLORS : 0;
}

bool podglass_terminal_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

const char *podglass_terminal_environment(const char *name)
{
	return getenv(name);
}

void podglass_terminal_size(int *columns, int *rows)
{
	*columns = terminal.screen == NULL ? 0 : COLS;
	*rows = terminal.screen == NULL ? 0 : LINES;
}

void podglass_terminal_resize(void)
{
	struct winsize size;
	if (terminal.screen == NULL || ioctl(terminal.descriptor, TIOCGWINSZ, &size) != 0)
		return;
	if (size.ws_row > 0 && size.ws_col > 0 && (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
}

// MARK: drawing

// The pair of two colours; pair 0 (the terminal's own) where there is no room for another.
static int pair_of(int32_t foreground, int32_t background)
{
	if (!terminal.colour || (foreground < 0 && background < 0))
		return 0;
	for (int index = 1; index < terminal.pairs; index++)
		if (terminal.pair[index].foreground == foreground && terminal.pair[index].background == background)
			return index;
	if (terminal.pairs >= MAX_PAIRS || terminal.pairs >= COLOR_PAIRS)
		return 0;
	int index = terminal.pairs;
	if (init_extended_pair(index, foreground, background) != OK)
		return 0;
	terminal.pair[index] = (struct pair){ foreground, background };
	terminal.pairs++;
	return index;
}

static attr_t attributes_of(uint16_t attributes)
{
	attr_t result = A_NORMAL;
	if (attributes & PODGLASS_BOLD)
		result |= A_BOLD;
	if (attributes & PODGLASS_DIM)
		result |= A_DIM;
	if (attributes & PODGLASS_UNDERLINE)
		result |= A_UNDERLINE;
	if (attributes & PODGLASS_REVERSE)
		result |= A_REVERSE;
	return result;
}

void podglass_terminal_row(int row, const struct podglass_cell *cells, int count)
{
	if (terminal.screen == NULL || row < 0 || row >= LINES)
		return;
	cchar_t line[1024];
	int used = 0;
	for (int index = 0; index < count && used + 2 < 1024; index++) {
		wchar_t text[PODGLASS_CELL_SCALARS + 1] = { 0 };
		for (int place = 0; place < PODGLASS_CELL_SCALARS; place++)
			text[place] = (wchar_t)cells[index].scalars[place];
		int pair = pair_of(cells[index].foreground, cells[index].background);
		attr_t attributes = attributes_of(cells[index].attributes);
		int fill = 0;
		// Where the C library counts another width than we do (or knows no such character), the row must not
		// shift.
		if (wcwidth(text[0]) != cells[index].width) {
			text[0] = L'?';
			text[1] = 0;
			fill = cells[index].width - 1;
		}
		if (setcchar(&line[used], text, attributes, (short)pair, &pair) != OK) {
			text[0] = L'?';
			text[1] = 0;
			setcchar(&line[used], text, attributes, (short)pair, &pair);
		}
		used++;
		for (; fill > 0; fill--)
			setcchar(&line[used++], L" ", attributes, (short)pair, &pair);
	}
	mvadd_wchnstr(row, 0, line, used);
}

void podglass_terminal_flush(int column, int row)
{
	if (terminal.screen == NULL)
		return;
	bool shown = column >= 0 && row >= 0 && row < LINES && column < COLS;
	leaveok(stdscr, shown ? FALSE : TRUE);
	curs_set(shown ? 1 : 0);
	if (shown)
		move(row, column);
	refresh();
}

void podglass_terminal_redraw(void)
{
	if (terminal.screen != NULL)
		clearok(curscr, TRUE);
}

bool podglass_terminal_write(const uint8_t *bytes, int count)
{
	if (terminal.screen == NULL)
		return false;
	fflush(terminal.output);
	while (count > 0) {
		ssize_t written = write(terminal.descriptor, bytes, (size_t)count);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		count -= (int)written;
	}
	return true;
}

// MARK: keys

static uint32_t key_of(wint_t code)
{
	switch (code) {
	case KEY_UP:
		return PODGLASS_KEY_UP;
	case KEY_DOWN:
		return PODGLASS_KEY_DOWN;
	case KEY_LEFT:
		return PODGLASS_KEY_LEFT;
	case KEY_RIGHT:
		return PODGLASS_KEY_RIGHT;
	case KEY_HOME:
		return PODGLASS_KEY_HOME;
	case KEY_END:
		return PODGLASS_KEY_END;
	case KEY_PPAGE:
		return PODGLASS_KEY_PAGE_UP;
	case KEY_NPAGE:
		return PODGLASS_KEY_PAGE_DOWN;
	case KEY_BTAB:
		return PODGLASS_KEY_BACK_TAB;
	case KEY_ENTER:
		return PODGLASS_KEY_ENTER;
	case KEY_BACKSPACE:
		return PODGLASS_KEY_BACKSPACE;
	case KEY_DC:
		return PODGLASS_KEY_DELETE;
	default:
		return PODGLASS_KEY_IGNORED;
	}
}

struct podglass_event podglass_terminal_next(void)
{
	struct podglass_event event = { PODGLASS_KEY_NONE, 0 };
	if (terminal.keys == NULL)
		return event;
	wint_t code = 0;
	switch (wget_wch(terminal.keys, &code)) {
	case OK:
		event.key = PODGLASS_KEY_SCALAR;
		event.scalar = (uint32_t)code;
		break;
	case KEY_CODE_YES:
		event.key = key_of(code);
		break;
	default:
		break;
	}
	return event;
}

void podglass_terminal_suspend(void)
{
	if (terminal.screen == NULL)
		return;
	endwin();
	tcsetattr(terminal.descriptor, TCSADRAIN, &restore_termios);
	// Neither ncurses' handler nor a signalfd may keep it: stop for real. Not SIGSTOP, which would stop us for ever
	// where no shell is there to continue us; the kernel ignores SIGTSTP in an orphaned process group.
	struct sigaction kept, plain = { .sa_handler = SIG_DFL };
	sigset_t stop, mask;
	sigemptyset(&plain.sa_mask);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigaction(SIGTSTP, &plain, &kept);
	pthread_sigmask(SIG_UNBLOCK, &stop, &mask);
	raise(SIGTSTP);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGTSTP, &kept, NULL);
	reset_prog_mode();
	podglass_terminal_resize();
	clearok(curscr, TRUE);
	refresh();
}
