/* How the loop lets messages gather, in a world of microseconds: who sends, and when, is the case's. */
#include "check.h"

#include "port/linux/gather.h"

enum {
    WAKE_US = 5,   /* what waking up and reading costs */
    SLACK_US = 50, /* a rest takes longer than asked for */
    MESSAGE = 80,  /* bytes */
    ROUND_TRIP_US = 70,
};

/* A loop that reads messages; `arrives_us` is when the one of a number is there, given when all those before it that matter
 * were read. */
struct world {
    struct mote_gather gather;
    bool rests;
    uint64_t now_us;
    unsigned read;
    unsigned answered;  /* so many, */
    uint64_t answer_us; /* at this time */
    unsigned wakes;
    unsigned rested;
    uint64_t (*arrives_us)(const struct world *world, unsigned number);
};

static void wake(struct world *world)
{
    unsigned before = world->read;

    if (world->rests) {
        world->now_us += MOTE_GATHER_REST_US + SLACK_US;
        world->rested++;
    }
    if (world->arrives_us(world, world->read) > world->now_us)
        world->now_us = world->arrives_us(world, world->read);
    world->rests = mote_gather_woke(&world->gather, world->now_us);
    world->wakes++;
    while (world->arrives_us(world, world->read) <= world->now_us)
        world->read++;
    mote_gather_read(&world->gather, (uint64_t)(world->read - before) * MESSAGE);
    world->now_us += WAKE_US;
    world->answered = world->read;
    world->answer_us = world->now_us;
}

static void run(struct world *world, unsigned messages)
{
    while (world->read < messages)
        wake(world);
}

static uint64_t as_a_stream(const struct world *world, unsigned number)
{
    (void)world;
    return (uint64_t)number * 28;
}

static uint64_t one_a_millisecond(const struct world *world, unsigned number)
{
    (void)world;
    return (uint64_t)number * 1000;
}

static uint64_t after_the_answer(const struct world *world, unsigned number)
{
    return number > world->answered ? UINT64_MAX : world->answer_us + ROUND_TRIP_US;
}

/* Twenty in quick succession, then none before all are answered. */
enum { WINDOW = 20 };
static unsigned window_began;
static uint64_t window_us;

static uint64_t in_windows(const struct world *world, unsigned number)
{
    if (world->answered >= window_began + WINDOW) {
        window_began += WINDOW;
        window_us = world->answer_us + ROUND_TRIP_US;
    }
    return number >= window_began + WINDOW ? UINT64_MAX : window_us + (uint64_t)(number - window_began) * 12;
}

static void a_stream_is_read_in_handfuls(void)
{
    struct world world = {.arrives_us = as_a_stream};

    run(&world, 100000);
    CHECK(world.wakes < 100000 / 4);
    CHECK(world.now_us < as_a_stream(&world, 100000) + 1000); /* and nothing comes later than by a rest */
}

static void a_slow_stream_is_left_alone(void)
{
    struct world world = {.arrives_us = one_a_millisecond};

    run(&world, 10000);
    CHECK_EQUAL(world.rested, 0);
}

static void who_waits_for_answers_is_not_held_up(void)
{
    struct world world = {.arrives_us = after_the_answer};

    run(&world, 100000);
    CHECK(world.now_us < (uint64_t)100000 * (ROUND_TRIP_US + WAKE_US) * 102 / 100);
}

static void a_small_window_is_not_made_slow(void)
{
    struct world world = {.arrives_us = in_windows};
    uint64_t without_us = (uint64_t)100000 / WINDOW * (ROUND_TRIP_US + WINDOW * 12 + WAKE_US);

    window_began = 0;
    window_us = 0;
    run(&world, 100000);
    CHECK(world.now_us < without_us * 110 / 100);
}

static void ends_when_the_stream_does(void)
{
    struct world world = {.arrives_us = as_a_stream};
    unsigned rested;

    run(&world, 10000);
    CHECK(world.rests);
    rested = world.rested;
    world.arrives_us = one_a_millisecond;
    world.read = (unsigned)(world.now_us / 1000 + 10);
    run(&world, world.read + 10000);
    CHECK(world.rested - rested < 1000);
}

static void wake_ups_that_bring_nothing_are_not_gathered(void)
{
    struct mote_gather gather = {.resting = false};

    for (uint64_t i = 1; i < 100000; i++)
        CHECK(!mote_gather_woke(&gather, i * 20));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a_stream_is_read_in_handfuls", a_stream_is_read_in_handfuls},
        {"a_slow_stream_is_left_alone", a_slow_stream_is_left_alone},
        {"who_waits_for_answers_is_not_held_up", who_waits_for_answers_is_not_held_up},
        {"a_small_window_is_not_made_slow", a_small_window_is_not_made_slow},
        {"ends_when_the_stream_does", ends_when_the_stream_does},
        {"wake_ups_that_bring_nothing_are_not_gathered", wake_ups_that_bring_nothing_are_not_gathered},
    };

    return check_main("unit/gather_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}
