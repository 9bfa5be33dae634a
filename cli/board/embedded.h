/* Embedded: the broker inside `mote run`, which can be stopped and started while the program runs. */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include "web_server.h"

#include <mote/broker.h>

struct embedded;

/* Starts a broker on an address and port. Returns NULL after saying on stderr what is wrong. */
struct embedded *embedded_start(const char *address, uint16_t port);

void embedded_free(struct embedded *embedded);

/* Stops it, closing its port and all connections; or starts it anew, with nothing kept. Returns false after saying on stderr
 * why it does not start. */
bool embedded_set_running(struct embedded *embedded, bool running);
bool embedded_is_running(const struct embedded *embedded);

/* Its URL, for the node and for people. */
const char *embedded_url(const struct embedded *embedded);

/* Publishes a message of the program's own. Returns MOTE_OK; MOTE_TCP_REFUSED while it is stopped; or as
 * mote_broker_publish(). */
enum mote_reason embedded_publish(struct embedded *embedded, const struct mote_message *message);

/* MQTT over WebSocket: a stream of the web server's becomes a client of the broker's; see struct web_handler. */
void *embedded_stream_open(struct embedded *embedded, struct web_stream *stream);
void embedded_stream_receive(void *object, const void *bytes, size_t size);
size_t embedded_stream_drain(void *object, void *into, size_t size);
bool embedded_stream_should_close(void *object);
void embedded_stream_closed(void *object);

#endif
