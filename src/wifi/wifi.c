#include "wifi/supervisor.h"

#include <mote/port.h>
#include <mote/wifi.h>
#include <string.h>

static const struct mote_radio_port *radio(void)
{
    return mote_port()->radio;
}

static void *context(void)
{
    return mote_port()->context;
}

enum mote_reason mote_wifi_set_active(enum mote_wifi_role role, bool active)
{
    return radio() == NULL ? MOTE_WIFI_INACTIVE : radio()->set_active(context(), role, active);
}

bool mote_wifi_is_active(enum mote_wifi_role role)
{
    return radio() != NULL && radio()->is_active(context(), role);
}

enum mote_reason mote_wifi_scan(void)
{
    return radio() == NULL ? MOTE_WIFI_INACTIVE : radio()->scan(context());
}

int mote_wifi_scan_results(struct mote_wifi_found *found, int max)
{
    return radio() == NULL ? 0 : radio()->scan_results(context(), found, max);
}

enum mote_reason mote_wifi_connect(const char *ssid, const char *password)
{
    struct mote_network network = {.ssid = ssid, .password = password};

    if (radio() == NULL)
        return MOTE_WIFI_INACTIVE;
    if (!mote_network_is_possible(&network))
        return MOTE_CONFIG_INVALID;
    return radio()->connect(context(), &network, NULL);
}

void mote_wifi_disconnect(void)
{
    if (radio() != NULL)
        radio()->disconnect(context());
}

bool mote_wifi_is_connected(void)
{
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    return status.state == MOTE_WIFI_CONNECTED;
}

void mote_wifi_status(struct mote_wifi_status *status)
{
    memset(status, 0, sizeof *status);
    status->reason = MOTE_WIFI_INACTIVE;
    if (radio() != NULL)
        radio()->status(context(), status);
}

void mote_wifi_ifconfig(struct mote_wifi_addresses *addresses)
{
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    memset(addresses, 0, sizeof *addresses);
    if (status.state == MOTE_WIFI_CONNECTED)
        *addresses = status.addresses;
}

enum mote_reason mote_wifi_mac(enum mote_wifi_role role, uint8_t mac[6])
{
    memset(mac, 0, 6);
    return radio() == NULL ? MOTE_WIFI_INACTIVE : radio()->mac(context(), role, mac);
}

enum mote_reason mote_wifi_access_point(const char *ssid, const char *password)
{
    struct mote_network network = {.ssid = ssid, .password = password};

    if (radio() == NULL)
        return MOTE_WIFI_INACTIVE;
    if (!mote_network_is_possible(&network))
        return MOTE_CONFIG_INVALID;
    return radio()->access_point(context(), ssid, password);
}
