/* What the loop has to do with what is posted. */
#ifndef MOTE_LINUX_POST_H
#define MOTE_LINUX_POST_H

#include <mote/post.h>
#include <stdint.h>

/* A descriptor that is readable when something has been posted, always the same one; -1 with errno set if the system
 * has none left. */
int mote_post_bell(void);

/* It is readable: calls what has been posted so far. */
void mote_post_on_bell(int fd, uint32_t events, void *context);

#endif
