/* Timers in a pairing heap: two pointers more than a list, no array to size, and no recursion on a chip's small stack.
 *
 * The timers of one turn need not be taken out before the first of them runs: what is started during a turn has a later
 * sequence and, since its deadline is not before now, stands behind everything that was due when the turn began. */
#include <mote/sched.h>

#include "text/assert.h"

static bool runs_before(const struct mote_timer *a, const struct mote_timer *b)
{
    if (a->deadline_ms != b->deadline_ms)
        return a->deadline_ms < b->deadline_ms;
    return a->sequence < b->sequence;
}

/* Makes the later root the first child of the earlier one, and returns that. */
static struct mote_timer *join(struct mote_timer *a, struct mote_timer *b)
{
    struct mote_timer *parent = runs_before(b, a) ? b : a;
    struct mote_timer *child = parent == a ? b : a;

    child->next = parent->child;
    child->previous = parent;
    if (parent->child != NULL)
        parent->child->previous = child;
    parent->child = child;
    return parent;
}

/* Joins siblings in pairs from the first to the last, and the pairs from the last to the first: what makes removing cost
 * log(n) on average. */
static struct mote_timer *join_siblings(struct mote_timer *first)
{
    struct mote_timer *pairs = NULL;
    struct mote_timer *root = NULL;

    while (first != NULL) {
        struct mote_timer *a = first;
        struct mote_timer *b = a->next;

        first = b == NULL ? NULL : b->next;
        if (b != NULL)
            a = join(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs != NULL) {
        struct mote_timer *pair = pairs;

        pairs = pair->next;
        root = root == NULL ? pair : join(root, pair);
    }
    return root;
}

static void set_first(struct mote_sched *sched, struct mote_timer *root)
{
    sched->first = root;
    if (root != NULL)
        root->previous = root;
}

static void put_in(struct mote_sched *sched, struct mote_timer *timer)
{
    timer->sequence = sched->sequence++;
    timer->child = NULL;
    set_first(sched, sched->first == NULL ? timer : join(sched->first, timer));
}

static void take_out(struct mote_sched *sched, struct mote_timer *timer)
{
    struct mote_timer *children = join_siblings(timer->child);

    if (timer == sched->first) {
        set_first(sched, children);
    } else {
        if (timer->previous->child == timer)
            timer->previous->child = timer->next;
        else
            timer->previous->next = timer->next;
        if (timer->next != NULL)
            timer->next->previous = timer->previous;
        if (children != NULL)
            set_first(sched, join(sched->first, children));
    }
    timer->previous = NULL;
}

static void set_time(struct mote_sched *sched, uint64_t now_ms)
{
    if (now_ms > sched->now_ms)
        sched->now_ms = now_ms;
}

static uint64_t time_after(uint64_t time_ms, uint32_t delay_ms)
{
    return delay_ms > UINT64_MAX - time_ms ? UINT64_MAX : time_ms + delay_ms;
}

static void start(struct mote_sched *sched, struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run,
                  void *context)
{
    MOTE_ASSERT(run != NULL);
    if (!sched->turning && sched->clock != NULL)
        set_time(sched, sched->clock(sched->clock_context));
    mote_timer_stop(sched, timer);
    timer->run = run;
    timer->context = context;
    timer->deadline_ms = time_after(sched->now_ms, delay_ms);
    put_in(sched, timer);
}

void mote_after(struct mote_sched *sched, struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run,
                void *context)
{
    timer->period_ms = 0;
    start(sched, timer, delay_ms, run, context);
}

void mote_every(struct mote_sched *sched, struct mote_timer *timer, uint32_t period_ms, mote_timer_run *run,
                void *context)
{
    timer->period_ms = period_ms == 0 ? 1 : period_ms;
    start(sched, timer, timer->period_ms, run, context);
}

void mote_timer_stop(struct mote_sched *sched, struct mote_timer *timer)
{
    if (mote_timer_is_running(timer))
        take_out(sched, timer);
}

bool mote_timer_is_running(const struct mote_timer *timer)
{
    return timer->previous != NULL;
}

/* The remainder of a division, by doubling and halving: chips have no 64-bit divide. */
static uint32_t remainder_of(uint64_t value, uint32_t divisor)
{
    uint64_t step = divisor;

    while (step <= value >> 1)
        step <<= 1;
    for (; step >= divisor; step >>= 1)
        value -= value >= step ? step : 0;
    return (uint32_t)value;
}

static void run_first(struct mote_sched *sched)
{
    struct mote_timer *timer = sched->first;

    take_out(sched, timer);
    if (timer->period_ms != 0) {
        uint32_t late_ms = remainder_of(sched->now_ms - timer->deadline_ms, timer->period_ms);

        timer->deadline_ms = time_after(sched->now_ms, timer->period_ms - late_ms);
        put_in(sched, timer);
    }
    timer->run(timer->context);
}

unsigned mote_sched_turn(struct mote_sched *sched, uint64_t now_ms)
{
    uint64_t end = sched->sequence;
    unsigned count = 0;

    MOTE_ASSERT(!sched->turning);
    sched->turning = true;
    set_time(sched, now_ms);
    while (count < MOTE_TIMERS_PER_TURN && sched->first != NULL && sched->first->deadline_ms <= sched->now_ms &&
           sched->first->sequence < end) {
        run_first(sched);
        count++;
    }
    sched->turning = false;
    return count;
}

uint64_t mote_sched_deadline(const struct mote_sched *sched)
{
    return sched->first == NULL ? MOTE_NEVER : sched->first->deadline_ms;
}
