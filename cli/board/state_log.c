#include "state_log.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "wifi_print.h"
#include <mote/outbox.h>
#include <mote/wifi.h>

/* Of a connection, and of a radio that is not there, the port knows more than the reason does. */
static void say(const struct mote_node *node, enum mote_reason reason)
{
    const struct mote_port *const port = mote_port();
    const bool has_words = (reason >= MOTE_DNS_NOT_FOUND || reason == MOTE_WIFI_INACTIVE) && port->words != NULL;
    const char *const own = mote_node_words(node);
    const char *const words = has_words ? port->words(port->context) : "";

    if (own[0] != '\0') {
        cli_errorf(node->config.id, reason, "%s (%s) %s", mote_reason_words(reason), own, mote_reason_next(reason));
    } else if (words[0] != '\0') {
        cli_errorf(node->config.id, reason, "%s. %s", words, mote_reason_next(reason));
    } else {
        cli_errorf(node->config.id, reason, "%s %s", mote_reason_words(reason), mote_reason_next(reason));
    }
}

/* Where there are several brokers, or a server has sent it elsewhere, it says which one. */
static void say_online(const struct mote_node *node)
{
    char broker[160];

    cli_print_url(mote_node_broker(node), broker, sizeof broker);
    if (node->config.fallbacks[0] != NULL || node->config.version == MOTE_MQTT_5) {
        fprintf(stderr, "mote: %s: online with %s\n", node->config.id, broker);
    } else {
        fprintf(stderr, "mote: %s: online\n", node->config.id);
    }
}

static void say_joined(const struct mote_node *node)
{
    struct mote_wifi_status status;
    char name[WIFI_NAME_SIZE];

    mote_wifi_status(&status);
    wifi_print_name(status.ssid, name);
    if (status.state == MOTE_WIFI_CONNECTED && name[0] != '\0') {
        fprintf(stderr, "mote: %s: joined %s, channel %u\n", node->config.id, name, status.aim.channel);
    }
}

/* What the disk had to say is more than the reason. */
static void say_outbox(enum mote_reason reason)
{
    const struct mote_port *const port = mote_port();
    const char *const words = port->words != NULL ? port->words(port->context) : "";

    cli_errorf("outbox", reason, "%s%s%s", strstr(words, ".outbox: ") != NULL ? words : mote_reason_words(reason),
               strstr(words, ".outbox: ") != NULL ? ". " : " ", mote_reason_next(reason));
}

/* What is wrong with the outbox of a node that is online. */
static void log_outbox(struct state_log *log, const struct mote_node *node)
{
    const enum mote_reason reason = mote_node_reason(node);
    const bool wrong = reason == MOTE_OUTBOX_FULL || reason == MOTE_OUTBOX_CORRUPT;

    if (wrong && reason != log->outbox) {
        say_outbox(reason);
    }
    if (mote_node_state(node) == MOTE_NODE_ONLINE) {
        log->outbox = wrong ? reason : MOTE_OK;
    }
}

/* What was under way to a session that is gone is sent anew: it may have arrived. */
static void log_sessions(struct state_log *log, const struct mote_node *node)
{
    const struct mote_outbox_counters *const counters = &node->config.outbox->counters;

    if (counters->sessions_left > log->left) {
        cli_error("outbox",
                  "what was under way to another broker, or in another name, is sent anew: it may arrive twice",
                  MOTE_OK);
    }
    if (counters->sessions_lost > log->lost) {
        cli_error("outbox", "the broker has lost the session: what was under way is sent anew, and may arrive twice",
                  MOTE_OK);
    }
    log->left = counters->sessions_left;
    log->lost = counters->sessions_lost;
}

void state_log_write(struct state_log *log, const struct mote_node *node)
{
    const bool joining = mote_node_state(node) == MOTE_NODE_JOINING || mote_node_state(node) == MOTE_NODE_STOPPED;
    const bool online = mote_node_state(node) == MOTE_NODE_ONLINE;
    const enum mote_reason reason = online ? MOTE_OK : mote_node_reason(node);

    if (!joining && !log->joined) {
        say_joined(node);
    }
    if (online && !log->online) {
        say_online(node);
    } else if (reason != MOTE_OK && reason != log->reason) {
        say(node, reason);
    }
    log_outbox(log, node);
    if (node->config.outbox != NULL) {
        log_sessions(log, node);
    }
    log->reason = online || reason != MOTE_OK ? reason : log->reason;
    log->online = online;
    log->joined = !joining;
}

static void say_open(const struct mote_setup *setup, const char *id)
{
    const struct mote_port *const port = mote_port();
    const enum mote_reason trouble = mote_setup_trouble(setup);

    fprintf(stderr, "mote: %s: access point %s is open\n", id, mote_setup_ssid(setup));
    if (trouble != MOTE_OK) {
        cli_error(id, port->words != NULL ? port->words(port->context) : mote_reason_words(trouble), trouble);
    }
}

void state_log_setup(const struct mote_setup *setup, const char *id)
{
    const enum mote_reason reason = mote_setup_reason(setup);

    switch (mote_setup_state(setup)) {
    case MOTE_SETUP_CLOSED:
        fprintf(stderr, "mote: %s: access point %s is closed\n", id, mote_setup_ssid(setup));
        break;
    case MOTE_SETUP_OPEN:
        if (reason != MOTE_OK) {
            cli_errorf(id, reason, "what was entered does not work, all is as it was. %s", mote_reason_words(reason));
        } else {
            say_open(setup, id);
        }
        break;
    case MOTE_SETUP_TRYING:
        fprintf(stderr, "mote: %s: trying what was entered\n", id);
        break;
    case MOTE_SETUP_CONFIRMED:
        fprintf(stderr, "mote: %s: what was entered works, and is kept\n", id);
        break;
    }
}
