/* Where a test begins on a Cortex-M3. newlib's library speaks to the emulator; its start-up code does not know this
 * machine's memory. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GET_COMMAND_LINE = 0x15, EXIT = 0x18, RUN_TIME_ERROR = 0x20023, ARGUMENTS_MAX = 8 };

extern uint8_t __bss_start__[], __bss_end__[], __stack[];

int main(int argc, char **argv);
void initialise_monitor_handles(void);

static uint32_t ask(uint32_t what, const void *with)
{
    register uint32_t r0 __asm("r0") = what;
    register const void *r1 __asm("r1") = with;

    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int split(char *line, char **argv)
{
    int argc = 0;

    for (char *word = strtok(line, " "); word != NULL && argc < ARGUMENTS_MAX; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return argc;
}

static void begin(void)
{
    static char line[512];
    static char *argv[ARGUMENTS_MAX + 1];
    struct {
        char *text;
        uint32_t size;
    } command_line = {line, sizeof line};

    memset(__bss_start__, 0, (size_t)(__bss_end__ - __bss_start__));
    initialise_monitor_handles();
    ask(GET_COMMAND_LINE, &command_line);
    int argc = split(line, argv);
    int status = main(argc, argv);
    fflush(NULL);
    _exit(status);
}

static void stop(void)
{
    ask(EXIT, (const void *)RUN_TIME_ERROR);
}

static const struct {
    void *stack;
    void (*handlers[15])(void);
} vectors __attribute__((section(".vectors"), used)) = {__stack, {begin, stop, stop, stop, stop, stop}};
