/* Linux: what a program on Linux can do beyond port.h.
 *
 * The program's port is there before main(). Its pins are those of the machine, its network the system's own. The
 * environment variable MOTE_BOARD chooses another board: `sim` is the virtual one of sim.h. All calls come from one
 * thread.
 */
#ifndef MOTE_LINUX_H
#define MOTE_LINUX_H

#include <mote/port.h>
#include <stdint.h>

/* This machine as a port, whatever board the program runs on: for what is about the machine itself. */
extern const struct mote_port mote_linux_port;

/* A descriptor is ready: `events` as epoll tells them. Called from within the port's `wait`; may watch and unwatch. */
typedef void mote_linux_on_ready(int fd, uint32_t events, void *context);

/* Has `wait` look after a descriptor, too. `events` are epoll's: EPOLLIN, EPOLLOUT, EPOLLET... For one that is
 * watched already they are set anew. Unwatch it before it is closed. Returns false, with errno set, if the system
 * refuses. */
bool mote_linux_watch(int fd, uint32_t events, mote_linux_on_ready *on_ready, void *context);

/* Stops looking after it; it gets no call any more, not even for what has happened already. */
void mote_linux_unwatch(int fd);

/* A descriptor that is readable when `wait` has something to do: for programs whose loop is not ours. They poll it
 * until the moment that mote_node_turn() has returned, then call `wait` with a deadline of 0, then mote_node_turn().
 * Stays the library's. */
int mote_linux_fd(void);

/* Has SIGINT or SIGTERM come? The first call takes them over, unless the program has a handler of its own or ignores
 * them. A second signal of the same kind ends the program, as if nobody had taken it over. */
bool mote_linux_stop_requested(void);

/* The name servers to ask instead of those of /etc/resolv.conf, as in `127.0.0.1:5353,[::1]:53`; borrowed. NULL:
 * those of the system. */
void mote_linux_name_servers(const char *servers);

/* The folder for what nodes keep instead of the one that the environment names: an absolute path, borrowed, for what is opened from then
 * on. NULL: that of the environment. */
void mote_linux_state_folder(const char *path);

/* Shuts the network, or opens it again: while it is shut, links that open wait, those that are open go silent, and
 * nobody is told, as when an access point is taken away. Open to begin with. */
void mote_linux_link_gate(bool open);

#endif
