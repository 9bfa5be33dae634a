/* Which faults a run has. As in swarm testing each stretch has some kinds switched off altogether, and the others with weights of
 * their own: what is rare in the mixture of all is common in some stretch. */
#include "sim/dice.h"
#include "sim/weather/fault.h"
#include "sim/memory.h"

#include <stdlib.h>

#define MINUTE UINT64_C(60000)
#define HOUR (60 * MINUTE)

enum { WEIGHT_MAX = 8 };

struct stretch {
    uint32_t weights[FAULT_KINDS];
    uint32_t total;
    uint64_t gap_ms; /* between two faults, on the average */
    uint64_t end_ms;
};

void weather_add(struct weather *weather, const struct fault *fault)
{
    weather->faults = sim_grow(weather->faults, &weather->room, weather->count + 1, sizeof *weather->faults);
    weather->faults[weather->count++] = *fault;
}

static int compare(const void *a, const void *b)
{
    const struct fault *one = a, *other = b;

    if (one->at_ms != other->at_ms)
        return one->at_ms < other->at_ms ? -1 : 1;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return (one->device > other->device) - (one->device < other->device);
}

void weather_sort(struct weather *weather)
{
    if (weather->count > 0)
        qsort(weather->faults, weather->count, sizeof *weather->faults, compare);
}

void weather_free(struct weather *weather)
{
    free(weather->faults);
    *weather = (struct weather){.faults = NULL};
}

static void draw_kinds(struct stretch *stretch, struct dice *dice, bool rots)
{
    uint32_t one_in = 1 + dice_below(dice, 6);

    stretch->total = 0;
    for (int i = 0; i < FAULT_KINDS; i++) {
        stretch->weights[i] = dice_one_in(dice, one_in) ? 1 + dice_below(dice, WEIGHT_MAX) : 0;
        if (i == FAULT_BIT_ROT && !rots)
            stretch->weights[i] = 0;
        stretch->total += stretch->weights[i];
    }
    if (stretch->total == 0)
        stretch->total = stretch->weights[dice_below(dice, FAULT_BIT_ROT)] = 1;
}

/* Most of the time is fair weather with a fault now and then; in between storms of an hour or a few. */
static struct stretch draw_stretch(struct dice *dice, uint64_t now_ms, bool rots)
{
    struct stretch stretch = {.total = 0};

    draw_kinds(&stretch, dice, rots);
    if (dice_one_in(dice, 3)) {
        stretch.gap_ms = dice_magnitude(dice, MINUTE / 3, 10 * MINUTE);
        stretch.end_ms = now_ms + dice_between(dice, HOUR, 4 * HOUR);
    } else {
        stretch.gap_ms = dice_between(dice, HOUR / 2, 12 * HOUR);
        stretch.end_ms = now_ms + dice_between(dice, 12 * HOUR, 120 * HOUR);
    }
    return stretch;
}

static enum fault_kind draw_kind(const struct stretch *stretch, struct dice *dice)
{
    uint32_t at = dice_below(dice, stretch->total);
    int kind = 0;

    while (at >= stretch->weights[kind])
        at -= stretch->weights[kind++];
    return (enum fault_kind)kind;
}

static void add_fault(struct weather *weather, const struct stretch *stretch, struct dice *dice, uint64_t at_ms,
                      unsigned device_count)
{
    struct fault fault = {.at_ms = at_ms, .kind = draw_kind(stretch, dice), .value = (uint32_t)dice_word(dice)};
    uint64_t usual_ms = fault_usual_ms(fault.kind);

    if (usual_ms > 0)
        fault.for_ms = dice_magnitude(dice, usual_ms / 8, 4 * usual_ms);
    fault.device = (int)dice_below(dice, device_count);
    if (fault_is_common(fault.kind) || dice_one_in(dice, 8))
        fault.device = -1;
    if (fault.at_ms + fault.for_ms < stretch->end_ms)
        weather_add(weather, &fault);
}

void weather_draw(struct weather *weather, uint64_t seed, uint64_t duration_ms, uint64_t calm_ms, unsigned device_count)
{
    struct dice dice = dice_of(seed, 1);
    bool rots = dice_one_in(&dice, 4); /* after that less can be promised: most runs are without */
    uint64_t now_ms = 0;

    while (now_ms + calm_ms < duration_ms) {
        struct stretch stretch = draw_stretch(&dice, now_ms, rots);

        if (stretch.end_ms + calm_ms > duration_ms)
            stretch.end_ms = duration_ms - calm_ms;
        while ((now_ms += dice_between(&dice, 1, 2 * stretch.gap_ms)) < stretch.end_ms)
            add_fault(weather, &stretch, &dice, now_ms, device_count);
        now_ms = stretch.end_ms + calm_ms + dice_below(&dice, 3600000);
    }
}
