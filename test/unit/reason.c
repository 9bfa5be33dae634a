/* The closed list of reasons: its codes are what scripts compare with, so they stand here once more. */
#include <mote/reason.h>

#include "check.h"

#include <string.h>

static const struct {
    enum mote_reason reason;
    const char *code;
} reasons[] = {
    {MOTE_OK, "ok"},
    {MOTE_WIFI_WRONG_KEY, "wifi.wrong_key"},
    {MOTE_WIFI_NO_NETWORK, "wifi.no_network"},
    {MOTE_WIFI_WEAK, "wifi.weak"},
    {MOTE_WIFI_REFUSED, "wifi.refused"},
    {MOTE_WIFI_LOST, "wifi.lost"},
    {MOTE_WIFI_INACTIVE, "wifi.inactive"},
    {MOTE_DHCP_NO_LEASE, "dhcp.no_lease"},
    {MOTE_DNS_NOT_FOUND, "dns.not_found"},
    {MOTE_DNS_TIMEOUT, "dns.timeout"},
    {MOTE_TCP_REFUSED, "tcp.refused"},
    {MOTE_TCP_TIMEOUT, "tcp.timeout"},
    {MOTE_TCP_RESET, "tcp.reset"},
    {MOTE_TLS_UNTRUSTED, "tls.untrusted"},
    {MOTE_TLS_NAME, "tls.name"},
    {MOTE_TLS_EXPIRED, "tls.expired"},
    {MOTE_TLS_CLOCK_NOT_SET, "tls.clock_not_set"},
    {MOTE_MQTT_BAD_AUTH, "mqtt.bad_auth"},
    {MOTE_MQTT_NOT_AUTHORIZED, "mqtt.not_authorized"},
    {MOTE_MQTT_BAD_VERSION, "mqtt.bad_version"},
    {MOTE_MQTT_CLIENT_ID, "mqtt.client_id"},
    {MOTE_MQTT_TAKEN_OVER, "mqtt.taken_over"},
    {MOTE_MQTT_NO_PINGRESP, "mqtt.no_pingresp"},
    {MOTE_MQTT_PROTOCOL, "mqtt.protocol"},
    {MOTE_MQTT_PACKET_TOO_LARGE, "mqtt.packet_too_large"},
    {MOTE_MQTT_QUOTA, "mqtt.quota"},
    {MOTE_OUTBOX_FULL, "outbox.full"},
    {MOTE_OUTBOX_CORRUPT, "outbox.corrupt"},
    {MOTE_PIN_BUSY, "pin.busy"},
    {MOTE_PIN_ABSENT, "pin.absent"},
    {MOTE_CONFIG_INVALID, "config.invalid"},
};

static void each_has_its_code(void)
{
    CHECK_EQUAL(sizeof reasons / sizeof reasons[0], MOTE_REASON_COUNT);
    for (size_t i = 0; i < MOTE_REASON_COUNT; i++) {
        CHECK_EQUAL(reasons[i].reason, i);
        if (strcmp(mote_reason_code(reasons[i].reason), reasons[i].code) != 0)
            check_fail(__FILE__, __LINE__, "%s is called %s", reasons[i].code, mote_reason_code(reasons[i].reason));
    }
    CHECK_EQUAL(MOTE_OK, 0);
}

static bool is_sentence(const char *words)
{
    size_t length = strlen(words);

    return length > 10 && words[0] >= 'A' && words[0] <= 'Z' && words[length - 1] == '.' && strstr(words, "  ") == NULL;
}

static void each_has_words_and_a_next_step(void)
{
    for (size_t i = 0; i < MOTE_REASON_COUNT; i++) {
        enum mote_reason reason = (enum mote_reason)i;
        if (!is_sentence(mote_reason_words(reason)) || (i > 0 && !is_sentence(mote_reason_next(reason))))
            check_fail(__FILE__, __LINE__, "%s has no sentence", mote_reason_code(reason));
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(mote_reason_words(reason), mote_reason_words((enum mote_reason)j)) != 0);
    }
    CHECK_EQUAL(strlen(mote_reason_next(MOTE_OK)), 0);
}

static void a_number_that_is_none_is_survived(void)
{
    CHECK(mote_reason_code(MOTE_REASON_COUNT) != NULL);
    CHECK(mote_reason_words((enum mote_reason)1000) != NULL);
    CHECK(mote_reason_next((enum mote_reason) - 1) != NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"each has its code", each_has_its_code},
        {"each has words and a next step", each_has_words_and_a_next_step},
        {"a number that is none is survived", a_number_that_is_none_is_survived},
    };

    return check_main("unit/reason", cases, sizeof cases / sizeof cases[0], argc, argv);
}
