/* Topics and filters as a tree of levels, its nodes found through one hash table. */
#include "engine.h"

#include <string.h>

#define FIRST_BUCKETS 64

enum { HAS_PLUS = 1, HAS_HASH = 2 };

static uint32_t level_hash(const struct mote_broker_node *parent, struct mote_text level)
{
    return mote_broker_hash((parent->hash << 5 | parent->hash >> 27) + 1, level);
}

bool mote_broker_tree_level(struct mote_text topic, size_t *offset, struct mote_text *level)
{
    size_t begin = *offset;
    size_t end = begin;

    if (begin > topic.length)
        return false;
    while (end < topic.length && topic.data[end] != '/')
        end++;
    *level = (struct mote_text){topic.data + begin, end - begin};
    *offset = end + 1;
    return true;
}

size_t mote_broker_tree_levels(struct mote_text topic)
{
    size_t count = 1;

    for (size_t i = 0; i < topic.length; i++)
        count += topic.data[i] == '/';
    return count;
}

bool mote_broker_tree_init(struct mote_broker *broker, struct mote_broker_tree *tree)
{
    tree->buckets = mote_broker_allocate(broker, FIRST_BUCKETS * sizeof tree->buckets[0]);
    tree->root = mote_broker_allocate(broker, sizeof *tree->root);
    if (tree->buckets == NULL || tree->root == NULL) {
        mote_broker_release(broker, tree->buckets, FIRST_BUCKETS * sizeof tree->buckets[0]);
        mote_broker_release(broker, tree->root, sizeof *tree->root);
        *tree = (struct mote_broker_tree){0};
        return false;
    }
    tree->bucket_count = FIRST_BUCKETS;
    tree->root->hash = broker->seed;
    return true;
}

static uint8_t wildcard_of(struct mote_text level)
{
    if (level.length != 1)
        return 0;
    return level.data[0] == '+' ? HAS_PLUS : level.data[0] == '#' ? HAS_HASH : 0;
}

struct mote_broker_node *mote_broker_tree_child(const struct mote_broker_tree *tree,
                                                const struct mote_broker_node *parent, struct mote_text level)
{
    uint8_t wildcard = wildcard_of(level);
    struct mote_broker_node *node;
    uint32_t hash;

    if (parent->first_child == NULL || (wildcard != 0 && (parent->wildcards & wildcard) == 0))
        return NULL;
    hash = level_hash(parent, level);
    for (node = tree->buckets[hash & (tree->bucket_count - 1)]; node != NULL; node = node->bucket_next) {
        if (node->hash == hash && node->parent == parent && node->size == level.length &&
            memcmp(node->level, level.data, level.length) == 0)
            break;
    }
    return node;
}

struct mote_broker_node *mote_broker_tree_find(const struct mote_broker_tree *tree, struct mote_text topic)
{
    struct mote_broker_node *node = tree->root;
    struct mote_text level;
    size_t offset = 0;

    while (node != NULL && mote_broker_tree_level(topic, &offset, &level))
        node = mote_broker_tree_child(tree, node, level);
    return node;
}

/* Without memory for a larger table the old one goes on, only slower. */
static void grow(struct mote_broker *broker, struct mote_broker_tree *tree)
{
    uint32_t count = tree->bucket_count << 1;
    struct mote_broker_node **buckets = mote_broker_allocate(broker, count * sizeof buckets[0]);

    if (buckets == NULL)
        return;
    for (uint32_t i = 0; i < tree->bucket_count; i++) {
        for (struct mote_broker_node *node = tree->buckets[i], *next; node != NULL; node = next) {
            next = node->bucket_next;
            node->bucket_next = buckets[node->hash & (count - 1)];
            buckets[node->hash & (count - 1)] = node;
        }
    }
    mote_broker_release(broker, tree->buckets, tree->bucket_count * sizeof buckets[0]);
    tree->buckets = buckets;
    tree->bucket_count = count;
}

static struct mote_broker_node *make_child(struct mote_broker *broker, struct mote_broker_tree *tree,
                                           struct mote_broker_node *parent, struct mote_text level)
{
    struct mote_broker_node *node = mote_broker_allocate(broker, sizeof *node + level.length);
    struct mote_broker_node **bucket;

    if (node == NULL)
        return NULL;
    if (tree->count >= tree->bucket_count)
        grow(broker, tree);
    node->parent = parent;
    node->hash = level_hash(parent, level);
    node->size = (uint16_t)level.length;
    if (level.length > 0)
        memcpy(node->level, level.data, level.length);
    bucket = &tree->buckets[node->hash & (tree->bucket_count - 1)];
    node->bucket_next = *bucket;
    *bucket = node;
    node->next = parent->first_child;
    if (node->next != NULL)
        node->next->previous = node;
    parent->first_child = node;
    parent->wildcards |= wildcard_of(level);
    tree->count++;
    return node;
}

struct mote_broker_node *mote_broker_tree_make(struct mote_broker *broker, struct mote_broker_tree *tree,
                                               struct mote_text topic)
{
    struct mote_broker_node *node = tree->root;
    struct mote_text level;
    size_t offset = 0;

    while (mote_broker_tree_level(topic, &offset, &level)) {
        struct mote_broker_node *child = mote_broker_tree_child(tree, node, level);
        if (child == NULL)
            child = make_child(broker, tree, node, level);
        if (child == NULL) {
            mote_broker_tree_prune(broker, tree, node);
            return NULL;
        }
        node = child;
    }
    return node;
}

static void remove_node(struct mote_broker *broker, struct mote_broker_tree *tree, struct mote_broker_node *node)
{
    struct mote_broker_node **place = &tree->buckets[node->hash & (tree->bucket_count - 1)];
    struct mote_text level = {node->level, node->size};

    while (*place != node)
        place = &(*place)->bucket_next;
    *place = node->bucket_next;
    if (node->next != NULL)
        node->next->previous = node->previous;
    if (node->previous != NULL)
        node->previous->next = node->next;
    else
        node->parent->first_child = node->next;
    node->parent->wildcards &= (uint8_t)~wildcard_of(level);
    tree->count--;
    mote_broker_release(broker, node, sizeof *node + node->size);
}

static bool is_used(const struct mote_broker_tree *tree, const struct mote_broker_node *node)
{
    return node == tree->root || node->first_child != NULL || node->subscriptions != NULL || node->groups != NULL ||
           node->retained != NULL;
}

void mote_broker_tree_prune(struct mote_broker *broker, struct mote_broker_tree *tree, struct mote_broker_node *node)
{
    while (!is_used(tree, node)) {
        struct mote_broker_node *parent = node->parent;
        remove_node(broker, tree, node);
        node = parent;
    }
}

void mote_broker_tree_free(struct mote_broker *broker, struct mote_broker_tree *tree)
{
    MOTE_ASSERT(tree->count == 0);
    mote_broker_release(broker, tree->root, sizeof *tree->root);
    mote_broker_release(broker, tree->buckets, tree->bucket_count * sizeof tree->buckets[0]);
    *tree = (struct mote_broker_tree){0};
}
