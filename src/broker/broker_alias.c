/* Topic aliases of one connection, both ways. Those that we give are given to the first topics that come, for
 * good. */
#include "engine.h"

#include <string.h>

#define ALIASED_MIN 4 /* for shorter topics an alias saves nothing */

static size_t table_size(const struct mote_broker_aliases *aliases)
{
    return sizeof *aliases + (size_t)(aliases->in_count + aliases->out_count) * sizeof aliases->topics[0];
}

static struct mote_broker_aliases *table_of(struct mote_broker_client *client)
{
    struct mote_broker_aliases counts = {client->broker->config.topic_alias_max, client->alias_out_max};

    if (client->aliases == NULL) {
        client->aliases = mote_broker_allocate(client->broker, table_size(&counts));
        if (client->aliases != NULL) {
            client->aliases->in_count = counts.in_count;
            client->aliases->out_count = counts.out_count;
        }
    }
    return client->aliases;
}

static struct mote_text text_of(const struct mote_broker_alias *alias)
{
    return (struct mote_text){alias->topic, alias->size};
}

static bool set(struct mote_broker_client *client, struct mote_broker_alias *alias, struct mote_text topic)
{
    char *copy = mote_broker_resize(client->broker, NULL, 0, topic.length);

    if (copy == NULL)
        return false;
    memcpy(copy, topic.data, topic.length);
    mote_broker_release(client->broker, alias->topic, alias->size);
    alias->topic = copy;
    alias->size = (uint16_t)topic.length;
    return true;
}

bool mote_broker_alias_set(struct mote_broker_client *client, uint16_t alias, struct mote_text topic)
{
    struct mote_broker_aliases *aliases = table_of(client);

    return aliases != NULL && set(client, &aliases->topics[alias - 1], topic);
}

bool mote_broker_alias_get(const struct mote_broker_client *client, uint16_t alias, struct mote_text *topic)
{
    if (client->aliases == NULL || client->aliases->topics[alias - 1].size == 0)
        return false;
    *topic = text_of(&client->aliases->topics[alias - 1]);
    return true;
}

void mote_broker_alias_accept(struct mote_broker_client *client, uint16_t out_max)
{
    uint16_t ours = client->broker->config.topic_alias_out_max;

    client->alias_out_max = out_max < ours ? out_max : ours;
}

uint16_t mote_broker_alias_out(const struct mote_broker_client *client, struct mote_text topic, bool *is_known)
{
    const struct mote_broker_aliases *aliases = client->aliases;

    *is_known = false;
    if (client->alias_out_max == 0 || topic.length < ALIASED_MIN)
        return 0;
    if (aliases == NULL)
        return 1;
    for (uint16_t i = 0; i < aliases->out_count; i++) {
        const struct mote_broker_alias *alias = &aliases->topics[aliases->in_count + i];
        *is_known = mote_text_same(text_of(alias), topic);
        if (*is_known || alias->size == 0)
            return (uint16_t)(i + 1);
    }
    return 0;
}

void mote_broker_alias_told(struct mote_broker_client *client, uint16_t alias, struct mote_text topic)
{
    struct mote_broker_aliases *aliases = table_of(client);

    /* Without memory it is told again with the next message. */
    if (aliases != NULL)
        set(client, &aliases->topics[aliases->in_count + alias - 1], topic);
}

void mote_broker_alias_free(struct mote_broker_client *client)
{
    struct mote_broker_aliases *aliases = client->aliases;

    if (aliases == NULL)
        return;
    for (unsigned i = 0; i < (unsigned)aliases->in_count + aliases->out_count; i++)
        mote_broker_release(client->broker, aliases->topics[i].topic, aliases->topics[i].size);
    mote_broker_release(client->broker, aliases, table_size(aliases));
    client->aliases = NULL;
}
