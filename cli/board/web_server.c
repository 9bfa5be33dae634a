#include "web_server.h"

#include <arpa/inet.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "web_files.h"
#include <mote/linux.h>
#include <mote/mqtt.h>

enum {
    BODY_MAX = 64 * 1024,
    CHUNK = 16 * 1024,
};

struct web_server {
    const struct web_handler *handler;
    struct lws_context *context;
    struct lws_vhost *host;
    lws_sorted_usec_list_t alarm;
    uint16_t port;
};

/* One HTTP request or event listener; libwebsockets' memory. */
struct exchange {
    char *body; /* request's */
    size_t body_size;
    char path[128];
    bool of_setup;
    struct web_page page;
    char *answer; /* owned; NULL when `data` is a built-in file */
    const char *data;
    size_t size;
    size_t sent;
    bool head_only;
    bool listening;
    uint64_t place; /* of a listener */
};

struct web_stream {
    struct lws *wsi;
    void *object;
};

/* --- Who may ask --- */

/* A site can point its own name here, but no IP address that is not ours. */
static bool is_address(const char *host, size_t length)
{
    char text[128];
    struct in6_addr address;

    if (length == 0 || length >= sizeof(text)) {
        return false;
    }
    memcpy(text, host, length);
    text[length] = '\0';
    if (text[0] == '[' && text[length - 1] == ']') {
        text[length - 1] = '\0';
        return inet_pton(AF_INET6, text + 1, &address) == 1;
    }
    return strcasecmp(text, "localhost") == 0 || inet_pton(AF_INET, text, &address) == 1;
}

static bool is_own_host(const struct web_server *server, const char *host)
{
    char port[8];
    const size_t port_length = (size_t)snprintf(port, sizeof(port), ":%u", server->port);
    const size_t length = strlen(host);

    if (length > port_length && strcmp(host + length - port_length, port) == 0) {
        return is_address(host, length - port_length);
    }
    return server->port == 80 && is_address(host, length);
}

/* Nobody but this server has pages at its address, of whatever scheme; some MQTT clients claim https. */
static bool is_own_origin(const char *origin, const char *host)
{
    const char *const name = strstr(origin, "://");

    return name != NULL && strcmp(name + strlen("://"), host) == 0 &&
           (strncmp(origin, "http:", 5) == 0 || strncmp(origin, "https:", 6) == 0);
}

/* A page of another site may send requests here, but its browser tells where from; and a site may give its own name to
 * this address, but the browser then sends that name. Returns why not, or NULL. */
static const char *why_it_may_not_ask(const struct web_server *server, struct lws *wsi)
{
    char host[128] = "";
    char origin[160] = "";

    if (lws_hdr_copy(wsi, host, sizeof(host), WSI_TOKEN_HOST) <= 0 || !is_own_host(server, host)) {
        return "this page is to be opened by its IP address, or as localhost";
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0) {
        return NULL;
    }
    if (lws_hdr_copy(wsi, origin, sizeof(origin), WSI_TOKEN_ORIGIN) <= 0 || !is_own_origin(origin, host)) {
        return "only this address's own page may ask";
    }
    return NULL;
}

static bool is_json(struct lws *wsi)
{
    char type[64] = "";

    return lws_hdr_copy(wsi, type, sizeof(type), WSI_TOKEN_HTTP_CONTENT_TYPE) > 0 &&
           strncmp(type, "application/json", strlen("application/json")) == 0;
}

/* Why the body of a POST is not wanted, or NULL. */
static const char *why_no_body(struct lws *wsi, bool of_setup, int *status)
{
    char text[24] = "";
    int64_t length = 0;

    if (lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 ||
        !cli_number(text, 0, INT64_MAX, &length)) {
        *status = HTTP_STATUS_LENGTH_REQUIRED;
        return "expected a Content-Length";
    }
    if (length > BODY_MAX) {
        *status = HTTP_STATUS_REQ_ENTITY_TOO_LARGE;
        return "expected at most 64 KiB";
    }
    *status = HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE;
    return of_setup || is_json(wsi) ? NULL : "expected application/json";
}

/* --- Answers --- */

/* The setup page needs the browser to say where its form comes from, and no more than it has on a device. */
static int write_head(struct lws *wsi, const struct exchange *exchange, unsigned status, const char *type,
                      lws_filepos_t length)
{
    const char *const headers[][2] = {
        {"content-security-policy:",
         exchange->of_setup ? "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
                              "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
                            : "default-src 'self'; frame-ancestors 'none'"},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", exchange->of_setup ? "same-origin" : "no-referrer"},
        {"cache-control:", "no-store"},
        {"location:", exchange->page.location},
    };
    const size_t count = sizeof(headers) / sizeof(headers[0]) - (exchange->page.location[0] == '\0');
    unsigned char buffer[LWS_PRE + 1024];
    unsigned char *const start = buffer + LWS_PRE;
    unsigned char *const end = buffer + sizeof(buffer) - 1;
    unsigned char *at = start;

    if (lws_add_http_common_headers(wsi, status, type, length, &at, end) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (lws_add_http_header_by_name(wsi, (const unsigned char *)headers[i][0], (const unsigned char *)headers[i][1],
                                        (int)strlen(headers[i][1]), &at, end) != 0) {
            return -1;
        }
    }
    return lws_finalize_write_http_header(wsi, start, &at, end);
}

static int begin_answer(struct lws *wsi, struct exchange *exchange, unsigned status, const char *type)
{
    if (write_head(wsi, exchange, status, type, exchange->size) != 0) {
        return -1;
    }
    lws_callback_on_writable(wsi);
    return 0;
}

static int answer_json(struct lws *wsi, struct exchange *exchange, struct web_answer answer)
{
    if (answer.json == NULL) {
        answer.status = HTTP_STATUS_NOT_FOUND;
        answer.json = strdup("{\"error\":\"there is nothing here\",\"reason\":\"config.invalid\"}");
    }
    exchange->answer = answer.json;
    exchange->data = answer.json;
    exchange->size = answer.json != NULL ? strlen(answer.json) : 0;
    return begin_answer(wsi, exchange, (unsigned)answer.status, "application/json");
}

static int refuse(struct lws *wsi, struct exchange *exchange, int status, const char *why)
{
    char json[256];

    snprintf(json, sizeof(json), "{\"error\":\"%s\",\"reason\":\"config.invalid\"}", why);
    return answer_json(wsi, exchange, (struct web_answer){status, strdup(json)});
}

static int answer_file(struct lws *wsi, struct exchange *exchange, const char *path)
{
    if (strcmp(path, "/") == 0) {
        path = "/index.html";
    }
    for (size_t i = 0; i < web_file_count; i++) {
        if (strcmp(web_files[i].path, path) == 0) {
            exchange->data = (const char *)web_files[i].data;
            exchange->size = web_files[i].size;
            return begin_answer(wsi, exchange, HTTP_STATUS_OK, web_files[i].type);
        }
    }
    return refuse(wsi, exchange, HTTP_STATUS_NOT_FOUND, "there is nothing here");
}

/* The query is part of what is asked for: it has the language. */
static int answer_setup(struct web_server *server, struct lws *wsi, struct exchange *exchange, bool is_post)
{
    char path[160];
    char query[32] = "";
    char language[64] = "";
    const struct web_request request = {
        .is_post = is_post,
        .path = path,
        .language = language,
        .body = exchange->body != NULL ? exchange->body : "",
        .size = exchange->body_size,
    };

    lws_hdr_copy(wsi, query, sizeof(query), WSI_TOKEN_HTTP_URI_ARGS);
    lws_hdr_copy(wsi, language, sizeof(language), WSI_TOKEN_HTTP_ACCEPT_LANGUAGE);
    snprintf(path, sizeof(path), "%s%s%s", exchange->path, query[0] != '\0' ? "?" : "", query);
    if (!server->handler->page(server->handler->context, &request, &exchange->page)) {
        return refuse(wsi, exchange, HTTP_STATUS_NOT_FOUND, "there is nothing here");
    }
    exchange->answer = exchange->page.body;
    exchange->data = exchange->answer;
    exchange->size = exchange->page.size;
    return begin_answer(wsi, exchange, (unsigned)exchange->page.status, exchange->page.type);
}

static bool is_of_setup(const char *path)
{
    return strncmp(path, "/setup", 6) == 0 && (path[6] == '\0' || path[6] == '/' || path[6] == '.');
}

static int begin_listening(struct lws *wsi, struct exchange *exchange)
{
    exchange->listening = true;
    if (write_head(wsi, exchange, HTTP_STATUS_OK, "text/event-stream", LWS_ILLEGAL_HTTP_CONTENT_LEN) != 0) {
        return -1;
    }
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    lws_callback_on_writable(wsi);
    return 0;
}

static int begin_exchange(struct web_server *server, struct lws *wsi, struct exchange *exchange)
{
    char *path = NULL;
    int length = 0;
    const int method = lws_http_get_uri_and_method(wsi, &path, &length);
    const char *why = why_it_may_not_ask(server, wsi);
    int status = HTTP_STATUS_FORBIDDEN;

    *exchange = (struct exchange){.head_only = method == LWSHUMETH_HEAD};
    if (why != NULL) {
        return refuse(wsi, exchange, status, why);
    }
    if (length <= 0 || (size_t)length >= sizeof(exchange->path)) {
        return refuse(wsi, exchange, HTTP_STATUS_NOT_FOUND, "there is nothing here");
    }
    memcpy(exchange->path, path, (size_t)length);
    exchange->of_setup = is_of_setup(exchange->path);
    if (method == LWSHUMETH_POST) {
        why = why_no_body(wsi, exchange->of_setup, &status);
        return why != NULL ? refuse(wsi, exchange, status, why) : 0;
    }
    if (method != LWSHUMETH_GET && method != LWSHUMETH_HEAD) {
        return refuse(wsi, exchange, HTTP_STATUS_METHOD_NOT_ALLOWED, "expected GET or POST");
    }
    if (exchange->of_setup) {
        return answer_setup(server, wsi, exchange, false);
    }
    if (strcmp(exchange->path, "/api/events") == 0) {
        return begin_listening(wsi, exchange);
    }
    if (strncmp(exchange->path, "/api/", 5) == 0) {
        return answer_json(wsi, exchange, server->handler->get(server->handler->context, exchange->path));
    }
    return answer_file(wsi, exchange, exchange->path);
}

static int take_body(struct exchange *exchange, const void *bytes, size_t size)
{
    char *body;

    if (exchange->data != NULL || size == 0) {
        return 0;
    }
    body = exchange->body_size + size <= BODY_MAX ? realloc(exchange->body, exchange->body_size + size + 1) : NULL;
    if (body == NULL) {
        return -1;
    }
    memcpy(body + exchange->body_size, bytes, size);
    exchange->body = body;
    exchange->body_size += size;
    body[exchange->body_size] = '\0';
    return 0;
}

static int end_body(struct web_server *server, struct lws *wsi, struct exchange *exchange)
{
    if (exchange->data != NULL) {
        return 0;
    }
    if (exchange->of_setup) {
        return answer_setup(server, wsi, exchange, true);
    }
    return answer_json(wsi, exchange,
                       server->handler->post(server->handler->context, exchange->path,
                                             exchange->body != NULL ? exchange->body : "", exchange->body_size));
}

static int write_bytes(struct lws *wsi, const char *data, size_t size, enum lws_write_protocol how)
{
    unsigned char *buffer = malloc(LWS_PRE + size + 1);
    int written;

    if (buffer == NULL) {
        return -1;
    }
    memcpy(buffer + LWS_PRE, data, size);
    written = lws_write(wsi, buffer + LWS_PRE, size, how);
    free(buffer);
    return written < (int)size ? -1 : 0;
}

static int write_event(struct web_server *server, struct lws *wsi, struct exchange *exchange)
{
    char *event = server->handler->event(server->handler->context, &exchange->place);
    int result = 0;

    if (event != NULL) {
        result = write_bytes(wsi, event, strlen(event), LWS_WRITE_HTTP);
        free(event);
        lws_callback_on_writable(wsi);
    }
    return result;
}

static int write_more(struct web_server *server, struct lws *wsi, struct exchange *exchange)
{
    size_t size;

    if (exchange->head_only) {
        return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
    }
    if (exchange->listening) {
        return write_event(server, wsi, exchange);
    }
    if (exchange->data == NULL) {
        return 0;
    }
    size = exchange->size - exchange->sent < CHUNK ? exchange->size - exchange->sent : CHUNK;
    const bool last = exchange->sent + size == exchange->size;

    if (write_bytes(wsi, exchange->data + exchange->sent, size, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) != 0) {
        return -1;
    }
    exchange->sent += size;
    if (!last) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static void end_exchange(struct exchange *exchange)
{
    free(exchange->body);
    free(exchange->answer);
    *exchange = (struct exchange){.body = NULL};
}

static struct web_server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static int serve_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct exchange *const exchange = user;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return begin_exchange(server_of(wsi), wsi, exchange);
    case LWS_CALLBACK_HTTP_BODY:
        return take_body(exchange, in, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return end_body(server_of(wsi), wsi, exchange);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return write_more(server_of(wsi), wsi, exchange);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        if (exchange != NULL) {
            end_exchange(exchange);
        }
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* a WebSocket without a subprotocol */
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

/* --- MQTT over WebSocket [MQTT-6.0.0-1] to [MQTT-6.0.0-4] --- */

static int open_stream(struct web_server *server, struct lws *wsi, struct web_stream *stream)
{
    *stream = (struct web_stream){.wsi = wsi};
    stream->object = server->handler->stream_open(server->handler->context, stream);
    return stream->object != NULL ? 0 : -1;
}

static int write_stream(struct web_server *server, struct web_stream *stream)
{
    unsigned char buffer[LWS_PRE + CHUNK];
    const size_t size = server->handler->stream_drain(stream->object, buffer + LWS_PRE, CHUNK);

    if (size == 0) {
        return server->handler->stream_should_close(stream->object) ? -1 : 0;
    }
    lws_callback_on_writable(stream->wsi);
    return lws_write(stream->wsi, buffer + LWS_PRE, size, LWS_WRITE_BINARY) < (int)size ? -1 : 0;
}

static int serve_mqtt(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct web_stream *const stream = user;
    struct web_server *const server = server_of(wsi);

    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return why_it_may_not_ask(server, wsi) == NULL ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
        return open_stream(server, wsi, stream);
    case LWS_CALLBACK_RECEIVE:
        if (!lws_frame_is_binary(wsi)) {
            return -1;
        }
        server->handler->stream_receive(stream->object, in, size);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_stream(server, stream);
    case LWS_CALLBACK_CLOSED:
        if (stream->object != NULL) {
            server->handler->stream_closed(stream->object);
            stream->object = NULL;
        }
        return 0;
    default:
        return 0;
    }
}

void web_stream_notify(struct web_stream *stream)
{
    lws_callback_on_writable(stream->wsi);
}

/* --- The loop. libwebsockets' is the outer one: the program's own descriptor is one that it watches. --- */

static int serve_loop(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)wsi;
    (void)user;
    (void)in;
    (void)size;
    if (reason == LWS_CALLBACK_RAW_RX_FILE) {
        mote_port()->wait(mote_port()->context, 0);
    }
    return reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION ? -1 : 0; /* no protocol for a WebSocket */
}

/* It is due before libwebsockets has come to its poll(), which then would wait for whatever else is next, up to half a minute. */
static void ring(lws_sorted_usec_list_t *alarm)
{
    lws_cancel_service(lws_container_of(alarm, struct web_server, alarm)->context);
}

void web_server_wait(struct web_server *server, uint64_t deadline_ms)
{
    const uint64_t now_ms = mote_now_ms();
    const uint64_t hour_ms = 3600000;
    uint64_t delay_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;

    if (delay_ms > hour_ms) {
        delay_ms = hour_ms;
    }
    lws_sul_schedule(server->context, 0, &server->alarm, ring, (lws_usec_t)(delay_ms * 1000 + 1));
    lws_service(server->context, 0);
    mote_port()->wait(mote_port()->context, 0);
}

void web_server_notify(struct web_server *server)
{
    lws_callback_on_writable_all_protocol_vhost(server->host, lws_vhost_name_to_protocol(server->host, "http"));
}

/* --- Start and stop --- */

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = serve_http, .per_session_data_size = sizeof(struct exchange)},
    {.name = "mqtt",
     .callback = serve_mqtt,
     .per_session_data_size = sizeof(struct web_stream),
     .rx_buffer_size = CHUNK},
    {.name = "loop", .callback = serve_loop},
    {.name = NULL},
};

/* As long as it may use IPv6, libwebsockets takes an IPv4 address for all addresses of the machine. */
static uint64_t family_options(const char *address)
{
    return strchr(address, ':') == NULL ? LWS_SERVER_OPTION_DISABLE_IPV6
                                        : LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY | LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE;
}

struct web_server *web_server_start(const char *address, uint16_t port, const struct web_handler *handler)
{
    struct web_server *server = calloc(1, sizeof(*server));
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .gid = -1,
        .uid = -1,
        .user = server,
    };
    struct lws_context_creation_info host = {
        .port = port,
        .iface = address,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | family_options(address),
        .vhost_name = "mote",
    };
    const lws_sock_file_fd_type loop = {.filefd = mote_linux_fd()};

    if (server == NULL) {
        abort();
    }
    lws_set_log_level(0, NULL);
    server->handler = handler;
    server->port = port;
    server->context = lws_create_context(&info);
    server->host = server->context != NULL ? lws_create_vhost(server->context, &host) : NULL;
    if (server->host == NULL ||
        lws_adopt_descriptor_vhost(server->host, LWS_ADOPT_RAW_FILE_DESC, loop, "loop", NULL) == NULL) {
        web_server_stop(server);
        return NULL;
    }
    return server;
}

void web_server_stop(struct web_server *server)
{
    if (server != NULL && server->context != NULL) {
        lws_sul_cancel(&server->alarm);
        lws_context_destroy(server->context);
    }
    free(server);
}
