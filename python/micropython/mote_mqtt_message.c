/* Messages on their way to the program's callback. What does not lie whole in the receive buffer is gathered; what there is no memory
 * for is counted and not taken. */
#include "mote_mqtt.h"

static mp_obj_t bytes_of(struct mote_text text)
{
    return mp_obj_new_bytes((const byte *)text.data, text.length);
}

static void begin(struct mote_mqtt_object *self, void *argument)
{
    const struct mote_message *message = argument;

    self->topic = MP_OBJ_NULL;
    vstr_init(&self->payload, message->payload_size + 1);
    self->topic = bytes_of(message->topic);
}

static void add(struct mote_mqtt_object *self, void *argument)
{
    const struct mote_message *message = argument;

    vstr_add_strn(&self->payload, message->payload.data, message->payload.length);
}

static void call(struct mote_mqtt_object *self, void *argument)
{
    mp_obj_t topic = self->topic;
    mp_obj_t payload = mp_obj_new_bytes_from_vstr(&self->payload);

    self->topic = MP_OBJ_NULL;
    if (self->callback != mp_const_none)
        mp_call_function_2(self->callback, topic, payload);
}

static void call_whole(struct mote_mqtt_object *self, void *argument)
{
    const struct mote_message *message = argument;

    if (self->callback != mp_const_none)
        mp_call_function_2(self->callback, bytes_of(message->topic), bytes_of(message->payload));
}

static void remember(struct mote_mqtt_object *self, const struct mote_message *message)
{
    self->message_qos = (uint8_t)message->qos;
    self->message_retain = message->retain;
    self->message_duplicate = message->duplicate;
}

/* Returns false if it is not taken: the pieces before it were not, or there is no memory for it. */
static bool gather(struct mote_mqtt_object *self, const struct mote_message *message)
{
    mp_obj_t raised;
    bool is_first = message->payload_offset == 0;

    if (is_first && !mote_mqtt_try(self, begin, (void *)message, &raised)) {
        self->topic = MP_OBJ_NULL;
        self->dropped++;
    }
    if (self->topic == MP_OBJ_NULL)
        return false;
    return mote_mqtt_try(self, add, (void *)message, &raised);
}

bool mote_mqtt_take(const struct mote_message *message, void *context)
{
    struct mote_mqtt_object *self = context;
    mote_mqtt_step *step = message->payload_offset == 0 ? call_whole : call;
    bool is_last = mote_message_is_last(message);

    if ((step == call || !is_last) && !gather(self, message))
        return true;
    if (!is_last)
        return true;
    remember(self, message);
    return mote_mqtt_try(self, step, (void *)message, &self->raised);
}
