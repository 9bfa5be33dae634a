/* A device's flash and the outbox in it. */
#include "sim/inside.h"
#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_SIZE = 1024, EXPIRE_S = 600 };

static uint32_t size_of(const struct device *device)
{
    return device->nor.config.sector_size * device->nor.config.sector_count;
}

static uint32_t count_messages(struct device *device)
{
    uint32_t bytes;

    return mote_outbox_count(&device->outbox, &bytes);
}

/* The power is gone in the middle of a program or an erasure: nothing that the device still does in this turn has an effect. */
static void on_cut(void *context)
{
    struct device *device = context;

    device->powered = false;
    device->interrupted++;
}

void store_begin(struct device *device)
{
    const struct world_flash *flash = &device->party.world->config->flash;
    struct mote_sim_nor_config config = {
        .sector_size = flash->sector_size != 0 ? flash->sector_size : 4096,
        .sector_count = flash->sector_count != 0 ? flash->sector_count : 16,
        .program_size = flash->program_size != 0 ? flash->program_size : 4,
        .seed = (uint32_t)dice_word(&device->dice),
    };

    config.bytes = sim_allocate(config.sector_count, config.sector_size);
    config.programmed = sim_allocate(config.sector_count, config.sector_size);
    config.erasures = sim_allocate(config.sector_count, sizeof *config.erasures);
    mote_sim_nor_init(&device->nor, &config);
    device->nor.on_cut_context = device;
    device->page = sim_allocate(PAGE_SIZE, 1);
    device->topics = sim_allocate(FLOWS_MAX + device->party.world->config->topic_count, sizeof *device->topics);
    device->outbox_config = (struct mote_outbox_config){
        .flash = &device->nor.flash,
        .page = device->page,
        .page_size = config.sector_size / 2 < PAGE_SIZE ? config.sector_size / 2 : PAGE_SIZE,
        .topics = device->topics,
        .first = (uint16_t)(1 + dice_below(&device->dice, 0x7FFF)),
    };
}

/* What becomes of the messages of each topic while they wait: of the flows as they are, before all that the node's own topics say. */
static void declare_topics(struct device *device)
{
    const struct world_config *world = device->party.world->config;
    struct mote_outbox_config *config = &device->outbox_config;

    config->topic_count = 0;
    for (unsigned i = 0; i < device->flow_count; i++) {
        const struct flow *flow = &device->flows[i];

        if (flow->kept)
            device->topics[config->topic_count++] =
                (struct mote_outbox_topic){.filter = flow->topic, .policy = flow->policy, .expire_s = EXPIRE_S};
    }
    for (size_t i = 0; i < world->topic_count; i++)
        device->topics[config->topic_count++] = world->topics[i];
}

void store_power_on(struct device *device)
{
    mote_sim_nor_power_on(&device->nor);
    device->nor.on_cut = on_cut;
    device->nor.tear = (enum mote_sim_tear)dice_below(&device->dice, MOTE_SIM_TEAR_COUNT);
    if (device->brown_outs > 0 && dice_one_in(&device->dice, 2))
        device->nor.cut_in = dice_below(&device->dice, 200);
}

void store_boot(struct device *device)
{
    struct world *world = device->party.world;
    enum mote_reason reason;

    declare_topics(device);
    reason = mote_outbox_open(&device->outbox, &device->outbox_config);
    device->outbox_before = device->powered ? count_messages(device) : 0;
    if (reason == MOTE_OK || !device->powered || device->damaged)
        return;
    promise_break(world, PROMISE_CORRUPT, device->party.index,
                  "the outbox is not as it was, and nothing has damaged its flash: %s", mote_reason_code(reason));
}

void store_cut(struct device *device)
{
    store_note(device);
    device->nor.on_cut = NULL;
    if (!device->nor.off)
        mote_sim_nor_cut(&device->nor);
}

void store_cut_soon(struct device *device, uint32_t value)
{
    device->nor.cut_in = value % 1500;
}

void store_cut_no_more(struct device *device)
{
    device->nor.cut_in = UINT64_MAX;
}

/* Somewhere among what is written. */
void store_rot(struct device *device, uint32_t value)
{
    struct dice dice = {value};
    uint32_t offset = dice_below(&dice, size_of(device));

    for (uint32_t tries = 0; tries < 64 && device->nor.config.programmed[offset] == 0; tries++)
        offset = dice_below(&dice, size_of(device));
    mote_sim_nor_flip(&device->nor, offset, dice_below(&dice, 8));
    device->damaged = true;
}

void store_note(struct device *device)
{
    device->damage_seen =
        device->damage_seen || device->outbox.counters.corrupt > 0 || device->outbox.reason == MOTE_OUTBOX_CORRUPT;
}

/* --- Checks --- */

/* Nothing vanishes, and nothing is delivered that was not there. What a topic's policy had given up in an earlier life may be counted
 * only now: it was not among those that were there when the outbox was opened. */
static void check_balance(struct device *device)
{
    const struct mote_outbox_counters *counters = &device->outbox.counters;
    uint64_t in = (uint64_t)device->outbox_before + counters->accepted;
    uint64_t gone = (uint64_t)counters->delivered + counters->rejected;
    uint64_t given_up = (uint64_t)counters->replaced + counters->dropped + counters->expired;
    uint32_t left = count_messages(device);

    if ((in > gone + given_up + left || gone + left > in) && !device->damaged)
        promise_break(device->party.world, PROMISE_OUTBOX, device->party.index,
                      "it has had %llu messages; %llu are delivered or rejected, %llu given up, %u left",
                      (unsigned long long)in, (unsigned long long)gone, (unsigned long long)given_up, (unsigned)left);
    if (left > 0)
        promise_break(device->party.world, PROMISE_LIVENESS, device->party.index,
                      "%u messages are still in its outbox, long after the last fault", (unsigned)left);
}

/* An erasure that the power has cut is done again, which counts. */
static void check_wear(struct device *device)
{
    struct world_result *result = device->party.world->result;
    uint32_t spread = mote_sim_nor_spread(&device->nor);

    if (spread > 1 + device->interrupted && !device->damaged)
        promise_break(device->party.world, PROMISE_MEMORY, device->party.index,
                      "one sector of its flash was erased %u times more than another", (unsigned)spread);
    if (spread > result->wear_spread)
        result->wear_spread = spread;
}

void store_check(struct device *device)
{
    store_note(device);
    check_balance(device);
    check_wear(device);
}

void store_end(struct device *device)
{
    struct world_result *result = device->party.world->result;

    for (uint32_t i = 0; i < device->nor.config.sector_count; i++) {
        uint32_t erasures = device->nor.config.erasures[i];

        result->erasures += erasures;
        result->wear_max = erasures > result->wear_max ? erasures : result->wear_max;
    }
    free(device->nor.config.bytes);
    free(device->nor.config.programmed);
    free(device->nor.config.erasures);
    free(device->page);
    free(device->topics);
}
