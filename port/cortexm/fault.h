/* Fault: when the processor cannot go on. */
#ifndef MOTE_CORTEXM_FAULT_H
#define MOTE_CORTEXM_FAULT_H

/* Lets the stack's overflow, and a write through a null pointer, be faults. Without an MPU it does nothing. */
void mote_fault_guard(void);

/* The processor's own interrupt for them: says on the serial line where and why, and ends the program. */
void mote_fault_interrupt(void);

#endif
