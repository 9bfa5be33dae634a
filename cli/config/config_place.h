/* Places: where in a YAML file something stands, for error messages. */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

struct config_place {
    size_t line; /* from 1 */
    size_t column;
};

/* What is wrong with a text, and what was expected there; static strings. */
struct config_fault {
    struct config_place place;
    const char *words;
    const char *expected;
};

/* Parses the text as one document without control characters. Returns false with the fault if it is not that. */
bool config_document_load(yaml_document_t *document, const char *text, size_t size, struct config_fault *fault);

/* Finds the value at a path such as `switches[0].pin`, or as much of the path as there is. */
struct config_place config_place_of_path(yaml_document_t *document, const char *path);

/* Is there a list at this path? */
bool config_place_is_list(yaml_document_t *document, const char *path);

/* Finds the first key of this name at or after a place. */
struct config_place config_place_of_key(yaml_document_t *document, const char *key, struct config_place from);

#endif
