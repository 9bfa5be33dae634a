/* The settings: whatever is saved is loaded again, and nothing else is, whatever the board gives back. */
#include <mote/settings.h>

#include "check.h"
#include "setup/settings_record.h"

#include <mote/port.h>
#include <string.h>

/* A board that keeps bytes and does what it is told. */
static struct {
    struct mote_port port;
    uint8_t record[2 * MOTE_SETTINGS_SIZE];
    size_t size;
    enum mote_reason reason;
    char id[80];
    const char *aside; /* why they were set aside */
    uint32_t random;
} board;

static void choose(void *context, const char *id)
{
    CHECK(context == &board);
    mote_text_copy(mote_text(id), board.id, sizeof board.id);
}

static enum mote_reason load(void *context, void *into, size_t size, size_t *found)
{
    CHECK(context == &board);
    memcpy(into, board.record, board.size < size ? board.size : size);
    *found = board.size;
    return board.reason;
}

static enum mote_reason save(void *context, const void *bytes, size_t size)
{
    CHECK(context == &board && size <= MOTE_SETTINGS_SIZE);
    if (board.reason != MOTE_OK)
        return board.reason;
    memcpy(board.record, bytes, size);
    board.size = size;
    return MOTE_OK;
}

static void set_aside(void *context, const char *why)
{
    CHECK(context == &board);
    board.aside = why;
    board.size = 0;
}

static uint32_t next_random(void *context)
{
    CHECK(context == &board);
    board.random = board.random * 1664525u + 1013904223u;
    return board.random >> 8;
}

static void begin(void)
{
    static const struct mote_settings_port settings = {choose, load, save, set_aside};

    memset(&board, 0, sizeof board);
    board.port.context = &board;
    board.port.settings = &settings;
    board.port.random = next_random;
    mote_port_install(&board.port);
}

/* All that settings can hold, with every string at its longest. */
static void fill(struct mote_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    settings->network_count = MOTE_NETWORKS_MAX;
    for (unsigned i = 0; i < MOTE_NETWORKS_MAX; i++) {
        struct mote_known_network *known = &settings->networks[i];

        memset(known->ssid, 0x80 + (int)i, 32);
        memset(known->password, 'a', 64);
        memset(known->bssid, 0xF0 + (int)i, sizeof known->bssid);
        known->hidden = i % 2 == 0;
        known->priority = (uint8_t)(255 - i);
    }
    memset(settings->broker, 'b', sizeof settings->broker - 1);
    memset(settings->name, 'n', sizeof settings->name - 1);
    memset(settings->setup_key, 'k', sizeof settings->setup_key - 1);
}

static void fill_a_little(struct mote_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    settings->network_count = 2;
    memcpy(settings->networks[0].ssid, "Home", 5);
    memcpy(settings->networks[0].password, "12345678", 9);
    memcpy(settings->networks[1].ssid, "Cafe", 5);
    memcpy(settings->broker, "mqtt://b", 9);
}

static void what_is_saved_is_loaded(void)
{
    static struct mote_settings saved, loaded;

    begin();
    mote_settings_open("lamp");
    CHECK_TEXT(mote_text(board.id), "lamp");
    CHECK_EQUAL(mote_settings_load(&loaded), MOTE_OK);
    CHECK_EQUAL(loaded.network_count, 0);
    fill(&saved);
    CHECK_EQUAL(mote_settings_save(&saved), MOTE_OK);
    CHECK_EQUAL(board.size, MOTE_SETTINGS_SIZE - 1); /* the broker's field counts its NUL */
    memset(&loaded, 0xAA, sizeof loaded);
    CHECK_EQUAL(mote_settings_load(&loaded), MOTE_OK);
    CHECK(memcmp(&saved, &loaded, sizeof saved) == 0);
    CHECK(board.aside == NULL);
}

/* docs/PROTOCOL.md, bit by bit; the sum is zlib's. */
static void the_format_is_the_documented_one(void)
{
    static struct mote_settings settings;
    uint8_t record[MOTE_SETTINGS_SIZE];
    size_t size;

    memset(&settings, 0, sizeof settings);
    size = mote_settings_encode(&settings, record);
    CHECK_BYTES(record, size, "4D 53 45 54 01 00 00 00 07 00 00 00 00 00 00 00 C9 22 F0 B0");
    settings.network_count = 1;
    settings.networks[0] = (struct mote_known_network){
        .ssid = "Home", .password = "12345678", .bssid = {2, 0, 0, 0, 0, 9}, .hidden = true, .priority = 7};
    memcpy(settings.name, "lamp", 5);
    size = mote_settings_encode(&settings, record);
    CHECK_BYTES(record, size,
                "4D 53 45 54 01 00 00 00 23 01 00 04 48 6F 6D 65 00 08 31 32 33 34 35 36 37 38 02 00 00 00 00 09 01 07 "
                "00 00 00 04 6C 61 6D 70 00 00 87 DF 0D 7D");
}

static void nothing_is_kept_without_a_place(void)
{
    static struct mote_settings settings;

    begin();
    board.port.settings = NULL;
    mote_settings_open("lamp");
    fill(&settings);
    CHECK_EQUAL(mote_settings_save(&settings), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_OK);
    CHECK_EQUAL(settings.network_count, 0);
}

static void the_boards_reason_is_told(void)
{
    static struct mote_settings settings;

    begin();
    fill_a_little(&settings);
    board.reason = MOTE_MQTT_QUOTA;
    CHECK_EQUAL(mote_settings_save(&settings), MOTE_MQTT_QUOTA);
    board.reason = MOTE_CONFIG_INVALID;
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(settings.network_count, 0);
    CHECK(board.aside == NULL);
}

static void what_cannot_be_is_not_saved(void)
{
    static struct mote_settings settings;

    begin();
    fill_a_little(&settings);
    settings.network_count = MOTE_NETWORKS_MAX + 1;
    CHECK_EQUAL(mote_settings_save(&settings), MOTE_CONFIG_INVALID);
    fill_a_little(&settings);
    memcpy(settings.networks[1].password, "short", 6);
    CHECK_EQUAL(mote_settings_save(&settings), MOTE_CONFIG_INVALID);
    fill_a_little(&settings);
    settings.networks[1].ssid[0] = '\0';
    CHECK_EQUAL(mote_settings_save(&settings), MOTE_CONFIG_INVALID);
    fill_a_little(&settings);
    memset(settings.name, 'n', sizeof settings.name); /* without its end */
    CHECK_EQUAL(mote_settings_save(&settings), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(board.size, 0);
}

/* --- Damage --- */

/* The board gives these bytes back: they are not loaded, and are set aside. */
static void refuses_record(const uint8_t *bytes, size_t size)
{
    static struct mote_settings settings, zeros;

    memcpy(board.record, bytes, size);
    board.size = size;
    board.aside = NULL;
    memset(&settings, 0xAA, sizeof settings);
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
    CHECK(board.aside != NULL);
    CHECK(memcmp(&settings, &zeros, sizeof settings) == 0);
}

static void every_flipped_bit_is_noticed(void)
{
    static struct mote_settings settings;
    uint8_t record[MOTE_SETTINGS_SIZE];
    size_t size;

    begin();
    fill_a_little(&settings);
    size = mote_settings_encode(&settings, record);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refuses_record(record, size);
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void every_cut_is_noticed(void)
{
    static struct mote_settings settings;
    uint8_t record[MOTE_SETTINGS_SIZE + 1] = {0};
    size_t size;

    begin();
    fill(&settings);
    size = mote_settings_encode(&settings, record);
    for (size_t cut = 1; cut < size; cut++)
        refuses_record(record, cut);
    refuses_record(record, size + 1);
    refuses_record(record, MOTE_SETTINGS_SIZE + 1);
}

/* Puts the right length and sum to a body, as somebody does who means ill, or a later version. */
static size_t seal(uint8_t *record, uint8_t version, const uint8_t *body, size_t size)
{
    uint32_t sum = UINT32_MAX;

    memcpy(record, "MSET", 4);
    record[4] = version;
    record[5] = record[6] = 0;
    record[7] = (uint8_t)(size >> 8);
    record[8] = (uint8_t)size;
    memmove(record + 9, body, size);
    for (size_t i = 0; i < 9 + size; i++) { /* the sum as it is defined, a bit at a time */
        sum ^= record[i];
        for (unsigned bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
    }
    for (unsigned i = 0; i < 4; i++)
        record[9 + size + i] = (uint8_t)(~sum >> (24 - 8 * i));
    return 9 + size + 4;
}

static void other_versions_are_set_aside(void)
{
    static struct mote_settings settings;
    uint8_t record[MOTE_SETTINGS_SIZE], other[MOTE_SETTINGS_SIZE];
    size_t size;

    begin();
    fill_a_little(&settings);
    size = mote_settings_encode(&settings, record);
    CHECK_EQUAL(seal(other, 1, record + 9, size - 13), size);
    CHECK(memcmp(other, record, size) == 0);
    for (unsigned version = 0; version < 256; version++) {
        if (version == 1)
            continue;
        refuses_record(other, seal(other, (uint8_t)version, record + 9, size - 13));
        CHECK_TEXT(mote_text(board.aside), "they are of another version");
    }
}

/* The sum is right, but what it is of cannot be. */
static void a_right_sum_is_not_enough(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bodies[] = {
        {"", 0},
        {"\0\0\0\0\0\0", 6},                                  /* a string is missing */
        {"\0\0\0\0\0\0\0\0", 8},                              /* a byte too many */
        {"\1\0\1H\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 20},      /* a flag that is none */
        {"\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 19},       /* a network without a name */
        {"\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20},     /* a name of one NUL */
        {"\1\0\1H\0\5short\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 25}, /* a key too short */
        {"\0\0\0\0\3a\0b\0\0", 10},                           /* a NUL inside */
        {"\0\xFF\xFF\0\0\0\0", 7},                            /* longer than all */
        {"\0\0\0\0\x41nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\0\0", 72}, /* one too long */
        {"\xFF\0\0\0\0\0\0", 7},                                                                   /* 255 networks */
    };
    uint8_t record[MOTE_SETTINGS_SIZE];

    begin();
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        refuses_record(record, seal(record, 1, (const uint8_t *)bodies[i].bytes, bodies[i].size));
}

/* A record with some bytes changed and its sum put right: if it can be read, it is written as the same bytes again. */
static void random_records(void)
{
    static struct mote_settings settings, little;
    uint8_t original[MOTE_SETTINGS_SIZE], record[MOTE_SETTINGS_SIZE], again[MOTE_SETTINGS_SIZE];
    unsigned taken = 0, refused = 0;

    begin();
    board.random = 1;
    fill_a_little(&little);
    size_t size = mote_settings_encode(&little, original);
    for (unsigned round = 0; round < 100000; round++) {
        memcpy(record, original, size);
        for (unsigned changes = 1 + (next_random(&board) & 3); changes > 0; changes--)
            record[9 + next_random(&board) % (size - 13)] = (uint8_t)(next_random(&board) >> (next_random(&board) & 7));
        seal(record, 1, record + 9, size - 13);
        bool fine = mote_settings_decode((struct mote_text){(const char *)record, size}, &settings) == NULL;
        taken += fine;
        refused += !fine;
        if (fine)
            CHECK(mote_settings_encode(&settings, again) == size && memcmp(record, again, size) == 0);
    }
    CHECK(taken > 100 && refused > 100);
}

/* --- The key, and the list --- */

static void a_key_is_made_once(void)
{
    static struct mote_settings settings, other;

    begin();
    memset(&settings, 0, sizeof settings);
    memset(&other, 0, sizeof other);
    mote_settings_make_key(&settings);
    CHECK_EQUAL(strlen(settings.setup_key), 12);
    CHECK_EQUAL(strcspn(settings.setup_key, "ilo01ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 12);
    memcpy(&other, &settings, sizeof other);
    mote_settings_make_key(&settings);
    CHECK(memcmp(&other, &settings, sizeof other) == 0);
    memset(&other, 0, sizeof other);
    mote_settings_make_key(&other);
    CHECK(strcmp(other.setup_key, settings.setup_key) != 0);
}

static void networks_are_added_in_front_and_forgotten(void)
{
    static struct mote_settings settings;
    struct mote_network networks[MOTE_NETWORKS_MAX];
    static const struct mote_network none[MOTE_NETWORKS_MAX];
    const struct mote_network cafe = {.ssid = "Cafe", .password = "new key of it", .priority = 3, .bssid = {1}};

    fill_a_little(&settings);
    CHECK_EQUAL(mote_settings_add(&settings, &cafe), MOTE_OK);
    mote_settings_networks(&settings, none, networks);
    CHECK_TEXT(mote_text(networks[0].ssid), "Cafe");
    CHECK_TEXT(mote_text(networks[0].password), "new key of it");
    CHECK_EQUAL(networks[0].priority, 3 + 2);
    CHECK_EQUAL(networks[0].bssid[0], 1);
    CHECK_TEXT(mote_text(networks[1].ssid), "Home");
    CHECK(networks[2].ssid == NULL);
    CHECK_EQUAL(mote_settings_add(&settings, &(struct mote_network){.ssid = "x", .password = "short"}),
                MOTE_CONFIG_INVALID);
    CHECK_EQUAL(settings.network_count, 2);
    CHECK(mote_settings_forget(&settings, "Cafe"));
    CHECK(!mote_settings_forget(&settings, "Cafe"));
    CHECK_TEXT(mote_text(settings.networks[0].ssid), "Home");
    CHECK_EQUAL(settings.network_count, 1);
    CHECK_EQUAL(settings.networks[1].password[0], '\0');
}

/* What was learnt comes before what the program says, whatever priorities that has. */
static void the_programs_networks_come_behind(void)
{
    static struct mote_settings settings;
    const struct mote_network program[MOTE_NETWORKS_MAX] = {{.ssid = "Office", .priority = 7},
                                                            {.ssid = "Home", .password = "the program's key"},
                                                            {.ssid = "Shed", .priority = UINT8_MAX}};
    struct mote_network networks[MOTE_NETWORKS_MAX];
    char dropped[33] = "";

    CHECK_EQUAL(mote_settings_learn(&settings, program, &(struct mote_network){.ssid = "Cafe"}, dropped), MOTE_OK);
    CHECK_EQUAL(mote_settings_learn(&settings, program,
                                    &(struct mote_network){.ssid = "Home", .password = "learnt key"}, dropped),
                MOTE_OK);
    mote_settings_networks(&settings, program, networks);
    CHECK_TEXT(mote_text(networks[0].ssid), "Home");
    CHECK_TEXT(mote_text(networks[0].password), "learnt key");
    CHECK_TEXT(mote_text(networks[1].ssid), "Cafe");
    CHECK_TEXT(mote_text(networks[2].ssid), "Office");
    CHECK_TEXT(mote_text(networks[3].ssid), "Shed");
    CHECK(networks[4].ssid == NULL);
    CHECK_EQUAL(networks[0].priority, UINT8_MAX);
    CHECK_EQUAL(networks[2].priority, 7);
    CHECK_TEXT(mote_text(dropped), "");
}

static void the_oldest_makes_room(void)
{
    static struct mote_settings settings;
    struct mote_network program[MOTE_NETWORKS_MAX] = {{.ssid = "Office"}};
    char name[] = "network A", dropped[33] = "";

    for (unsigned i = 0; i < MOTE_NETWORKS_MAX; i++) {
        name[8] = (char)('A' + i);
        CHECK_EQUAL(mote_settings_learn(&settings, program, &(struct mote_network){.ssid = name}, dropped), MOTE_OK);
    }
    CHECK_EQUAL(settings.network_count, MOTE_NETWORKS_MAX - 1); /* the program's own has its place */
    CHECK_TEXT(mote_text(dropped), "network A");
    CHECK_EQUAL(mote_settings_learn(&settings, program, &(struct mote_network){.ssid = ""}, dropped),
                MOTE_CONFIG_INVALID);
    CHECK_EQUAL(settings.network_count, MOTE_NETWORKS_MAX - 1);
    for (unsigned i = 0; i < MOTE_NETWORKS_MAX; i++)
        program[i].ssid = "Office";
    CHECK_EQUAL(mote_settings_learn(&settings, program, &(struct mote_network){.ssid = "last"}, dropped), MOTE_OK);
    CHECK_EQUAL(settings.network_count, 1);
    CHECK_TEXT(mote_text(settings.networks[0].ssid), "last");
}

static void a_full_list_takes_no_more(void)
{
    static struct mote_settings settings;
    char name[] = "network A";

    memset(&settings, 0, sizeof settings);
    for (unsigned i = 0; i < MOTE_NETWORKS_MAX; i++, name[8]++)
        CHECK_EQUAL(mote_settings_add(&settings, &(struct mote_network){.ssid = name}), MOTE_OK);
    CHECK_EQUAL(mote_settings_add(&settings, &(struct mote_network){.ssid = name}), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_settings_add(&settings, &(struct mote_network){.ssid = "network A"}), MOTE_OK);
    CHECK_EQUAL(settings.network_count, MOTE_NETWORKS_MAX);
    CHECK_TEXT(mote_text(settings.networks[0].ssid), "network A");
    mote_settings_wipe(&settings);
    CHECK_EQUAL(settings.network_count, 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"what-is-saved-is-loaded", what_is_saved_is_loaded},
        {"the-format-is-the-documented-one", the_format_is_the_documented_one},
        {"nothing-is-kept-without-a-place", nothing_is_kept_without_a_place},
        {"the-boards-reason-is-told", the_boards_reason_is_told},
        {"what-cannot-be-is-not-saved", what_cannot_be_is_not_saved},
        {"every-flipped-bit-is-noticed", every_flipped_bit_is_noticed},
        {"every-cut-is-noticed", every_cut_is_noticed},
        {"other-versions-are-set-aside", other_versions_are_set_aside},
        {"a-right-sum-is-not-enough", a_right_sum_is_not_enough},
        {"random-records", random_records},
        {"a-key-is-made-once", a_key_is_made_once},
        {"networks-are-added-in-front-and-forgotten", networks_are_added_in_front_and_forgotten},
        {"program-behind", the_programs_networks_come_behind},
        {"oldest-makes-room", the_oldest_makes_room},
        {"a-full-list-takes-no-more", a_full_list_takes_no_more},
    };

    return check_main("unit/settings", cases, sizeof cases / sizeof cases[0], argc, argv);
}
