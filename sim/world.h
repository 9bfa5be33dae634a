/* World: devices, a broker and the network between them, in one process and on a virtual clock.
 *
 * The devices run the very code that boards run: struct mote_node on a virtual board, over links that are streams of bytes. All
 * that happens follows from the configuration and its seed: the same ones give the same trace, whose hash tells it. No threads, no
 * wall clock. While a world runs it is the program's port (port.h); only one can. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/weather/fault.h"
#include "sim/watch/promise.h"
#include "sim/watch/timeline.h"

#include <mote/node.h>

enum {
    WORLD_DEVICES_MAX = 1000,
    /* After the last fault everything has to be connected and delivered within this time, and what the node itself may wait. */
    WORLD_PATIENCE_MS = 15 * 60000,
};

/* The flash that a device has for its outbox; zeros: 16 sectors of 4 KB. */
struct world_flash {
    uint32_t sector_size, sector_count, program_size;
};

/* What a program that was asked to go on has come to. */
enum world_program_state {
    WORLD_PROGRAM_WAITS,
    WORLD_PROGRAM_RUNS_WILD, /* it does not wait any more */
    WORLD_PROGRAM_ENDED,
};

/* A program with a main() of its own, in place of the node on the only device. */
struct world_program {
    /* The power is on. The port is the board's; its `wait` moves the board on to this moment and returns. */
    void (*boot)(void *context, const struct mote_port *port);
    /* Lets it go on until it waits; `*deadline_ms` is until when. */
    enum world_program_state (*go_on)(void *context, uint64_t *deadline_ms);
    const char *air; /* the access points, as in mote_sim_air_set(); NULL: the networks of a home */
    void *context;
};

struct world_config {
    uint64_t seed;
    uint64_t duration_ms;
    unsigned device_count;
    const struct mote_node_config *node; /* of each device, with its own id */
    const struct mote_switch *switches;
    unsigned switch_count;
    const struct mote_button *buttons;
    unsigned button_count;
    const struct world_program *program; /* NULL: the node */
    struct world_flash flash;
    const struct mote_outbox_topic *topics; /* of the node's outbox, besides those that its program publishes to */
    size_t topic_count;
    const struct weather *weather; /* what goes wrong; NULL: drawn from the seed */
    enum promise sabotage;     /* the world breaks this one by itself, to see whether that is noticed; PROMISES: none */
    struct timeline *timeline; /* what is to be shown; NULL: nothing */
    void (*on_trace)(void *context, const char *line);   /* NULL: nobody */
    void (*on_progress)(void *context, uint64_t now_ms); /* every simulated hour; NULL: nobody */
    void *context;
};

/* Messages of one QoS. */
struct world_messages {
    uint64_t accepted;
    uint64_t delivered;
    uint64_t duplicates; /* arrived once more */
    uint64_t lost;       /* of those accepted: in RAM with the power or the connection, or in flash that is damaged */
    uint64_t given_up;   /* of those accepted: as their topic's policy says */
    uint64_t refused;    /* not accepted, for want of room or connection */
};

struct world_result {
    uint64_t ended_ms;
    uint64_t trace_hash;
    uint64_t faults[FAULT_KINDS];
    struct world_messages messages[3]; /* by QoS */
    uint64_t commands;                 /* that reached a device */
    uint64_t connections;              /* sessions that were begun */
    uint64_t outages;
    uint64_t outage_ms_max;   /* the longest time without a session */
    uint64_t recovery_ms_max; /* the longest one after the last fault */
    uint64_t calms;           /* how often all was over and looked at */
    uint64_t boots;
    uint64_t turns;
    uint64_t erasures;      /* of flash sectors */
    uint32_t wear_max;      /* of one sector */
    uint32_t wear_spread;   /* between the sectors of one flash */
    uint64_t broker_memory; /* the most that it had at the end of a calm */
    enum promise broken;    /* PROMISES: none */
    uint64_t broken_ms;
    int broken_device;
    char broken_words[256];
};

/* The longest time from the last fault to the moment when everything must be well again. */
uint64_t world_patience_ms(const struct world_config *config);

/* The calm that a drawn weather has after each stretch. */
uint64_t world_calm_ms(const struct world_config *config);

/* Runs it to its end, or to the first promise that is broken. */
void world_run(const struct world_config *config, struct world_result *result);

#endif
