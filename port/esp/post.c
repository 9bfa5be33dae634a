#include "port/esp/post.h"
#include "port/esp/wake.h"
#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <string.h>

/* As many as there can be while the loop does something long: four names looked up, a scan, a line of the shell, and a station's way
 * from its start to its stop. */
enum { KEPT_FOR_THE_PORT = 12 };

enum { SIZE = MOTE_POST_SIZE > MOTE_ESP_POST_SIZE ? MOTE_POST_SIZE : MOTE_ESP_POST_SIZE };

struct post {
    mote_post_function *function;
    void *context;
    bool is_copy; /* the value is meant */
    uint64_t value[(SIZE + 7) / 8];
};

static QueueHandle_t queue;

bool mote_post_start(void)
{
    queue = xQueueCreate(MOTE_POSTS_MAX + KEPT_FOR_THE_PORT, sizeof(struct post));
    return queue != NULL;
}

static bool put(const struct post *post)
{
    if (xQueueSend(queue, post, 0) != pdTRUE)
        return false;
    mote_wake();
    return true;
}

static bool has_room(void)
{
    return queue != NULL && uxQueueSpacesAvailable(queue) > KEPT_FOR_THE_PORT;
}

bool mote_post(mote_post_function *function, void *context)
{
    return has_room() && put(&(struct post){.function = function, .context = context});
}

static bool put_copy(mote_post_function *function, const void *value, size_t size)
{
    struct post post = {.function = function, .is_copy = true};

    memcpy(post.value, value, size);
    return put(&post);
}

bool mote_post_copy(mote_post_function *function, const void *value, size_t size)
{
    return size <= MOTE_POST_SIZE && has_room() && put_copy(function, value, size);
}

bool mote_post_inside(mote_post_function *function, const void *value, size_t size)
{
    return queue != NULL && size <= SIZE && put_copy(function, value, size);
}

/* What a posted function posts is done in the next turn. */
void mote_post_run(void)
{
    struct post post;

    for (UBaseType_t count = uxQueueMessagesWaiting(queue); count > 0; count--) {
        if (xQueueReceive(queue, &post, 0) != pdTRUE)
            return;
        post.function(post.is_copy ? post.value : post.context);
    }
}
