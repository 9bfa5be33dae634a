/* What port/esp/ needs of FreeRTOS and lwIP to hand things over to the loop, for a test that is both of its tasks by turns: its own, and
 * lwIP's while fake_lwip_run() does what waits there. A socket's call from lwIP's task, which on a chip waits for itself for ever, fails
 * the test. */
#ifndef ESP_FAKE_H
#define ESP_FAKE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- FreeRTOS --- */

typedef struct fake_queue *QueueHandle_t;
typedef int BaseType_t;
typedef unsigned UBaseType_t;

#define pdTRUE 1
#define portYIELD_FROM_ISR() ((void)0)

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size);
BaseType_t xQueueSend(QueueHandle_t queue, const void *item, unsigned ticks);
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, unsigned ticks);
UBaseType_t uxQueueMessagesWaiting(QueueHandle_t queue);
UBaseType_t uxQueueSpacesAvailable(QueueHandle_t queue);

/* --- lwIP: errors, memory, addresses --- */

typedef int err_t;

enum {
    ERR_OK = 0,
    ERR_MEM = -1,
    ERR_INPROGRESS = -5,
    ERR_VAL = -6,
    ERR_NEED_SCHED = 123,
    PBUF_TRANSPORT = 0,
    PBUF_RAM = 0
};

typedef struct {
    uint32_t address;
} ip_addr_t;

#define LWIP_IPV6 0
#define ip_2_ip4(ip) (ip)
#define inet_addr_from_ip4addr(to, from) ((to)->s_addr = htonl((from)->address))

struct pbuf {
    void *payload;
};

struct pbuf *pbuf_alloc(int layer, uint16_t size, int type);
void pbuf_free(struct pbuf *pbuf);

/* --- Its task --- */

typedef void (*tcpip_callback_fn)(void *context);
struct tcpip_callback_msg;

err_t tcpip_callback(tcpip_callback_fn function, void *context);
struct tcpip_callback_msg *tcpip_callbackmsg_new(tcpip_callback_fn function, void *context);
err_t tcpip_callbackmsg_trycallback(struct tcpip_callback_msg *message);
err_t tcpip_callbackmsg_trycallback_fromisr(struct tcpip_callback_msg *message);

/* --- What only its task may call --- */

struct udp_pcb {
    struct udp_pcb *next;
    ip_addr_t local_ip;
    uint16_t local_port;
};

typedef void (*dns_found_callback)(const char *name, const ip_addr_t *address, void *context);

extern struct udp_pcb *udp_pcbs;

err_t udp_sendto(struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *to, uint16_t port);
err_t dns_gethostbyname(const char *name, ip_addr_t *address, dns_found_callback found, void *context);

/* --- What its task may not call --- */

int fake_bind(int fd, const struct sockaddr *address, socklen_t size);
ssize_t fake_recv(int fd, void *into, size_t size, int flags);
ssize_t fake_sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size);

#define bind fake_bind
#define recv fake_recv
#define sendto fake_sendto

#endif
