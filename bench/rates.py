"""CPU time and rate of each client, publishing and receiving."""

from machine import CLIENTS, IN_FLIGHT, SIZE, median
from table import row

TITLE = f"Client CPU per message, {SIZE} bytes, {IN_FLIGHT} in flight, one mosquitto"
GOALS = {("publish", 0): 0.15, ("publish", 1): 0.35, ("publish", 2): 0.35, ("receive", 0): 0.6, ("receive", 1): 0.5,
         ("receive", 2): None}
MESSAGES = {0: 100000, 1: 20000, 2: 10000}
PEER = "libmosquitto"


def publish(machine, client, broker, qos, count):
    return machine.report(machine.client(client, "publish", broker.port, qos, count, IN_FLIGHT, SIZE))


def receive(machine, client, broker, qos, count):
    receiver = machine.client(client, "receive", broker.port, qos, count, IN_FLIGHT, SIZE)
    machine.report(machine.feed(broker.port, qos, count))
    return machine.report(receiver)


def count_for(machine, client, qos):
    share = 1 if qos == 0 else CLIENTS[client][1]
    return max(machine.count(int(MESSAGES[qos] * share)), 4 * IN_FLIGHT)


def round_of(machine, broker, mode, qos, samples):
    """Each client once, so that what else the machine does hits all alike."""
    measure = publish if mode == "publish" else receive
    for client, (name, _) in CLIENTS.items():
        report = measure(machine, client, broker, qos, count_for(machine, client, qos))
        samples.setdefault((mode, qos, name), []).append(report)


def measure(machine, progress):
    broker = machine.mosquitto()
    samples = {}
    steps = [(mode, qos) for _ in range(machine.rounds) for mode, qos in GOALS]
    for done, (mode, qos) in enumerate(steps):
        progress.step(f"{mode} QoS {qos}", done, len(steps))
        round_of(machine, broker, mode, qos, samples)
    broker.stop()
    return tabulate(samples, machine.rounds)


def tabulate(samples, rounds):
    names = [name for name, _ in CLIENTS.values()]
    rows = []
    for (mode, qos), goal in GOALS.items():
        reports = {name: samples[mode, qos, name] for name in names}
        cpu = {name: median([each["cpu_us"] / each["messages"] for each in reports[name]]) for name in names}
        entry = row(f"{mode} QoS {qos}", "µs", cpu, goal, PEER)
        entry["samples"] = {name: [each["cpu_us"] / each["messages"] for each in reports[name]] for name in names}
        rows.append(entry)
    for mode, qos in GOALS:
        rate = {name: median([each["messages"] / each["seconds"] for each in samples[mode, qos, name]]) for name in names}
        rows.append(row(f"{mode} QoS {qos}", "messages/s", rate))
    return {"title": TITLE, "columns": names, "rows": rows,
            "notes": [f"medians of {rounds} rounds, in which each client has its turn"]}
