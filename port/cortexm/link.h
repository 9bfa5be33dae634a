/* Links over lwIP's TCP. */
#ifndef MOTE_CORTEXM_LINK_H
#define MOTE_CORTEXM_LINK_H

#include <mote/port.h>

/* Links that are open at once. RAM: lwIP's TCP window and 200 bytes each. Over it: tcp.refused. */
#ifndef MOTE_CORTEXM_LINKS
#define MOTE_CORTEXM_LINKS 1
#endif

extern const struct mote_link_port mote_cortexm_links;

/* Those that wait for the network go on once it is there. */
void mote_links_turn(void);

/* The program has ended: waits until the other sides have closed, too, but not for long. */
void mote_links_end(void);

#endif
