/* What wpa_supplicant and the kernel may send, read from memory of exactly its size, so that a byte too far is found. */
#include "wpa_rig.h"

#include "port/linux/radio/addresses.h"
#include "port/linux/radio/wpa_blocks.h"
#include "port/linux/radio/wpa_event.h"
#include "port/linux/radio/wpa_text.h"

/* In memory of its own, to be freed. */
static struct mote_text exactly(const void *bytes, size_t size)
{
    char *copy = malloc(size + (size == 0));

    CHECK(copy != NULL);
    memcpy(copy, bytes, size);
    return (struct mote_text){copy, size};
}

static void let_go(struct mote_text text)
{
    free((void *)(uintptr_t)text.data);
}

static bool ssid_of(const char *escaped, char ssid[33])
{
    struct mote_text text = exactly(escaped, strlen(escaped));
    bool is_one = mote_wpa_ssid(text, ssid);

    let_go(text);
    return is_one;
}

static void ssids_are_unescaped(void)
{
    static const char *const wrong[] = {"",      "\\",  "\\x",    "\\x4",
                                        "\\xzz", "\\q", "a\\x00", "123456789012345678901234567890123"};
    char ssid[33];

    CHECK(ssid_of("Caf\\xc3\\xa9 \\\"1\\\"", ssid));
    CHECK_TEXT(mote_text(ssid), "Caf\xc3\xa9 \"1\"");
    CHECK(ssid_of("\\e\\n\\r\\t\\\\\\xFF", ssid));
    CHECK_TEXT(mote_text(ssid), "\033\n\r\t\\\xff");
    CHECK(ssid_of("12345678901234567890123456789012", ssid));
    CHECK(ssid_of("\xff\xfe", ssid)); /* not escaped, though it should be */
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(!ssid_of(wrong[i], ssid));
        CHECK_TEXT(mote_text(ssid), "");
    }
}

static void numbers_and_addresses_are_checked(void)
{
    static const char *const wrong[] = {"", "-", "--1", "1x", " 1", "+1", "99999999999999999999", "-101", "101", "0x1"};
    uint8_t mac[6] = {1, 2, 3, 4, 5, 6};
    int number = 7;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!mote_wpa_number(mote_text(wrong[i]), -100, 100, &number));
    CHECK_EQUAL(number, 7);
    CHECK(mote_wpa_number(MOTE_TEXT("-100"), -100, 100, &number));
    CHECK_EQUAL(number, -100);
    CHECK(!mote_wpa_mac(MOTE_TEXT("02:00:00:00:00:0"), mac));
    CHECK(!mote_wpa_mac(MOTE_TEXT("02:00:00:00:00-07"), mac));
    CHECK(!mote_wpa_mac(MOTE_TEXT("0g:00:00:00:00:07"), mac));
    CHECK_BYTES(mac, 6, "01 02 03 04 05 06");
    CHECK(mote_wpa_mac(MOTE_TEXT("0A:b0:00:00:00:07"), mac));
    CHECK_BYTES(mac, 6, "0a b0 00 00 00 07");
}

static void channels_and_frequencies_agree(void)
{
    unsigned count = 0;

    for (int channel = 0; channel < 256; channel++) {
        int frequency_mhz = mote_wpa_frequency((uint8_t)channel);
        if (frequency_mhz == 0)
            continue;
        CHECK_EQUAL(mote_wpa_channel(frequency_mhz), channel);
        count++;
    }
    CHECK_EQUAL(count, 14 + 146);
    CHECK_EQUAL(mote_wpa_channel(2437), 6);
    CHECK_EQUAL(mote_wpa_channel(5955), 0);
    CHECK_EQUAL(mote_wpa_channel(-5), 0);
}

static void values_are_found(void)
{
    struct mote_text value;

    CHECK(mote_wpa_value(MOTE_TEXT("bssid=1\nssid=a=b\nid=\n"), '\n', "ssid", &value));
    CHECK_TEXT(value, "a=b");
    CHECK(mote_wpa_value(MOTE_TEXT("ssid=x\nid="), '\n', "id", &value));
    CHECK_TEXT(value, "");
    CHECK(!mote_wpa_value(MOTE_TEXT("bssid=1\nidx=3\nid"), '\n', "id", &value));
}

/* Each beginning of an event is survived, and none but the whole tells more than it says. */
static void events_may_be_cut_anywhere(void)
{
    static const char *const lines[] = {
        "<3>CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=WRONG_KEY",
        "<3>CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=2 status_code=1",
        "<3>CTRL-EVENT-SIGNAL-CHANGE above=0 signal=-77 noise=-95 txrate=1000",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (size_t size = 0; size <= strlen(lines[i]); size++) {
            struct mote_text text = exactly(lines[i], size);
            struct mote_wpa_event event = mote_wpa_event_read(text);
            bool whole = size == strlen(lines[i]);

            CHECK_EQUAL(event.type == MOTE_WPA_WRONG_KEY, i == 0 && whole);
            CHECK_EQUAL(event.type == MOTE_WPA_KEY_REJECTED, i == 1 && whole);
            let_go(text);
        }
    }
    CHECK_EQUAL(mote_wpa_event_read(MOTE_TEXT("<3>CTRL-EVENT-SIGNAL-CHANGE above=0 signal=-77 noise=9")).signal_dbm,
                -77);
    CHECK_EQUAL(mote_wpa_event_read(MOTE_TEXT("<3>CTRL-EVENT-SCAN-FAILED ret=-22")).type, MOTE_WPA_SCAN_DONE);
    CHECK_EQUAL(mote_wpa_event_read(MOTE_TEXT("CTRL-EVENT-NETWORK-NOT-FOUND ")).type, MOTE_WPA_OTHER);
}

/* --- Netlink --- */

enum { SEQUENCE = 5 };

static unsigned read_netlink(const uint8_t *bytes, size_t size, struct mote_netlink_facts *facts)
{
    struct mote_text copy = exactly(bytes, size);
    unsigned news = mote_netlink_read(copy.data, copy.length, "wlan7", SEQUENCE, WPA_INDEX, facts);

    let_go(copy);
    return news;
}

/* All three answers in one datagram. */
static size_t write_answers(uint8_t *bytes)
{
    const int32_t none = 0;
    size_t size = wpa_link(bytes, RTM_NEWLINK, SEQUENCE, "wlan70");

    size += wpa_link(bytes + size, RTM_NEWLINK, SEQUENCE, "wlan7");
    size += wpa_address(bytes + size, RTM_NEWADDR, SEQUENCE, inet_addr("169.254.1.1"));
    size += wpa_address(bytes + size, RTM_NEWADDR, SEQUENCE, inet_addr("10.1.2.3"));
    size += wpa_address(bytes + size, RTM_NEWADDR, SEQUENCE, inet_addr("10.1.2.4"));
    size += wpa_route(bytes + size, RTM_NEWROUTE, SEQUENCE, inet_addr("10.1.2.1"));
    size += wpa_message(bytes + size, NLMSG_DONE, SEQUENCE, &none, sizeof none, NULL, 0, NULL, 0, NULL);
    return size;
}

static void the_answers_of_the_kernel_are_read(void)
{
    struct mote_netlink_facts facts = {.index = 0};
    uint8_t bytes[1024];

    CHECK_EQUAL(read_netlink(bytes, write_answers(bytes), &facts), MOTE_NETLINK_DONE);
    CHECK_EQUAL(facts.index, WPA_INDEX);
    CHECK(facts.up);
    CHECK_EQUAL(facts.address, inet_addr("10.1.2.3"));
    CHECK_EQUAL(facts.prefix, 24);
    CHECK_EQUAL(facts.gateway, inet_addr("10.1.2.1"));
}

static void others_news_is_told_but_not_believed(void)
{
    struct mote_netlink_facts facts = {.index = 0};
    uint8_t bytes[256];

    CHECK_EQUAL(read_netlink(bytes, wpa_address(bytes, RTM_NEWADDR, 0, 1), &facts), MOTE_NETLINK_CHANGED);
    CHECK_EQUAL(read_netlink(bytes, wpa_route(bytes, RTM_DELROUTE, 9, 1), &facts), MOTE_NETLINK_CHANGED);
    CHECK_EQUAL(read_netlink(bytes, wpa_link(bytes, RTM_DELLINK, 9, "wlan7"), &facts), MOTE_NETLINK_CHANGED);
    CHECK_EQUAL(facts.index, 0);
    CHECK_EQUAL(facts.address, 0);
}

static void an_error_is_told(void)
{
    const struct nlmsgerr error = {.error = -16};
    struct mote_netlink_facts facts = {.index = 0};
    uint8_t bytes[128];
    size_t size = wpa_message(bytes, NLMSG_ERROR, SEQUENCE, &error, sizeof error, NULL, 0, NULL, 0, NULL);

    CHECK_EQUAL(read_netlink(bytes, size, &facts), MOTE_NETLINK_FAILED);
}

/* Lengths that are too short, too long, or end in the middle; then anything at all. */
static void impossible_lengths_are_refused(void)
{
    uint8_t bytes[1024], broken[1024];
    size_t size = write_answers(bytes);
    uint32_t random = 4;

    for (size_t cut = 0; cut < size; cut++) {
        struct mote_netlink_facts facts = {.index = 0};
        CHECK(!(read_netlink(bytes, cut, &facts) & MOTE_NETLINK_DONE));
    }
    for (size_t at = 0; at < size; at++) {
        static const uint8_t values[] = {0, 1, 3, 4, 15, 0x7f, 0xff};
        for (size_t i = 0; i < sizeof values; i++) {
            struct mote_netlink_facts facts = {.index = 0};
            memcpy(broken, bytes, size);
            broken[at] = values[i];
            read_netlink(broken, size, &facts);
            CHECK(facts.prefix <= 32);
        }
    }
    for (int round = 0; round < 20000; round++) {
        struct mote_netlink_facts facts = {.index = 0};
        memcpy(broken, bytes, size);
        for (int i = 0; i < 4; i++) {
            random = random * 1664525 + 1013904223;
            broken[(random >> 8) % size] = (uint8_t)(random >> 24);
        }
        read_netlink(broken, size, &facts);
    }
}

static const char *name_server(const char *content)
{
    static char address[16];
    char path[] = "/tmp/mote-resolv-XXXXXX";
    int fd = mkstemp(path);

    CHECK(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    close(fd);
    mote_addresses_name_server(path, address);
    unlink(path);
    return address;
}

static void notes_are_read_as_written(void)
{
    static const char *const others[] = {"",    "\"", "\"\"", "\"mote 1", "mote 1", "\"ap mote 1\"", "\"motel 1\"",
                                         "FAIL"};
    struct mote_wpa_blocks blocks = {.count = 0}, again = {.count = 0};
    char note[96];

    for (int i = 0; i < 2 * MOTE_WPA_BLOCKS_MAX; i++)
        mote_wpa_blocks_add(&blocks, 1000 + i / 2);
    CHECK_EQUAL(blocks.count, MOTE_WPA_BLOCKS_MAX);
    mote_wpa_write_note(note, sizeof note, "mote", &blocks);
    CHECK(mote_wpa_read_note(mote_text(note), "mote", &again));
    CHECK(again.count > 10 && again.count < MOTE_WPA_BLOCKS_MAX); /* what there is room for, and no half of a number */
    for (unsigned i = 0; i < again.count; i++)
        CHECK_EQUAL(again.numbers[i], 1000 + (int)i);
    mote_wpa_blocks_remove(&again, 1001);
    CHECK_EQUAL(again.numbers[1], 1002);
    again.count = 0;
    CHECK(mote_wpa_read_note(MOTE_TEXT("\"mote\""), "mote", &again));
    CHECK(mote_wpa_read_note(MOTE_TEXT("\"mote 7 x -3 99999 8\""), "mote", &again));
    CHECK(again.count == 2 && again.numbers[0] == 7 && again.numbers[1] == 8);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(!mote_wpa_read_note(mote_text(others[i]), "mote", &again));
    CHECK_EQUAL(again.count, 2);
}

static void the_name_server_is_found(void)
{
    CHECK_TEXT(mote_text(name_server("# nameserver 1.1.1.1\nsearch lan\nnameserver 192.168.7.1\n")), "192.168.7.1");
    CHECK_TEXT(mote_text(name_server("nameserver fe80::1%wlan0\nnameserver 300.1.1.1\nnameserver 9.9.9.9")), "9.9.9.9");
    CHECK_TEXT(mote_text(name_server("")), "");
    CHECK_TEXT(mote_text(name_server("nameserver\nnameserver ")), "");
    CHECK_TEXT(mote_text(name_server("nameserver 1111111111111111111111111111111111111")), "");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"ssids", ssids_are_unescaped},
        {"numbers", numbers_and_addresses_are_checked},
        {"channels", channels_and_frequencies_agree},
        {"values", values_are_found},
        {"cut-events", events_may_be_cut_anywhere},
        {"kernel", the_answers_of_the_kernel_are_read},
        {"kernel-news", others_news_is_told_but_not_believed},
        {"kernel-error", an_error_is_told},
        {"kernel-hostile", impossible_lengths_are_refused},
        {"notes", notes_are_read_as_written},
        {"name-server", the_name_server_is_found},
    };

    return check_main("unit/radio-text", cases, sizeof cases / sizeof cases[0], argc, argv);
}
