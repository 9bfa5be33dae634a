#include "port/cortexm/fault.h"
#include "port/cortexm/console.h"
#include "port/cortexm/host.h"
#include "port/cortexm/register.h"

extern uint32_t mote_stack_top, mote_stack_bottom;

enum { MPU_TYPE, MPU_CONTROL, MPU_REGION, MPU_BASE, MPU_SIZE };

static volatile uint32_t *mpu(unsigned number)
{
    return mote_register(0xe000ed90u + 4 * number);
}

/* Size as a power of two, at least 5. */
static void set_region(unsigned number, uint32_t base, uint32_t access, unsigned size)
{
    *mpu(MPU_REGION) = number;
    *mpu(MPU_BASE) = base;
    *mpu(MPU_SIZE) = access | (size - 1) << 1 | 1;
}

/* The stack lies at the beginning of RAM, and below it there is nothing that every board makes a fault: QEMU's do not. Nor is it
 * one to write to flash at 0. */
void mote_fault_guard(void)
{
    const uint32_t no_access = 1u << 28, read_only = 6u << 24 | 1u << 17;

    if ((*mpu(MPU_TYPE) >> 8 & 0xff) == 0)
        return;
    set_region(0, (uint32_t)(uintptr_t)&mote_stack_bottom - 0x10000, no_access, 16);
    set_region(1, 0, read_only, 22);
    *mpu(MPU_CONTROL) = 5; /* on, with the processor's own map for the rest */
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static const uint32_t FAULT_STATUS = 0xe000ed28u, HARD_FAULT_STATUS = 0xe000ed2cu;
static const uint32_t MEMORY_FAULT_ADDRESS = 0xe000ed34u, BUS_FAULT_ADDRESS = 0xe000ed38u;
static const uint32_t HAS_MEMORY_FAULT_ADDRESS = 1u << 7;

static void say(const char *name, uint32_t value)
{
    mote_console_say(name);
    mote_console_say_hex(value);
}

/* What the processor has laid on the stack, unless it was the stack that failed. */
static void say_place(const uint32_t *stack)
{
    if (stack < &mote_stack_bottom || stack + 8 > &mote_stack_top)
        mote_console_say(" stack overflow");
    else
        say(" at ", stack[6]);
}

/* Of the two addresses that it may have been about, the processor says which it knows. */
static uint32_t address_of(uint32_t cause)
{
    return (cause & HAS_MEMORY_FAULT_ADDRESS) != 0 ? REGISTER(MEMORY_FAULT_ADDRESS) : REGISTER(BUS_FAULT_ADDRESS);
}

/* A fault that nobody knows the cause of is a breakpoint without a debugger: the call of a host that is not there. */
__attribute__((used)) static void report(const uint32_t *stack)
{
    uint32_t cause = REGISTER(FAULT_STATUS);

    say("\nmote: fault: cfsr ", cause);
    say(" hfsr ", REGISTER(HARD_FAULT_STATUS));
    say(" address ", address_of(cause));
    say_place(stack);
    mote_console_say(cause == 0 ? ": is there no host to ask? See MOTE_SEMIHOSTING\n" : "\n");
    mote_host_fail();
}

/* If it may be the stack that has failed, begins it anew; otherwise what is at its top is still to be read. */
__attribute__((naked)) void mote_fault_interrupt(void)
{
    __asm__ volatile("mrs r0, msp\n"
                     "ldr r1, =mote_stack_bottom + 256\n"
                     "cmp r0, r1\n"
                     "itt lo\n"
                     "ldrlo r1, =mote_stack_top\n"
                     "movlo sp, r1\n"
                     "b report\n");
}
