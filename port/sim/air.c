#include "port/sim/sim.h"
#include "text/assert.h"
#include <string.h>

/* How long a radio takes, about. */
enum {
    SCAN_MS = 300,
    SEARCH_MS = 900, /* until it gives up to find a network */
    ASSOCIATE_MS = 150,
    WRONG_KEY_MS = 600, /* the handshake is tried again a few times */
    LEASE_MS = 150,
    NO_LEASE_MS = 6000,
    BEACONS_LOST_MS = 1000,
};

enum { TOO_WEAK_DBM = -90, NOBODY = -1 };

enum mote_sim_station {
    STATION_IDLE,
    STATION_ASSOCIATING,
    STATION_WANTS_LEASE,
    STATION_CONNECTED,
    STATION_LOSING, /* the access point has gone; the radio still waits for its next beacon */
};

static const struct mote_sim_access_point *joined_point(const struct mote_sim *sim)
{
    return sim->air.joined == NOBODY ? NULL : &sim->air.points[sim->air.joined];
}

static bool is_active(void *context, enum mote_wifi_role role)
{
    const struct mote_sim *sim = context;

    return role == MOTE_STATION ? sim->air.station_active : sim->air.own_active;
}

static void become(struct mote_sim *sim, enum mote_sim_station station, uint64_t due_ms)
{
    sim->air.station = (uint8_t)station;
    sim->air.station_due_ms = due_ms;
}

static void be_idle(struct mote_sim *sim, enum mote_reason reason)
{
    become(sim, STATION_IDLE, UINT64_MAX);
    sim->air.joined = NOBODY;
    sim->air.reason = reason;
}

static enum mote_reason set_active(void *context, enum mote_wifi_role role, bool active)
{
    struct mote_sim *sim = context;

    if (!sim->power)
        return MOTE_WIFI_INACTIVE;
    if (role == MOTE_ACCESS_POINT) {
        sim->air.own_active = active;
    } else if (active != sim->air.station_active) {
        sim->air.station_active = active;
        sim->air.scan_due_ms = UINT64_MAX;
        be_idle(sim, MOTE_OK);
    }
    return MOTE_OK;
}

static enum mote_reason scan(void *context)
{
    struct mote_sim *sim = context;

    if (!sim->air.station_active)
        return MOTE_WIFI_INACTIVE;
    sim->air.scan_due_ms = sim->now_ms + SCAN_MS;
    return MOTE_OK;
}

static bool is_heard(const struct mote_sim_access_point *point)
{
    return point->present && point->signal_dbm >= -100;
}

static void finish_scan(struct mote_sim *sim)
{
    struct mote_sim_air *air = &sim->air;

    air->scan_due_ms = UINT64_MAX;
    air->found_count = 0;
    for (uint8_t i = 0; i < air->count; i++) {
        uint8_t at = air->found_count;
        if (!is_heard(&air->points[i]) || air->points[i].hidden)
            continue;
        while (at > 0 && air->points[air->found[at - 1]].signal_dbm < air->points[i].signal_dbm) {
            air->found[at] = air->found[at - 1];
            at--;
        }
        air->found[at] = i;
        air->found_count++;
    }
}

static int scan_results(void *context, struct mote_wifi_found *found, int max)
{
    struct mote_sim *sim = context;
    int count = 0;

    if (sim->air.scan_due_ms != UINT64_MAX)
        return -1;
    for (; count < sim->air.found_count && count < max; count++) {
        const struct mote_sim_access_point *point = &sim->air.points[sim->air.found[count]];
        memcpy(found[count].ssid, point->ssid, sizeof point->ssid);
        memcpy(found[count].bssid, point->bssid, sizeof point->bssid);
        found[count].channel = point->channel;
        found[count].signal_dbm = point->signal_dbm;
        found[count].open = point->key[0] == '\0';
    }
    return count;
}

static bool is_wanted(const struct mote_sim_air *air, const struct mote_sim_access_point *point)
{
    return is_heard(point) && strcmp(point->ssid, air->ssid) == 0 &&
           (air->any_bssid || memcmp(point->bssid, air->bssid, sizeof air->bssid) == 0);
}

/* The strongest of those that are wanted, as radios choose. */
static int8_t find_point(const struct mote_sim_air *air)
{
    int8_t best = NOBODY;

    for (uint8_t i = 0; i < air->count; i++) {
        if (is_wanted(air, &air->points[i]) &&
            (best == NOBODY || air->points[i].signal_dbm > air->points[best].signal_dbm))
            best = (int8_t)i;
    }
    return best;
}

static uint32_t attempt_ms(const struct mote_sim_air *air)
{
    const struct mote_sim_access_point *point;

    if (air->joined == NOBODY)
        return SEARCH_MS;
    point = &air->points[air->joined];
    if (point->signal_dbm < TOO_WEAK_DBM)
        return SEARCH_MS;
    if (strcmp(point->key, air->key) != 0)
        return WRONG_KEY_MS;
    return point->join_ms == 0 ? ASSOCIATE_MS : point->join_ms / 2;
}

static bool copy_network(struct mote_sim_air *air, const struct mote_network *network)
{
    const char *key = network->password == NULL ? "" : network->password;

    return mote_text_copy(mote_text(network->ssid), air->ssid, sizeof air->ssid) &&
           mote_text_copy(mote_text(key), air->key, sizeof air->key);
}

static enum mote_reason connect_station(void *context, const struct mote_network *network,
                                        const struct mote_wifi_aim *aim)
{
    struct mote_sim *sim = context;

    if (!sim->air.station_active)
        return MOTE_WIFI_INACTIVE;
    be_idle(sim, MOTE_OK);
    if (!copy_network(&sim->air, network))
        return MOTE_CONFIG_INVALID;
    sim->air.any_bssid = aim == NULL;
    if (aim != NULL)
        memcpy(sim->air.bssid, aim->bssid, sizeof sim->air.bssid);
    sim->air.joined = find_point(&sim->air);
    become(sim, STATION_ASSOCIATING, sim->now_ms + attempt_ms(&sim->air));
    return MOTE_OK;
}

static void disconnect_station(void *context)
{
    struct mote_sim *sim = context;

    if (sim->air.station_active)
        be_idle(sim, MOTE_OK);
}

static enum mote_reason association_refusal(const struct mote_sim *sim)
{
    const struct mote_sim_access_point *point = joined_point(sim);

    if (point == NULL || !is_heard(point))
        return MOTE_WIFI_NO_NETWORK;
    if (point->signal_dbm < TOO_WEAK_DBM)
        return MOTE_WIFI_WEAK;
    if (strcmp(point->key, sim->air.key) != 0)
        return MOTE_WIFI_WRONG_KEY;
    return point->refuses ? MOTE_WIFI_REFUSED : MOTE_OK;
}

static uint32_t lease_ms(const struct mote_sim_access_point *point)
{
    if (point->no_lease)
        return NO_LEASE_MS;
    return point->join_ms == 0 ? LEASE_MS : point->join_ms - point->join_ms / 2;
}

static void finish_association(struct mote_sim *sim)
{
    enum mote_reason reason = association_refusal(sim);

    if (reason != MOTE_OK)
        be_idle(sim, reason);
    else
        become(sim, STATION_WANTS_LEASE, sim->now_ms + lease_ms(joined_point(sim)));
}

static void finish_lease(struct mote_sim *sim)
{
    const struct mote_sim_access_point *point = joined_point(sim);

    if (!is_heard(point))
        be_idle(sim, MOTE_WIFI_LOST);
    else if (point->no_lease)
        be_idle(sim, MOTE_DHCP_NO_LEASE);
    else
        become(sim, STATION_CONNECTED, UINT64_MAX);
}

/* What is not on a timer: an access point that goes, and one that is back before its absence was noticed. */
static void watch_point(struct mote_sim *sim)
{
    if (sim->air.station == STATION_CONNECTED && !is_heard(joined_point(sim)))
        become(sim, STATION_LOSING, sim->now_ms + BEACONS_LOST_MS);
    else if (sim->air.station == STATION_LOSING && is_heard(joined_point(sim)))
        become(sim, STATION_CONNECTED, UINT64_MAX);
}

static void finish_station(struct mote_sim *sim)
{
    switch ((enum mote_sim_station)sim->air.station) {
    case STATION_ASSOCIATING:
        finish_association(sim);
        break;
    case STATION_WANTS_LEASE:
        finish_lease(sim);
        break;
    case STATION_LOSING:
        be_idle(sim, MOTE_WIFI_LOST);
        break;
    case STATION_IDLE:
    case STATION_CONNECTED:
        MOTE_ASSERT(false);
    }
}

bool mote_sim_air_turn(struct mote_sim *sim)
{
    struct mote_sim_air *air = &sim->air;
    uint8_t before = air->station;
    bool scanned = air->scan_due_ms <= sim->now_ms;
    bool told = air->told_until_ms != 0 && air->told_until_ms <= sim->now_ms;

    if (scanned)
        finish_scan(sim);
    watch_point(sim);
    if (air->station_due_ms <= sim->now_ms)
        finish_station(sim);
    if (told)
        air->told_until_ms = 0;
    return scanned || told || air->station != before;
}

uint64_t mote_sim_air_deadline(const struct mote_sim *sim)
{
    bool changed =
        sim->air.station >= STATION_CONNECTED && is_heard(joined_point(sim)) != (sim->air.station == STATION_CONNECTED);
    uint64_t due_ms = changed ? sim->now_ms : sim->air.station_due_ms;

    if (sim->air.told_until_ms != 0 && sim->air.told_until_ms < due_ms)
        due_ms = sim->air.told_until_ms;
    return due_ms < sim->air.scan_due_ms ? due_ms : sim->air.scan_due_ms;
}

bool mote_sim_is_reachable(const struct mote_sim *sim)
{
    return sim->air.station == STATION_CONNECTED && is_heard(joined_point(sim));
}

static enum mote_wifi_state station_state(const struct mote_sim_air *air)
{
    if (!air->station_active)
        return MOTE_WIFI_OFF;
    switch ((enum mote_sim_station)air->station) {
    case STATION_ASSOCIATING:
    case STATION_WANTS_LEASE:
        return MOTE_WIFI_CONNECTING;
    case STATION_CONNECTED:
    case STATION_LOSING:
        return MOTE_WIFI_CONNECTED;
    case STATION_IDLE:
        break;
    }
    return MOTE_WIFI_IDLE;
}

static void tell(const struct mote_sim *sim, struct mote_wifi_status *into)
{
    enum mote_wifi_state state = station_state(&sim->air);

    *into = (struct mote_wifi_status){.state = state};
    into->reason = state == MOTE_WIFI_OFF                    ? MOTE_WIFI_INACTIVE
                   : sim->air.station == STATION_WANTS_LEASE ? MOTE_DHCP_NO_LEASE
                                                             : sim->air.reason;
    if (state == MOTE_WIFI_CONNECTING || state == MOTE_WIFI_CONNECTED)
        memcpy(into->ssid, sim->air.ssid, sizeof into->ssid);
    if (state != MOTE_WIFI_CONNECTED)
        return;
    into->signal_dbm = joined_point(sim)->signal_dbm;
    memcpy(into->aim.bssid, joined_point(sim)->bssid, sizeof into->aim.bssid);
    into->aim.channel = joined_point(sim)->channel;
    into->addresses = (struct mote_wifi_addresses){
        .address = "192.168.4.2",
        .netmask = "255.255.255.0",
        .gateway = "192.168.4.1",
        .dns = "192.168.4.1",
    };
}

static bool news_are_held(const struct mote_sim *sim)
{
    return sim->now_ms < sim->air.told_until_ms;
}

static void status(void *context, struct mote_wifi_status *into)
{
    const struct mote_sim *sim = context;

    if (news_are_held(sim))
        *into = sim->air.told;
    else
        tell(sim, into);
}

void mote_sim_air_hold_news(struct mote_sim *sim, uint64_t until_ms)
{
    if (!news_are_held(sim))
        tell(sim, &sim->air.told);
    sim->air.told_until_ms = until_ms;
}

static enum mote_reason mac(void *context, enum mote_wifi_role role, uint8_t into[6])
{
    const uint8_t address[6] = {0x02, 'M', 'O', 'T', 'E', role == MOTE_STATION ? 1 : 2};

    (void)context;
    memcpy(into, address, sizeof address);
    return MOTE_OK;
}

static enum mote_reason access_point(void *context, const char *ssid, const char *password)
{
    struct mote_sim_air *air = &((struct mote_sim *)context)->air;
    struct mote_text key = mote_text(password);

    if (ssid[0] == '\0' || strlen(ssid) >= sizeof air->own_ssid || key.length >= sizeof air->own_key)
        return MOTE_CONFIG_INVALID;
    mote_text_copy(mote_text(ssid), air->own_ssid, sizeof air->own_ssid);
    mote_text_copy(key, air->own_key, sizeof air->own_key);
    return MOTE_OK;
}

const struct mote_radio_port mote_sim_radio_port = {
    .set_active = set_active,
    .is_active = is_active,
    .scan = scan,
    .scan_results = scan_results,
    .connect = connect_station,
    .disconnect = disconnect_station,
    .status = status,
    .mac = mac,
    .access_point = access_point,
};

void mote_sim_air_reset(struct mote_sim *sim)
{
    struct mote_sim_air *air = &sim->air;

    air->station_active = false;
    air->scan_due_ms = UINT64_MAX;
    air->found_count = 0;
    air->own_active = false;
    memcpy(air->own_ssid, "MOTE-4F5445", sizeof "MOTE-4F5445");
    air->own_key[0] = '\0';
    air->told_until_ms = 0;
    be_idle(sim, MOTE_OK);
}

/* A station in a network that is cleared away has lost it, at once: nothing is left to wait for. */
void mote_sim_air_clear(struct mote_sim *sim)
{
    sim->air.count = 0;
    sim->air.found_count = 0;
    if (sim->air.station != STATION_IDLE)
        be_idle(sim, MOTE_WIFI_LOST);
}

const char *mote_sim_own_ssid(const struct mote_sim *sim)
{
    return sim->air.own_active ? sim->air.own_ssid : NULL;
}

const char *mote_sim_own_key(const struct mote_sim *sim)
{
    return sim->air.own_active ? sim->air.own_key : NULL;
}
