/* Arm's MPS2 with the image AN385: Cortex-M3, 8 MiB of static RAM, Ethernet. In QEMU its buttons cannot be pressed.
 *
 * Its pins have the numbers of the ESP8266's boards, so that what was written for those runs: 2 and 3 are the LEDs 0 and 1, 0 and 1 the
 * buttons, which are 1 while they are pressed. None has a pull. */
#include "port/cortexm/board.h"
#include "port/cortexm/console.h"
#include "port/cortexm/register.h"

enum { CLOCK_HZ = 25000000, BAUD = 115200 };
enum { UART_INTERRUPT = 0, TIMER_INTERRUPT = 8, ETHERNET_INTERRUPT = 13 };

const uint32_t mote_board_clock_hz = CLOCK_HZ;
const bool mote_board_pins_have_edges = false;

/* --- Alarm: timer 0 --- */

#define TIMER(offset) REGISTER(0x40000000u + (offset))

enum { TIMER_CONTROL = 0x00, TIMER_VALUE = 0x04, TIMER_CLEAR = 0x0c };
enum { TIMER_ON = 1 | 1 << 3 /* with its interrupt */ };

void mote_board_alarm(uint32_t ticks)
{
    TIMER(TIMER_CONTROL) = 0;
    TIMER(TIMER_VALUE) = ticks;
    TIMER(TIMER_CONTROL) = TIMER_ON;
    mote_interrupt_enable(TIMER_INTERRUPT);
}

/* --- Serial line: UART 0 --- */

#define UART(offset) REGISTER(0x40004000u + (offset))

enum { UART_DATA = 0x00, UART_STATE = 0x04, UART_CONTROL = 0x08, UART_CLEAR = 0x0c, UART_DIVISOR = 0x10 };
enum { UART_SEND = 1, UART_RECEIVE = 2, UART_RECEIVE_INTERRUPT = 8 };
enum { UART_SEND_FULL = 1, UART_RECEIVED = 2 };

void mote_board_start(void)
{
    UART(UART_DIVISOR) = CLOCK_HZ / BAUD;
    UART(UART_CONTROL) = UART_SEND | UART_RECEIVE | UART_RECEIVE_INTERRUPT;
    mote_interrupt_enable(UART_INTERRUPT);
}

void mote_board_put(char byte)
{
    while ((UART(UART_STATE) & UART_SEND_FULL) != 0)
        ;
    UART(UART_DATA) = (uint8_t)byte;
}

int mote_board_get(void)
{
    return (UART(UART_STATE) & UART_RECEIVED) == 0 ? -1 : (int)(UART(UART_DATA) & 0xff);
}

/* --- Pins: bits of the board's own I/O --- */

enum { BUTTONS = 2, LEDS = 2 };

static volatile uint32_t *leds(void)
{
    return mote_register(0x40028000u);
}

static volatile uint32_t *buttons(void)
{
    return mote_register(0x40028008u);
}

static bool is_led(unsigned number)
{
    return number >= BUTTONS;
}

enum mote_reason mote_board_pin_open(const struct mote_pin *pin, int level)
{
    if (pin->number >= BUTTONS + LEDS)
        return MOTE_PIN_ABSENT;
    if (is_led(pin->number) != (pin->direction == MOTE_OUTPUT) || pin->pull != MOTE_PULL_NONE)
        return MOTE_CONFIG_INVALID;
    if (level >= 0)
        mote_board_pin_write(pin->number, level);
    return MOTE_OK;
}

void mote_board_pin_write(unsigned number, int level)
{
    uint32_t bit = 1u << (number - BUTTONS);

    *leds() = level != 0 ? *leds() | bit : *leds() & ~bit;
}

int mote_board_pin_read(unsigned number)
{
    uint32_t bits = is_led(number) ? *leds() >> (number - BUTTONS) : *buttons() >> number;

    return (int)(bits & 1);
}

void mote_board_pin_close(unsigned number)
{
    (void)number;
}

/* --- The rest --- */

/* It has none. */
bool mote_board_entropy(void *into, size_t size)
{
    (void)into, (void)size;
    return false;
}

uint64_t mote_board_time(void)
{
    return 0;
}

void mote_board_interrupt(unsigned number)
{
    switch (number) {
    case TIMER_INTERRUPT:
        TIMER(TIMER_CONTROL) = 0;
        TIMER(TIMER_CLEAR) = 1;
        break;
    case UART_INTERRUPT:
        UART(UART_CLEAR) = UART_RECEIVED;
        mote_console_interrupt();
        break;
    case ETHERNET_INTERRUPT:
        mote_ethernet_interrupt();
        break;
    default:
        break;
    }
}
