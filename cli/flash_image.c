/* mote flash-image: a node's file as a settings image, for the flash of a chip. */
#include "cli.h"
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <mote/image.h>
#include <mote/url.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Usage: mote flash-image [-o FILE] NODE.yaml\n"
    "\n"
    "Makes the settings image of a node: who it is, its networks, brokers, switches and\n"
    "buttons, in a sector of a chip's flash, so that one firmware serves every device. What it\n"
    "says comes before what the firmware was built with; what was entered later, at the\n"
    "shell, comes before both. docs/ESP.md has the whole way.\n"
    "\n"
    "  -o, --output FILE   where to put it (NODE.img beside the node's file); with the passwords\n"
    "                      in it, for its owner alone\n"
    "\n"
    "What a chip's firmware decides for itself is left out: outbox, setup. What a chip cannot do\n"
    "is refused: brokers by WebSocket or by a socket's path, proxy, bind_address, and of tls all\n"
    "but ca_file, whose certificates become a part of the image.\n"
    "\n"
    "Example, for the partition table of examples/esp:\n"
    "  mote flash-image kitchen.yaml\n"
    "  esptool.py --port /dev/ttyUSB0 write_flash 0xe000 kitchen.img\n";

/* --- What the image says --- */

static bool is_for_a_chip(const char *broker)
{
    struct mote_url url;
    char memory[MOTE_URL_SIZE];
    const char *words;

    return mote_url_parse(&url, mote_text(broker), memory, sizeof memory, &words) == MOTE_OK &&
           (mote_text_equals(url.scheme, "mqtt") || mote_text_equals(url.scheme, "mqtts"));
}

static bool are_brokers_for_a_chip(const struct mote_node_config *node)
{
    bool all = node->broker == NULL || is_for_a_chip(node->broker);

    for (unsigned i = 0; all && i < MOTE_FALLBACKS_MAX && node->fallbacks[i] != NULL; i++) {
        all = is_for_a_chip(node->fallbacks[i]);
    }
    return all;
}

/* Returns what a chip cannot do, or NULL. */
static const char *why_not(const struct config *config)
{
    const struct mote_tls_options *tls = &config->node.link.tls;

    if (!are_brokers_for_a_chip(&config->node)) {
        return "mqtt.url: a chip speaks mqtt:// and mqtts:// only";
    }
    if (config->node.link.proxy != NULL) {
        return "mqtt.proxy: a chip has none";
    }
    if (config->node.link.bind_address != NULL) {
        return "mqtt.bind_address: a chip has one address";
    }
    if (tls->certificate_file != NULL || tls->psk != NULL || tls->ca_path != NULL || tls->ciphers != NULL ||
        tls->version != NULL || tls->alpn != NULL || tls->insecure || tls->system_authorities) {
        return "mqtt.tls: an image carries ca_file and nothing else";
    }
    if (config->switch_count > MOTE_IMAGE_SWITCHES_MAX || config->button_count > MOTE_IMAGE_BUTTONS_MAX) {
        return "too many switches or buttons for an image";
    }
    return NULL;
}

static bool has_number(const char *path, const char *kind, const char *name, const struct mote_pin *pin)
{
    if (pin->line != NULL) {
        cli_errorf(path, MOTE_PIN_ABSENT, "%s %s: on a chip a pin is a number, not a line", kind, name);
    }
    return pin->line == NULL;
}

static bool take_switches(const char *path, const struct config *config, struct mote_image *image)
{
    for (unsigned i = 0; i < config->switch_count; i++) {
        const struct mote_switch *from = &config->switches[i];
        struct mote_image_switch *into = &image->switches[image->switch_count++];

        if (!has_number(path, "switch", from->name, &from->pin)) {
            return false;
        }
        into->name = from->name;
        into->command_topic = from->command_topic;
        into->pin = from->pin.number;
        into->active = (uint8_t)from->pin.active;
        into->boot = (uint8_t)from->pin.boot;
        into->obey_retained = from->obey_retained;
        into->on_time_ms_max = from->on_time_ms_max;
    }
    return true;
}

static bool take_buttons(const char *path, const struct config *config, struct mote_image *image)
{
    for (unsigned i = 0; i < config->button_count; i++) {
        const struct mote_button *from = &config->buttons[i];
        struct mote_image_button *into = &image->buttons[image->button_count++];

        if (!has_number(path, "button", from->name, &from->pin)) {
            return false;
        }
        into->name = from->name;
        into->pin = from->pin.number;
        into->active = (uint8_t)from->pin.active;
        into->pull = (uint8_t)from->pin.pull;
        into->toggles = from->toggles == NULL ? 0 : (uint8_t)(from->toggles - config->switches + 1);
        into->event_qos = from->event_qos;
    }
    return true;
}

static void take_node(const struct mote_node_config *node, struct mote_image *image)
{
    image->id = node->id;
    while (image->network_count < MOTE_NETWORKS_MAX && node->networks[image->network_count].ssid != NULL) {
        image->networks[image->network_count] = node->networks[image->network_count];
        image->network_count++;
    }
    if (node->broker != NULL) {
        image->brokers[image->broker_count++] = node->broker;
    }
    for (unsigned i = 0; i < MOTE_FALLBACKS_MAX && node->fallbacks[i] != NULL; i++) {
        image->brokers[image->broker_count++] = node->fallbacks[i];
    }
    image->session = (struct mote_image_session){
        .keep_alive_s = node->keep_alive_s,
        .version = (uint8_t)node->version,
        .keep_session = node->keep_session,
        .session_expiry_s = node->session_expiry_s,
        .way_back_ms = node->way_back_ms,
        .retry_delay_ms_min = node->retry_delay_ms_min,
        .retry_delay_ms_max = node->retry_delay_ms_max,
        .retry_spread_ms = node->retry_spread_ms,
    };
}

/* Of a file that is larger than an image, one byte more than that is enough to find out. */
static char *read_authorities(const char *name)
{
    char *text = cli_allocate(MOTE_IMAGE_SIZE + 1);
    FILE *file = fopen(name, "r");
    size_t size;

    if (file == NULL) {
        cli_error(name, strerror(errno), MOTE_CONFIG_INVALID);
        free(text);
        return NULL;
    }
    size = fread(text, 1, MOTE_IMAGE_SIZE, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

/* --- The file --- */

/* The node's own name, with another ending. */
static char *name_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(path, '.');
    char *name = NULL;
    const int length = dot != NULL && (slash == NULL || dot > slash) ? (int)(dot - path) : (int)strlen(path);

    if (asprintf(&name, "%.*s.img", length, path) < 0) {
        abort();
    }
    return name;
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    for (size_t written = 0; written < size;) {
        const ssize_t count = write(fd, bytes + written, size - written);
        if (count <= 0) {
            return false;
        }
        written += (size_t)count;
    }
    return fsync(fd) == 0;
}

/* In the place of an older one, all at once: nobody has a half of it. It is its owner's alone from the first byte on. */
static bool write_file(const char *name, const uint8_t *bytes, size_t size)
{
    char *other = NULL;
    bool written = false;
    int fd;

    if (asprintf(&other, "%s.XXXXXX", name) < 0) {
        abort();
    }
    fd = mkstemp(other); /* with the mode 0600 */
    if (fd >= 0) {
        written = write_all(fd, bytes, size);
        written = close(fd) == 0 && written && rename(other, name) == 0;
        if (!written) {
            const int error = errno;
            unlink(other);
            errno = error;
        }
    }
    if (!written) {
        cli_error(name, strerror(errno), MOTE_CONFIG_INVALID);
    }
    free(other);
    return written;
}

static bool write_image(const char *path, const struct mote_image *image, const char *output)
{
    uint8_t bytes[MOTE_IMAGE_SIZE];
    const size_t size = mote_image_write(image, bytes, sizeof(bytes));
    bool written = false;

    if (size == 0) {
        cli_errorf(path, MOTE_MQTT_QUOTA, "it does not fit an image of %d bytes", MOTE_IMAGE_SIZE);
    } else if (write_file(output, bytes, size)) {
        printf("%s: %zu of %d bytes, for node %s\n", output, size, MOTE_IMAGE_SIZE, image->id);
        written = true;
    }
    explicit_bzero(bytes, sizeof(bytes));
    return written;
}

static bool make(const char *path, const struct config *config, const char *output)
{
    struct mote_image image = {.id = NULL};
    char *authorities = NULL;
    const char *words = why_not(config);
    bool made;

    if (words != NULL) {
        cli_error(path, words, MOTE_CONFIG_INVALID);
        return false;
    }
    take_node(&config->node, &image);
    if (config->node.link.tls.ca_file != NULL) {
        authorities = read_authorities(config->node.link.tls.ca_file);
        if (authorities == NULL) {
            return false;
        }
        image.authorities = authorities;
    }
    made =
        take_switches(path, config, &image) && take_buttons(path, config, &image) && write_image(path, &image, output);
    free(authorities);
    return made;
}

int cli_flash_image(int argc, char **argv)
{
    static const struct option names[] = {
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    char *output = NULL, *beside = NULL;
    struct config config;
    bool made;
    int letter;

    optind = 1;
    while ((letter = cli_option("flash-image", argc, argv, ":o:h", names)) != -1) {
        if (letter == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (letter != 'o') {
            return 1;
        }
        output = optarg;
    }
    if (argc - optind != 1) {
        return cli_usage_error("flash-image", argc == optind ? "which file?" : "one file at a time");
    }
    if (!config_load(&config, argv[optind])) {
        return 1;
    }
    beside = name_beside(argv[optind]);
    made = make(argv[optind], &config, output != NULL ? output : beside);
    free(beside);
    config_free(&config);
    return made ? 0 : 1;
}
