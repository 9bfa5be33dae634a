/* Tasks: a timer, and the line where its function goes on. */
#include <mote/sched.h>

static void step(void *context)
{
    struct mote_task *task = context;

    task->run(task);
}

void mote_task_start(struct mote_sched *sched, struct mote_task *task, mote_task_run *run, void *context)
{
    mote_task_stop(task);
    task->sched = sched;
    task->run = run;
    task->context = context;
    task->line = 0;
    mote_task_resume_after(task, 0);
}

void mote_task_stop(struct mote_task *task)
{
    if (task->sched != NULL)
        mote_timer_stop(task->sched, &task->timer);
    task->sched = NULL;
}

bool mote_task_is_running(const struct mote_task *task)
{
    return task->sched != NULL;
}

void mote_task_resume_after(struct mote_task *task, uint32_t delay_ms)
{
    if (task->sched != NULL)
        mote_after(task->sched, &task->timer, delay_ms, step, task);
}
