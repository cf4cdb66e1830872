// All of ncurses that podglass uses, without one ncurses type: plain structs and eleven calls.
// One terminal a process; every call is made by the thread that opened it. State lives in terminal.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PODGLASS_CELL_SCALARS 3

enum podglass_attribute {
	PODGLASS_BOLD = 1,
	PODGLASS_DIM = 2,
	PODGLASS_UNDERLINE = 4,
	PODGLASS_REVERSE = 8,
};

struct podglass_cell {
	// The character, then what combines with it; 0 ends.
	uint32_t scalars[PODGLASS_CELL_SCALARS];
	// -1 is the terminal's own colour; else an index of the palette, or 0xRRGGBB where the terminal takes it
	// directly.
	int32_t foreground;
	int32_t background;
	uint16_t attributes;
	// 1 or 2; a wide character's second cell is not passed.
	uint16_t width;
};

enum podglass_open_result {
	PODGLASS_OPENED = 0,
	PODGLASS_NO_TERMINAL,
	PODGLASS_TERM_UNSET,
	PODGLASS_TERM_UNKNOWN,
	PODGLASS_TERM_DUMB,
	PODGLASS_OPEN_FAILED,
};

// A key that is no character; characters arrive with their scalar.
enum podglass_key {
	PODGLASS_KEY_NONE = 0,
	PODGLASS_KEY_SCALAR,
	PODGLASS_KEY_UP,
	PODGLASS_KEY_DOWN,
	PODGLASS_KEY_LEFT,
	PODGLASS_KEY_RIGHT,
	PODGLASS_KEY_HOME,
	PODGLASS_KEY_END,
	PODGLASS_KEY_PAGE_UP,
	PODGLASS_KEY_PAGE_DOWN,
	PODGLASS_KEY_BACK_TAB,
	PODGLASS_KEY_ENTER,
	PODGLASS_KEY_BACKSPACE,
	PODGLASS_KEY_DELETE,
	PODGLASS_KEY_IGNORED,
};

struct podglass_event {
	uint32_t key;
	uint32_t scalar;
};

// Opens /dev/tty, or standard input and output where there is no /dev/tty and both are terminals. Never exits.
// `colour` false leaves every colour to the terminal.
enum podglass_open_result podglass_terminal_open(bool colour);
void podglass_terminal_close(void);

// The descriptor to poll for keys; -1 when closed.
int podglass_terminal_descriptor(void);
// False once the terminal is gone (hung up).
bool podglass_terminal_alive(void);
// How many colours: 0 or 1 is monochrome, 1 << 24 takes 0xRRGGBB.
int podglass_terminal_colours(void);
bool podglass_terminal_utf8(void);
// A variable of the environment; NULL where it is not set.
const char *podglass_terminal_environment(const char *name);
void podglass_terminal_size(int *columns, int *rows);

// Reads the kernel's size of the window and fits the screen to it; call it after SIGWINCH.
void podglass_terminal_resize(void);
// Everything is sent again at the next flush.
void podglass_terminal_redraw(void);
void podglass_terminal_row(int row, const struct podglass_cell *cells, int count);
// Puts the cursor, or hides it where column is negative; then sends what changed.
void podglass_terminal_flush(int column, int row);
// Bytes past ncurses, for OSC 52. False where they did not all go out.
bool podglass_terminal_write(const uint8_t *bytes, int count);

// The next key without waiting; PODGLASS_KEY_NONE when there is none.
struct podglass_event podglass_terminal_next(void);

// Gives the terminal back for a while, stops the process with SIGTSTP, and takes it again after SIGCONT.
void podglass_terminal_suspend(void);
