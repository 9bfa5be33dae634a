#!/usr/bin/python3
# long
"""What an outbox has accepted arrives, however often its program is killed and its broker restarted: with QoS 2 each number exactly once
and in order, with QoS 1 each at least once, and each first in order."""

import os
import random
import struct
import time

from mote_test import Failure, case, check, check_equal, main

SEED = int(os.environ.get("MOTE_SEED") or random.SystemRandom().randrange(1 << 32))
KILLS = 200
RESTARTS = 20
BROKER = """\
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
max_queued_messages 0
"""


def broker_of(t):
    folder = t.directory()
    return t.mosquitto(BROKER.format(folder=folder))


def watch(t, broker, qos, *options):
    return t.start("mosquitto_sub", "-d", "-p", broker.port, "-c", "-i", "watcher", "-q", str(qos), "-t", "lamp/count", "-F", "got %p",
                   *options)


def numbers_of(watcher):
    return [int(line.split()[1]) for line in watcher.lines if line.startswith("got ")]


def last_number():
    with open(os.path.join(os.environ["MOTE_STATE_DIRECTORY"], "lamp.count"), "rb") as file:
        return struct.unpack("=I", file.read())[0]


def live(chance, start, broker, restarts):
    """One life: it ends by a kill at any moment, also while the broker is away."""
    node = start()
    time.sleep(chance.uniform(0, 0.2))
    if restarts:
        broker.stop()
        if chance.random() < 0.5:
            node.kill()
        broker.start()
        time.sleep(chance.uniform(0, 0.2))
    node.kill()


# The subscriber is away meanwhile, and its session gathers everything. If it is there, mosquitto 2.0.11 sends it some messages a
# second time after a restart, though it has sent their PUBREL: that would tell of the other half of the way.
def kill_again_and_again(t, qos, version):
    print(f"# seed {SEED}: MOTE_SEED={SEED}", flush=True)
    chance = random.Random(SEED)
    broker = broker_of(t)
    check_equal(watch(t, broker, qos, "-E").wait_exit(), 0, "the subscription's exit status")
    program = t.compile(t.source("test", "interop", "outbox_probe.c"))
    restarts = set(chance.sample(range(KILLS), RESTARTS))

    def start(*options):
        return t.start(program, "-q", str(qos), "-V", version, "-s", "65536", "-b", "5", *options, "lamp", broker.url)

    for life in range(KILLS):
        live(chance, start, broker, life in restarts)
    check_equal(start("-n", "0").wait_exit(), 0, "the last life's exit status")
    last = last_number()
    check(last > 2 * KILLS, f"only {last} numbers were published")
    watcher = watch(t, broker, qos)
    watcher.wait_line(f"^got {last}( |$)")
    return numbers_of(watcher), last


def expect_in_order(numbers, last):
    for expected, found in enumerate(numbers, 1):
        if found != expected:
            raise Failure(f"seed {SEED}: {expected} of {last} should have come, not {found}: ...{numbers[max(0, expected - 6):expected + 5]}...")
    check_equal(len(numbers), last, f"seed {SEED}: numbers that have come")


@case("exactly-once")
def exactly_once(t):
    expect_in_order(*kill_again_and_again(t, 2, "4"))


@case("at-least-once")
def at_least_once(t):
    numbers, last = kill_again_and_again(t, 1, "5")
    first = list(dict.fromkeys(numbers))  # without those that come again
    expect_in_order(first, last)


if __name__ == "__main__":
    main("interop/outbox")
