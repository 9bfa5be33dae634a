/* Assertions: our own bugs stop the program, in release builds, too. What comes from outside is never asserted. */
#ifndef MOTE_ASSERT_H
#define MOTE_ASSERT_H

#define MOTE_ASSERT(condition)                                                                                         \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            __builtin_trap();                                                                                          \
        }                                                                                                              \
    } while (0)

#endif
