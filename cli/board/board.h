/* Board: the virtual board of `mote run --board sim`, as its page sees it: what it shows as JSON, and what one can do to it.
 *
 * It holds the node that is being run, so that cutting the power can take it away and give it back.
 */
#ifndef BOARD_H
#define BOARD_H

#include "config/config.h"
#include "embedded.h"
#include "state_log.h"
#include "web_server.h"

#include <mote/sim.h>

enum {
    BOARD_MESSAGES_MAX = 200,
    BOARD_PAYLOAD_MAX = 512,
    BOARD_PIECE = 2048,
};

/* A message that the node has sent or received, as the page lists it. */
struct board_message {
    uint32_t id; /* from 1 */
    uint64_t at_ms;
    char time[16];
    bool sent;
    bool retain;
    uint8_t qos;
    char *topic; /* NUL-terminated UTF-8, owned */
    char *payload;
    bool cut;    /* that is only its beginning */
    size_t size; /* of the whole payload, in bytes */
};

struct board {
    struct config *config;
    struct embedded *embedded; /* the board's own broker, also while the node uses another; NULL: there is none */
    struct embedded *broker;   /* the same if it is the node's; NULL: the node's broker is elsewhere */
    struct mote_sim *sim;
    struct web_server *server; /* told of changes; NULL while there is none */
    struct mote_observer observer;
    struct state_log log;
    struct mote_node node;
    struct mote_node page; /* publishes what the page is asked to, if the broker is elsewhere */
    bool has_page_client;
    char page_id[24];
    char broker_url[160]; /* without user and password */
    bool power;
    uint64_t power_since_ms;
    uint32_t version; /* of what the page shows, but messages */
    uint32_t message_id;
    struct board_message messages[BOARD_MESSAGES_MAX]; /* a ring, by id */
};

/* Makes the board and starts its node. The config, the broker and the board stay where they are until board_free(). Returns
 * false after saying on stderr what is wrong. */
bool board_init(struct board *board, struct config *config, struct embedded *broker, struct mote_sim *sim);

/* Does what there is to do and returns when it wants to be called again. */
uint64_t board_turn(struct board *board);

/* Says goodbye to the broker; done when board_is_stopped(). */
void board_stop(struct board *board);
bool board_is_stopped(const struct board *board);

void board_free(struct board *board);

/* For the web server. */
struct web_answer board_get(void *context, const char *path);
struct web_answer board_post(void *context, const char *path, const char *body, size_t size);
char *board_event(void *context, uint64_t *place);
bool board_setup(void *context, const struct web_request *request, struct web_page *page);
void *board_stream_open(void *context, struct web_stream *stream);

/* A broker's URL without user and password; nothing for NULL. */
void board_broker_url(const char *url, char *into, size_t size);

#endif
