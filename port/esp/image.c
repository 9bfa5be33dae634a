#include "port/esp/image.h"
#include "port/esp/files.h"
#include "port/words.h"
#include <esp_log.h>
#include <esp_partition.h>
#include <mote/esp.h>
#include <mote/settings.h>
#include <stdlib.h>
#include <string.h>

static struct mote_image image;

const struct mote_image *mote_esp_image(void)
{
    return &image;
}

/* --- The image --- */

/* In memory of its own size, which what is read of it points into. */
static uint8_t *read_partition(const esp_partition_t *partition, size_t *size)
{
    uint8_t head[MOTE_IMAGE_HEAD];
    uint8_t *bytes;

    if (esp_partition_read(partition, 0, head, sizeof head) != ESP_OK)
        return NULL;
    *size = mote_image_size(head);
    if (*size > partition->size)
        *size = partition->size;
    bytes = malloc(*size);
    if (bytes != NULL && esp_partition_read(partition, 0, bytes, *size) == ESP_OK)
        return bytes;
    free(bytes);
    return NULL;
}

static void take(uint8_t *bytes, size_t size)
{
    const char *words = "";

    if (mote_image_read(&image, bytes, size, &words) != MOTE_OK)
        ESP_LOGE("mote", "partition " MOTE_ESP_IMAGE_LABEL ": %s (%s); what was built in counts", words,
                 mote_reason_code(MOTE_CONFIG_INVALID));
    if (image.id == NULL)
        free(bytes);
    else
        ESP_LOGI("mote", "this is %s, by its settings image", image.id);
}

void mote_esp_image_load(void)
{
    const esp_partition_t *partition =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, MOTE_ESP_IMAGE_LABEL);
    size_t size = 0;
    uint8_t *bytes;

    if (partition == NULL)
        return; /* a program that does without */
    bytes = read_partition(partition, &size);
    if (bytes == NULL)
        ESP_LOGE("mote", "partition " MOTE_ESP_IMAGE_LABEL " cannot be read; what was built in counts");
    else
        take(bytes, size);
}

/* --- What was built in by menuconfig: it serves programs that are the same as on Linux --- */

static void provide_built_in(struct mote_node_config *config)
{
    if (CONFIG_MOTE_WIFI_SSID[0] != '\0') {
        memset(config->networks, 0, sizeof config->networks);
        config->networks[0].ssid = CONFIG_MOTE_WIFI_SSID;
        config->networks[0].password = CONFIG_MOTE_WIFI_PASSWORD;
    }
    if (CONFIG_MOTE_BROKER_URL[0] != '\0') {
        config->broker = CONFIG_MOTE_BROKER_URL;
        memset(config->fallbacks, 0, sizeof config->fallbacks);
    }
}

/* --- What is kept --- */

static void provide_kept(const struct mote_settings *kept, struct mote_node_config *config)
{
    struct mote_network networks[MOTE_NETWORKS_MAX];

    if (kept->network_count > 0) {
        mote_settings_networks(kept, config->networks, networks);
        memcpy(config->networks, networks, sizeof networks);
    }
    if (kept->broker[0] != '\0') {
        config->broker = kept->broker;
        memset(config->fallbacks, 0, sizeof config->fallbacks);
    }
}

/* Its strings are used as long as the program runs. */
static void look_for_kept(struct mote_node_config *config)
{
    struct mote_settings *kept = calloc(1, sizeof *kept);

    if (kept == NULL)
        return;
    mote_settings_open(config->id);
    if (mote_settings_load(kept) != MOTE_OK)
        ESP_LOGE("mote", "%s (%s)", mote_words(NULL), mote_reason_code(MOTE_CONFIG_INVALID));
    if (kept->network_count == 0 && kept->broker[0] == '\0')
        free(kept);
    else
        provide_kept(kept, config);
}

void mote_esp_provide(void *context, struct mote_node_config *config)
{
    (void)context;
    provide_built_in(config);
    mote_image_apply(&image, config);
    if (image.authorities != NULL && mote_esp_file(MOTE_ESP_IMAGE_AUTHORITIES, image.authorities))
        config->link.tls.ca_file = MOTE_ESP_IMAGE_AUTHORITIES;
    if (config->id != NULL)
        look_for_kept(config);
}
