/* The words of MQTT 5 on the command line: packets, properties, reason codes. */
#ifndef MQTT_NAMES_H
#define MQTT_NAMES_H

#include <mote/property.h>

/* What a property holds. */
enum mqtt_value {
    MQTT_NUMBER,
    MQTT_TEXT,
    MQTT_PAIR,
};

struct mqtt_property_name {
    enum mote_property_id id;
    enum mqtt_value value;
    uint32_t max; /* of a number */
    const char *name;
};

/* The property of this name, as in `content-type` and without regard to case, or with this id; NULL if there is
 * none. */
const struct mqtt_property_name *mqtt_property_by_name(const char *name);
const struct mqtt_property_name *mqtt_property_by_id(enum mote_property_id id);

/* The packet type of this name, without regard to case; 0 for `will`, -1 if there is none. */
int mqtt_packet_by_name(const char *name);

/* What a reason code means, as in `not authorized`. A static string, never NULL. */
const char *mqtt_code_words(uint8_t code);

#endif
