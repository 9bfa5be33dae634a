/* TLS sessions: what servers have given us to resume with, so that the next handshake is shorter. */
#ifndef MOTE_TLS_SESSION_H
#define MOTE_TLS_SESSION_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* Over it the one that was used longest ago is forgotten. */
enum { MOTE_TLS_SESSIONS_MAX = 8 };

struct mote_tls_session {
    char *host; /* NULL: none */
    uint16_t port;
    uint64_t used; /* the larger, the later */
    SSL_SESSION *session;
    bool never; /* the server breaks off when one is resumed */
};

/* Zero is empty. */
struct mote_tls_sessions {
    struct mote_tls_session all[MOTE_TLS_SESSIONS_MAX];
    uint64_t clock;
};

/* Keeps a session, which becomes theirs. Returns whether it was taken. */
bool mote_tls_sessions_put(struct mote_tls_sessions *sessions, const char *host, uint16_t port, SSL_SESSION *session);

/* Takes out the session of a server, since one serves once (RFC 8446, C.4). NULL: there is none. */
SSL_SESSION *mote_tls_sessions_take(struct mote_tls_sessions *sessions, const char *host, uint16_t port);

/* A handshake that was to resume has failed: what comes from this server is not kept any more. */
void mote_tls_sessions_give_up(struct mote_tls_sessions *sessions, const char *host, uint16_t port);

void mote_tls_sessions_clear(struct mote_tls_sessions *sessions);

#endif
