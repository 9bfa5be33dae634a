#include "sim/watch/timeline.h"

#include "sim/memory.h"

#include <stdlib.h>

static bool has_room(struct timeline *timeline)
{
    if (timeline == NULL)
        return false;
    if (timeline->state_count + timeline->fault_count >= TIMELINE_MARKS_MAX)
        timeline->is_full = true;
    return !timeline->is_full;
}

void timeline_state(struct timeline *timeline, uint64_t at_ms, int device, uint8_t state, uint8_t reason)
{
    if (!has_room(timeline))
        return;
    timeline->states =
        sim_grow(timeline->states, &timeline->state_room, timeline->state_count + 1, sizeof *timeline->states);
    timeline->states[timeline->state_count++] =
        (struct timeline_state){.at_ms = at_ms, .device = device, .state = state, .reason = reason};
}

void timeline_fault(struct timeline *timeline, const struct fault *fault)
{
    if (!has_room(timeline))
        return;
    timeline->faults =
        sim_grow(timeline->faults, &timeline->fault_room, timeline->fault_count + 1, sizeof *timeline->faults);
    timeline->faults[timeline->fault_count++] = (struct timeline_fault){
        .begin_ms = fault->at_ms, .end_ms = fault->at_ms + fault->for_ms, .kind = fault->kind, .device = fault->device};
}

static void count(const struct timeline *timeline, uint32_t *bins, uint64_t at_ms)
{
    uint64_t width_ms = timeline->duration_ms / TIMELINE_BINS + 1;

    if (at_ms / width_ms < TIMELINE_BINS)
        bins[at_ms / width_ms]++;
}

void timeline_accepted(struct timeline *timeline, uint64_t at_ms)
{
    if (timeline != NULL)
        count(timeline, timeline->accepted, at_ms);
}

void timeline_delivered(struct timeline *timeline, uint64_t at_ms)
{
    if (timeline != NULL)
        count(timeline, timeline->delivered, at_ms);
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->states);
    free(timeline->faults);
    timeline->states = NULL;
    timeline->faults = NULL;
    timeline->state_count = timeline->state_room = timeline->fault_count = timeline->fault_room = 0;
}
