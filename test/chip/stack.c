/* What stack some entry points of the core really take: test_stack.py compiles tests of the core so that they call these in their
 * place. Before the call the stack below is painted, after it the paint that is left is counted. At the end a line says how deep the
 * deepest call went. */
#include <mote/broker.h>
#include <mote/outbox.h>
#include <mote/session.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 2048, PAINT = 0x5AA5C33C };

#define NOINLINE __attribute__((noinline))

static size_t deepest;

/* Where the emulated board begins: the top of its RAM, and the C library's start. */
void _start(void);

static void stop(void)
{
    exit(1);
}

__attribute__((section(".vectors"), used)) const uintptr_t vectors[] = {
    0x203F0000, (uintptr_t)_start, (uintptr_t)stop, (uintptr_t)stop, (uintptr_t)stop, (uintptr_t)stop, (uintptr_t)stop};

static void tell(void)
{
    printf("stack %u\n", (unsigned)deepest);
}

static uint32_t *stack_pointer(void)
{
    uint32_t *here;

    __asm__ volatile("mov %0, sp" : "=r"(here));
    return here;
}

/* Called from where the core is called: what it paints begins where the core's frames begin. */
static NOINLINE void paint(void)
{
    static bool has_begun;
    volatile uint32_t words[WORDS];

    for (size_t i = 0; i < WORDS; i++)
        words[i] = PAINT;
    if (!has_begun)
        atexit(tell);
    has_begun = true;
}

/* The lowest words of the paint are left out: the frame of paint() is not known to the word. */
static NOINLINE void look(const uint32_t *top)
{
    const uint32_t *at = top - WORDS + 64;

    while (at < top && *at == PAINT)
        at++;
    if ((size_t)(top - at) * sizeof *at > deepest)
        deepest = (size_t)(top - at) * sizeof *at;
}

bool watched_session_next(struct mote_session *session, uint64_t now_ms, struct mote_session_event *event);
enum mote_reason watched_outbox_open(struct mote_outbox *outbox, const struct mote_outbox_config *config);
void watched_broker_received(struct mote_broker_client *client, size_t size, uint64_t now_ms);

bool watched_session_next(struct mote_session *session, uint64_t now_ms, struct mote_session_event *event)
{
    bool result;

    paint();
    result = mote_session_next(session, now_ms, event);
    look(stack_pointer());
    return result;
}

enum mote_reason watched_outbox_open(struct mote_outbox *outbox, const struct mote_outbox_config *config)
{
    enum mote_reason reason;

    paint();
    reason = mote_outbox_open(outbox, config);
    look(stack_pointer());
    return reason;
}

void watched_broker_received(struct mote_broker_client *client, size_t size, uint64_t now_ms)
{
    paint();
    mote_broker_received(client, size, now_ms);
    look(stack_pointer());
}
