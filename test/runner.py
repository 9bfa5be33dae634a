#!/usr/bin/python3
"""Runs the test programs of a plan, passes their cases on, and ends with "N passed, N failed, N skipped".

A plan has one line for each thing to do, in shell quoting:

    stage NAME PARALLEL [needed]                 what follows runs PARALLEL at a time; after a failure in a stage that
                                                 is needed, the later stages do not run
    program NAME VARIANT TIMEOUT_S COMMAND...    prints a line for each case:
                                                 ok AREA/CASE
                                                 not ok AREA/CASE - why (run alone: COMMAND)
                                                 skip AREA/CASE - reason
                                                 With a variant other than "-", AREA becomes AREA.VARIANT.
    case NAME TIMEOUT_S COMMAND...               is itself a case: it passes with exit status 0

A program also fails, under its own name, if it crashes, runs out of time, prints no case, or ends with an exit status
that its cases do not explain.
"""

import collections
import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

CASE_LINE = re.compile(r"(ok|not ok|skip) ([\w.-]+/.*?)(?: - (.*))?$")
RUN_ALONE = re.compile(r"\(run alone: (.*)\)$")
LOG_LINES = 80
LONGEST = 5
GRACE_S = 5


class Job:
    def __init__(self, words):
        self.is_case = words[0] == "case"
        self.name = words[1]
        self.variant = "-" if self.is_case else words[2]
        rest = words[2 if self.is_case else 3:]
        self.timeout_s = float(rest[0])
        self.command = rest[1:]

    def full_name(self, name):
        if self.variant == "-":
            return name
        area, _, case = name.partition("/")
        return f"{area}.{self.variant}/{case}"


class Stage:
    def __init__(self, words):
        self.name = words[1]
        self.parallel = int(words[2])
        self.needed = "needed" in words[3:]
        self.jobs = []


class Report:
    """What is printed, and the counts; used by all the threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.failures = []
        self.status_shown = False
        self.on_terminal = sys.stderr.isatty()

    def line(self, text, to=sys.stdout):
        self.clear_status()
        print(text, file=to, flush=True)

    def case(self, verdict, name, words, run_alone):
        with self.lock:
            self.counts[verdict] += 1
            if verdict == "not ok":
                self.failures.append((name, run_alone))
            self.line(f"{verdict} {name}" + (f" - {words}" if words else ""))

    def log(self, name, lines):
        if not lines:
            return
        with self.lock:
            self.line(f"---- {name}: end of its log", sys.stderr)
            for text in lines:
                self.line(f"   | {text}", sys.stderr)

    def heading(self, text):
        with self.lock:
            self.line(f"-- {text}", sys.stderr)

    def clear_status(self):
        if self.status_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self.status_shown = False

    def status(self, text):
        if self.on_terminal:
            with self.lock:
                width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
                print("\r\033[K" + text[:width - 1], end="", file=sys.stderr, flush=True)
                self.status_shown = True

    def totals(self):
        with self.lock:
            self.clear_status()
            if self.failures:
                print("\nfailed:")
            for name, run_alone in self.failures:
                print(f"  {name}\n      {run_alone}")
            counts = self.counts
            print(f"{counts['ok']} passed, {counts['not ok']} failed, {counts['skip']} skipped", flush=True)


class Run:
    """One job under way."""

    def __init__(self, job, report):
        self.job = job
        self.report = report
        self.log = collections.deque(maxlen=LOG_LINES)
        self.verdicts = collections.Counter()
        self.last_case = None
        self.started = time.monotonic()
        self.process = None

    def run(self):
        try:
            self.process = subprocess.Popen(self.job.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, start_new_session=True)
        except OSError as error:
            self.fail(f"cannot be started: {error.strerror}")
            return
        readers = [threading.Thread(target=self.read, daemon=True, args=(self.process.stdout, not self.job.is_case)),
                   threading.Thread(target=self.read, daemon=True, args=(self.process.stderr, False))]
        for reader in readers:
            reader.start()
        in_time = self.wait(self.job.timeout_s)
        if not in_time:
            self.signal_group(signal.SIGTERM)
            self.wait(GRACE_S)
        # Also what the program has left behind. What left its group, too, may still hold the pipes open.
        self.signal_group(signal.SIGKILL)
        self.process.wait()
        for reader in readers:
            reader.join(GRACE_S)
        self.judge(in_time)

    def read(self, stream, has_cases):
        for raw in stream:
            text = raw.decode(errors="replace").rstrip("\r\n")
            found = CASE_LINE.fullmatch(text) if has_cases else None
            if found:
                self.take_case(*found.groups())
            else:
                self.log.append(text)

    def take_case(self, verdict, name, words):
        self.verdicts[verdict] += 1
        self.last_case = self.job.full_name(name)
        alone = RUN_ALONE.search(words or "")
        self.report.case(verdict, self.job.full_name(name), words, alone.group(1) if alone else self.command_line())

    def wait(self, timeout_s):
        try:
            self.process.wait(timeout_s)
            return True
        except subprocess.TimeoutExpired:
            return False

    def signal_group(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def judge(self, in_time):
        status = self.process.returncode
        why = None
        if not in_time:
            why = f"not done after {self.job.timeout_s:g} s"
        elif status < 0:
            why = f"killed by {signal.Signals(-status).name}"
        elif self.job.is_case:
            why = f"exit status {status}" if status else None
        elif status == 1 and self.verdicts["not ok"]:
            pass
        elif status:
            why = f"exit status {status}"
        elif not self.verdicts:
            why = "printed no case"
        if why:
            self.fail(why + (f", after {self.last_case}" if self.last_case else ""))
        elif self.job.is_case:
            self.report.case("ok", self.job.name, None, None)
        elif self.verdicts["not ok"]:
            self.report.log(self.job.full_name(self.job.name), self.log)

    def fail(self, why):
        name = self.job.full_name(self.job.name)
        self.report.log(name, self.log)
        self.report.case("not ok", name, f"{why} (run alone: {self.command_line()})", self.command_line())

    def command_line(self):
        return shlex.join(self.job.command)


class Runner:
    def __init__(self, report):
        self.report = report
        self.running = []
        self.took = []
        self.lock = threading.Lock()
        self.stopped = False

    def stage(self, stage):
        self.took = []
        waiting = queue.SimpleQueue()
        for job in stage.jobs:
            waiting.put(job)
        workers = [threading.Thread(target=self.work, args=(waiting,), daemon=True) for _ in range(stage.parallel)]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            time.sleep(0.1)
            self.show(stage, waiting.qsize())

    def work(self, waiting):
        while not self.stopped:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            run = Run(job, self.report)
            with self.lock:
                self.running.append(run)
            run.run()
            with self.lock:
                self.running.remove(run)
                self.took.append((time.monotonic() - run.started, run.job.full_name(run.job.name)))

    def longest(self):
        return ", ".join(f"{name} {seconds:.0f} s" for seconds, name in sorted(self.took, reverse=True)[:LONGEST])

    def show(self, stage, waiting):
        with self.lock:
            now = time.monotonic()
            names = [f"{run.job.full_name(run.job.name)} {now - run.started:.0f} s" for run in self.running]
        counts = self.report.counts
        self.report.status(f"{counts['ok']} passed, {counts['not ok']} failed | {stage.name}: {', '.join(names)}"
                           f" ({waiting} waiting)")

    def stop(self):
        self.stopped = True
        with self.lock:
            for run in self.running:
                if run.process:
                    run.signal_group(signal.SIGTERM)
        time.sleep(0.5)
        with self.lock:
            for run in self.running:
                if run.process:
                    run.signal_group(signal.SIGKILL)


def read_plan(path):
    stages = []
    with open(path, encoding="utf-8") as plan:
        for line in plan:
            words = shlex.split(line)
            if words[0] == "stage":
                stages.append(Stage(words))
            else:
                stages[-1].jobs.append(Job(words))
    return stages


def main():
    report = Report()
    runner = Runner(report)
    os.environ.update(PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1")
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has it ignored for what it runs behind itself
        signal.signal(number, signal.default_int_handler)
    interrupted = False
    try:
        for stage in read_plan(sys.argv[1]):
            if not stage.jobs:
                continue
            report.heading(stage.name)
            started = time.monotonic()
            runner.stage(stage)
            report.heading(f"{stage.name}: {time.monotonic() - started:.0f} s, longest {runner.longest()}")
            if stage.needed and report.failures:
                break
    except KeyboardInterrupt:
        interrupted = True
        runner.stop()
    report.totals()
    return 130 if interrupted else 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
