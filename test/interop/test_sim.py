#!/usr/bin/python3
# quick
"""mote sim: its summary, its scenarios, its report, and what it says when a promise is broken."""

import json
import os
import re
import subprocess
import tempfile

from mote_test import TIMEOUT_S, case, check, check_equal, main

MOTE = os.path.abspath(os.path.join(os.environ.get("MOTE_BUILD", "build/asan"), "mote"))
NODE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../test/sim/node.yaml"))
EXAMPLES = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../examples"))


def sim(*arguments, cwd=None):
    return subprocess.run([MOTE, "sim", *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, cwd=cwd, check=False)


def scenario(folder, text):
    path = os.path.join(folder, "weather.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


@case("the-same-seed-is-the-same-run")
def the_same_seed_is_the_same_run(_):
    outcomes = [json.loads(sim("--json", "--years", "0.004", "--seed", "7", NODE).stdout) for _ in range(2)]
    for outcome in outcomes:
        for key in ("cpu_s", "device_hours_per_cpu_s"):
            del outcome[key]
    check_equal(outcomes[0], outcomes[1], "outcome")
    other = json.loads(sim("--json", "--years", "0.004", "--seed", "8", NODE).stdout)
    check(other["trace"] != outcomes[0]["trace"], "another seed, and the same trace")


@case("a-scenario-has-the-faults-that-it-says")
def a_scenario_has_the_faults_that_it_says(_):
    with tempfile.TemporaryDirectory() as folder:
        path = scenario(folder, "for: 2d\nseed: 3\nnodes: 2\nevents:\n"
                        "  - {daily: '03:00', fault: router_reboot, for: 1m}\n"
                        "  - {every: 12h, fault: power_cut, for: 5s, node: 2}\n"
                        "  - {at: 1d 2h 30m, fault: half_open}\n")
        result = sim("--json", "--scenario", path, NODE)
        check_equal(result.returncode, 0, "status")
        outcome = json.loads(result.stdout)
        check_equal({kind: count for kind, count in outcome["faults"].items() if count > 0},
                    {"router_reboot": 2, "power_cut": 3, "half_open": 1}, "faults")
        check_equal((outcome["simulated_ms"], outcome["devices"], outcome["seed"]), (2 * 86400000, 2, "3"),
                    "what the file says of the run")


@case("what-repeats-does-so-to-the-end")
def what_repeats_does_so_to_the_end(_):
    with tempfile.TemporaryDirectory() as folder:
        path = scenario(folder, "for: 1d\nevents:\n  - {daily: '03:00', fault: reset}\n")
        outcome = json.loads(sim("--json", "--years", "0.02", "--scenario", path, NODE).stdout)
        check_equal(outcome["faults"]["reset"], 8, "faults in 7.3 days")


# What a topic's policy has given up is not lost: of QoS 1 and 2 nothing is. What is sent is one of these, or under way at the end.
@case("the-summary-tells-lost-from-given-up")
def the_summary_tells_lost_from_given_up(_):
    result = sim("--json", "--years", "0.1", "--seed", "2", NODE)
    check_equal(result.returncode, 0, "status")
    for messages in json.loads(result.stdout)["messages"]:
        qos = messages["qos"]
        check_equal((messages["lost"] > 0, messages["given_up"] > 0), (qos == 0, qos > 0), f"whether messages of QoS {qos} are lost, are given up")
        waiting = messages["sent"] - messages["delivered"] - messages["lost"] - messages["given_up"]
        check(0 <= waiting <= 20 * qos, f"{waiting} of QoS {qos} are under way at the end")
    text = sim("--years", "0.004", NODE).stdout
    for words in (r"^QoS 2 +\d+ sent, \d+ delivered, \d+ duplicated, 0 lost, \d+ refused, \d+ given up by policy$",
                  r"^recovery .* was the longest outage after the last fault", r"^flash +\d+ erasures"):
        check(re.search(words, text, re.M), f"no line {words} in:\n{text}")


# Ten years are not run for a page that cannot be written.
@case("a-report-that-cannot-be-written-is-told-first")
def a_report_that_cannot_be_written_is_told_first(_):
    for path, why in (("/nowhere/x.html", "No such file or directory"), ("/", "Is a directory"), ("", "No such file or directory")):
        result = sim("--report", path, "--years", "1000", NODE)
        check_equal((result.returncode, result.stdout), (1, ""), path)
        check_equal(result.stderr, f"mote: sim: --report {path}: {why} (config.invalid)\n", "words")


@case("the-example-runs")
def the_example_runs(_):
    result = sim("--json", "--years", "0.01", "--scenario", f"{EXAMPLES}/weather.yaml", f"{EXAMPLES}/home-switch.yaml")
    check_equal(result.returncode, 0, "status")


@case("a-wrong-scenario-is-told-with-its-place")
def a_wrong_scenario_is_told_with_its_place(_):
    wrong = {
        "events:\n  - {at: 2h, fault: earthquake}\n": ("2:21", "fault: expected one of those"),
        "events:\n  - {at: soon, fault: reset}\n": ("2:10", "at: expected a time such as"),
        "events:\n  - {daily: '25:00', fault: reset}\n": ("2:13", "daily: expected a time of day"),
        "events:\n  - {at: 1h}\n": ("2:5", "this entry has no fault"),
        "events:\n  - {fault: reset}\n": ("2:5", "this entry has no time: expected at, every or daily"),
        "events:\n  - {at: 1h, fault: reset, often: yes}\n": ("2:28", "unknown key 'often': expected at"),
        "events: none\n": ("1:9", "events: expected a list"),
        "wind: strong\n": ("1:1", "unknown key 'wind': expected events"),
        "weather: fine\n": ("1:10", "weather: expected events"),
        "nodes: 0\n": ("1:8", "nodes: expected a number of 1 to 1000"),
        "events:\n  - {every: 0s, fault: reset}\n": ("2:13", "every: expected a time of 1s"),
        "events:\n  - {at: 1h, daily: '03:00', fault: reset}\n": ("2:5", "this entry has two times: expected daily, or at and every"),
        "events:\n  - {at: 1h, fault: reset, fault: fin}\n": ("2:28", "the key 'fault' is here a second time"),
        "nodes: 2\nevents:\n  - {at: 1h, fault: reset, node: 3}\n": ("3:34", "node: this run has 2 devices: expected no more"),
        "for: 0s\n": ("1:6", "for: expected a time above 0"),
        "for: 1d\nfor: 2d\n": ("2:1", "the key 'for' is here a second time"),
        "": ("1:1", "expected"),
        "events: [\n": ("2:1", "expected YAML"),
    }
    for text, (place, words) in wrong.items():
        with tempfile.TemporaryDirectory() as folder:
            result = sim("--scenario", scenario(folder, text), NODE)
            check_equal(result.returncode, 1, "status")
            check(f"weather.yaml:{place}: " in result.stderr and words in result.stderr, f"{text!r}: {result.stderr!r}")


@case("a-broken-promise-is-told-and-made-small")
def a_broken_promise_is_told_and_made_small(_):
    with tempfile.TemporaryDirectory() as folder:
        result = sim("--years", "0.05", "--seed", "3", "--break", "qos1", NODE, cwd=folder)
        check_equal(result.returncode, 1, "status")
        check("broken       qos1: " in result.stdout, result.stdout)
        check(re.search(r"again +mote sim --seed 3 --years 0\.05 --break qos1 ", result.stdout), result.stdout)
        again = re.search(r"mote sim (--scenario mote-sim-3\.yaml .*)$", result.stdout, re.MULTILINE)
        check(again, result.stdout)
        smaller = sim(*again.group(1).split(), cwd=folder)
        check_equal(smaller.returncode, 1, "status")
        check("broken       qos1: " in smaller.stdout, smaller.stdout)


@case("the-report-asks-nobody")
def the_report_asks_nobody(_):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.html")
        check_equal(sim("--years", "0.01", "--report", path, NODE).returncode, 0, "status")
        with open(path, encoding="utf-8") as file:
            page = file.read()
        check_equal(re.findall(r"(?:src|href)=|url\(|@import|fetch\(", page), [], "references")
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
        check_equal(json.loads(data.group(1))["devices"], 1, "devices")


@case("a-wrong-command-line-is-told")
def a_wrong_command_line_is_told(_):
    for arguments, words in ((["--years", "0", NODE], "--years 0: expected"),
                             (["--nodes", "0", NODE], "--nodes 0: expected"),
                             (["--break", "everything", NODE], "--break everything: there is no such promise"),
                             ([], "which file?"), (["a", "b"], "expected one file, got 2"),
                             (["--report", "/nowhere/run.html", "--years", "0.001", NODE], "/nowhere/run.html"),
                             (["--scenario", "/nowhere.yaml", NODE], "/nowhere.yaml")):
        result = sim(*arguments)
        check_equal(result.returncode, 1, "status")
        check(words in result.stderr, f"{arguments}: {result.stderr!r}")


main("interop/sim")
