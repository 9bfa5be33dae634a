/* Registers of the processor and of devices. */
#ifndef MOTE_CORTEXM_REGISTER_H
#define MOTE_CORTEXM_REGISTER_H

#include <stdint.h>

static inline volatile uint32_t *mote_register(uint32_t address)
{
    return (volatile uint32_t *)address;
}

#define REGISTER(address) (*mote_register(address))

static inline void mote_interrupts_off(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void mote_interrupts_on(void)
{
    __asm__ volatile("cpsie i\n isb" ::: "memory");
}

/* Until an interrupt comes; also wakes for one that is kept off. */
static inline void mote_wait_for_interrupt(void)
{
    __asm__ volatile("dsb\n wfi" ::: "memory");
}

/* Lets a device's interrupt through. */
static inline void mote_interrupt_enable(unsigned number)
{
    REGISTER(0xe000e100u + 4 * (number / 32)) = 1u << (number % 32);
}

#endif
