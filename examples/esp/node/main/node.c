/* A node that is whatever its settings image says: one firmware for every device. `mote flash-image kitchen.yaml` makes the image. */
#include <mote/esp.h>
#include <mote/mote.h>
#include <stdio.h>

int main(void)
{
    static struct mote_node node;
    static struct mote_switch switches[MOTE_IMAGE_SWITCHES_MAX];
    static struct mote_button buttons[MOTE_IMAGE_BUTTONS_MAX];
    const struct mote_image *image = mote_esp_image();

    if (image->id == NULL) {
        puts("mote: there is no settings image, so this is nobody: see docs/ESP.md (config.invalid)");
        return 1;
    }
    mote_node_init(&node, &(struct mote_node_config){.id = image->id});
    mote_image_add_things(image, &node, switches, buttons);
    return mote_node_run(&node);
}
