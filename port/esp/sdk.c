#include "port/esp/sdk.h"
#include <limits.h>
#include <lwip/sockets.h>
#include <mbedtls/ssl.h>
#include <string.h>

static void write_address(char text[16], uint32_t address)
{
    const struct in_addr in = {.s_addr = address};

    if (inet_ntop(AF_INET, &in, text, 16) == NULL)
        text[0] = '\0';
}

/* An empty text leaves the address as it is. */
static bool read_address(const char *text, uint32_t *address)
{
    struct in_addr in;

    if (text[0] == '\0')
        return true;
    if (inet_pton(AF_INET, text, &in) != 1)
        return false;
    *address = in.s_addr;
    return true;
}

#ifdef CONFIG_IDF_TARGET_ESP8266

const struct mote_esp_chip *const mote_sdk_chip = &mote_esp8266;

/* --- The network: the interfaces are made when the WiFi is --- */

esp_err_t mote_sdk_network_start(void)
{
    tcpip_adapter_init();
    return esp_event_loop_create_default();
}

bool mote_sdk_fix_addresses(const struct mote_wifi_addresses *fixed)
{
    tcpip_adapter_ip_info_t info;
    tcpip_adapter_dns_info_t dns;

    if (fixed == NULL) {
        tcpip_adapter_dhcpc_start(TCPIP_ADAPTER_IF_STA);
        return true;
    }
    memset(&info, 0, sizeof info);
    memset(&dns, 0, sizeof dns);
    if (!read_address(fixed->address, &info.ip.addr) || !read_address(fixed->netmask, &info.netmask.addr) ||
        !read_address(fixed->gateway, &info.gw.addr) || !read_address(fixed->dns, &ip_2_ip4(&dns.ip)->addr))
        return false;
    tcpip_adapter_dhcpc_stop(TCPIP_ADAPTER_IF_STA);
    tcpip_adapter_set_ip_info(TCPIP_ADAPTER_IF_STA, &info);
    if (fixed->dns[0] != '\0')
        tcpip_adapter_set_dns_info(TCPIP_ADAPTER_IF_STA, TCPIP_ADAPTER_DNS_MAIN, &dns);
    return true;
}

void mote_sdk_read_addresses(struct mote_wifi_addresses *addresses)
{
    tcpip_adapter_ip_info_t info;
    tcpip_adapter_dns_info_t dns;

    memset(addresses, 0, sizeof *addresses);
    if (tcpip_adapter_get_ip_info(TCPIP_ADAPTER_IF_STA, &info) != ESP_OK)
        return;
    write_address(addresses->address, info.ip.addr);
    write_address(addresses->netmask, info.netmask.addr);
    write_address(addresses->gateway, info.gw.addr);
    if (tcpip_adapter_get_dns_info(TCPIP_ADAPTER_IF_STA, TCPIP_ADAPTER_DNS_MAIN, &dns) == ESP_OK)
        write_address(addresses->dns, ip_2_ip4(&dns.ip)->addr);
}

void mote_sdk_allow_wpa3(wifi_sta_config_t *config)
{
    config->pmf_cfg.capable = true;
}

/* --- Updates: there is no way back --- */

void mote_sdk_ota_abort(esp_ota_handle_t handle)
{
    esp_ota_end(handle); /* it checks the image, which is not whole: nothing is started from it */
}

bool mote_sdk_ota_confirm(void)
{
    return false;
}

#else

#if CONFIG_IDF_TARGET_ESP32
const struct mote_esp_chip *const mote_sdk_chip = &mote_esp32;
#elif CONFIG_IDF_TARGET_ESP32S2
const struct mote_esp_chip *const mote_sdk_chip = &mote_esp32s2;
#elif CONFIG_IDF_TARGET_ESP32S3
const struct mote_esp_chip *const mote_sdk_chip = &mote_esp32s3;
#elif CONFIG_IDF_TARGET_ESP32C3
const struct mote_esp_chip *const mote_sdk_chip = &mote_esp32c3;
#else
/* Of other chips only the SDK's list of pins is known: which of them are the flash's, look up yourself. */
static const struct mote_esp_chip other = {
    .pins = SOC_GPIO_VALID_GPIO_MASK,
    .input_only = SOC_GPIO_VALID_GPIO_MASK & ~SOC_GPIO_VALID_OUTPUT_GPIO_MASK,
    .pull_up = SOC_GPIO_VALID_OUTPUT_GPIO_MASK,
    .pull_down = SOC_GPIO_VALID_OUTPUT_GPIO_MASK,
};
const struct mote_esp_chip *const mote_sdk_chip = &other;
#endif

/* --- The network --- */

static esp_netif_t *station;

esp_err_t mote_sdk_network_start(void)
{
    esp_err_t error = esp_netif_init();

    if (error == ESP_OK)
        error = esp_event_loop_create_default();
    if (error != ESP_OK)
        return error;
    station = esp_netif_create_default_wifi_sta();
    return station == NULL || esp_netif_create_default_wifi_ap() == NULL ? ESP_ERR_NO_MEM : ESP_OK;
}

bool mote_sdk_fix_addresses(const struct mote_wifi_addresses *fixed)
{
    esp_netif_ip_info_t info;
    esp_netif_dns_info_t dns;

    if (fixed == NULL) {
        esp_netif_dhcpc_start(station);
        return true;
    }
    memset(&info, 0, sizeof info);
    memset(&dns, 0, sizeof dns);
    if (!read_address(fixed->address, &info.ip.addr) || !read_address(fixed->netmask, &info.netmask.addr) ||
        !read_address(fixed->gateway, &info.gw.addr) || !read_address(fixed->dns, &dns.ip.u_addr.ip4.addr))
        return false;
    esp_netif_dhcpc_stop(station);
    esp_netif_set_ip_info(station, &info);
    if (fixed->dns[0] != '\0')
        esp_netif_set_dns_info(station, ESP_NETIF_DNS_MAIN, &dns);
    return true;
}

void mote_sdk_read_addresses(struct mote_wifi_addresses *addresses)
{
    esp_netif_ip_info_t info;
    esp_netif_dns_info_t dns;

    memset(addresses, 0, sizeof *addresses);
    if (esp_netif_get_ip_info(station, &info) != ESP_OK)
        return;
    write_address(addresses->address, info.ip.addr);
    write_address(addresses->netmask, info.netmask.addr);
    write_address(addresses->gateway, info.gw.addr);
    if (esp_netif_get_dns_info(station, ESP_NETIF_DNS_MAIN, &dns) == ESP_OK)
        write_address(addresses->dns, dns.ip.u_addr.ip4.addr);
}

void mote_sdk_allow_wpa3(wifi_sta_config_t *config)
{
    config->pmf_cfg.capable = true;
    config->sae_pwe_h2e = WPA3_SAE_PWE_BOTH;
}

/* --- Updates --- */

void mote_sdk_ota_abort(esp_ota_handle_t handle)
{
    esp_ota_abort(handle);
}

bool mote_sdk_ota_confirm(void)
{
    return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK;
}

#endif

/* --- TLS --- */

#if !defined(CONFIG_IDF_TARGET_ESP8266) && ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 0, 0)

bool mote_sdk_tls_adopt(esp_tls_t *tls, int fd)
{
    return esp_tls_set_conn_sockfd(tls, fd) == ESP_OK && esp_tls_set_conn_state(tls, ESP_TLS_CONNECTING) == ESP_OK;
}

/* It would close the connection, and takes no negative number for one; but this is none either. */
static void take_connection_from(esp_tls_t *tls)
{
    esp_tls_set_conn_sockfd(tls, INT_MAX);
}

static mbedtls_ssl_context *context_of(esp_tls_t *tls)
{
    return esp_tls_get_ssl_context(tls);
}

static esp_tls_error_handle_t errors_of(esp_tls_t *tls)
{
    esp_tls_error_handle_t handle = NULL;

    esp_tls_get_error_handle(tls, &handle);
    return handle;
}

#else

/* The struct is public here. */
bool mote_sdk_tls_adopt(esp_tls_t *tls, int fd)
{
    tls->sockfd = fd;
    tls->is_tls = true;
    tls->conn_state = ESP_TLS_CONNECTING;
    return true;
}

static void take_connection_from(esp_tls_t *tls)
{
    tls->sockfd = tls->server_fd.fd = -1;
}

static mbedtls_ssl_context *context_of(esp_tls_t *tls)
{
    return &tls->ssl;
}

static esp_tls_error_handle_t errors_of(esp_tls_t *tls)
{
    return tls->error_handle;
}

#endif

void mote_sdk_tls_error(esp_tls_t *tls, int *code, int *flags)
{
    *code = *flags = 0;
    esp_tls_get_and_clear_last_error(errors_of(tls), code, flags);
    if (*code < 0)
        *code = -*code;
}

void mote_sdk_tls_say_goodbye(esp_tls_t *tls)
{
    mbedtls_ssl_close_notify(context_of(tls));
}

void mote_sdk_tls_end(esp_tls_t *tls)
{
    take_connection_from(tls);
#ifdef CONFIG_IDF_TARGET_ESP8266
    esp_tls_conn_delete(tls);
#else
    esp_tls_conn_destroy(tls);
#endif
}

#ifdef CONFIG_MBEDTLS_CERTIFICATE_BUNDLE
#include <esp_crt_bundle.h>
#endif

bool mote_sdk_tls_trust_bundle(esp_tls_cfg_t *config)
{
#ifdef CONFIG_MBEDTLS_CERTIFICATE_BUNDLE
    config->crt_bundle_attach = esp_crt_bundle_attach;
    return true;
#else
    (void)config;
    return false;
#endif
}

/* The ESP8266's looks at no certificate that it was given no authority for. */
bool mote_sdk_tls_may_trust_anybody(void)
{
#if defined(CONFIG_IDF_TARGET_ESP8266) || defined(CONFIG_ESP_TLS_SKIP_SERVER_CERT_VERIFY)
    return true;
#else
    return false;
#endif
}
