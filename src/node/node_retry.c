/* When to try again: delays that spread a fleet, and that are long where trying again soon would do harm. */
#include "node/inside.h"

#include "sched/backoff.h"

enum {
    CUTS = 3,      /* sessions in a row that were cut: more than chance */
    SLOW_FROM = 2, /* takeovers in a row: the first may have been this node itself, before a restart */
};

/* Does waiting cure it? */
static bool waiting_cures(enum mote_reason reason)
{
    switch (reason) {
    case MOTE_MQTT_BAD_AUTH:
    case MOTE_MQTT_NOT_AUTHORIZED:
    case MOTE_MQTT_BAD_VERSION:
    case MOTE_MQTT_CLIENT_ID:
    case MOTE_MQTT_TAKEN_OVER:
    case MOTE_TLS_UNTRUSTED:
    case MOTE_TLS_NAME:
    case MOTE_CONFIG_INVALID:
        return false;
    default:
        return true;
    }
}

static uint32_t draw_ms(const struct mote_node *node, uint32_t from_ms, uint32_t to_ms)
{
    return mote_backoff_draw_ms(node->port->random(node->port->context), from_ms, to_ms);
}

/* --- Another client with the same id --- */

static void count_takeover(struct mote_node_retry *retry)
{
    if (retry->takeovers < UINT8_MAX)
        retry->takeovers++;
}

/* Before MQTT 5 a broker does not say why it closes: that it does so again and again, with sessions that have just begun, is how it
 * shows. In between a broker that is restarted can be seen to be away. */
static bool is_cut_again_and_again(struct mote_node_retry *retry, enum mote_node_end end)
{
    if (end == MOTE_END_ATTEMPT && retry->cuts < CUTS)
        retry->cuts = 0;
    if (end != MOTE_END_CUT || retry->held)
        return false;
    if (retry->cuts < CUTS)
        retry->cuts++;
    return retry->cuts == CUTS;
}

static enum mote_reason judge(struct mote_node_retry *retry, enum mote_reason reason, enum mote_node_end end)
{
    if (reason == MOTE_MQTT_TAKEN_OVER)
        count_takeover(retry);
    if (!is_cut_again_and_again(retry, end))
        return reason;
    retry->takeovers = SLOW_FROM;
    retry->words = "it seems so: the broker closes one session after the other soon after it has begun";
    return MOTE_MQTT_TAKEN_OVER;
}

static void trust(void *context)
{
    struct mote_node *node = context;

    node->retry.held = true;
    node->retry.cuts = 0;
    node->retry.takeovers = 0;
}

/* A twin that has found out comes back after the longest delay and up to a quarter: until then nothing speaks against there being
 * one. */
static uint32_t doubt_ms(const struct mote_node *node)
{
    uint32_t since_ms = node->config.retry_reset_after_ms;
    uint32_t max_ms = node->config.retry_delay_ms_max;
    uint32_t back_ms = max_ms > UINT32_MAX / 2 ? UINT32_MAX : max_ms + max_ms / 2;

    if (node->retry.cuts == 0 && node->retry.takeovers == 0)
        return 0;
    return back_ms > since_ms ? back_ms - since_ms : 0;
}

static void hold(void *context)
{
    struct mote_node *node = context;

    node->failures = 0;
    mote_node_brokers_held(node);
    if (doubt_ms(node) == 0)
        trust(node);
    else
        mote_after(&node->sched, &node->retry_reset, doubt_ms(node), trust, node);
}

void mote_node_retry_online(struct mote_node *node)
{
    node->retry.held = false;
    node->retry.window_left_ms = 0;
    mote_after(&node->sched, &node->retry_reset, node->config.retry_reset_after_ms, hold, node);
}

/* --- The delay --- */

/* Attempts of nodes that have failed at one moment lie in one window after the other, each evenly spread over them all: what is
 * left of this window, and a draw from the next. The mean is that of a draw from the minimum to the bound. */
static uint64_t spread_ms(struct mote_node *node, uint32_t bound_ms)
{
    uint32_t window_ms = (bound_ms - node->config.retry_delay_ms_min) / 2;
    uint64_t delay_ms = node->config.retry_delay_ms_min;
    uint32_t drawn_ms;

    if (window_ms < node->config.retry_spread_ms)
        window_ms = node->config.retry_spread_ms;
    drawn_ms = draw_ms(node, 0, window_ms);
    delay_ms += node->retry.window_left_ms;
    node->retry.window_left_ms = window_ms - drawn_ms;
    return delay_ms + drawn_ms;
}

static uint64_t delay_ms(struct mote_node *node, enum mote_reason reason)
{
    uint32_t min_ms = node->config.retry_delay_ms_min;
    uint32_t max_ms = node->config.retry_delay_ms_max;
    unsigned failures = waiting_cures(reason) ? node->failures : UINT8_MAX;

    if (reason == MOTE_MQTT_TAKEN_OVER && node->retry.takeovers >= SLOW_FROM)
        return (uint64_t)max_ms + draw_ms(node, 0, max_ms / 4);
    if (node->config.retry_spread_ms > 0)
        return spread_ms(node, mote_backoff_bound_ms(failures, min_ms, max_ms));
    return draw_ms(node, min_ms, mote_backoff_bound_ms(failures, min_ms, max_ms));
}

/* Who is sent on instead of being let in goes at once; a server that sends all of its clients away does so at one moment. */
static enum mote_reason go_on(struct mote_node *node, enum mote_node_end end)
{
    node->attempt_ms = node->sched.now_ms;
    if (end != MOTE_END_ATTEMPT)
        node->attempt_ms += delay_ms(node, MOTE_OK);
    return MOTE_OK;
}

enum mote_reason mote_node_retry(struct mote_node *node, enum mote_reason reason, enum mote_node_end end)
{
    if (node->failures < UINT8_MAX)
        node->failures++;
    if (mote_node_redirect_take(node))
        return go_on(node, end);
    reason = judge(&node->retry, reason, end);
    mote_node_brokers_failed(node, reason);
    node->attempt_ms = node->sched.now_ms + delay_ms(node, reason);
    return reason;
}
