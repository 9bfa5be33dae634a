#include "port/esp/shell_command.h"
#include <mote/port.h>
#include <mote/settings.h>
#include <mote/url.h>
#include <mote/wifi.h>
#include <stdio.h>
#include <string.h>

struct call {
    int count;
    char *const *words;
    const struct mote_shell_machine *machine;
};

static void complain(const char *what, const char *why, enum mote_reason reason)
{
    printf("mote: %s: %s (%s)\n", what, why, mote_reason_code(reason));
}

static const char *port_words(void)
{
    const struct mote_port *port = mote_port();

    return port->words == NULL ? "" : port->words(port->context);
}

/* --- How it is --- */

static void print_point(const struct mote_wifi_status *status)
{
    printf("network   %s, channel %u, %d dBm\n", status->ssid, status->aim.channel, status->signal_dbm);
    printf("address   %s, gateway %s, name server %s\n", status->addresses.address, status->addresses.gateway,
           status->addresses.dns);
}

static void do_status(const struct call *call)
{
    static const char *const states[] = {
        [MOTE_WIFI_OFF] = "off",
        [MOTE_WIFI_IDLE] = "idle",
        [MOTE_WIFI_CONNECTING] = "connecting",
        [MOTE_WIFI_CONNECTED] = "connected",
    };
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    printf("wifi      %s", states[status.state]);
    if (status.reason != MOTE_OK)
        printf(": %s (%s)", mote_reason_words(status.reason), mote_reason_code(status.reason));
    printf("\n");
    if (status.state == MOTE_WIFI_CONNECTED)
        print_point(&status);
    printf("up        %lu s\n", (unsigned long)(mote_port()->now_ms(mote_port()->context) / 1000));
    printf("memory    %lu bytes free\n", (unsigned long)call->machine->free_memory());
}

/* --- What is kept: it counts from the next start on --- */

static struct mote_settings kept; /* while a command is being done */

static bool load(void)
{
    if (mote_settings_load(&kept) == MOTE_OK)
        return true;
    complain("settings", port_words(), MOTE_CONFIG_INVALID);
    return false;
}

static void save(void)
{
    enum mote_reason reason = mote_settings_save(&kept);

    if (reason != MOTE_OK)
        complain("settings", port_words(), reason);
    else
        printf("kept; it counts from the next start on: `reboot`\n");
}

static void add_network(const struct call *call)
{
    struct mote_network network = {.ssid = call->words[2], .password = call->count > 3 ? call->words[3] : NULL};
    enum mote_reason reason = mote_settings_add(&kept, &network);

    if (reason == MOTE_OK)
        save();
    else if (reason == MOTE_MQTT_QUOTA)
        complain(network.ssid, "the list is full: forget another one first", reason);
    else
        complain(network.ssid, "a name has 1 to 32 bytes, a key 8 to 63 characters", reason);
}

static void forget_network(const struct call *call)
{
    if (mote_settings_forget(&kept, call->words[2]))
        save();
    else
        complain(call->words[2], "it is not among what is kept", MOTE_WIFI_NO_NETWORK);
}

static void list_networks(void)
{
    for (unsigned i = 0; i < kept.network_count; i++)
        printf("%s%s\n", kept.networks[i].ssid, kept.networks[i].password[0] == '\0' ? " (open)" : "");
    if (kept.network_count == 0)
        printf("none is kept; those of the program, or of the settings image, count\n");
}

static void do_wifi(const struct call *call)
{
    const char *what = call->count > 1 ? call->words[1] : "";

    if (!load())
        return;
    if (strcmp(what, "add") == 0 && (call->count == 3 || call->count == 4))
        add_network(call);
    else if (strcmp(what, "forget") == 0 && call->count == 3)
        forget_network(call);
    else if (strcmp(what, "list") == 0 && call->count == 2)
        list_networks();
    else
        complain("wifi", "add NAME [KEY], forget NAME, or list", MOTE_CONFIG_INVALID);
    mote_settings_wipe(&kept);
}

static void keep_broker(const char *url)
{
    struct mote_url parts;
    char memory[MOTE_URL_SIZE];
    const char *words = "it is too long";

    if (strlen(url) >= sizeof kept.broker ||
        mote_url_parse(&parts, mote_text(url), memory, sizeof memory, &words) != MOTE_OK) {
        complain("broker", words, MOTE_CONFIG_INVALID);
        return;
    }
    mote_text_copy(mote_text(url), kept.broker, sizeof kept.broker);
    save();
}

static void do_broker(const struct call *call)
{
    if (call->count != 2) {
        complain("broker", "which URL, or `default`?", MOTE_CONFIG_INVALID);
        return;
    }
    if (!load())
        return;
    if (strcmp(call->words[1], "default") == 0) {
        kept.broker[0] = '\0';
        save();
    } else {
        keep_broker(call->words[1]);
    }
    mote_settings_wipe(&kept);
}

/* --- The machine --- */

static void do_log(const struct call *call)
{
    static const char *const levels[] = {"none", "error", "warn", "info", "debug"};

    for (int i = 0; call->count == 2 && i < 5; i++) {
        if (strcmp(call->words[1], levels[i]) == 0) {
            call->machine->log_level(i);
            return;
        }
    }
    complain("log", "none, error, warn, info or debug", MOTE_CONFIG_INVALID);
}

static void do_reboot(const struct call *call)
{
    call->machine->restart();
}

/* --- The table --- */

static void do_help(const struct call *call);

static const struct command {
    const char *name;
    void (*run)(const struct call *call);
    const char *summary;
} commands[] = {
    {"status", do_status, "how the WiFi is, and the memory"},
    {"wifi", do_wifi, "add NAME [KEY] | forget NAME | list: the networks that are kept"},
    {"broker", do_broker, "URL | default: the broker that is kept"},
    {"log", do_log, "none | error | warn | info | debug"},
    {"reboot", do_reboot, "start anew"},
    {"help", do_help, "this"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void do_help(const struct call *call)
{
    (void)call;
    for (int i = 0; i < COMMANDS; i++)
        printf("%-8s %s\n", commands[i].name, commands[i].summary);
    printf("Names with blanks stand in \"double quotes\".\n");
}

static void run(const struct call *call)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(call->words[0], commands[i].name) == 0) {
            commands[i].run(call);
            return;
        }
    }
    complain(call->words[0], "no such command; see `help`", MOTE_CONFIG_INVALID);
}

void mote_shell_do(struct mote_shell_line *line, const struct mote_shell_machine *machine)
{
    char *words[MOTE_SHELL_WORDS_MAX];
    int count = mote_shell_line_words(line, words);

    if (count < 0)
        complain("shell", "a quote has no end, or there are too many words", MOTE_CONFIG_INVALID);
    else if (count > 0)
        run(&(struct call){count, words, machine});
    mote_shell_line_clear(line);
}
