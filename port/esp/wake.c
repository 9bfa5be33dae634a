#include "port/esp/wake.h"
#include <esp_attr.h>
#include <fcntl.h>
#include <freertos/FreeRTOS.h>
#include <freertos/timers.h>
#include <lwip/sockets.h>
#include <string.h>

static int fd = -1;
static struct sockaddr_in address;
static volatile bool woken; /* a datagram is under way */

static bool bind_to_itself(void)
{
    socklen_t size = sizeof address;

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
           getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
           fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK) >= 0;
}

bool mote_wake_start(void)
{
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    return fd >= 0 && bind_to_itself();
}

int mote_wake_fd(void)
{
    return fd;
}

/* If there is no memory for it, the loop wakes by itself soon enough: port.c has it never sleep for long. */
void mote_wake(void)
{
    const char byte = 0;

    if (woken || fd < 0)
        return;
    woken = true;
    if (sendto(fd, &byte, 1, 0, (const struct sockaddr *)&address, sizeof address) != 1)
        woken = false;
}

static void wake_later(void *context, uint32_t number)
{
    (void)context, (void)number;
    mote_wake();
}

void IRAM_ATTR mote_wake_from_interrupt(void)
{
    BaseType_t task_switch = pdFALSE;

    xTimerPendFunctionCallFromISR(wake_later, NULL, 0, &task_switch);
    if (task_switch)
        portYIELD_FROM_ISR();
}

/* What is posted from here on sends a datagram of its own. */
void mote_wake_clear(void)
{
    char bytes[8];

    woken = false;
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}
