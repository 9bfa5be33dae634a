/* A connected session, in both versions or with what a server of MQTT 5 says of itself. */
#ifndef CONFORMANCE_RIG_H
#define CONFORMANCE_RIG_H

#include "session_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const enum mote_mqtt_version both[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

static inline void begin(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig_start();
}

/* The CONNACK has this property. */
static inline void begin_with(enum mote_property_id id, uint32_t number)
{
    const struct mote_property limit = {.id = id, .number = number};

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, &limit, 1);
}

#endif
