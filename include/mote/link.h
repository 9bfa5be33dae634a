/* Link: one connection to a broker, a stream of bytes, and how it is to be made. */
#ifndef MOTE_LINK_H
#define MOTE_LINK_H

#include <mote/reason.h>
#include <stdbool.h>

/* How TLS is to be, for mqtts:// and wss://. Zero: TLS 1.2 or newer, and a server that shows a certificate for the
 * URL's host by an authority which the system trusts. Strings belong to the caller and live until the last link that
 * uses them is closed. Files are PEM; what has changed in them counts for the next link that is opened. What cannot be
 * used as it is makes opening fail with MOTE_CONFIG_INVALID before anything is sent. */
struct mote_tls_options {
    const char *ca_file;          /* the authorities to trust... */
    const char *ca_path;          /* ...or a directory of them, by hash; with either, the system's are not trusted, */
    bool system_authorities;      /* unless this is set */
    const char *certificate_file; /* this side's own, for servers that ask for one; NULL: none */
    const char *key_file;         /* its private key */
    const char *key_password;     /* that the key is encrypted with; NULL: it is not */
    const char *ciphers;          /* OpenSSL's cipher list of TLS 1.2; NULL: its default */
    const char *version;          /* "tlsv1.2" or "tlsv1.3": no other; NULL: both */
    const char *alpn;             /* the protocol to ask for, as "mqtt"; NULL: none */
    const char *psk;              /* a pre-shared key in hexadecimal, without 0x: instead of certificates, so that the
                                   * system's authorities are not trusted unless asked for; NULL: none. Mosquitto leaves
                                   * out zero bytes at its beginning, others do not */
    const char *psk_identity;     /* its name; needed with psk */
    bool insecure;                /* does not look at the server's certificate at all: for tests only */
};

/* How a link is to be made; zero means default. */
struct mote_link_options {
    struct mote_tls_options tls;
    const char *bind_address; /* this side's address; NULL: as the system chooses */
    const char *proxy;        /* socks5h://[USER[:PASSWORD]@]HOST[:PORT]; NULL: none */
};

enum mote_link_state {
    MOTE_LINK_CLOSED,
    MOTE_LINK_OPENING, /* name being looked up, connection being made */
    MOTE_LINK_OPEN,
    MOTE_LINK_FAILED, /* see the reason; close it */
};

/* A link; its owner's memory; zero is a closed one. The owner may set `options` while it is closed, and reads `state`
 * and `reason`, which the port keeps up to date; the rest is the port's own. A port sets no time limit on opening: that
 * is the owner's, who closes the link and calls it what the reason says. */
struct mote_link {
    enum mote_link_state state;
    enum mote_reason reason; /* why it has failed; while it is opening, what it waits for: dhcp.no_lease, dns.timeout or
                              * tcp.timeout */
    const struct mote_link_options *options; /* borrowed while it is not closed; NULL: defaults */
    void *hidden[6];
};

#endif
