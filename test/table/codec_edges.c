/* What else a check of the codec's is good for: cases that were found by taking the check away (script/mutation). */
#include "check.h"
#include "mqtt/codec.h"

#include <string.h>

/* The body of a PUBLISH is followed by the next packet: it ends where its header says. */
static void body_ends_where_the_header_says(void)
{
    static const struct {
        struct mote_text body;
        uint32_t remaining;
        size_t payload;
    } bodies[] = {
        {{"\x00\x01tpayload\xC0\x00", 12}, 10, 7},
        {{"\x00\x0Atopic/longpayload\xC0\x00", 21}, 19, 7}, /* long enough to be read in words */
        {{"\x00\x0Atopic/long\xC0\x00", 14}, 12, 0},
        {{"\x00\x01t\xC0\x00", 5}, 3, 0},
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct mote_header header = {MOTE_PUBLISH, 0, 2, bodies[i].remaining};
        struct mote_message message;
        struct mote_fault fault;
        CHECK_EQUAL(mote_codec_decode_publish(&header, MOTE_MQTT_3_1_1, bodies[i].body, &message, &fault),
                    MOTE_DECODED);
        CHECK_EQUAL(message.payload.length, bodies[i].payload);
        CHECK_EQUAL(message.payload_size, bodies[i].payload);
    }
}

/* Before MQTT 5 there are no properties: a payload may begin with a 0. */
static void payloads_may_begin_with_0(void)
{
    const struct mote_text body = {"\x00\x0Atopic/long\x00x", 14};
    const struct mote_header header = {MOTE_PUBLISH, 0, 2, 14};
    struct mote_message message;
    struct mote_fault fault;

    CHECK_EQUAL(mote_codec_decode_publish(&header, MOTE_MQTT_3_1_1, body, &message, &fault), MOTE_DECODED);
    CHECK_EQUAL(message.payload.length, 2);
    CHECK_EQUAL(mote_codec_decode_publish(&header, MOTE_MQTT_5, body, &message, &fault), MOTE_DECODED);
    CHECK_EQUAL(message.payload.length, 1);
}

/* A shared subscription needs more than the prefix: this one is no filter, whatever its options. */
static void prefix_alone_is_not_shared(void)
{
    const struct mote_text body = {"\x00\x01\x00\x00\x07$share/\x04", 13};
    struct mote_request request;
    struct mote_fault fault;

    CHECK(!mote_codec_decode_request(MOTE_SUBSCRIBE, MOTE_MQTT_5, body, &request, &fault));
    CHECK_EQUAL(mote_fault_code(&fault), MOTE_CODE_TOPIC_FILTER_INVALID);
}

static void filters_that_end_too_soon(void)
{
    struct mote_text encoded = {"\x00\x05"
                                "ab",
                                4};
    struct mote_filter filter;

    CHECK(!mote_codec_next_filter(MOTE_UNSUBSCRIBE, MOTE_MQTT_5, &encoded, &filter));
    encoded.length = 0;
    CHECK(!mote_codec_next_filter(MOTE_UNSUBSCRIBE, MOTE_MQTT_5, &encoded, &filter));
}

/* Its first byte was reserved then. */
static void no_session_present_in_3_1(void)
{
    const struct mote_connack connack = {.session_present = true};
    uint8_t bytes[8];

    CHECK_BYTES(bytes, mote_codec_encode_connack(bytes, sizeof bytes, MOTE_MQTT_3_1, &connack), "20 02 00 00");
    CHECK_BYTES(bytes, mote_codec_encode_connack(bytes, sizeof bytes, MOTE_MQTT_3_1_1, &connack), "20 02 01 00");
}

/* Bytes that nobody has checked: the walk ends where they are no property. */
static void walks_over_wrong_properties(void)
{
    static const struct mote_text blocks[] = {{"\x03\x00\x05"
                                               "ab",
                                               5},
                                              {"\x00\x01", 2},
                                              {"\x05\x01", 2},
                                              {"\x02\x00", 2},
                                              {"\x0B", 1}};

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        const struct mote_properties properties = {.encoded = blocks[i]};
        struct mote_properties_place place = {0, 0};
        struct mote_property property;
        CHECK(!mote_properties_next(&properties, &place, &property));
    }
}

/* Of an application's item only those fields count that its kind has. */
static void other_fields_of_items_do_not_count(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_CONTENT_TYPE, .text = {"a", 1}, .value = {"\xFF", 1}, .number = 77},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 5, .text = {"\xFF", 1}},
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1, .text = {"\xFF", 1}},
    };
    const struct mote_properties properties = {.items = items, .count = 3};
    struct mote_fault fault;

    CHECK(mote_codec_check_properties(&properties, MOTE_PUBLISH, &fault));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a body ends where the header says", body_ends_where_the_header_says},
        {"payloads may begin with 0", payloads_may_begin_with_0},
        {"the prefix alone is not shared", prefix_alone_is_not_shared},
        {"filters that end too soon", filters_that_end_too_soon},
        {"no session present in 3.1", no_session_present_in_3_1},
        {"walks over wrong properties", walks_over_wrong_properties},
        {"other fields of items do not count", other_fields_of_items_do_not_count},
    };

    return check_main("table/codec_edges", cases, sizeof cases / sizeof cases[0], argc, argv);
}
