"""mote pub and sub beside mosquitto_pub and mosquitto_sub: the same command lines, each with a broker of its own."""

import os
import re
import subprocess

from mote_test import TIMEOUT_S, Failure, check, check_equal

TOOLS = ("mosquitto", "mote")
VERSIONS = ("311", "5")
SUBSCRIBER = "subscriber"


class Client:
    """A client that runs. What it prints goes into files, so that it never has to wait for us."""

    def __init__(self, t, command, stdin=None, env=None):
        self.command = [str(word) for word in command]
        folder = t.directory()
        self.out = os.path.join(folder, "out")
        self.err = os.path.join(folder, "err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(self.command, stdin=stdin if stdin is not None else subprocess.DEVNULL,
                                            stdout=out, stderr=err, env={**os.environ, **(env or {})})
        t.programs.append(self)

    def is_running(self):
        return self.process.poll() is None

    def wait(self, timeout_s=TIMEOUT_S):
        """Returns the exit status."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(self.command)} has not ended in {timeout_s} s") from None

    def stdout(self):
        with open(self.out, "rb") as file:
            return file.read()

    def stderr(self):
        with open(self.err, encoding="utf-8", errors="replace") as file:
            return file.read()

    def show(self):
        print(f"---- {' '.join(self.command)}: {self.process.poll()}\n{self.stderr()}")


def command_of(t, tool, verb):
    return ["mosquitto_" + verb] if tool == "mosquitto" else [t.build("mote"), verb]


def run(t, command, stdin=b"", env=None):
    """Runs a command to its end. Returns exit status, standard output, standard error."""
    words = [word if isinstance(word, bytes) else str(word) for word in command]
    result = subprocess.run(words, input=stdin, capture_output=True, timeout=TIMEOUT_S,
                            check=False, env={**os.environ, **(env or {})})
    return result.returncode, result.stdout, result.stderr.decode(errors="replace")


def publish(t, broker, *arguments, tool="mosquitto", stdin=b""):
    """Publishes, which has to succeed."""
    status, _, words = run(t, [*command_of(t, tool, "pub"), "-p", broker.port, *arguments], stdin)
    check(status == 0, f"{tool} pub {' '.join(map(str, arguments))}: {words.strip()}")


def subscribe(t, broker, tool, *arguments, name=SUBSCRIBER):
    """A subscriber that the broker has answered."""
    client = Client(t, [*command_of(t, tool, "sub"), "-p", broker.port, "-i", name, *arguments])
    broker.program.wait_line(f"Sending SUBACK to {name}$")
    return client


def compare(t, what, runs):
    """Runs the same for each tool; both must come to the same."""
    theirs, ours = (runs(tool) for tool in TOOLS)
    check_equal(ours, theirs, what)


def without_times(output):
    """With a 9 for each digit."""
    return re.sub(rb"[0-9]", b"9", output)
