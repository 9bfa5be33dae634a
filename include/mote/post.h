/* Post: how other threads, and signal handlers, hand something over to the thread that runs the loop. On Linux.
 *
 * Nothing else of Mote may be called from a second thread. What is posted is called in the loop's thread, from within the
 * port's `wait` (so mote_node_run() and every call of mqtt.h that waits do it), and may call there what a program may
 * call between two turns: mote_node_publish(), mote_pin_write(), mote_after(). It does not wait itself, since the loop
 * stands still so long: no mote_mqtt_...(), no mote_sleep_ms().
 */
#ifndef MOTE_POST_H
#define MOTE_POST_H

#include <mote/limits.h>
#include <stdbool.h>
#include <stddef.h>

typedef void mote_post_function(void *context);

/* Has `function(context)` called by the loop's thread, and wakes it if it sleeps. May be called from any thread, several
 * at once, from a signal handler (errno stays as it is), from a posted function, and before the loop runs: then it is
 * done in its first `wait`. Takes no lock and does not block. What one thread posts is done in that order, each once;
 * what a posted function posts, in the next `wait`. The context belongs to the caller until the call.
 * Returns false if MOTE_POSTS_MAX are waiting already: the loop is busy, try again later, or leave it. What still waits
 * when the loop ends is not done. */
bool mote_post(mote_post_function *function, void *context);

/* The same for a value: `function` gets a copy of these bytes, which is there until it returns and is aligned for any
 * type; the original may be gone as soon as this returns. Returns false also for more than MOTE_POST_SIZE bytes. */
bool mote_post_copy(mote_post_function *function, const void *value, size_t size);

#endif
