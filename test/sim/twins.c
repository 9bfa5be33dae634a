/* Two nodes with the same client id: each throws the other out. Both have to find that out, to slow down, to say so, and to go on as
 * if nothing had been once the other one is gone. With MQTT 5 the broker tells, with 3.1.1 it shows.
 *
 *   twins [FIRST-SEED [COUNT]]
 */
#include "fleet.h"

enum { SEEDS = 100, DELAY_MS_MAX = 30000, RECOGNISED_MS = 60000, SIMULATED_MS = 7200000 };

static char told[40];

static void observe(unsigned broker, const struct mote_broker_event *event)
{
    (void)broker;
    if (event->type == MOTE_BROKER_RETAINED && mote_text_equals(event->message->topic, "twin/reason"))
        mote_text_copy(event->message->payload, told, sizeof told);
}

static void start(unsigned i)
{
    fleet.due_ms[i] = fleet.now_ms;
    mote_node_start(&fleet.nodes[i]);
}

/* Each throws the other out once in its longest delay at most. */
static void require_slow(uint64_t from_ms)
{
    uint64_t last_ms[2] = {0, 0};

    for (unsigned i = 0; i < fleet.dial_count; i++) {
        const struct fleet_dial *dial = &fleet.dials[i];
        if (dial->at_ms >= from_ms && last_ms[dial->node] >= from_ms)
            fleet_require(dial->at_ms - last_ms[dial->node] >= DELAY_MS_MAX, "they throw each other out too often");
        last_ms[dial->node] = dial->at_ms;
    }
    fleet_require(fleet.dial_count > SIMULATED_MS / (4 * DELAY_MS_MAX), "they have given up");
}

static void require_slow_twins(void)
{
    uint64_t from_ms = fleet.now_ms + RECOGNISED_MS;

    fleet.dial_count = 0;
    fleet_pass(SIMULATED_MS);
    require_slow(from_ms);
    fleet_require(strcmp(told, "mqtt.taken_over") == 0, "ID/reason does not tell");
    fleet_require(fleet_online() == 1, "not one of them is online");
    for (unsigned i = 0; i < 2; i++)
        fleet_require(mote_node_state(&fleet.nodes[i]) == MOTE_NODE_ONLINE ||
                          mote_node_reason(&fleet.nodes[i]) == MOTE_MQTT_TAKEN_OVER,
                      "the one that waits does not know why");
}

/* The other one is gone: after a session that has held, a failure is a failure like any other. */
static void require_recovery(void)
{
    mote_node_abort(&fleet.nodes[1]);
    fleet_pass(3 * DELAY_MS_MAX);
    fleet_pass(2 * DELAY_MS_MAX);
    fleet_require(mote_node_state(&fleet.nodes[0]) == MOTE_NODE_ONLINE, "it is not online though it is alone");
    fleet_cut(0);
    fleet_pass(2001);
    fleet_require(mote_node_state(&fleet.nodes[0]) == MOTE_NODE_ONLINE, "it still waits as if it had a twin");
    fleet_require(strcmp(told, "tcp.reset") == 0, "it still tells of a twin");
}

/* One that a broker cuts now and then has no twin; and of one that is started again and again can be seen that it was away. */
static void require_no_suspicion(void)
{
    for (int i = 0; i < 6; i++) {
        fleet_pass(30001);
        fleet_cut(0);
        fleet_pass(2001);
        fleet_require(mote_node_state(&fleet.nodes[0]) == MOTE_NODE_ONLINE, "it suspects a twin");
    }
    for (int i = 0; i < 6; i++) {
        fleet_take_down(0);
        fleet_pass(9000);
        fleet_bring_up(0);
        fleet_pass(60000 + fleet_draw(5000));
        fleet_require(mote_node_state(&fleet.nodes[0]) == MOTE_NODE_ONLINE,
                      "it suspects a twin of a broker's restarts");
    }
}

static bool run(uint32_t seed, enum mote_mqtt_version version)
{
    fleet_begin(seed, 2, (struct mote_node_config){.id = "twin", .broker = "mqtt://b0", .version = version});
    fleet.observe = observe;
    fleet_bring_up(0);
    fleet.due_ms[1] = MOTE_NEVER;
    fleet_pass(fleet_draw(100000));
    start(1);
    require_slow_twins();
    require_recovery();
    require_no_suspicion();
    start(1);
    require_slow_twins();
    fleet_end();
    printf("%s sim/twins/%s-%u%s%s", fleet.wrong == NULL ? "ok" : "not ok", version == MOTE_MQTT_5 ? "5" : "3.1.1",
           seed, fleet.wrong == NULL ? "" : " - ", fleet.wrong == NULL ? "" : fleet.wrong);
    if (fleet.wrong != NULL)
        printf(" (run alone: build/asan/test/sim/twins %u 1)", seed);
    printf("\n");
    return fleet.wrong == NULL;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : SEEDS;
    bool fine = true;

    for (uint32_t seed = first; seed < first + count; seed++) {
        fine = run(seed, MOTE_MQTT_5) && fine;
        fine = run(seed, MOTE_MQTT_3_1_1) && fine;
    }
    return fine ? 0 : 1;
}
