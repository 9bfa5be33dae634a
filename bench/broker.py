"""The embedded broker beside mosquitto: CPU time per message, memory per connection and per subscription."""

import socket
import struct

from machine import IN_FLIGHT, SIZE, median
from table import row

TITLE = f"Broker, one publisher to one subscriber, {SIZE} bytes, {IN_FLIGHT} in flight"
BROKERS = ("Mote", "mosquitto")
MESSAGES = {0: 100000, 1: 40000, 2: 20000}
CONNECTIONS = 1000
SUBSCRIPTIONS = 10000
PER_PACKET = 100


def start(machine, name):
    return machine.mote_broker() if name == "Mote" else machine.mosquitto()


def cpu_per_message(machine, broker, qos, count):
    receiver = machine.client("mote", "receive", broker.port, qos, count, IN_FLIGHT, SIZE)
    before = broker.cpu_us()
    machine.report(machine.client("mote", "publish", broker.port, qos, count, IN_FLIGHT, SIZE, identity="feeder"))
    machine.report(receiver)
    return (broker.cpu_us() - before) / count


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise RuntimeError("the broker has closed a connection")
        data += more
    return data


def connect(port, identity):
    """A connection that then is idle."""
    name = identity.encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack(">H", len(name)) + name
    connection = socket.create_connection(("127.0.0.1", port), 60)
    connection.sendall(bytes([0x10, len(body)]) + body)
    if receive(connection, 4)[3] != 0:
        raise RuntimeError("the broker has refused a connection")
    return connection


def remaining_length(length):
    encoded = b""
    while length >= 128:
        encoded += bytes([length & 0x7F | 0x80])
        length >>= 7
    return encoded + bytes([length])


def subscribe(connection, filters):
    """One SUBSCRIBE for all of them, at most 125."""
    body = b"\x00\x01"
    for text in filters:
        body += struct.pack(">H", len(text)) + text.encode() + b"\x01"
    connection.sendall(b"\x82" + remaining_length(len(body)) + body)
    answer = receive(connection, 4 + len(filters))
    if max(answer[4:]) > 2:
        raise RuntimeError("the broker has refused a subscription")


def topics(first, count):
    return [f"home/floor{number % 7}/room{number % 97}/device{number}/state" for number in range(first, first + count)]


def connection_memory(machine, name):
    broker = start(machine, name)
    count = 50 if machine.quick else CONNECTIONS
    connections = [connect(broker.port, f"warm{number}") for number in range(10)]
    before = broker.memory()
    connections += [connect(broker.port, f"client{number}") for number in range(count)]
    used = broker.memory() - before
    for connection in connections:
        connection.close()
    broker.stop()
    return used / count


def subscription_memory(machine, name):
    broker = start(machine, name)
    count = PER_PACKET if machine.quick else SUBSCRIPTIONS
    connection = connect(broker.port, "subscriber")
    subscribe(connection, topics(0, 1))
    before = broker.memory()
    for first in range(1, count, PER_PACKET):
        subscribe(connection, topics(first, PER_PACKET))
    used = broker.memory() - before
    connection.close()
    broker.stop()
    return used / count


def measure(machine, progress):
    samples = {}
    steps = [(qos, name) for _ in range(machine.rounds) for qos in MESSAGES for name in BROKERS]
    brokers = {name: start(machine, name) for name in BROKERS}
    for done, (qos, name) in enumerate(steps):
        progress.step(f"{name} QoS {qos}", done, len(steps))
        samples.setdefault((qos, name), []).append(
            cpu_per_message(machine, brokers[name], qos, machine.count(MESSAGES[qos])))
    for broker in brokers.values():
        broker.stop()
    rows = [row(f"CPU per message, QoS {qos}", "µs", {name: median(samples[qos, name]) for name in BROKERS}, 0.5,
                "mosquitto") for qos in MESSAGES]
    progress.step("memory")
    rows.append(row(f"memory per idle connection, of {CONNECTIONS}", "bytes",
                    {name: connection_memory(machine, name) for name in BROKERS}, 500))
    rows.append(row(f"memory per subscription, of {SUBSCRIPTIONS}", "bytes",
                    {name: subscription_memory(machine, name) for name in BROKERS}, None, "mosquitto"))
    return {"title": TITLE, "columns": list(BROKERS), "rows": rows,
            "notes": [f"medians of {machine.rounds} rounds; memory is what the system counts as resident"]}
