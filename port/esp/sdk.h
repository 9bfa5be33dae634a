/* The two SDKs as one: ESP8266_RTOS_SDK 3.4, and ESP-IDF from 4.4 on. Whatever differs between them, or between versions and chips, is here
 * and in sdk.c, and nowhere else. */
#ifndef MOTE_ESP_SDK_H
#define MOTE_ESP_SDK_H

#include "port/esp/pin_limits.h"

#include <mote/wifi.h>

#include <driver/gpio.h>
#include <esp_event.h>
#include <esp_ota_ops.h>
#include <esp_system.h>
#include <esp_tls.h>
#include <esp_wifi.h>

#ifdef CONFIG_IDF_TARGET_ESP8266

#include <esp8266/eagle_soc.h>
#include <tcpip_adapter.h>

#define MOTE_SDK_GPIO_OUTPUT GPIO_MODE_OUTPUT /* an output can be read as well */

#else

#include <esp_idf_version.h>
#include <esp_netif.h>
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 0, 0)
#include <esp_mac.h>
#include <esp_random.h>
#endif

#define MOTE_SDK_GPIO_OUTPUT GPIO_MODE_INPUT_OUTPUT

#endif

extern const struct mote_esp_chip *const mote_sdk_chip;

/* --- The network --- */

/* Starts TCP/IP and the loop of events, and makes the station's and the access point's interface. */
esp_err_t mote_sdk_network_start(void);

/* The station's own addresses from now on: fixed ones, or NULL for what the network gives. Returns false for what are no addresses. */
bool mote_sdk_fix_addresses(const struct mote_wifi_addresses *fixed);
void mote_sdk_read_addresses(struct mote_wifi_addresses *addresses);

/* How a key of WPA3 is used is the access point's to choose. */
void mote_sdk_allow_wpa3(wifi_sta_config_t *config);

/* --- TLS --- */

/* TLS on a connection that is there: its handshake is what comes next. */
bool mote_sdk_tls_adopt(esp_tls_t *tls, int fd);

/* mbedTLS's last error, without its sign, and what is wrong with the certificate. */
void mote_sdk_tls_error(esp_tls_t *tls, int *code, int *flags);

/* Says that this side has nothing more to say, if there has been a handshake. */
void mote_sdk_tls_say_goodbye(esp_tls_t *tls);

/* The connection stays. */
void mote_sdk_tls_end(esp_tls_t *tls);

/* Trusts the authorities that the SDK brings along. Returns false if they are left out of this firmware. */
bool mote_sdk_tls_trust_bundle(esp_tls_cfg_t *config);

/* Can it do without looking at the certificate? */
bool mote_sdk_tls_may_trust_anybody(void);

/* --- Updates --- */

void mote_sdk_ota_abort(esp_ota_handle_t handle);

/* The program that runs is good. Returns false if the SDK has no way back from one that is not. */
bool mote_sdk_ota_confirm(void);

#endif
