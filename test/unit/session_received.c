#include "check.h"
#include "mqtt/session_parts.h"

#include <stdlib.h>
#include <string.h>

#define IDS 65536u

static bool taken[IDS];
static uint16_t table[UINT16_MAX];
static struct mote_session_config config;
static struct mote_session session;
static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static void begin(uint16_t count)
{
    memset(taken, 0, sizeof taken);
    memset(table, 0xAB, sizeof table);
    memset(&session, 0, sizeof session);
    config = (struct mote_session_config){.received_ids = table, .received_count = count};
    session.config = &config;
    mote_received_clear(&session);
    random_state = count;
}

static void add(unsigned id)
{
    mote_received_add(&session, (uint16_t)id);
    taken[id] = true;
}

static uint16_t *place_of(unsigned id)
{
    uint16_t *found = mote_received_find(&session, (uint16_t)id);

    CHECK(found != NULL);
    return found;
}

static void forget(unsigned id)
{
    mote_received_forget(&session, place_of(id));
    taken[id] = false;
}

static void check_all(void)
{
    unsigned used = 0;

    for (unsigned id = 1; id < IDS; id++) {
        CHECK_EQUAL(mote_received_find(&session, (uint16_t)id) != NULL, taken[id]);
        used += taken[id];
    }
    CHECK_EQUAL(session.received_used, used);
}

/* Identifiers from a small range come and go at random, from an empty table to a full one. */
static void agrees_with_a_plain_set(void)
{
    static const uint16_t counts[] = {1, 2, 3, 7, 32, 1000};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        begin(counts[i]);
        for (unsigned step = 0; step < 20000; step++) {
            unsigned id = 1 + next_random() % (2u * counts[i]);
            if (taken[id])
                forget(id);
            else if (session.received_used < counts[i])
                add(id);
            else
                CHECK(mote_received_find(&session, (uint16_t)id) == NULL);
            if (step % 4000 == 0)
                check_all();
        }
        check_all();
    }
}

/* Every identifier there is, in ascending order and back in another. */
static void holds_as_many_as_it_has_places(void)
{
    begin(UINT16_MAX);
    for (unsigned id = 1; id < IDS; id++)
        add(id);
    check_all();
    for (unsigned i = 0; i < UINT16_MAX; i++)
        forget(1 + i * 7919u % UINT16_MAX);
    CHECK_EQUAL(session.received_used, 0);
    for (unsigned i = 0; i < UINT16_MAX; i++)
        CHECK_EQUAL(table[i], 0);
}

static void forgets_all_at_once(void)
{
    begin(32);
    for (unsigned id = 100; id < 132; id++)
        add(id);
    mote_received_clear(&session);
    memset(taken, 0, sizeof taken);
    check_all();
}

static void has_nothing_without_memory(void)
{
    begin(0);
    config.received_ids = NULL;
    mote_received_clear(&session);
    CHECK(mote_received_find(&session, 1) == NULL);
}

/* Those of earlier connections are the first to go. */
static void counts_old_ones_down(void)
{
    begin(4);
    add(1);
    add(2);
    session.received_old = 2;
    add(3);
    for (unsigned id = 1; id <= 3; id++) {
        mote_received_release(&session, place_of(id));
        CHECK_EQUAL(session.received_old, id == 1 ? 1 : 0);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"agrees-with-a-plain-set", agrees_with_a_plain_set},
        {"holds-as-many-as-it-has-places", holds_as_many_as_it_has_places},
        {"forgets-all-at-once", forgets_all_at_once},
        {"has-nothing-without-memory", has_nothing_without_memory},
        {"counts-old-ones-down", counts_old_ones_down},
    };

    return check_main("unit/session-received", cases, sizeof cases / sizeof cases[0], argc, argv);
}
