#include "client_trace.h"

#include "cli.h"

#include "mqtt/codec.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [MOTE_CONNECT] = "CONNECT",         [MOTE_CONNACK] = "CONNACK",       [MOTE_PUBLISH] = "PUBLISH",
    [MOTE_PUBACK] = "PUBACK",           [MOTE_PUBREC] = "PUBREC",         [MOTE_PUBREL] = "PUBREL",
    [MOTE_PUBCOMP] = "PUBCOMP",         [MOTE_SUBSCRIBE] = "SUBSCRIBE",   [MOTE_SUBACK] = "SUBACK",
    [MOTE_UNSUBSCRIBE] = "UNSUBSCRIBE", [MOTE_UNSUBACK] = "UNSUBACK",     [MOTE_PINGREQ] = "PINGREQ",
    [MOTE_PINGRESP] = "PINGRESP",       [MOTE_DISCONNECT] = "DISCONNECT", [MOTE_AUTH] = "AUTH",
};

static void begin_line(const struct client_trace *trace, bool sent, uint8_t type)
{
    output_format(trace->output, "Client %s %s %s", trace->id != NULL ? trace->id : "(null)",
                  sent ? "sending" : "received", names[type]);
}

static void print_publish(const struct client_trace *trace, bool sent, const struct mote_message *message)
{
    begin_line(trace, sent, MOTE_PUBLISH);
    output_format(trace->output, " (d%d, q%d, r%d, m%u, '", message->duplicate, (int)message->qos, message->retain,
                  message->packet_id);
    output_text(trace->output, message->topic);
    output_format(trace->output, "', ... (%lu bytes))\n", (unsigned long)message->payload_size);
}

/* A broker that speaks MQTT 5 may choose the client id. */
static void take_assigned_id(struct client_trace *trace, const struct mote_connack *connack)
{
    struct mote_property property;

    if (mote_properties_find(&connack->properties, MOTE_ASSIGNED_CLIENT_IDENTIFIER, &property)) {
        free(trace->assigned_id);
        trace->assigned_id = cli_allocate(property.text.length + 1);
        mote_text_copy(property.text, trace->assigned_id, property.text.length + 1);
        trace->id = trace->assigned_id;
    }
}

static void print_connack(struct client_trace *trace, struct mote_text body)
{
    struct mote_connack connack;
    struct mote_fault fault;

    if (mote_codec_decode_connack(trace->version, body, &connack, &fault)) {
        take_assigned_id(trace, &connack);
        begin_line(trace, false, MOTE_CONNACK);
        output_format(trace->output, " (%d)\n", connack.code);
    }
}

static void print_ack(const struct client_trace *trace, bool sent, uint8_t type, struct mote_text body)
{
    struct mote_ack ack;
    struct mote_fault fault;

    if (!mote_codec_decode_ack((enum mote_packet_type)type, trace->version, !sent, body, &ack, &fault)) {
        return;
    }
    if (type == MOTE_DISCONNECT && !sent) {
        output_format(trace->output, "Received DISCONNECT (%d)\n", ack.code);
        return;
    }
    begin_line(trace, sent, type);
    if (type == MOTE_DISCONNECT || type == MOTE_AUTH) {
        output_string(trace->output, "\n");
    } else if (sent && (type == MOTE_PUBACK || type == MOTE_PUBREC)) {
        output_format(trace->output, " (m%u, rc%d)\n", ack.packet_id, ack.code);
    } else if (sent) {
        output_format(trace->output, " (m%u)\n", ack.packet_id);
    } else if (type == MOTE_PUBACK || type == MOTE_PUBCOMP) {
        output_format(trace->output, " (Mid: %u, RC:%d)\n", ack.packet_id, ack.code);
    } else {
        output_format(trace->output, " (Mid: %u)\n", ack.packet_id);
    }
}

static void print_request(const struct client_trace *trace, uint8_t type, struct mote_text body)
{
    const enum mote_packet_type packet = (enum mote_packet_type)type;
    struct mote_request request;
    struct mote_filter filter;
    struct mote_fault fault;

    if (!mote_codec_decode_request(packet, trace->version, body, &request, &fault)) {
        return;
    }
    while (mote_codec_next_filter(packet, trace->version, &request.encoded_filters, &filter)) {
        begin_line(trace, true, type);
        output_format(trace->output, " (Mid: %u, Topic: ", request.packet_id);
        output_text(trace->output, filter.topic);
        if (type == MOTE_SUBSCRIBE) {
            const unsigned options = (filter.no_local ? 4u : 0u) | (filter.retain_as_published ? 8u : 0u) |
                                     (unsigned)filter.retain_handling << 4;
            output_format(trace->output, ", QoS: %d, Options: 0x%02x", (int)filter.qos, options);
        }
        output_string(trace->output, ")\n");
    }
}

static void print_packet(struct client_trace *trace, bool sent, uint8_t type, struct mote_text body)
{
    switch (type) {
    case MOTE_CONNACK:
        print_connack(trace, body);
        break;
    case MOTE_PUBACK:
    case MOTE_PUBREC:
    case MOTE_PUBREL:
    case MOTE_PUBCOMP:
    case MOTE_DISCONNECT:
    case MOTE_AUTH:
        print_ack(trace, sent, type, body);
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        print_request(trace, type, body);
        break;
    default:
        begin_line(trace, sent, type);
        output_string(trace->output, "\n");
        break;
    }
}

static void append(struct client_trace_stream *stream, const uint8_t *bytes, size_t size)
{
    if (stream->size - stream->used < size) {
        stream->size = 2 * (stream->used + size);
        stream->bytes = cli_reallocate(stream->bytes, stream->size);
    }
    memcpy(stream->bytes + stream->used, bytes, size);
    stream->used += size;
}

static void drop(struct client_trace_stream *stream, size_t size)
{
    const size_t here = size < stream->used ? size : stream->used;

    stream->used -= here;
    stream->skip = size - here;
    memmove(stream->bytes, stream->bytes + here, stream->used);
}

/* Prints the first packet of the stream, a PUBLISH as soon as its head is there. Returns false if more bytes are
 * needed. A broken packet is the session's to complain about. */
static bool print_first(struct client_trace *trace, struct client_trace_stream *stream, bool sent)
{
    const struct mote_text bytes = {(const char *)stream->bytes, stream->used};
    struct mote_header header;
    struct mote_message message;
    struct mote_fault fault;

    if (stream->used == 0 || mote_codec_header(bytes, trace->version, &header, &fault) != MOTE_DECODED) {
        return false;
    }
    const size_t there = stream->used - header.size;
    const struct mote_text body = {bytes.data + header.size, there < header.remaining ? there : header.remaining};
    if (header.type == MOTE_PUBLISH) {
        if (mote_codec_decode_publish(&header, trace->version, body, &message, &fault) != MOTE_DECODED) {
            return false;
        }
        print_publish(trace, sent, &message);
    } else {
        if (there < header.remaining) {
            return false;
        }
        print_packet(trace, sent, header.type, body);
    }
    drop(stream, header.size + (size_t)header.remaining);
    return true;
}

static void take(struct client_trace *trace, struct client_trace_stream *stream, bool sent, const uint8_t *bytes,
                 size_t size)
{
    const size_t skipped = stream->skip < size ? stream->skip : size;

    stream->skip -= skipped;
    if (size > skipped) {
        append(stream, bytes + skipped, size - skipped);
        while (print_first(trace, stream, sent)) {
        }
    }
}

void client_trace_sent(struct client_trace *trace, const void *bytes, size_t size)
{
    take(trace, &trace->sent, true, bytes, size);
}

void client_trace_received(struct client_trace *trace, const void *bytes, size_t size)
{
    take(trace, &trace->received, false, bytes, size);
}

void client_trace_reset(struct client_trace *trace)
{
    trace->sent.used = trace->sent.skip = 0;
    trace->received.used = trace->received.skip = 0;
}

void client_trace_free(struct client_trace *trace)
{
    free(trace->sent.bytes);
    free(trace->received.bytes);
    free(trace->assigned_id);
    *trace = (struct client_trace){0};
}
