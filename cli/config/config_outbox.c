#include "config_outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "config_schema.h"
#include <mote/port.h>
#include <mote/topic.h>

/* Half of a file's sector, the most that a record may have. */
enum { PAGE_SIZE = 2048, SIZE_DEFAULT = 1 << 20, SIZE_MIN = 12 << 10, SIZE_MAX_MB = 255 };

struct config_outbox {
    uint32_t size; /* of its flash */
    struct mote_flash flash;
    bool has_flash;
    struct mote_outbox_config config;
    struct mote_outbox outbox;
    uint8_t page[PAGE_SIZE];
};

static struct config_value at(const char *text, const char *key)
{
    return (struct config_value){text, NULL, 0, key};
}

static struct config_value in(unsigned i, const char *text, const char *key)
{
    return (struct config_value){text, "outbox.topics", i, key};
}

/* --- What the file says --- */

static bool read_size(const char *text, uint32_t *size)
{
    static const struct {
        const char *name;
        unsigned shift;
    } units[] = {{"", 0}, {"B", 0}, {"KB", 10}, {"kB", 10}, {"KiB", 10}, {"MB", 20}, {"MiB", 20}};
    const size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits + (text[digits] == ' ');
    uint32_t number = 0;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i].name) == 0) {
            const uint32_t most = (uint32_t)SIZE_MAX_MB << 20 >> units[i].shift;

            if (!mote_text_to_number((struct mote_text){text, digits}, most, &number)) {
                return false;
            }
            *size = number << units[i].shift;
            return *size >= SIZE_MIN;
        }
    }
    return false;
}

static void check_size(struct config_check *check, struct config_value value, uint32_t *size)
{
    *size = SIZE_DEFAULT;
    if (value.text != NULL && !read_size(value.text, size)) {
        config_check_refuse(check, value, "a size of 12KB to 255MB, such as 1MB");
    }
}

static void check_filter(struct config_check *check, unsigned i, const struct config_raw_outbox_topic *raw,
                         struct mote_outbox_topic *topic)
{
    topic->filter = raw->topic;
    if (!mote_topic_is_filter(mote_text(raw->topic))) {
        config_check_refuse(check, in(i, raw->topic, "topic"), "a topic filter");
    } else if (topic->policy == MOTE_OUTBOX_LATEST && !mote_topic_is_name(mote_text(raw->topic))) {
        config_check_refuse(check, in(i, raw->topic, "topic"),
                            "a topic without + and #: only of one topic there is a latest message");
    }
}

static void check_expiry(struct config_check *check, unsigned i, const struct config_raw_outbox_topic *raw,
                         struct mote_outbox_topic *topic)
{
    const bool expires = topic->policy == MOTE_OUTBOX_EXPIRE;

    topic->expire_s = (uint32_t)(config_check_duration(check, in(i, raw->expire, "expire"), 1000, UINT32_MAX,
                                                       "a duration of 1s to 49d, such as 10m") /
                                 1000);
    if (expires && raw->expire == NULL) {
        config_check_refuse(check, in(i, raw->policy, "policy"), "also how long, as `expire: 10m`");
    } else if (!expires && raw->expire != NULL) {
        config_check_refuse(check, in(i, raw->expire, "expire"), "`policy: expire` beside it");
    }
}

static void check_topic(struct config_check *check, unsigned i, const struct config_raw_outbox_topic *raw,
                        struct mote_outbox_topic *topic)
{
    static const char *const policies[] = {"all", "latest", "drop_oldest", "expire", NULL};

    topic->policy = (enum mote_outbox_policy)config_check_choice(check, in(i, raw->policy, "policy"), policies,
                                                                 "all, latest, drop_oldest or expire");
    check_filter(check, i, raw, topic);
    check_expiry(check, i, raw, topic);
}

void config_outbox_check(struct config_check *check, struct config *config)
{
    const struct config_raw_outbox *raw = config->raw->outbox;
    struct config_outbox *outbox;
    struct mote_outbox_topic *topics;

    if (raw == NULL) {
        return;
    }
    outbox = config->outbox = cli_allocate(sizeof(*outbox));
    topics = cli_allocate((raw->topics_count + 1u) * sizeof(*topics));
    memset(outbox, 0, sizeof(*outbox));
    memset(topics, 0, (raw->topics_count + 1u) * sizeof(*topics));
    outbox->config = (struct mote_outbox_config){.flash = &outbox->flash,
                                                 .page = outbox->page,
                                                 .page_size = PAGE_SIZE,
                                                 .topics = topics,
                                                 .topic_count = raw->topics_count};
    check_size(check, at(raw->size, "outbox.size"), &outbox->size);
    outbox->config.sync_delay_ms = (uint32_t)config_check_duration(check, at(raw->sync, "outbox.sync"), 1, 60000,
                                                                   "a duration of 1ms to 1m, such as 100ms");
    for (unsigned i = 0; i < raw->topics_count; i++) {
        check_topic(check, i, &raw->topics[i], &topics[i]);
    }
}

void config_outbox_topics(const struct config *config, struct mote_outbox_config *outbox)
{
    if (config->outbox != NULL) {
        outbox->topics = config->outbox->config.topics;
        outbox->topic_count = config->outbox->config.topic_count;
    }
}

uint32_t config_outbox_size(const struct config *config)
{
    return config->outbox != NULL ? config->outbox->size : 0;
}

/* --- Opening --- */

static const char *words(void)
{
    const struct mote_port *const port = mote_port();

    return port->words != NULL ? port->words(port->context) : "";
}

static bool open_flash(struct config *config, struct config_outbox *outbox)
{
    const struct mote_port *const port = mote_port();
    enum mote_reason reason;

    if (port->flash == NULL) {
        config->node.outbox_reason = MOTE_OUTBOX_CORRUPT;
        cli_error("outbox", "this board has no flash to keep it in", MOTE_OUTBOX_CORRUPT);
        return false;
    }
    reason = port->flash->open(port->context, config->node.id, outbox->size, &outbox->flash);
    if (reason != MOTE_OK) {
        config->node.outbox_reason = reason;
        cli_error("outbox", words(), reason);
        return false;
    }
    if (words()[0] != '\0') {
        cli_error("outbox", words(), MOTE_OK);
    }
    outbox->config.first = (uint16_t)port->random(port->context);
    outbox->has_flash = true;
    return true;
}

/* Of records here and there that were damaged nobody has words but the outbox's own count. */
static void say_what_is_wrong(const struct config_outbox *outbox, enum mote_reason reason)
{
    if (outbox->outbox.counters.corrupt > 0) {
        cli_errorf("outbox", reason, "%u of its records were damaged, and are lost; the others are there",
                   (unsigned)outbox->outbox.counters.corrupt);
    } else {
        cli_error("outbox", words()[0] != '\0' ? words() : mote_reason_words(reason), reason);
    }
}

void config_outbox_open(struct config *config)
{
    struct config_outbox *const outbox = config->outbox;
    enum mote_reason reason;

    config_outbox_close(config);
    if (outbox == NULL || !open_flash(config, outbox)) {
        return;
    }
    reason = mote_outbox_open(&outbox->outbox, &outbox->config);
    if (reason != MOTE_OK) {
        say_what_is_wrong(outbox, reason);
    }
    if (mote_outbox_is_open(&outbox->outbox)) {
        config->node.outbox = &outbox->outbox;
    } else {
        config_outbox_close(config);
        config->node.outbox_reason = reason;
    }
}

void config_outbox_close(struct config *config)
{
    const struct mote_port *const port = mote_port();

    config->node.outbox = NULL;
    config->node.outbox_reason = MOTE_OK;
    if (config->outbox != NULL && config->outbox->has_flash) {
        port->flash->close(port->context, &config->outbox->flash);
        config->outbox->has_flash = false;
    }
}

void config_outbox_free(struct config *config)
{
    if (config->outbox == NULL) {
        return;
    }
    config_outbox_close(config);
    free(config->outbox->config.topics);
    free(config->outbox);
    config->outbox = NULL;
}
