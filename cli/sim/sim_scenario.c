#include "sim_scenario.h"

#include "cli.h"
#include "config/config_check.h"
#include "config/config_place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS UINT64_C(86400000)
#define YEAR_MS (365 * DAY_MS)

enum { FILE_MAX = 4 << 20, EVENTS_MAX = 200000, KEYS_MAX = 16 };

/* The file while it is read. */
struct reading {
    struct config_check check;
    yaml_document_t *document;
    struct sim_scenario *scenario;
    uint64_t duration_ms; /* of the run */
    unsigned nodes;       /* in the run */
};

/* One entry of `events`. */
struct event {
    struct fault fault;
    uint64_t every_ms; /* 0: once */
    bool has_time;
    bool has_daily;
    bool has_fault;
    bool has_for;
};

static struct config_place place_of(const yaml_node_t *node)
{
    return (struct config_place){node->start_mark.line + 1, node->start_mark.column + 1};
}

__attribute__((format(printf, 3, 4))) static void refuse(struct reading *reading, const yaml_node_t *node,
                                                         const char *format, ...)
{
    char words[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    config_check_complain(&reading->check, place_of(node), "%s", words);
}

static const char *text_of(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

/* Of a key that is there twice one would count, and nobody knows which. */
static void refuse_repeated(struct reading *reading, const yaml_node_t *mapping)
{
    const yaml_node_pair_t *const start = mapping->data.mapping.pairs.start;

    for (const yaml_node_pair_t *pair = start; pair < mapping->data.mapping.pairs.top && pair < start + KEYS_MAX;
         pair++) {
        const yaml_node_t *const key = yaml_document_get_node(reading->document, pair->key);

        for (const yaml_node_pair_t *before = start; before < pair; before++) {
            if (strcmp(text_of(yaml_document_get_node(reading->document, before->key)), text_of(key)) == 0) {
                refuse(reading, key, "the key '%s' is here a second time: expected it once", text_of(key));
                break;
            }
        }
    }
}

/* --- Values --- */

static uint64_t unit_ms(const char *unit, size_t size)
{
    static const struct {
        const char *name;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"y", 31536000000}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strlen(units[i].name) == size && memcmp(units[i].name, unit, size) == 0) {
            return units[i].ms;
        }
    }
    return 0;
}

/* Numbers with units, one after the other: `2d 3h`, `1.5h`, `1234567ms`. */
static bool read_span(const char *text, uint64_t *span_ms)
{
    uint64_t sum = 0;

    while (*text != '\0') {
        char *end = NULL;
        const double number = *text >= '0' && *text <= '9' ? strtod(text, &end) : -1;
        const size_t size = number < 0 ? 0 : strspn(end, "mshdy");
        const uint64_t ms = size > 0 ? unit_ms(end, size) : 0;

        if (ms == 0 || number * (double)ms > 1e14) {
            return false;
        }
        sum += (uint64_t)(number * (double)ms + 0.5);
        text = end + size;
        text += strspn(text, " ");
    }
    *span_ms = sum;
    return true;
}

static void take_span(struct reading *reading, const yaml_node_t *value, const char *key, uint64_t *span_ms)
{
    if (text_of(value)[0] == '\0' || !read_span(text_of(value), span_ms)) {
        refuse(reading, value, "%s: expected a time such as 90s, 5m, 2h 30m or 1.5d", key);
    }
}

static int64_t take_number(struct reading *reading, const yaml_node_t *value, const char *key, int64_t min, int64_t max)
{
    int64_t number = min;

    if (!cli_number(text_of(value), min, max, &number)) {
        refuse(reading, value, "%s: expected a number of %" PRId64 " to %" PRId64, key, min, max);
    }
    return number;
}

/* A time of the day; the simulated clock begins at midnight. */
static void take_daily(struct reading *reading, const yaml_node_t *value, struct event *event)
{
    unsigned hours = 24;
    unsigned minutes = 60;
    int size = 0;

    if (sscanf(text_of(value), "%2u:%2u%n", &hours, &minutes, &size) != 2 || text_of(value)[size] != '\0' ||
        hours > 23 || minutes > 59) {
        refuse(reading, value, "daily: expected a time of day such as \"03:00\"");
        return;
    }
    event->fault.at_ms = (hours * UINT64_C(60) + minutes) * 60000;
    event->every_ms = DAY_MS;
    event->has_daily = true;
}

/* Which device. The run has to have it. */
static void take_node(struct reading *reading, const yaml_node_t *value, struct event *event)
{
    const unsigned errors = reading->check.errors;
    const int64_t number = take_number(reading, value, "node", 1, WORLD_DEVICES_MAX);

    if (reading->check.errors == errors && number > reading->nodes) {
        refuse(reading, value, "node: this run has %u device%s: expected no more, or `nodes: %" PRId64 "`",
               reading->nodes, reading->nodes == 1 ? "" : "s", number);
    }
    event->fault.device = (int)number - 1;
}

static void take_fault(struct reading *reading, const yaml_node_t *value, struct event *event)
{
    event->has_fault = true;
    if (!fault_find(text_of(value), &event->fault.kind)) {
        refuse(reading, value, "fault: expected one of those that `mote sim --faults` lists");
    }
}

/* --- Events --- */

static void take_key(struct reading *reading, const yaml_node_t *key, const yaml_node_t *value, struct event *event)
{
    const char *const name = text_of(key);

    if (strcmp(name, "at") == 0) {
        take_span(reading, value, name, &event->fault.at_ms);
        event->has_time = true;
    } else if (strcmp(name, "every") == 0) {
        take_span(reading, value, name, &event->every_ms);
        event->has_time = true;
        if (event->every_ms < 1000 && reading->check.errors == 0) {
            refuse(reading, value, "every: expected a time of 1s and more");
        }
    } else if (strcmp(name, "daily") == 0) {
        take_daily(reading, value, event);
    } else if (strcmp(name, "fault") == 0) {
        take_fault(reading, value, event);
    } else if (strcmp(name, "for") == 0) {
        take_span(reading, value, name, &event->fault.for_ms);
        event->has_for = true;
    } else if (strcmp(name, "node") == 0) {
        take_node(reading, value, event);
    } else if (strcmp(name, "value") == 0) {
        event->fault.value = (uint32_t)take_number(reading, value, name, 0, UINT32_MAX);
    } else {
        refuse(reading, key, "unknown key '%s': expected at, every or daily, and fault, for, node or value", name);
    }
}

static void add(struct reading *reading, const yaml_node_t *node, const struct event *event)
{
    struct fault fault = event->fault;

    if (event->every_ms != 0 && fault.at_ms == 0) {
        fault.at_ms = event->every_ms;
    }
    do {
        if (reading->scenario->weather.count == EVENTS_MAX) {
            refuse(reading, node, "this makes too many events: expected at most %d in all", EVENTS_MAX);
            return;
        }
        weather_add(&reading->scenario->weather, &fault);
        fault.at_ms += event->every_ms;
    } while (event->every_ms != 0 && fault.at_ms < reading->duration_ms);
}

static bool is_complete(struct reading *reading, const yaml_node_t *node, const struct event *event)
{
    if (!event->has_fault) {
        refuse(reading, node, "this entry has no fault");
    } else if (!event->has_time && !event->has_daily) {
        refuse(reading, node, "this entry has no time: expected at, every or daily");
    } else if (event->has_time && event->has_daily) {
        refuse(reading, node, "this entry has two times: expected daily, or at and every");
    } else {
        return true;
    }
    return false;
}

static void take_event(struct reading *reading, const yaml_node_t *node)
{
    struct event event = {.fault = {.device = -1}};
    const unsigned errors = reading->check.errors;

    if (node->type != YAML_MAPPING_NODE) {
        refuse(reading, node, "events: expected an entry such as {at: 2h, fault: router_reboot, for: 5m}");
        return;
    }
    refuse_repeated(reading, node);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        take_key(reading, yaml_document_get_node(reading->document, pair->key),
                 yaml_document_get_node(reading->document, pair->value), &event);
    }
    if (reading->check.errors > errors || !is_complete(reading, node, &event)) {
        return;
    }
    if (fault_usual_ms(event.fault.kind) == 0) {
        event.fault.for_ms = 0;
    } else if (!event.has_for) {
        event.fault.for_ms = fault_usual_ms(event.fault.kind);
    }
    add(reading, node, &event);
}

/* --- The file --- */

static void take_events(struct reading *reading, const yaml_node_t *list)
{
    if (list->type != YAML_SEQUENCE_NODE) {
        refuse(reading, list, "events: expected a list, each entry beginning with `- `");
        return;
    }
    for (const yaml_node_item_t *item = list->data.sequence.items.start; item < list->data.sequence.items.top; item++) {
        take_event(reading, yaml_document_get_node(reading->document, *item));
    }
}

static void take_weather(struct reading *reading, const yaml_node_t *value)
{
    reading->scenario->is_drawn = strcmp(text_of(value), "drawn") == 0;
    if (!reading->scenario->is_drawn && strcmp(text_of(value), "events") != 0) {
        refuse(reading, value, "weather: expected events (only those of this file) or drawn (the seed's, too)");
    }
}

/* What the events need to know comes first, wherever it stands. */
static void take_top(struct reading *reading, const yaml_node_t *key, const yaml_node_t *value, bool events)
{
    struct sim_scenario *const scenario = reading->scenario;
    const char *const name = text_of(key);

    if (strcmp(name, "events") == 0) {
        if (events) {
            take_events(reading, value);
        }
    } else if (events) {
        return;
    } else if (strcmp(name, "seed") == 0) {
        scenario->has_seed = true;
        scenario->seed = (uint64_t)take_number(reading, value, name, 0, INT64_MAX);
    } else if (strcmp(name, "for") == 0) {
        take_span(reading, value, name, &scenario->duration_ms);
        if (scenario->duration_ms == 0 && reading->check.errors == 0) {
            refuse(reading, value, "for: expected a time above 0");
        }
    } else if (strcmp(name, "nodes") == 0) {
        scenario->nodes = (unsigned)take_number(reading, value, name, 1, WORLD_DEVICES_MAX);
    } else if (strcmp(name, "weather") == 0) {
        take_weather(reading, value);
    } else {
        refuse(reading, key, "unknown key '%s': expected events, for, nodes, seed or weather", name);
    }
}

static void take_root(struct reading *reading, const yaml_node_t *root, bool events)
{
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; pair++) {
        take_top(reading, yaml_document_get_node(reading->document, pair->key),
                 yaml_document_get_node(reading->document, pair->value), events);
    }
}

static bool take_document(struct reading *reading)
{
    const yaml_node_t *const root = yaml_document_get_root_node(reading->document);

    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        config_check_complain(&reading->check, (struct config_place){1, 1},
                              "file: expected keys and values, `key: value`");
        return false;
    }
    refuse_repeated(reading, root);
    take_root(reading, root, false);
    if (reading->duration_ms == 0) {
        reading->duration_ms = reading->scenario->duration_ms != 0 ? reading->scenario->duration_ms : YEAR_MS;
    }
    if (reading->nodes == 0) {
        reading->nodes = reading->scenario->nodes != 0 ? reading->scenario->nodes : 1;
    }
    take_root(reading, root, true);
    weather_sort(&reading->scenario->weather);
    return reading->check.errors == 0;
}

static char *read_file(const char *path, size_t *size)
{
    FILE *const stream = fopen(path, "rb");
    char *text;

    if (stream == NULL) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
        return NULL;
    }
    text = cli_allocate(FILE_MAX);
    *size = fread(text, 1, FILE_MAX, stream);
    if (ferror(stream) || *size == FILE_MAX) {
        cli_error(path, ferror(stream) ? strerror(errno) : "larger than a scenario may be (4 MiB)",
                  MOTE_CONFIG_INVALID);
        free(text);
        text = NULL;
    }
    fclose(stream);
    return text;
}

bool sim_scenario_load(struct sim_scenario *scenario, const char *path, const struct sim_scenario_told *told)
{
    yaml_document_t document;
    struct reading reading = {.check = {.path = path, .document = &document},
                              .document = &document,
                              .scenario = scenario,
                              .duration_ms = told->duration_ms,
                              .nodes = told->nodes};
    struct config_fault fault;
    size_t size = 0;
    char *const text = read_file(path, &size);
    bool loaded = false;

    *scenario = (struct sim_scenario){.has_seed = false};
    if (text == NULL) {
        return false;
    }
    if (!config_document_load(&document, text, size, &fault)) {
        config_check_complain(&reading.check, fault.place, "%s: expected %s", fault.words, fault.expected);
    } else {
        loaded = take_document(&reading);
        yaml_document_delete(&document);
    }
    free(text);
    if (!loaded) {
        weather_free(&scenario->weather);
    }
    return loaded;
}

static void write_event(FILE *stream, const struct fault *fault)
{
    fprintf(stream, "  - {at: %" PRIu64 "ms, fault: %s", fault->at_ms, fault_name(fault->kind));
    if (fault->for_ms > 0) {
        fprintf(stream, ", for: %" PRIu64 "ms", fault->for_ms);
    }
    if (fault->device >= 0) {
        fprintf(stream, ", node: %d", fault->device + 1);
    }
    fprintf(stream, ", value: %" PRIu32 "}\n", fault->value);
}

bool sim_scenario_save(const char *path, const char *words, const struct world_config *config,
                       const struct weather *weather)
{
    FILE *const stream = fopen(path, "w");
    bool failed;

    if (stream == NULL) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
        return false;
    }
    fprintf(stream, "# %s\nseed: %" PRIu64 "\nfor: %" PRIu64 "ms\nnodes: %u\nevents:%s\n", words, config->seed,
            config->duration_ms, config->device_count, weather->count == 0 ? " []" : "");
    for (size_t i = 0; i < weather->count; i++) {
        write_event(stream, &weather->faults[i]);
    }
    failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
        return false;
    }
    return true;
}
