/* What a publication costs when very many are under way.
 *
 *   flight QOS SESSIONS WINDOW COUNT SIZE
 *
 * Each of the sessions publishes COUNT messages to a server which acknowledges none before WINDOW of them are under way,
 * and then always the oldest 32 at once. Printed is the CPU time of the publisher's thread for each message after
 * the first WINDOW, in microseconds. The server is a second thread, at the other end of a socket. */
#include "client.h"

#include <mote/mote.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 65536, AT_ONCE = 32 };

static unsigned qos, window, count;
static size_t size;

/* --- The server --- */

struct server {
    int fd;
    unsigned received;  /* publications */
    unsigned completed; /* acknowledged in the end */
    uint16_t *ids;      /* of those that are not, a ring */
    uint8_t answers[8 * CHUNK];
    size_t answer_size;
};

static void put(struct server *server, uint8_t type, uint16_t id)
{
    uint8_t packet[4] = {type, 2, (uint8_t)(id >> 8), (uint8_t)id};

    bench_require(server->answer_size + sizeof packet <= sizeof server->answers, "the server");
    memcpy(server->answers + server->answer_size, packet, sizeof packet);
    server->answer_size += sizeof packet;
}

/* Begins to acknowledge the oldest. */
static void acknowledge(struct server *server, unsigned most)
{
    for (; most > 0 && server->completed < server->received; most--) {
        put(server, qos == 1 ? 0x40 : 0x50, server->ids[server->completed % window]);
        server->completed++;
    }
}

static void take(struct server *server, const uint8_t *packet, size_t head)
{
    size_t id_at = head + 2 + sizeof BENCH_TOPIC - 1;

    switch (packet[0] >> 4) {
    case 1:
        memcpy(server->answers, "\x20\x02\x00\x00", 4);
        server->answer_size = 4;
        break;
    case 3:
        server->ids[server->received % window] = (uint16_t)(packet[id_at] << 8 | packet[id_at + 1]);
        server->received++;
        if (server->received - server->completed >= window)
            acknowledge(server, AT_ONCE);
        if (server->received == count)
            acknowledge(server, qos == 1 ? window : AT_ONCE);
        break;
    case 6:
        put(server, 0x70, (uint16_t)(packet[2] << 8 | packet[3]));
        if (server->received == count)
            acknowledge(server, 1);
        break;
    default:
        break;
    }
}

/* Takes the whole packets; returns how many bytes they are. */
static size_t take_all(struct server *server, const uint8_t *bytes, size_t length)
{
    size_t at = 0;

    for (;;) {
        size_t left = length - at, head = left > 1 && bytes[at + 1] >= 0x80 ? 3 : 2;
        size_t whole = left < head ? SIZE_MAX : head + (bytes[at + 1] & 0x7Fu) + (head == 3 ? bytes[at + 2] * 128u : 0);

        if (whole > left)
            return at;
        take(server, bytes + at, head);
        at += whole;
    }
}

static void send_answers(struct server *server)
{
    for (size_t sent = 0; sent < server->answer_size;) {
        ssize_t now = write(server->fd, server->answers + sent, server->answer_size - sent);

        bench_require(now > 0, "the server");
        sent += (size_t)now;
    }
    server->answer_size = 0;
}

static void *serve(void *context)
{
    struct server *server = context;
    static _Thread_local uint8_t bytes[CHUNK];
    size_t kept = 0;
    ssize_t got;

    while ((got = read(server->fd, bytes + kept, sizeof bytes - kept)) > 0) {
        size_t used = take_all(server, bytes, kept + (size_t)got);

        kept = kept + (size_t)got - used;
        memmove(bytes, bytes + used, kept);
        send_answers(server);
    }
    return NULL;
}

/* --- The publisher --- */

struct publisher {
    struct mote_session session;
    struct mote_session_config config;
    struct server server;
    pthread_t thread;
    int fd;
    unsigned published;
    unsigned acknowledged;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);

    bench_require(memory != NULL, "calloc");
    return memory;
}

static void start(struct publisher *self)
{
    int ends[2];

    bench_require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    self->fd = ends[0];
    self->server.fd = ends[1];
    self->server.ids = allocate(window * sizeof *self->server.ids);
    self->config = (struct mote_session_config){
        .client_id = MOTE_TEXT("flight"),
        .receive_buffer = allocate(CHUNK),
        .receive_size = CHUNK,
        .send_buffer = allocate(CHUNK),
        .send_size = CHUNK,
        .store_size = (size + 64) * window,
        .inflight = allocate(window * sizeof(struct mote_inflight)),
        .inflight_count = (uint16_t)window,
    };
    self->config.store = allocate(self->config.store_size);
    bench_require(mote_session_init(&self->session, &self->config) == MOTE_OK, "the session");
    bench_require(mote_session_open(&self->session, 0) == MOTE_OK, "CONNECT");
    bench_require(pthread_create(&self->thread, NULL, serve, &self->server) == 0, "pthread_create");
}

static void publish_more(struct publisher *self)
{
    static char payload[CHUNK];
    struct mote_message message = {
        .topic = MOTE_TEXT(BENCH_TOPIC), .payload = {payload, size}, .qos = (enum mote_qos)qos};

    while (self->published < count && mote_session_publish(&self->session, &message, NULL) == MOTE_OK)
        self->published++;
}

static void send_output(struct publisher *self)
{
    struct mote_text output;

    while ((output = mote_session_output(&self->session)).length > 0) {
        ssize_t sent = write(self->fd, output.data, output.length);

        bench_require(sent > 0, "write");
        mote_session_sent(&self->session, (size_t)sent, 0);
    }
}

static void receive(struct publisher *self)
{
    struct mote_session_event event;
    size_t room;
    uint8_t *into = mote_session_receive_space(&self->session, &room);
    ssize_t got = read(self->fd, into, room < 1024 ? room : 1024); /* about as many at once, whatever the window */

    bench_require(got > 0, "read");
    mote_session_received(&self->session, (size_t)got, 0);
    while (mote_session_next(&self->session, 0, &event)) {
        bench_require(event.type == MOTE_EVENT_CONNECTED || event.type == MOTE_EVENT_PUBLISHED, "the session");
        self->acknowledged += event.type == MOTE_EVENT_PUBLISHED;
    }
}

static double cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_THREAD, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    unsigned sessions;
    struct publisher *publishers;
    double began_us = 0;
    bool left = true;

    bench_require(argc == 6, "the command line");
    qos = (unsigned)atoi(argv[1]);
    sessions = (unsigned)atoi(argv[2]);
    window = (unsigned)atoi(argv[3]);
    count = (unsigned)atoi(argv[4]);
    size = strtoul(argv[5], NULL, 10);
    publishers = allocate(sessions * sizeof *publishers);
    for (unsigned i = 0; i < sessions; i++)
        start(&publishers[i]);
    while (left) {
        left = false;
        for (unsigned i = 0; i < sessions; i++) {
            publish_more(&publishers[i]);
            send_output(&publishers[i]);
            if (publishers[i].acknowledged < count)
                receive(&publishers[i]);
            left |= publishers[i].acknowledged < count;
        }
        if (began_us == 0 && publishers[sessions - 1].acknowledged > 0)
            began_us = cpu_us();
    }
    printf("{\"messages\": %u, \"cpu_us\": %.4f}\n", sessions * (count - window),
           (cpu_us() - began_us) / (sessions * (count - window)));
    return 0;
}
