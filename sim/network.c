#include "sim/network.h"

#include "sim/inside.h"
#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_SIZE = 16384 };

static struct connection *connection_of(const struct mote_link *link)
{
    return link->hidden[0];
}

static struct device *device_of(const struct party *party)
{
    return party->index < 0 ? NULL : &party->world->devices[party->index];
}

/* The world's own clients are at the broker's side of the network. */
static bool is_reachable(const struct party *party)
{
    return party->index < 0 || device_is_reachable(device_of(party));
}

static bool is_on(const struct party *party, enum fault_kind kind)
{
    return party->index >= 0 && happen_is_on(party->world, device_of(party), kind);
}

static struct dice *dice_for(const struct party *party)
{
    return &party->world->network_dice;
}

/* --- Dialling --- */

static void decide_answer(struct connection *connection)
{
    const struct party *party = connection->party;
    struct world *world = party->world;
    uint64_t round_ms = world->now_ms + 2 * connection->delay_ms + dice_below(dice_for(party), 20);

    connection->answer_ms = round_ms;
    connection->answer = MOTE_OK;
    if (!is_reachable(party) || is_on(party, FAULT_NO_ANSWER)) {
        connection->answer_ms = UINT64_MAX;
    } else if (is_on(party, FAULT_NO_NAMES)) {
        connection->answer = MOTE_DNS_NOT_FOUND;
    } else if (is_on(party, FAULT_CAPTIVE)) {
        connection->captive = true;
    } else if (is_on(party, FAULT_CONNECTION_REFUSED) || !world->server.up) {
        connection->answer = MOTE_TCP_REFUSED;
    }
}

enum mote_reason network_open(struct party *party, struct mote_link *link)
{
    struct world *world = party->world;
    struct connection *connection = sim_allocate(1, sizeof *connection);

    connection->party = party;
    connection->link = link;
    connection->delay_ms = 1 + dice_below(dice_for(party), 60);
    connection->wire.serial = ++world->connection_serial;
    connection->next = world->connections;
    world->connections = connection;
    connection->sibling = party->connections;
    party->connections = connection;
    link->hidden[0] = connection;
    link->state = MOTE_LINK_OPENING;
    link->reason = is_on(party, FAULT_NO_NAMES) ? MOTE_DNS_TIMEOUT : MOTE_TCP_TIMEOUT;
    decide_answer(connection);
    trace(world, TRACE_DIAL, party->index, 0, 0);
    return MOTE_OK;
}

static void finish_dialling(struct connection *connection)
{
    struct party *party = connection->party;

    connection->answer_ms = UINT64_MAX;
    connection->link->state = connection->answer == MOTE_OK ? MOTE_LINK_OPEN : MOTE_LINK_FAILED;
    connection->link->reason = connection->answer;
    connection->wire.sent_ms = party->world->now_ms;
    trace(party->world, TRACE_DIALLED, party->index, connection->answer, 0);
    if (connection->answer == MOTE_OK && !connection->captive)
        server_accept(connection);
    party->due_ms = party->world->now_ms;
}

/* --- Bytes --- */

static uint64_t arrival_ms(const struct connection *connection)
{
    const struct party *party = connection->party;
    uint64_t delay_ms = connection->delay_ms;

    if (dice_one_in(dice_for(party), 8))
        delay_ms += dice_below(dice_for(party), 40);
    if (is_on(party, FAULT_SLOW))
        delay_ms += 500 + dice_below(dice_for(party), 5500);
    return party->world->now_ms + delay_ms;
}

/* In as many pieces as it pleases the network. */
static void put(struct connection *connection, struct stream *stream, const uint8_t *bytes, size_t size)
{
    const struct party *party = connection->party;
    bool is_narrow = is_on(party, FAULT_NARROW);
    uint64_t at_ms = arrival_ms(connection);

    while (size > 0) {
        size_t piece = size;

        if (is_narrow)
            piece = 1 + dice_below(dice_for(party), 24);
        else if (dice_one_in(dice_for(party), 16))
            piece = 1 + dice_below(dice_for(party), (uint32_t)size);
        if (piece > size)
            piece = size;
        stream_put(stream, bytes, piece, at_ms);
        bytes += piece;
        size -= piece;
        at_ms += dice_below(dice_for(party), 10);
    }
}

/* Asks the party to have its turn when there is something to take. */
static void announce(struct connection *connection)
{
    struct party *party = connection->party;
    uint64_t due_ms = network_party_due(party);

    if (due_ms < party->due_ms)
        party->due_ms = due_ms;
}

static size_t room_of(struct connection *connection, size_t size)
{
    struct world *world = connection->party->world;
    size_t used = stream_size(&connection->up);
    size_t room = used < BUFFER_SIZE ? BUFFER_SIZE - used : 0;

    if (world->now_ms < connection->room_ms)
        return 0;
    if (size < room)
        room = size;
    if (is_on(connection->party, FAULT_NARROW))
        room = dice_below(dice_for(connection->party), 32);
    else if (dice_one_in(dice_for(connection->party), 64))
        room = dice_below(dice_for(connection->party), (uint32_t)room + 1);
    if (room < size)
        connection->room_ms = world->now_ms + 1 + dice_below(dice_for(connection->party), 30);
    return room < size ? room : size;
}

size_t network_send(struct party *party, struct mote_link *link, const void *bytes, size_t size)
{
    struct connection *connection = connection_of(link);
    size_t taken = room_of(connection, size);

    if (taken == 0)
        return 0;
    wire_up(connection, bytes, taken);
    if (!connection->dead && !connection->captive)
        put(connection, &connection->up, bytes, taken);
    (void)party;
    return taken;
}

size_t network_receive(struct party *party, struct mote_link *link, void *into, size_t size)
{
    struct connection *connection = connection_of(link);
    uint64_t now_ms = party->world->now_ms;
    size_t taken;

    if (connection->dead || !is_reachable(party))
        return 0;
    taken = stream_take(&connection->down, into, size, now_ms);
    if (taken > 0)
        wire_down(connection, into, taken);
    if (taken > 0 && connection->blocked)
        server_has_room(connection);
    if (taken < size && stream_ended(&connection->down, now_ms) != STREAM_GOES_ON) {
        link->state = MOTE_LINK_FAILED;
        link->reason = MOTE_TCP_RESET;
        return taken;
    }
    return taken;
}

/* What cannot reach the broker at this moment does later, but for what is aborted. */
void network_close(struct party *party, struct mote_link *link, bool abort)
{
    struct connection *connection = connection_of(link);

    link->state = MOTE_LINK_CLOSED;
    if (connection == NULL)
        return;
    link->hidden[0] = NULL;
    connection->link = NULL;
    trace(party->world, TRACE_CLOSE, party->index, abort, 0);
    if (is_reachable(party))
        wire_watch_time(connection);
    if (connection->dead || (abort && !is_reachable(party)))
        return;
    stream_finish(&connection->up, abort ? STREAM_RESET : STREAM_FIN, arrival_ms(connection));
}

void network_forget(struct party *party)
{
    for (struct connection *c = party->connections; c != NULL; c = c->sibling)
        c->link = NULL;
}

void network_answer(struct connection *connection, const void *bytes, size_t size)
{
    if (connection->dead)
        return;
    put(connection, &connection->down, bytes, size);
    announce(connection);
}

void network_end(struct connection *connection, enum stream_end how)
{
    if (connection->dead)
        return;
    stream_finish(&connection->down, how, arrival_ms(connection));
    announce(connection);
}

/* --- Turns --- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When it has something to move, if its party can be reached. */
static uint64_t due_by_itself(const struct connection *connection)
{
    uint64_t due_ms = connection->link != NULL ? connection->answer_ms : UINT64_MAX;

    if (connection->client != NULL || connection->refusal != 0)
        due_ms = sooner(due_ms, stream_due(&connection->up));
    if (connection->link == NULL && connection->client != NULL && connection->up.ending != STREAM_RESET)
        due_ms = sooner(due_ms, stream_due(&connection->down));
    return due_ms;
}

/* The broker's bytes for somebody who knows of no such connection are answered by a reset. */
static bool must_be_told(const struct connection *connection, uint64_t now_ms)
{
    return connection->link == NULL && connection->client != NULL && connection->up.ending != STREAM_RESET &&
           stream_due(&connection->down) <= now_ms;
}

static void move(struct connection *connection)
{
    uint64_t now_ms = connection->party->world->now_ms;

    if (connection->link != NULL && connection->answer_ms <= now_ms)
        finish_dialling(connection);
    if (connection->client == NULL && connection->refusal == 0)
        return;
    if (must_be_told(connection, now_ms))
        stream_finish(&connection->up, STREAM_RESET, now_ms);
    if (stream_arrived(&connection->up, now_ms) > 0)
        server_take(connection);
    if (stream_ended(&connection->up, now_ms) != STREAM_GOES_ON)
        server_closed(connection);
}

static void release(struct connection **at)
{
    struct connection *connection = *at;
    struct connection **own = &connection->party->connections;

    while (*own != connection)
        own = &(*own)->sibling;
    *own = connection->sibling;
    *at = connection->next;
    stream_free(&connection->up);
    stream_free(&connection->down);
    wire_free(&connection->wire);
    free(connection->held.bytes);
    free(connection);
}

/* Is there anything that could move? Most have nothing at most times, and are many. */
static bool has_something(const struct connection *connection, uint64_t now_ms)
{
    return !connection->dead && due_by_itself(connection) <= now_ms;
}

void network_turn(struct world *world)
{
    for (struct connection *c = world->connections; c != NULL; c = c->next) {
        if (has_something(c, world->now_ms) && is_reachable(c->party))
            move(c);
    }
    server_flush(world);
    for (struct connection **at = &world->connections; *at != NULL;) {
        if ((*at)->link == NULL && (*at)->client == NULL)
            release(at);
        else
            at = &(*at)->next;
    }
}

static uint64_t due_of(const struct connection *connection)
{
    uint64_t due_ms = connection->dead ? UINT64_MAX : due_by_itself(connection);

    return due_ms == UINT64_MAX || is_reachable(connection->party) ? due_ms : UINT64_MAX;
}

uint64_t network_due(const struct world *world)
{
    uint64_t due_ms = UINT64_MAX;

    for (const struct connection *c = world->connections; c != NULL; c = c->next)
        due_ms = sooner(due_ms, due_of(c));
    return due_ms;
}

/* What a party has left lying does not wake it at once: it waits for room to answer. */
static uint64_t take_ms(const struct connection *connection)
{
    uint64_t now_ms = connection->party->world->now_ms;
    uint64_t due_ms = stream_due(&connection->down);

    if (due_ms == UINT64_MAX || connection->dead || !is_reachable(connection->party))
        return UINT64_MAX;
    return due_ms > now_ms ? due_ms : now_ms + 1;
}

uint64_t network_party_due(const struct party *party)
{
    uint64_t due_ms = UINT64_MAX;

    for (const struct connection *c = party->connections; c != NULL; c = c->sibling) {
        if (c->link == NULL)
            continue;
        due_ms = sooner(due_ms, take_ms(c));
        if (c->room_ms > party->world->now_ms)
            due_ms = sooner(due_ms, c->room_ms);
    }
    return due_ms;
}

void network_free(struct world *world)
{
    while (world->connections != NULL)
        release(&world->connections);
}
