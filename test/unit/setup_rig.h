/* A node with a setup portal on a virtual board, in an air that the test makes up, with brokers that its URLs name: `good`
 * lets everybody in, `strict` only joe with the password secret, `refuses`, `silent` and `mute` are what they are called. */
#ifndef SETUP_RIG_H
#define SETUP_RIG_H

#include "check.h"

#include "setup/inside.h"
#include "text/assert.h"
#include <mote/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_KEY "key of home"

static struct {
    struct mote_sim sim;
    struct mote_node node;
    struct mote_setup setup;
    struct mote_node_config config;
    struct mote_button button;
    struct mote_server_handler handler;
    bool serving;
    unsigned dropped;
    char host[32]; /* that the node is connected to, or trying to */
    uint8_t reply[8];
    size_t reply_size;
    char trace[2000]; /* the portal's states */
    char page[32768];
    size_t page_size;
    unsigned status; /* of the last answer */
} rig;

/* --- Brokers --- */

static inline enum mote_reason rig_open(void *context, struct mote_link *link, const struct mote_url *url)
{
    (void)context;
    snprintf(rig.host, sizeof rig.host, "%.*s", (int)url->host.length, url->host.data);
    rig.reply_size = 0;
    link->state = MOTE_LINK_OPENING;
    link->reason = MOTE_TCP_TIMEOUT;
    if (strcmp(rig.host, "silent") == 0)
        return MOTE_OK;
    link->state = strcmp(rig.host, "refuses") == 0 ? MOTE_LINK_FAILED : MOTE_LINK_OPEN;
    link->reason = MOTE_TCP_REFUSED;
    return link->state == MOTE_LINK_FAILED ? MOTE_TCP_REFUSED : MOTE_OK;
}

static inline size_t rig_receive(void *context, struct mote_link *link, void *into, size_t size)
{
    size_t count = size < rig.reply_size ? size : rig.reply_size;

    (void)context;
    (void)link;
    if (!mote_sim_is_reachable(&rig.sim))
        return 0;
    memcpy(into, rig.reply, count);
    rig.reply_size = 0;
    return count;
}

static inline bool rig_has(const void *bytes, size_t size, const char *text)
{
    for (size_t i = 0; i + strlen(text) <= size; i++) {
        if (memcmp((const char *)bytes + i, text, strlen(text)) == 0)
            return true;
    }
    return false;
}

static inline size_t rig_send(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    const uint8_t *packet = bytes;
    bool strict = strcmp(rig.host, "strict") == 0;
    bool welcome = !strict || (rig_has(bytes, size, "joe") && rig_has(bytes, size, "secret"));
    const uint8_t connack[] = {0x20, 2, 0, welcome ? 0 : 4};

    (void)context;
    (void)link;
    if (size > 0 && packet[0] == 0x10 && strcmp(rig.host, "mute") != 0) {
        memcpy(rig.reply, connack, sizeof connack);
        rig.reply_size = sizeof connack;
    }
    return size;
}

static inline void rig_close(void *context, struct mote_link *link, bool abort)
{
    (void)context;
    (void)abort;
    rig.host[0] = '\0';
    rig.reply_size = 0;
    link->state = MOTE_LINK_CLOSED;
}

/* --- Servers --- */

static inline enum mote_reason rig_serve(void *context, const struct mote_server_handler *handler, uint8_t address[4])
{
    static const uint8_t ours[4] = {192, 168, 4, 1};

    (void)context;
    CHECK(!rig.serving);
    rig.serving = true;
    rig.handler = *handler;
    memcpy(address, ours, sizeof ours);
    return MOTE_OK;
}

static inline void rig_drop(void *context, unsigned connection)
{
    (void)context;
    CHECK(rig.serving && connection < rig.handler.connections);
    rig.dropped++;
}

static inline void rig_end_serving(void *context)
{
    (void)context;
    CHECK(rig.serving);
    rig.serving = false;
}

static inline void rig_on_change(struct mote_setup *setup, void *context)
{
    static const char *const names[] = {"closed", "open", "trying", "confirmed"};
    size_t used = strlen(rig.trace);

    CHECK(setup == &rig.setup && context == &rig);
    snprintf(rig.trace + used, sizeof rig.trace - used, "%s(%s) ", names[mote_setup_state(setup)],
             mote_reason_code(mote_setup_reason(setup)));
}

/* --- The whole --- */

static inline void rig_start(void)
{
    memset(&rig.node, 0, sizeof rig.node);
    CHECK_EQUAL(mote_node_init(&rig.node, &rig.config), rig.config.broker == NULL ? MOTE_CONFIG_INVALID : MOTE_OK);
    if (rig.config.broker != NULL)
        CHECK_EQUAL(mote_node_add_button(&rig.node, &rig.button), MOTE_OK);
    CHECK_EQUAL(mote_node_add_setup(&rig.node, &rig.setup), MOTE_OK);
}

static inline void rig_prepare(void)
{
    static const struct mote_link_port links = {rig_open, rig_receive, rig_send, rig_close};
    static const struct mote_server_port servers = {rig_serve, rig_drop, rig_end_serving};

    memset(&rig, 0, sizeof rig);
    mote_sim_init(&rig.sim, 1);
    rig.sim.port.link = &links;
    rig.sim.port.server = &servers;
    mote_port_install(&rig.sim.port);
    CHECK_EQUAL(mote_sim_air_set(&rig.sim, MOTE_TEXT("home=" RIG_KEY "@-50;other=key of other@-60;free@-70")), MOTE_OK);
    rig.config = (struct mote_node_config){
        .id = "lamp",
        .networks = {{.ssid = "home", .password = RIG_KEY}},
        .broker = "mqtt://good",
    };
    rig.button = (struct mote_button){.name = "button", .pin = {.number = MOTE_SIM_BUTTON_PIN, .active = MOTE_LOW}};
    rig.setup = (struct mote_setup){.open = true, .button = &rig.button, .on_change = rig_on_change, .context = &rig};
}

/* From one thing that there is to do to the next. */
static inline void rig_pass(uint64_t duration_ms)
{
    uint64_t end_ms = rig.sim.now_ms + duration_ms;

    for (unsigned turns = 0;; turns++) {
        uint64_t next_ms = mote_node_turn(&rig.node);

        CHECK(turns < 100000);
        if (rig.reply_size > 0 && mote_sim_is_reachable(&rig.sim))
            next_ms = rig.sim.now_ms;
        if (next_ms > end_ms && mote_sim_deadline(&rig.sim) > end_ms)
            break;
        rig.sim.port.wait(&rig.sim, next_ms < end_ms ? next_ms : end_ms);
    }
    mote_sim_turn(&rig.sim, end_ms);
    mote_node_turn(&rig.node);
}

static inline void rig_go_online(void)
{
    rig_start();
    rig_pass(5000);
    CHECK_EQUAL(mote_node_state(&rig.node), MOTE_NODE_ONLINE);
}

static inline void rig_open_portal(void)
{
    mote_setup_open(&rig.setup);
    rig_pass(1000);
    CHECK_EQUAL(mote_setup_state(&rig.setup), MOTE_SETUP_OPEN);
}

static inline bool rig_page_has(const char *text)
{
    return rig_has(rig.page, rig.page_size, text);
}

static inline void rig_read(unsigned connection)
{
    while (!rig.handler.is_done(rig.handler.context, connection)) {
        size_t count = rig.handler.output(rig.handler.context, connection, rig.page + rig.page_size,
                                          sizeof rig.page - 1 - rig.page_size);
        CHECK(count > 0 || rig.handler.is_done(rig.handler.context, connection));
        rig.page_size += count;
    }
    rig.page[rig.page_size] = '\0';
}

/* Sends a request and takes the answer. */
static inline void rig_ask(const char *request)
{
    unsigned connection;

    CHECK(rig.serving);
    connection = rig.handler.accept(rig.handler.context);
    rig.handler.received(rig.handler.context, connection, request, strlen(request));
    rig.page_size = 0;
    rig_read(connection);
    rig.handler.closed(rig.handler.context, connection);
    CHECK(strncmp(rig.page, "HTTP/1.1 ", 9) == 0);
    rig.status = (unsigned)atoi(rig.page + 9);
}

static inline void rig_get(const char *path)
{
    char request[300];

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n", path);
    rig_ask(request);
}

static inline void rig_post_to(const char *path, const char *form)
{
    char request[2000];

    snprintf(request, sizeof request, "POST %s HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Length: %zu\r\n\r\n%s", path,
             strlen(form), form);
    rig_ask(request);
}

static inline void rig_post(const char *form)
{
    rig_post_to("/setup", form);
    CHECK_EQUAL(rig.status, 303);
}

static inline void rig_expect(enum mote_setup_state state, enum mote_reason reason)
{
    CHECK_EQUAL(mote_setup_state(&rig.setup), state);
    CHECK_EQUAL(mote_setup_reason(&rig.setup), reason);
}

/* Where the node is, and whom it is connected to as whom. */
static inline void rig_expect_node(const char *ssid, const char *host, const char *id)
{
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    CHECK_EQUAL(strcmp(status.ssid, ssid), 0);
    CHECK_EQUAL(strcmp(rig.host, host), 0);
    CHECK_EQUAL(strcmp(rig.node.config.id, id), 0);
    CHECK_EQUAL(mote_node_state(&rig.node), MOTE_NODE_ONLINE);
}

/* As after a power cut: all that is left is the flash. */
static inline void rig_power_cut(void)
{
    mote_node_abort(&rig.node);
    mote_pin_close(&rig.button.pin);
    mote_sim_power(&rig.sim, false);
    rig.serving = false;
    mote_sim_power(&rig.sim, true);
    rig_start();
}

#endif
