/* Publishing, and waiting for it. */
#include "umqtt_parts.h"

#include <string.h>

/* --- Payloads that are sent from where they are --- */

/* As long as it is read, it goes on. */
static size_t read_payload(void *context, uint32_t offset, void *into, size_t size)
{
    struct mote_umqtt *client = context;
    size_t left = client->lent_payload.length - offset;

    size = size < left ? size : left;
    memcpy(into, client->lent_payload.data + offset, size);
    client->progress_ms = mote_umqtt_now_ms(client);
    return size;
}

static bool is_lent(const struct mote_umqtt *client)
{
    return client->lent_id != 0 && mote_session_stage(&client->session, client->lent_id) != MOTE_STAGE_NONE;
}

static enum mote_reason lend(struct mote_umqtt *client, const struct mote_message *message, void *owner)
{
    struct mote_message from_source = *message;
    enum mote_reason reason;

    if (client->handling || message->payload.length > UINT32_MAX)
        return MOTE_MQTT_PACKET_TOO_LARGE;
    if (is_lent(client))
        return MOTE_MQTT_QUOTA;
    client->lent_payload = message->payload;
    client->lent_owner = owner;
    client->lent_id = 0;
    client->lent = (struct mote_source){read_payload, client, (uint32_t)message->payload.length};
    from_source.source = &client->lent;
    from_source.payload = MOTE_TEXT("");
    reason = mote_session_publish(&client->session, &from_source, &client->lent_id);
    client->awaited_id = client->lent_id;
    return reason;
}

/* --- Handing over to the session --- */

static enum mote_reason put(struct mote_umqtt *client, const struct mote_message *message, void *owner)
{
    uint16_t packet_id = 0;
    enum mote_reason reason = mote_session_publish(&client->session, message, &packet_id);

    if (reason == MOTE_MQTT_PACKET_TOO_LARGE)
        return lend(client, message, owner);
    if (reason == MOTE_OK && !client->handling)
        client->awaited_id = packet_id;
    return reason;
}

/* There may be room with any turn: something was sent, acknowledged or connected. QoS 0 waits for the broker's word, since what is sent
 * before it is lost if that is a refusal. */
static bool has_been_put(struct mote_umqtt *client)
{
    client->put_reason = MOTE_MQTT_QUOTA;
    if (client->putting->qos != MOTE_QOS_0 || mote_umqtt_is_connected(client))
        client->put_reason = put(client, client->putting, client->putting_owner);
    if (client->put_reason == MOTE_TCP_RESET)
        client->put_reason = MOTE_MQTT_QUOTA;
    return client->put_reason != MOTE_MQTT_QUOTA;
}

static enum mote_reason put_when_there_is_room(struct mote_umqtt *client, const struct mote_message *message,
                                               void *owner)
{
    enum mote_reason reason;

    client->putting = message;
    client->putting_owner = owner;
    reason = mote_umqtt_until(client, has_been_put, client->timeout_ms);
    client->putting = NULL;
    client->putting_owner = NULL;
    return reason == MOTE_OK && !client->interrupted ? client->put_reason : reason;
}

/* --- Waiting for the end --- */

static bool is_sent_or_lost(struct mote_umqtt *client)
{
    return !client->unsent || client->losses != client->losses_before;
}

/* A packet that has begun cannot be taken back: if it takes too long, or is not wanted any more, the connection is given up. */
static enum mote_reason wait_until_sent(struct mote_umqtt *client)
{
    enum mote_reason reason;

    client->losses_before = client->losses;
    client->unsent = true;
    mote_umqtt_send_output(client);
    if (!client->unsent)
        return MOTE_OK;
    reason = mote_umqtt_until(client, is_sent_or_lost, client->timeout_ms);
    if (client->unsent && client->losses == client->losses_before)
        mote_umqtt_lose(client, MOTE_TCP_TIMEOUT);
    return reason;
}

/* What was not wholly sent has not arrived: it is put anew. */
static enum mote_reason publish_once(struct mote_umqtt *client, const struct mote_message *message, void *owner)
{
    enum mote_reason reason;

    do {
        reason = put_when_there_is_room(client, message, owner);
        if (reason != MOTE_OK || client->interrupted)
            return reason;
        reason = wait_until_sent(client);
    } while (reason == MOTE_OK && client->unsent && !client->interrupted);
    return reason;
}

static bool is_taken(struct mote_umqtt *client)
{
    return mote_session_stage(&client->session, client->awaited_id) == MOTE_STAGE_NONE;
}

static enum mote_reason publish_surely(struct mote_umqtt *client, const struct mote_message *message, void *owner)
{
    enum mote_reason reason;

    client->answer = 0;
    reason = put_when_there_is_room(client, message, owner);
    if (reason == MOTE_OK && !client->interrupted)
        reason = mote_umqtt_until(client, is_taken, client->timeout_ms);
    if (reason != MOTE_OK || client->answer < 0x80)
        return reason;
    client->refusal = client->answer;
    return MOTE_MQTT_NOT_AUTHORIZED;
}

/* From within on_message. */
static enum mote_reason publish_meanwhile(struct mote_umqtt *client, const struct mote_message *message)
{
    enum mote_reason reason = put(client, message, NULL);

    mote_umqtt_send_output(client);
    return reason == MOTE_MQTT_QUOTA ? put(client, message, NULL) : reason;
}

enum mote_reason mote_umqtt_publish(struct mote_umqtt *client, const struct mote_message *message, void *owner)
{
    enum mote_reason reason = mote_umqtt_check(client);

    if (client->handling)
        return publish_meanwhile(client, message);
    if (reason != MOTE_OK || client->interrupted)
        return reason;
    reason = message->qos == MOTE_QOS_0 ? publish_once(client, message, owner) : publish_surely(client, message, owner);
    if (!is_lent(client))
        client->lent_owner = NULL;
    return reason;
}
