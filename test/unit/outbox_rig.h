/* An outbox in a simulated flash, for its tests. */
#ifndef OUTBOX_RIG_H
#define OUTBOX_RIG_H

#include "check.h"

#include <mote/outbox.h>
#include <mote/sim_flash.h>

#include <stdio.h>
#include <string.h>

enum { RIG_FLASH_MAX = 65536, RIG_SECTORS_MAX = 64, RIG_PENDING_MAX = 512, RIG_PAGE_MAX = 2048 };

static struct {
    struct mote_sim_nor nor;
    struct mote_outbox outbox;
    struct mote_outbox_config config;
    struct mote_outbox_topic topics[4];
    uint8_t bytes[RIG_FLASH_MAX];
    uint8_t kept[RIG_FLASH_MAX];
    uint8_t programmed[RIG_FLASH_MAX];
    uint32_t erasures[RIG_SECTORS_MAX];
    struct mote_sim_nor_pending pending[RIG_PENDING_MAX];
    uint8_t page[RIG_PAGE_MAX];
    uint64_t now_ms;
} rig;

/* A flash that is erased, and the config for it; topics `all`, `latest`, `drop` and `expire` have these policies. */
static inline void rig_init(uint32_t sector_size, uint32_t sector_count, uint32_t program_size, bool has_sync,
                            uint32_t seed)
{
    memset(&rig, 0, sizeof rig);
    mote_sim_nor_init(&rig.nor, &(struct mote_sim_nor_config){.sector_size = sector_size,
                                                              .sector_count = sector_count,
                                                              .program_size = program_size,
                                                              .bytes = rig.bytes,
                                                              .programmed = rig.programmed,
                                                              .erasures = rig.erasures,
                                                              .kept = has_sync ? rig.kept : NULL,
                                                              .pending = rig.pending,
                                                              .pending_max = RIG_PENDING_MAX,
                                                              .seed = seed});
    rig.topics[0] = (struct mote_outbox_topic){"latest/one", MOTE_OUTBOX_LATEST, 0, 0};
    rig.topics[1] = (struct mote_outbox_topic){"latest/two", MOTE_OUTBOX_LATEST, 0, 0};
    rig.topics[2] = (struct mote_outbox_topic){"drop/#", MOTE_OUTBOX_DROP_OLDEST, 0, 0};
    rig.topics[3] = (struct mote_outbox_topic){"expire/+", MOTE_OUTBOX_EXPIRE, 60, 0};
    rig.config = (struct mote_outbox_config){
        .flash = &rig.nor.flash, .page = rig.page, .page_size = 128, .topics = rig.topics, .topic_count = 4};
}

static inline enum mote_reason rig_open(void)
{
    return mote_outbox_open(&rig.outbox, &rig.config);
}

/* As whoever opens a flash does. */
static inline void rig_sync(void)
{
    const struct mote_flash_calls *calls = rig.nor.flash.calls;

    if (calls->sync == NULL)
        return;
    calls->sync(&rig.nor);
    while (calls->synced(&rig.nor) != MOTE_FLASH_SYNCED)
        continue;
}

static inline enum mote_reason rig_put(const char *topic, const char *payload, enum mote_qos qos)
{
    return mote_outbox_put(&rig.outbox,
                           &(struct mote_message){.topic = mote_text(topic), .payload = mote_text(payload), .qos = qos},
                           rig.now_ms);
}

/* All payloads, in order, with a blank between them. */
static inline const char *rig_list(void)
{
    static char text[8192];
    struct mote_outbox_place place = {0};
    struct mote_message message;
    size_t size = 0;
    uint32_t age_s;

    text[0] = '\0';
    while (mote_outbox_list(&rig.outbox, &place, &message, &age_s)) {
        CHECK(size + message.payload.length + 2 < sizeof text);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%.*s", size == 0 ? "" : " ",
                                 (int)message.payload.length, message.payload.data);
    }
    return text;
}

static inline uint32_t rig_count(void)
{
    uint32_t bytes;

    return mote_outbox_count(&rig.outbox, &bytes);
}

#define CHECK_LIST(expected) CHECK_TEXT(mote_text(rig_list()), expected)

#endif
