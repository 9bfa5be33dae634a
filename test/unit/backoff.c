/* The delay before another attempt: its bounds, their doubling, its spread. */
#include "sched/backoff.h"

#include "check.h"

static void stays_within_its_bounds(void)
{
    static const uint32_t bounds_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};

    for (unsigned failures = 0; failures < 7; failures++) {
        CHECK_EQUAL(mote_backoff_ms(0, failures, 1000, 30000), 1000);
        CHECK_EQUAL(mote_backoff_ms(UINT32_MAX, failures, 1000, 30000), bounds_ms[failures]);
    }
    CHECK_EQUAL(mote_backoff_ms(UINT32_MAX, UINT8_MAX, 1, UINT32_MAX), UINT32_MAX);
    CHECK_EQUAL(mote_backoff_ms(UINT32_MAX, UINT8_MAX, 0, UINT32_MAX), 0); /* a minimum of 0 stays there */
    CHECK_EQUAL(mote_backoff_ms(12345, 3, 500, 500), 500);
}

/* Against the multiplication that chips do not have. */
static void scales_exactly(void)
{
    uint32_t random = 1;

    for (int i = 0; i < 100000; i++) {
        uint32_t max_ms, expected;

        random = random * 1664525u + 1013904223u;
        max_ms = random ^ (random >> 7);
        max_ms = max_ms < 2 ? 2 : max_ms;
        expected = 1 + (uint32_t)(((uint64_t)random * max_ms) >> 32);
        CHECK_EQUAL(mote_backoff_ms(random, UINT8_MAX, 1, max_ms), expected);
    }
}

/* A thousand devices that fail at the same moment: no tenth of the time sees much more than a tenth of them. */
static void spreads(void)
{
    unsigned tenths[10] = {0};
    uint32_t random = 7;

    for (int device = 0; device < 1000; device++) {
        random = random * 1664525u + 1013904223u;
        tenths[(mote_backoff_ms(random, 4, 1000, 11000) - 1000) / 1001]++;
    }
    for (int i = 0; i < 10; i++)
        CHECK(tenths[i] > 60 && tenths[i] < 140);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"bounds", stays_within_its_bounds},
        {"scale", scales_exactly},
        {"spread", spreads},
    };

    return check_main("unit/backoff", cases, sizeof cases / sizeof cases[0], argc, argv);
}
