/* What the parts of `mote wifi` share. */
#ifndef WIFI_H
#define WIFI_H

#include <mote/wifi.h>

struct wifi_options {
    uint64_t timeout_ms;
    const char *ssid; /* of the access point; NULL: ID-setup */
    const char *node; /* NULL: the one that runs */
    bool open;
    bool hidden;
    bool qr;
    bool close;
    bool json;
    bool help;
};

/* The access point. Returns the exit status, as all of these. */
int wifi_run_ap(const struct wifi_options *options, int count, char **words);

/* Says why it does not work, by the port's words where there are some and `words` is NULL. Returns 1. */
int wifi_refuse(const char *what, enum mote_reason reason, const char *words);

/* Is there a radio? Says so if not. */
bool wifi_has_radio(void);

/* Reads a key from standard input, without echo on a terminal. Returns false after saying what is wrong. */
bool wifi_read_key(char *key, size_t size);

uint64_t wifi_now_ms(void);

/* Ctrl-C; the first call begins to listen for it. */
bool wifi_is_stopped(void);

/* Sleeps until something has happened. Returns false once the time is over, or on Ctrl-C. */
bool wifi_goes_on(uint64_t end_ms);

#endif
