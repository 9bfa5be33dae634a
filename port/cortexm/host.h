/* Host: a debugger or an emulator that the program can ask, by semihosting. host_none.c takes its place where there is none. */
#ifndef MOTE_CORTEXM_HOST_H
#define MOTE_CORTEXM_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command line that it has for the program, with its NUL. Returns false if it has none. */
bool mote_host_command_line(char *into, size_t size);

/* Random numbers of the host's. Returns false if it has none. */
bool mote_host_entropy(void *into, size_t size);

/* Seconds since 1970; 0: it does not know. */
uint64_t mote_host_time(void);

/* Ends the program: the emulator, with this exit status. Where there is none the processor sleeps for ever. */
_Noreturn void mote_host_exit(int status);

/* The program has gone wrong and has said so: ends the emulator; where there is none, the board starts anew. */
_Noreturn void mote_host_fail(void);

#endif
