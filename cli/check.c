/* mote check: is a node's file right? */
#include "cli.h"
#include "config/config.h"
#include "port/linux/link/route.h"
#include "port/words.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: mote check NODE.yaml...\n"
    "\n"
    "Says whether node files are right, without starting anything. Each mistake is "
    "told with its line and column\n"
    "and what was expected there. Exit status 0 if all are right, 1 if not.\n"
    "\n"
    "Known networks, under `wifi`:\n"
    "  networks:\n"
    "    - ssid, password               an open network has no password\n"
    "      priority: 0 to 255           higher is tried first\n"
    "      hidden: true                 it does not announce itself\n"
    "      bssid: AA:BB:CC:DD:EE:FF     this access point, and no other of that name\n"
    "      attempts: N                  in a row at one access point (1)\n"
    "      address: ADDRESS/PREFIX      fixed, or ADDRESS and `netmask`; with it gateway and dns\n"
    "  attempt, rescan                  how long one attempt may take (15s); the longest delay before "
    "another scan (3s)\n"
    "  roam_below, roam_gain            looks for a stronger access point below (-75 dBm, or never), which is "
    "stronger by (8 dB)\n"
    "\n"
    "How to get to the broker, under `mqtt`; names of files are relative to the node file:\n"
    "  url: mqtt://, mqtts://, ws://, wss:// [USER[:PASSWORD]@]HOST[:PORT][/PATH], or "
    "unix:///SOCKET;\n"
    "       or a list of up to four: the broker, and where to go while it does not do\n"
    "  way_back: T                      with another one, how often the first is looked at (5m)\n"
    "  retry_min, retry_max: T          the bounds of the delay before another attempt (1s, 30s)\n"
    "  retry_spread: T                  of a fleet: the attempts after a lost session are spread over so much\n"
    "  tls: for mqtts:// and wss://; without it, TLS 1.2 or newer, and the system's authorities\n"
    "    ca_file, ca_path               the authorities to trust instead: a file, a folder by "
    "hash\n"
    "    system_authorities: true       and the system's, too\n"
    "    certificate_file, key_file     this node's own, and key_password if the key has one\n"
    "    psk, psk_identity              a pre-shared key in hexadecimal, and its name\n"
    "    version                        tlsv1.2 or tlsv1.3, and no other\n"
    "    ciphers, alpn                  OpenSSL's list for TLS 1.2; the protocol to ask for\n"
    "    insecure: true                 takes any certificate: for tests only\n"
    "  proxy: socks5h://[USER[:PASSWORD]@]HOST[:PORT]\n"
    "  bind_address: ADDRESS            of this machine, to connect from\n"
    "\n"
    "What must not be lost, also with the power, until the broker has it, under `outbox`:\n"
    "  size: SIZE                       of its file, 12KB to 255MB (1MB); one that is there keeps its size\n"
    "  sync: DURATION                   how long what was accepted may be without the disk's promise (100ms)\n"
    "  topics:\n"
    "    - topic: FILTER                the first that matches counts\n"
    "      policy                       all (the default), latest, drop_oldest or expire\n"
    "      expire: DURATION             with that policy: after so long with power it is given up\n"
    "  A button's `event_qos: 1` or `2` publishes each press and release to NODE/BUTTON/event, through the outbox.\n"
    "  Exactly once (QoS 2) also needs `keep_session: true` under `mqtt`.\n"
    "\n"
    "Example:\n"
    "  mote check examples/home-switch.yaml\n";

/* Whether certificates and keys fit, only OpenSSL can say. */
static bool check_link(const char *path, const struct config *config, const char *broker)
{
    struct mote_url url;
    char memory[MOTE_URL_SIZE];
    enum mote_reason reason = MOTE_OK;

    if (broker == NULL || mote_url_parse(&url, mote_text(broker), memory, sizeof(memory), NULL) != MOTE_OK) {
        return true; /* none, or the file was not right anyway */
    }
    mote_route_free(mote_route_plan(&url, &config->node.link, &reason));
    if (reason != MOTE_OK) {
        cli_error(path, mote_words(NULL), reason);
    }
    explicit_bzero(memory, sizeof(memory));
    return reason == MOTE_OK;
}

static bool check_links(const char *path, const struct config *config)
{
    bool right = check_link(path, config, config->node.broker);

    for (unsigned i = 0; right && i < MOTE_FALLBACKS_MAX && config->node.fallbacks[i] != NULL; i++) {
        right = check_link(path, config, config->node.fallbacks[i]);
    }
    return right;
}

static bool check_one(const char *path)
{
    struct config config;

    if (!config_load(&config, path)) {
        return false;
    }
    if (!check_links(path, &config)) {
        config_free(&config);
        return false;
    }
    printf("%s: right: node %s, %u switches, %u buttons\n", path, config.node.id, config.switch_count,
           config.button_count);
    config_free(&config);
    return true;
}

int cli_check(int argc, char **argv)
{
    bool right = true;

    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        fputs(help, stdout);
        return 0;
    }
    if (argc < 2 || argv[1][0] == '-') {
        cli_error("check", argc < 2 ? "which file? see `mote check --help`" : "it has no options but --help",
                  MOTE_CONFIG_INVALID);
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        right = check_one(argv[i]) && right;
    }
    return right ? 0 : 1;
}
