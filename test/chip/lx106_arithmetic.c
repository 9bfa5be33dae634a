/* What the ESP8266 has in its mask ROM, and Debian's libgcc for its core therefore leaves out: for the emulator only. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
int32_t __modsi3(int32_t a, int32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);
int64_t __moddi3(int64_t a, int64_t b);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);

/* Bit by bit. */
static uint64_t divide(uint64_t a, uint64_t b, uint64_t *rest)
{
    uint64_t quotient = 0;

    *rest = 0;
    for (int bit = 63; bit >= 0; bit--) {
        *rest = *rest << 1 | (a >> bit & 1);
        if (*rest >= b) {
            *rest -= b;
            quotient |= UINT64_C(1) << bit;
        }
    }
    return quotient;
}

static uint64_t size_of(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
    uint64_t rest;

    return divide(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
    uint64_t rest;

    divide(a, b, &rest);
    return rest;
}

int64_t __divdi3(int64_t a, int64_t b)
{
    uint64_t quotient = __udivdi3(size_of(a), size_of(b));

    return (int64_t)((a < 0) == (b < 0) ? quotient : 0 - quotient);
}

int64_t __moddi3(int64_t a, int64_t b)
{
    uint64_t rest = __umoddi3(size_of(a), size_of(b));

    return (int64_t)(a < 0 ? 0 - rest : rest);
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
    return (uint32_t)__udivdi3(a, b);
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
    return (uint32_t)__umoddi3(a, b);
}

int32_t __divsi3(int32_t a, int32_t b)
{
    return (int32_t)__divdi3(a, b);
}

int32_t __modsi3(int32_t a, int32_t b)
{
    return (int32_t)__moddi3(a, b);
}

uint64_t __umulsidi3(uint32_t a, uint32_t b)
{
    uint32_t a_low = a & 0xFFFF, a_high = a >> 16, b_low = b & 0xFFFF, b_high = b >> 16;
    uint32_t low = a_low * b_low, one = a_low * b_high, other = a_high * b_low;
    uint32_t middle = (low >> 16) + (one & 0xFFFF) + (other & 0xFFFF);
    uint32_t high = a_high * b_high + (one >> 16) + (other >> 16) + (middle >> 16);

    return (uint64_t)high << 32 | middle << 16 | (low & 0xFFFF);
}

uint64_t __muldi3(uint64_t a, uint64_t b)
{
    uint32_t a_low = (uint32_t)a, b_low = (uint32_t)b;
    uint32_t across = (uint32_t)(a >> 32) * b_low + a_low * (uint32_t)(b >> 32);

    return __umulsidi3(a_low, b_low) + ((uint64_t)across << 32);
}
