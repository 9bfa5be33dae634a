/* Timers: order, fairness, stopping at every moment, the ends of time, and a comparison with a naive model. */
#include <mote/sched.h>

#include "check.h"

#include <string.h>

#define LOG_MAX 4096

static struct mote_sched sched;
static struct mote_timer timers[200];
static size_t logged[LOG_MAX];
static size_t log_length;

static void begin(uint64_t now_ms)
{
    memset(&sched, 0, sizeof sched);
    memset(timers, 0, sizeof timers);
    log_length = 0;
    mote_sched_turn(&sched, now_ms);
}

static size_t index_of(void *context)
{
    return (size_t)((struct mote_timer *)context - timers);
}

static void log_run(void *context)
{
    CHECK(log_length < LOG_MAX);
    logged[log_length++] = index_of(context);
}

static void after(size_t index, uint32_t delay_ms, mote_timer_run *run)
{
    mote_after(&sched, &timers[index], delay_ms, run, &timers[index]);
}

static void runs_once_at_its_time(void)
{
    begin(1000);
    CHECK_EQUAL(mote_sched_deadline(&sched), MOTE_NEVER);
    after(0, 50, log_run);
    CHECK(mote_timer_is_running(&timers[0]));
    CHECK_EQUAL(mote_sched_deadline(&sched), 1050);
    CHECK_EQUAL(mote_sched_turn(&sched, 1049), 0);
    CHECK_EQUAL(mote_sched_turn(&sched, 1050), 1);
    CHECK_EQUAL(log_length, 1);
    CHECK(!mote_timer_is_running(&timers[0]));
    CHECK_EQUAL(mote_sched_turn(&sched, 5000), 0);
    CHECK_EQUAL(mote_sched_deadline(&sched), MOTE_NEVER);
}

static void equal_deadlines_run_in_the_order_of_their_start(void)
{
    static const size_t order[] = {7, 3, 9, 1, 0, 5};

    begin(0);
    for (size_t i = 0; i < 6; i++)
        after(order[i], 10, log_run);
    after(3, 10, log_run); /* started anew: it is the last now */
    after(2, 9, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 10), 7);
    static const size_t expected[] = {2, 7, 9, 1, 0, 5, 3};
    CHECK(memcmp(logged, expected, sizeof expected) == 0);
}

static void periodic_timers_keep_to_their_grid(void)
{
    begin(0);
    mote_every(&sched, &timers[0], 1000, log_run, &timers[0]);
    CHECK_EQUAL(mote_sched_deadline(&sched), 1000);
    CHECK_EQUAL(mote_sched_turn(&sched, 1030), 1);
    CHECK_EQUAL(mote_sched_deadline(&sched), 2000);
    CHECK_EQUAL(mote_sched_turn(&sched, 5999), 1); /* four turns were missed, three of them for good */
    CHECK_EQUAL(mote_sched_deadline(&sched), 6000);
    CHECK_EQUAL(mote_sched_turn(&sched, 7000), 1); /* exactly on the grid */
    CHECK_EQUAL(mote_sched_deadline(&sched), 8000);
    mote_timer_stop(&sched, &timers[0]);
    CHECK_EQUAL(mote_sched_deadline(&sched), MOTE_NEVER);
}

static void missed_periods_are_left_out_in_bounded_time(void)
{
    begin(0);
    mote_every(&sched, &timers[0], 7, log_run, &timers[0]);
    CHECK_EQUAL(mote_sched_turn(&sched, UINT64_MAX / 2), 1);
    CHECK_EQUAL(mote_sched_deadline(&sched), UINT64_MAX / 2 - UINT64_MAX / 2 % 7 + 7);
    mote_every(&sched, &timers[0], 0, log_run, &timers[0]);
    CHECK_EQUAL(mote_sched_deadline(&sched), sched.now_ms + 1);
}

static void restart_at_once(void *context)
{
    log_run(context);
    after(index_of(context), 0, restart_at_once);
}

static void a_restart_with_no_delay_starves_nobody(void)
{
    begin(0);
    after(0, 0, restart_at_once);
    after(1, 0, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 0), 2);
    CHECK_EQUAL(mote_sched_deadline(&sched), 0); /* there is work again, without any time passing */
    CHECK_EQUAL(mote_sched_turn(&sched, 0), 1);
    after(2, 0, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 0), 2);
    CHECK_EQUAL(logged[4], 2);
}

static void stop_next(void *context)
{
    log_run(context);
    mote_timer_stop(&sched, &timers[index_of(context) + 1]);
}

static void a_callback_stops_one_that_is_due_too(void)
{
    begin(0);
    after(0, 1, stop_next);
    after(1, 1, log_run);
    after(2, 1, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 1), 2);
    CHECK_EQUAL(logged[0], 0);
    CHECK_EQUAL(logged[1], 2);
    CHECK(!mote_timer_is_running(&timers[1]));
}

static void restart_next(void *context)
{
    log_run(context);
    after(index_of(context) + 1, 0, log_run);
}

static void a_callback_restarts_one_that_is_due_too(void)
{
    begin(0);
    after(0, 1, restart_next);
    after(1, 1, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 1), 1);
    CHECK_EQUAL(mote_sched_turn(&sched, 1), 1);
    CHECK_EQUAL(logged[1], 1);
}

static void stop_self(void *context)
{
    log_run(context);
    mote_timer_stop(&sched, context);
}

static void callbacks_stop_themselves(void)
{
    begin(0);
    mote_every(&sched, &timers[0], 5, stop_self, &timers[0]);
    after(1, 5, stop_self);
    CHECK_EQUAL(mote_sched_turn(&sched, 100), 2);
    CHECK_EQUAL(mote_sched_turn(&sched, 200), 0);
    mote_timer_stop(&sched, &timers[0]); /* once more is no harm */
    CHECK_EQUAL(mote_sched_deadline(&sched), MOTE_NEVER);
}

static void forget_self(void *context)
{
    log_run(context);
    memset(context, 0xAB, sizeof(struct mote_timer));
}

static void a_timer_that_has_run_is_not_touched(void)
{
    begin(0);
    after(0, 1, forget_self);
    after(1, 2, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 2), 2);
}

static void a_turn_is_bounded(void)
{
    begin(0);
    for (size_t i = 0; i < MOTE_TIMERS_PER_TURN + 5; i++)
        after(i, 1, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, 3), MOTE_TIMERS_PER_TURN);
    CHECK_EQUAL(mote_sched_deadline(&sched), 1);
    CHECK_EQUAL(mote_sched_turn(&sched, 3), 5);
    for (size_t i = 0; i < log_length; i++)
        CHECK_EQUAL(logged[i], i);
}

static void time_does_not_go_back(void)
{
    begin(1000);
    CHECK_EQUAL(mote_sched_turn(&sched, 10), 0);
    after(0, 5, log_run);
    CHECK_EQUAL(mote_sched_deadline(&sched), 1005);
    CHECK_EQUAL(mote_sched_turn(&sched, 6), 0);
    CHECK_EQUAL(mote_sched_turn(&sched, 1005), 1);
}

static void the_end_of_time(void)
{
    begin(UINT64_MAX - 10);
    after(0, 5, log_run);
    after(1, 1000, log_run);
    mote_every(&sched, &timers[2], UINT32_MAX, log_run, &timers[2]);
    CHECK_EQUAL(mote_sched_turn(&sched, UINT64_MAX - 5), 1);
    CHECK_EQUAL(mote_sched_deadline(&sched), UINT64_MAX);
    CHECK_EQUAL(mote_sched_turn(&sched, UINT64_MAX), 2);
    CHECK_EQUAL(mote_sched_turn(&sched, UINT64_MAX), 1);
}

static void more_than_32_bits_of_time(void)
{
    begin(UINT32_MAX - 1ull);
    after(0, 1, log_run);
    after(1, 3, log_run);
    after(2, UINT32_MAX, log_run);
    CHECK_EQUAL(mote_sched_turn(&sched, UINT32_MAX + 1ull), 1);
    CHECK_EQUAL(mote_sched_turn(&sched, UINT32_MAX + 2ull), 1);
    CHECK_EQUAL(logged[1], 1);
    CHECK_EQUAL(mote_sched_deadline(&sched), 2ull * UINT32_MAX - 1);
}

static uint64_t clock_ms;

static uint64_t read_clock(void *context)
{
    CHECK(context == &clock_ms);
    return clock_ms;
}

static void start_second(void *context)
{
    log_run(context);
    clock_ms += 500; /* a slow callback: the turn's time stands */
    after(1, 10, log_run);
}

static void a_start_between_turns_counts_from_the_clock(void)
{
    begin(100);
    sched.clock = read_clock;
    sched.clock_context = &clock_ms;
    clock_ms = 900; /* the loop has slept since its last turn */
    after(0, 10, start_second);
    CHECK_EQUAL(mote_sched_deadline(&sched), 910);
    clock_ms = 910;
    CHECK_EQUAL(mote_sched_turn(&sched, 910), 1);
    CHECK_EQUAL(mote_sched_deadline(&sched), 920);
}

/* --- A naive model: a table, searched as a whole for each timer that runs. --- */

static struct {
    bool active;
    uint64_t deadline_ms, started;
    uint32_t period_ms;
} model[200];
static uint64_t model_starts; /* how many timers have been started, */
static uint64_t turn_starts;  /* and how many of them before this turn: only those may run in it */
static uint64_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % below);
}

static void model_start(size_t index, uint32_t delay_ms, uint32_t period_ms)
{
    model[index].active = true;
    model[index].deadline_ms = sched.now_ms + delay_ms;
    model[index].period_ms = period_ms;
    model[index].started = model_starts++;
}

static void act_at_random(void *context);

static void random_action(void)
{
    size_t index = draw(200);
    uint32_t delay_ms = draw(4) == 0 ? 0 : draw(300);

    switch (draw(4)) {
    case 0:
        mote_timer_stop(&sched, &timers[index]);
        model[index].active = false;
        break;
    case 1:
        mote_every(&sched, &timers[index], delay_ms + 1, act_at_random, &timers[index]);
        model_start(index, delay_ms + 1, delay_ms + 1);
        break;
    default:
        after(index, delay_ms, act_at_random);
        model_start(index, delay_ms, 0);
    }
}

static size_t model_next(void)
{
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < 200; i++) {
        if (model[i].active &&
            (first == SIZE_MAX || model[i].deadline_ms < model[first].deadline_ms ||
             (model[i].deadline_ms == model[first].deadline_ms && model[i].started < model[first].started)))
            first = i;
    }
    return first;
}

static void act_at_random(void *context)
{
    size_t expected = model_next();

    CHECK_EQUAL(index_of(context), expected);
    CHECK(model[expected].started < turn_starts);
    log_length++;
    model[expected].active = false;
    if (model[expected].period_ms != 0) {
        uint64_t deadline_ms = model[expected].deadline_ms;

        while (deadline_ms <= sched.now_ms)
            deadline_ms += model[expected].period_ms;
        model[expected].active = true;
        model[expected].deadline_ms = deadline_ms;
        model[expected].started = model_starts++;
    }
    for (uint32_t i = draw(3); i > 0; i--)
        random_action();
}

static void agrees_with_a_naive_model(void)
{
    const unsigned stride = check_stride(5);

    for (uint64_t seed = 1; seed <= 20; seed += stride) {
        random_state = seed;
        begin(draw(1000));
        memset(model, 0, sizeof model);
        model_starts = 0;
        for (int turn = 0; turn < 1000; turn++) {
            size_t next;

            random_action();
            turn_starts = model_starts;
            mote_sched_turn(&sched, sched.now_ms + draw(40));
            next = model_next();
            CHECK_EQUAL(mote_sched_deadline(&sched), next == SIZE_MAX ? MOTE_NEVER : model[next].deadline_ms);
        }
        CHECK(log_length > 1000);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"runs-once", runs_once_at_its_time},
        {"order", equal_deadlines_run_in_the_order_of_their_start},
        {"period", periodic_timers_keep_to_their_grid},
        {"period-missed", missed_periods_are_left_out_in_bounded_time},
        {"no-starvation", a_restart_with_no_delay_starves_nobody},
        {"stop-other-due", a_callback_stops_one_that_is_due_too},
        {"restart-other-due", a_callback_restarts_one_that_is_due_too},
        {"stop-self", callbacks_stop_themselves},
        {"lifetime", a_timer_that_has_run_is_not_touched},
        {"bounded", a_turn_is_bounded},
        {"clock-goes-back", time_does_not_go_back},
        {"end-of-time", the_end_of_time},
        {"64-bit-time", more_than_32_bits_of_time},
        {"clock", a_start_between_turns_counts_from_the_clock},
        {"model", agrees_with_a_naive_model},
    };

    return check_main("unit/sched", cases, sizeof cases / sizeof cases[0], argc, argv);
}
