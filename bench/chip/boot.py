#!/usr/bin/python3
"""Boots the firmware home_switch on emulated boards until it is subscribed: instructions, the guest's own time, frames and bytes.

usage: bench/chip/boot.py [--json] [--rounds N]

Needs script/build --preset lm3s6965evb and mps2-an385. An instruction takes 1.6 cycles of the board's processor, so the time is that of
instructions and of waiting; the network's other end is QEMU's own DHCP, a name server and a mosquitto on this machine. The quickest boot counts.
"""

import argparse
import json
import os
import subprocess
import sys

from counter import ROOT, Counter

sys.path[:0] = [os.path.join(ROOT, "test", folder) for folder in ("chip", "interop")]

import air  # noqa: E402
import own_network  # noqa: E402
from mote_test import Failure, Skip, Test  # noqa: E402
from qemu_board import HOST, Board  # noqa: E402

NAME = "broker.test"
SHIFTS = {"lm3s6965evb": 5, "mps2-an385": 6}  # 32 ns at 50 MHz, 64 ns at 25 MHz
SEND, RECEIVE, SLEEP = "mote_ethernet_send", "ethernet_input", "mote_clock_sleep"
COLUMNS = ("ms", "instructions", "frames out", "frames in", "bytes out", "bytes in")


class Boot:
    """One boot, and what is known of it from the cable and from the counter."""

    def __init__(self, test, name, host):
        self.shift = SHIFTS[name]
        work = test.directory()
        path = os.path.join(work, "air")
        elf = os.path.join(ROOT, "build", name, "firmware", "home_switch.elf")
        if not os.path.exists(elf):
            raise Skip(f"{elf} is not there: script/build --preset {name}")
        counter = Counter(work, elf, (SEND, RECEIVE, SLEEP))
        broker = test.mosquitto()
        board = Board(test, name, "home_switch", f"mqtt://{host}:{broker.port}", options=[*air.options(path, self.shift), *counter.options])
        board.wait_line("online")
        broker.program.wait_line("Sending SUBACK")
        board.finish()
        self.told = counter.read()
        self.frames = air.read(path)
        self.boot = air.Boot(self.frames)

    def _reached(self, function):
        return [count for name, count in self.told if name == function]

    def start_s(self):
        """Of the first instruction, by the clock of the frames: until its first frame a board does not wait."""
        return self.frames[0].time_s - self._reached(SEND)[0] * 2 ** self.shift / 1e9

    def instructions_until(self, frame):
        """Until the board has nothing more to do for a frame that came in."""
        inward = [each for each in self.frames if not self.boot.is_outward(each)]
        taken = self._reached(RECEIVE)[inward.index(frame)]
        return next(count for count in self._reached(SLEEP) if count > taken)

    def figures(self):
        """{phase: {column: number}}, and what is about all of them"""
        found, passed_s, executed = {}, self.start_s(), 0
        for phase in air.PHASES:
            last = self.boot.last_inward(phase)
            if last is None:
                continue
            until = self.instructions_until(last)
            sizes = [self.boot.sizes(phase, outward) for outward in (True, False)]
            found[phase] = dict(zip(COLUMNS, (1000 * (last.time_s - passed_s), until - executed, *map(len, sizes), *map(sum, sizes))))
            passed_s, executed = last.time_s, until
        found["all"] = {column: sum(figures[column] for figures in found.values()) for column in COLUMNS}
        found["CONNACK"] = {"ms": 1000 * (self.boot.connack_s - self.start_s())}
        found["MQTT alone"] = {"bytes out": self.boot.protocol_bytes(True), "bytes in": self.boot.protocol_bytes(False)}
        return found


def once(name, host):
    test = Test()
    try:
        return Boot(test, name, host).figures()
    finally:
        test.end()


def quickest(rounds):
    """What a boot waits for this machine is no figure of the board's."""
    return min(rounds, key=lambda figures: figures["all"]["ms"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--rounds", type=int, default=5, help="boots of each board [5]")
    arguments = parser.parse_args()
    host = HOST
    if own_network.is_own():
        own_network.serve_names({NAME: HOST}, silent=[])
        host = NAME
    try:
        found = {name: quickest([once(name, host) for _ in range(arguments.rounds)]) for name in SHIFTS}
    except (Failure, Skip, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"boot.py: {error}")
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for name, phases in found.items():
        for phase, figures in phases.items():
            print(f"{name} {phase}: " + ", ".join(f"{value:g} {column}" for column, value in figures.items()))


own_network.enter()
main()
