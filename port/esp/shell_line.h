/* A line of the shell: put together from what is typed, and cut into words. */
#ifndef MOTE_ESP_SHELL_LINE_H
#define MOTE_ESP_SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { MOTE_SHELL_LINE_SIZE = 160, MOTE_SHELL_WORDS_MAX = 5 };

struct mote_shell_line {
    char text[MOTE_SHELL_LINE_SIZE];
    size_t length;
};

/* Takes a character. Returns true when the line is complete. `echo`, of at least 4 bytes, is what the terminal is to show for
 * it, NUL-terminated: of a key, asterisks. */
bool mote_shell_line_take(struct mote_shell_line *line, char character, char *echo);

/* Cuts the line into words, in its place: blanks separate them, but not within "double quotes". Returns how many, at most
 * MOTE_SHELL_WORDS_MAX; -1 if there are more, or a quote has no end. */
int mote_shell_line_words(struct mote_shell_line *line, char *words[MOTE_SHELL_WORDS_MAX]);

/* Forgets it: there may be a key in it. */
void mote_shell_line_clear(struct mote_shell_line *line);

#endif
