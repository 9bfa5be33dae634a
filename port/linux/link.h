/* TCP connections. */
#ifndef MOTE_LINUX_LINK_H
#define MOTE_LINUX_LINK_H

#include <mote/port.h>

extern const struct mote_link_port mote_linux_links;

#endif
