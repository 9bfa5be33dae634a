/* A device of the world: a virtual board, the node on it, and its power. */
#include "sim/guest.h"
#include "sim/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS_AT_ONCE_MAX = 1000 };

static const uint64_t NEVER = UINT64_MAX;

static struct device *device_of(void *context)
{
    return context;
}

/* --- Its port: the board's, with the world's network --- */

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct device *device = device_of(context);

    (void)url;
    device->calls++;
    if (!device->powered) {
        link->state = MOTE_LINK_FAILED;
        return link->reason = MOTE_TCP_RESET;
    }
    checks_dial(device);
    return network_open(&device->party, link);
}

static size_t receive_link(void *context, struct mote_link *link, void *into, size_t size)
{
    struct device *device = device_of(context);

    device->calls++;
    return device->powered ? network_receive(&device->party, link, into, size) : 0;
}

static size_t send_link(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct device *device = device_of(context);

    device->calls++;
    return device->powered ? network_send(&device->party, link, bytes, size) : 0;
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    struct device *device = device_of(context);

    device->calls++;
    device->has_closed = true;
    device->closed_ms = device->party.world->now_ms;
    if (device->powered)
        network_close(&device->party, link, abort);
    link->state = MOTE_LINK_CLOSED;
}

static const struct mote_link_port link_port = {
    .open = open_link,
    .receive = receive_link,
    .send = send_link,
    .close = close_link,
};

static void on_pin(struct mote_sim *sim, uint16_t number, void *context)
{
    (void)sim;
    checks_pin(context, number);
}

void device_set_online(struct device *device, bool online)
{
    struct world *world = device->party.world;
    uint64_t outage_ms = world->now_ms - device->offline_ms;

    if (online == device->online)
        return;
    device->online = online;
    if (!online) {
        world->result->outages++;
        device->offline_ms = world->now_ms;
        return;
    }
    device->online_ms = world->now_ms;
    world->result->connections++;
    if (outage_ms > world->result->outage_ms_max)
        world->result->outage_ms_max = outage_ms;
}

static void on_state(struct mote_node *node, void *context)
{
    struct device *device = context;
    struct world *world = device->party.world;
    bool online = mote_node_state(node) == MOTE_NODE_ONLINE;

    trace(world, TRACE_STATE, device->party.index, mote_node_state(node), mote_node_reason(node));
    timeline_state(world->config->timeline, world->now_ms, device->party.index, (uint8_t)mote_node_state(node),
                   (uint8_t)mote_node_reason(node));
    device_set_online(device, online);
}

/* --- Time and reach --- */

static uint64_t world_of_local(const struct device *device, uint64_t local_ms)
{
    return local_ms == NEVER ? NEVER : local_ms - device->clock_ms;
}

bool device_is_reachable(const struct device *device)
{
    return device->powered && device->asleep_ms == 0 && mote_sim_is_reachable(&device->sim);
}

bool device_is_behind(const struct device *device)
{
    return device->node.work_left || device->node.session.blocked;
}

void device_wake(struct device *device)
{
    uint64_t *due_ms = &device->party.due_ms;

    if (device->party.world->now_ms < *due_ms)
        *due_ms = device->party.world->now_ms;
}

/* --- Power --- */

/* The switches and buttons are the program's own variables: after a reset they are as they were declared. */
static void declare_things(struct device *device)
{
    const struct world_config *config = device->party.world->config;

    for (unsigned i = 0; i < config->switch_count; i++) {
        device->switches[i] = config->switches[i];
        if (config->device_count > 1) /* each obeys its own commands */
            device->switches[i].command_topic = NULL;
        mote_node_add_switch(&device->node, &device->switches[i]);
    }
    for (unsigned i = 0; i < config->button_count; i++) {
        const struct mote_switch *toggles = config->buttons[i].toggles;

        device->buttons[i] = config->buttons[i];
        if (toggles != NULL)
            device->buttons[i].toggles = &device->switches[toggles - config->switches];
        mote_node_add_button(&device->node, &device->buttons[i]);
    }
}

/* A chip's clock begins at 0; now and then it is about to wrap around, as far as 32 bits go. */
static void set_clock(struct device *device)
{
    uint64_t now_ms = device->party.world->now_ms;

    device->sim.now_ms = dice_one_in(&device->dice, 4) ? UINT32_MAX - UINT64_C(10000) : 0;
    device->clock_ms = device->sim.now_ms - now_ms;
    device->booted_ms = now_ms;
}

static void begin_program(struct device *device)
{
    struct world *world = device->party.world;

    store_power_on(device);
    if (guest_is_there(world)) {
        guest_boot(device);
        return;
    }
    if (device->flow_count == 0)
        workload_declare(device);
    store_boot(device);
    mote_node_init(&device->node, &device->config);
    device->observer = (struct mote_observer){.on_state = on_state, .context = device};
    mote_node_observe(&device->node, &device->observer);
    declare_things(device);
    if (mote_node_fault(&device->node)->reason != MOTE_OK)
        promise_break(world, PROMISE_LIVENESS, device->party.index, "the node does not begin: %s: %s",
                      mote_node_fault(&device->node)->what, mote_node_fault(&device->node)->why);
    kept_look(device);
    workload_begin(device);
}

static void boot(struct device *device)
{
    struct world *world = device->party.world;

    mote_port_install(&device->port);
    device->powered = true;
    device->running = true;
    device->booting = true;
    device->online = false;
    device->asleep_ms = 0;
    device->boot_ms = NEVER;
    set_clock(device);
    mote_sim_power(&device->sim, true);
    trace(world, TRACE_BOOT, device->party.index, device->sim.now_ms, 0);
    world->result->boots++;
    begin_program(device);
    device->booting = false;
    device->party.due_ms = world->now_ms;
    if (device->brown_outs > 0) {
        device->brown_outs--;
        device->brown_out_ms = world->now_ms + dice_below(&device->dice, 1000);
    }
}

static void shut_down(struct device *device)
{
    for (unsigned i = 0; i < device->party.world->config->switch_count; i++)
        mote_pin_close(&device->switches[i].pin);
    for (unsigned i = 0; i < device->party.world->config->button_count; i++)
        mote_pin_close(&device->buttons[i].pin);
}

static void die(struct device *device)
{
    struct world *world = device->party.world;

    mote_port_install(&device->port);
    device->powered = false;
    device->running = false;
    store_cut(device);
    network_forget(&device->party);
    shut_down(device);
    mote_sim_power(&device->sim, false);
    for (unsigned i = 0; i < device->flow_count; i++)
        flow_power_lost(device, &device->flows[i]);
    wire_forget(&device->party.session, guest_is_there(world) ? 0 : MOTE_OUTBOX_IDS);
    device_set_online(device, false);
    device->brown_out_ms = NEVER;
    checks_begin_anew(device);
}

void device_cut(struct device *device, uint64_t for_ms)
{
    struct world *world = device->party.world;

    trace(world, TRACE_POWER_OFF, device->party.index, for_ms, 0);
    timeline_state(world->config->timeline, world->now_ms, device->party.index, TIMELINE_NO_POWER, 0);
    if (device->running)
        die(device);
    if (device->boot_ms < world->now_ms + for_ms || device->boot_ms == NEVER)
        device->boot_ms = world->now_ms + for_ms;
    device->party.due_ms = device->boot_ms;
}

/* --- Turns --- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void count_turn(struct device *device)
{
    struct world *world = device->party.world;

    world->result->turns++;
    device->turns_now = device->turn_ms == world->now_ms ? device->turns_now + 1 : 0;
    device->turn_ms = world->now_ms;
    device->turns_now += sabotage_turns(world);
    if (device->turns_now > TURNS_AT_ONCE_MAX)
        promise_break(world, PROMISE_TIME, device->party.index, "it has had %u turns at one moment, and wants another",
                      device->turns_now);
}

static void note_idle(struct device *device)
{
    if (mote_session_is_idle(&device->node.session))
        device->idle_ms = device->party.world->now_ms;
}

static void run(struct device *device)
{
    struct world *world = device->party.world;
    uint64_t due_ms;

    mote_port_install(&device->port);
    device->calls = 0;
    if (!device_is_behind(device)) {
        device->excused = 0;
        memset(device->told, -1, sizeof device->told);
    }
    device->excused |= device->excused_by_hand;
    device->excused_by_hand = 0;
    count_turn(device);
    note_idle(device);
    if (guest_is_there(world)) {
        device->sim.now_ms = world->now_ms + device->clock_ms;
        due_ms = world_of_local(device, guest_turn(device));
    } else {
        inbox_turn(device);
        mote_sim_turn(&device->sim, world->now_ms + device->clock_ms);
        workload_program(device);
        due_ms = world_of_local(device, mote_node_turn(&device->node));
    }
    if (!device->powered)
        inbox_cut(device);
    note_idle(device);
    checks_turn(device);
    due_ms = sooner(due_ms, world_of_local(device, mote_sim_deadline(&device->sim)));
    due_ms = sooner(due_ms, device->brown_out_ms);
    if (!guest_is_there(world))
        due_ms = sooner(due_ms, device->program_ms);
    device->party.due_ms = sooner(due_ms, network_party_due(&device->party));
    sabotage_turn(device);
}

static void sleep_on(struct device *device)
{
    struct world *world = device->party.world;

    if (world->now_ms < device->asleep_ms) {
        device->party.due_ms = device->asleep_ms;
        return;
    }
    device->asleep_ms = 0;
    checks_begin_anew(device);
    timeline_state(world->config->timeline, world->now_ms, device->party.index, (uint8_t)mote_node_state(&device->node),
                   (uint8_t)mote_node_reason(&device->node));
    for (struct connection *c = world->connections; c != NULL; c = c->next) {
        if (c->party == &device->party)
            c->wire.sent_ms = world->now_ms; /* who sleeps says nothing */
    }
}

void device_turn(struct device *device)
{
    uint64_t now_ms = device->party.world->now_ms;

    if (!device->running) {
        device->party.due_ms = device->boot_ms;
        if (now_ms < device->boot_ms)
            return;
        boot(device);
    }
    if (device->asleep_ms != 0)
        sleep_on(device);
    if (device->asleep_ms != 0)
        return;
    if (now_ms < device->oversleeps_ms) {
        device->party.due_ms = device->oversleeps_ms;
        return;
    }
    if (device->powered && now_ms < device->brown_out_ms)
        run(device);
    if (!device->powered || now_ms >= device->brown_out_ms)
        device_cut(device, 100 + dice_below(&device->dice, 1000));
}

/* --- Beginning and end --- */

static void fill_air(struct device *device)
{
    for (unsigned i = 0; i < MOTE_NETWORKS_MAX && device->config.networks[i].ssid != NULL; i++) {
        const struct mote_network *network = &device->config.networks[i];
        struct mote_sim_access_point point = {.present = true, .signal_dbm = (int8_t)(-48 - 4 * (int)i)};

        snprintf(point.ssid, sizeof point.ssid, "%s", network->ssid);
        snprintf(point.key, sizeof point.key, "%s", network->password != NULL ? network->password : "");
        memcpy(point.bssid, network->bssid, sizeof point.bssid);
        mote_sim_air_add(&device->sim, &point);
    }
}

static void configure(struct device *device)
{
    const struct world_config *config = device->party.world->config;

    device->config = *config->node;
    snprintf(device->id, sizeof device->id, "%s", config->node->id);
    if (config->device_count > 1)
        snprintf(device->id, sizeof device->id, "%.56s-%u", config->node->id, (unsigned)device->party.index + 1);
    device->config.id = device->id;
    if (device->config.broker == NULL)
        device->config.broker = "mqtt://broker";
    if (device->config.networks[0].ssid == NULL)
        device->config.networks[0].ssid = "virtual";
}

void device_begin(struct world *world, unsigned index)
{
    struct device *device = &world->devices[index];

    device->party = (struct party){.world = world, .index = (int)index};
    device->dice = dice_of(world->config->seed, 1000 + index);
    device->switches = sim_allocate(world->config->switch_count, sizeof *device->switches);
    device->buttons = sim_allocate(world->config->button_count, sizeof *device->buttons);
    mote_sim_init(&device->sim, (uint32_t)dice_word(&device->dice));
    mote_sim_power(&device->sim, false);
    device->port = device->sim.port;
    device->port.link = &link_port;
    mote_sim_observe(&device->sim, on_pin, device);
    configure(device);
    store_begin(device);
    device->config.outbox = &device->outbox;
    if (guest_is_there(world))
        guest_begin(device);
    else
        fill_air(device);
    memcpy(device->usual_air, device->sim.air.points, sizeof device->usual_air);
    device->brown_out_ms = NEVER;
    device->boot_ms = dice_below(&device->dice, 60000);
    device->party.due_ms = device->boot_ms;
}

void device_end(struct device *device)
{
    if (device->powered) {
        mote_port_install(&device->port);
        shut_down(device);
    }
    for (unsigned i = 0; i < device->flow_count; i++)
        free(device->flows[i].messages);
    free(device->inbox.messages);
    store_end(device);
    free(device->switches);
    free(device->buttons);
}
