/* The portal's servers on Linux's sockets: a virtual board on this machine's loopback interface. */
#include "check.h"

#include "port/linux/setup_server.h"
#include "setup/inside.h"
#include <arpa/inet.h>
#include <errno.h>
#include <mote/linux.h>
#include <mote/mqtt.h>
#include <mote/sim.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct mote_sim *sim;
static struct mote_node node;
static struct mote_setup portal;
static uint16_t http_port, dns_port;

/* A port that was free when it was asked for. */
static uint16_t bind_somewhere(int type, int *fd)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    *fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    CHECK(*fd >= 0 && bind(*fd, (struct sockaddr *)&at, size) == 0);
    CHECK(getsockname(*fd, (struct sockaddr *)&at, &size) == 0);
    return ntohs(at.sin_port);
}

static void set_port(const char *variable, uint16_t port)
{
    char text[8];

    snprintf(text, sizeof text, "%u", port);
    setenv(variable, text, 1);
}

static void turn(void)
{
    uint64_t next_ms = mote_node_turn(&node);
    uint64_t soon_ms = mote_now_ms() + 50;

    mote_port()->wait(mote_port()->context, next_ms < soon_ms ? next_ms : soon_ms);
}

static void start(void)
{
    static const struct mote_node_config config = {.id = "lamp", .broker = "mqtt://127.0.0.1:9"};
    int http, dns;

    sim = mote_sim_board_install();
    mote_sim_power(sim, false);
    mote_sim_power(sim, true);
    CHECK_EQUAL(mote_sim_air_set(sim, MOTE_TEXT("home=key of home")), MOTE_OK);
    http_port = bind_somewhere(SOCK_STREAM, &http);
    dns_port = bind_somewhere(SOCK_DGRAM, &dns);
    close(http);
    close(dns);
    set_port("MOTE_SETUP_HTTP_PORT", http_port);
    set_port("MOTE_SETUP_DNS_PORT", dns_port);
    portal = (struct mote_setup){.open = true};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    CHECK_EQUAL(mote_node_add_setup(&node, &portal), MOTE_OK);
}

static void open_portal(void)
{
    start();
    for (int i = 0; i < 200 && mote_setup_state(&portal) != MOTE_SETUP_OPEN; i++)
        turn();
    CHECK_EQUAL(mote_setup_state(&portal), MOTE_SETUP_OPEN);
    CHECK_EQUAL(mote_setup_trouble(&portal), MOTE_OK);
}

static void end(void)
{
    mote_setup_close(&portal);
    mote_node_abort(&node);
}

static int dial(int type, uint16_t port)
{
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

/* Reads to the end. Returns how much. */
static size_t take(int fd, char *into, size_t size)
{
    size_t used = 0;

    for (int i = 0; i < 1000; i++) {
        ssize_t got = recv(fd, into + used, size - 1 - used, MSG_DONTWAIT);

        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            CHECK_EQUAL(got, 0);
            into[used] = '\0';
            return used;
        }
        used += got > 0 ? (size_t)got : 0;
        turn();
    }
    check_fail(__FILE__, __LINE__, "the answer does not end");
}

static void say(int fd, const char *text)
{
    CHECK_EQUAL(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void serves_the_page(void)
{
    static char page[32768];
    int fd;

    open_portal();
    for (int i = 0; i < 200 && portal.found_count == 0; i++)
        turn();
    fd = dial(SOCK_STREAM, http_port);
    say(fd, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 5; i++)
        turn();
    say(fd, "Host: 127.0.0.1\r\n\r\n");
    CHECK(take(fd, page, sizeof page) > 3000);
    CHECK(strncmp(page, "HTTP/1.1 200 OK\r\n", 17) == 0 && strstr(page, "<bdi>home</bdi>") != NULL);
    CHECK(strstr(page, "</html>\n") != NULL);
    close(fd);
    end();
}

/* A body that nobody wants is read past, so that the refusal arrives. */
static void a_refusal_arrives(void)
{
    static char page[32768];
    static char body[200000];
    int fd;

    open_portal();
    fd = dial(SOCK_STREAM, http_port);
    say(fd, "POST /setup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n\r\n");
    for (int sent = 0, i = 0; sent < 200000 && i < 1000; i++) {
        ssize_t more = send(fd, body, sizeof body - (size_t)sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        sent += more > 0 ? (int)more : 0;
        turn();
    }
    take(fd, page, sizeof page);
    CHECK(strncmp(page, "HTTP/1.1 413 ", 13) == 0);
    close(fd);
    end();
}

static void who_says_nothing_gives_way(void)
{
    static char page[32768];
    int silent[MOTE_SETUP_CONNECTIONS], fd;
    char byte;

    open_portal();
    for (int i = 0; i < MOTE_SETUP_CONNECTIONS; i++) {
        silent[i] = dial(SOCK_STREAM, http_port);
        for (int k = 0; k < 3; k++)
            turn();
    }
    fd = dial(SOCK_STREAM, http_port);
    say(fd, "GET /setup/state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    take(fd, page, sizeof page);
    CHECK(strstr(page, "\r\n\r\nopen ") != NULL);
    CHECK_EQUAL(recv(silent[0], &byte, 1, MSG_DONTWAIT), 0);
    CHECK(recv(silent[1], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    for (int i = 0; i < MOTE_SETUP_CONNECTIONS; i++)
        close(silent[i]);
    close(fd);
    end();
}

static void answers_names(void)
{
    static const char query[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01"
                                "a\0\0\x01\0\x01";
    uint8_t answer[512];
    ssize_t size = -1;
    int fd;

    open_portal();
    fd = dial(SOCK_DGRAM, dns_port);
    CHECK_EQUAL(send(fd, "nonsense", 8, 0), 8);
    CHECK_EQUAL(send(fd, query, sizeof query - 1, 0), (ssize_t)sizeof query - 1);
    for (int i = 0; i < 1000 && size < 0; i++) {
        turn();
        size = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    }
    CHECK_EQUAL(size, sizeof query - 1 + 16);
    CHECK_BYTES(answer + size - 4, 4, "7f 00 00 01");
    close(fd);
    end();
}

static void a_port_that_is_taken_is_said(void)
{
    int fd;

    start();
    set_port("MOTE_SETUP_DNS_PORT", bind_somewhere(SOCK_DGRAM, &fd));
    for (int i = 0; i < 200 && mote_setup_state(&portal) != MOTE_SETUP_OPEN; i++)
        turn();
    CHECK_EQUAL(mote_setup_state(&portal), MOTE_SETUP_OPEN);
    CHECK_EQUAL(mote_setup_trouble(&portal), MOTE_CONFIG_INVALID);
    CHECK(strncmp(mote_port()->words(mote_port()->context), "setup: DNS port ", 16) == 0);
    CHECK(mote_sim_own_ssid(sim) != NULL);
    close(fd);
    end();
}

static void nobody_is_served_once_it_is_closed(void)
{
    const struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in at = loopback;
    char byte;
    int before, after;

    open_portal();
    before = dial(SOCK_STREAM, http_port);
    turn();
    turn();
    end();
    CHECK_EQUAL(recv(before, &byte, 1, MSG_DONTWAIT), 0);
    after = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_port = htons(http_port);
    CHECK(connect(after, (struct sockaddr *)&at, sizeof at) != 0 && errno == ECONNREFUSED);
    close(before);
    close(after);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"serves-the-page", serves_the_page},
        {"a-refusal-arrives", a_refusal_arrives},
        {"who-says-nothing-gives-way", who_says_nothing_gives_way},
        {"answers-names", answers_names},
        {"a-port-that-is-taken-is-said", a_port_that_is_taken_is_said},
        {"nobody-is-served-once-it-is-closed", nobody_is_served_once_it_is_closed},
    };

    return check_main("unit/setup_server_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}
