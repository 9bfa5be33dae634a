"""A broker for one client that does just what it is told: it accepts, grants, and sends what the measurement wants."""

import fcntl
import socket
import struct
import termios
import threading
import time

TOPIC = b"bench/of/messages"
PATIENCE_S = 60


def packets(data):
    """The whole packets at the beginning of the bytes, as (type, bytes), and what is left."""
    found = []
    while len(data) >= 2:
        length, shift, at = 0, 0, 1
        while at < len(data):
            length |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if data[at - 1] < 0x80:
                break
        else:
            break
        if len(data) < at + length:
            break
        found.append((data[0] >> 4, data[at:at + length]))
        data = data[at + length:]
    return found, data


def publication(size):
    body = struct.pack(">H", len(TOPIC)) + TOPIC + b"m" * size
    length = len(body)
    head = bytes([0x30]) + (bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7]))
    return head + body


class FakeBroker:
    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connection = None
        self.granted = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        if self.connection is not None:
            self.connection.close()
        self.thread.join(PATIENCE_S)

    def _serve(self):
        self.connection, _ = self.listener.accept()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b""
        while True:
            try:
                data = self.connection.recv(65536)
            except OSError:
                return
            if not data:
                return
            found, rest = packets(rest + data)
            for kind, body in found:
                self._answer(kind, body)

    def _answer(self, kind, body):
        if kind == 1:
            self.connection.sendall(b"\x20\x02\x00\x00")
        elif kind == 8:
            self.connection.sendall(b"\x90\x03" + body[:2] + b"\x00")
            self.granted.set()
        elif kind == 12:
            self.connection.sendall(b"\xd0\x00")

    def send_publications(self, count, size):
        """In one segment."""
        if not self.granted.wait(PATIENCE_S):
            raise RuntimeError("the client has not subscribed")
        self.connection.sendall(publication(size) * count)

    def wait_until_read(self):
        """Until the other side's system has acknowledged all, and a moment for the client to go back to sleep."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            left = struct.unpack("i", fcntl.ioctl(self.connection.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
            if left == 0:
                break
            time.sleep(0.001)
        time.sleep(0.02)
