/* Image: what a device is given before its program runs, so that one firmware serves every device: who it is, its networks, its
 * broker, its switches and buttons. `mote flash-image` makes one of a node's YAML file; esptool writes it into the flash, where the
 * program finds it. docs/PROTOCOL.md has the format, docs/ESP.md how it is used.
 *
 * An image holds passwords. No call here blocks or allocates; all may be called from anywhere.
 */
#ifndef MOTE_IMAGE_H
#define MOTE_IMAGE_H

#include <mote/limits.h>
#include <mote/node.h>

/* The most bytes that an image has: a sector of flash. */
#define MOTE_IMAGE_SIZE 4096

/* A switch and a button as an image has them, with the meaning of struct mote_switch and struct mote_button. */
struct mote_image_switch {
    const char *name;
    const char *command_topic; /* NULL: ID/NAME/set */
    uint16_t pin;
    uint8_t active; /* enum mote_level */
    uint8_t boot;   /* enum mote_boot */
    bool obey_retained;
    uint32_t on_time_ms_max;
};

struct mote_image_button {
    const char *name;
    uint16_t pin;
    uint8_t active;  /* enum mote_level */
    uint8_t pull;    /* enum mote_pull */
    uint8_t toggles; /* the number of the switch, from 1; 0: none */
    uint8_t event_qos;
};

/* How its session is to be, with the meaning of struct mote_node_config. */
struct mote_image_session {
    uint16_t keep_alive_s;
    uint8_t version; /* enum mote_mqtt_version */
    bool keep_session;
    uint32_t session_expiry_s;
    uint32_t way_back_ms;
    uint32_t retry_delay_ms_min;
    uint32_t retry_delay_ms_max;
    uint32_t retry_spread_ms;
};

/* What an image says. Strings are the image's own, and live as long as its bytes. */
struct mote_image {
    const char *id;                                  /* NULL: there is no image */
    const char *brokers[1 + MOTE_FALLBACKS_MAX];     /* the first and its fallbacks; none: the program's */
    struct mote_network networks[MOTE_NETWORKS_MAX]; /* none: the program's */
    const char *authorities;                         /* whom to trust, PEM; NULL: as the program says */
    struct mote_image_session session;
    struct mote_image_switch switches[MOTE_IMAGE_SWITCHES_MAX];
    struct mote_image_button buttons[MOTE_IMAGE_BUTTONS_MAX];
    uint8_t broker_count, network_count, switch_count, button_count;
};

/* How many bytes there are to read, by the first MOTE_IMAGE_HEAD of them: these alone if they begin no image. */
enum { MOTE_IMAGE_HEAD = 9 };
size_t mote_image_size(const uint8_t head[MOTE_IMAGE_HEAD]);

/* Reads the image at the beginning of these bytes, which stay as long as what is read of it; what follows it counts for nothing. Erased flash is no
 * image: MOTE_OK, with zeros. Returns MOTE_OK; MOTE_CONFIG_INVALID with zeros and `*words` (may be NULL) for one that is damaged,
 * of another version, or says what cannot be: do as if there were none, and tell somebody. */
enum mote_reason mote_image_read(struct mote_image *image, const void *bytes, size_t size, const char **words);

/* Writes one. Returns how many bytes it has; 0 if it does not fit `size` or MOTE_IMAGE_SIZE, or says what cannot be. */
size_t mote_image_write(const struct mote_image *image, uint8_t *into, size_t size);

/* Puts what an image says in the place of what the program says: the id and the session always, networks, broker and
 * fallbacks where it has any. `authorities` is the caller's to place. Does nothing without an image. */
void mote_image_apply(const struct mote_image *image, struct mote_node_config *config);

/* Adds its switches and buttons to a node; `switches` and `buttons` are the caller's, as many as the image can have. Returns MOTE_OK,
 * or the first reason why one cannot be added, with the node's fault telling which. */
enum mote_reason mote_image_add_things(const struct mote_image *image, struct mote_node *node,
                                       struct mote_switch *switches, struct mote_button *buttons);

#endif
