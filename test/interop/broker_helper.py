"""What the interop tests of `mote broker` have in common: the broker, and Debian's mosquitto clients against it."""

import shutil
import subprocess

from mote_test import TIMEOUT_S, Skip, check, free_port

VERSIONS = ("31", "311", "5")


class Broker:
    """`mote broker` on a port of its own, which it keeps over restarts."""

    def __init__(self, test, *options, config=None):
        self.test = test
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.options = options or ("-p", self.port)
        if config is not None:
            path = test.directory() + "/broker.conf"
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"listener {self.port} 127.0.0.1\n{config}\n")
            self.options = ("-c", path)
        self.program = None
        self.start()

    def start(self):
        self.program = self.test.start(self.test.build("mote"), "broker", "-v", *self.options)
        self.program.wait_line(f"^mote: broker ready: mqtt://127.0.0.1:{self.port}$")

    def stop(self):
        return self.program.stop()

    def wait_log(self, pattern):
        return self.program.wait_line(pattern)

    def publish(self, topic, payload, *options, version="311"):
        """mosquitto_pub; returns its exit status and what it has written."""
        content = ["-n"] if payload is None else ["-m", payload]
        return run("mosquitto_pub", "-p", self.port, "-V", version, "-t", topic, *content, *options)

    def subscribe(self, *topics, options=("-q", "2"), version="311", layout="%q %r %t %p"):
        """A mosquitto_sub that is subscribed. Its lines are `QOS RETAIN TOPIC PAYLOAD`."""
        need("mosquitto_sub")
        words = [word for topic in topics for word in ("-t", topic)]
        program = self.test.start("mosquitto_sub", "-d", "-p", self.port, "-V", version, "-F", layout, *options, *words)
        program.wait_line("^Subscribed")
        return program

    def retained(self, topic, *options, version="311"):
        """What is kept under a filter, as lines `TOPIC PAYLOAD`."""
        result = run("mosquitto_sub", "-p", self.port, "-V", version, "-t", topic, "-v", "--retained-only", "-W", "1",
                     *options)
        return sorted(result.stdout.splitlines())


def need(program):
    if shutil.which(program) is None:
        raise Skip(f"{program} is not installed")


def run(program, *options, data=None):
    need(program)
    return subprocess.run([program, *[str(option) for option in options]], timeout=TIMEOUT_S, capture_output=True,
                          text=True, check=False, input=data)


def check_done(result):
    check(result.returncode == 0, f"{result.args[0]}: {result.stderr.strip() or result.stdout.strip()}")
