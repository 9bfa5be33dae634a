/* Reasons: why something is not as it should be, the same word in C, on the command line, in logs and on the page.
 *
 * The list is closed: a program may switch over it. MOTE_OK is 0, so `if (mote_...())` reads "if it went wrong".
 */
#ifndef MOTE_REASON_H
#define MOTE_REASON_H

enum mote_reason {
    MOTE_OK,
    MOTE_WIFI_WRONG_KEY,
    MOTE_WIFI_NO_NETWORK,
    MOTE_WIFI_WEAK,
    MOTE_WIFI_REFUSED,
    MOTE_WIFI_LOST,
    MOTE_WIFI_INACTIVE,
    MOTE_DHCP_NO_LEASE,
    MOTE_DNS_NOT_FOUND,
    MOTE_DNS_TIMEOUT,
    MOTE_TCP_REFUSED,
    MOTE_TCP_TIMEOUT,
    MOTE_TCP_RESET,
    MOTE_TLS_UNTRUSTED,
    MOTE_TLS_NAME,
    MOTE_TLS_EXPIRED,
    MOTE_TLS_CLOCK_NOT_SET,
    MOTE_MQTT_BAD_AUTH,
    MOTE_MQTT_NOT_AUTHORIZED,
    MOTE_MQTT_BAD_VERSION,
    MOTE_MQTT_CLIENT_ID,
    MOTE_MQTT_TAKEN_OVER,
    MOTE_MQTT_NO_PINGRESP,
    MOTE_MQTT_PROTOCOL,
    MOTE_MQTT_PACKET_TOO_LARGE,
    MOTE_MQTT_QUOTA,
    MOTE_OUTBOX_FULL,
    MOTE_OUTBOX_CORRUPT,
    MOTE_PIN_BUSY,
    MOTE_PIN_ABSENT,
    MOTE_CONFIG_INVALID,
    MOTE_REASON_COUNT
};

/* The reason's code, as in `tcp.refused`; MOTE_OK is `ok`. A static string, never NULL. */
const char *mote_reason_code(enum mote_reason reason);

/* What it means, in one sentence for a person. A static string, never NULL. */
const char *mote_reason_words(enum mote_reason reason);

/* What that person does next, in one sentence. A static string, never NULL; empty for MOTE_OK. */
const char *mote_reason_next(enum mote_reason reason);

#endif
