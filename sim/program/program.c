#include "sim/program/program.h"

#include "sim/program/fiber.h"
#include "sim/program/variables.h"

#include <mote/port.h>
#include <mote/sched.h>

enum { CALLS_WITHOUT_WAIT_MAX = 1000000 };

int main(int argc, char **argv);

static struct {
    int argc;
    char **argv;
    int status;
    const struct mote_port *board; /* its own, as the device has it... */
    struct mote_port port;         /* ...and as the program sees it */
    uint64_t deadline_ms;
    unsigned calls; /* since it has last waited */
    bool *runs_wild;
} program;

static void run(void)
{
    program.status = main(program.argc, program.argv);
}

/* One that asks for the time again and again and never waits would hold up the world. */
static uint64_t now_ms(void *context)
{
    if (program.calls++ > CALLS_WITHOUT_WAIT_MAX && fiber_is_running()) {
        program.deadline_ms = MOTE_NEVER;
        *program.runs_wild = true;
        fiber_pause();
    }
    return program.board->now_ms(context);
}

/* The board moves on within this call, as the inputs' news have to come from here. */
static void wait(void *context, uint64_t deadline_ms)
{
    program.deadline_ms = deadline_ms;
    program.calls = 0;
    if (fiber_is_running())
        fiber_pause();
    program.board->wait(context, program.board->now_ms(context));
}

static void boot(void *context, const struct mote_port *port)
{
    (void)context;
    variables_restore();
    program.board = port;
    program.port = *port;
    program.port.now_ms = now_ms;
    program.port.wait = wait;
    mote_port_install(&program.port);
    fiber_begin(run);
}

static enum world_program_state go_on(void *context, uint64_t *deadline_ms)
{
    bool runs_wild = false;
    bool goes_on;

    (void)context;
    program.runs_wild = &runs_wild;
    mote_port_install(&program.port);
    goes_on = fiber_go_on();
    *deadline_ms = program.deadline_ms;
    if (!goes_on)
        return WORLD_PROGRAM_ENDED;
    return runs_wild ? WORLD_PROGRAM_RUNS_WILD : WORLD_PROGRAM_WAITS;
}

void program_begin(struct world_program *into, int argc, char **argv)
{
    program.argc = argc;
    program.argv = argv;
    variables_remember();
    *into = (struct world_program){.boot = boot, .go_on = go_on};
}
