/* SMSC's (Microchip's) LAN9118, with frames moved a word at a time. */
#include "port/cortexm/board.h"
#include "port/cortexm/register.h"
#include <string.h>

#define ETHERNET(offset) REGISTER(0x40200000u + (offset))

enum { INTERRUPT = 13 };
enum { RECEIVE_DATA = 0x00, SEND_DATA = 0x20, RECEIVE_STATUS = 0x40, SEND_STATUS = 0x48, INTERRUPT_SETUP = 0x54 };
enum {
    INTERRUPT_STATUS = 0x58,
    INTERRUPT_ENABLE = 0x5c,
    BYTE_TEST = 0x64,
    QUEUE_INTERRUPT = 0x68,
    RECEIVE_SETUP = 0x6c
};
enum { SEND_SETUP = 0x70, SETUP = 0x74, RECEIVE_LEVEL = 0x7c, SEND_LEVEL = 0x80 };
enum { MAC_COMMAND = 0xa4, MAC_DATA = 0xa8 };

/* Registers of its MAC, and of the PHY behind that. */
enum { MAC_CONTROL = 1, MAC_ADDRESS_HIGH = 2, MAC_ADDRESS_LOW = 3, MAC_PHY_ACCESS = 6, MAC_PHY_DATA = 7 };
enum { PHY_STATUS = 1, PHY_LINK = 1u << 2 };

static const uint32_t BUSY = 1u << 31, READING = 1u << 30;
static const uint32_t RECEIVED = 1u << 3; /* an interrupt's bit */
static const uint32_t RECEIVE_FAILED = 1u << 15;

enum { CHECK_SIZE = 4, HEADER_SIZE = 14 };

static void mac_wait(void)
{
    while ((ETHERNET(MAC_COMMAND) & BUSY) != 0)
        ;
}

static uint32_t mac_read(uint32_t number)
{
    ETHERNET(MAC_COMMAND) = BUSY | READING | number;
    mac_wait();
    return ETHERNET(MAC_DATA);
}

static void mac_write(uint32_t number, uint32_t value)
{
    ETHERNET(MAC_DATA) = value;
    ETHERNET(MAC_COMMAND) = BUSY | number;
    mac_wait();
}

static uint32_t phy_read(uint32_t number)
{
    mac_write(MAC_PHY_ACCESS, 1u << 11 | number << 6 | 1); /* PHY 1, busy */
    while ((mac_read(MAC_PHY_ACCESS) & 1) != 0)
        ;
    return mac_read(MAC_PHY_DATA);
}

static void start_device(void)
{
    ETHERNET(SETUP) = 1; /* anew */
    while ((ETHERNET(SETUP) & 1) != 0)
        ;
    ETHERNET(SETUP) = 5u << 16 | 1u << 20; /* 5 KiB for what goes out; the other bit has to be set */
    ETHERNET(RECEIVE_SETUP) = 0;
    ETHERNET(QUEUE_INTERRUPT) = 0; /* any frame */
    ETHERNET(INTERRUPT_ENABLE) = 0;
    ETHERNET(INTERRUPT_STATUS) = ~0u;
    ETHERNET(INTERRUPT_SETUP) = 1u << 8 | 1u << 4 | 1u; /* on, high, driven */
    ETHERNET(SEND_SETUP) = 2;                           /* on */
    mac_write(MAC_CONTROL, 1u << 20 | 0xcu);            /* both ways, at once */
}

bool mote_ethernet_start(uint8_t mac[6])
{
    uint32_t low, high;

    if (ETHERNET(BYTE_TEST) != 0x87654321u)
        return false;
    start_device();
    low = mac_read(MAC_ADDRESS_LOW);
    high = mac_read(MAC_ADDRESS_HIGH);
    memcpy(mac, &low, 4);
    memcpy(mac + 4, &high, 2);
    mote_interrupt_enable(INTERRUPT);
    return true;
}

/* The bit stays 0 after the cable was out until it is read. */
bool mote_ethernet_is_connected(void)
{
    phy_read(PHY_STATUS);
    return (phy_read(PHY_STATUS) & PHY_LINK) != 0;
}

void mote_ethernet_arm(void)
{
    ETHERNET(INTERRUPT_STATUS) = RECEIVED;
    ETHERNET(INTERRUPT_ENABLE) = RECEIVED;
}

void mote_ethernet_interrupt(void)
{
    ETHERNET(INTERRUPT_ENABLE) = 0;
}

/* It could skip by itself what has at least four words; QEMU's then counts them as if they were still there, and takes nothing more before
 * long. */
static void skip(size_t words)
{
    for (size_t i = 0; i < words; i++)
        (void)ETHERNET(RECEIVE_DATA);
}

static void read_frame(uint8_t *into, size_t length, size_t words)
{
    size_t at = 0;

    for (size_t i = 0; i < words; i++) {
        uint32_t word = ETHERNET(RECEIVE_DATA);
        size_t size = length - at < 4 ? length - at : 4;

        memcpy(into + at, &word, size);
        at += size;
    }
}

size_t mote_ethernet_receive(uint8_t *into, size_t size)
{
    while ((ETHERNET(RECEIVE_LEVEL) >> 16 & 0xff) != 0) {
        uint32_t status = ETHERNET(RECEIVE_STATUS);
        size_t whole = status >> 16 & 0x3fff, words = (whole + 3) / 4;

        if ((status & RECEIVE_FAILED) == 0 && whole >= HEADER_SIZE + CHECK_SIZE && whole - CHECK_SIZE <= size) {
            read_frame(into, whole - CHECK_SIZE, words);
            return whole - CHECK_SIZE;
        }
        skip(words);
    }
    return 0;
}

bool mote_ethernet_send(const uint8_t *frame, size_t size)
{
    size_t words = (size + 3) / 4;

    if ((ETHERNET(SEND_LEVEL) & 0xffff) < words * 4 + 8)
        return false;
    ETHERNET(SEND_DATA) = 3u << 12 | (uint32_t)size;             /* in one piece */
    ETHERNET(SEND_DATA) = (uint32_t)size << 16 | (uint32_t)size; /* named by its size */
    for (size_t at = 0; at < size; at += 4) {
        uint32_t word = 0;

        memcpy(&word, frame + at, size - at < 4 ? size - at : 4);
        ETHERNET(SEND_DATA) = word;
    }
    while ((ETHERNET(SEND_LEVEL) >> 16 & 0xff) != 0)
        (void)ETHERNET(SEND_STATUS); /* what became of those before */
    return true;
}
