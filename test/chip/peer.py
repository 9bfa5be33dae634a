"""A broker that is played byte by byte: it answers CONNECT, and says what it is told to."""

import socket

from mote_test import TIMEOUT_S, Failure

CONNACK = bytes.fromhex("2003000000")
NOT_ALLOWED = bytes.fromhex("f000")  # to AUTH a node of MQTT 5 that has not asked for it says DISCONNECT


class Peer:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(TIMEOUT_S)
        self.port = self.listener.getsockname()[1]

    def take(self, *said):
        """The next connection, behind its CONNECT, to which this is the answer."""
        connection, _ = self.listener.accept()
        connection.settimeout(TIMEOUT_S)
        connection.recv(4096)
        connection.sendall(CONNACK + b"".join(said))
        return connection


def until_closed(connection):
    """What the other side says before it closes its sending side."""
    heard = b""
    while True:
        data = connection.recv(4096)
        if not data:
            return heard
        heard += data
        if len(heard) > 1 << 20:
            raise Failure("the other side does not end")
