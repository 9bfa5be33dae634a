"""Does a message cost more when there is much of everything? Each figure beside the same without the load."""

import json
import os
import subprocess

import broker as brokers
from machine import BUILD, IN_FLIGHT, PATIENCE_S, SIZE, median
from table import row

TITLE = "Cost per message under load, CPU"
LIMIT = 2  # times
SUBSCRIPTIONS = 10000
CLIENTS = 1000
MESSAGES = 40000
SESSIONS = 2
FEW, MANY = 100, 50000  # in flight, in each session
COLUMNS = ("Mote", "without load")


def one_client(machine, broker):
    count = 200 if machine.quick else SUBSCRIPTIONS
    connection = brokers.connect(broker.port, "subscriber")
    for first in range(0, count, brokers.PER_PACKET):
        brokers.subscribe(connection, brokers.topics(first, brokers.PER_PACKET))
    return [connection]


def many_clients(machine, broker):
    clients, each = (20, 10) if machine.quick else (CLIENTS, SUBSCRIPTIONS // CLIENTS)
    connections = [brokers.connect(broker.port, f"client{number}") for number in range(clients)]
    for number, connection in enumerate(connections):
        brokers.subscribe(connection, brokers.topics(number * each, each))
    return connections


def broker_row(machine, name, occupy):
    """The same broker before and after it is given the subscriptions, which the messages do not fall under."""
    broker = machine.mote_broker()
    count = machine.count(MESSAGES)
    without = [brokers.cpu_per_message(machine, broker, 1, count) for _ in range(min(machine.rounds, 3))]
    connections = occupy(machine, broker)
    loaded = [brokers.cpu_per_message(machine, broker, 1, count) for _ in range(min(machine.rounds, 3))]
    for connection in connections:
        connection.close()
    broker.stop()
    return pair(f"broker, QoS 1, {name}", "µs", median(loaded), median(without))


def pair(name, unit, loaded, without):
    return row(name, unit, {"Mote": loaded, "without load": without}, LIMIT, "without load")


def in_flight(machine, qos, window):
    count = window + machine.count(200000)
    command = [os.path.join(BUILD, "clients", "flight"), str(qos), str(SESSIONS), str(window), str(count), str(SIZE)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return json.loads(result.stdout)["cpu_us"]


def in_flight_row(machine, qos):
    many = 1000 if machine.quick else MANY
    rounds = range(min(machine.rounds, 3))
    few_us = median([in_flight(machine, qos, FEW) for _ in rounds])
    many_us = median([in_flight(machine, qos, many) for _ in rounds])
    return pair(f"client, QoS {qos}, {SESSIONS} × {many} in flight", "µs", many_us, few_us)


def measure(machine, progress):
    rows = []
    for name, occupy in ((f"{SUBSCRIPTIONS} subscriptions of one client", one_client),
                         (f"{SUBSCRIPTIONS} subscriptions of {CLIENTS} clients", many_clients)):
        progress.step(name)
        rows.append(broker_row(machine, name, occupy))
    for qos in (1, 2):
        progress.step(f"in flight, QoS {qos}")
        rows.append(in_flight_row(machine, qos))
    return {"title": TITLE, "columns": list(COLUMNS), "rows": rows,
            "notes": [f"the broker's messages are one to one, {IN_FLIGHT} in flight, to a topic of their own;"
                      f" the client's few in flight are {SESSIONS} × {FEW}"]}
