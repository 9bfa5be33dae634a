"""What the tests of Python's side have in common: scripts that are run by `python3 -m mote run`, also with the extension under
AddressSanitizer; and a peer that plays the broker, byte by byte."""

import os
import re
import socket
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "interop"))

from mote_test import BUILD, TIMEOUT_S, Failure, check  # noqa: E402

SCRIPTS = os.path.join(ROOT, "test", "python", "scripts")
PYTHON = "/usr/bin/python3"
RUN = [PYTHON, "-W", "error", "-m", "mote", "run"]

# What a script tries that may be wrong.
ATTEMPT = """
def attempt(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__ + ':', e)
"""


def _is_asan():
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        return any(line.startswith("CMAKE_C_FLAGS:") and "address" in line for line in file)


def environment(**more):
    """The package of this build; its sanitizer comes before anything else. Python itself leaks at its end."""
    env = {"PYTHONPATH": os.path.join(BUILD, "python"), "PYTHONUNBUFFERED": "1", "MOTE_AIR": "essid:password:30,SSBun:Bz123456:20",
           "MOTE_UMQTT_STRICT": "", "MOTE_BOARD": ""}
    if _is_asan():
        library = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
        env.update(LD_PRELOAD=library.stdout.strip(), ASAN_OPTIONS="detect_leaks=0:exitcode=99", PYTHONMALLOC="malloc")
    env.update(more)
    return env


def hosts(port, *names):
    names = names or ("mqtt.server", "iot.eclipse.org")
    return ",".join(f"{name}:1883=127.0.0.1:{port}" for name in names)


def write(t, text, name="script.py"):
    path = os.path.join(t.directory(), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def start(t, script, *arguments, options=(), **env):
    """Starts a script, which is a file, or its text."""
    path = script if os.path.isabs(script) else write(t, script)
    return t.start(*RUN, *options, path, *arguments, env=environment(**env))


def run(t, script, *arguments, status=0, options=(), **env):
    """Runs a script to its end. Returns its lines, without those of stderr being told from others."""
    program = start(t, script, *arguments, options=options, **env)
    ended = program.wait_exit()
    check(ended == status, f"exit status {ended}, not {status}: {' | '.join(program.lines[-6:])}")
    return program.lines


class Pins:
    """The file that MOTE_PIN_LOG names."""

    def __init__(self, t):
        self.path = os.path.join(t.directory(), "pins.log")

    def lines(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as file:
            return file.read().splitlines()


# --- A peer that plays the broker ---

def packet(head, *parts):
    body = b"".join(parts)
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([head]) + length + body


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def publish(topic, payload, qos=0, packet_id=1, retain=False, dup=False):
    identifier = struct.pack(">H", packet_id) if qos else b""
    payload = payload.encode() if isinstance(payload, str) else payload
    return packet(0x30 | dup << 3 | qos << 1 | retain, text(topic), identifier, payload)


class Packet:
    def __init__(self, head, body):
        self.head = head
        self.kind = head >> 4
        self.body = body

    @property
    def packet_id(self):
        """Of SUBSCRIBE, UNSUBSCRIBE and acknowledgements; of a PUBLISH behind its topic."""
        at = 2 + struct.unpack(">H", self.body[:2])[0] if self.kind == 3 else 0
        return struct.unpack(">H", self.body[at:at + 2])[0]

    @property
    def topic(self):
        return self.body[2:2 + struct.unpack(">H", self.body[:2])[0]]

    @property
    def payload(self):
        return self.body[2 + len(self.topic) + (2 if self.head & 6 else 0):]


CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 5, 6, 7, 8, 9
UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 10, 11, 12, 13, 14


class Connection:
    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(TIMEOUT_S)

    def send(self, *bytes_):
        self.socket.sendall(b"".join(bytes_))

    def read(self, size):
        got = b""
        while len(got) < size:
            try:
                more = self.socket.recv(size - len(got))
            except TimeoutError:
                raise Failure("the client has sent nothing") from None
            if not more:
                raise EOFError
            got += more
        return got

    def next(self):
        head = self.read(1)[0]
        size, shift = 0, 0
        while True:
            digit = self.read(1)[0]
            size |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return Packet(head, self.read(size))

    def expect(self, kind):
        """The next packet of this kind; PINGREQs before it are answered."""
        while True:
            got = self.next()
            if got.kind == PINGREQ and kind != PINGREQ:
                self.send(packet(0xd0))
                continue
            check(got.kind == kind, f"packet {got.kind} came, not {kind}")
            return got

    def accept(self, session_present=0):
        connect = self.expect(CONNECT)
        self.send(packet(0x20, bytes([session_present, 0])))
        return connect

    def accept_subscription(self, code=0):
        subscribe = self.expect(SUBSCRIBE)
        self.send(packet(0x90, struct.pack(">H", subscribe.packet_id), bytes([code])))
        return subscribe

    def acknowledge(self, got, head=0x40):
        self.send(packet(head, struct.pack(">H", got.packet_id)))

    def close(self):
        self.socket.close()


class Peer:
    """A broker that does what the test says."""

    def __init__(self, address="127.0.0.1"):
        self.listener = socket.create_server((address, 0))
        self.listener.settimeout(TIMEOUT_S)
        self.port = self.listener.getsockname()[1]

    def connection(self):
        try:
            return Connection(self.listener.accept()[0])
        except TimeoutError:
            raise Failure("nobody has connected") from None

    def close(self):
        self.listener.close()

    def env(self):
        return {"MOTE_HOSTS": hosts(self.port)}


def client(body, *, callback=True, arguments="", after_connect=""):
    """The text of a script with a client c that is connected; `body` is indented as it is."""
    lines = ["import sys, time", "from umqtt.simple import MQTTClient, MQTTException",
             f"c = MQTTClient('t', 'mqtt.server'{', ' + arguments if arguments else ''})"]
    if callback:
        lines += ["got = []", "def cb(topic, msg):", "    got.append((topic, msg))", "    print('got', topic, msg)",
                  "c.set_callback(cb)"]
    return "\n".join([*lines, "print('session', c.connect())", after_connect, body, ""])


def code_blocks(markdown):
    """What stands between the fences of a Markdown file, prompts of a Python session left out."""
    blocks = re.findall(r"^```\w*\n(.*?)^```\s*$", markdown, re.MULTILINE | re.DOTALL)
    return [re.sub(r"^>>> ", "", block, flags=re.MULTILINE) for block in blocks]
