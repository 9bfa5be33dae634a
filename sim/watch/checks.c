/* The checkers that watch the devices and the broker; those of single messages are in flow.c, those of the wire in wire.c. */
#include "sim/guest.h"

#include <string.h>

enum { QUIET_MS = 90000, ANSWER_MS = 10000, CALLS_MAX = 2000, ALLOWANCE = 65536 };

/* Of several the number at the end of the name says which it is: a thousand are not looked through for each message. */
static struct device *device_named(struct world *world, struct mote_text id)
{
    uint32_t number = 1;
    size_t begin = id.length;

    while (begin > 0 && id.data[begin - 1] != '-')
        begin--;
    if (world->device_count > 1 &&
        !mote_text_to_number((struct mote_text){id.data + begin, id.length - begin}, world->device_count, &number))
        return NULL;
    return number > 0 && mote_text_equals(id, world->devices[number - 1].id) ? &world->devices[number - 1] : NULL;
}

/* --- What the broker tells --- */

static struct mote_text first_level(struct mote_text topic)
{
    size_t length = 0;

    while (length < topic.length && topic.data[length] != '/')
        length++;
    return (struct mote_text){topic.data, length};
}

/* What is watched is under the device's name. */
static void take_message(struct world *world, const struct mote_message *message, size_t sessions)
{
    struct device *device = device_named(world, first_level(message->topic));

    if (device == NULL)
        return;
    inbox_routed(device, message, sessions);
    for (unsigned k = 0; k < device->flow_count; k++) {
        if (!mote_text_equals(message->topic, device->flows[k].topic))
            continue;
        flow_arrived(device, &device->flows[k], message);
        sabotage_message(world, &device->flows[k], message);
    }
}

static void note_subscription(struct device *device, struct mote_text filter, bool there)
{
    for (unsigned i = 0; i < device->party.world->config->switch_count; i++) {
        const struct mote_switch *thing = &device->switches[i];

        if (!mote_text_equals(filter, thing->command_topic != NULL ? thing->command_topic : thing->topic))
            continue;
        if (there)
            device->subscribed |= UINT32_C(1) << i;
        else
            device->subscribed &= ~(UINT32_C(1) << i);
    }
}

/* A program has what id it likes. */
static void observe_guest(struct world *world, const struct mote_broker_event *event)
{
    const struct connection *connection = event->client == NULL ? NULL : mote_broker_client_link(event->client);

    if (connection != NULL && connection->party->index >= 0)
        guest_observe(&world->devices[connection->party->index], event);
}

void checks_observe(struct world *world, const struct mote_broker_event *event)
{
    struct device *device = device_named(world, event->client_id);

    if (guest_is_there(world)) {
        observe_guest(world, event);
        return;
    }
    if (event->type == MOTE_BROKER_PUBLISHED)
        take_message(world, event->message, event->delivered);
    if (device == NULL)
        return;
    switch (event->type) {
    case MOTE_BROKER_CLIENT_CONNECTED:
        if (event->session_present)
            break;
        device->epoch++;
        device->subscribed = 0;
        break;
    case MOTE_BROKER_SUBSCRIBED:
        note_subscription(device, event->filter->topic, event->reason == MOTE_OK);
        break;
    case MOTE_BROKER_UNSUBSCRIBED:
        note_subscription(device, event->filter->topic, false);
        break;
    default:
        break;
    }
}

/* --- Attempts --- */

void checks_begin_anew(struct device *device)
{
    device->has_closed = false;
}

/* Chance brings a few together now and then, never a quarter of them at the same millisecond. */
static void watch_herd(struct device *device)
{
    struct world *world = device->party.world;

    world->dials_now = world->dials_ms == world->now_ms ? world->dials_now + 1 : 1;
    world->dials_ms = world->now_ms;
    if (world->device_count >= 8 && world->dials_now > world->device_count / 4 + 2)
        promise_break(world, PROMISE_RETRY, device->party.index, "%u devices come back at the same moment",
                      world->dials_now);
}

/* Where there seems to be another client with its id, it stays away a quarter longer. */
static uint64_t longest_ms(const struct mote_node *node)
{
    uint64_t max_ms = node->config.retry_delay_ms_max;

    return mote_node_reason(node) == MOTE_MQTT_TAKEN_OVER ? max_ms + max_ms / 4 : max_ms;
}

void checks_dial(struct device *device)
{
    struct world *world = device->party.world;
    uint64_t delay_ms = world->now_ms - device->closed_ms;
    const struct mote_node_config *config = &device->node.config;

    if (!device->has_closed || guest_is_there(world))
        return;
    if (delay_ms < config->retry_delay_ms_min || delay_ms > longest_ms(&device->node))
        promise_break(world, PROMISE_RETRY, device->party.index,
                      "it tries again after %llu ms, and not within %u to %llu ms", (unsigned long long)delay_ms,
                      (unsigned)config->retry_delay_ms_min, (unsigned long long)longest_ms(&device->node));
    watch_herd(device);
}

/* --- Outputs --- */

static bool is_of(const struct mote_switch *thing, const struct mote_message *message)
{
    const char *topic = thing->command_topic != NULL ? thing->command_topic : thing->topic;

    return mote_text_equals(message->topic, topic) && (thing->obey_retained || !message->retain);
}

void checks_command(struct device *device, const struct mote_message *message)
{
    struct world *world = device->party.world;

    for (unsigned i = 0; i < world->config->switch_count; i++) {
        if (!is_of(&device->switches[i], message))
            continue;
        device->excused |= UINT32_C(1) << i;
        if (message->qos == MOTE_QOS_2 && message->duplicate) /* it may have been obeyed already */
            continue;
        device->told[i] = mote_text_equals_nocase(message->payload, "on");
        world->result->commands++;
    }
}

static bool was_on_long_enough(const struct device *device, unsigned at)
{
    uint32_t max_ms = device->switches[at].on_time_ms_max;

    return max_ms != 0 && device->party.world->now_ms - device->on_ms[at] >= max_ms;
}

void checks_pin(struct device *device, uint16_t number)
{
    struct world *world = device->party.world;
    int level = mote_sim_level(&device->sim, number);

    trace(world, TRACE_PIN, device->party.index, number, (uint64_t)level);
    for (unsigned i = 0; i < world->config->switch_count; i++) {
        const struct mote_pin *pin = &device->switches[i].pin;
        bool on = (level == 1) == (pin->active == MOTE_HIGH);

        if (pin->number != number)
            continue;
        if (on)
            device->on_ms[i] = world->now_ms;
        if (device->powered && device->sim.power && !device->booting && (device->excused >> i & 1) == 0 &&
            !(!on && was_on_long_enough(device, i)))
            promise_break(world, PROMISE_OUTPUTS, device->party.index,
                          "%s goes %s, and nobody has told it to: no command, no button", device->switches[i].name,
                          on ? "on" : "off");
    }
}

static void check_told(struct device *device)
{
    for (unsigned i = 0; i < device->party.world->config->switch_count; i++) {
        if (device->told[i] >= 0 && mote_switch_is_on(&device->switches[i]) != (device->told[i] == 1))
            promise_break(device->party.world, PROMISE_OUTPUTS, device->party.index, "%s was told %s, and is not",
                          device->switches[i].name, device->told[i] == 1 ? "on" : "off");
    }
}

void checks_turn(struct device *device)
{
    struct world *world = device->party.world;

    if (mote_node_state(&device->node) == MOTE_NODE_JOINING)
        checks_begin_anew(device);
    if (device->powered && device->online && !device_is_behind(device))
        check_told(device);
    if (device->calls > CALLS_MAX)
        promise_break(world, PROMISE_TIME, device->party.index, "one turn has called its port %u times", device->calls);
}

/* --- Calm --- */

uint64_t checks_calm_due(const struct world *world)
{
    return world->active_count > 0 || world->looked ? UINT64_MAX : world->over_ms + world_patience_ms(world->config);
}

bool checks_is_quiet(const struct world *world)
{
    uint64_t due_ms = checks_calm_due(world);

    return due_ms != UINT64_MAX && world->now_ms + QUIET_MS >= due_ms;
}

/* What has only just been given to the session may still be sent and answered. */
static bool is_just_sending(const struct device *device)
{
    return device->party.world->now_ms - device->idle_ms < ANSWER_MS;
}

static void check_recovery(struct device *device)
{
    struct world *world = device->party.world;
    uint64_t recovery_ms = device->online_ms > world->over_ms ? device->online_ms - world->over_ms : 0;

    if (!device->online && guest_is_there(world))
        promise_break(world, PROMISE_LIVENESS, device->party.index,
                      "the program is not connected, %u s after the last fault",
                      (unsigned)(world_patience_ms(world->config) / 1000));
    else if (!device->online)
        promise_break(
            world, PROMISE_LIVENESS, device->party.index, "it is not connected, %u s after the last fault: %s, %s",
            (unsigned)(world_patience_ms(world->config) / 1000), mote_node_state_name(mote_node_state(&device->node)),
            mote_reason_code(mote_node_reason(&device->node)));
    else if (!mote_session_is_idle(&device->node.session) && !is_just_sending(device))
        promise_break(world, PROMISE_LIVENESS, device->party.index,
                      "it has messages under way that nobody answers, long after the last fault");
    if (recovery_ms > world->result->recovery_ms_max)
        world->result->recovery_ms_max = recovery_ms;
}

static void check_subscriptions(struct device *device)
{
    for (unsigned i = 0; i < device->party.world->config->switch_count; i++) {
        if ((device->subscribed >> i & 1) == 0)
            promise_break(device->party.world, PROMISE_SUBSCRIPTIONS, device->party.index,
                          "the broker has no subscription for the commands of %s", device->switches[i].name);
    }
}

/* The first calms show what it needs; then it may not need more. */
static void check_memory(struct world *world)
{
    struct server *server = &world->server;
    uint64_t memory = server->broker.counters.memory;

    if (memory > world->result->broker_memory)
        world->result->broker_memory = memory;
    if (world->result->calms < 3)
        server->memory_first = world->result->broker_memory;
    else if (memory > 2 * server->memory_first + ALLOWANCE)
        promise_break(world, PROMISE_MEMORY, -1, "the broker needs %llu bytes in the calm, and needed %llu",
                      (unsigned long long)memory, (unsigned long long)server->memory_first);
}

void checks_calm(struct world *world)
{
    for (unsigned i = 0; i < world->device_count; i++) {
        struct device *device = &world->devices[i];

        check_recovery(device);
        store_note(device);
        check_subscriptions(device);
        for (unsigned k = 0; k < device->flow_count && world->result->broken == PROMISES; k++)
            flow_settle(device, &device->flows[k]);
        inbox_settle(device);
        if (!guest_is_there(world))
            store_check(device);
    }
    sabotage_calm(world);
    check_memory(world);
    world->result->calms++;
    world->looked = true;
    trace(world, TRACE_CALM, -1, 0, 0);
}
