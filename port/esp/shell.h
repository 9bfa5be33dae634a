/* The shell on the serial line, or whatever the SDK's console is. */
#ifndef MOTE_ESP_SHELL_H
#define MOTE_ESP_SHELL_H

#include <stdbool.h>

/* Starts its task. Returns false if there is no memory for it. */
bool mote_shell_start(void);

#endif
