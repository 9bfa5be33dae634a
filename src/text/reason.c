#include <mote/reason.h>

#include <string.h>

/* The closed list: code, what it means, what to do next. One place, three rows of strings, so that a program takes only
 * those that it uses. */
#define REASONS(REASON)                                                                                                \
    REASON(MOTE_OK, "ok", "Everything is as it should be.", "")                                                        \
    REASON(MOTE_WIFI_WRONG_KEY, "wifi.wrong_key", "The WiFi network does not accept the password.",                    \
           "Check the password of this network; upper and lower case count.")                                          \
    REASON(MOTE_WIFI_NO_NETWORK, "wifi.no_network", "None of the known WiFi networks is in reach.",                    \
           "Check that the access point is on and that the network's name is spelt as the access point has it.")       \
    REASON(MOTE_WIFI_WEAK, "wifi.weak", "The WiFi signal is too weak for a connection that holds.",                    \
           "Move the device or the access point, or put a repeater in between.")                                       \
    REASON(MOTE_WIFI_REFUSED, "wifi.refused", "The access point refuses this device.",                                 \
           "Look for a MAC filter, a limit of clients or a required security mode in the access point.")               \
    REASON(MOTE_WIFI_LOST, "wifi.lost", "The WiFi connection was there and is gone.",                                  \
           "Nothing: it is tried again. If it happens often, check the access point and the signal.")                  \
    REASON(MOTE_WIFI_INACTIVE, "wifi.inactive", "WiFi is switched off or not there.",                                  \
           "Switch the WiFi interface on, and check that the system has one.")                                         \
    REASON(MOTE_DHCP_NO_LEASE, "dhcp.no_lease", "The network gives no address.",                                       \
           "Check the cable, if it has one, and the network's DHCP server, or give the device a fixed address.")       \
    REASON(MOTE_DNS_NOT_FOUND, "dns.not_found", "There is no host of this name.",                                      \
           "Check how the broker's name is spelt, or use its address.")                                                \
    REASON(MOTE_DNS_TIMEOUT, "dns.timeout", "The name server does not answer.",                                        \
           "Check the network's way to the name server, or use the broker's address.")                                 \
    REASON(MOTE_TCP_REFUSED, "tcp.refused", "The host is there, but nothing listens on this port.",                    \
           "Check that the broker is running, and its port.")                                                          \
    REASON(MOTE_TCP_TIMEOUT, "tcp.timeout", "The host does not answer.",                                               \
           "Check the broker's address and that no firewall is in between.")                                           \
    REASON(MOTE_TCP_RESET, "tcp.reset", "The connection is closed.",                                                   \
           "Nothing: it is tried again. If it happens often, look into the broker's log.")                             \
    REASON(MOTE_TLS_UNTRUSTED, "tls.untrusted", "The broker's certificate is not from a known authority.",             \
           "Configure the certificate of the authority that has signed the broker's.")                                 \
    REASON(MOTE_TLS_NAME, "tls.name", "The broker's certificate is for another name.",                                 \
           "Use the name that is in the certificate, or have one made for this name.")                                 \
    REASON(MOTE_TLS_EXPIRED, "tls.expired", "The broker's certificate has expired or is not valid yet.",               \
           "Renew the broker's certificate.")                                                                          \
    REASON(MOTE_TLS_CLOCK_NOT_SET, "tls.clock_not_set", "The clock is not set, so no certificate can be judged.",      \
           "Wait for the time from the network, or configure a time server that can be reached.")                      \
    REASON(MOTE_MQTT_BAD_AUTH, "mqtt.bad_auth", "The broker does not accept user name and password.",                  \
           "Check user name and password, here and in the broker.")                                                    \
    REASON(MOTE_MQTT_NOT_AUTHORIZED, "mqtt.not_authorized", "The broker does not permit this.",                        \
           "Check user name and password, and this user's rights in the broker's access list.")                        \
    REASON(MOTE_MQTT_BAD_VERSION, "mqtt.bad_version", "The other side does not speak this version of MQTT.",           \
           "Choose another version: 3.1.1 is understood nearly everywhere.")                                           \
    REASON(MOTE_MQTT_CLIENT_ID, "mqtt.client_id", "The broker does not accept the client id.",                         \
           "Choose another client id: short, of letters and digits.")                                                  \
    REASON(MOTE_MQTT_TAKEN_OVER, "mqtt.taken_over", "Another client has connected with the same client id.",           \
           "Give each device a client id of its own.")                                                                 \
    REASON(MOTE_MQTT_NO_PINGRESP, "mqtt.no_pingresp", "The broker no longer answers.",                                 \
           "Nothing: it is tried again. If it happens often, check the network in between.")                           \
    REASON(MOTE_MQTT_PROTOCOL, "mqtt.protocol", "The other side does not keep to the MQTT standard.",                  \
           "Check that the port is an MQTT port, and bring the broker up to date.")                                    \
    REASON(MOTE_MQTT_PACKET_TOO_LARGE, "mqtt.packet_too_large",                                                        \
           "A message is larger than the buffers or the broker take.",                                                 \
           "Send less at once, or raise the limit that is too low.")                                                   \
    REASON(MOTE_MQTT_QUOTA, "mqtt.quota", "The broker, or a limit here, has no room right now.",                       \
           "Try again later; if it lasts, publish less often or raise the limit.")                                     \
    REASON(MOTE_OUTBOX_FULL, "outbox.full", "The messages that wait to be sent have filled their store.",              \
           "Give the outbox more room, or a policy that drops or expires old messages.")                               \
    REASON(MOTE_OUTBOX_CORRUPT, "outbox.corrupt", "The stored messages are damaged.",                                  \
           "Check the flash or file that holds them; what was still whole has been kept.")                             \
    REASON(MOTE_PIN_BUSY, "pin.busy", "The pin is used by something else.",                                            \
           "Choose another pin, or end the program or driver that holds it.")                                          \
    REASON(MOTE_PIN_ABSENT, "pin.absent", "This board has no such pin.",                                               \
           "Choose one of the pins that `mote pin list` shows.")                                                       \
    REASON(MOTE_CONFIG_INVALID, "config.invalid", "A setting cannot be used as it is.",                                \
           "Correct the setting that the message names.")

#define CODE(reason, code, words, next) code "\0"
#define WORDS(reason, code, words, next) words "\0"
#define NEXT(reason, code, words, next) next "\0"

#define PLACE(reason, code, words, next) PLACE_OF_##reason,
#define IS_IN_PLACE(reason, code, words, next)                                                                         \
    _Static_assert((int)PLACE_OF_##reason == (int)(reason), "the list is in the order of the numbers");
enum { REASONS(PLACE) PLACES };
_Static_assert((int)PLACES == (int)MOTE_REASON_COUNT, "the list has all numbers");
REASONS(IS_IN_PLACE)

static const char codes[] = REASONS(CODE);

/* A number that is none of the list can only be our own bug, but the way that errors are told must not fail
 * itself. */
static const char *entry(const char *row, enum mote_reason reason)
{
    if ((unsigned)reason >= MOTE_REASON_COUNT)
        return "unknown";
    for (unsigned place = 0; place < (unsigned)reason; place++)
        row += strlen(row) + 1;
    return row;
}

const char *mote_reason_code(enum mote_reason reason)
{
    return entry(codes, reason);
}

#ifdef MOTE_WITHOUT_WORDS

const char *mote_reason_words(enum mote_reason reason)
{
    return mote_reason_code(reason);
}

const char *mote_reason_next(enum mote_reason reason)
{
    (void)reason;
    return "";
}

#else

static const char sentences[] = REASONS(WORDS);
static const char steps[] = REASONS(NEXT);

const char *mote_reason_words(enum mote_reason reason)
{
    return entry(sentences, reason);
}

const char *mote_reason_next(enum mote_reason reason)
{
    return entry(steps, reason);
}

#endif
