#include "control.h"
#include "cli.h"
#include "control_node.h"
#include "port/linux/folder.h"

#include <errno.h>
#include <limits.h>
#include <mote/linux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 4, LINE_SIZE = 1024, LOOK_MS = 100 };

struct client {
    int fd; /* -1: none */
    size_t size;
    char line[LINE_SIZE];
};

struct control {
    int listener;
    int timer; /* runs while something takes time */
    struct sockaddr_un address;
    struct client clients[CLIENTS_MAX];
    struct client *waiting; /* for what takes time */
    struct control_node node;
    struct mote_settings kept;
};

/* One node runs in a program. */
static struct control control;

/* --- Clients --- */

static void hang_up(struct client *client)
{
    mote_linux_unwatch(client->fd);
    close(client->fd);
    client->fd = -1;
    client->size = 0;
    explicit_bzero(client->line, sizeof client->line);
    if (control.waiting == client) {
        control.waiting = NULL;
        control_node_cancel(&control.node);
    }
}

/* An answer is shorter than any socket's buffer. */
static void answer(struct client *client, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);

    if (text != NULL) {
        const size_t size = strlen(text);
        text[size] = '\n';
        send(client->fd, text, size + 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        explicit_bzero(text, size + 1);
        cJSON_free(text);
    }
    cJSON_Delete(json);
    if (control.waiting == client) {
        control.waiting = NULL;
    }
    hang_up(client);
}

static void run_timer(bool on)
{
    const struct itimerspec every = {.it_interval = {0, on ? LOOK_MS * 1000000L : 0},
                                     .it_value = {0, on ? LOOK_MS * 1000000L : 0}};

    timerfd_settime(control.timer, 0, &every, NULL);
}

static void on_timer(int fd, uint32_t events, void *context)
{
    uint64_t count;
    cJSON *json;

    (void)events;
    (void)context;
    if (read(fd, &count, sizeof count) < 0) {
        return;
    }
    json = control_node_turn(&control.node);
    if (json != NULL && control.waiting != NULL) {
        answer(control.waiting, json);
    }
    if (control.waiting == NULL) {
        run_timer(false);
    }
}

/* The key in a request is not left behind in memory. */
static void discard(cJSON *request)
{
    cJSON *key = cJSON_GetObjectItemCaseSensitive(request, "key");

    if (cJSON_IsString(key)) {
        explicit_bzero(key->valuestring, strlen(key->valuestring));
    }
    cJSON_Delete(request);
}

static void take_line(struct client *client)
{
    cJSON *request = cJSON_Parse(client->line);
    cJSON *json = request == NULL ? control_refusal(MOTE_CONFIG_INVALID, "expected a line of JSON")
                                  : control_node_do(&control.node, request);

    discard(request);
    explicit_bzero(client->line, sizeof client->line);
    if (json != NULL) {
        answer(client, json);
    } else {
        control.waiting = client;
        run_timer(true);
    }
}

static void on_client(int fd, uint32_t events, void *context)
{
    struct client *client = context;
    const size_t room = sizeof client->line - 1 - client->size;
    const ssize_t size = recv(fd, client->line + client->size, room, MSG_DONTWAIT);

    (void)events;
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0 || control.waiting == client) { /* one request each, and patience */
        hang_up(client);
        return;
    }
    client->size += (size_t)size;
    client->line[client->size] = '\0';
    char *end = memchr(client->line, '\n', client->size);
    if (end != NULL) {
        *end = '\0';
        take_line(client);
    } else if (client->size == sizeof client->line - 1) {
        answer(client, control_refusal(MOTE_CONFIG_INVALID, "the line is too long"));
    }
}

static bool is_let_in(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static struct client *free_client(void)
{
    for (int i = 0; i < CLIENTS_MAX; i++) {
        if (control.clients[i].fd < 0) {
            return &control.clients[i];
        }
    }
    return NULL;
}

static void on_listener(int fd, uint32_t events, void *context)
{
    const int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client = free_client();

    (void)events;
    (void)context;
    if (accepted >= 0 && client != NULL && is_let_in(accepted) &&
        mote_linux_watch(accepted, EPOLLIN, on_client, client)) {
        client->fd = accepted;
    } else if (accepted >= 0) {
        close(accepted);
    }
}

/* --- The socket --- */

static bool write_path(const char *id)
{
    char folder[PATH_MAX];
    const int fd = mote_folder_run(folder, sizeof folder) ? mote_folder_make(folder) : -1;
    int size;

    if (fd < 0) {
        return false;
    }
    close(fd);
    size = snprintf(control.address.sun_path, sizeof control.address.sun_path, "%s/%s.sock", folder, id);
    errno = ENAMETOOLONG;
    return size > 0 && (size_t)size < sizeof control.address.sun_path;
}

/* One that somebody answers at, or is too busy to, is another node's; else a node that was killed has left it. */
static bool is_taken(void)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool taken =
        connect(fd, (const struct sockaddr *)&control.address, sizeof control.address) == 0 || errno == EAGAIN;

    close(fd);
    if (!taken && errno == ECONNREFUSED) {
        unlink(control.address.sun_path);
    }
    return taken;
}

/* Nobody else can connect, not even between its making and a later change of its mode. */
static bool bind_for_owner(void)
{
    const mode_t mask = umask(0177);
    const bool bound = bind(control.listener, (const struct sockaddr *)&control.address, sizeof control.address) == 0;

    umask(mask);
    return bound;
}

static bool listen_there(const char *id)
{
    control.address = (struct sockaddr_un){.sun_family = AF_UNIX};
    control.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    control.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!write_path(id)) {
        return false;
    }
    if (is_taken()) {
        errno = EADDRINUSE;
        return false;
    }
    return control.listener >= 0 && control.timer >= 0 && bind_for_owner() &&
           listen(control.listener, CLIENTS_MAX) == 0 &&
           mote_linux_watch(control.listener, EPOLLIN, on_listener, NULL) &&
           mote_linux_watch(control.timer, EPOLLIN, on_timer, NULL);
}

static void close_both(void)
{
    mote_linux_unwatch(control.listener);
    mote_linux_unwatch(control.timer);
    close(control.listener);
    close(control.timer);
}

/* A setup portal loads what is kept, and gives it to its node, itself. */
static void load_kept(struct config *config)
{
    const struct mote_port *port = mote_port();
    enum mote_reason reason;

    mote_settings_open(config->node.id);
    reason = mote_settings_load(&control.kept);
    if (reason != MOTE_OK) {
        cli_error("settings", port->words == NULL ? mote_reason_words(reason) : port->words(port->context), reason);
    }
    control_node_list(&control.node, config->node.networks);
}

void control_prepare(struct config *config)
{
    const bool has_setup = config->setup != NULL;

    control.node =
        (struct control_node){.config = config, .settings = has_setup ? &config->setup->settings : &control.kept};
    memcpy(control.node.program, config->node.networks, sizeof control.node.program);
    if (!has_setup) {
        load_kept(config);
    }
}

struct control *control_start(struct mote_node *node)
{
    const char *id = control.node.config->node.id;

    for (int i = 0; i < CLIENTS_MAX; i++) {
        control.clients[i].fd = -1;
    }
    control.node.node = node;
    if (listen_there(id)) {
        return &control;
    }
    cli_errorf(id, MOTE_OK, "`mote wifi` cannot ask this node: %s%s%s", control.address.sun_path,
               control.address.sun_path[0] != 0 ? ": " : "",
               errno == EADDRINUSE ? "another node of this id runs" : strerror(errno));
    close_both();
    return NULL;
}

void control_stop(struct control *started)
{
    if (started == NULL) {
        return;
    }
    for (int i = 0; i < CLIENTS_MAX; i++) {
        if (control.clients[i].fd >= 0) {
            hang_up(&control.clients[i]);
        }
    }
    close_both();
    unlink(control.address.sun_path);
    mote_settings_wipe(&control.kept);
}
