/* A node's YAML file, and a broker's file, with anything in them: taken, then what it says is within its limits; or
 * refused, then with words that begin with `mote: ` and the place, and show no secret and no control character. */
#include "quiet.h"

#include "broker_config.h"
#include "config/config.h"

#include <mote/topic.h>
#include <mote/url.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_MAX 8192

/* Where they stand as values, and nowhere else, these must not be shown. */
static const char *const secrets[] = {"password: Tr0ub4dor&3\n", "url: mqtt://user:Tr0ub4dor&3@host\n"};
static const char secret[] = "Tr0ub4dor&3";

/* The file, in memory. Returns its path. */
static const char *write_file(struct mote_text text)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    FUZZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0);
    FUZZ_CHECK(pwrite(fd, text.data, text.length, 0) == (ssize_t)text.length);
    return path;
}

static size_t count(struct mote_text text, const char *string)
{
    size_t found = 0;

    for (const char *at; (at = memmem(text.data, text.length, string, strlen(string))) != NULL; found++) {
        text.length -= (size_t)(at + 1 - text.data);
        text.data = at + 1;
    }
    return found;
}

static bool has_secret(struct mote_text file)
{
    return count(file, secret) == count(file, secrets[0]) + count(file, secrets[1]);
}

static void check_complaints(const char *said, const char *path, struct mote_text file)
{
    char begin[80];
    const char *line = said;

    snprintf(begin, sizeof begin, "mote: %s:", path);
    FUZZ_CHECK(line[0] != '\0');
    FUZZ_CHECK(quiet_is_clean(said));
    FUZZ_CHECK(!has_secret(file) || strstr(said, secret) == NULL);
    while (line[0] != '\0') {
        const char *end = strchr(line, '\n');
        FUZZ_CHECK(end != NULL && strncmp(line, begin, strlen(begin)) == 0);
        FUZZ_CHECK(memmem(line, (size_t)(end - line), "(config.invalid)", 16) != NULL);
        line = end + 1;
    }
}

static void check_pin(const struct mote_pin *pin)
{
    FUZZ_CHECK(pin->line == NULL || pin->line[0] != '\0');
    FUZZ_CHECK(pin->line == NULL || pin->number == 0);
}

static void check_node(const struct config *config)
{
    const struct mote_node_config *node = &config->node;
    struct mote_url url;
    char memory[MOTE_URL_SIZE];

    FUZZ_CHECK(mote_topic_is_name(mote_text(node->id)) && strlen(node->id) <= 64);
    FUZZ_CHECK(node->retry_delay_ms_max == 0 || node->retry_delay_ms_min <= node->retry_delay_ms_max);
    if (node->broker != NULL)
        FUZZ_CHECK(mote_url_parse(&url, mote_text(node->broker), memory, sizeof memory, NULL) == MOTE_OK);
    for (size_t i = 0; i < MOTE_NETWORKS_MAX && node->networks[i].ssid != NULL; i++)
        FUZZ_CHECK(strlen(node->networks[i].ssid) >= 1 && strlen(node->networks[i].ssid) <= 32);
    FUZZ_CHECK(config->switch_count <= MOTE_SUBSCRIPTIONS_MAX);
    for (unsigned i = 0; i < config->switch_count; i++) {
        FUZZ_CHECK(mote_topic_is_name(mote_text(config->switches[i].name)));
        check_pin(&config->switches[i].pin);
    }
    for (unsigned i = 0; i < config->button_count; i++) {
        const struct mote_switch *toggles = config->buttons[i].toggles;
        FUZZ_CHECK(mote_topic_is_name(mote_text(config->buttons[i].name)));
        FUZZ_CHECK(toggles == NULL ||
                   (toggles >= config->switches && toggles < config->switches + config->switch_count));
        check_pin(&config->buttons[i].pin);
    }
}

static void load_node(const char *path, struct mote_text file)
{
    struct config config;

    quiet_begin();
    bool loaded = config_load(&config, path);
    const char *said = quiet_end();
    FUZZ_CHECK(loaded == (said[0] == '\0'));
    if (loaded) {
        check_node(&config);
        config_free(&config);
    } else {
        check_complaints(said, path, file);
        FUZZ_CHECK(config.raw == NULL && config.switches == NULL && config.buttons == NULL);
    }
}

static void load_broker(const char *path, struct mote_text file)
{
    struct broker_config config = {.listener_count = 0};

    quiet_begin();
    bool loaded = broker_config_read(&config, path);
    const char *said = quiet_end();
    FUZZ_CHECK(loaded == (said[0] == '\0'));
    FUZZ_CHECK(config.listener_count <= BROKER_LISTENERS_MAX);
    if (!loaded) {
        check_complaints(said, path, file);
        return;
    }
    for (size_t i = 0; i < config.listener_count; i++) {
        FUZZ_CHECK(config.listeners[i].port != 0 && config.listeners[i].line != 0);
        FUZZ_CHECK(memchr(config.listeners[i].host, '\0', BROKER_HOST_SIZE) != NULL);
    }
}

/* Pieces of files, a byte from 0x80 on each. */
static const char *const pieces[] = {
    "node: a\n",
    "mqtt:\n",
    "  url: mqtt://host\n",
    "  url: mqtt://user:Tr0ub4dor&3@host\n",
    "  version: 5\n",
    "  keep_alive: ",
    "  keep_session: true\n",
    "  session_expiry: ",
    "  retry_min: ",
    "  retry_max: ",
    "wifi:\n",
    "  networks:\n",
    "    - ssid: net\n",
    "      password: Tr0ub4dor&3\n",
    "      priority: ",
    "      hidden: yes\n",
    "switches:\n",
    "  - name: lamp\n",
    "    pin: ",
    "    active: low\n",
    "    boot: keep\n",
    "    command_topic: ",
    "    obey_retained: ",
    "    on_time_max: ",
    "buttons:\n",
    "  - name: b\n",
    "    pull: up\n",
    "    toggles: lamp\n",
    "10ms\n",
    "1.5s\n",
    "gpiochip0/3\n",
    "led:user\n",
    "17\n",
    "a/b\n",
    "listener 1883 127.0.0.1\n",
    "listener 1884\n",
    "allow_anonymous true\n",
    "port 1885\n",
    "bind_address ::1\n",
    "max_connections ",
    "max_packet_size ",
    "max_inflight_messages ",
    "max_queued_messages ",
    "memory_limit ",
    "persistent_client_expiration 2m\n",
    "protocol mqtt\n",
    "log_type all\n",
    "log_dest none\n",
    "persistence false\n",
    "max_keepalive ",
    "sys_interval ",
    "max_topic_alias ",
    "  - ",
    "    ",
    "name: ",
    "pin: ",
    "\"",
    "[",
    "{",
    "}",
    "&x ",
    "*x",
    "|\n",
    "# ",
};

static struct mote_text spell(struct mote_text codes)
{
    static char text[FILE_MAX * 48];
    size_t size = 0;

    for (size_t i = 0; i < codes.length; i++) {
        unsigned code = (uint8_t)codes.data[i];
        if (code < 0x80)
            text[size++] = (char)code;
        else
            size += (size_t)sprintf(text + size, "%s", pieces[(code - 0x80) % (sizeof pieces / sizeof pieces[0])]);
    }
    return (struct mote_text){text, size};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FILE_MAX)
        return 0;
    struct mote_text file = {(const char *)data + 1, size - 1};
    if (data[0] / 4 % 4 != 0)
        file = spell(file);
    const char *path = write_file(file);
    if (data[0] % 4 == 0)
        load_broker(path, file);
    else
        load_node(path, file);
    return 0;
}
