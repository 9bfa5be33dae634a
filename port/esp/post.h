/* What the loop has to do with what is posted, and the port's own way to post. */
#ifndef MOTE_ESP_POST_H
#define MOTE_ESP_POST_H

#include <mote/post.h>

/* How large a value the port itself posts. */
enum { MOTE_ESP_POST_SIZE = 40 };

bool mote_post_start(void);

/* As mote_post_copy(), of up to MOTE_ESP_POST_SIZE bytes, with room that the program cannot take. */
bool mote_post_inside(mote_post_function *function, const void *value, size_t size);

/* Calls what has been posted so far. */
void mote_post_run(void);

#endif
