#include "port/linux/radio/wpa_text.h"
#include <string.h>

bool mote_wpa_part(struct mote_text *rest, char separator, struct mote_text *part)
{
    const char *end = rest->length == 0 ? NULL : memchr(rest->data, separator, rest->length);

    if (rest->length == 0)
        return false;
    part->data = rest->data;
    part->length = end == NULL ? rest->length : (size_t)(end - rest->data);
    rest->data += part->length + (end != NULL);
    rest->length -= part->length + (end != NULL);
    return true;
}

bool mote_wpa_line(struct mote_text *rest, struct mote_text *line)
{
    return mote_wpa_part(rest, '\n', line);
}

bool mote_wpa_starts_with(struct mote_text text, const char *beginning)
{
    size_t length = strlen(beginning);

    return text.length >= length && memcmp(text.data, beginning, length) == 0;
}

bool mote_wpa_value(struct mote_text text, char separator, const char *key, struct mote_text *value)
{
    size_t length = strlen(key);
    struct mote_text part;

    while (mote_wpa_part(&text, separator, &part)) {
        if (mote_wpa_starts_with(part, key) && part.length > length && part.data[length] == '=') {
            *value = (struct mote_text){part.data + length + 1, part.length - length - 1};
            return true;
        }
    }
    return false;
}

bool mote_wpa_number(struct mote_text text, int min, int max, int *number)
{
    bool negative = text.length > 0 && text.data[0] == '-';
    struct mote_text digits = {text.data + negative, text.length - negative};
    uint32_t size;

    if (!mote_text_to_number(digits, INT32_MAX, &size))
        return false;
    int signed_number = negative ? -(int)size : (int)size;
    if (signed_number < min || signed_number > max)
        return false;
    *number = signed_number;
    return true;
}

int mote_wpa_number_of(struct mote_text text, char separator, const char *key, int min, int max, int otherwise)
{
    struct mote_text value;
    int number;

    if (mote_wpa_value(text, separator, key, &value) && mote_wpa_number(value, min, max, &number))
        return number;
    return otherwise;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Two hexadecimal digits; -1 for anything else. */
static int byte_of(const char *digits)
{
    int high = digit_of(digits[0]), low = digit_of(digits[1]);

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool mote_wpa_mac(struct mote_text text, uint8_t mac[6])
{
    uint8_t bytes[6];

    if (text.length != 17)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        int byte = byte_of(text.data + 3 * i);
        if (byte < 0 || (i > 0 && text.data[3 * i - 1] != ':'))
            return false;
        bytes[i] = (uint8_t)byte;
    }
    memcpy(mac, bytes, sizeof bytes);
    return true;
}

/* Takes one byte, escaped or not, off the text. Returns -1 for what is no escape. */
static int unescape(struct mote_text *text)
{
    static const char letters[] = "\"\\enrt", bytes[] = "\"\\\033\n\r\t";
    size_t used = 1;
    int byte = (unsigned char)text->data[0];

    if (byte == '\\') {
        const char *letter =
            text->length < 2 || text->data[1] == '\0' ? NULL : memchr(letters, text->data[1], sizeof letters - 1);
        bool is_hex = text->length >= 4 && text->data[1] == 'x';
        byte = letter != NULL ? (unsigned char)bytes[letter - letters] : is_hex ? byte_of(text->data + 2) : -1;
        used = is_hex ? 4 : text->length < 2 ? 1 : 2;
    }
    text->data += used;
    text->length -= used;
    return byte;
}

bool mote_wpa_ssid(struct mote_text escaped, char ssid[33])
{
    size_t length = 0;

    while (escaped.length > 0) {
        int byte = unescape(&escaped);
        if (byte <= 0 || length == 32) {
            length = 0;
            break;
        }
        ssid[length++] = (char)byte;
    }
    ssid[length] = '\0';
    return length > 0;
}

void mote_wpa_hex(const char *ssid, char digits[65])
{
    static const char names[] = "0123456789abcdef";
    size_t used = 0;

    for (; *ssid != '\0' && used < 64; ssid++) {
        digits[used++] = names[(unsigned char)*ssid >> 4];
        digits[used++] = names[(unsigned char)*ssid & 15];
    }
    digits[used] = '\0';
}

uint8_t mote_wpa_channel(int frequency_mhz)
{
    int channel = 0;

    if (frequency_mhz == 2484)
        channel = 14;
    else if (frequency_mhz >= 2412 && frequency_mhz <= 2472)
        channel = (frequency_mhz - 2407) / 5;
    else if (frequency_mhz >= 5160 && frequency_mhz <= 5885)
        channel = (frequency_mhz - 5000) / 5;
    return (uint8_t)channel;
}

int mote_wpa_frequency(uint8_t channel)
{
    if (channel == 14)
        return 2484;
    if (channel >= 1 && channel <= 13)
        return 2407 + 5 * channel;
    return channel >= 32 && channel <= 177 ? 5000 + 5 * channel : 0;
}
