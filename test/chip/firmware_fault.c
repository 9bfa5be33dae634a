/* Goes wrong as it is told to: `stack` overflows it, `null` writes through a null pointer, `trap` stops at an assertion. */
#include <stdint.h>
#include <string.h>

static volatile uint32_t *nowhere;

/* GCC 12 sees that it never ends. */
#pragma GCC diagnostic ignored "-Winfinite-recursion"

static unsigned deeper(unsigned depth)
{
    volatile unsigned here = depth;

    return deeper(here + 1) + here;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "stack") == 0)
        return (int)deeper(0);
    if (strcmp(how, "null") == 0)
        *nowhere = 1;
    if (strcmp(how, "trap") == 0)
        __builtin_trap();
    return 0;
}
