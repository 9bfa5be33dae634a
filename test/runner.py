#!/usr/bin/python3
"""Runs the test programs of a plan, passes their cases on, and ends with "N passed, N failed, N skipped".

A plan has one line for each thing to do, in shell quoting:

    stage NAME PARALLEL                          what follows is of this stage; PARALLEL of its jobs fill the machine
    after [NAME...]                              what follows, up to the next stage, waits for these jobs, and does not run if
                                                 one of them fails
    program NAME VARIANT TIMEOUT_S COMMAND...    prints a line for each case:
                                                 ok AREA/CASE
                                                 not ok AREA/CASE - why (run alone: COMMAND)
                                                 skip AREA/CASE - reason
                                                 With a variant other than "-", AREA becomes AREA.VARIANT.
    case NAME TIMEOUT_S COMMAND...               is itself a case: it passes with exit status 0

The jobs of all stages fill the machine together, those that wait beside those that compute: whenever there is room, the first
of the plan begins that fits in and has nothing left to wait for.

A program also fails, under its own name, if it crashes, runs out of time, prints no case, or ends with an exit status
that its cases do not explain. One that runs out of time is asked with SIGQUIT where it is (test/interop/mote_test.py answers),
and its log has the processes that it was waiting for.
"""

import collections
import os
import re
import shlex
import shutil
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
    def __init__(self, words, stage, needs):
        self.is_case = words[0] == "case"
        self.name = words[1]
        self.variant = "-" if self.is_case else words[2]
        self.title = self.full_name(self.name)
        rest = words[2 if self.is_case else 3:]
        self.timeout_s = float(rest[0])
        self.command = rest[1:]
        self.stage = stage
        self.needs = needs

    def full_name(self, name):
        if self.variant == "-":
            return name
        area, _, case = name.partition("/")
        return f"{area}.{self.variant}/{case}"


class Stage:
    """What is told of jobs that belong together."""

    def __init__(self, words):
        self.name = words[1]
        self.share = 1 / int(words[2])
        self.left = 0
        self.started = None
        self.cpu_s = 0
        self.took = []

    def begin(self, report):
        if self.started is None:
            self.started = time.monotonic()
            report.heading(self.name)

    def end(self, run, report):
        self.cpu_s += run.cpu_s
        self.took.append((time.monotonic() - run.started, run.job.title))
        self.leave(report)

    def leave(self, report):
        self.left -= 1
        if self.left == 0 and self.took:
            longest = ", ".join(f"{name} {seconds:.0f} s" for seconds, name in sorted(self.took, reverse=True)[:LONGEST])
            report.heading(f"{self.name}: {time.monotonic() - self.started:.0f} s, {self.cpu_s:.0f} s of CPU time, longest {longest}")


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
        self.ended = threading.Event()
        self.cpu_s = 0
        self.passed = False

    def run(self):
        try:
            self.process = subprocess.Popen(self.job.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, start_new_session=True)
        except OSError as error:
            self.fail(f"cannot be started: {error.strerror}")
            return
        readers = [threading.Thread(target=self.read, daemon=True, args=(self.process.stdout, not self.job.is_case)),
                   threading.Thread(target=self.read, daemon=True, args=(self.process.stderr, False))]
        for reader in [*readers, threading.Thread(target=self.reap, daemon=True)]:
            reader.start()
        in_time = self.ended.wait(self.job.timeout_s)
        if not in_time:
            self.log_processes()
            self.signal(signal.SIGQUIT, os.kill)
            self.ended.wait(1)  # for it to say where it is
            self.signal(signal.SIGTERM)
            self.ended.wait(GRACE_S)
        # Also what the program has left behind. What left its group, too, may still hold the pipes open.
        self.signal(signal.SIGKILL)
        self.ended.wait()
        for reader in readers:
            reader.join(GRACE_S)
        self.judge(in_time)

    def reap(self):
        """Waits for its end; what it and the processes that it has waited for have used is known then."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.ended.set()

    def log_processes(self):
        columns = "pid,ppid,stat,etime,time,wchan:20,args"
        command = ["ps", "-o", columns, "--sid", str(self.process.pid)]
        if shutil.which(command[0]):
            self.log.extend(subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines())

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

    def signal(self, number, kill=os.killpg):
        try:
            kill(self.process.pid, number)
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
            self.passed = True
            self.report.case("ok", self.job.name, None, None)
        elif self.verdicts["not ok"]:
            self.report.log(self.job.title, self.log)
        else:
            self.passed = True

    def fail(self, why):
        self.report.log(self.job.title, self.log)
        self.report.case("not ok", self.job.title, f"{why} (run alone: {self.command_line()})", self.command_line())

    def command_line(self):
        return shlex.join(self.job.command)


class Runner:
    def __init__(self, jobs, report):
        self.waiting = jobs
        self.report = report
        self.running = []
        self.verdicts = {}  # by the titles of jobs that have ended: passed?
        self.changed = threading.Condition()
        self.stopped = False

    def run(self):
        with self.changed:
            while self.running or (self.waiting and not self.stopped):
                self.begin_what_fits()
                self.changed.wait(0.5)
                self.show()

    def begin_what_fits(self):
        self.leave_out()
        while not self.stopped and (job := next(filter(self.can_begin, self.waiting), None)):
            self.waiting.remove(job)
            job.stage.begin(self.report)
            run = Run(job, self.report)
            self.running.append(run)
            threading.Thread(target=self.work, args=(run,), daemon=True).start()

    def can_begin(self, job):
        room = 1 - sum(run.job.stage.share for run in self.running)
        return job.stage.share <= room + 1e-6 and all(name in self.verdicts for name in job.needs)

    def leave_out(self):
        """What waits for something that has failed never runs."""
        for job in [*self.waiting]:
            failed = [name for name in job.needs if self.verdicts.get(name) is False]
            if failed:
                self.waiting.remove(job)
                self.verdicts[job.title] = False
                self.report.heading(f"{job.title} does not run: {failed[0]} has failed")
                job.stage.leave(self.report)

    def work(self, run):
        run.run()
        with self.changed:
            self.running.remove(run)
            self.verdicts[run.job.title] = run.passed
            run.job.stage.end(run, self.report)
            self.changed.notify()

    def show(self):
        now = time.monotonic()
        names = [f"{run.job.title} {now - run.started:.0f} s" for run in self.running]
        counts = self.report.counts
        self.report.status(f"{counts['ok']} passed, {counts['not ok']} failed | {', '.join(names)} ({len(self.waiting)} waiting)")

    def stop(self):
        self.stopped = True
        for number, patience_s in ((signal.SIGTERM, 0.5), (signal.SIGKILL, 0)):
            for run in [*self.running]:
                if run.process:
                    run.signal(number)
            time.sleep(patience_s)


def read_plan(path):
    jobs, stage, needs = [], None, ()
    with open(path, encoding="utf-8") as plan:
        for line in plan:
            words = shlex.split(line)
            if words[0] == "stage":
                stage, needs = Stage(words), ()
            elif words[0] == "after":
                needs = words[1:]
            else:
                jobs.append(Job(words, stage, needs))
                stage.left += 1
    unknown = {name for job in jobs for name in job.needs} - {job.title for job in jobs}
    if unknown:
        sys.exit(f"{path}: nothing is called {', '.join(sorted(unknown))}")
    return jobs


def main():
    report = Report()
    runner = Runner(read_plan(sys.argv[1]), report)
    os.environ.update(PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1")
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has it ignored for what it runs behind itself
        signal.signal(number, signal.default_int_handler)
    interrupted = False
    try:
        runner.run()
    except KeyboardInterrupt:
        interrupted = True
        runner.stop()
    report.totals()
    return 130 if interrupted else 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
