/* What the shell on the serial line can be told. It asks the board through Mote's own calls, and prints with printf(). */
#ifndef MOTE_ESP_SHELL_COMMAND_H
#define MOTE_ESP_SHELL_COMMAND_H

#include "port/esp/shell_line.h"

#include <stdint.h>

/* What differs between a chip and a test. */
struct mote_shell_machine {
    uint32_t (*free_memory)(void);
    void (*log_level)(int level); /* 0 none, 1 errors, 2 warnings, 3 what happens, 4 everything */
    void (*restart)(void);
};

/* Does what the line says, and forgets it. In the loop's task. */
void mote_shell_do(struct mote_shell_line *line, const struct mote_shell_machine *machine);

#endif
