#include "sim/program/fiber.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

enum { STACK_SIZE = 1 << 20, GUARD_SIZE = 1 << 16 };

static struct {
    ucontext_t inside, outside;
    void (*run)(void);
    char *stack;
    bool running;
    bool ended;
    const void *outer_stack; /* where the world's own lies, for those who watch stacks */
    size_t outer_size;
    void *fake_inside, *fake_outside;
} fiber;

/* A page that nobody may touch lies below it. */
static char *make_stack(void)
{
    char *memory = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || mprotect(memory, GUARD_SIZE, PROT_NONE) != 0) {
        fputs("mote: simulator: no memory for the program's stack\n", stderr);
        abort();
    }
    return memory + GUARD_SIZE;
}

#ifdef __SANITIZE_ADDRESS__
static void about_to_enter(void)
{
    __sanitizer_start_switch_fiber(&fiber.fake_outside, fiber.stack, STACK_SIZE);
}

static void has_left(void)
{
    __sanitizer_finish_switch_fiber(fiber.fake_outside, NULL, NULL);
}

static void about_to_leave(void)
{
    __sanitizer_start_switch_fiber(&fiber.fake_inside, fiber.outer_stack, fiber.outer_size);
}

static void has_entered(void *fake)
{
    __sanitizer_finish_switch_fiber(fake, &fiber.outer_stack, &fiber.outer_size);
}
#else
static void about_to_enter(void)
{
}

static void has_left(void)
{
}

static void about_to_leave(void)
{
}

static void has_entered(void *fake)
{
    (void)fake;
}
#endif

static void begin(void)
{
    has_entered(NULL);
    fiber.run();
    fiber.ended = true;
    fiber_pause();
}

void fiber_begin(void (*run)(void))
{
    if (fiber.stack == NULL)
        fiber.stack = make_stack();
    fiber.run = run;
    fiber.ended = false;
    fiber.fake_inside = NULL;
    getcontext(&fiber.inside);
    fiber.inside.uc_stack.ss_sp = fiber.stack;
    fiber.inside.uc_stack.ss_size = STACK_SIZE;
    fiber.inside.uc_link = NULL;
    makecontext(&fiber.inside, begin, 0);
}

bool fiber_go_on(void)
{
    if (fiber.ended)
        return false;
    fiber.running = true;
    about_to_enter();
    swapcontext(&fiber.outside, &fiber.inside);
    has_left();
    fiber.running = false;
    return !fiber.ended;
}

void fiber_pause(void)
{
    about_to_leave();
    swapcontext(&fiber.inside, &fiber.outside);
    has_entered(fiber.fake_inside);
}

bool fiber_is_running(void)
{
    return fiber.running;
}
