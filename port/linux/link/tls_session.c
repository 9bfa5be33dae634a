#include "port/linux/link/tls_session.h"
#include <stdlib.h>
#include <string.h>

static void clear(struct mote_tls_session *entry)
{
    free(entry->host);
    SSL_SESSION_free(entry->session);
    *entry = (struct mote_tls_session){.host = NULL};
}

static struct mote_tls_session *find(struct mote_tls_sessions *sessions, const char *host, uint16_t port)
{
    for (size_t i = 0; i < MOTE_TLS_SESSIONS_MAX; i++) {
        struct mote_tls_session *entry = &sessions->all[i];

        if (entry->host != NULL && entry->port == port && strcmp(entry->host, host) == 0) {
            entry->used = ++sessions->clock;
            return entry;
        }
    }
    return NULL;
}

/* An empty one, or the one that was used longest ago. */
static struct mote_tls_session *oldest(struct mote_tls_sessions *sessions)
{
    struct mote_tls_session *best = &sessions->all[0];

    for (size_t i = 1; i < MOTE_TLS_SESSIONS_MAX; i++) {
        if (sessions->all[i].used < best->used)
            best = &sessions->all[i];
    }
    return best;
}

static struct mote_tls_session *find_or_make(struct mote_tls_sessions *sessions, const char *host, uint16_t port)
{
    struct mote_tls_session *entry = find(sessions, host, port);

    if (entry != NULL)
        return entry;
    entry = oldest(sessions);
    clear(entry);
    entry->host = strdup(host);
    if (entry->host == NULL)
        return NULL;
    entry->port = port;
    entry->used = ++sessions->clock;
    return entry;
}

bool mote_tls_sessions_put(struct mote_tls_sessions *sessions, const char *host, uint16_t port, SSL_SESSION *session)
{
    struct mote_tls_session *entry = find_or_make(sessions, host, port);

    if (entry == NULL || entry->never)
        return false;
    SSL_SESSION_free(entry->session);
    entry->session = session;
    return true;
}

SSL_SESSION *mote_tls_sessions_take(struct mote_tls_sessions *sessions, const char *host, uint16_t port)
{
    struct mote_tls_session *entry = find(sessions, host, port);
    SSL_SESSION *session = entry == NULL ? NULL : entry->session;

    if (entry != NULL)
        entry->session = NULL;
    return session;
}

void mote_tls_sessions_give_up(struct mote_tls_sessions *sessions, const char *host, uint16_t port)
{
    struct mote_tls_session *entry = find_or_make(sessions, host, port);

    if (entry != NULL)
        entry->never = true;
}

void mote_tls_sessions_clear(struct mote_tls_sessions *sessions)
{
    for (size_t i = 0; i < MOTE_TLS_SESSIONS_MAX; i++)
        clear(&sessions->all[i]);
}
