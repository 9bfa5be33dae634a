#!/usr/bin/python3
"""mote.asyncio where things go wrong: brokers that go away, errors, cancellation, slow consumers, signals, restarts."""

import asyncio
import gc
import os
import signal
import socket
import subprocess

from asyncio_test import fails, line, main, runs, start_program, start_python, state, take
from cli_fake import CONNECT, FakeBroker
from mote_test import check, check_equal, free_port
from tls_files import make_authority, make_certificate
from mote.asyncio import TLS, MoteError, Node, Properties, Will

SECRET = "s3cret/wörd@:"
SOON = {"retry_delay": (0.05, 0.2)}


# --- Brokers that go away ---

@runs("broker-restart")
async def a_broker_restart_is_survived(t):
    for version in ("3.1.1", "5"):
        broker = t.mosquitto()
        async with Node(broker.url, version=version, **SOON) as node, node.subscribe("a/#", qos=2) as messages:
            broker.stop()
            await state(node, "waiting")
            await fails(node.publish("a/0", b"lost"), node.state.reason)
            waiting = [asyncio.create_task(node.publish(f"a/{qos}", b"kept", qos=qos)) for qos in (1, 2)]
            await asyncio.sleep(0)
            check(not any(task.done() for task in waiting), "publications have ended without a broker")
            broker.start()
            await asyncio.gather(*waiting)
            check(node.state.online, f"it is {node.state}")
            async with node.subscribe("a/last") as last:  # the one before has been asked for by then
                await node.publish("a/last", b"end", qos=2)
                await anext(last)
            got = [(await anext(messages)).topic]
            while got[-1] != "a/last":
                got.append((await anext(messages)).topic)
        broker.stop()


@runs("states")
async def states_are_told(t):
    broker = t.mosquitto()
    node = Node(broker.url, **SOON)
    seen = []

    async def watch():
        async for found in node.states():
            seen.append(found)

    async with node:
        watcher = asyncio.create_task(watch())
        await asyncio.sleep(0)
        broker.stop()
        await state(node, "waiting")
        broker.start()
        await node.wait_online()
    await watcher
    names = [found.name for found in seen]
    check_equal((names[0], names[-1], "waiting" in names), ("online", "stopped", True), "first and last state, and an outage")
    check_equal({found.reason for found in seen if found.name == "waiting"} <= {"tcp.refused", "tcp.reset"}, True, "reasons")
    check_equal(str(node), f"<Node {node.name!r} stopped>", "repr")


@runs("failover")
async def another_broker_takes_over(t):
    first, second = t.mosquitto(), t.mosquitto()
    async with Node([first.url, second.url], **SOON) as node:
        check_equal(node.broker, first.url, "broker")
        async with node.subscribe("f", qos=2) as messages:
            first.stop()
            await node.publish("f", b"1", qos=2)
            check_equal((await anext(messages)).payload, b"1", "message")
            check_equal(node.broker, second.url, "broker")


# --- Errors ---

def shows_no_secret(*things):
    for thing in things:
        for secret in (SECRET, "s3cret", "w%C3%B6rd"):
            check(secret not in repr(thing) and secret not in str(thing), f"a secret is in {thing}")


@runs("errors")
async def errors_have_reasons(t):
    broker = t.mosquitto(f"password_file {password_file(t)}\n")
    plain = {"connect_timeout": 3, "retry_delay": (0.1, 0.1)}
    port = free_port()
    shows_no_secret(await fails(Node(f"mqtt://joe:{'s3cret'}@127.0.0.1:{port}", **plain).start(), "tcp.refused"))
    node = Node(broker.url, username="joe", password=SECRET + "no", **plain)
    shows_no_secret(node, await fails(node.start(), "mqtt.bad_auth" if node.version == "5" else "mqtt.not_authorized"), node.state)
    check_equal(node.state.name, "stopped", "state")
    for wrong in ("", "http://x", "mqtt://", "mqtt://h:99999", "mqtt://joe:s3cret@h:x"):
        shows_no_secret(await fails(Node(wrong, **plain).start(), "config.invalid"))
    await fails(Node(broker.url, name="a/b").start(), "config.invalid")
    async with Node(broker.url, username="joe", password=SECRET) as node:
        shows_no_secret(node, node.state, node.broker)
        await fails(node.publish("a/#", b"x"), "config.invalid")
        for wrong in ({"qos": 3}, {"properties": Properties()}):
            try:
                await node.publish("a", **wrong)
            except ValueError:
                continue
            check(False, f"{wrong} was accepted")
    try:
        await node.publish("a")
    except RuntimeError:
        return
    check(False, "a stopped node publishes")


def password_file(t):
    path = os.path.join(t.directory(), "passwords")
    subprocess.run(["mosquitto_passwd", "-b", "-c", path, "joe", SECRET], check=True, capture_output=True)
    return path


@runs("tls")
async def tls_is_checked(t):
    directory = t.directory()
    make_authority(directory, "authority")
    make_authority(directory, "other")
    make_certificate(directory, "server", "authority", names="DNS:localhost")
    make_certificate(directory, "client", "authority")
    file = lambda name: os.path.join(directory, name)  # noqa: E731
    port = free_port()
    broker = t.mosquitto(f"listener {port} 127.0.0.1\ncafile {file('authority.pem')}\ncertfile {file('server.pem')}\n"
                         f"keyfile {file('server.key')}\nrequire_certificate true\n")
    await line(broker.program, "mosquitto version .* running")
    own = {"certificate": file("client.pem"), "key": file("client.key")}
    url = f"mqtts://localhost:{port}"
    async with Node(url, tls=TLS(ca=file("authority.pem"), **own)) as node, node.subscribe("tls") as messages:
        await node.publish("tls", b"x", qos=2)
        await anext(messages)
    await fails(Node(url, tls=TLS(ca=file("other.pem"), **own)).start(), "tls.untrusted")
    await fails(Node(f"mqtts://127.0.0.1:{port}", tls=TLS(ca=file("authority.pem"), **own)).start(), "tls.name")
    error = await fails(Node(url, tls=TLS(ca=file("missing.pem"), key_password="s3cret")).start(), "config.invalid")
    check("missing.pem" in str(error), f"the error names no file: {error}")
    shows_no_secret(TLS(key_password="s3cret", psk="s3cret"), error)


# --- Cancellation ---

@runs("cancel")
async def cancelled_publications(t):
    broker = t.mosquitto()
    async with Node(broker.url, **SOON) as node, node.subscribe("c/#", qos=1) as messages:
        broker.stop()
        await state(node, "waiting")
        taken = [asyncio.create_task(node.publish("c/taken", b"", qos=1)) for _ in range(16)]
        waits = asyncio.create_task(node.publish("c/waits", b"", qos=1))
        later = asyncio.create_task(node.publish("c/later", b"", qos=1))
        await asyncio.sleep(0)
        taken[0].cancel()
        waits.cancel()
        try:
            async with asyncio.timeout(0):
                await node.publish("c/timeout", b"", qos=2)
        except TimeoutError:
            pass
        broker.start()
        await asyncio.gather(*taken[1:], later)
        check(taken[0].cancelled() and waits.cancelled(), "the tasks are not cancelled")
        await node.publish("c/end", b"", qos=1)
        got = [await anext(messages)]
        while got[-1].topic != "c/end":
            got.append(await anext(messages))
        topics = [message.topic for message in got]
        check_equal({"c/waits", "c/timeout"} & set(topics), set(), "cancelled while they waited for room")


@runs("cancel-start")
async def a_cancelled_start_leaves_nothing(t):
    silent = socket.create_server(("127.0.0.1", 0))
    node = Node(f"mqtt://127.0.0.1:{silent.getsockname()[1]}")
    task = asyncio.create_task(node.start())
    await state_of_task(node)
    task.cancel()
    await asyncio.wait([task])
    check(task.cancelled(), "it was not cancelled")
    check_equal(node.state.name, "stopped", "state")
    check(await asyncio.to_thread(silent.accept) is not None, "no connection")
    silent.close()


async def state_of_task(node):
    while node.state.name != "connecting":
        await asyncio.sleep(0)


# --- Slow consumers ---

@runs("slow-consumer")
async def a_slow_consumer_slows_the_broker_down(t):
    broker = t.mosquitto("max_queued_messages 0\n")
    async with Node(broker.url) as sender, Node(broker.url) as node:
        async with node.subscribe("s", qos=1, queue_size=10) as messages:
            publishing = asyncio.gather(*(sender.publish("s", str(i).zfill(1000), qos=1) for i in range(3000)))
            most, got = 0, []
            async for message in messages:
                most = max(most, messages.waiting())
                got.append(int(message.payload))
                if len(got) % 100 == 0:
                    await asyncio.sleep(0.01)
                if len(got) == 3000:
                    break
            await publishing
            check_equal(got, list(range(3000)), "what came")
            check(most <= 10, f"{most} messages have waited")
            check_equal(messages.dropped, 0, "dropped")


@runs("echo")
async def who_answers_in_the_loop_is_not_stuck(t):
    broker = t.mosquitto("max_queued_messages 0\n")
    async with Node(broker.url) as sender, Node(broker.url) as node, sender.subscribe("answer") as answers:
        async with node.subscribe("ask", qos=1, queue_size=2) as questions:
            publishing = asyncio.gather(*(sender.publish("ask", str(i), qos=1) for i in range(500)))
            count = 0
            async for question in questions:
                await node.publish("answer", question.payload, qos=2)
                count += 1
                if count == 500:
                    break
            await publishing
            got = [int(message.payload) for message in await take(answers, 500)]
            check_equal(got, list(range(500)), "answers")


@runs("overflow")
async def what_overflows_is_counted(t):
    async with Node(t.mosquitto().url) as node:
        async with node.subscribe("o", queue_size=10, overflow="drop_oldest") as newest, \
                node.subscribe("o", queue_size=10, overflow="drop_newest") as oldest, node.subscribe("mark") as marks:
            for i in range(100):
                await node.publish("o", str(i))
            await node.publish("mark", qos=1)
            await anext(marks)
            check_equal([int(message.payload) for message in await take(newest, 10)], list(range(90, 100)), "the newest")
            check_equal([int(message.payload) for message in await take(oldest, 10)], list(range(10)), "the oldest")
            check_equal((newest.dropped, oldest.dropped), (90, 90), "dropped")


# --- The process ---

@runs("descriptors")
async def no_descriptor_is_left(t):
    broker = t.mosquitto()

    def count():
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    counts = []
    for _ in range(15):
        async with Node(broker.url, outbox=os.path.join(t.directory(), "new"), name="fds") as node, node.subscribe("x") as messages:
            await node.publish("x", b"1", qos=2)
            await anext(messages)
        await fails(Node(f"mqtt://127.0.0.1:{free_port()}", connect_timeout=0.01).start(), "tcp.refused")
        counts.append(count())
    check_equal(counts[2], counts[-1], f"descriptors in {counts}")


@runs("one-loop")
async def a_second_loop_is_refused(t):
    url = t.mosquitto().url

    def elsewhere():
        async def use():
            async with Node(url):
                pass
        try:
            asyncio.run(use())
        except RuntimeError as error:
            return str(error)
        return ""

    async with Node(url):
        check("another event loop" in await asyncio.to_thread(elsewhere), "a second loop was served")
    check_equal(await asyncio.to_thread(elsewhere), "", "a loop after the other")

    async def leave_behind():
        left.append(Node(url))
        await left[0].start()

    left = []
    await asyncio.to_thread(asyncio.run, leave_behind())
    async with Node(url) as node:
        check(node.state.online and left[0].state.name == "stopped", "a node whose loop was closed is still there")


SERVES = """
import asyncio, sys
from mote.asyncio import Node, Will

async def main():
    async with Node(sys.argv[1], will=Will(topic="gone")) as node:
        print("online")
        async for message in node.subscribe("x"):
            print(message.text)

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""


@runs("ctrl-c")
async def ctrl_c_says_goodbye(t):
    broker = t.mosquitto()
    watcher = broker.subscribe("gone", "mark")
    program = start_python(t, SERVES, broker.url)
    await line(program, "^online$")
    program.send_signal(signal.SIGINT)
    await line(program, "^interrupted$")
    check_equal(await asyncio.to_thread(program.wait_exit), 0, "exit status")
    broker.publish("mark", "end")
    await line(watcher, "mark end$")
    check(not any(text.endswith(" gone ") for text in watcher.lines), "the will was published")


@runs("will")
async def a_will_is_published(t):
    broker = t.mosquitto()
    watcher = broker.subscribe("gone")
    program = start_python(t, SERVES, broker.url)
    await line(program, "^online$")
    program.kill()
    await line(watcher, "^0 0 gone $")


@runs("example")
async def the_example_switches(t):
    broker = t.mosquitto()
    broker.publish("ssbun_switch_1", "on", "-r")
    watcher = broker.subscribe("ssbun_switch_1/#")
    program = start_program(t, t.source("examples", "python", "home_switch.py"), broker.url)
    await line(watcher, "^1 0 ssbun_switch_1/status online$")
    await line(broker.program, "Sending SUBACK to ssbun_home_switch_1")
    for payload, said in (("ON", "on"), ("whatever", "off"), ("On", "on")):
        broker.publish("ssbun_switch_1", payload)
        await line(program, f"^{said}$")
        await line(watcher, f"ssbun_switch_1/state {said}$")
    program.send_signal(signal.SIGINT)
    check_equal(await asyncio.to_thread(program.wait_exit), 0, "exit status")
    check(not any("Traceback" in text for text in program.lines), "a traceback")
    program = start_program(t, t.source("examples", "python", "home_switch.py"), "mqtt://joe:s3cret@h:x")
    check_equal(await asyncio.to_thread(program.wait_exit), 1, "exit status")
    await line(program, "config.invalid")
    shows_no_secret(program.lines)


KEEPS = """
import asyncio, sys
from mote.asyncio import Node

async def main():
    async with Node(sys.argv[1], name="keeper", outbox=sys.argv[2], connect_timeout=0, retry_delay=(0.1, 0.2)) as node:
        if sys.argv[3] == "put":
            tasks = [asyncio.create_task(node.publish("kept", str(i), qos=2)) for i in range(50)]
            await asyncio.sleep(0)
            while node.kept < 50:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            print("kept", node.kept)
            await asyncio.sleep(1000)
        while node.kept:
            await asyncio.sleep(0.01)
        print("delivered")

asyncio.run(main())
"""


@runs("outbox")
async def an_outbox_survives_a_kill(t):
    broker = t.mosquitto()
    watcher = broker.subscribe("kept", options=("-q", "2"))
    folder = t.directory()
    program = start_python(t, KEEPS, f"mqtt://127.0.0.1:{free_port()}", folder, "put")
    await line(program, "^kept 50$")
    program.kill()
    check_equal(os.listdir(folder), ["keeper.outbox"], "files")
    program = start_python(t, KEEPS, broker.url, folder, "deliver")
    await line(program, "^delivered$")
    check_equal(await asyncio.to_thread(program.wait_exit), 0, "exit status")
    await line(watcher, "kept 49$")
    check_equal([text for text in watcher.lines if " kept " in text], [f"2 0 kept {i}" for i in range(50)], "what arrived")


@runs("outbox-in-use")
async def an_outbox_is_one_nodes(t):
    folder = t.directory()
    url = t.mosquitto().url
    async with Node(url, name="one", outbox=folder) as node:
        error = await fails(Node(url, name="one", outbox=folder).start(), "outbox.corrupt")
        check("in use" in str(error), str(error))
        await fails(node.publish("x", b"x" * 5000, qos=1), "mqtt.packet_too_large")
        await node.publish("x", b"x" * 5000)
    async with Node(url, name="one", outbox=folder):
        pass


# A CONNACK with Maximum QoS 1: before it the node does not know.
@runs("outbox-given-up")
async def what_no_broker_may_be_sent_is_told(t):
    fake = FakeBroker(t, lambda number, kind, version, body: bytes([0x20, 5, 0, 0, 2, 0x24, 1]) if kind == CONNECT else b"")
    async with Node(f"mqtt://127.0.0.1:{fake.port}", name="one", version="5", outbox=t.directory()) as node:
        await fails(node.publish("x", b"x", qos=2), "config.invalid")
        check_equal(node.kept, 0, "messages in the outbox")


@runs("turn-that-fails")
async def a_turn_that_fails_is_its_nodes_own(t):
    broker = t.mosquitto()
    async with Node(broker.url, name="broken") as broken, Node(broker.url, name="sound") as sound:
        def fail(handle):
            raise ValueError("turn")

        broken._look_at_answers = fail
        await sound.publish("a", b"", qos=2)
        await broken.publish("b", b"", qos=2)  # its next turn comes all the same
        check_equal(sound.state.name, "online", "state")
    check(t.mishaps, "the event loop was told of nothing")
    check_equal({str(context["exception"]) for context in t.mishaps}, {"turn"}, "what it was told")
    t.mishaps.clear()


@runs("stop-without-turns")
async def stopping_ends_also_without_turns(t):
    from mote.asyncio import _node
    _node.STOP_S, before = 0.1, _node.STOP_S
    broker = t.mosquitto()
    node = Node(broker.url, name="stuck", will=Will(topic="gone"))
    await node.start()
    node.turn = lambda: -1
    await node.stop()
    _node.STOP_S = before
    check_equal(node.state.name, "stopped", "state")
    await line(broker.program, "Client stuck (closed its connection|disconnected)")


main("python/asyncio-life")
