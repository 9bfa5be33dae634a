#include "config_setup.h"

#include <string.h>

#include "cli.h"
#include "config_schema.h"

enum { DAY_MS = 86400000 };

static struct config_value at(const char *text, const char *key)
{
    return (struct config_value){text, NULL, 0, key};
}

static void check_point(struct config_check *check, const struct config_raw_setup *raw, struct mote_setup *setup)
{
    const size_t ssid = raw->ssid != NULL ? strlen(raw->ssid) : 1;
    const size_t key = raw->key != NULL ? strlen(raw->key) : 8;

    setup->ssid = raw->ssid;
    setup->key = raw->key;
    setup->open = config_check_flag(check, at(raw->open, "setup.open"));
    if (ssid < 1 || ssid > 32) {
        config_check_refuse(check, at(raw->ssid, "setup.ssid"), "a name of 1 to 32 bytes");
    }
    if (key < 8 || key > 63) {
        config_check_refuse(check, at(raw->key, "setup.key"),
                            "8 to 63 characters, or no key for one of the device's own");
    }
    if (setup->open && raw->key != NULL) {
        config_check_refuse(check, at(raw->open, "setup.open"), "no key beside it: an open access point has none");
    }
}

static uint32_t duration_of(struct config_check *check, struct config_value value, uint32_t min_ms,
                            const char *expected)
{
    return (uint32_t)config_check_duration(check, value, min_ms, DAY_MS, expected);
}

static void check_times(struct config_check *check, const struct config_raw_setup *raw, struct mote_setup *setup)
{
    if (raw->open_after != NULL && strcmp(raw->open_after, "never") == 0) {
        setup->open_after_ms = MOTE_SETUP_NEVER;
    } else {
        setup->open_after_ms = duration_of(check, at(raw->open_after, "setup.open_after"), 1000,
                                           "a duration of 1s to 1d, such as 5m, or never");
    }
    setup->close_after_ms =
        duration_of(check, at(raw->close_after, "setup.close_after"), 10000, "a duration of 10s to 1d, such as 10m");
    setup->hold_ms = duration_of(check, at(raw->hold, "setup.hold"), 500, "a duration of 500ms to 1d, such as 5s");
}

static void check_button(struct config_check *check, const struct config_raw_setup *raw, struct config *config)
{
    for (unsigned i = 0; raw->button != NULL && i < config->button_count; i++) {
        if (config->buttons[i].name != NULL && strcmp(config->buttons[i].name, raw->button) == 0) {
            config->setup->button = &config->buttons[i];
        }
    }
    if (raw->button != NULL && config->setup->button == NULL) {
        config_check_refuse(check, at(raw->button, "setup.button"), "the name of a button of this file");
    }
}

void config_setup_check(struct config_check *check, struct config *config)
{
    const struct config_raw_setup *raw = config->raw->setup;

    if (raw == NULL) {
        return;
    }
    config->setup = cli_allocate(sizeof(*config->setup));
    memset(config->setup, 0, sizeof(*config->setup));
    check_point(check, raw, config->setup);
    check_times(check, raw, config->setup);
    check_button(check, raw, config);
}
