/* Wake: ends the loop's sleep, which is in select(), by a datagram to itself. */
#ifndef MOTE_ESP_WAKE_H
#define MOTE_ESP_WAKE_H

#include <stdbool.h>

/* Once TCP/IP runs. Returns false if there is no socket for it. */
bool mote_wake_start(void);

/* The loop's `wait` returns at once, or its next one does. From any task, lwIP's included, and without waiting; */
void mote_wake(void);

/* from an interrupt. */
void mote_wake_from_interrupt(void);

/* What select() has to watch; */
int mote_wake_fd(void);

/* and then: it is awake. Before it looks at what it was woken for. */
void mote_wake_clear(void);

#endif
