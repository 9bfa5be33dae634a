/* Scheduler: timers, and cooperative tasks without a stack of their own.
 *
 * Timers run in the order of (deadline, start). All that are due are collected before the first one runs, so a timer that
 * starts itself anew with no delay waits for the next turn and starves nobody. A timer that repeats keeps to its grid: one
 * of 1000 ms that is run 30 ms late is run again 970 ms later; turns that were missed as a whole are left out.
 *
 * Memory is the caller's: a timer lives until it has run or was stopped. Nothing here blocks. Everything but
 * mote_sched_turn() may be called from within a timer's function, also stopping and restarting that timer itself or one
 * that is due in the same turn; nothing from an interrupt or another thread.
 */
#ifndef MOTE_SCHED_H
#define MOTE_SCHED_H

#include <mote/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef MOTE_NEVER
#define MOTE_NEVER UINT64_MAX
#endif

/* A timer's function; `context` as given at the start. It may end the timer's life: the timer is not touched after it. */
typedef void mote_timer_run(void *context);

/* A timer. Zero is a stopped one; the fields are the scheduler's own. */
struct mote_timer {
    mote_timer_run *run;
    void *context;
    uint64_t deadline_ms;
    uint64_t sequence; /* order among equal deadlines */
    uint32_t period_ms;
    struct mote_timer *child; /* pairing heap: first child, next sibling, parent or previous sibling; */
    struct mote_timer *next;
    struct mote_timer *previous; /* the root's is itself, a stopped timer's NULL */
};

/* A scheduler. Zero is an empty one at time 0. */
struct mote_sched {
    uint64_t now_ms; /* since the last turn, and the same all through a turn */
    uint64_t sequence;
    struct mote_timer *first;
    bool turning;
    /* Asked for the time when a timer is started between two turns, so that the sleep before it does not shorten its
     * delay. Set by the owner; NULL: such a timer counts from the last turn. A node's scheduler has the port's clock. */
    uint64_t (*clock)(void *context);
    void *clock_context;
};

/* Runs the function once, `delay_ms` from now. A timer that was running is started anew. */
void mote_after(struct mote_sched *sched, struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run,
                void *context);

/* Runs the function every `period_ms` (1 and more; 0 counts as 1), for the first time one period from now. */
void mote_every(struct mote_sched *sched, struct mote_timer *timer, uint32_t period_ms, mote_timer_run *run,
                void *context);

/* Stops the timer; one that is stopped already stays so. */
void mote_timer_stop(struct mote_sched *sched, struct mote_timer *timer);

/* Will it run? False within the function of one that runs once. */
bool mote_timer_is_running(const struct mote_timer *timer);

/* Sets the time (an earlier one is ignored) and runs what is due, MOTE_TIMERS_PER_TURN at most. Returns how many ran. */
unsigned mote_sched_turn(struct mote_sched *sched, uint64_t now_ms);

/* When mote_sched_turn() has work again; MOTE_NEVER if no timer runs. In the past if work is left. */
uint64_t mote_sched_deadline(const struct mote_sched *sched);

/* --- Tasks: sequential work written top to bottom, in a function that returns at each wait and goes on there.
 *
 *     static void blink(struct mote_task *task)
 *     {
 *         MOTE_TASK_BEGIN(task);
 *         for (;;) {
 *             mote_pin_toggle(&lamp);
 *             MOTE_TASK_SLEEP(task, 500);
 *         }
 *         MOTE_TASK_END(task);
 *     }
 *
 * Local variables do not survive a wait: keep what must in the struct that holds the task. No `switch` of your own may
 * stand around a wait, and a line holds one wait at most. To end early, call mote_task_stop() and return; a return
 * without it leaves the task where it last waited, until mote_task_resume_after(). --- */
struct mote_task;
typedef void mote_task_run(struct mote_task *task);

/* A task; lives until it has ended or was stopped. The fields are the scheduler's own, but for `context`. */
struct mote_task {
    struct mote_timer timer;
    struct mote_sched *sched; /* NULL: not running */
    mote_task_run *run;
    void *context;
    unsigned line; /* where it goes on */
};

/* Starts the task from its beginning in the next turn of the loop; one that was running begins anew. From within the task
 * itself, return right after it. */
void mote_task_start(struct mote_sched *sched, struct mote_task *task, mote_task_run *run, void *context);

/* Ends it where it waits. */
void mote_task_stop(struct mote_task *task);

/* Has it been started and not ended? */
bool mote_task_is_running(const struct mote_task *task);

/* Runs the task again after `delay_ms`, instead of when it would; one that has ended stays so. The macros use it, and
 * whoever has news for a task that waits for a condition may, too. */
void mote_task_resume_after(struct mote_task *task, uint32_t delay_ms);

#define MOTE_TASK_BEGIN(task)                                                                                          \
    switch ((task)->line) {                                                                                            \
    case 0:

#define MOTE_TASK_END(task)                                                                                            \
    }                                                                                                                  \
    mote_task_stop(task)

/* Lets everything else run for `delay_ms`, then goes on. */
#define MOTE_TASK_SLEEP(task, delay_ms)                                                                                \
    do {                                                                                                               \
        (task)->line = __LINE__;                                                                                       \
        mote_task_resume_after((task), (delay_ms));                                                                    \
        return;                                                                                                        \
    case __LINE__:;                                                                                                    \
    } while (0)

/* Waits until the condition holds. It is evaluated now, every `poll_ms`, and at each mote_task_resume_after(). */
#define MOTE_TASK_WAIT(task, condition, poll_ms)                                                                       \
    do {                                                                                                               \
        (task)->line = __LINE__;                                                                                       \
        __attribute__((fallthrough));                                                                                  \
    case __LINE__:                                                                                                     \
        if (!(condition)) {                                                                                            \
            mote_task_resume_after((task), (poll_ms));                                                                 \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

#endif
