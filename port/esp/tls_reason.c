#include "port/esp/tls_reason.h"
#include <stddef.h>

/* mbedTLS's MBEDTLS_X509_BADCERT_..., the same in its versions 2 and 3. */
enum {
    EXPIRED = 0x01,
    REVOKED = 0x02,
    OTHER_NAME = 0x04,
    NOT_TRUSTED = 0x08,
    MISSING = 0x40,
    FUTURE = 0x200,
};

/* Its errors, without their sign. */
enum {
    NO_MEMORY = 0x7F00,
    FATAL_ALERT = 0x7780,
    CLOSED = 0x7880,
    END_OF_STREAM = 0x7280,
    RESET = 0x50,
    NO_COMMON_CIPHER_2 = 0x7380,
    HANDSHAKE_FAILURE_3 = 0x6E00,
    VERSION_OF_PROTOCOL = 0x6E80,
    NO_TLS = 0x7200, /* a record that is none */
    VERIFY_FAILED = 0x2700,
};

static const struct cause {
    int code;
    enum mote_reason reason;
    const char *words;
} causes[] = {
    {NO_MEMORY, MOTE_MQTT_QUOTA, "there is no memory left for TLS"},
    {FATAL_ALERT, MOTE_TLS_UNTRUSTED, "the server has refused this side"},
    {CLOSED, MOTE_TCP_RESET, "the server has closed the connection"},
    {END_OF_STREAM, MOTE_TCP_RESET, "the server has closed the connection"},
    {RESET, MOTE_TCP_RESET, "the server has reset the connection"},
    {NO_COMMON_CIPHER_2, MOTE_CONFIG_INVALID, "the two sides have no cipher in common"},
    {HANDSHAKE_FAILURE_3, MOTE_CONFIG_INVALID, "the two sides have no cipher in common"},
    {VERSION_OF_PROTOCOL, MOTE_CONFIG_INVALID, "the two sides have no version of TLS in common"},
    {NO_TLS, MOTE_MQTT_PROTOCOL, "what answers there does not speak TLS"},
    {VERIFY_FAILED, MOTE_TLS_UNTRUSTED, "its certificate cannot be trusted"},
};

/* Without a clock, that a certificate has expired is no more than a guess. */
static enum mote_reason reason_of_time(int flags, bool clock_is_set, const char **words)
{
    if (!clock_is_set) {
        *words = "the clock is not set, so no certificate can be judged by it";
        return MOTE_TLS_CLOCK_NOT_SET;
    }
    *words = (flags & EXPIRED) != 0 ? "its certificate has expired" : "its certificate is not valid yet";
    return MOTE_TLS_EXPIRED;
}

/* Who it is comes before for how long, and before under which name. */
static enum mote_reason reason_of_certificate(int flags, bool clock_is_set, const char **words)
{
    if ((flags & (NOT_TRUSTED | REVOKED | MISSING)) != 0) {
        *words =
            (flags & MISSING) != 0 ? "it has no certificate" : "its certificate is by nobody whom this device trusts";
        return MOTE_TLS_UNTRUSTED;
    }
    if ((flags & (EXPIRED | FUTURE)) != 0)
        return reason_of_time(flags, clock_is_set, words);
    if ((flags & OTHER_NAME) != 0) {
        *words = "its certificate is for another name";
        return MOTE_TLS_NAME;
    }
    *words = "its certificate cannot be trusted";
    return MOTE_TLS_UNTRUSTED;
}

enum mote_reason mote_esp_tls_reason(int code, int flags, bool clock_is_set, const char **words)
{
    if (flags > 0)
        return reason_of_certificate(flags, clock_is_set, words);
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (causes[i].code == code) {
            *words = causes[i].words;
            return causes[i].reason;
        }
    }
    *words = "the handshake has failed";
    return MOTE_TLS_UNTRUSTED;
}
