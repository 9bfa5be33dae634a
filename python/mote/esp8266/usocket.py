"""usocket: CPython's sockets, which are streams as well, as MicroPython's are, and take text for bytes."""

import errno as _errno
import functools as _functools
import socket as _socket
from socket import *

from mote import _mote


def _bytes(data):
    return data.encode() if isinstance(data, str) else data


def _numbered(method):
    """CPython's timeouts have no number."""
    @_functools.wraps(method)
    def call(*args):
        try:
            return method(*args)
        except TimeoutError:
            raise OSError(_errno.ETIMEDOUT, "ETIMEDOUT") from None
    return call


class Stream:
    """What sockets of MicroPython can do that CPython's cannot; for plain ones and for those of TLS."""

    @_numbered
    def connect(self, address):
        super().connect(address)

    @_numbered
    def send(self, data, *flags):
        return super().send(_bytes(data), *flags)

    @_numbered
    def sendall(self, data, *flags):
        super().sendall(_bytes(data), *flags)

    def write(self, data, size=None):
        """All of it, unless the socket does not block."""
        data = _bytes(data)[:size]
        try:
            if not self.getblocking():
                return self.send(data)
        except BlockingIOError:
            return None
        self.sendall(data)
        return len(data)

    def read(self, size=-1):
        """So many bytes, or all until the end; what there is if the socket does not block, None if that is nothing."""
        got = b""
        while size < 0 or len(got) < size:
            try:
                more = self.recv(4096 if size < 0 else size - len(got))
            except BlockingIOError:
                return got or None
            if not more:
                break
            got += more
        return got

    def readinto(self, buffer, size=None):
        data = self.read(len(buffer) if size is None else size)
        if data is None:
            return None
        buffer[:len(data)] = data
        return len(data)

    def readline(self, size=-1):
        """A line with its end. Byte by byte: what comes behind it may be for somebody else."""
        got = b""
        while not got.endswith(b"\n") and len(got) != size:
            try:
                more = self.recv(1)
            except BlockingIOError:
                return got or None
            if not more:
                break
            got += more
        return got

    def __del__(self):
        self.close()

    def makefile(self, mode="rb", buffering=0):
        return self


class socket(Stream, _socket.socket):
    @_numbered
    def accept(self):
        connected, address = super().accept()
        return socket(connected.family, connected.type, connected.proto, fileno=connected.detach()), address

    @_numbered
    def recv(self, *args):
        return super().recv(*args)

    @_numbered
    def recvfrom(self, *args):
        return super().recvfrom(*args)

    def sendto(self, data, *rest):
        return super().sendto(_bytes(data), *rest)


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    """IPv4, as on the chip; MOTE_HOSTS leads elsewhere."""
    host, port = _mote.detour(host, int(port))
    try:
        found = _socket.getaddrinfo(host, port, af or AF_INET, type or SOCK_STREAM, proto, flags)
    except _socket.gaierror as error:
        raise OSError(-2 if error.errno == EAI_NONAME else error.errno, "%s: %s" % (host, error.strerror)) from None
    return [(*entry[:3], host, entry[4]) for entry in found]
