"""Streams: connections that tasks read and write while others run, and servers for them."""

import errno
import os
import threading

import usocket
import ussl

from . import core
from .descriptors import READ, WRITE, Place, descriptors

_CHUNK = 4096


class _Ready:
    """Waits until something with a descriptor can be read or written. Others have a turn meanwhile."""

    def __init__(self, s, event):
        self._s = s
        self._event = event

    def __await__(self):
        if self._s.fileno() < 0:
            raise OSError(errno.EBADF, "it is closed")
        core.current_task().wait_in(Place(self._s.fileno(), self._event))
        yield core.WAITING


async def _retry(s, event, function, *arguments):
    """Calls it until it need not wait: for the event, or for what TLS wants meanwhile."""
    while True:
        try:
            return function(*arguments)
        except BlockingIOError:
            await _Ready(s, event)
        except ussl.WANTS_READ:
            await _Ready(s, READ)
        except ussl.WANTS_WRITE:
            await _Ready(s, WRITE)


class Stream:
    """Both a reader and a writer, of a socket that does not block, or of anything else that has a descriptor."""

    def __init__(self, s, e={}):
        self.s = s
        self.e = e
        self.out_buf = b""
        self._in = b""  # what has been read and nobody has asked for yet

    def __del__(self):
        self.s.close()

    def get_extra_info(self, v):
        return self.e[v]

    def close(self):
        pass

    async def wait_closed(self):
        descriptors.release(self.s.fileno())
        self.s.close()

    # --- Reading ---

    async def _receive(self):
        """Some more bytes; none at the end."""
        await (core.sleep_ms(0) if ussl.is_pending(self.s) else _Ready(self.s, READ))
        if hasattr(self.s, "recv"):
            return await _retry(self.s, READ, self.s.recv, _CHUNK)
        return os.read(self.s.fileno(), _CHUNK)

    def _take(self, size):
        taken, self._in = self._in[:size], self._in[size:]
        return taken

    async def read(self, n=-1):
        """What there is, n bytes at most; without n all until the end."""
        if n >= 0:
            if n and not self._in:
                self._in = await self._receive()
            return self._take(n)
        while more := await self._receive():
            self._in += more
        return self._take(len(self._in))

    async def readinto(self, buf):
        data = await self.read(len(buf))
        buf[:len(data)] = data
        return len(data)

    async def readexactly(self, n):
        while len(self._in) < n:
            more = await self._receive()
            if not more:
                raise EOFError
            self._in += more
        return self._take(n)

    async def readline(self):
        """A line with its end; at the end of all what there is."""
        while (end := self._in.find(b"\n") + 1) == 0:
            more = await self._receive()
            if not more:
                return self._take(len(self._in))
            self._in += more
        return self._take(end)

    # --- Writing ---

    def _send(self):
        sent = self.s.send(self.out_buf) if hasattr(self.s, "send") else os.write(self.s.fileno(), self.out_buf)
        self.out_buf = self.out_buf[sent:]

    def write(self, buf):
        """Never waits: what does not go out now goes with drain()."""
        self.out_buf += buf.encode() if isinstance(buf, str) else bytes(buf)
        try:
            self._send()
        except (BlockingIOError, *ussl.WANTS):
            pass

    async def drain(self):
        await core.sleep_ms(0)
        while self.out_buf:
            await _retry(self.s, WRITE, self._send)

    # --- Names of older uasyncio ---

    async def awrite(self, buf, off=0, sz=-1):
        buf = buf.encode() if isinstance(buf, str) else buf
        self.write(buf[off:] if sz == -1 else buf[off:off + sz])
        await self.drain()

    awritestr = awrite

    async def aclose(self):
        await self.wait_closed()


StreamReader = Stream
StreamWriter = Stream


async def _look_up(host, port):
    """An address of a host. Looking up may take long: another thread does it, and closes its side of a pipe at the end."""
    answer = []
    ours, theirs = os.pipe()

    def ask():
        try:
            answer.append(usocket.getaddrinfo(host, port, 0, usocket.SOCK_STREAM)[0])
        except OSError as error:
            answer.append(error)
        os.close(theirs)

    threading.Thread(target=ask, daemon=True).start()
    with open(ours, "rb", 0) as pipe:
        await _Ready(pipe, READ)
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]


async def _connect(s, address):
    result = s.connect_ex(address)
    if result == errno.EINPROGRESS:
        await _Ready(s, WRITE)
        result = s.getsockopt(usocket.SOL_SOCKET, usocket.SO_ERROR)
    if result:
        raise OSError(result, os.strerror(result))


async def _shake_hands(s):
    await _retry(s, READ, s.do_handshake)


async def open_connection(host, port, ssl=None, server_hostname=None):
    """A reader and a writer. OSError if the host is not there, or does not want to."""
    family, kind, protocol, _, address = await _look_up(host, port)
    s = usocket.socket(family, kind, protocol)
    try:
        s.setblocking(False)
        await _connect(s, address)
        if ssl:
            s = ussl.wrap_later(s, None if ssl is True else ssl, server_hostname or host)
            await _shake_hands(s)
    except BaseException:
        s.close()
        raise
    stream = Stream(s, {"peername": address})
    return stream, stream


class Server:
    """A server, to be closed or used in `async with`."""

    def __init__(self, s, cb, ssl):
        self._closed = False
        self.task = core.create_task(self._serve(s, cb, ssl))

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, tb):
        self.close()
        await self.wait_closed()

    def close(self):
        self._closed = True
        self.task.cancel()

    async def wait_closed(self):
        await self.task

    async def _serve(self, s, cb, ssl):
        try:
            while True:
                await _Ready(s, READ)
                try:
                    s2, address = s.accept()
                except OSError:
                    continue  # whoever it was has gone
                s2.setblocking(False)
                core.create_task(_greet(s2, address, cb, ssl))
        except core.CancelledError:
            if not self._closed:
                raise
        finally:
            s.close()


async def _greet(s, address, cb, ssl):
    if ssl:
        s = ussl.wrap_later(s, ssl, None)
        try:
            await _shake_hands(s)
        except OSError:
            s.close()
            return
    stream = Stream(s, {"peername": address})
    await cb(stream, stream)


async def start_server(cb, host, port, backlog=5, ssl=None):
    """Has a coroutine function called with a reader and a writer for each connection, as a task of its own."""
    family, kind, protocol, _, address = await _look_up(host, port)
    s = usocket.socket(family, kind, protocol)
    try:
        s.setblocking(False)
        s.setsockopt(usocket.SOL_SOCKET, usocket.SO_REUSEADDR, 1)
        s.bind(address)
        s.listen(backlog)
    except BaseException:
        s.close()
        raise
    server = Server(s, cb, ssl)
    try:
        await core.sleep_ms(0)
    except core.CancelledError:
        server.task.cancel()
        raise
    return server
