#include "port/cortexm/network.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/host.h"
#include "port/cortexm/random.h"
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/prot/dhcp.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <mote/sched.h>
#include <netif/ethernet.h>
#include <string.h>

enum { FRAMES_PER_TURN = 16, FRAME_MIN = 60, CABLE_LOOK_MS = 500 };
enum { DHCP_DOUBLINGS_MAX = 3 }; /* of a second: 8 s */

static struct netif interface;
static uint8_t frame[MOTE_ETHERNET_FRAME_MAX]; /* one goes in or out at a time */
static bool taking;

uint32_t sys_now(void)
{
    return (uint32_t)mote_clock_now_ms();
}

uint32_t mote_lwip_random(void)
{
    return mote_random();
}

void mote_lwip_failed(const char *what)
{
    mote_console_say("\nmote: lwIP: ");
    mote_console_say(what);
    mote_console_say("\n");
    mote_host_fail();
}

static err_t send_frame(struct netif *to, struct pbuf *packet)
{
    size_t size = pbuf_copy_partial(packet, frame, sizeof frame, 0);

    (void)to;
    if (packet->tot_len > sizeof frame)
        return ERR_BUF;
    if (size < FRAME_MIN) {
        memset(frame + size, 0, FRAME_MIN - size);
        size = FRAME_MIN;
    }
    return mote_ethernet_send(frame, size) ? ERR_OK : ERR_MEM;
}

static err_t start_interface(struct netif *of)
{
    of->name[0] = 'e';
    of->name[1] = 'n';
    of->output = etharp_output;
    of->linkoutput = send_frame;
    of->mtu = 1500;
    of->hwaddr_len = 6;
    of->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    return mote_ethernet_start(of->hwaddr) ? ERR_OK : ERR_IF;
}

/* lwIP would come to ask once a minute: whoever's router was off for a while would wait that long for nothing. */
static void ask_often(void)
{
    struct dhcp *dhcp = netif_dhcp_data(&interface);

    if (dhcp != NULL && dhcp->state == DHCP_STATE_SELECTING && dhcp->tries >= DHCP_DOUBLINGS_MAX)
        dhcp->tries = DHCP_DOUBLINGS_MAX - 1;
}

/* Setting the same again does nothing. */
static void look_at_cable(void *unused)
{
    (void)unused;
    if (mote_ethernet_is_connected())
        netif_set_link_up(&interface);
    else
        netif_set_link_down(&interface);
    ask_often();
    sys_timeout(CABLE_LOOK_MS, look_at_cable, NULL);
}

void mote_network_start(void)
{
    lwip_init();
    if (netif_add_noaddr(&interface, NULL, start_interface, ethernet_input) == NULL)
        return; /* there is no Ethernet: links wait for an address in vain, and say so */
    mote_random_stir(interface.hwaddr, interface.hwaddr_len);
    netif_set_default(&interface);
    netif_set_up(&interface);
    look_at_cable(NULL);
    dhcp_start(&interface);
    mote_clock_wake(); /* an answer that is there before the first look, which arms the interrupt, is not slept over */
}

static void hand_in(size_t size)
{
    struct pbuf *packet = pbuf_alloc(PBUF_RAW, (uint16_t)size, PBUF_POOL);

    if (packet == NULL)
        return; /* it is sent again */
    pbuf_take(packet, frame, (uint16_t)size);
    if (interface.input(packet, &interface) != ERR_OK)
        pbuf_free(packet);
}

/* The interrupt is armed first: what comes after the last look has its own. */
static void take_frames(void)
{
    size_t size;
    int count = 0;

    mote_ethernet_arm();
    taking = true;
    while (count < FRAMES_PER_TURN && (size = mote_ethernet_receive(frame, sizeof frame)) > 0) {
        hand_in(size);
        count++;
    }
    taking = false;
    if (count == FRAMES_PER_TURN)
        mote_clock_wake();
}

void mote_network_turn(void)
{
    if (interface.input != NULL)
        take_frames();
    sys_check_timeouts();
}

uint64_t mote_network_deadline(uint64_t now_ms)
{
    uint32_t delay_ms = sys_timeouts_sleeptime();

    return delay_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? MOTE_NEVER : now_ms + delay_ms;
}

bool mote_network_is_up(void)
{
    return netif_is_up(&interface) && netif_is_link_up(&interface) && !ip4_addr_isany(netif_ip4_addr(&interface));
}

bool mote_network_is_taking(void)
{
    return taking;
}
