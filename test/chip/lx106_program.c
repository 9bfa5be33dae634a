/* A test's surroundings on an LX106: its arguments, its output, its end. */
#include "lx106.h"

#include <stdint.h>
#include <stdio.h>

enum { ARGUMENTS_MAX = 8 };

int main(int argc, char **argv);
void lx106_begin(void);

static char line[256];
static int used;

static int flush(FILE *file)
{
    (void)file;
    lx106_call(LX106_WRITE, 1, (int)line, used);
    used = 0;
    return 0;
}

static int put(char c, FILE *file)
{
    line[used++] = c;
    if (c == '\n' || used == sizeof line)
        flush(file);
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, flush, _FDEV_SETUP_WRITE);

FILE *const stdout = &console;
FILE *const stderr = &console;

void lx106_begin(void)
{
    static char *arguments[ARGUMENTS_MAX + 64]; /* the words lie behind their addresses */
    int argc = lx106_call(LX106_ARGC, 0, 0, 0);
    int status;

    lx106_call(LX106_ARGV, (int)arguments, 0, 0);
    status = main(argc, arguments);
    flush(stdout);
    lx106_call(LX106_EXIT, status, 0, 0);
}
