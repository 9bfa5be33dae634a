/* Links over lwIP's sockets, which never block, with TLS on top for mqtts://. */
#ifndef MOTE_ESP_LINK_H
#define MOTE_ESP_LINK_H

#include <lwip/sockets.h>
#include <mote/port.h>

/* Links that are open at once. RAM: 160 bytes each, and lwIP's and TLS's own. Over it: tcp.refused. */
#ifndef MOTE_ESP_LINKS
#define MOTE_ESP_LINKS 2
#endif

extern const struct mote_link_port mote_esp_links;

/* What select() has to watch for them. Returns whether it must not wait at all. */
bool mote_links_watch(fd_set *readable, fd_set *writable, int *highest);

/* Goes on with those that are being opened, and takes note of what there is to read: it is told once, until somebody reads. */
void mote_links_turn(const fd_set *readable, const fd_set *writable);

#endif
