#include "port/esp/join.h"
#include "port/esp/wifi_reason.h"

static bool is_under_way(const struct mote_join *station)
{
    return station->step >= MOTE_JOIN_JOINING;
}

static enum mote_join_action begin_to_join(struct mote_join *station)
{
    station->wanted = false;
    station->step = MOTE_JOIN_JOINING;
    station->reason = MOTE_OK;
    station->number = 0;
    return MOTE_JOIN_GO;
}

static enum mote_join_action begin_to_leave(struct mote_join *station, uint64_t now_ms)
{
    station->step = MOTE_JOIN_LEAVING;
    station->leave_until_ms = now_ms + MOTE_JOIN_LEAVE_MS;
    return MOTE_JOIN_LEAVE;
}

/* What is under way is left first: the SDK tells when it is, and that is not to be taken for the next network's end. */
enum mote_join_action mote_join_ask(struct mote_join *station, uint64_t now_ms)
{
    station->wanted = true;
    station->reason = MOTE_OK;
    if (is_under_way(station))
        return begin_to_leave(station, now_ms);
    return station->step == MOTE_JOIN_IDLE ? begin_to_join(station) : MOTE_JOIN_NOTHING;
}

enum mote_join_action mote_join_leave(struct mote_join *station, uint64_t now_ms)
{
    station->wanted = false;
    station->reason = MOTE_OK;
    return is_under_way(station) ? begin_to_leave(station, now_ms) : MOTE_JOIN_NOTHING;
}

void mote_join_failed(struct mote_join *station, enum mote_reason reason)
{
    if (station->step != MOTE_JOIN_OFF)
        station->step = MOTE_JOIN_IDLE;
    station->reason = reason;
}

static enum mote_join_action has_left(struct mote_join *station)
{
    station->step = MOTE_JOIN_IDLE;
    return station->wanted ? begin_to_join(station) : MOTE_JOIN_NOTHING;
}

static enum mote_join_action disconnected(struct mote_join *station, unsigned number)
{
    if (station->step == MOTE_JOIN_LEAVING)
        return has_left(station);
    if (!is_under_way(station))
        return MOTE_JOIN_NOTHING;
    station->reason = mote_esp_wifi_reason(number, station->step != MOTE_JOIN_JOINING);
    if (station->reason == MOTE_OK)
        station->reason = station->step == MOTE_JOIN_JOINING ? MOTE_WIFI_REFUSED : MOTE_WIFI_LOST;
    station->number = number;
    station->step = MOTE_JOIN_IDLE;
    return MOTE_JOIN_NOTHING;
}

static enum mote_join_action started(struct mote_join *station)
{
    if (station->step == MOTE_JOIN_OFF)
        station->step = MOTE_JOIN_IDLE;
    return station->step == MOTE_JOIN_IDLE && station->wanted ? begin_to_join(station) : MOTE_JOIN_NOTHING;
}

enum mote_join_action mote_join_event(struct mote_join *station, enum mote_join_event event, unsigned number)
{
    switch (event) {
    case MOTE_JOIN_STARTED:
        return started(station);
    case MOTE_JOIN_STOPPED:
        *station = (struct mote_join){.step = MOTE_JOIN_OFF, .wanted = station->wanted};
        break;
    case MOTE_JOIN_CONNECTED:
        if (station->step == MOTE_JOIN_JOINING)
            station->step = MOTE_JOIN_ASSOCIATED;
        break;
    case MOTE_JOIN_DISCONNECTED:
        return disconnected(station, number);
    case MOTE_JOIN_GOT_ADDRESS:
        if (station->step == MOTE_JOIN_JOINING || station->step == MOTE_JOIN_ASSOCIATED)
            station->step = MOTE_JOIN_JOINED;
        break;
    case MOTE_JOIN_LOST_ADDRESS:
        if (station->step == MOTE_JOIN_JOINED)
            station->step = MOTE_JOIN_ASSOCIATED;
        break;
    }
    return MOTE_JOIN_NOTHING;
}

enum mote_join_action mote_join_turn(struct mote_join *station, uint64_t now_ms)
{
    if (station->step != MOTE_JOIN_LEAVING || now_ms < station->leave_until_ms)
        return MOTE_JOIN_NOTHING;
    return has_left(station);
}

void mote_join_tell(const struct mote_join *station, struct mote_wifi_status *status)
{
    static const enum mote_wifi_state states[] = {
        [MOTE_JOIN_OFF] = MOTE_WIFI_OFF,
        [MOTE_JOIN_IDLE] = MOTE_WIFI_IDLE,
        [MOTE_JOIN_LEAVING] = MOTE_WIFI_IDLE,
        [MOTE_JOIN_JOINING] = MOTE_WIFI_CONNECTING,
        [MOTE_JOIN_ASSOCIATED] = MOTE_WIFI_CONNECTING,
        [MOTE_JOIN_JOINED] = MOTE_WIFI_CONNECTED,
    };

    status->state = states[station->step];
    status->reason = station->reason;
    if (station->wanted)
        status->state = MOTE_WIFI_CONNECTING;
    else if (station->step == MOTE_JOIN_OFF)
        status->reason = MOTE_WIFI_INACTIVE;
    else if (station->step == MOTE_JOIN_ASSOCIATED)
        status->reason = MOTE_DHCP_NO_LEASE;
}
