"""What the interop tests have in common: cases, programs that are started and watched, a mosquitto of one's own.

    from mote_test import case, check, main

    @case("greets")
    def greets(t):
        broker = t.mosquitto()
        program = t.start(t.build("examples", "publish"), broker.url)
        program.wait_line("hello")
        check(program.wait_exit() == 0, "exit status")

    main("interop/greeting")

Everything that a case has started is ended with it. Waiting is always for an event; TIMEOUT_S is only the end of patience.
MOTE_BUILD names the build directory; with words on the command line only the cases run whose names contain one of them.

SIGQUIT makes it say where each of its threads is, and go on; SIGTERM ends the case as failed, with what its programs have said.
"""

import faulthandler
import os
import pty
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("MOTE_BUILD") or os.path.join(ROOT, "build", "asan"))
TIMEOUT_S = 60
LOG_LINES = 30
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")  # by exec: code between fork and exec hangs where another thread has AddressSanitizer's locks

_cases = []


class Failure(Exception):
    """What a case has to say on why it failed."""


class Skip(Exception):
    """What a case needs and this machine does not have."""


def case(name):
    def add(function):
        _cases.append((name, function))
        return function
    return add


def check(condition, why):
    if not condition:
        raise Failure(why)


def check_equal(actual, expected, what):
    if actual != expected:
        raise Failure(f"{what}: {actual!r}, not {expected!r}")


def free_port():
    """A port that nobody listens on, on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A running program, and the lines that it has written. Its standard output is a terminal, so that it writes line by
    line. `at` is how many lines wait_line() has gone past: each waits for what comes after the one before."""

    def __init__(self, *command, env=None, cwd=None, stdin=subprocess.DEVNULL):
        self.command = [str(word) for word in command]
        self.lines = []
        self.at = 0
        self.news = threading.Condition()
        if shutil.which(self.command[0]) is None:
            raise Failure(f"{self.command[0]} is no program")
        ours, theirs = pty.openpty()
        self.process = subprocess.Popen([*ENDS_WITH_US, *self.command], stdin=stdin, stdout=theirs, stderr=subprocess.PIPE, cwd=cwd,
                                        env={**os.environ, **(env or {})})
        os.close(theirs)
        self.readers = [threading.Thread(target=self._read, args=(stream,), daemon=True)
                        for stream in (os.fdopen(ours, "rb", buffering=0), self.process.stderr)]
        for reader in self.readers:
            reader.start()

    def name(self):
        return os.path.basename(self.command[0])

    def _read(self, stream):
        rest = b""
        while True:
            try:
                data = os.read(stream.fileno(), 65536)
            except OSError:  # what a terminal says once its other side is closed
                data = b""
            *whole, rest = (rest + data).split(b"\n")
            if not data and rest:
                whole.append(rest)
            with self.news:
                self.lines += [line.decode(errors="replace").rstrip("\r") for line in whole]
                self.news.notify_all()
            if not data:
                stream.close()
                return

    def _is_silent(self):
        return not any(reader.is_alive() for reader in self.readers)

    def wait_line(self, pattern, timeout_s=TIMEOUT_S):
        """Waits for a line in which the pattern is found, and returns the match."""
        end = time.monotonic() + timeout_s
        with self.news:
            while True:
                silent = self._is_silent()
                while self.at < len(self.lines):
                    self.at += 1
                    found = re.search(pattern, self.lines[self.at - 1])
                    if found:
                        return found
                if silent:
                    raise Failure(f"{self.name()} has ended without a line like {pattern!r}")
                if time.monotonic() > end:
                    raise Failure(f"{self.name()} has written no line like {pattern!r} in {timeout_s} s")
                self.news.wait(0.2)

    def wait_exit(self, timeout_s=TIMEOUT_S):
        """Waits for the end, and for all that was written before it. Returns the exit status."""
        try:
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name()} has not ended in {timeout_s} s") from None
        for reader in self.readers:
            reader.join(5)
        return status

    def is_running(self):
        return self.process.poll() is None

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout_s=TIMEOUT_S):
        """Ends it with a signal. Returns the exit status."""
        if self.is_running():
            self.send_signal(number)
        return self.wait_exit(timeout_s)

    def kill(self):
        return self.stop(signal.SIGKILL)

    def show(self):
        print(f"---- {shlex.join(self.command)}", file=sys.stderr)
        for line in self.lines[-LOG_LINES:]:
            print(f"   | {line}", file=sys.stderr)


def wait_port(port, program=None, timeout_s=TIMEOUT_S):
    """Waits until somebody listens there."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if program is not None and not program.is_running():
                raise Failure(f"{program.name()} has ended instead of listening on port {port}") from None
            if time.monotonic() > end:
                raise Failure(f"nobody listens on port {port}") from None
            time.sleep(0.02)


class Mosquitto:
    """Debian's mosquitto with a configuration of its own, on a port of its own, which it keeps over restarts."""

    PLACES = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto")

    def __init__(self, test, config=""):
        self.test = test
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.program = None
        self.path = next((place for place in self.PLACES if os.access(place, os.X_OK)), None)
        if self.path is None:
            raise Skip("mosquitto is not installed")
        self.config = os.path.join(test.directory(), "mosquitto.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"listener {self.port} 127.0.0.1\nlog_dest stderr\nlog_type all\n")
            file.write("" if "password_file" in config else "allow_anonymous true\n")
            file.write("user root\n" if os.geteuid() == 0 else "")  # else it gives its rights up, and cannot read its files
            file.write(config)
        self.start()

    def start(self):
        self.program = self.test.start(self.path, "-c", self.config)
        wait_port(self.port, self.program)

    def stop(self):
        self.program.stop()

    def kill(self):
        self.program.kill()

    def publish(self, topic, payload, *options):
        command = ["mosquitto_pub", "-p", str(self.port), "-t", topic, "-m", payload, *options]
        result = subprocess.run(command, timeout=TIMEOUT_S, capture_output=True, text=True, check=False)
        check(result.returncode == 0, f"mosquitto_pub: {result.stderr.strip()}")

    def subscribe(self, *topics, options=("-q", "1")):
        """A mosquitto_sub that is subscribed. Its lines are `QOS RETAIN TOPIC PAYLOAD`."""
        words = [word for topic in topics for word in ("-t", topic)]
        program = self.test.start("mosquitto_sub", "-d", "-p", self.port, "-F", "%q %r %t %p", *options, *words)
        program.wait_line("^Subscribed")
        return program

    def retained(self, topic):
        """What the broker keeps of a topic; None if nothing."""
        command = ["mosquitto_sub", "-p", str(self.port), "-t", topic, "-C", "1", "-W", "2", "--retained-only"]
        result = subprocess.run(command, timeout=TIMEOUT_S, capture_output=True, text=True, check=False)
        return result.stdout.rstrip("\n") if result.returncode == 0 and result.stdout else None


class Test:
    """One case under way."""

    def __init__(self):
        self.programs = []
        self.directories = []
        for kind in ("STATE", "RUNTIME"):  # what programs keep is theirs and this case's
            os.environ[f"MOTE_{kind}_DIRECTORY"] = self.directory()

    def build(self, *parts):
        """A file of the build directory."""
        path = os.path.join(BUILD, *parts)
        check(os.path.exists(path), f"{path} is not there: build it first")
        return path

    def source(self, *parts):
        return os.path.join(ROOT, *parts)

    def compile(self, source):
        """Builds a program from one C file, as a user of libmote.a does, with the flags of the build directory."""
        cache = {}
        with open(self.build("CMakeCache.txt"), encoding="utf-8") as file:
            for line in file:
                name, _, value = line.rstrip("\n").partition("=")
                cache[name.partition(":")[0]] = value
        program = os.path.join(self.directory(), os.path.splitext(os.path.basename(source))[0])
        command = [cache["CMAKE_C_COMPILER"], *shlex.split(cache["CMAKE_C_FLAGS"]), "-std=c11", "-Wall", "-Werror", "-g",
                   "-I" + self.source("include"), source, self.build("libmote.a"), "-lcares", "-lgpiod", "-lssl", "-lcrypto", "-o", program]
        result = subprocess.run(command, capture_output=True, text=True, timeout=2 * TIMEOUT_S, check=False)
        check(result.returncode == 0, f"{os.path.basename(source)} does not compile: {result.stderr}")
        return program

    def directory(self):
        self.directories.append(tempfile.mkdtemp(prefix="mote-test-"))
        return self.directories[-1]

    def start(self, *command, **options):
        program = Program(*command, **options)
        self.programs.append(program)
        return program

    def start_on_board(self, *command, air=None):
        """Starts a program on a virtual board, with its node's states in its log. The air is as in MOTE_SIM_AIR."""
        env = {"MOTE_BOARD": "sim", "MOTE_LOG": "1"}
        if air is not None:
            env["MOTE_SIM_AIR"] = air
        return self.start(*command, env=env)

    def mosquitto(self, config=""):
        return Mosquitto(self, config)

    def show(self):
        for program in self.programs:
            program.show()

    def end(self):
        for program in reversed(self.programs):
            if program.is_running():
                program.process.kill()
            program.process.wait()
        for directory in self.directories:
            shutil.rmtree(directory, ignore_errors=True)


def _run(area, name, function):
    test = Test()
    try:
        function(test)
    except Skip as skip:
        print(f"skip {area}/{name} - {skip}", flush=True)
        return True
    except (Exception, SystemExit) as error:  # whatever went wrong, it is this case's
        why = str(error) if isinstance(error, (Failure, SystemExit)) else f"{type(error).__name__}: {error}"
        script = os.path.relpath(sys.argv[0], ROOT)
        print(f"not ok {area}/{name} - {' '.join(why.split())}"
              f" (run alone: MOTE_BUILD={BUILD} /usr/bin/python3 {script} {name})", flush=True)
        test.show()
        if isinstance(error, SystemExit):
            raise
        return False
    finally:
        test.end()
    print(f"ok {area}/{name}", flush=True)
    return True


def _be_ended(number, _frame):
    sys.exit(f"ended by {signal.Signals(number).name}")


def main(area):
    faulthandler.register(signal.SIGQUIT)
    signal.signal(signal.SIGTERM, _be_ended)
    words = sys.argv[1:]
    chosen = [(name, function) for name, function in _cases if not words or any(word in name for word in words)]
    if not chosen:
        sys.exit(f"no case has {' or '.join(words)} in its name")
    results = [_run(area, name, function) for name, function in chosen]
    sys.exit(0 if all(results) else 1)
