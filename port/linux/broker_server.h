/* Broker server: the embedded broker (mote/broker.h) on TCP sockets.
 *
 * Everything hangs on one epoll descriptor, which can be waited for alone or be put into another loop: when it
 * is readable, mote_broker_server_turn() has something to do; it also becomes readable by the passing of time.
 * No call blocks, except that mote_broker_server_listen() may look up a host name. All calls come from one
 * thread, none from within a hook of the broker's configuration or from within `wake`, unless it is said
 * otherwise.
 *
 *     server = mote_broker_server_new(&config);
 *     mote_broker_server_listen(server, NULL, 1883, &words);
 *     while (poll(mote_broker_server_fd(server)) ...)
 *         mote_broker_server_turn(server);
 *     mote_broker_server_stop(server);
 */
#ifndef MOTE_BROKER_SERVER_H
#define MOTE_BROKER_SERVER_H

#include <mote/broker.h>

struct mote_broker_server;

/* Makes a server that does not listen yet. Of the config, `resize` and `random` are the server's own affair;
 * NULL: all defaults. The hooks' context is as given. Returns NULL, with errno set, if there is no memory or
 * descriptor, or EINVAL if a value of the config is out of its range. */
struct mote_broker_server *mote_broker_server_new(const struct mote_broker_config *config);

/* Listens on a host's addresses (a name, an IPv4 or IPv6 address, "*" for all of this machine; NULL: the
 * loopback ones) and a port (0: any that is free). Can be called several times. Returns MOTE_OK, or
 * MOTE_CONFIG_INVALID with `*words` saying why, as in "address already in use"; they last until the next call.
 * Then nothing has changed: choose another one. */
enum mote_reason mote_broker_server_listen(struct mote_broker_server *server, const char *host, uint16_t port,
                                           const char **words);

/* The port of the first listener, 0 if there is none. */
uint16_t mote_broker_server_port(const struct mote_broker_server *server);

/* The descriptor to wait for; readable means mote_broker_server_turn(). It stays the server's. */
int mote_broker_server_fd(const struct mote_broker_server *server);

/* Does what there is to do now, a bounded part of it; the descriptor stays readable if there is more. */
void mote_broker_server_turn(struct mote_broker_server *server);

/* Publishes a message of the program's own, as mote_broker_publish() does. */
enum mote_reason mote_broker_server_publish(struct mote_broker_server *server, const struct mote_message *message);

/* The broker, for its counters. */
const struct mote_broker *mote_broker_server_broker(const struct mote_broker_server *server);

/* Says goodbye to all clients, closes everything and frees the server; sessions and retained messages are gone
 * with it. Attached streams are woken a last time, from where for once they may drain; after this call they do
 * not exist any more: close their connections. NULL is ignored. Another server may be made at once, on the same
 * ports. */
void mote_broker_server_stop(struct mote_broker_server *server);

/* --- Streams that somebody else owns, such as the WebSocket connections of a web server.
 *
 * One is attached when its connection is open and detached when it is closed. What it receives is fed; when it
 * can send, it drains. Where one piece ends and the next begins means nothing: MQTT over WebSocket sends each
 * of them as one binary message. --- */
struct mote_broker_stream;

/* Attaches a stream. `wake` is called, from within any call for this server, when there is something to drain
 * or the stream is to be closed; it must only note that and come back later. Returns NULL if the broker takes
 * no more clients: close the connection. */
struct mote_broker_stream *mote_broker_server_attach(struct mote_broker_server *server, void (*wake)(void *context),
                                                     void *context);

/* `size` bytes have come in. All of them are taken. */
void mote_broker_stream_feed(struct mote_broker_stream *stream, const void *bytes, size_t size);

/* Takes up to `size` bytes that are to be sent now, and returns how many; 0: there are none, wait for `wake`. */
size_t mote_broker_stream_drain(struct mote_broker_stream *stream, void *into, size_t size);

/* Is the connection to be closed, now that everything has been drained? Then close it and detach the stream. */
bool mote_broker_stream_should_close(const struct mote_broker_stream *stream);

/* The connection is closed, for whatever cause. The stream is freed. NULL is ignored. */
void mote_broker_stream_detach(struct mote_broker_stream *stream);

#endif
