/* What lwIP asks of a compiler and a system. */
#ifndef LWIP_ARCH_CC_H
#define LWIP_ARCH_CC_H

#include <stdint.h>

uint32_t mote_lwip_random(void);
void mote_calendar_set(uint64_t seconds); /* calendar.h */
_Noreturn void mote_lwip_failed(const char *what);

#define LWIP_RAND() mote_lwip_random()
#define LWIP_PLATFORM_ASSERT(what) mote_lwip_failed(what)
#define LWIP_PLATFORM_DIAG(words)                                                                                      \
    do {                                                                                                               \
    } while (0)
#define LWIP_PROVIDE_ERRNO 1
#define LWIP_NO_CTYPE_H 1
#define LWIP_TIMEVAL_PRIVATE 0

#endif
