/* A device that is not always in the same place: tries one known WiFi network after the other until one lets it in. */
#include <mote/mote.h>
#include <stdio.h>

static const struct mote_network networks[] = {
    {.ssid = "No,thankyou-2", .password = "beijing_newhome_11.3"},
    {.ssid = "SSBun", .password = "Bz123456"},
};

static void try_to_join(const struct mote_network *network)
{
    printf("ready connect to wifi: %s\n", network->ssid);
    mote_wifi_connect(network->ssid, network->password);
    for (int retry = 10; retry > 0 && !mote_wifi_is_connected(); retry--) {
        mote_sleep_ms(1000);
        puts("...");
    }
    printf("connect WiFi:%s %s\n", network->ssid, mote_wifi_is_connected() ? "success" : "failure");
}

int main(void)
{
    struct mote_wifi_addresses at;

    mote_wifi_set_active(MOTE_STATION, true);
    for (int i = 0; !mote_wifi_is_connected(); i = !i)
        try_to_join(&networks[i]);
    mote_wifi_ifconfig(&at);
    printf("%s %s %s %s\n", at.address, at.netmask, at.gateway, at.dns);
    return 0;
}
