#include "log.h"

uint32_t mote_log_padded(const struct mote_outbox *outbox, uint32_t size)
{
    uint32_t unit = outbox->config->flash->program_size;

    return (size + unit - 1) & ~(unit - 1);
}

uint32_t mote_log_begin(const struct mote_outbox *outbox)
{
    return mote_log_padded(outbox, MOTE_LOG_HEAD_SIZE);
}

/* Room for a few states; for one with eight identifiers in any case. */
static uint32_t reserve(const struct mote_outbox *outbox)
{
    uint32_t part = outbox->config->flash->sector_size >> 4;

    return part < 68 ? 68 : part > 512 ? 512 : part;
}

uint32_t mote_log_limit(const struct mote_outbox *outbox)
{
    return outbox->config->flash->sector_size - reserve(outbox);
}

/* A message of half a sector still fits one that begins with a state. */
uint32_t mote_log_page(const struct mote_outbox *outbox)
{
    uint32_t half = outbox->config->flash->sector_size >> 1;
    uint32_t size = outbox->config->page_size < half ? (uint32_t)outbox->config->page_size : half;

    return size & ~(outbox->config->flash->program_size - 1);
}

unsigned mote_log_ids_max(const struct mote_outbox *outbox)
{
    uint32_t page = mote_log_page(outbox);
    uint32_t room = reserve(outbox) < page ? reserve(outbox) : page;
    uint32_t count = (room - MOTE_LOG_STATE_SIZE) >> 1;

    return count < MOTE_LOG_IDS_MAX ? count : MOTE_LOG_IDS_MAX;
}

static bool is_power_of_two(uint32_t number, uint32_t least, uint32_t most)
{
    return number >= least && number <= most && (number & (number - 1)) == 0;
}

static bool topic_is_possible(const struct mote_outbox_topic *topic)
{
    struct mote_text filter = mote_text(topic->filter);

    if (topic->policy == MOTE_OUTBOX_LATEST)
        return mote_topic_is_name(filter);
    return topic->policy <= MOTE_OUTBOX_EXPIRE && mote_topic_is_filter(filter) &&
           (topic->policy != MOTE_OUTBOX_EXPIRE || topic->expire_s > 0);
}

bool mote_log_sizes_are_possible(const struct mote_outbox_config *config)
{
    const struct mote_flash *flash = config->flash;

    if (flash == NULL || flash->calls == NULL || config->page == NULL || config->page_size < 128)
        return false;
    for (size_t i = 0; i < config->topic_count; i++) {
        if (!topic_is_possible(&config->topics[i]))
            return false;
    }
    return is_power_of_two(flash->sector_size, 256, 65536) && flash->sector_count >= 3 &&
           flash->sector_count <= 65535 && is_power_of_two(flash->program_size, 1, 64) &&
           flash->program_size <= flash->sector_size >> 4;
}

uint16_t mote_log_behind(const struct mote_outbox *outbox, uint16_t sector)
{
    return (uint16_t)(sector + 1u == outbox->config->flash->sector_count ? 0 : sector + 1u);
}

uint32_t mote_log_epoch(const struct mote_outbox *outbox, uint16_t sector)
{
    uint32_t newest = outbox->newest;
    uint32_t distance = newest >= sector ? newest - sector : newest + outbox->config->flash->sector_count - sector;

    return outbox->epoch > distance ? outbox->epoch - distance : 0;
}
