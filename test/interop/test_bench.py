#!/usr/bin/python3
# long
"""script/bench still works: every part gives figures, the files are written. What the figures are does not matter here."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree

from mote_test import ROOT, Skip, case, check, check_equal, main

PARTS = ("rates", "calls", "trips", "broker", "load", "whole")
PATIENCE_S = 500


def bench(t, *arguments):
    if not os.path.exists("/usr/include/mosquitto.h"):
        raise Skip("libmosquitto-dev is not installed: script/setup --for bench")
    directory = t.directory()
    files = [os.path.join(directory, name) for name in ("bench.json", "bench.svg")]
    command = [os.path.join(ROOT, "script", "bench"), "--quick", "--json", files[0], "--svg", files[1], *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    sys.stderr.write(result.stderr)
    check_equal(result.returncode, 0, "exit status")
    with open(files[0], encoding="utf-8") as file:
        return json.load(file), xml.etree.ElementTree.parse(files[1]).getroot(), result.stdout


@case("every-part")
def measures_every_part(t):
    document, picture, table = bench(t, *(word for part in PARTS for word in ("--only", part)))
    check_equal(sorted(document["parts"]), sorted(PARTS), "parts")
    for name, part in document["parts"].items():
        check(part["title"] in table, f"{name} is not in the table")
        for row in part["rows"]:
            check_equal(sorted(row["values"]), sorted(part["columns"]), f"the columns of {name}, {row['name']}")
            for column, value in row["values"].items():
                check(value > 0, f"{name}, {row['name']}, {column} is {value}")
    check(picture.tag.endswith("svg"), "the picture is no SVG")
    words = [element.text for element in picture.iter() if element.tag.endswith("text")]
    for word in ("Mote", "libmosquitto", "Paho C async", "mosquitto"):
        check(word in words, f"{word} is not in the picture")


@case("counts")
def counts_what_does_not_depend_on_the_machine(t):
    document, _, _ = bench(t, "--only", "calls", "--only", "trips")
    rows = {row["name"]: row["values"] for part in document["parts"].values() for row in part["rows"]}
    check_equal(rows["round trips"]["Mote"], 1, "round trips")
    check_equal(rows["round trips"]["libmosquitto"], 2, "libmosquitto's round trips")
    check_equal(rows["reads for 16 buffered packets"]["Mote"], 1, "reads")
    check_equal(rows["reads per packet, one at a time"]["Mote"], 1, "reads")
    check(rows["writes per QoS 0 publish, of many"]["Mote"] < 1, "writes")


@case("memory")
def holds_no_more_after_many_messages(t):
    bench(t, "--only", "trips")  # builds what is needed
    for qos in ("1", "2"):
        result = subprocess.run([os.path.join(ROOT, "bench", "soak"), "--messages", "150000", "--qos", qos], text=True,
                                capture_output=True, timeout=PATIENCE_S, check=False)
        sys.stderr.write(result.stdout + result.stderr)
        check(result.returncode == 0, f"with QoS {qos}: {(result.stdout + result.stderr).splitlines()[-1]}")


main("bench/bench")
