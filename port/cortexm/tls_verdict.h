/* TLS verdict: why BearSSL has given up, as a reason and in words: the same as on Linux (port/linux/link/tls_verdict.c). */
#ifndef MOTE_CORTEXM_TLS_VERDICT_H
#define MOTE_CORTEXM_TLS_VERDICT_H

#include "port/cortexm/tls_peer.h"

/* Says the words, too. `error` is BearSSL's; 0: the other side has closed the connection as it should. */
enum mote_reason mote_tls_judge(int error, const struct mote_tls_peer *peer, uint64_t now_s);

#endif
