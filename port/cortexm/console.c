#include "port/cortexm/console.h"
#include "port/cortexm/board.h"
#include "port/cortexm/host.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

enum { CTRL_C = 3, OUTPUT_LINE = 128 };

static volatile bool stop_requested;

void mote_console_start(void)
{
    static char line[OUTPUT_LINE];

    setvbuf(stdout, line, _IOLBF, sizeof line);
}

void mote_console_interrupt(void)
{
    for (int byte = mote_board_get(); byte >= 0; byte = mote_board_get())
        stop_requested = stop_requested || byte == CTRL_C;
}

bool mote_console_stop_requested(void)
{
    return stop_requested;
}

void mote_console_say(const char *text)
{
    for (; *text != '\0'; text++)
        mote_board_put(*text);
}

void mote_console_say_hex(uint32_t number)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        mote_board_put("0123456789abcdef"[number >> shift & 15]);
}

/* --- What newlib asks of a system --- */

extern char mote_heap_start[], mote_heap_end[];

int _write(int file, const char *bytes, int size);
int _read(int file, char *into, int size);
void *_sbrk(ptrdiff_t more);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _lseek(int file, int offset, int from);
int _kill(int process, int number);
int _getpid(void);
_Noreturn void _exit(int status);

int _write(int file, const char *bytes, int size)
{
    (void)file;
    for (int i = 0; i < size; i++)
        mote_board_put(bytes[i]);
    return size;
}

int _read(int file, char *into, int size)
{
    (void)file, (void)into, (void)size;
    return 0;
}

/* What newlib's malloc() asks for. Nothing of Mote's does. */
void *_sbrk(ptrdiff_t more)
{
    static char *end = mote_heap_start;

    if (more > mote_heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += more;
    return end - more;
}

int _close(int file)
{
    (void)file;
    return -1;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

int _lseek(int file, int offset, int from)
{
    (void)file, (void)offset, (void)from;
    return 0;
}

int _kill(int process, int number)
{
    (void)process, (void)number;
    mote_host_fail();
}

int _getpid(void)
{
    return 1;
}

_Noreturn void _exit(int status)
{
    mote_host_exit(status);
}
