"""Small programs and what options leave out of them, measured for every chip; kept in build/variants/programs.json."""

import json
import os
import sys

import variants
from core import ROOT
from elf import Object

sys.path.insert(0, os.path.join(ROOT, "bench", "size"))

import measure  # noqa: E402

RESULT = os.path.join(variants.FOLDER, "programs.json")
# What is held to a budget: a program, and what is left out of it.
PROGRAMS = {
    "client": (measure.measure_client, ()),
    "client-without-words": (measure.measure_client, ("MOTE_WITHOUT_WORDS",)),
    "client-without-mqtt5": (measure.measure_client, ("MOTE_WITHOUT_MQTT5",)),
    "client-smallest": (measure.measure_client, ("MOTE_WITHOUT_MQTT5", "MOTE_WITHOUT_WORDS")),
    "node": (measure.measure_node, ()),
    "node-smallest": (measure.measure_node, variants.combinations()[-1]),
}


def sizes(program, chip, chosen):
    figures, _ = program(chip, chosen)
    return {"flash": figures["flash"], "ram": figures.get("ram", figures.get("ram_streaming"))}


def flash_of(chip, chosen):
    """Of the whole core, of the smallest client and of a node."""
    objects = variants.compiled(chip, chosen).values()
    return {"the core": sum(Object(path).flash() for path in objects),
            "the client": sizes(measure.measure_client, chip, chosen)["flash"],
            "a node": sizes(measure.measure_node, chip, chosen)["flash"]}


def savings(chip):
    """{option: {what: bytes}}"""
    whole = flash_of(chip, ())
    return {option: {what: whole[what] - size for what, size in flash_of(chip, (option,)).items()} for option in variants.options()}


def measure_all(chips, tell):
    """{chip: {"programs", "options"}}"""
    found = {}
    for chip in chips:
        tell(chip)
        found[chip] = {"programs": {name: sizes(program, chip, chosen) for name, (program, chosen) in PROGRAMS.items()},
                       "options": savings(chip)}
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(found, file)
    return found
