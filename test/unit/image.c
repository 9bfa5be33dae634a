/* Settings images: what is written is read again, and nothing else is taken for one. */
#include <mote/image.h>

#include "check.h"
#include "setup/record.h"

#include <mote/port.h>
#include <string.h>

enum { ROOM = MOTE_IMAGE_SIZE + 64 };

static const struct mote_wifi_addresses fixed = {"192.168.1.7", "255.255.255.0", "192.168.1.1", "192.168.1.1"};

/* All that an image can say. */
static void fill(struct mote_image *image)
{
    *image = (struct mote_image){
        .id = "kitchen",
        .brokers = {"mqtts://user:secret@broker.home", "mqtt://10.0.0.1"},
        .broker_count = 2,
        .networks =
            {{.ssid = "Home", .password = "12345678", .priority = 7, .attempts = 3, .bssid = {2, 0, 0, 0, 0, 9}},
             {.ssid = "Shed", .hidden = true, .fixed = &fixed}},
        .network_count = 2,
        .authorities = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
        .session = {120, MOTE_MQTT_5, true, 3600, 300000, 500, 60000, 10000},
        .switches = {{"lamp", NULL, 2, MOTE_LOW, MOTE_BOOT_KEEP, false, 0},
                     {"fan", "home/fan", 4, MOTE_HIGH, 0, true, 1800000}},
        .switch_count = 2,
        .buttons = {{"button", 0, MOTE_LOW, MOTE_PULL_UP, 1, 2}, {"door", 5, MOTE_HIGH, MOTE_PULL_NONE, 0, 0}},
        .button_count = 2,
    };
}

static void check_networks(const struct mote_image *image)
{
    const struct mote_network *home = &image->networks[0], *shed = &image->networks[1];

    CHECK_EQUAL(image->network_count, 2);
    CHECK_TEXT(mote_text(home->ssid), "Home");
    CHECK_TEXT(mote_text(home->password), "12345678");
    CHECK(home->priority == 7 && home->attempts == 3 && home->bssid[5] == 9 && !home->hidden && home->fixed == NULL);
    CHECK_TEXT(mote_text(shed->ssid), "Shed");
    CHECK(shed->password == NULL && shed->hidden);
    CHECK(memcmp(shed->fixed, &fixed, sizeof fixed) == 0);
}

static void check_things(const struct mote_image *image)
{
    const struct mote_image_switch *lamp = &image->switches[0], *fan = &image->switches[1];
    const struct mote_image_button *button = &image->buttons[0], *door = &image->buttons[1];

    CHECK(image->switch_count == 2 && image->button_count == 2);
    CHECK_TEXT(mote_text(lamp->name), "lamp");
    CHECK(lamp->command_topic == NULL && lamp->pin == 2 && lamp->active == MOTE_LOW && lamp->boot == MOTE_BOOT_KEEP);
    CHECK(!lamp->obey_retained && lamp->on_time_ms_max == 0);
    CHECK_TEXT(mote_text(fan->command_topic), "home/fan");
    CHECK(fan->obey_retained && fan->on_time_ms_max == 1800000 && fan->active == MOTE_HIGH);
    CHECK_TEXT(mote_text(button->name), "button");
    CHECK(button->pin == 0 && button->active == MOTE_LOW && button->pull == MOTE_PULL_UP);
    CHECK(button->toggles == 1 && button->event_qos == 2);
    CHECK(door->toggles == 0 && door->event_qos == 0);
}

static void check_filled(const struct mote_image *image)
{
    const struct mote_image_session *session = &image->session;

    CHECK_TEXT(mote_text(image->id), "kitchen");
    CHECK_EQUAL(image->broker_count, 2);
    CHECK_TEXT(mote_text(image->brokers[0]), "mqtts://user:secret@broker.home");
    CHECK_TEXT(mote_text(image->brokers[1]), "mqtt://10.0.0.1");
    CHECK_TEXT(mote_text(image->authorities), "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
    CHECK(session->keep_alive_s == 120 && session->version == MOTE_MQTT_5 && session->keep_session);
    CHECK(session->session_expiry_s == 3600 && session->way_back_ms == 300000);
    CHECK(session->retry_delay_ms_min == 500 && session->retry_delay_ms_max == 60000);
    CHECK_EQUAL(session->retry_spread_ms, 10000);
    check_networks(image);
    check_things(image);
}

static void what_is_written_is_read(void)
{
    static struct mote_image written, read;
    static uint8_t bytes[ROOM];
    size_t size;

    fill(&written);
    memset(bytes, 0xFF, sizeof bytes); /* as flash behind it is */
    size = mote_image_write(&written, bytes, sizeof bytes);
    CHECK(size > 0 && size <= MOTE_IMAGE_SIZE);
    CHECK_EQUAL(mote_image_size(bytes), size);
    CHECK_EQUAL(mote_image_read(&read, bytes, sizeof bytes, NULL), MOTE_OK);
    check_filled(&read);
    memset(&read, 0xAA, sizeof read);
    CHECK_EQUAL(mote_image_read(&read, bytes, size, NULL), MOTE_OK);
    check_filled(&read);
}

/* docs/PROTOCOL.md, bit by bit; the sum is zlib's. */
static void the_format_is_the_documented_one(void)
{
    static struct mote_image image;
    uint8_t bytes[128];
    size_t size;

    image = (struct mote_image){.id = "lamp",
                                .networks = {{.ssid = "Home", .password = "12345678"}},
                                .network_count = 1,
                                .switches = {{.name = "lamp", .pin = 2, .active = MOTE_LOW}},
                                .switch_count = 1};
    size = mote_image_write(&image, bytes, sizeof bytes);
    CHECK_BYTES(bytes, size,
                "4D 49 4D 47 01 00 00 00 4F 01 00 05 6C 61 6D 70 00 02 00 18 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
                "00 00 00 00 00 00 00 00 00 00 05 00 17 00 00 00 00 00 00 00 00 00 48 6F 6D 65 00 31 32 33 34 35 36 37 "
                "38 00 06 00 0F 00 02 01 00 00 00 00 00 00 6C 61 6D 70 00 00 1D CD F2 5E");
}

static void erased_flash_is_no_image(void)
{
    static struct mote_image image;
    static uint8_t bytes[MOTE_IMAGE_SIZE];
    const char *words = NULL;

    memset(bytes, 0xFF, sizeof bytes);
    memset(&image, 0xAA, sizeof image);
    CHECK_EQUAL(mote_image_read(&image, bytes, sizeof bytes, &words), MOTE_OK);
    CHECK(image.id == NULL && image.network_count == 0 && words == NULL);
    CHECK_EQUAL(mote_image_size(bytes), MOTE_IMAGE_HEAD);
    CHECK_EQUAL(mote_image_read(&image, bytes, MOTE_IMAGE_HEAD, &words), MOTE_OK);
    CHECK_EQUAL(mote_image_read(&image, bytes, 0, &words), MOTE_OK);
}

/* --- Damage --- */

static void refuses(const uint8_t *bytes, size_t size)
{
    static struct mote_image image, zeros;
    const char *words = NULL;

    memset(&image, 0xAA, sizeof image);
    CHECK_EQUAL(mote_image_read(&image, bytes, size, &words), MOTE_CONFIG_INVALID);
    CHECK(words != NULL && words[0] != '\0');
    CHECK(memcmp(&image, &zeros, sizeof image) == 0);
}

static size_t write_filled(uint8_t *bytes, size_t room)
{
    static struct mote_image image;

    fill(&image);
    return mote_image_write(&image, bytes, room);
}

static void every_flipped_bit_is_noticed(void)
{
    static uint8_t bytes[ROOM];
    size_t size = write_filled(bytes, sizeof bytes);

    memset(bytes + size, 0xFF, sizeof bytes - size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refuses(bytes, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* As when the writing was cut short: behind the cut the flash is erased, or there is no more of it. */
static void every_cut_is_noticed(void)
{
    static uint8_t bytes[ROOM], torn[ROOM];
    size_t size = write_filled(bytes, sizeof bytes);

    for (size_t cut = 1; cut < size; cut++) {
        refuses(bytes, cut);
        memset(torn, 0xFF, sizeof torn);
        memcpy(torn, bytes, cut);
        refuses(torn, sizeof torn);
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void rubbish_is_refused(void)
{
    static uint8_t bytes[MOTE_IMAGE_SIZE];
    uint32_t state = 1;

    for (unsigned round = 0; round < 200; round++) {
        size_t size = 1 + next_random(&state) % sizeof bytes;
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)next_random(&state);
        bytes[0] &= 0x7F; /* not erased */
        refuses(bytes, size);
    }
    memset(bytes, 0, sizeof bytes);
    refuses(bytes, sizeof bytes);
}

/* --- What a right sum is not enough for --- */

static void refuses_body(const void *body, size_t size)
{
    uint8_t bytes[256];

    memcpy(bytes + MOTE_RECORD_HEAD, body, size);
    refuses(bytes, mote_record_close(bytes, "MIMG", 1, size));
}

#define ID "\1\0\2a\0"
#define SESSION "\2\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void fields_have_to_be_right(void)
{
#define BODY(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }
    static const struct {
        const char *bytes;
        size_t size;
    } bodies[] = {
        BODY(""),
        BODY(SESSION),                                                       /* no id */
        BODY("\1\0\2a"),                                                     /* ends too soon */
        BODY("\1\0\1a"),                                                     /* a string without its end */
        BODY("\1\0\3a\0\0"),                                                 /* a byte too many */
        BODY("\1\0\1\0"),                                                    /* an empty id */
        BODY("\1\0\4a/b\0"),                                                 /* one that is a topic of two levels */
        BODY(ID ID),                                                         /* twice */
        BODY(SESSION ID),                                                    /* not in their order */
        BODY(ID "\2\0\1\0"),                                                 /* a session cut short */
        BODY(ID "\2\0\x18\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), /* MQTT 2 */
        BODY(ID "\2\0\x18\0\0\4\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), /* a flag that is none */
        BODY(ID "\4\0\x0Aftp://a.b\0"),                                      /* no broker */
        BODY(ID "\5\0\x0B\0\0\0\0\0\0\0\0\0\0\0"),                           /* a network without a name */
        BODY(ID "\5\0\x11\0\0\0\0\0\0\0\0\0H\0short\0"),                     /* a key too short */
        BODY(ID "\5\0\x0C\4\0\0\0\0\0\0\0\0H\0\0"),                          /* a flag that is none */
        BODY(ID "\6\0\x0B\0\2\2\0\0\0\0\0\0a\0\0"),                          /* a level that is none */
        BODY(ID "\6\0\x0B\0\2\0\0\0\0\0\0\0\0\0"),                           /* a switch without a name */
        BODY(ID "\6\0\x0E\0\2\0\0\0\0\0\0\0a\0+/#\0"),                       /* a topic that is a filter */
        BODY(ID "\7\0\x08\0\2\0\0\1\0a\0"),                                  /* toggles a switch that is not there */
        BODY(ID "\7\0\x08\0\2\0\0\0\3a\0"),                                  /* QoS 3 */
        BODY(ID "\x08\0\0"),                                                 /* a field of a later Mote */
        BODY(ID "\0\0\0"),
    };

    static struct mote_image image;
    uint8_t bytes[64];

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        refuses_body(bodies[i].bytes, bodies[i].size);
    memcpy(bytes + MOTE_RECORD_HEAD, ID SESSION, sizeof ID SESSION - 1);
    CHECK_EQUAL(mote_image_read(&image, bytes, mote_record_close(bytes, "MIMG", 1, sizeof ID SESSION - 1), NULL),
                MOTE_OK);
}

static void another_version_is_refused(void)
{
    static uint8_t bytes[ROOM];
    static struct mote_image image;
    size_t size = write_filled(bytes, sizeof bytes);
    const char *words = "";

    mote_record_close(bytes, "MIMG", 2, size - MOTE_RECORD_HEAD - MOTE_RECORD_SUM);
    CHECK_EQUAL(mote_image_read(&image, bytes, size, &words), MOTE_CONFIG_INVALID);
    CHECK_TEXT(mote_text(words), "the settings image is of another version");
    mote_record_close(bytes, "MSET", 1, size - MOTE_RECORD_HEAD - MOTE_RECORD_SUM);
    CHECK_EQUAL(mote_image_read(&image, bytes, size, &words), MOTE_CONFIG_INVALID);
    CHECK_TEXT(mote_text(words), "this is no settings image");
}

static void what_cannot_be_is_not_written(void)
{
    static struct mote_image image;
    static uint8_t bytes[ROOM];
    static char long_text[MOTE_IMAGE_SIZE];
    size_t size = write_filled(bytes, sizeof bytes);

    for (size_t room = 0; room < size; room++)
        CHECK_EQUAL(write_filled(bytes, room), 0);
    fill(&image);
    image.id = NULL;
    CHECK_EQUAL(mote_image_write(&image, bytes, sizeof bytes), 0);
    fill(&image);
    image.networks[0].password = "short";
    CHECK_EQUAL(mote_image_write(&image, bytes, sizeof bytes), 0);
    fill(&image);
    image.network_count = MOTE_NETWORKS_MAX + 1;
    CHECK_EQUAL(mote_image_write(&image, bytes, sizeof bytes), 0);
    fill(&image);
    memset(long_text, 'a', sizeof long_text - 1);
    image.authorities = long_text;
    CHECK_EQUAL(mote_image_write(&image, bytes, sizeof bytes), 0);
}

/* --- What becomes of it --- */

static struct mote_image provided;

static void provide(void *context, struct mote_node_config *config)
{
    (void)context;
    mote_image_apply(&provided, config);
}

static uint64_t no_time(void *context)
{
    (void)context;
    return 0;
}

static uint32_t no_random(void *context)
{
    (void)context;
    return 4;
}

static void begin(struct mote_node *node)
{
    static const struct mote_link_port link;
    static struct mote_port port = {.now_ms = no_time, .random = no_random, .provide = provide, .link = &link};

    mote_port_install(&port);
    mote_node_init(
        node, &(struct mote_node_config){
                  .id = "program", .networks = {{.ssid = "Office"}}, .broker = "mqtt://program", .keep_alive_s = 30});
}

static void the_image_comes_before_the_program(void)
{
    static struct mote_node node;

    fill(&provided);
    begin(&node);
    CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_OK);
    CHECK_TEXT(mote_text(node.config.id), "kitchen");
    CHECK_TEXT(mote_text(node.config.broker), "mqtts://user:secret@broker.home");
    CHECK_TEXT(mote_text(node.config.fallbacks[0]), "mqtt://10.0.0.1");
    CHECK(node.config.fallbacks[1] == NULL);
    CHECK_TEXT(mote_text(node.config.networks[0].ssid), "Home");
    CHECK(node.config.networks[2].ssid == NULL);
    CHECK(node.config.keep_alive_s == 120 && node.config.keep_session && node.config.version == MOTE_MQTT_5);
}

static void without_an_image_the_program_counts(void)
{
    static struct mote_node node;

    memset(&provided, 0, sizeof provided);
    begin(&node);
    CHECK_TEXT(mote_text(node.config.id), "program");
    CHECK_TEXT(mote_text(node.config.broker), "mqtt://program");
    CHECK_EQUAL(node.config.keep_alive_s, 30);
}

static void what_it_leaves_out_stays_the_programs(void)
{
    static struct mote_node node;

    provided = (struct mote_image){.id = "bare"};
    begin(&node);
    CHECK_TEXT(mote_text(node.config.id), "bare");
    CHECK_TEXT(mote_text(node.config.broker), "mqtt://program");
    CHECK_TEXT(mote_text(node.config.networks[0].ssid), "Office");
    CHECK_EQUAL(node.config.keep_alive_s, 60); /* the session is the image's: its default */
}

static void its_things_are_added(void)
{
    static struct mote_node node;
    static struct mote_switch switches[MOTE_IMAGE_SWITCHES_MAX];
    static struct mote_button buttons[MOTE_IMAGE_BUTTONS_MAX];

    memset(&provided, 0, sizeof provided);
    begin(&node);
    fill(&provided);
    CHECK_EQUAL(mote_image_add_things(&provided, &node, switches, buttons), MOTE_PIN_ABSENT); /* this board has none */
    CHECK_TEXT(mote_text(switches[0].name), "lamp");
    CHECK(switches[0].pin.number == 2 && switches[0].pin.active == MOTE_LOW && switches[0].pin.boot == MOTE_BOOT_KEEP);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"what-is-written-is-read", what_is_written_is_read},
        {"the-format-is-the-documented-one", the_format_is_the_documented_one},
        {"erased-flash-is-no-image", erased_flash_is_no_image},
        {"every-flipped-bit-is-noticed", every_flipped_bit_is_noticed},
        {"every-cut-is-noticed", every_cut_is_noticed},
        {"rubbish-is-refused", rubbish_is_refused},
        {"fields-have-to-be-right", fields_have_to_be_right},
        {"another-version-is-refused", another_version_is_refused},
        {"what-cannot-be-is-not-written", what_cannot_be_is_not_written},
        {"the-image-comes-before-the-program", the_image_comes_before_the_program},
        {"without-an-image-the-program-counts", without_an_image_the_program_counts},
        {"what-it-leaves-out-stays-the-programs", what_it_leaves_out_stays_the_programs},
        {"its-things-are-added", its_things_are_added},
    };

    return check_main("unit/image", cases, sizeof cases / sizeof cases[0], argc, argv);
}
