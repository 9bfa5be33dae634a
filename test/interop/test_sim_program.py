#!/usr/bin/python3
# long
"""A C program of one's own in the simulator: linked with libmote-sim, it runs unchanged through power cuts and bad weather."""

import os
import re
import subprocess

from mote_test import BUILD, TIMEOUT_S, case, check, check_equal, main

PATIENCE_S = 5 * TIMEOUT_S
# Switching stacks is what the look for use after return does not follow.
ASAN = os.environ.get("ASAN_OPTIONS", "") + ":detect_stack_use_after_return=0:detect_leaks=0"


def simulate(name, **environment):
    program = os.path.join(BUILD, "test", "sim", "programs", name)
    done = subprocess.run([program], env={**os.environ, "ASAN_OPTIONS": ASAN, **environment}, timeout=PATIENCE_S, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def number(output, pattern):
    found = re.search(pattern, output)
    check(found is not None, f"no {pattern!r} in: {output[-2000:]}")
    return int(found.group(1))


@case("an-example-runs-unchanged")
def an_example(_):
    status, output = simulate("home_switch", MOTE_SIM_YEARS="0.1", MOTE_SIM_SEED="7")
    check_equal(status, 0, "exit status")
    check(number(output, r"(\d+) starts") > 1, "the power never failed")
    check(number(output, r"faults +(\d+)") > 100, "there was hardly any weather")
    check("ping server ..." in output and "\non\n" in output, "the program has not done its work")


@case("the-same-seed-is-the-same-run")
def same_seed(_):
    traces = [re.search(r"trace +([0-9a-f]{16})", simulate("home_switch", MOTE_SIM_YEARS="0.03",
                                                           MOTE_SIM_SEED=seed)[1]).group(1) for seed in ("5", "5", "6")]
    check_equal(traces[0], traces[1], "trace")
    check(traces[0] != traces[2], "another seed has the same trace")


@case("variables-are-as-declared-after-each-start")
def variables(_):
    status, output = simulate("forgets", MOTE_SIM_YEARS="0.05")
    check_equal(status, 0, "exit status")
    begun, starts = output.count("begins\n"), number(output, r"(\d+) starts")
    # The power may be gone again before the first instruction.
    check(0.9 * starts < begun <= starts, f"{begun} of {starts} starts have come to main()")


@case("an-outbox-outlasts-the-power")
def outbox(_):
    status, output = simulate("outbox", MOTE_SIM_YEARS="0.1", MOTE_SIM_SEED="3")
    check_equal(status, 0, "exit status")
    check(number(output, r"(\d+) of QoS 2") > 1000, "the broker has not got the readings")


@case("a-program-that-waits-in-its-calls")
def blocks(_):
    status, output = simulate("blocks", MOTE_SIM_YEARS="0.05")
    check_equal(status, 0, "exit status")
    check("\non\n" in output, "no command has come through")


@case("a-program-that-ends-is-told-of")
def ends(_):
    status, output = simulate("ends")
    check_equal(status, 1, "exit status")
    check("main() has come to its end" in output, output)


@case("a-program-that-never-waits-is-told-of")
def wild(_):
    status, output = simulate("runs_wild")
    check_equal(status, 1, "exit status")
    check("never waits" in output and "MOTE_SIM_SEED=1" in output, output)


@case("an-assertion-tells-the-seed")
def fails(_):
    status, output = simulate("fails", MOTE_SIM_SEED="11")
    check_equal(status, 134, "exit status")
    check("seed 11" in output, output)


@case("wrong-numbers-are-refused")
def wrong(_):
    for variable, value in (("MOTE_SIM_YEARS", "0"), ("MOTE_SIM_YEARS", "x"), ("MOTE_SIM_SEED", "-1"),
                            ("MOTE_SIM_WEATHER", "/nowhere/at/all")):
        status, output = simulate("ends", **{variable: value})
        check_equal(status, 2, f"exit status with {variable}={value}")
        check(variable in output and "(config.invalid)" in output, output)


main("interop/sim_program")
