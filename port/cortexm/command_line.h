/* Command line: what the program's main() is given. */
#ifndef MOTE_CORTEXM_COMMAND_LINE_H
#define MOTE_CORTEXM_COMMAND_LINE_H

enum { MOTE_COMMAND_LINE_SIZE = 256, MOTE_COMMAND_LINE_WORDS = 24 };

struct mote_command_line {
    int argc;
    char *argv[MOTE_COMMAND_LINE_WORDS + 1];
};

/* Reads it: the host's, or else the one that was built in (MOTE_COMMAND_LINE). As in a shell, the words before the program's
 * name that have a `=` are its environment: `MOTE_LOG=1 home_switch mqtt://192.168.1.10`. */
void mote_command_line_read(struct mote_command_line *line);

#endif
