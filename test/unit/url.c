/* URLs of brokers: taken apart, decoded, refused in words that have no secret in them. */
#include <mote/url.h>

#include "check.h"

#include <stdlib.h>
#include <string.h>

static struct mote_url url;
static char memory[200];
static const char *words;

static enum mote_reason parse(const char *text)
{
    words = "not set";
    return mote_url_parse(&url, mote_text(text), memory, sizeof memory, &words);
}

static void everything(void)
{
    CHECK_EQUAL(parse("mqtt://user:password@mqtt.server:1884/home/lamp"), MOTE_OK);
    CHECK(words == NULL);
    CHECK_TEXT(url.scheme, "mqtt");
    CHECK(url.has_username && url.has_password);
    CHECK_TEXT(url.username, "user");
    CHECK_TEXT(url.password, "password");
    CHECK_TEXT(url.host, "mqtt.server");
    CHECK_EQUAL(url.port, 1884);
    CHECK_TEXT(url.path, "home/lamp");
}

static void next_to_nothing(void)
{
    CHECK_EQUAL(parse("localhost"), MOTE_OK);
    CHECK_TEXT(url.scheme, "mqtt");
    CHECK(!url.has_username && !url.has_password);
    CHECK_EQUAL(url.username.length, 0);
    CHECK_EQUAL(url.password.length, 0);
    CHECK_TEXT(url.host, "localhost");
    CHECK_EQUAL(url.port, 1883);
    CHECK_EQUAL(url.path.length, 0);
}

static void the_port_follows_the_scheme(void)
{
    static const struct {
        const char *text;
        const char *scheme;
        uint16_t port;
    } urls[] = {
        {"mqtt://h", "mqtt", 1883}, {"mqtts://h", "mqtts", 8883},      {"ws://h", "ws", 80},
        {"wss://h", "wss", 443},    {"MqTTs://h", "mqtts", 8883},      {"wss://h:8084/mqtt", "wss", 8084},
        {"mqtt://h:1", "mqtt", 1},  {"mqtt://h:65535", "mqtt", 65535},
    };

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        CHECK_EQUAL(parse(urls[i].text), MOTE_OK);
        CHECK(mote_text_equals(url.scheme, urls[i].scheme));
        CHECK_EQUAL(url.port, urls[i].port);
    }
}

static void without_a_scheme(void)
{
    CHECK_EQUAL(parse("host:1234/a/b"), MOTE_OK);
    CHECK_TEXT(url.host, "host");
    CHECK_EQUAL(url.port, 1234);
    CHECK_TEXT(url.path, "a/b");
    CHECK_EQUAL(parse("user:secret@host"), MOTE_OK);
    CHECK_TEXT(url.username, "user");
    CHECK_TEXT(url.password, "secret");
    CHECK_TEXT(url.host, "host");
    CHECK_EQUAL(parse("192.168.1.7:1883"), MOTE_OK);
    CHECK_TEXT(url.host, "192.168.1.7");
}

static void users_and_passwords(void)
{
    CHECK_EQUAL(parse("mqtt://user@host"), MOTE_OK);
    CHECK(url.has_username && !url.has_password);
    CHECK_EQUAL(parse("mqtt://user:@host"), MOTE_OK);
    CHECK(url.has_password && url.password.length == 0);
    CHECK_EQUAL(parse("mqtt://:secret@host"), MOTE_OK);
    CHECK(url.has_username && url.username.length == 0);
    CHECK_TEXT(url.password, "secret");
    CHECK_EQUAL(parse("mqtt://@host"), MOTE_OK);
    CHECK(url.has_username && !url.has_password);
    CHECK_EQUAL(parse("mqtt://user:a:b@c@host:1"), MOTE_OK);
    CHECK_TEXT(url.password, "a:b@c");
    CHECK_TEXT(url.host, "host");
    CHECK_EQUAL(parse("mqtt://u%73er:p%2Fa%40%3a%25@host"), MOTE_OK);
    CHECK_TEXT(url.username, "user");
    CHECK_TEXT(url.password, "p/a@:%");
    CHECK_EQUAL(parse("mqtt://%09%30%39%7a%7A:%01@host"), MOTE_OK);
    CHECK_TEXT(url.username, "\t09zz");
    CHECK_TEXT(url.password, "\x01");
    CHECK_EQUAL(parse("mqtt://\xC3\xA9:%FF@host"), MOTE_OK);
    CHECK_TEXT(url.password, "\xFF");
}

static void addresses_in_brackets(void)
{
    CHECK_EQUAL(parse("mqtt://[::1]"), MOTE_OK);
    CHECK_TEXT(url.host, "::1");
    CHECK_EQUAL(url.port, 1883);
    CHECK_EQUAL(parse("mqtts://u:p@[2001:db8::7]:8884/x"), MOTE_OK);
    CHECK_TEXT(url.host, "2001:db8::7");
    CHECK_EQUAL(url.port, 8884);
    CHECK_TEXT(url.path, "x");
    CHECK_EQUAL(parse("[fe80::1%25eth0]:1"), MOTE_OK);
    CHECK_TEXT(url.host, "fe80::1%eth0");
}

/* A filter may be in it, whose `#` and `?` mean nothing else. */
static void paths(void)
{
    CHECK_EQUAL(parse("mqtt://host/"), MOTE_OK);
    CHECK_EQUAL(url.path.length, 0);
    CHECK_EQUAL(parse("mqtt://host/a/+/#"), MOTE_OK);
    CHECK_TEXT(url.path, "a/+/#");
    CHECK_EQUAL(parse("mqtt://host//a?b@c:d/"), MOTE_OK);
    CHECK_TEXT(url.path, "/a?b@c:d/");
    CHECK_TEXT(url.host, "host");
    CHECK_EQUAL(parse("mqtt://host/%E5%AE%B6%2f"), MOTE_OK);
    CHECK_TEXT(url.path, "\xE5\xAE\xB6/");
}

static void sockets_in_the_file_system(void)
{
    CHECK_EQUAL(parse("unix:///run/mosquitto/sock%20et"), MOTE_OK);
    CHECK_TEXT(url.scheme, "unix");
    CHECK_TEXT(url.path, "/run/mosquitto/sock et");
    CHECK_EQUAL(url.host.length, 0);
    CHECK_EQUAL(url.port, 0);
    CHECK(!url.has_username);
    CHECK_EQUAL(parse("UNIX://user:a@b@/s"), MOTE_OK);
    CHECK_TEXT(url.username, "user");
    CHECK_TEXT(url.password, "a@b");
    CHECK_TEXT(url.path, "/s");
}

static enum mote_reason parse_proxy(const char *text)
{
    words = "not set";
    return mote_url_parse_proxy(&url, mote_text(text), memory, sizeof memory, &words);
}

static void proxies(void)
{
    CHECK_EQUAL(parse_proxy("socks5h://proxy"), MOTE_OK);
    CHECK_TEXT(url.scheme, "socks5h");
    CHECK_TEXT(url.host, "proxy");
    CHECK_EQUAL(url.port, 1080);
    CHECK(!url.has_username);
    CHECK_EQUAL(parse_proxy("socks5h://u%3A:p@[::1]:9050/"), MOTE_OK);
    CHECK_TEXT(url.username, "u:");
    CHECK_TEXT(url.password, "p");
    CHECK_TEXT(url.host, "::1");
    CHECK_EQUAL(url.port, 9050);
}

/* Its user name and password are sent with a length of one byte. */
static void wrong_proxies(void)
{
    static const char *const texts[] = {"",
                                        "proxy",
                                        "proxy:1080",
                                        "socks5://proxy",
                                        "mqtt://proxy",
                                        "socks5h://",
                                        "socks5h://proxy/path",
                                        "socks5h://proxy:0"};
    static char large[1000], enough[1000];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_EQUAL(parse_proxy(texts[i]), MOTE_CONFIG_INVALID);
        CHECK(words != NULL && url.host.data == NULL);
    }
    memset(large, 'x', 400);
    memcpy(large, "socks5h://", 10);
    memcpy(large + 10 + 256, ":secret@h", 10);
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, &words), MOTE_CONFIG_INVALID);
    CHECK(strstr(words, "255") != NULL);
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, NULL), MOTE_CONFIG_INVALID);
    memcpy(large + 10 + 255, ":secret@h", 10);
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, &words), MOTE_OK);
    CHECK_EQUAL(url.username.length, 255);

    memset(large, 'x', 400); /* a host of 256 bytes */
    memcpy(large, "socks5h://", 10);
    large[10 + 256] = '\0';
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, &words), MOTE_CONFIG_INVALID);
    large[10 + 255] = '\0';
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, &words), MOTE_OK);
    memset(large + 10, 'x', 300); /* a password of 256 */
    memcpy(large + 10, "u:", 2);
    memcpy(large + 12 + 256, "@h", 3);
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, &words), MOTE_CONFIG_INVALID);
    memcpy(large + 12 + 255, "@h", 3);
    CHECK_EQUAL(mote_url_parse_proxy(&url, mote_text(large), enough, sizeof enough, &words), MOTE_OK);
}

static void wrong_urls(void)
{
    static const struct {
        const char *text;
        const char *part_of_the_words;
    } urls[] = {
        {"", "no host"},
        {"mqtt://", "no host"},
        {"mqtt:///topic", "no host"},
        {"mqtt://user:secret@", "no host"},
        {"mqtt://:1883", "no host"},
        {"unix://", "absolute"},
        {"unix:///", "absolute"},
        {"unix://run/sock", "absolute"},
        {"unix://user:secret@run/sock", "absolute"},
        {"unix:///%FF", "UTF-8"},
        {"socks5h://host", "begins with"},
        {"http://host", "begins with"},
        {"mqttx://host", "begins with"},
        {"://host", "begins with"},
        {"mqtt://host:", "port"},
        {"mqtt://host:0", "port"},
        {"mqtt://host:65536", "port"},
        {"mqtt://host:99999999999", "port"},
        {"mqtt://host:12a", "port"},
        {"mqtt://host:-1", "port"},
        {"mqtt://host: 1", "port"},
        {"mqtt://::1", "brackets"},
        {"mqtt://fe80::1:1883", "brackets"},
        {"mqtt://[::1", "closing bracket"},
        {"mqtt://[", "closing bracket"},
        {"mqtt://[]", "brackets"},
        {"mqtt://[host]", "brackets"},
        {"mqtt://[::1]1883", "follows the address"},
        {"mqtt://[::1]x", "follows the address"},
        {"mqtt://[::1]:x", "port"},
        {"mqtt://ho st", "host"},
        {"mqtt://host\n", "host"},
        {" mqtt://host", "begins with"},
        {"mqtt://ho%20st", "host"},
        {"mqtt://ho]st", "host"},
        {"mqtt://ho\\st", "host"},
        {"mqtt://\\host", "host"},
        {"mqtt://ho\x7Fst", "host"},
        {"mqtt://host\\", "host"},
        {"mqtt://h%FFst", "host"},
        {"mqtt://%FF:secret@host", "user name"},
        {"mqtt://host/%ff", "path"},
        {"mqtt://host/%", "hexadecimal"},
        {"mqtt://host/%4", "hexadecimal"},
        {"mqtt://host/%4g", "hexadecimal"},
        {"mqtt://host/%g4", "hexadecimal"},
        {"mqtt://host/%.4", "hexadecimal"},
        {"mqtt://ho%40st", "host"},
        {"mqtt://ho%5Bst", "host"},
        {"mqtt://host/%00", "hexadecimal"},
        {"mqtt://u:secret%0@host", "hexadecimal"},
        {"mqtt://u%00:secret@host", "hexadecimal"},
    };

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        if (parse(urls[i].text) != MOTE_CONFIG_INVALID)
            check_fail(__FILE__, __LINE__, "\"%s\" was taken", urls[i].text);
        if (words == NULL || strstr(words, urls[i].part_of_the_words) == NULL)
            check_fail(__FILE__, __LINE__, "\"%s\": %s", urls[i].text, words == NULL ? "-" : words);
        CHECK(strstr(words, "secret") == NULL);
        CHECK(url.host.data == NULL && url.password.data == NULL && url.port == 0);
        CHECK_EQUAL(mote_url_parse(&url, mote_text(urls[i].text), memory, sizeof memory, NULL), MOTE_CONFIG_INVALID);
    }
    CHECK_EQUAL(mote_url_parse(&url, (struct mote_text){NULL, 0}, memory, sizeof memory, &words), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_url_parse(&url, MOTE_TEXT("ho\0st"), memory, sizeof memory, &words), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_url_parse(&url, MOTE_TEXT("u:p\0@h"), memory, sizeof memory, &words), MOTE_CONFIG_INVALID);
}

static bool ends_with_nul(struct mote_text part)
{
    return part.length == 0 || part.data[part.length] == '\0';
}

/* In every size of memory, which is exactly that large: too small is said, not written over. */
static void try_memory(const char *text, size_t needed)
{
    for (size_t size = 0; size <= needed + 1; size++) {
        char *exact = malloc(size + (size == 0));
        CHECK(exact != NULL);
        enum mote_reason reason = mote_url_parse(&url, mote_text(text), exact, size, &words);
        CHECK_EQUAL(reason, size < needed ? MOTE_CONFIG_INVALID : MOTE_OK);
        CHECK(reason == MOTE_OK || strstr(words, "too long") != NULL);
        CHECK(reason != MOTE_OK || (ends_with_nul(url.scheme) && ends_with_nul(url.username) &&
                                    ends_with_nul(url.password) && ends_with_nul(url.host) && ends_with_nul(url.path)));
        free(exact);
    }
    CHECK_EQUAL(mote_url_parse(&url, mote_text(text), NULL, 0, &words), MOTE_CONFIG_INVALID);
}

static void the_memory(void)
{
    try_memory("mqtts://us%65r:pass@host.name:1/pa/th",
               sizeof "mqtts" + sizeof "user" + sizeof "pass" + sizeof "host.name" + sizeof "pa/th");
    try_memory("h", sizeof "mqtt" + sizeof "h" + sizeof "");
    try_memory(":@h/", sizeof "mqtt" + sizeof "" + sizeof "" + sizeof "h" + sizeof "");
}

/* No text may lead outside of it, however it is cut: AddressSanitizer looks on. */
static void every_part_of_a_url(void)
{
    static const char text[] = "mqtt://u%41:p%42@[::1]:1883/a%43";

    for (size_t from = 0; from < sizeof text; from++) {
        for (size_t to = from; to < sizeof text; to++) {
            size_t length = to - from;
            char *exact = malloc(length + (length == 0));
            CHECK(exact != NULL);
            memcpy(exact, text + from, length);
            mote_url_parse(&url, (struct mote_text){exact, length}, memory, sizeof memory, &words);
            free(exact);
        }
    }
    CHECK_EQUAL(parse(text), MOTE_OK);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"everything", everything},
        {"next to nothing", next_to_nothing},
        {"the port follows the scheme", the_port_follows_the_scheme},
        {"without a scheme", without_a_scheme},
        {"users and passwords", users_and_passwords},
        {"addresses in brackets", addresses_in_brackets},
        {"paths", paths},
        {"sockets in the file system", sockets_in_the_file_system},
        {"proxies", proxies},
        {"wrong proxies", wrong_proxies},
        {"wrong URLs", wrong_urls},
        {"the memory", the_memory},
        {"every part of a URL", every_part_of_a_url},
    };

    return check_main("unit/url", cases, sizeof cases / sizeof cases[0], argc, argv);
}
