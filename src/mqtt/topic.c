#include "../text/word.h"

#include <mote/topic.h>

#include <string.h>

static bool is_wildcard(char c)
{
    return c == '+' || c == '#';
}

bool mote_topic_is_name(struct mote_text topic)
{
    if (topic.length == 0 || topic.length > UINT16_MAX)
        return false;
    if (mote_words_are_plain(topic))
        return true;
    for (size_t i = 0; i < topic.length; i++) {
        if (is_wildcard(topic.data[i]))
            return false;
    }
    return mote_text_is_utf8(topic);
}

bool mote_topic_is_shared(struct mote_text filter)
{
    const struct mote_text prefix = MOTE_TEXT("$share/");

    return filter.length >= prefix.length && memcmp(filter.data, prefix.data, prefix.length) == 0;
}

/* Takes `$share/GROUP/` off a shared subscription's filter. Returns false if the group is empty or has wildcards. */
static bool skip_group(struct mote_text *filter)
{
    size_t begin = sizeof "$share/" - 1;
    size_t end = begin;

    if (!mote_topic_is_shared(*filter))
        return true;
    while (end < filter->length && filter->data[end] != '/') {
        if (is_wildcard(filter->data[end]))
            return false;
        end++;
    }
    if (end == begin || end == filter->length)
        return false;
    filter->data += end + 1;
    filter->length -= end + 1;
    return true;
}

bool mote_topic_is_filter(struct mote_text filter)
{
    if (!mote_text_is_utf8(filter) || !skip_group(&filter) || filter.length == 0)
        return false;
    for (size_t i = 0; i < filter.length; i++) {
        bool first = i == 0 || filter.data[i - 1] == '/';
        bool last = i + 1 == filter.length;
        if (is_wildcard(filter.data[i]) && !(first && (last || (filter.data[i] == '+' && filter.data[i + 1] == '/'))))
            return false;
    }
    return true;
}

bool mote_topic_matches(struct mote_text filter, struct mote_text topic)
{
    const char *f = filter.data;
    const char *f_end = f + filter.length;
    const char *t = topic.data;
    const char *t_end = t + topic.length;

    if (*t == '$' && *f != '$')
        return false;
    while (f != f_end) {
        if (*f == '#')
            return true;
        if (*f == '+') {
            f++;
            while (t != t_end && *t != '/')
                t++;
        } else if (t != t_end && *f == *t) {
            f++;
            t++;
        } else { /* `a/#` takes `a`, too */
            return t == t_end && f_end - f == 2 && f[0] == '/' && f[1] == '#';
        }
    }
    return t == t_end;
}
