/* Joins a WiFi network and waits until that has worked, however long it takes. */
#include <mote/mote.h>
#include <stdio.h>

int main(void)
{
    struct mote_wifi_addresses at;
    enum mote_reason reason;

    mote_wifi_set_active(MOTE_STATION, true);
    if (!mote_wifi_is_connected()) {
        puts("connecting to network...");
        mote_wifi_connect("essid", "password");
        while ((reason = mote_wifi_wait(15000)) != MOTE_OK) {
            puts(mote_reason_words(reason));
            mote_sleep_ms(1000);
            mote_wifi_connect("essid", "password");
        }
    }
    mote_wifi_ifconfig(&at);
    printf("network config: %s %s %s %s\n", at.address, at.netmask, at.gateway, at.dns);
    return 0;
}
