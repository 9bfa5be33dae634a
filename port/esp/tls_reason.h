/* Why TLS has failed: what mbedTLS says of a certificate and of the handshake, in our words. */
#ifndef MOTE_ESP_TLS_REASON_H
#define MOTE_ESP_TLS_REASON_H

#include <mote/reason.h>
#include <stdbool.h>

/* `code` is mbedTLS's error, without its sign; `flags` what is wrong with the certificate, as esp_tls_get_and_clear_last_error() gives both;
 * `clock_is_set` whether certificates can be judged by it. `words` are a static string, never NULL. */
enum mote_reason mote_esp_tls_reason(int code, int flags, bool clock_is_set, const char **words);

#endif
