/* What Mote has on Espressif's chips beyond the rest: certificates without files, and updates over the air.
 *
 * All is called from the loop's task, from within any callback. */
#ifndef MOTE_ESP_H
#define MOTE_ESP_H

#include <mote/image.h>
#include <stdbool.h>
#include <stddef.h>

/* Certificates and keys that are known by name at once; 1 to 255. RAM: 8 bytes each. Over it: mote_esp_file() returns false. */
#ifndef MOTE_ESP_FILES
#define MOTE_ESP_FILES 6
#endif

/* Starts the clock, the network and the WiFi, and makes this the program's port. app_main() of this component does so before it calls
 * main(); a program with an app_main() of its own (MOTE_APP_MAIN off) calls it first. Returns MOTE_OK; MOTE_WIFI_INACTIVE
 * if the SDK's parts do not start: the log says which. */
enum mote_reason mote_esp_start(void);

/* Lets `ca_file`, `certificate_file` and `key_file` of struct mote_tls_options name this text: PEM, NUL-terminated, as
 * EMBED_TXTFILES lays it into the program. Both strings live as long as links use them. Call it before the node runs. Returns false over
 * MOTE_ESP_FILES. */
bool mote_esp_file(const char *name, const char *pem);

/* The settings image that was found in flash when this started; its id is NULL if there is none, or it is damaged. mote_node_init() has
 * applied it already; its switches and buttons are for programs that take them from there: mote_image_add_things(). */
const struct mote_image *mote_esp_image(void);

/* --- Updates over the air: the program's bytes come from wherever the caller has them, a message, a connection, a serial line --- */

/* Begins to write a new program into the partition that is not in use, which takes a second or so and blocks. One at a time. Returns
 * MOTE_OK; MOTE_CONFIG_INVALID if the partition table has no room for a second program, or one is being written already. */
enum mote_reason mote_esp_update_begin(void);

/* The next bytes of it, in order. Returns MOTE_OK; MOTE_CONFIG_INVALID if they cannot be written, or are the beginning of no program for
 * this chip: abort it. */
enum mote_reason mote_esp_update_write(const void *bytes, size_t size);

/* That was all: it is checked, and is what starts next. Restart when it suits. Returns MOTE_OK; MOTE_CONFIG_INVALID if it is not
 * whole or damaged: the program stays. */
enum mote_reason mote_esp_update_end(void);

/* Forgets what has been written. Also right if nothing has. */
void mote_esp_update_abort(void);

/* The program that runs is good: call it once it has been online. Where the SDK can go back to the one before (ESP-IDF, with
 * CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE), it does so at the next start otherwise. Returns false where it cannot. */
bool mote_esp_update_confirm(void);

#endif
