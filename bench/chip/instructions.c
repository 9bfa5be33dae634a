/* The messages of bench/instructions on a chip. counter.c is told where these two functions begin. */
#include "rig.h"

void __attribute__((noinline)) counter_begin(void)
{
    __asm volatile("" ::: "memory");
}

void __attribute__((noinline)) counter_end(const char *name)
{
    __asm volatile("" ::"r"(name) : "memory");
}

int main(void)
{
    messages_measure(MOTE_MQTT_3_1_1);
    messages_measure(MOTE_MQTT_5);
    return 0;
}
