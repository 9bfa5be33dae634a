/* From reset to main(). */
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/command_line.h"
#include "port/cortexm/console.h"
#include "port/cortexm/fault.h"
#include "port/cortexm/image.h"
#include "port/cortexm/link.h"
#include "port/cortexm/network.h"
#include "port/cortexm/port.h"
#include "port/cortexm/random.h"
#include "port/cortexm/register.h"
#include <stdlib.h>
#include <string.h>

enum { SYSTEM_VECTORS = 16, DEVICE_VECTORS = 64 };

static const uint32_t STACK_PAINT = 0xa5a5a5a5u;

extern uint32_t mote_data_start, mote_data_end, mote_data_load, mote_bss_start, mote_bss_end;
extern uint32_t mote_stack_bottom, mote_stack_top;

int main(int argc, char **argv);

_Noreturn void mote_start(void);

static size_t bytes_between(const uint32_t *start, const uint32_t *end)
{
    return (size_t)((const char *)end - (const char *)start);
}

static void fill_memory(void)
{
    memcpy(&mote_data_start, &mote_data_load, bytes_between(&mote_data_start, &mote_data_end));
    memset(&mote_bss_start, 0, bytes_between(&mote_bss_start, &mote_bss_end));
}

/* How far down the stack has been used can be seen from outside. */
static void paint_stack(void)
{
    const uint32_t *top;

    __asm__ volatile("mov %0, sp" : "=r"(top));
    for (volatile uint32_t *word = &mote_stack_bottom; word < top; word++)
        *word = STACK_PAINT;
}

_Noreturn void mote_start(void)
{
    static struct mote_command_line line;
    int status;

    fill_memory();
    paint_stack();
    mote_fault_guard();
    mote_board_start();
    mote_clock_start();
    mote_console_start();
    mote_random_start();
    mote_network_start();
    mote_cortexm_install();
    mote_image_start();
    mote_command_line_read(&line);
    status = main(line.argc, line.argv);
    mote_links_end();
    exit(status);
}

/* That it came is reason enough to look around. */
static void device_interrupt(void)
{
    uint32_t number;

    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    mote_clock_wake();
    mote_board_interrupt((number & 0x1ff) - SYSTEM_VECTORS);
}

struct vectors {
    uint32_t *stack;
    void (*reset)(void);
    void (*system[SYSTEM_VECTORS - 2])(void);
    void (*device[DEVICE_VECTORS])(void);
};

#define FOUR(handler) handler, handler, handler, handler
#define SIXTEEN(handler) FOUR(handler), FOUR(handler), FOUR(handler), FOUR(handler)

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .stack = &mote_stack_top,
    .reset = mote_start,
    .system = {FOUR(mote_fault_interrupt), mote_fault_interrupt, NULL, NULL, NULL, NULL, mote_fault_interrupt,
               mote_fault_interrupt, NULL, mote_fault_interrupt, mote_clock_interrupt},
    .device = {SIXTEEN(device_interrupt), SIXTEEN(device_interrupt), SIXTEEN(device_interrupt),
               SIXTEEN(device_interrupt)},
};
