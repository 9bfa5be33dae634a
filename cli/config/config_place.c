#include "config_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

static struct config_place place_of_mark(yaml_mark_t mark)
{
    return (struct config_place){.line = mark.line + 1, .column = mark.column + 1};
}

static bool has_control_character(const unsigned char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* What libyaml lets pass: control characters, which no name or topic may have, and a NUL would hide the rest; a second
 * document, which would not be read; and nesting, whose price grows with its square. */
static bool is_fine(const yaml_event_t *event, unsigned *depth, unsigned *documents, struct config_fault *fault)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        fault->words = "a second document begins";
        fault->expected = "one in a file";
        return ++*documents == 1;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        fault->words = "nested too deeply";
        fault->expected = "at most a list of entries";
        return ++*depth <= DEPTH_MAX;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        --*depth;
        return true;
    case YAML_SCALAR_EVENT:
        fault->words = "a line break or control character in a value";
        fault->expected = "one line of plain text";
        return !has_control_character(event->data.scalar.value, event->data.scalar.length);
    default:
        return true;
    }
}

static bool take_problem(const yaml_parser_t *parser, struct config_fault *fault)
{
    *fault = (struct config_fault){.place = place_of_mark(parser->problem_mark),
                                   .words = parser->problem != NULL ? parser->problem : "this is not YAML",
                                   .expected = "YAML"};
    return false;
}

static bool examine(yaml_parser_t *parser, yaml_document_t *document, struct config_fault *fault)
{
    unsigned depth = 0;
    unsigned documents = 0;
    bool fine = true;
    bool ended = false;

    (void)document;
    while (fine && !ended) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event)) {
            return take_problem(parser, fault);
        }
        fault->place = place_of_mark(event.start_mark);
        fine = is_fine(&event, &depth, &documents, fault);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return fine;
}

static bool load(yaml_parser_t *parser, yaml_document_t *document, struct config_fault *fault)
{
    return yaml_parser_load(parser, document) || take_problem(parser, fault);
}

static bool parse(bool (*how)(yaml_parser_t *, yaml_document_t *, struct config_fault *), const char *text, size_t size,
                  yaml_document_t *document, struct config_fault *fault)
{
    yaml_parser_t parser;
    bool parsed;

    if (!yaml_parser_initialize(&parser)) {
        abort();
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    parsed = how(&parser, document, fault);
    yaml_parser_delete(&parser);
    return parsed;
}

bool config_document_load(yaml_document_t *document, const char *text, size_t size, struct config_fault *fault)
{
    return parse(examine, text, size, document, fault) && parse(load, text, size, document, fault);
}

static yaml_node_t *mapping_value(yaml_document_t *document, const yaml_node_t *mapping, const char *key, size_t length)
{
    const yaml_node_pair_t *pair;

    for (pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(document, pair->key);

        if (name->type == YAML_SCALAR_NODE && name->data.scalar.length == length &&
            memcmp(name->data.scalar.value, key, length) == 0) {
            return yaml_document_get_node(document, pair->value);
        }
    }
    return NULL;
}

/* Takes one step of a path, `name` or `[index]`; NULL if the document has no such place. */
static yaml_node_t *step(yaml_document_t *document, const yaml_node_t *node, const char **path)
{
    if (**path == '[' && node->type == YAML_SEQUENCE_NODE) {
        unsigned index = 0;
        int length = 0;
        const yaml_node_item_t *items = node->data.sequence.items.start;

        if (sscanf(*path, "[%u]%n", &index, &length) != 1 || index >= node->data.sequence.items.top - items) {
            return NULL;
        }
        *path += length;
        return yaml_document_get_node(document, items[index]);
    }
    if (node->type == YAML_MAPPING_NODE) {
        const char *name = *path + (**path == '.');
        size_t length = strcspn(name, ".[");

        *path = name + length;
        return mapping_value(document, node, name, length);
    }
    return NULL;
}

struct config_place config_place_of_path(yaml_document_t *document, const char *path)
{
    yaml_node_t *node = yaml_document_get_root_node(document);
    struct config_place place = {1, 1};

    while (node != NULL) {
        place = place_of_mark(node->start_mark);
        node = *path != '\0' ? step(document, node, &path) : NULL;
    }
    return place;
}

bool config_place_is_list(yaml_document_t *document, const char *path)
{
    const yaml_node_t *node = yaml_document_get_root_node(document);

    while (node != NULL && *path != '\0') {
        node = step(document, node, &path);
    }
    return node != NULL && node->type == YAML_SEQUENCE_NODE;
}

static bool is_before(struct config_place a, struct config_place b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

struct config_place config_place_of_key(yaml_document_t *document, const char *key, struct config_place from)
{
    struct config_place best = from;
    bool found = false;
    int number;
    yaml_node_t *node;

    for (number = 1; (node = yaml_document_get_node(document, number)) != NULL; number++) {
        struct config_place place = place_of_mark(node->start_mark);

        if (node->type == YAML_SCALAR_NODE && strcmp((const char *)node->data.scalar.value, key) == 0 &&
            !is_before(place, from) && (!found || is_before(place, best))) {
            best = place;
            found = true;
        }
    }
    return best;
}
