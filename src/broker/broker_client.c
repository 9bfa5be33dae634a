#include "engine.h"

void mote_broker_client_ready(struct mote_broker_client *client)
{
    if (mote_broker_list_is_empty(&client->in_ready))
        mote_broker_list_append(&client->broker->ready, &client->in_ready);
}

void mote_broker_client_set_state(struct mote_broker_client *client, enum mote_broker_client_state state)
{
    mote_broker_list_remove(&client->in_state);
    mote_broker_list_append(&client->broker->clients[state], &client->in_state);
    client->state = (uint8_t)state;
}

struct mote_broker_client *mote_broker_accept(struct mote_broker *broker, void *link, uint64_t now_ms)
{
    struct mote_broker_client *client = NULL;

    mote_broker_set_time(broker, now_ms);
    if (!broker->stopping && broker->counters.clients < broker->config.clients_max)
        client = mote_broker_allocate(broker, sizeof *client);
    if (client == NULL) {
        broker->counters.refused++;
        return NULL;
    }
    client->broker = broker;
    client->link = link;
    client->since_ms = broker->now_ms;
    client->packet_size_max = UINT32_MAX;
    client->problem_information = true;
    mote_broker_list_init(&client->in_state);
    mote_broker_list_init(&client->in_ready);
    mote_broker_client_set_state(client, BROKER_CONNECTING);
    broker->counters.clients++;
    return client;
}

void *mote_broker_client_link(const struct mote_broker_client *client)
{
    return client->link;
}

void mote_broker_doom(struct mote_broker_client *client, uint8_t code, enum mote_reason reason, const char *words)
{
    if (client->state != BROKER_CONNECTING && client->state != BROKER_CONNECTED)
        return;
    client->code = code;
    client->reason = (uint8_t)reason;
    client->words = words;
    mote_broker_client_set_state(client, BROKER_DOOMED);
}

static void observe_end(struct mote_broker_client *client)
{
    struct mote_broker_event event = {
        .type = client->session == NULL ? MOTE_BROKER_CLIENT_REFUSED : MOTE_BROKER_CLIENT_DISCONNECTED,
        .client = client,
        .version = (enum mote_mqtt_version)client->version,
        .client_id = client->session == NULL ? (struct mote_text){"", 0} : mote_broker_session_id(client->session),
        .reason = (enum mote_reason)client->reason,
        .words = client->words,
    };

    client->broker->counters.refused += client->session == NULL;
    mote_broker_observe(client->broker, &event);
}

void mote_broker_client_cut(struct mote_broker_client *client)
{
    bool was_connected = client->session != NULL;

    MOTE_ASSERT(client->state == BROKER_DOOMED);
    if (was_connected || client->code != 0)
        observe_end(client);
    if (was_connected) {
        if (client->code != 0 && client->version == MOTE_MQTT_5)
            mote_broker_output_ack(client, MOTE_DISCONNECT, 0, client->code, client->words);
        mote_broker_session_detach(client->session);
    }
    mote_broker_input_free(client);
    mote_broker_alias_free(client);
    mote_broker_client_set_state(client, BROKER_CLOSING);
    client->since_ms = client->broker->now_ms;
    mote_broker_client_ready(client);
}

void mote_broker_client_free(struct mote_broker_client *client)
{
    struct mote_broker *broker = client->broker;

    mote_broker_list_remove(&client->in_state);
    mote_broker_list_remove(&client->in_ready);
    mote_broker_output_free(client);
    mote_broker_input_free(client);
    mote_broker_alias_free(client);
    broker->counters.clients--;
    mote_broker_release(broker, client, sizeof *client);
}

bool mote_broker_should_close(const struct mote_broker_client *client)
{
    return client->state == BROKER_EXPIRED || (client->state == BROKER_CLOSING && client->output_size == 0);
}

void mote_broker_closed(struct mote_broker_client *client, uint64_t now_ms)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_session *session = client->session;
    bool without_will = client->without_will;

    mote_broker_set_time(broker, now_ms);
    mote_broker_doom(client, MOTE_CODE_UNSPECIFIED, MOTE_TCP_RESET, "the connection was lost");
    if (session != NULL) {
        observe_end(client);
        mote_broker_session_detach(session);
    }
    mote_broker_client_free(client);
    if (session != NULL)
        mote_broker_session_left(session, without_will);
    mote_broker_settle(broker);
}

struct mote_broker_access mote_broker_client_access(struct mote_broker_client *client, enum mote_broker_action action,
                                                    struct mote_text topic)
{
    const struct mote_broker_session *session = client->session;

    return (struct mote_broker_access){
        .action = action,
        .client = client,
        .client_id = mote_broker_session_id(session),
        .has_username = session->username != NULL,
        .username = mote_broker_text(session->username, session->username_size),
        .topic = topic,
    };
}

enum mote_reason mote_broker_authorize(struct mote_broker *broker, const struct mote_broker_access *access)
{
    if (broker->config.authorize == NULL)
        return MOTE_OK;
    return broker->config.authorize(broker->config.context, access);
}
