/* Board: what the port asks of one board, and all that has to be written for another. The rest of port/cortexm/ is the same on
 * every Cortex-M.
 *
 * Called from one thread, but for mote_board_interrupt(). Nothing here waits, but where it says so.
 */
#ifndef MOTE_CORTEXM_BOARD_H
#define MOTE_CORTEXM_BOARD_H

#include <mote/pin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- The processor --- */

/* How fast the processor's clock is, which SysTick counts, in Hz; a multiple of 1000. */
extern const uint32_t mote_board_clock_hz;

/* Has an interrupt come in about so many ticks of that clock, once, instead of the one that was asked for before. 1000 to 2^30. */
void mote_board_alarm(uint32_t ticks);

/* Sets the clocks and the serial line up; leaves pins as they are. The first call of all. */
void mote_board_start(void);

/* An interrupt of a device, by its number; called in the interrupt. Those whose numbers it gave to mote_interrupt_enable()
 * come here. It takes the cause away or masks it; that it came has woken the port's `wait` already. */
void mote_board_interrupt(unsigned number);

/* Fills in numbers that nobody outside can know, from the chip's own source. Returns false if it has none. */
bool mote_board_entropy(void *into, size_t size);

/* Seconds since 1970, of a clock that runs while the board is off; 0: it has none. Asked once. */
uint64_t mote_board_time(void);

/* --- The serial line --- */

/* Writes a byte; waits while the line is busy. Also right after a fault. */
void mote_board_put(char byte);

/* The byte that has come, or -1. */
int mote_board_get(void);

/* --- Pins, by the number that a program has for them --- */

/* Makes it an input or an output, with its pull; an output starts with `level`, or keeps what is there at -1. Of an input each
 * edge is to be told by mote_input_edge(). Returns as mote_pin_open(), but for MOTE_PIN_BUSY. */
enum mote_reason mote_board_pin_open(const struct mote_pin *pin, int level);
void mote_board_pin_write(unsigned number, int level);
int mote_board_pin_read(unsigned number);
void mote_board_pin_close(unsigned number);

/* Do its inputs tell of edges? Otherwise they are looked at every few milliseconds while one is open. */
extern const bool mote_board_pins_have_edges;

/* --- Ethernet: whole frames, without their check sum --- */

enum { MOTE_ETHERNET_FRAME_MAX = 1514 };

/* Begins, and tells this board's address. Returns false if there is no such device. */
bool mote_ethernet_start(uint8_t mac[6]);

/* Is the cable in? True where the board cannot tell. */
bool mote_ethernet_is_connected(void);

/* Has an interrupt come with the next frame, once: the interrupt itself masks it. */
void mote_ethernet_arm(void);
void mote_ethernet_interrupt(void);

/* Takes the next frame. Returns its size, 0 if there is none; of one that is larger than `size`, or damaged, nothing. */
size_t mote_ethernet_receive(uint8_t *into, size_t size);

/* Sends a frame, which is at least 60 bytes. May wait for the one before it to go out, some ms at most. Returns false if there is
 * no room even then. */
bool mote_ethernet_send(const uint8_t *frame, size_t size);

#endif
