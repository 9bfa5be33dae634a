#include "port/sim/sim.h"
#include <string.h>

enum { KEY_MIN = 8, DEFAULT_DBM = -50 };

static bool is_possible(const struct mote_sim_access_point *point)
{
    const char *key_end = memchr(point->key, '\0', sizeof point->key);
    const char *ssid_end = memchr(point->ssid, '\0', sizeof point->ssid);

    return ssid_end != NULL && ssid_end != point->ssid && key_end != NULL &&
           (key_end == point->key || key_end - point->key >= KEY_MIN);
}

enum mote_reason mote_sim_air_add(struct mote_sim *sim, const struct mote_sim_access_point *point)
{
    static const uint8_t none[6], own[5] = {0x02, 'A', 'I', 'R', 0};
    struct mote_sim_access_point *into = &sim->air.points[sim->air.count];

    if (!is_possible(point))
        return MOTE_CONFIG_INVALID;
    if (sim->air.count == MOTE_SIM_ACCESS_POINTS_MAX)
        return MOTE_MQTT_QUOTA;
    *into = *point;
    sim->air.count++;
    if (memcmp(into->bssid, none, sizeof none) == 0) {
        memcpy(into->bssid, own, sizeof own);
        into->bssid[5] = sim->air.count;
    }
    if (into->channel == 0)
        into->channel = (uint8_t)(1 + 5 * (sim->air.count % 3));
    return MOTE_OK;
}

static size_t find(struct mote_text text, char wanted)
{
    const char *at = text.length == 0 ? NULL : memchr(text.data, wanted, text.length);

    return at == NULL ? text.length : (size_t)(at - text.data);
}

static struct mote_text skip(struct mote_text text, size_t count)
{
    count = count > text.length ? text.length : count;
    return (struct mote_text){text.data + count, text.length - count};
}

/* Cuts "@-70" off the end. An @ that no signal follows belongs to the name or key. */
static int8_t take_signal(struct mote_text *entry)
{
    uint32_t below_zero;

    for (size_t at = entry->length; at-- > 0;) {
        if (entry->data[at] != '@')
            continue;
        if (entry->length - at < 3 || entry->data[at + 1] != '-' ||
            !mote_text_to_number(skip(*entry, at + 2), 100, &below_zero))
            break;
        entry->length = at;
        return (int8_t) - (int)below_zero;
    }
    return DEFAULT_DBM;
}

static enum mote_reason add_entry(struct mote_sim *sim, struct mote_text entry)
{
    struct mote_sim_access_point point = {.present = true, .signal_dbm = take_signal(&entry)};
    size_t name = find(entry, '=');

    if (!mote_text_copy((struct mote_text){entry.data, name}, point.ssid, sizeof point.ssid) ||
        !mote_text_copy(skip(entry, name + 1), point.key, sizeof point.key))
        return MOTE_CONFIG_INVALID;
    return mote_sim_air_add(sim, &point);
}

enum mote_reason mote_sim_air_set(struct mote_sim *sim, struct mote_text text)
{
    mote_sim_air_clear(sim);
    while (text.length > 0) {
        size_t end = find(text, ';');
        enum mote_reason reason = end == 0 ? MOTE_OK : add_entry(sim, (struct mote_text){text.data, end});
        if (reason != MOTE_OK)
            return reason;
        text = skip(text, end + 1);
    }
    return MOTE_OK;
}

unsigned mote_sim_air_count(const struct mote_sim *sim)
{
    return sim->air.count;
}

struct mote_sim_access_point *mote_sim_air_at(struct mote_sim *sim, unsigned index)
{
    return index < sim->air.count ? &sim->air.points[index] : NULL;
}

bool mote_sim_air_present(struct mote_sim *sim, const char *ssid, bool present)
{
    bool any = false;

    for (unsigned i = 0; i < sim->air.count; i++) {
        if (strcmp(sim->air.points[i].ssid, ssid) != 0)
            continue;
        sim->air.points[i].present = present;
        any = true;
    }
    return any;
}
