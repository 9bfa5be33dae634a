"""A network of the tests' own: nothing but loopback, with a name server, so that a guest can get nowhere else.

    enter()                 runs this program again in it, if this machine lets it
    is_own()                is this it?
    serve_names({"broker.test": "10.0.2.2"}, silent=["silent.test"])
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

MARK = "MOTE_TEST_OWN_NETWORK"
UNSHARE = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x41


def enter():
    if MARK in os.environ or shutil.which("unshare") is None:
        return
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode != 0:
        return
    os.environ[MARK] = "1"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, *sys.argv])


def is_own():
    return MARK in os.environ


def _start_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP_RUNNING))


def _name_server_here():
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
    os.unlink(file.name)


def _question(query):
    """The name that is asked for, and where it ends."""
    at, words = 12, []
    while query[at] != 0:
        words.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(words), at + 5


def _answer(query, names, silent):
    name, end = _question(query)
    if name in silent:
        return None
    if name not in names:
        return query[:2] + b"\x81\x83" + query[4:6] + bytes(6) + query[12:end]
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04" + socket.inet_aton(names[name])
    return query[:2] + b"\x81\x80" + query[4:6] + b"\x00\x01\x00\x00\x00\x00" + query[12:end] + record


def serve_names(names, silent):
    _start_loopback()
    _name_server_here()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            query, sender = server.recvfrom(512)
            answer = _answer(query, names, silent)
            if answer is not None:
                server.sendto(answer, sender)

    threading.Thread(target=serve, daemon=True).start()
