/* Tasks: they go on where they waited, end, begin anew, and are stopped from outside and from within. */
#include <mote/sched.h>

#include "check.h"

#include <string.h>

static struct mote_sched sched;
static struct mote_task task;
static int steps;
static bool ready;

static void begin(void)
{
    memset(&sched, 0, sizeof sched);
    memset(&task, 0, sizeof task);
    steps = 0;
    ready = false;
}

static void count_three(struct mote_task *self)
{
    MOTE_TASK_BEGIN(self);
    CHECK(mote_task_is_running(self));
    for (steps = 1; steps < 3; steps++)
        MOTE_TASK_SLEEP(self, 100);
    MOTE_TASK_WAIT(self, ready, 10);
    steps = 10;
    MOTE_TASK_END(self);
}

static void goes_on_where_it_waited(void)
{
    begin();
    CHECK(!mote_task_is_running(&task));
    mote_task_start(&sched, &task, count_three, NULL);
    CHECK(mote_task_is_running(&task));
    CHECK_EQUAL(steps, 0); /* not before the next turn */
    mote_sched_turn(&sched, 0);
    CHECK_EQUAL(steps, 1);
    mote_sched_turn(&sched, 99);
    CHECK_EQUAL(steps, 1);
    mote_sched_turn(&sched, 100);
    CHECK_EQUAL(steps, 2);
    mote_sched_turn(&sched, 200);
    CHECK_EQUAL(steps, 3);
    CHECK_EQUAL(mote_sched_deadline(&sched), 210);
    mote_sched_turn(&sched, 210);
    CHECK_EQUAL(steps, 3);
    ready = true;
    mote_sched_turn(&sched, 220);
    CHECK_EQUAL(steps, 10);
    CHECK(!mote_task_is_running(&task));
    CHECK_EQUAL(mote_sched_deadline(&sched), MOTE_NEVER);
}

static void a_condition_that_holds_does_not_wait(void)
{
    begin();
    ready = true;
    mote_task_start(&sched, &task, count_three, NULL);
    for (uint64_t now_ms = 0; now_ms <= 200; now_ms += 100)
        mote_sched_turn(&sched, now_ms);
    CHECK_EQUAL(steps, 10);
}

static void begins_anew(void)
{
    begin();
    mote_task_start(&sched, &task, count_three, NULL);
    mote_sched_turn(&sched, 0);
    mote_sched_turn(&sched, 100);
    CHECK_EQUAL(steps, 2);
    mote_task_start(&sched, &task, count_three, NULL);
    mote_sched_turn(&sched, 100);
    CHECK_EQUAL(steps, 1);
}

static void is_stopped_from_outside(void)
{
    begin();
    mote_task_stop(&task); /* one that never ran */
    mote_task_start(&sched, &task, count_three, NULL);
    mote_sched_turn(&sched, 0);
    mote_task_stop(&task);
    CHECK(!mote_task_is_running(&task));
    mote_sched_turn(&sched, 1000);
    CHECK_EQUAL(steps, 1);
    mote_task_resume_after(&task, 0); /* news for a task that is gone */
    mote_sched_turn(&sched, 2000);
    CHECK_EQUAL(steps, 1);
}

static void stop_within(struct mote_task *self)
{
    MOTE_TASK_BEGIN(self);
    steps++;
    mote_task_stop(self);
    MOTE_TASK_SLEEP(self, 1);
    steps++;
    MOTE_TASK_END(self);
}

static void is_stopped_from_within(void)
{
    begin();
    mote_task_start(&sched, &task, stop_within, NULL);
    for (uint64_t now_ms = 0; now_ms < 10; now_ms++)
        mote_sched_turn(&sched, now_ms);
    CHECK_EQUAL(steps, 1);
    CHECK(!mote_task_is_running(&task));
}

static void wait_for_news(struct mote_task *self)
{
    MOTE_TASK_BEGIN(self);
    MOTE_TASK_WAIT(self, *(bool *)self->context, 60000);
    steps++;
    MOTE_TASK_END(self);
}

static void news_wakes_it(void)
{
    begin();
    mote_task_start(&sched, &task, wait_for_news, &ready);
    mote_sched_turn(&sched, 0);
    CHECK_EQUAL(mote_sched_deadline(&sched), 60000);
    ready = true;
    mote_task_resume_after(&task, 0);
    mote_sched_turn(&sched, 1);
    CHECK_EQUAL(steps, 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"goes-on", goes_on_where_it_waited},
        {"condition-holds", a_condition_that_holds_does_not_wait},
        {"begins-anew", begins_anew},
        {"stopped-from-outside", is_stopped_from_outside},
        {"stopped-from-within", is_stopped_from_within},
        {"news", news_wakes_it},
    };

    return check_main("unit/task", cases, sizeof cases / sizeof cases[0], argc, argv);
}
