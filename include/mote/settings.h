/* Settings: what a node has learnt from its owner and keeps over restarts: networks, broker, name.
 *
 * They are kept by the board (port.h): on Linux in a file of the node's, in a virtual board's memory. A power cut while they
 * are saved leaves the old ones or the new ones. What is kept has a version and a checksum; what is damaged, or of another
 * version, is set aside, never erased. docs/PROTOCOL.md has the format.
 *
 * The struct holds passwords: mote_settings_wipe() it when it goes out of use. No call here blocks longer than the board
 * takes to write a kilobyte; all may be called from within any callback; none from an interrupt or another thread.
 */
#ifndef MOTE_SETTINGS_H
#define MOTE_SETTINGS_H

#include <mote/limits.h>
#include <mote/reason.h>
#include <mote/wifi.h>
#include <stdbool.h>
#include <stdint.h>

/* A known network as it is kept: as struct mote_network, with its strings in it. */
struct mote_known_network {
    char ssid[33];
    char password[65]; /* empty: an open network */
    uint8_t bssid[6];
    bool hidden;
    uint8_t priority;
};

struct mote_settings {
    struct mote_known_network networks[MOTE_NETWORKS_MAX];
    uint8_t network_count;
    char broker[MOTE_URL_SIZE]; /* empty: the program's */
    char name[65];              /* empty: the program's */
    char setup_key[64];         /* of the setup access point, this device's own; empty: not made yet */
};

/* The most bytes that kept settings take. */
#define MOTE_SETTINGS_SIZE                                                                                             \
    (9 + 1 + MOTE_NETWORKS_MAX * (2 + 32 + 2 + 64 + 6 + 2) + 2 + MOTE_URL_SIZE + 2 + 64 + 2 + 63 + 4)

/* Whose settings the other calls are about: a node's id, of 1 to 64 bytes without `/`; copied. Before this call there are
 * none. */
void mote_settings_open(const char *id);

/* Reads them; zeros if there are none. Returns MOTE_OK; MOTE_CONFIG_INVALID, with zeros, if they are damaged or of another
 * version, which the board then has set aside, or if the board cannot read them: its words say which. The node runs on
 * with what its program says. */
enum mote_reason mote_settings_load(struct mote_settings *settings);

/* Keeps them instead of those before. Returns MOTE_OK once a power cut no longer takes them. MOTE_CONFIG_INVALID: they
 * cannot be kept, since a network in them is impossible, or the board keeps nothing or cannot, as its words say;
 * MOTE_MQTT_QUOTA: it has no room. Those before are still there then. */
enum mote_reason mote_settings_save(const struct mote_settings *settings);

/* Makes the key of the setup access point, unless there is one: twelve characters that cannot be mistaken for each other.
 * Save the settings after that. */
void mote_settings_make_key(struct mote_settings *settings);

/* A network as a radio takes it: its strings stay where they are. */
struct mote_network mote_known_network_view(const struct mote_known_network *known);

/* The networks as a node takes them, MOTE_NETWORKS_MAX of them: those that are kept, views of the settings, the latest first and
 * with a priority above the program's; then the program's own, as far as there is room and their names are not among them. */
void mote_settings_networks(const struct mote_settings *settings, const struct mote_network *program,
                            struct mote_network *networks);

/* Finds the network of this name. NULL: there is none. */
struct mote_known_network *mote_settings_find(struct mote_settings *settings, const char *ssid);

/* Takes a network out; the order of the others stays. Returns false if there is none of this name. */
bool mote_settings_forget(struct mote_settings *settings, const char *ssid);

/* Puts a network in at the head of the list, in the place of one of the same name. Returns MOTE_OK; MOTE_CONFIG_INVALID for a
 * name or key of impossible length; MOTE_MQTT_QUOTA over MOTE_NETWORKS_MAX: forget another one first. */
enum mote_reason mote_settings_add(struct mote_settings *settings, const struct mote_network *network);

/* Puts a network in as mote_settings_add() does. Of those that are kept, as many as the program's leave room for stay, one at
 * least: the oldest goes first, and its name stands in `dropped`, which is left alone if none has to go. Returns MOTE_OK, or
 * MOTE_CONFIG_INVALID for a name or key of impossible length: then all stay. */
enum mote_reason mote_settings_learn(struct mote_settings *settings, const struct mote_network *program,
                                     const struct mote_network *network, char dropped[33]);

/* Zeros, also where a compiler would leave that out. */
void mote_settings_wipe(struct mote_settings *settings);

#endif
