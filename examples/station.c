/* The station: sees which WiFi networks there are, and joins one. */
#include <mote/mote.h>
#include <stdio.h>

int main(void)
{
    struct mote_wifi_found found[MOTE_SCAN_MAX];
    struct mote_wifi_addresses at;
    uint8_t mac[6];
    int count;

    mote_wifi_set_active(MOTE_STATION, true);
    mote_wifi_scan();
    while ((count = mote_wifi_scan_results(found, MOTE_SCAN_MAX)) < 0)
        mote_sleep_ms(100);
    for (int i = 0; i < count; i++)
        printf("%s, channel %d, %d dBm\n", found[i].ssid, found[i].channel, found[i].signal_dbm);

    mote_wifi_connect("essid", "password");
    printf("joining: %s\n", mote_reason_words(mote_wifi_wait(15000)));

    mote_wifi_mac(MOTE_STATION, mac);
    printf("mac %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    mote_wifi_ifconfig(&at);
    printf("address %s, netmask %s, gateway %s, dns %s\n", at.address, at.netmask, at.gateway, at.dns);
    return mote_wifi_is_connected() ? 0 : 1;
}
