/* Arm's semihosting: a breakpoint of number 0xab is a call to the host. Without a host it is a fault. */
#include "port/cortexm/host.h"
#include "port/cortexm/console.h"
#include <stdint.h>
#include <string.h>

enum call {
    CALL_OPEN = 0x01,
    CALL_CLOSE = 0x02,
    CALL_READ = 0x06,
    CALL_TIME = 0x11,
    CALL_COMMAND_LINE = 0x15,
    CALL_EXIT_EXTENDED = 0x20,
};

enum { READ_BINARY = 1, APPLICATION_EXIT = 0x20026, STATUS_FAILED = 99 };

static int call(enum call number, const void *arguments)
{
    register int result __asm__("r0") = (int)number;
    register const void *block __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(result) : "r"(block) : "memory");
    return result;
}

static uintptr_t address(const void *of)
{
    return (uintptr_t)of;
}

/* QEMU makes a line of the firmware's own name if it was given none: that is no command line yet. */
bool mote_host_command_line(char *into, size_t size)
{
    uintptr_t arguments[2] = {address(into), size - 1};

    if (call(CALL_COMMAND_LINE, arguments) != 0) {
        mote_console_say("mote: the host has no command line, or one that is too long; what was built in counts\n");
        return false;
    }
    into[size - 1] = '\0';
    return strchr(into, ' ') != NULL;
}

bool mote_host_entropy(void *into, size_t size)
{
    static const char source[] = "/dev/urandom";
    const uintptr_t opening[3] = {address(source), READ_BINARY, sizeof source - 1};
    int file = call(CALL_OPEN, opening);
    const uintptr_t reading[3] = {(uintptr_t)file, address(into), size};
    const uintptr_t closing[1] = {(uintptr_t)file};
    int unread;

    if (file < 0)
        return false;
    unread = call(CALL_READ, reading);
    call(CALL_CLOSE, closing);
    return unread == 0;
}

/* Without a sign: it holds until 2106. */
uint64_t mote_host_time(void)
{
    return (uint32_t)call(CALL_TIME, NULL);
}

_Noreturn void mote_host_exit(int status)
{
    const uintptr_t arguments[2] = {APPLICATION_EXIT, (uintptr_t)status};

    call(CALL_EXIT_EXTENDED, arguments);
    for (;;)
        ;
}

_Noreturn void mote_host_fail(void)
{
    mote_host_exit(STATUS_FAILED);
}
