"""System calls of each client, counted by strace between its lines `ready` and the report."""

import os
import re

from fake import FakeBroker
from machine import CLIENTS, IN_FLIGHT, SIZE
from table import row

TITLE = "System calls"
WRITES = "write writev sendto sendmsg"
READS = "read readv recvfrom recvmsg"
WAITS = "select pselect6 poll ppoll epoll_wait epoll_pwait"
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((\d+)?")
MESSAGES = 50
BUFFERED = 16


def traced(machine, client, mode, port, qos, count, in_flight=IN_FLIGHT):
    """Starts a client under strace; returns it and the file of what it calls."""
    log = os.path.join(machine.directory, f"calls-{client}")
    prefix = ["strace", "-f", "-qq", "-s", "8", "-o", log, "-e", "trace=" + ",".join(f"{WRITES} {READS} {WAITS}".split())]
    return machine.client(client, mode, port, qos, count, in_flight, SIZE, prefix=prefix), log


def counts(log):
    """{kind: calls} from `ready` to the report, without those on descriptors that are no sockets or files of its own."""
    kinds = {name: kind for kind, names in (("writes", WRITES), ("reads", READS), ("waits", WAITS))
             for name in names.split()}
    found = dict.fromkeys(("writes", "reads", "waits"), 0)
    started = False
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            call = CALL.match(line)
            if call is None or call.group(1) not in kinds:
                continue
            if call.group(1) == "write" and call.group(2) == "1":
                if started:
                    return found
                started = '"ready' in line
                continue
            if started:
                found[kinds[call.group(1)]] += 1
    raise RuntimeError(f"{log} has no end")


def publish_calls(machine, broker, client):
    """Writes for one message of QoS 0 among many."""
    count = machine.count(20000)
    process, log = traced(machine, client, "publish", broker.port, 0, count)
    machine.report(process)
    return counts(log)["writes"] / count


def receive_calls(machine, client, bursts, burst):
    """Reads and waits for each of `bursts` segments of `burst` messages, the next one sent when one is read."""
    with FakeBroker() as fake:
        process, log = traced(machine, client, "receive", fake.port, 0, bursts * burst)
        for _ in range(bursts):
            fake.send_publications(burst, SIZE)
            fake.wait_until_read()
        machine.report(process)
    found = counts(log)
    return found["reads"] / bursts, found["waits"] / bursts


def measure(machine, progress):
    broker = machine.mosquitto()
    names = [name for name, _ in CLIENTS.values()]
    writes, reads, waits, burst = {}, {}, {}, {}
    for done, (client, (name, _)) in enumerate(CLIENTS.items()):
        progress.step(name, done, len(CLIENTS))
        writes[name] = publish_calls(machine, broker, client)
        reads[name], waits[name] = receive_calls(machine, client, MESSAGES, 1)
        burst[name] = receive_calls(machine, client, 5, BUFFERED)[0]
    broker.stop()
    return {"title": TITLE, "columns": names, "notes": ["an event loop reads its wake-up, too, where it has one"], "rows": [
        row("writes per QoS 0 publish, of many", "calls", writes, 1),
        row("reads per packet, one at a time", "calls", reads, 1),
        row("waits per packet, one at a time", "calls", waits),
        row(f"reads for {BUFFERED} buffered packets", "calls", burst, 1)]}
