#include "port/esp/wake.h"
#include <fcntl.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>
#include <lwip/udp.h>

static int fd = -1;
static uint16_t port;
static struct tcpip_callback_msg *knock;
static volatile bool woken; /* a datagram is under way */

/* --- In lwIP's task, which sends it: calls of sockets wait for this task, so that it cannot make any itself --- */

static struct udp_pcb *find_own(void)
{
    struct udp_pcb *pcb = udp_pcbs;

    while (pcb != NULL && pcb->local_port != port)
        pcb = pcb->next;
    return pcb;
}

static bool send_to_itself(struct udp_pcb *pcb)
{
    struct pbuf *datagram = pbuf_alloc(PBUF_TRANSPORT, 1, PBUF_RAM);
    err_t error;

    if (datagram == NULL)
        return false;
    *(uint8_t *)datagram->payload = 0;
    error = udp_sendto(pcb, datagram, &pcb->local_ip, port);
    pbuf_free(datagram);
    return error == ERR_OK;
}

static void on_knock(void *context)
{
    struct udp_pcb *pcb = find_own();

    (void)context;
    if (pcb == NULL || !send_to_itself(pcb))
        woken = false;
}

/* --- In the loop's --- */

static bool bind_to_itself(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return false;
    port = ntohs(address.sin_port);
    return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK) >= 0;
}

bool mote_wake_start(void)
{
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || !bind_to_itself())
        return false;
    knock = tcpip_callbackmsg_new(on_knock, NULL);
    return knock != NULL;
}

int mote_wake_fd(void)
{
    return fd;
}

/* What is posted from here on sends a datagram of its own. */
void mote_wake_clear(void)
{
    char bytes[8];

    woken = false;
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

/* --- From anywhere. If lwIP has no room for it, the loop wakes by itself soon enough: port.c has it never sleep for long --- */

static bool is_needed(void)
{
    return !woken && knock != NULL;
}

void mote_wake(void)
{
    if (!is_needed())
        return;
    woken = true;
    if (tcpip_callbackmsg_trycallback(knock) != ERR_OK)
        woken = false;
}

void mote_wake_from_interrupt(void)
{
    err_t error;

    if (!is_needed())
        return;
    woken = true;
    error = tcpip_callbackmsg_trycallback_fromisr(knock);
    if (error == ERR_NEED_SCHED)
        portYIELD_FROM_ISR();
    else if (error != ERR_OK)
        woken = false;
}
