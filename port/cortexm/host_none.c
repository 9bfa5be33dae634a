#include "port/cortexm/host.h"
#include "port/cortexm/register.h"

bool mote_host_command_line(char *into, size_t size)
{
    (void)into, (void)size;
    return false;
}

bool mote_host_entropy(void *into, size_t size)
{
    (void)into, (void)size;
    return false;
}

uint64_t mote_host_time(void)
{
    return 0;
}

_Noreturn void mote_host_exit(int status)
{
    (void)status;
    mote_interrupts_off();
    for (;;)
        mote_wait_for_interrupt();
}

_Noreturn void mote_host_fail(void)
{
    REGISTER(0xe000ed0cu) = 0x05fa0004u; /* asks for a reset */
    for (;;)
        ;
}
