#include "wifi/supervisor.h"

enum { SSID_MAX = 32, KEY_MIN = 8, KEY_MAX = 63, KEY_DIGITS = 64 };

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_digits(struct mote_text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (!is_digit(text.data[i]))
            return false;
    }
    return true;
}

bool mote_network_is_possible(const struct mote_network *network)
{
    struct mote_text name = mote_text(network->ssid);
    struct mote_text key = mote_text(network->password);

    if (name.length < 1 || name.length > SSID_MAX)
        return false;
    if (key.length == KEY_DIGITS)
        return is_digits(key);
    return key.length == 0 || (key.length >= KEY_MIN && key.length <= KEY_MAX);
}
