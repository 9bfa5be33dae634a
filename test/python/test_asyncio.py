#!/usr/bin/python3
"""mote.asyncio against mosquitto and Mote's own broker: messages both ways, subscriptions, properties, handlers, many nodes."""

import asyncio
import gc

from asyncio_test import fails, line, main, runs, take
from broker_helper import Broker
from cli_fake import CONNECT, SUBSCRIBE, FakeBroker, connack, suback
from mote_test import Failure, check, check_equal
from mote.asyncio import MoteError, Node, Properties, State, Will

VERSIONS = ("3.1.1", "5")


def brokers(t):
    return t.mosquitto("max_queued_messages 0\n"), Broker(t)


# --- Messages ---

@runs("both-ways")
async def exchanges_in_order(t):
    for broker in brokers(t):
        for version in VERSIONS:
            for qos in (0, 1, 2):
                watcher = broker.subscribe("out/#")
                async with Node(broker.url, version=version) as node, node.subscribe("#", qos=qos) as messages:
                    await asyncio.gather(*(node.publish(f"out/{i % 3}", str(i), qos=qos) for i in range(500)))
                    got = await take(messages, 500)
                    check_equal([int(message.payload) for message in got], list(range(500)), f"{version} QoS {qos}")
                    check_equal({message.qos for message in got}, {qos}, "QoS of what came")
                    check_equal(got[4].topic, "out/1", "topic")
                    await line(watcher, r"^\d 0 out/1 499$")
                watcher.stop()


@runs("from-others")
async def takes_what_others_publish(t):
    for broker in brokers(t):
        async with Node(broker.url) as node, node.subscribe("in/+", qos=2) as messages:
            for qos in (0, 1, 2):
                await asyncio.to_thread(broker.publish, "in/x", f"grüß {qos}", "-q", str(qos))
                message = await anext(messages)
                check_equal((message.topic, message.text, message.qos, message.retain), ("in/x", f"grüß {qos}", qos, False), "message")


@runs("large")
async def moves_large_payloads(t):
    broker = t.mosquitto()
    large = bytes(range(256)) * 12000
    async with Node(broker.url, payload_max=len(large)) as node, node.subscribe("large", qos=2) as messages:
        for qos in (0, 1, 2):
            await node.publish("large", large + b"x", qos=qos)  # is left out
            await node.publish("large", large, qos=qos)
            await node.publish("large", b"", qos=qos)
            got = await take(messages, 2)
            check(got[0].payload == large and got[1].payload == b"", f"a large payload with QoS {qos} came damaged")


@runs("retained")
async def tells_retained_from_news(t):
    broker = t.mosquitto()
    for topic in ("r/a", "r/b"):
        broker.publish(topic, "kept", "-r", "-q", "1")
    async with Node(broker.url) as node:
        async with node.subscribe("r/b", retained=False) as without, node.subscribe("r/a") as with_them:
            message = await anext(with_them)
            check_equal((message.payload, message.retain), (b"kept", True), "the retained message")
            for topic in ("r/a", "r/b"):
                await node.publish(topic, b"news", qos=1, retain=True)
            check_equal((await anext(with_them)).retain, False, "retain flag of news")
            check_equal((await anext(without)).payload, b"news", "first message without retained ones")


@runs("properties")
async def carries_properties(t):
    for broker in brokers(t):
        sent = Properties(content_type="text/plain", response_topic="answer", correlation_data=b"\0\1", message_expiry=1000,
                          text=True, user=(("a", "1"), ("a", "2")))
        async with Node(broker.url, version="5") as node, node.subscribe("p") as messages:
            await node.publish("p", "x", qos=1, properties=sent)
            got = (await anext(messages)).properties
            check_equal(got, sent, "properties")
            check_equal(got.get("a"), "1", "the first of a name")
            await fails(node.publish("p", qos=1, properties=Properties(response_topic="no/#")), "config.invalid")


@runs("request")
async def asks_and_gets_answers(t):
    for broker in brokers(t):
        async with Node(broker.url, version="5") as asker, Node(broker.url, version="5") as answerer:
            async def answer(message):
                await answerer.publish(message.properties.response_topic, message.payload.upper(), qos=1,
                                       properties=Properties(correlation_data=message.properties.correlation_data))

            async with answerer.subscribe("ask") as questions:
                async def serve():
                    async for question in questions:
                        await answer(question)

                server = asyncio.create_task(serve())
                answers = await asyncio.gather(*(asker.request("ask", f"q{i}") for i in range(20)))
                check_equal([message.payload for message in answers], [f"Q{i}".encode() for i in range(20)], "answers")
                server.cancel()


# --- Subscriptions ---

@runs("iterator-gone")
async def a_subscription_ends_with_its_iterator(t):
    broker = t.mosquitto()
    async with Node(broker.url) as node:
        async with asyncio.TaskGroup() as group:
            async def first():
                async for message in node.subscribe("once"):
                    return message

            task = group.create_task(first())
            await line(broker.program, "Sending SUBACK")
            await node.publish("once", b"1", qos=1)
        check_equal(task.result().payload, b"1", "message")
        del task
        gc.collect()
        await line(broker.program, "Received UNSUBSCRIBE")
        for _ in range(600):  # more than the engine holds at once
            async with node.subscribe(f"many/{_}"):
                pass


@runs("held")
async def pings_while_it_holds_back(t):
    """A broker that wants to hear something within a second and a half. Its answers lie behind what is not read."""
    pings, closed = asyncio.Queue(), []

    async def serve(reader, writer):
        try:
            while True:
                head, size = await reader.readexactly(2)
                body = await reader.readexactly(size)
                if head == 0x10:
                    writer.write(b"\x20\x02\x00\x00")
                elif head == 0x82:
                    writer.write(b"\x90\x03" + body[:2] + b"\x00" + b"\x30\x04\x00\x01ax" * 50)
                elif head == 0xc0:
                    writer.write(b"\xd0\x00")
                    pings.put_nowait(1)
                elif head == 0xe0:
                    return writer.close()
        except asyncio.IncompleteReadError:
            closed.append("cut")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with Node(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", keep_alive=1) as node:
        async with node.subscribe("a", qos=0, queue_size=5) as messages:
            for _ in range(12):  # longer than a ping may be without an answer
                await pings.get()
            check_equal(messages.waiting(), 5, "messages that wait")
            check_equal(len(await take(messages, 50)), 50, "messages")
            for _ in range(2):
                await pings.get()
        check_equal(node.state.name, "online", "state")
    check_equal(closed, [], "lost connections")
    server.close()


@runs("same-filter")
async def several_may_have_the_same_filter(t):
    async with Node(t.mosquitto().url) as node:
        async with node.subscribe("s", qos=0) as one:
            async with node.subscribe("s", qos=2) as two, node.subscribe("#") as three:
                await node.publish("s", b"1", qos=2)
                for subscription in (one, two, three):
                    check_equal((await anext(subscription)).payload, b"1", "message")
            await node.publish("s", b"2", qos=2)
            check_equal((await anext(one)).payload, b"2", "after the others have left")
            check_equal(one.waiting(), 0, "copies")
        async for _ in two:
            check(False, "a closed subscription has messages")


@runs("shared-iterator")
async def several_tasks_may_share_one(t):
    async with Node(t.mosquitto().url) as node:
        async with node.subscribe("jobs") as jobs:
            done = []

            async def work():
                async for job in jobs:
                    done.append(job.payload)
                    if len(done) == 100:
                        jobs.close()

            async with asyncio.TaskGroup() as group:
                for _ in range(5):
                    group.create_task(work())
                for i in range(100):
                    await node.publish("jobs", str(i), qos=1)
        check_equal(sorted(map(int, done)), list(range(100)), "jobs")


@runs("refused-filter")
async def a_refused_filter_is_an_error(t):
    def answer(number, kind, version, body):
        return {CONNECT: lambda: connack(version), SUBSCRIBE: lambda: suback(version, body, [0x80])}.get(kind, bytes)()

    fake = FakeBroker(t, answer)
    async with Node(f"mqtt://127.0.0.1:{fake.port}") as node:
        await fails(Node("mqtt://127.0.0.1:1", connect_timeout=0.2).start(), "tcp.refused")  # its words are not this node's
        await fails(node.subscribe("a").granted(), "mqtt.not_authorized")
        check_equal(node.state, State("online", "mqtt.not_authorized"), "the node's state")
        await fails(anext(node.subscribe("b")), "mqtt.not_authorized")
        for wrong in ("a/#/b", "", "x" * 65000):
            try:
                node.subscribe(wrong)
            except MoteError as error:
                check(error.reason in ("config.invalid", "mqtt.packet_too_large"), str(error))
            else:
                check(False, f"{wrong[:10]!r} was accepted")


# --- What cannot be ---

def raises(kind, function):
    try:
        function()
    except kind as error:
        return error
    raise Failure(f"nothing was wrong, instead of {kind.__name__}")


@runs("wrong-options")
async def options_that_cannot_be_are_told_before_anything_is_connected(t):
    url = "mqtt://127.0.0.1:1"
    for wrong in ({"connect_timeout": -1}, {"payload_max": -1}, {"session_expiry": -1}, {"way_back": -1}, {"retry_delay": (-1, 1)},
                  {"will": Will(topic="")}, {"will": Will(topic="a", qos=3)}, {"will": Will(topic="a", delay=-1)},
                  {"outbox": t.directory(), "name": "n", "outbox_size": 12287}):
        raises(ValueError, lambda: Node(url, **wrong))
    for wrong in ({"will": "a"}, {"tls": "a"}, {"will": Will(topic="a", payload=5)}, {"will": Will(topic=5)}):
        raises(TypeError, lambda: Node(url, **wrong))


@runs("wrong-messages")
async def what_is_no_message_is_not_sent(t):
    """bytes(5) is five zeros; and a wrong topic must not be found only when there is room for it."""
    broker = t.mosquitto()
    async with Node(broker.url) as node, node.subscribe("#") as messages:
        for topic, payload in ((5, b""), (None, b""), (b"a", b""), ("a", 5), ("a", None), ("a", [1])):
            try:
                await node.publish(topic, payload)
            except TypeError:
                continue
            raise Failure(f"{topic!r}, {payload!r} was accepted")
        for wrong in (5, None, b"a"):
            raises(TypeError, lambda: node.subscribe(wrong))
        several = [asyncio.create_task(node.publish("a", str(i), qos=1)) for i in range(100)]
        for wrong, kind in (("\ud800", ValueError), ("a/#", MoteError), ("x" * 65000 + "#", MoteError)):
            try:
                await node.publish(wrong, qos=1)
            except kind as error:
                check(len(str(error)) < 500 and error.args, str(error))
        await asyncio.gather(*several)
        check_equal([message.text for message in await take(messages, 100)], [str(i) for i in range(100)], "what has come")


# --- Handlers ---

@runs("handlers")
async def handlers_are_called_in_order(t):
    broker = t.mosquitto()
    node = Node(broker.url)
    got, done = [], asyncio.Event()

    @node.on("h/plain")
    def plain(message):
        got.append(("plain", message.payload))

    @node.on("h/#")
    async def slow(message):
        await asyncio.sleep(0)
        got.append(("slow", message.payload))
        if message.payload == b"boom":
            raise ValueError("boom")
        if message.payload == b"end":
            done.set()

    async with node:
        for payload in (b"1", b"boom", b"2", b"end"):
            await node.publish("h/plain", payload, qos=1)
        await done.wait()
    check_equal([payload for who, payload in got if who == "slow"], [b"1", b"boom", b"2", b"end"], "what the coroutine got")
    check_equal([payload for who, payload in got if who == "plain"], [b"1", b"boom", b"2", b"end"], "what the function got")
    check_equal([str(context["exception"]) for context in t.mishaps], ["boom"], "the exception handler was told")
    t.mishaps.clear()


@runs("many-nodes")
async def many_nodes_share_a_loop(t):
    broker = t.mosquitto()
    nodes = [Node(broker.url, name=f"n{i}") for i in range(60)]
    await asyncio.gather(*(node.start() for node in nodes))
    subscriptions = [node.subscribe(f"to/{node.name}", qos=2) for node in nodes]
    await asyncio.gather(*(subscription.granted() for subscription in subscriptions))
    for distance in (1, 7):
        await asyncio.gather(*(node.publish(f"to/n{(i + distance) % 60}", str(i), qos=2) for i, node in enumerate(nodes)))
        for i, subscription in enumerate(subscriptions):
            check_equal(int((await anext(subscription)).payload), (i - distance) % 60, f"what node {i} got")
    await asyncio.gather(*(node.stop() for node in nodes))


main("python/asyncio")
