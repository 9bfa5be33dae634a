/* A broker for one client, which it floods: flood COUNT. It says its port, takes a CONNECT and a SUBSCRIBE, sends COUNT messages of
 * QoS 0 and 1 by turns, and reads whatever comes until the client goes. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 512, SIZE = 28 }; /* of a pair of messages */

static uint8_t batch[BATCH * SIZE];

static void make_batch(void)
{
    static const uint8_t pair[SIZE] = {0x30, 11, 0, 1,   'a', 'm', 'e', 's', 's', 'a', 'g', 'e', '0', 0x32,
                                       13,   0,  1, 'a', 0,   7,   'm', 'e', 's', 's', 'a', 'g', 'e', '1'};

    for (int i = 0; i < BATCH * SIZE; i++)
        batch[i] = pair[i % SIZE];
    for (int i = 0; i < BATCH; i++)
        batch[i * SIZE + 19] = (uint8_t)(i % 200 + 1);
}

/* Each packet that is awaited is short, and comes alone. */
static void take_packet(int client, const uint8_t *answer, size_t size)
{
    uint8_t got[512];
    ssize_t count = read(client, got, sizeof got);

    if (count <= 0 || write(client, answer, size) != (ssize_t)size)
        exit(1);
}

static void flood(int client, long pairs)
{
    uint8_t got[65536];
    size_t at = 0;

    while (pairs > 0) {
        struct pollfd ready = {.fd = client, .events = POLLIN | POLLOUT};
        size_t whole = pairs < BATCH ? (size_t)pairs * SIZE : sizeof batch;
        ssize_t sent = 0;

        poll(&ready, 1, -1);
        if ((ready.revents & POLLIN) && read(client, got, sizeof got) <= 0)
            exit(1);
        if (ready.revents & POLLOUT)
            sent = send(client, batch + at, whole - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        if (at == whole) {
            pairs -= (long)(whole / SIZE);
            at = 0;
        }
    }
    while (read(client, got, sizeof got) > 0)
        ;
}

int main(int argc, char **argv)
{
    static const uint8_t connack[] = {0x20, 2, 0, 0}, suback[] = {0x90, 3, 0, 1, 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int client;

    if (argc != 2 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return 1;
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    client = accept(listener, NULL, NULL);
    make_batch();
    take_packet(client, connack, sizeof connack);
    take_packet(client, suback, sizeof suback);
    flood(client, atol(argv[1]) / 2);
    return 0;
}
