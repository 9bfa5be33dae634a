/* The access point: lets others join a WiFi network of our own. */
#include <mote/mote.h>
#include <stdio.h>

int main(void)
{
    enum mote_reason reason = mote_wifi_set_active(MOTE_ACCESS_POINT, true);

    if (reason == MOTE_OK)
        reason = mote_wifi_access_point("ESP-AP", NULL);
    if (reason != MOTE_OK) {
        fprintf(stderr, "access_point: %s\n", mote_reason_words(reason));
        return 1;
    }
    puts("the access point ESP-AP is up");
    while (mote_wifi_is_active(MOTE_ACCESS_POINT))
        mote_sleep_ms(1000);
    return 0;
}
