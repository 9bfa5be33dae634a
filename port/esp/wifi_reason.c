#include "port/esp/wifi_reason.h"
#include <stddef.h>

/* What is not in the table has refused a station on its way, and lost one that was in. */
static const struct meaning {
    unsigned char number;
    enum mote_reason joining;
    const char *words;
} meanings[] = {
    {2, MOTE_WIFI_REFUSED, "authentication has expired"},
    {3, MOTE_WIFI_REFUSED, "the access point is leaving"},
    {4, MOTE_WIFI_REFUSED, "inactive for too long"},
    {5, MOTE_WIFI_REFUSED, "the access point has no room for more stations"},
    {6, MOTE_WIFI_REFUSED, "not authenticated"},
    {7, MOTE_WIFI_REFUSED, "not associated"},
    {13, MOTE_WIFI_REFUSED, "the access point sends what is not allowed"},
    {14, MOTE_WIFI_REFUSED, "a message was damaged or forged"},
    {15, MOTE_WIFI_WRONG_KEY, "the 4-way handshake has timed out"},
    {16, MOTE_WIFI_REFUSED, "the group key was not renewed in time"},
    {17, MOTE_WIFI_REFUSED, "the access point contradicts itself"},
    {23, MOTE_WIFI_WRONG_KEY, "802.1X authentication has failed"},
    {24, MOTE_WIFI_REFUSED, "the cipher was refused"},
    {200, MOTE_WIFI_LOST, "the access point is no longer heard"},
    {201, MOTE_WIFI_NO_NETWORK, "no access point of this name is in reach"},
    {202, MOTE_WIFI_WRONG_KEY, "authentication has failed"},
    {203, MOTE_WIFI_REFUSED, "association has failed"},
    {204, MOTE_WIFI_WRONG_KEY, "the handshake has timed out"},
    {205, MOTE_WIFI_REFUSED, "the connection has failed"},
    {208, MOTE_WIFI_REFUSED, "the access point asks to come back much later"},
    {210, MOTE_WIFI_REFUSED, "the access point's security is none that this station has"},
    {211, MOTE_WIFI_REFUSED, "the access point's security is too weak"},
    {212, MOTE_WIFI_WEAK, "the access point is too weak"},
};

enum { LEFT_BY_US = 8 };

static const struct meaning *find(unsigned number)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].number == number)
            return &meanings[i];
    }
    return NULL;
}

enum mote_reason mote_esp_wifi_reason(unsigned number, bool was_joined)
{
    const struct meaning *meaning = find(number);

    if (number == LEFT_BY_US)
        return MOTE_OK;
    if (was_joined)
        return MOTE_WIFI_LOST;
    return meaning == NULL ? MOTE_WIFI_REFUSED : meaning->joining;
}

const char *mote_esp_wifi_words(unsigned number)
{
    const struct meaning *meaning = find(number);

    return meaning == NULL ? "" : meaning->words;
}
