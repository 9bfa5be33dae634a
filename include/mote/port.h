/* Port: what the portable core asks of the machine that it runs on. A port is a list of files that fill this table;
 * the core never asks which one it is.
 *
 * Everything but `wait` returns at once. A port calls nothing in the core except from within its own `wait` (an input
 * pin's change). All calls come from one thread.
 */
#ifndef MOTE_PORT_H
#define MOTE_PORT_H

#include <mote/flash.h>
#include <mote/link.h>
#include <mote/pin.h>
#include <mote/reason.h>
#include <mote/text.h>
#include <mote/url.h>
#include <mote/wifi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connections. */
struct mote_link_port {
    /* Begins to connect. The URL's views need not outlive the call. Returns MOTE_OK, or a reason why it cannot even
     * begin, which link->reason then holds, too, with the state MOTE_LINK_FAILED; what happens after MOTE_OK shows in
     * the state. */
    enum mote_reason (*open)(void *context, struct mote_link *link, const struct mote_url *url);
    /* Reads up to `size` bytes. Returns how many, 0 if there are none now. With fewer than `size` there are no more,
     * and `wait` wakes for the next; after a full read `wait` returns at once. When the other side has closed or
     * reset the connection it returns 0 and the state is MOTE_LINK_FAILED. */
    size_t (*receive)(void *context, struct mote_link *link, void *into, size_t size);
    /* Sends up to `size` bytes. Returns how many were taken; with fewer, `wait` wakes when there is room again. */
    size_t (*send)(void *context, struct mote_link *link, const void *bytes, size_t size);
    /* Ends it, with what was sent still going out, or, when `abort`, as if the cable were cut. Also right for a link
     * that has failed, is opening, or is closed. */
    void (*close)(void *context, struct mote_link *link, bool abort);
};

/* Pins; the meaning of active, boot and on is the core's: levels here are electrical. */
struct mote_pin_port {
    /* Takes the pin with its direction and pull; an output starts with `level` (-1: keep what is there). Returns
     * MOTE_OK, MOTE_PIN_ABSENT, MOTE_PIN_BUSY, or MOTE_CONFIG_INVALID if it cannot do that. The pin stays where it is
     * in memory until it is closed. `wait` calls mote_pin_changed() when an input has settled. */
    enum mote_reason (*open)(void *context, struct mote_pin *pin, int level);
    void (*write)(void *context, struct mote_pin *pin, int level);
    int (*read)(void *context, struct mote_pin *pin); /* 0 or 1 */
    void (*close)(void *context, struct mote_pin *pin);
};

/* An input has settled at an electrical level: called by ports, from within `wait`. */
void mote_pin_changed(struct mote_pin *pin, int level);

/* The radio. `status` is asked on every turn of the loop; when it may have changed, `wait` returns. */
struct mote_radio_port {
    enum mote_reason (*set_active)(void *context, enum mote_wifi_role role, bool active);
    bool (*is_active)(void *context, enum mote_wifi_role role);
    enum mote_reason (*scan)(void *context);
    int (*scan_results)(void *context, struct mote_wifi_found *found, int max); /* strongest first; -1: not done yet */
    /* Joins and gets an address, leaving what is joined; the network is copied. `aim` NULL: any access point of that
     * name. */
    enum mote_reason (*connect)(void *context, const struct mote_network *network, const struct mote_wifi_aim *aim);
    void (*disconnect)(void *context);
    void (*status)(void *context, struct mote_wifi_status *status);
    enum mote_reason (*mac)(void *context, enum mote_wifi_role role, uint8_t mac[6]);
    enum mote_reason (*access_point)(void *context, const char *ssid, const char *password);
};

/* Settings that are kept over restarts and power cuts, as bytes whose meaning is the core's (settings.h). Every call has
 * words for what goes wrong. */
struct mote_settings_port {
    /* Whose settings the calls below are about; copied. Before it there are none. */
    void (*choose)(void *context, const char *id);
    /* Reads them: `*found` is how many bytes there are, 0 for none, and more than `size` if they do not fit. Returns MOTE_OK, or
     * MOTE_CONFIG_INVALID if it cannot, or must not since others could. */
    enum mote_reason (*load)(void *context, void *into, size_t size, size_t *found);
    /* Puts others in their place: a power cut at any moment leaves the old ones or the new ones. Returns MOTE_OK once it can no
     * longer bring the old ones back; MOTE_CONFIG_INVALID, or MOTE_MQTT_QUOTA for want of room. */
    enum mote_reason (*save)(void *context, const void *bytes, size_t size);
    /* They are damaged, as `why` says: takes them out of the way without erasing them. */
    void (*set_aside)(void *context, const char *why);
};

/* Flash by name: where an outbox is kept. */
struct mote_flash_port {
    /* Takes the flash of this id (as of settings), `size` bytes of it or, where it has a fixed size, what there is. One program at a
     * time has it. Returns MOTE_OK, or MOTE_OUTBOX_CORRUPT or MOTE_OUTBOX_FULL with words. */
    enum mote_reason (*open)(void *context, const char *id, uint32_t size, struct mote_flash *flash);
    void (*close)(void *context, struct mote_flash *flash);
};

/* Whom a server serves. A connection is a number below `connections`. All is called from within the port's `wait`. */
struct mote_server_handler {
    void *context;
    unsigned connections;
    /* Somebody has connected. Returns the number; if that is in use, its connection has to give way and is closed. */
    unsigned (*accept)(void *context);
    /* Bytes have come. */
    void (*received)(void *context, unsigned connection, const void *bytes, size_t size);
    /* What is to be sent, up to `size` bytes; taken as sent. Returns how many. */
    size_t (*output)(void *context, unsigned connection, void *into, size_t size);
    /* Is all said, so that it can be closed? */
    bool (*is_done)(void *context, unsigned connection);
    void (*closed)(void *context, unsigned connection); /* by the other side */
    /* A name is asked for. Returns the size of the answer, of at most `room` bytes; 0: none. */
    size_t (*answer)(void *context, const void *query, size_t size, void *into, size_t room);
};

/* Servers for those who have joined this device's own access point: HTTP on TCP port 80 of its address, DNS on UDP port 53. */
struct mote_server_port {
    /* Begins to serve, and tells the address. The handler lives until `close`. Returns MOTE_OK, or why it cannot: then it
     * does not serve. */
    enum mote_reason (*open)(void *context, const struct mote_server_handler *handler, uint8_t address[4]);
    void (*drop)(void *context, unsigned connection); /* closes one that takes too long */
    void (*close)(void *context);
};

struct mote_node_config;

struct mote_port {
    void *context;
    uint64_t (*now_ms)(void *context); /* never goes back; counts in sleep, too, where the machine can tell */
    uint32_t (*random)(void *context); /* not predictable from outside */
    /* Sleeps until `deadline_ms`, or until something has happened that a part of the program may want to know: bytes,
     * a connection, a pin, the radio, a request to stop. May return early without a cause. */
    void (*wait)(void *context, uint64_t deadline_ms);
    /* Has somebody outside asked the program to stop (SIGINT, SIGTERM)? The first call begins to listen for that.
     * NULL: nobody can. */
    bool (*stop_requested)(void *context);
    /* What the port has to say on the last reason that it gave, beyond it: "/dev/gpiochip0: Permission denied". Empty
     * if nothing; never a secret; valid until the next call. NULL: never anything. */
    const char *(*words)(void *context);
    /* Puts what the board was given, a settings image for example (image.h), in the place of what the program says. Called by
     * mote_node_init(), with strings that live as long as the node. NULL: the program has the last word. */
    void (*provide)(void *context, struct mote_node_config *config);
    const struct mote_link_port *link;
    const struct mote_pin_port *pins;          /* NULL: none */
    const struct mote_radio_port *radio;       /* NULL: the network is somebody else's business and taken to be there */
    const struct mote_settings_port *settings; /* NULL: nothing is kept */
    const struct mote_server_port *server;     /* NULL: nobody can be served */
    const struct mote_flash_port *flash;       /* NULL: none */
};

/* Makes this the port of the program; lives as long as it. A port's start-up code calls it before main(). */
void mote_port_install(const struct mote_port *port);

/* The program's port, never NULL. With none installed it is one that has nothing: no pins, no radio, every link
 * fails, time stands still. */
const struct mote_port *mote_port(void);

#endif
