/* URLs of brokers: mqtt://user:password@host:port/topic, ws://host/path, unix:///socket. */
#ifndef MOTE_URL_H
#define MOTE_URL_H

#include <mote/reason.h>
#include <mote/text.h>

/* A URL in its parts. The views are of the memory that mote_url_parse() was given, each followed by a NUL. */
struct mote_url {
    struct mote_text scheme; /* "mqtt", "mqtts", "ws", "wss" or "unix", in lower case. Without one: mqtt */
    bool has_username;
    struct mote_text username; /* percent-decoded, as all below */
    bool has_password;
    struct mote_text password;
    struct mote_text host; /* name or address; IPv6 without its brackets; empty for unix */
    uint16_t port;         /* if not given, 1883 for mqtt, 8883 for mqtts, 80 for ws, 443 for wss; 0 for unix */
    struct mote_text path; /* what follows the host, without the first slash; may be empty, which a WebSocket's server
                            * is asked for as /mqtt. For unix: the socket's name, with the slash, never empty */
};

/* Takes a URL apart, with its decoded parts laid into `memory`, which lives as long as `url` is used. Returns
 * MOTE_OK, or MOTE_CONFIG_INVALID: with `*words` (may be NULL) telling a person what is wrong, never with the
 * password in it. */
enum mote_reason mote_url_parse(struct mote_url *url, struct mote_text text, char *memory, size_t size,
                                const char **words);

/* The same for a proxy's, socks5h://user:password@host:port; without a port it is 1080. */
enum mote_reason mote_url_parse_proxy(struct mote_url *url, struct mote_text text, char *memory, size_t size,
                                      const char **words);

/* Gives a URL the host and port of another server, as one of MQTT 5 names it: `host`, `host:port`, `[IPv6]` or `[IPv6]:port`, of
 * several with blanks in between the first that can be used; without a port it is that of the scheme. The host is laid into
 * `memory`. Returns false, with the URL as it was, if there is none. */
bool mote_url_refer(struct mote_url *url, struct mote_text servers, char *memory, size_t size);

#endif
