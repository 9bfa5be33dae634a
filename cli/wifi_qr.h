/* The code that a telephone's camera joins a network with. */
#ifndef WIFI_QR_H
#define WIFI_QR_H

#include <stdbool.h>
#include <stddef.h>

enum { WIFI_QR_SIZE = 2 * 32 + 2 * 64 + 32 };

/* What the code says, as in WIFI:T:WPA;S:NAME;P:KEY;; */
void wifi_qr_text(const char *ssid, const char *key, char text[WIFI_QR_SIZE]);

/* Prints it on standard output: black on white on a terminal, else as it is right on paper. Returns false after saying what
 * is wrong. */
bool wifi_qr_print(const char *text);

/* Is this the name of a picture that wifi_qr_draw() can make? */
bool wifi_qr_is_picture(const char *path);

/* Makes such a file, which its owner alone can read. Returns false after saying what is wrong. */
bool wifi_qr_draw(const char *text, const char *path);

#endif
