/* Variables: those of the program, which a reset sets back to what they were before main(). */
#ifndef SIM_VARIABLES_H
#define SIM_VARIABLES_H

/* Remembers them as they are now: before main(). */
void variables_remember(void);

/* A reset. */
void variables_restore(void);

#endif
