/* What the parts of a world are to each other. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "sim/dice.h"
#include "sim/watch/flow.h"
#include "sim/watch/inbox.h"
#include "sim/network.h"
#include "sim/watch/trace.h"
#include "sim/world.h"

#include <mote/broker.h>
#include <mote/sim.h>
#include <mote/sim_flash.h>

enum { FLOWS_MAX = 8, GUEST_TOPICS_MAX = 8, GUEST_TOPIC_SIZE = 64 };

/* What is known of a program in place of the node: the topics that it listens to. */
struct guest {
    char topics[GUEST_TOPICS_MAX][GUEST_TOPIC_SIZE];
    unsigned topic_count;
};

/* A board with a node on it, and what the world knows of it. */
struct device {
    struct mote_sim sim; /* the first: the port's context is both */
    struct party party;
    struct mote_port port;
    struct mote_observer observer;
    char id[80];
    struct mote_node node;
    struct mote_node_config config;
    struct mote_switch *switches;
    struct mote_button *buttons;
    struct dice dice; /* of its program and of those who use it */
    /* Power and time. */
    bool powered; /* false from the moment of a cut on, */
    bool running; /* which is seen to at the end of the turn */
    bool booting;
    uint64_t boot_ms;    /* when it is switched on again, while it is off */
    uint64_t booted_ms;  /* when it was switched on */
    uint64_t clock_ms;   /* its clock is so much ahead of the world's, in numbers that wrap around */
    uint64_t asleep_ms;  /* it sleeps until then */
    uint32_t brown_outs; /* so many power cuts are still to come */
    uint64_t brown_out_ms;
    /* Its flash. */
    struct mote_sim_nor nor;
    uint8_t *page;
    struct mote_outbox outbox;
    struct mote_outbox_config outbox_config;
    struct mote_outbox_topic *topics;
    uint32_t outbox_before; /* messages in it when it was opened */
    uint32_t interrupted;   /* so often the power has gone while it was written */
    bool damaged;           /* a bit has flipped, some time... */
    bool damage_seen;       /* ...and the outbox has told */
    /* Faults that are on, by kind: how many of them concern this device. */
    uint16_t faults[FAULT_KINDS];
    /* Its program. */
    struct flow flows[FLOWS_MAX];
    unsigned flow_count;
    struct inbox inbox;
    uint64_t publish_ms;
    unsigned publish_count; /* so many at once */
    uint64_t command_ms;    /* somebody's next command */
    unsigned command_count; /* so many at once */
    uint64_t press_ms;      /* somebody's next press, or end of one */
    unsigned press_count;
    unsigned pressed; /* which button is, 1 for the first; 0: none */
    /* For the checkers. */
    uint32_t excused;         /* switches that may move in this turn, a bit each, */
    uint32_t excused_by_hand; /* and those whose button is pressed */
    int8_t told[32];          /* switches: what the last command of this turn has said; -1: none */
    uint64_t on_ms[32];       /* switches: when it was switched on */
    unsigned calls;           /* of the port in this turn */
    unsigned turns_now;       /* turns at the same moment */
    uint64_t turn_ms;
    bool online;
    uint64_t idle_ms;   /* when its session was last seen with nothing under way */
    uint64_t online_ms; /* since when; of the last time, if it is offline */
    uint64_t offline_ms;
    uint32_t epoch;      /* of its session at the broker */
    uint32_t subscribed; /* switches whose commands the broker passes on */
    bool has_closed;     /* the time of its next attempt counts from closed_ms */
    uint64_t closed_ms;
    uint64_t program_ms;  /* when its program has something to do */
    uint32_t kept_old;    /* its settings: the number of those that are there, */
    uint32_t kept_new;    /* or of those that the power went with, */
    uint32_t kept_number; /* and of the last ones at all */
    uint64_t oversleeps_ms;
    struct mote_sim_access_point usual_air[MOTE_SIM_ACCESS_POINTS_MAX]; /* without faults */
    struct guest guest;
};

/* What a sabotage has to remember. */
struct sabotage {
    const struct flow *again; /* a message that comes once more */
    char payload[FLOW_PAYLOAD_MAX];
    size_t again_size;
    unsigned leaks;
};

/* The broker in the world. */
struct server {
    struct mote_broker broker;
    struct mote_broker_config config;
    bool up;
    bool stopping; /* it says goodbye */
    struct dice dice;
    uint64_t memory_first; /* at the end of the first calms */
};

struct world {
    const struct world_config *config;
    struct world_result *result;
    uint64_t now_ms;
    struct device *devices;
    unsigned device_count;
    struct connection *connections;
    uint64_t connection_serial;
    struct server server;
    struct party twin;
    struct mote_link twin_link;
    const struct device *twin_of;
    bool twin_has_come;
    /* Weather. */
    struct weather drawn;
    const struct weather *weather;
    size_t weather_at;    /* the next fault */
    struct fault *active; /* those that last */
    size_t active_count, active_room;
    uint16_t faults[FAULT_KINDS]; /* how many are on */
    uint64_t over_ms;             /* when the last fault was over */
    bool looked;                  /* the calm since then was looked at */
    /* Dice, by part. */
    struct dice network_dice;
    struct dice sabotage_dice;
    struct sabotage sabotage;
    uint64_t progress_ms;
    unsigned dials_now; /* devices that came again at this moment */
    uint64_t dials_ms;
};

/* --- world.c --- */

/* Writes a time as people read it, `12d 03:04:05.678`. */
const char *world_time(uint64_t now_ms, char *into, size_t size);

/* Does the world break this promise itself? */
static inline bool world_sabotages(const struct world *world, enum promise promise)
{
    return world->config->sabotage == promise;
}

/* --- device.c --- */

void device_begin(struct world *world, unsigned index);
void device_end(struct device *device);
void device_turn(struct device *device);

/* The power goes; it is back after some time. */
void device_cut(struct device *device, uint64_t for_ms);

/* It has a session at the broker, or none any more: counts outages. */
void device_set_online(struct device *device, bool online);

/* It has to have a turn at this moment. */
void device_wake(struct device *device);

/* Has it taken bytes that it has not looked at yet: a turn has its limits, and answers need room? */
bool device_is_behind(const struct device *device);

/* Can packets pass to it and from it? */
bool device_is_reachable(const struct device *device);

/* --- server.c --- */

void server_begin(struct world *world);
void server_end(struct world *world);
void server_up(struct world *world);
void server_down(struct world *world, bool keeps_sessions);
void server_say_goodbye(struct world *world);
void server_turn(struct world *world);
uint64_t server_due(const struct world *world);

/* A connection has come in, has brought bytes, has room again, has ended. */
void server_accept(struct connection *connection);
void server_take(struct connection *connection);
void server_has_room(struct connection *connection);
void server_closed(struct connection *connection);

/* Sends what has come up. */
void server_flush(struct world *world);

/* Lets acknowledgements through that were held. */
void server_release(struct world *world);

/* Somebody publishes by way of the broker. */
void server_publish(struct world *world, const char *topic, const char *payload, enum mote_qos qos, bool retain);

/* --- weather that happens: happen.c --- */

/* Begins and ends what is due, and says when there is more. */
void happen_turn(struct world *world);
uint64_t happen_due(const struct world *world);

/* Nothing goes wrong any more. */
void happen_end(struct world *world);

/* Is it on, for this device (NULL: for any)? */
bool happen_is_on(const struct world *world, const struct device *device, enum fault_kind kind);

/* --- store.c: flash and outbox --- */

void store_begin(struct device *device);
/* The power of its flash is back; whatever was being written is torn. */
void store_power_on(struct device *device);
void store_boot(struct device *device);
void store_end(struct device *device);

/* The power goes: at once, or when so much more is written. */
void store_cut(struct device *device);
void store_cut_soon(struct device *device, uint32_t value);
void store_cut_no_more(struct device *device);

/* A bit flips. */
void store_rot(struct device *device, uint32_t value);

/* Has the outbox told of damage? Before it is opened anew. */
void store_note(struct device *device);

/* All is calm. */
void store_check(struct device *device);

/* --- twin.c: somebody with the name of a device --- */

void twin_come(struct world *world, const struct device *device);
void twin_go(struct world *world);
void twin_turn(struct world *world);

/* --- workload.c --- */

/* What its program publishes, once; and that it begins. */
void workload_declare(struct device *device);
void workload_begin(struct device *device);

/* What the device's program does in a turn. */
void workload_program(struct device *device);

/* What people do, from outside. */
void workload_people(struct device *device);
uint64_t workload_due(const struct device *device);

/* --- kept.c: settings --- */

void kept_look(struct device *device);
void kept_change(struct device *device);
void kept_fail(struct device *device, uint32_t value);

/* --- sabotage.c --- */

/* A message has arrived; the broker may be called again; a device's turn is over; all is calm. */
void sabotage_message(struct world *world, const struct flow *flow, const struct mote_message *message);
void sabotage_broker(struct world *world);
void sabotage_turn(struct device *device);
void sabotage_calm(struct world *world);

/* Does what is sent to a device come twice? */
bool sabotage_errand(struct world *world);

/* So many more turns than it has had. */
unsigned sabotage_turns(struct world *world);

/* May they? A hook of the broker's. */
enum mote_reason sabotage_authorize(void *context, const struct mote_broker_access *access);

/* What is kept instead of the settings. */
void sabotage_settings(struct world *world, struct mote_settings *settings, const struct mote_settings *old);

/* --- checks.c --- */

/* The broker has something to tell. */
void checks_observe(struct world *world, const struct mote_broker_event *event);

/* The device dials. */
void checks_dial(struct device *device);

/* The board's station has left its network, or the device has slept: its attempts begin anew. */
void checks_begin_anew(struct device *device);

/* The device has taken a message of the broker's. */
void checks_command(struct device *device, const struct mote_message *message);

/* A pin has moved. */
void checks_pin(struct device *device, uint16_t number);

/* The turn is over. */
void checks_turn(struct device *device);

/* All faults are over for long enough: is all well? */
void checks_calm(struct world *world);
uint64_t checks_calm_due(const struct world *world);

/* Is it the last minute before that, in which nothing new is begun? */
bool checks_is_quiet(const struct world *world);

#endif
