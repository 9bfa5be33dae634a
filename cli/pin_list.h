/* The pins that a board has, for `mote pin list`. */
#ifndef PIN_LIST_H
#define PIN_LIST_H

#include <stdbool.h>

/* One pin. The strings last until the call that it is for returns. */
struct pin_entry {
    const char *pin;  /* what read, write and watch take */
    const char *name; /* on the board; empty: none */
    bool is_output;
    int level;        /* electrical; -1: not known without taking the pin */
    const char *user; /* who has taken it; empty: nobody */
};

typedef void pin_list_entry(const struct pin_entry *entry, void *context);

/* Tells of the pins of the board that the program runs on, one by one. Returns how many there are. */
unsigned pin_list(pin_list_entry *tell, void *context);

#endif
