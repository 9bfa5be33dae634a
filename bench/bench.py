"""Compares Mote with its peers in one run on this machine, and writes tables, JSON and a picture."""

import argparse
import datetime
import json
import os
import sys

import broker
import calls
import chips
import engine
import load
import outbox
import page
import picture
import rates
import simulator
import trips
import whole
import wifi
from machine import Machine
from progress import Progress
from table import goals_line, print_part

PARTS = {"rates": rates, "calls": calls, "trips": trips, "broker": broker, "load": load, "size": engine.Size,
         "instructions": engine.Instructions, "chip": chips.Messages, "boot": chips.Boot, "outbox": outbox, "simulator": simulator,
         "whole": whole, "wifi": wifi}
WHEN_ASKED_FOR = {"wifi"}  # by another clock, in the lab's guest


def options():
    parts = "\n".join(f"  {name:13} {part.TITLE}" for name, part in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="script/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"parts:\n{parts}\n\nIt takes about a quarter of an hour, --quick two minutes, with figures that are good for nothing but to see"
               " that it works.\nThe machine should have nothing else to do. Exit status: 0, also when goals are missed;"
               " 1 if something could not be measured.")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help="only these parts")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", default=[],
                        help="as PART; more than once")
    parser.add_argument("--quick", action="store_true", help="one round of few messages")
    parser.add_argument("--rounds", type=int, help="how often each rate is measured, in turn [5]")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    parser.add_argument("--svg", metavar="FILE", help="write the picture")
    parser.add_argument("--page", metavar="FILE", help="bring the tables of docs/PERFORMANCE.md up to date")
    return parser.parse_args()


def about(machine):
    return {"date": datetime.date.today().isoformat(), "cpu": machine.cpu_name(), "cpus": os.cpu_count(),
            "kernel": os.uname().release, "peers": machine.peers(), "load_before": os.getloadavg()[0]}


def run_parts(chosen, machine, progress):
    results, failed = {}, False
    for name in chosen:
        progress.begin(PARTS[name].TITLE)
        try:
            results[name] = PARTS[name].measure(machine, progress)
        except Exception as error:  # pylint: disable=broad-except
            failed = True
            progress.end()
            print(f"bench: {PARTS[name].TITLE}: {error}", file=sys.stderr)
            continue
        progress.end()
        print_part(results[name])
    return results, failed


def main():
    arguments = options()
    machine = Machine(quick=arguments.quick, rounds=arguments.rounds)
    progress = Progress()
    chosen = arguments.parts + arguments.only or [name for name in PARTS if name not in WHEN_ASKED_FOR]
    document = {"about": about(machine)}
    if machine.is_busy():
        print(f"bench: the machine is busy with other things (load {os.getloadavg()[0]:.1f}): the figures are rough",
              file=sys.stderr)
    try:
        document["parts"], failed = run_parts(chosen, machine, progress)
    finally:
        machine.end()
    print(goals_line(document["parts"]))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
            file.write("\n")
    if arguments.svg:
        with open(arguments.svg, "w", encoding="utf-8") as file:
            file.write(picture.draw(document))
    if arguments.page:
        with open(arguments.page, "r+", encoding="utf-8") as file:
            text = page.refresh(file.read(), document)
            file.seek(0)
            file.truncate()
            file.write(text)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
