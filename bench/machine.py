"""This machine: brokers and clients that are started on it, each on a processor of its own where there are two."""

import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "bench")
PATIENCE_S = 300
IN_FLIGHT = 100
SIZE = 64
# The program, its name in the tables, and its share of the messages with QoS 1 and 2: some take a thousand times as long.
CLIENTS = {"mote": ("Mote", 1), "mosquitto": ("libmosquitto", 1), "paho_async": ("Paho C async", 0.5),
           "paho_sync": ("Paho C sync", 0.02)}
# No limit that could drop a message, and no waiting of the system for more to send: that, with a client that answers late,
# would measure the system's timers.
MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages {in_flight}
max_queued_messages 0
set_tcp_nodelay true
persistence false
log_type none
"""
MOTE_BROKER = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages {in_flight}
max_queued_messages 100000
max_queued_bytes 100000000
max_connections 20000
max_subscriptions 20000
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """One under test. Its CPU time is that of all its threads, in microseconds."""

    def __init__(self, machine, command, config, port):
        self.port = port
        self.path = os.path.join(machine.directory, f"broker-{port}.conf")
        with open(self.path, "w", encoding="ascii") as file:
            file.write(config.format(port=port, in_flight=IN_FLIGHT))
            file.write("user root\n" if command[0].endswith("mosquitto") and os.geteuid() == 0 else "")
        self.process = machine.start([*command, self.path], machine.other_cpu, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        self._wait()

    def _wait(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise RuntimeError(f"{self.process.args[0]} does not listen")

    def cpu_us(self):
        total_ns = 0
        folder = f"/proc/{self.process.pid}/task"
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/schedstat", encoding="ascii") as file:
                total_ns += int(file.read().split()[0])
        return total_ns / 1000

    def memory(self):
        """Bytes of memory that it holds."""
        return resident(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no memory")


class Machine:
    def __init__(self, quick=False, rounds=None):
        self.quick = quick
        self.rounds = rounds or (1 if quick else 5)
        self.directory = tempfile.mkdtemp(prefix="mote-bench-")
        self.processes = []
        cpus = sorted(os.sched_getaffinity(0))
        self.client_cpu, self.other_cpu = (cpus[-1], cpus[0]) if len(cpus) > 1 else (None, None)

    def is_busy(self):
        return os.getloadavg()[0] > 1

    def cpu_name(self):
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
        return os.uname().machine

    def peers(self):
        """The versions of what we compare with."""
        packages = ["mosquitto", "libmosquitto1", "libpaho-mqtt1.3"]
        result = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Version}\\n", *packages], capture_output=True,
                                text=True, check=False)
        return dict(line.split() for line in result.stdout.splitlines() if " " in line)

    def count(self, messages):
        return max(200, messages // 500) if self.quick else messages

    def start(self, command, cpu, **options):
        pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
        process = subprocess.Popen(command, preexec_fn=pin, **options)  # pylint: disable=consider-using-with
        self.processes.append(process)
        return process

    def mosquitto(self):
        path = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        return Broker(self, [path, "-c"], MOSQUITTO, free_port())

    def mote_broker(self):
        return Broker(self, [os.path.join(BUILD, "mote"), "broker", "-c"], MOTE_BROKER, free_port())

    def client(self, name, mode, port, qos, *numbers, cpu=None, identity="bench", prefix=()):
        """Starts a client, and waits until it is connected and subscribed."""
        words = [*prefix, os.path.join(BUILD, "clients", name), mode, port, qos, *numbers]
        process = self.start([str(word) for word in words], self.client_cpu if cpu is None else cpu,
                             stdout=subprocess.PIPE, bufsize=0, env={**os.environ, "BENCH_ID": identity})
        line = process.stdout.readline()  # not buffered, or communicate() would miss what follows
        if line != b"ready\n":
            raise RuntimeError(f"the client {name} did not get ready: {line!r}")
        return process

    def report(self, process):
        """Waits for its end, and returns what it has measured."""
        out, _ = process.communicate(timeout=PATIENCE_S)
        if process.returncode != 0:
            raise RuntimeError(f"{process.args[0]} has failed")
        self.processes.remove(process)
        return json.loads(out.splitlines()[-1])

    def feed(self, port, qos, count, in_flight=IN_FLIGHT, size=SIZE):
        """Publishes what a client under test is to receive."""
        return self.client("mote", "publish", port, qos, count, in_flight, size, cpu=self.other_cpu, identity="feeder")

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def median(values):
    return statistics.median(values) if values else None
