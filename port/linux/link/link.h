/* Links: connections as the port offers them, each a chain of layers (stream.h) on a route (route.h). */
#ifndef MOTE_LINUX_LINK_H
#define MOTE_LINUX_LINK_H

#include <mote/port.h>

extern const struct mote_link_port mote_linux_links;

#endif
