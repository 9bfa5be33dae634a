/* The memory of a session, as a test has it: arrays in a struct, with the names that they have in the config. */
#ifndef SESSION_MEMORY_H
#define SESSION_MEMORY_H

#include <mote/session.h>

/* For the initialiser of a struct mote_session_config: the arrays of `of`, whole. */
#define SESSION_MEMORY(of)                                                                                             \
    .receive_buffer = (of).receive_buffer, .receive_size = sizeof(of).receive_buffer, .send_buffer = (of).send_buffer, \
    .send_size = sizeof(of).send_buffer, .store = (of).store, .store_size = sizeof(of).store,                          \
    .inflight = (of).inflight, .inflight_count = sizeof(of).inflight / sizeof *(of).inflight,                          \
    .received_ids = (of).received_ids, .received_count = sizeof(of).received_ids / sizeof *(of).received_ids

#endif
