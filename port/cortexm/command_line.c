#include "port/cortexm/command_line.h"
#include "port/cortexm/host.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

extern char **environ; /* newlib's, behind getenv() */

/* Cuts the next word out of the text at `*rest`; NULL when there is none. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");
    char *end = word + strcspn(word, " ");

    if (*word == '\0')
        return NULL;
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

void mote_command_line_read(struct mote_command_line *line)
{
    static char text[MOTE_COMMAND_LINE_SIZE];
    static char *environment[MOTE_COMMAND_LINE_WORDS + 1];
    char *rest = text, *word;
    size_t count = 0;

    if (!mote_host_command_line(text, sizeof text))
        strncpy(text, MOTE_COMMAND_LINE, sizeof text - 1);
    while ((word = next_word(&rest)) != NULL && strchr(word, '=') != NULL && count < MOTE_COMMAND_LINE_WORDS)
        environment[count++] = word;
    environ = environment;
    for (; word != NULL && line->argc < MOTE_COMMAND_LINE_WORDS; word = next_word(&rest))
        line->argv[line->argc++] = word;
    line->argv[line->argc] = NULL;
}
