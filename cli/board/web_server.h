/* Web server: the page, its JSON and its events over HTTP, and MQTT over WebSocket, by libwebsockets.
 *
 * It answers only requests that were made to one of its own addresses (the Host header) and, if a page made them, by a page
 * of its own (the Origin header): another site's page can neither read nor drive it, also not by a name that it points here.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An answer: an HTTP status and a JSON text that the server frees; NULL is no answer (404). */
struct web_answer {
    int status;
    char *json;
};

/* A request to the board's setup page. */
struct web_request {
    bool is_post;
    const char *path; /* with the query */
    const char *language;
    const char *body;
    size_t size;
};

/* Its answer; the server frees the body. */
struct web_page {
    int status;
    const char *type;
    char location[64]; /* empty: none */
    char *body;
    size_t size;
};

/* One end of a byte stream over WebSocket, as the server's owner sees it. */
struct web_stream;

/* What the server asks its owner. */
struct web_handler {
    void *context;
    struct web_answer (*get)(void *context, const char *path);
    struct web_answer (*post)(void *context, const char *path, const char *body, size_t size);
    /* /setup and what is below it. Returns false if it is not there. */
    bool (*page)(void *context, const struct web_request *request, struct web_page *page);
    /* The next event for a listener that has seen everything up to `*place` (0: nothing yet), as the text of one
     * server-sent event that the server frees; moves `*place` on. NULL if there is none. */
    char *(*event)(void *context, uint64_t *place);
    /* MQTT over WebSocket: a stream was opened (returns its owner's object, NULL to refuse it), has received bytes, can send
     * up to `size` bytes (returns how many), is asked whether it is to be closed now, is closed. */
    void *(*stream_open)(void *context, struct web_stream *stream);
    void (*stream_receive)(void *object, const void *bytes, size_t size);
    size_t (*stream_drain)(void *object, void *into, size_t size);
    bool (*stream_should_close)(void *object);
    void (*stream_closed)(void *object);
};

struct web_server;

/* Starts to serve on an address ("127.0.0.1", "::1", ...) and port. Returns NULL if the port cannot be had. The handler lives
 * as long as the server. */
struct web_server *web_server_start(const char *address, uint16_t port, const struct web_handler *handler);

void web_server_stop(struct web_server *server);

/* Waits for whatever comes first: something on the web, the program's own port having something to do, or the deadline;
 * serves the former. */
void web_server_wait(struct web_server *server, uint64_t deadline_ms);

/* There may be events for the listeners. */
void web_server_notify(struct web_server *server);

/* The stream has bytes to send, or is to be closed. May be called from within the handler's functions. */
void web_stream_notify(struct web_stream *stream);

#endif
