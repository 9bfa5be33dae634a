/* Pins: digital outputs and inputs of the board.
 *
 * A pin is declared by its owner and lives as long as the program uses it; the fields up to `context` are set before
 * the first call and left alone after it. "On" is logical; with `.active = MOTE_LOW` it is the electrical level 0. No
 * call blocks; all may be called from within any callback, none from an interrupt or another thread.
 */
#ifndef MOTE_PIN_H
#define MOTE_PIN_H

#include <mote/reason.h>
#include <stdbool.h>
#include <stdint.h>

enum mote_direction {
    MOTE_INPUT,
    MOTE_OUTPUT,
};

/* The electrical level that means "on". */
enum mote_level {
    MOTE_HIGH,
    MOTE_LOW,
};

enum mote_pull {
    MOTE_PULL_NONE,
    MOTE_PULL_UP,
    MOTE_PULL_DOWN,
};

/* What an output does when the program starts. */
enum mote_boot {
    MOTE_BOOT_OFF,
    MOTE_BOOT_ON,
    MOTE_BOOT_KEEP, /* whatever level is there, where the board can tell */
};

struct mote_pin {
    uint16_t number;               /* the board's number for it: GPIO number, line offset */
    const char *name;              /* for people; may be NULL */
    const char *line;              /* Linux: instead of the number, "gpiochip1/3", a line's name, or "led:NAME" */
    enum mote_direction direction; /* an input unless told otherwise */
    enum mote_level active;
    enum mote_pull pull;
    enum mote_boot boot;
    void (*on_change)(struct mote_pin *pin, bool on, void *context); /* input: its debounced state has changed */
    void *context;

    bool open; /* the rest is Mote's own */
    bool on;   /* what was written, or the debounced state */
    int32_t handle;
};

/* Takes the pin and, if it is an output, gives it its boot state. The other calls take it by themselves (writing
 * starts it with what is written); call it where the boot state has to be there at once. Returns MOTE_OK, also if it
 * is open; MOTE_PIN_ABSENT if the board has no such pin; MOTE_PIN_BUSY if another program or driver holds it, or this
 * one may not use it; MOTE_CONFIG_INVALID if the pin cannot do what is asked of it (a pull it does not have). */
enum mote_reason mote_pin_open(struct mote_pin *pin);

/* Switches an output on or off. Returns as mote_pin_open(); MOTE_CONFIG_INVALID if it is an input. */
enum mote_reason mote_pin_write(struct mote_pin *pin, bool on);

/* Switches an output over. Returns as mote_pin_write(). */
enum mote_reason mote_pin_toggle(struct mote_pin *pin);

/* Is the pin on, logically: what was written to an output, what is at an input at this moment? Returns false for one
 * that cannot be opened: mote_pin_open() says why. */
bool mote_pin_read(struct mote_pin *pin);

/* Gives the pin back to the board; an output keeps its level where the board can do that. */
void mote_pin_close(struct mote_pin *pin);

#endif
